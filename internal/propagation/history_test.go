package propagation_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/job"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/ticket"
)

// How the engine is tuned: these are its defaults.
const (
	watchFor   = 30 * 24 * time.Hour
	suspectFor = 10 * time.Minute
)

// history is one history under way.
type history struct {
	*world
	stage  *stage
	draws  *rapid.T
	oracle *oracle

	theirs  time.Time           // the clock of the ticket systems, which never goes back
	deleted map[string]bool     // users and resources
	sole    bool                // there is one server: its parallel workers die with it
	inside  int                 // how deep we are in calls in which something else happens
	fuse    int                 // the server dies when its clock is read so many times more; 0: it does not
	stop    context.CancelFunc  // ends the job that runs
	snoozed map[int64]time.Time // when a job runs again

	faults []*fault // what happens at the next calls
	down   map[*paper]bool
	lost   map[*paper]map[string]bool // tickets that are deleted
}

// crash is what a server dies of.
type crash struct{}

// readClock is the clock of the engine, in which it may die: it is read before
// each transaction.
func (h *history) readClock() time.Time {
	if h.fuse > 0 {
		if h.fuse--; h.fuse == 0 {
			h.Logf("  the server dies")
			panic(crash{})
		}
	}
	return h.time()
}

func (h *history) theirTime() time.Time { return h.theirs }

// pass lets time go by, for us and for the ticket systems.
func (h *history) pass(d time.Duration) {
	h.advance(d)
	h.theirs = h.theirs.Add(max(d, 0))
}

// providers lists the ids of the providers, and papers their systems.
func (h *history) providers() []string { return []string{h.payroll, h.stage.second} }

func (h *history) papers() []*paper { return []*paper{h.paper, h.annex} }

func (h *history) providerOf(p *paper) string {
	return h.providers()[slices.Index(h.papers(), p)]
}

func (h *history) paperOf(provider string) *paper {
	return h.papers()[slices.Index(h.providers(), provider)]
}

// watch has the oracle look at what was written.
func (h *history) watch() {
	h.Helper()
	lines, err := journalSince(h.Context(), h.db.DB, h.oracle.seq)
	h.must(err)
	for _, l := range lines {
		h.Logf("    %s", l)
	}
	h.oracle.follow(lines)
}

// attempt runs what the engine does in one go. It may die in it, and is started
// again. It reports whether it ended well: trouble of a ticket system, and the end
// of its job, may be errors; anything else is a fault of the engine.
func (h *history) attempt(what string, fn func(ctx context.Context) error) (ok bool) {
	h.Helper()
	ctx, cancel := context.WithCancel(h.Context())
	outer, depth := h.stop, h.inside
	h.stop = cancel
	defer func() {
		cancel()
		h.stop = outer
		if depth > 0 && h.sole {
			return // if it dies, the whole server does
		}
		if p := recover(); p != nil {
			if _, died := p.(crash); !died {
				panic(p)
			}
			h.inside = depth
			h.restart()
		}
	}()
	err := fn(ctx)
	if _, trouble := errors.AsType[*ticket.Failure](err); err != nil && !trouble && ctx.Err() == nil && access.CodeOf(err) != access.Unavailable {
		h.Fatalf("%s: %v", what, err)
	}
	return err == nil
}

// restart starts the server again.
func (h *history) restart() {
	h.fuse, h.faults = 0, nil
	h.eng = h.engine()
	if h.sole {
		h.must(h.db.InTx(h.Context(), func(tx *sqldb.Tx) error { return store.ReleaseLeases(h.Context(), tx) }))
	}
	h.tick()
}

// tick does what the clock asks for.
func (h *history) tick() {
	h.Helper()
	if h.attempt("tick", h.eng.Tick) {
		h.oracle.expire(h.time())
	}
}

// perform runs a job. It reports whether the job is over.
func (h *history) perform(j waiting) (over bool) {
	h.Helper()
	var again time.Time
	ok := h.attempt(j.Kind, func(ctx context.Context) (err error) {
		again, err = h.run(ctx, j)
		return err
	})
	if !ok {
		again = h.time().Add(10 * time.Second)
	}
	h.snoozed[j.ID] = again
	return again.IsZero()
}

// ready lists the jobs that may run now.
func (h *history) ready() []waiting {
	h.Helper()
	return slices.DeleteFunc(h.waiting(), func(j waiting) bool { return h.snoozed[j.ID].After(h.time()) })
}

// work runs the jobs that may run, and those that follow.
func (h *history) work() {
	h.Helper()
	for range 20 {
		jobs := h.ready()
		if len(jobs) == 0 {
			return
		}
		var over []int64
		for _, j := range jobs {
			if h.idlePoll(j) || h.perform(j) {
				over = append(over, j.ID)
			}
		}
		h.drop(over...)
	}
	h.Fatal("jobs follow jobs without end")
}

// idlePoll reports whether a job polls a system that has no tickets: that would
// take time and change nothing.
func (h *history) idlePoll(j waiting) bool {
	return j.Kind == job.Poll{}.Kind() && slices.ContainsFunc(h.providers(), func(id string) bool {
		return strings.Contains(j.Args, id) && len(h.paperOf(id).tickets) == 0
	})
}

// begin gives some people access, before there were tickets.
func (h *history) begin() {
	off, on := false, true
	h.setPolicy(inventory.TicketPatch{Enabled: &off})
	for range below(5).Draw(h.draws, "held before") {
		h.addByHand()
	}
	h.work()
	h.setPolicy(inventory.TicketPatch{Enabled: &on})
}

// comeToRest ends all trouble and lets the engine do what there is to do.
func (h *history) comeToRest() {
	h.Helper()
	h.Logf("all trouble ends")
	h.faults, h.fuse, h.down = nil, 0, nil
	for _, p := range h.papers() {
		p.behind, p.delay = 0, 0
	}
	h.pass(31 * time.Second) // the next tick sweeps
	h.finish()
	h.idle()
}

// finish lets the engine do what there is to do, and read all tickets. Then the
// oracle looks at what is left.
func (h *history) finish() {
	h.Helper()
	read := false
	for range 60 {
		h.tick()
		h.work()
		h.watch()
		next := h.next()
		switch {
		case !next.IsZero():
			h.pass(max(next.Sub(h.time()), time.Second))
		case !read:
			for _, id := range h.providers() {
				h.readAll(id)
			}
			read = true
		default:
			h.oracle.rest()
			return
		}
	}
	h.Fatal("it does not come to rest")
}

func (h *history) readAll(provider string) {
	h.Helper()
	if len(h.paperOf(provider).tickets) > 0 {
		h.attempt("full read", func(ctx context.Context) error { return h.eng.FullRead(ctx, provider) })
	}
}

// fulfil has fulfillers do all that open tickets say, until there are none.
func (h *history) fulfil() {
	h.Helper()
	h.Logf("fulfillers do what the tickets say")
	for range 5 {
		open := h.oracle.open()
		if len(open) == 0 {
			return
		}
		for _, t := range open {
			n, err := strconv.Atoi(t.remote)
			h.must(err)
			t.paper.set(n, "done", ticket.Yes, true)
		}
		h.pass(10 * time.Second) // polls are due
		h.finish()
	}
	h.Fatal("tickets follow tickets without end")
}

// next returns when the engine has something to do, zero for never. Polls and
// ends of grants do not count.
func (h *history) next() (first time.Time) {
	h.Helper()
	due, err := sqldb.Select[struct {
		At      time.Time
		Suspect bool
	}](h.Context(), h.db.Read(), `
		SELECT coalesce(lease_until, next_try_at) AS at, FALSE AS suspect FROM changes WHERE state IN ('queued', 'filing')
		UNION ALL SELECT state_at, FALSE FROM changes WHERE state = 'canceling'
		UNION ALL SELECT twins_at, FALSE FROM tickets WHERE twins_at IS NOT NULL
		UNION ALL SELECT suspect_at, TRUE FROM tickets WHERE state = 'suspect'`)
	h.must(err)
	var all []time.Time
	for _, d := range due {
		if d.Suspect {
			d.At = d.At.Add(suspectFor)
		}
		all = append(all, d.At)
	}
	for _, j := range h.waiting() {
		all = append(all, h.snoozed[j.ID])
	}
	for _, p := range h.papers() {
		for _, s := range p.slow {
			all = append(all, s.at)
		}
	}
	for _, at := range all {
		if !at.After(h.time()) {
			at = h.time().Add(time.Minute) // the sweep finds it by then
		}
		if first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return first
}

// slotIDs lists the slots, in the order they were made.
func (h *history) slotIDs() []string { return slices.Sorted(maps.Keys(h.oracle.slots)) }

// idle checks that one more look at every slot finds nothing to do.
func (h *history) idle() {
	h.Helper()
	before := h.dump()
	h.must(h.eng.Reconcile(h.Context(), h.slotIDs()))
	if diff := cmp.Diff(before, h.dump()); diff != "" {
		h.Errorf("a second look changed something:\n%s", diff)
	}
}

// dump is all that a look at a slot may change.
type dump struct {
	Slots        []access.Slot
	Changes      []access.AccessChange
	Tickets      []access.Ticket
	Events, Jobs int
}

func (h *history) dump() (d dump) {
	h.Helper()
	var errs [5]error
	ctx, r := h.Context(), h.db.Read()
	d.Slots, errs[0] = sqldb.Select[access.Slot](ctx, r, `SELECT * FROM slots ORDER BY id`)
	d.Changes, errs[1] = sqldb.Select[access.AccessChange](ctx, r, `SELECT * FROM changes ORDER BY id`)
	d.Tickets, errs[2] = sqldb.Select[access.Ticket](ctx, r, `SELECT * FROM tickets ORDER BY id`)
	d.Events, errs[3] = sqldb.Get[int](ctx, r, `SELECT count(*) FROM journal WHERE what = 'event'`)
	d.Jobs, errs[4] = sqldb.Get[int](ctx, r, `SELECT count(*) FROM river_job`)
	h.must(errors.Join(errs[:]...))
	return d
}
