package propagation_test

import (
	"flag"
	"fmt"
	"math/bits"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/propagation"
	"admit/internal/request"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/testkit"
	"admit/internal/ticket"
)

// How many histories are played, and in how many databases. One in five of those
// is PostgreSQL's, where there is one.
const (
	histories = 500
	torture   = 10_000 // with ADMIT_TORTURE set
	perStage  = 50
	steps     = 25 // of a history, on average
)

// TestModel plays random histories against the engine: what people, fulfillers,
// ticket systems and crashes may do, in any order. After each step the oracle
// looks at what was written, and at the end at what is left once all has come to
// rest. A failure prints the history, made as short as could be, and how to play
// it again.
func TestModel(t *testing.T) {
	n := histories
	if os.Getenv("ADMIT_TORTURE") != "" {
		n = torture
	}
	preset(t, "rapid.checks", perStage)
	preset(t, "rapid.steps", steps)
	for i := range n / perStage {
		engine, database := "sqlite", testkit.SQLite
		if i%5 == 4 {
			engine, database = "postgres", testkit.PostgreSQL
		}
		t.Run(fmt.Sprintf("%s-%03d", engine, i), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, newStage(t, database(t)).play)
		})
	}
}

// preset sets a flag of rapid that neither the command line nor the environment
// set.
func preset(t *testing.T, name string, to int) {
	t.Helper()
	_, set := os.LookupEnv(strings.ToUpper(strings.ReplaceAll(name, ".", "_")))
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == name })
	if set {
		return
	}
	if err := flag.Set(name, fmt.Sprint(to)); err != nil {
		t.Fatal(err)
	}
}

// action is one thing that may happen in a history. A new one is a line here and
// a function that returns false if it cannot happen now.
type action struct {
	name  string
	often int // as compared with others
	do    func(h *history) bool
}

// String is the name.
func (a action) String() string { return a.name }

var actions = []action{
	// What people do.
	{"add by hand", 8, (*history).addByHand},
	{"ask and approve", 5, (*history).askAndApprove},
	{"remove", 6, (*history).takeAway},
	{"change the end", 1, (*history).changeEnd},
	{"delete a user", 1, (*history).deleteUser},
	{"delete a resource", 1, (*history).deleteResource},
	{"switch tickets", 1, (*history).switchTickets},
	{"file elsewhere", 1, (*history).fileElsewhere},
	{"retry", 3, (*history).retry},
	{"sync", 1, (*history).sync},

	// What fulfillers do, and what becomes of tickets.
	{"start work", 5, onTicket("in progress", ticket.Open, true)},
	{"done", 12, onTicket("done", ticket.Yes, false)},
	{"decline", 4, onTicket("won't do", ticket.No, false)},
	{"end oddly", 3, onTicket("archived", ticket.Unclear, false)},
	{"trash", 1, onTicket("deleted", ticket.Deleted, false)},
	{"reopen", 6, (*history).reopen},
	{"delete a ticket", 2, (*history).deleteTicket},
	{"hide a ticket", 3, (*history).hideTicket},
	{"show a ticket", 4, (*history).showTicket},
	{"move a ticket", 1, (*history).moveTicket},
	{"move a ticket under another id", 2, (*history).moveAway},
	{"copy a ticket", 2, (*history).copyTicket},

	// What the engine does.
	{"let it work", 16, (*history).letItWork},
	{"one job", 8, (*history).oneJob},
	{"poll", 9, (*history).pollOne},
	{"full read", 2, (*history).fullRead},
	{"read what a webhook names", 3, (*history).webhook},
	{"read old news", 3, (*history).oldNews},
	{"tick", 1, (*history).tickOnce},
	{"sweep", 1, (*history).sweep},
	{"look twice", 1, (*history).lookTwice},

	// Trouble.
	{"clock jumps", 5, (*history).clockJumps},
	{"trouble with a call", 9, (*history).troubleWithACall},
	{"create late", 1, (*history).createLate},
	{"reads fall behind", 1, (*history).fallBehind},
	{"down", 1, (*history).goDown},
	{"up", 5, (*history).comeUp},
	{"crash", 6, (*history).crash},
}

// meanwhile is what may happen while a call to a ticket system is under way.
var meanwhile = []action{
	{"add by hand", 1, (*history).addByHand},
	{"remove", 1, (*history).takeAway},
	{"add and look", 1, func(h *history) bool { return h.addByHand() && h.look() }},
	{"remove and look", 1, func(h *history) bool { return h.takeAway() && h.look() }},
	{"look", 1, (*history).look},
	{"start work", 1, onTicket("in progress", ticket.Open, true)},
	{"done", 1, onTicket("done", ticket.Yes, false)},
	{"decline", 1, onTicket("won't do", ticket.No, false)},
	{"delete a ticket", 1, (*history).deleteTicket},
	{"retry", 1, (*history).retry},
	{"one job", 1, (*history).oneJob},
	{"poll", 1, (*history).pollOne},
	{"full read", 1, (*history).fullRead},
	{"read what a webhook names", 1, (*history).webhook},
}

// step lets one thing happen, of those that can.
func (h *history) step(all []action) {
	for range 50 {
		if oneOf(h, "action", all...).do(h) {
			return
		}
	}
}

// oneOf draws one of some values, the first of which is the simplest.
func oneOf[T any](h *history, label string, values ...T) T {
	v := values[below(len(values)).Draw(h.draws, label)]
	h.Logf("  %s: %v", label, v)
	return v
}

// below draws a number from 0 to n-1. Each is as likely as the others: what rapid
// draws itself is more often small.
func below(n int) *rapid.Generator[int] {
	return rapid.Custom(func(t *rapid.T) int {
		drawn := 0
		for range bits.Len(uint(n)) + 3 {
			drawn <<= 1
			if rapid.Bool().Draw(t, "bit") {
				drawn++
			}
		}
		return drawn % n
	})
}

// stage is a company in which many histories are played, one after the other: a
// new database for each would take longer than the history.
type stage struct {
	*world
	second string // the provider of the annex
	people []access.Actor
	roles  []string
}

func newStage(t *testing.T, databaseURL string) *stage {
	t.Helper()
	db, err := sqldb.Open(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s := &stage{world: newWorld(t, db)}
	s.annex = newPaper(s.time)
	s.annex.kind = "annex"
	s.eng = s.engine()
	p, err := s.eng.CreateProvider(t.Context(), s.admin, propagation.ProviderParams{Kind: "annex", Name: "Annex"})
	s.must(err)
	s.second = p.ID
	kim, err := s.inv.CreateUser(t.Context(), s.admin, inventory.UserParams{Email: "kim@example.com", FirstName: "kim", Role: access.Member})
	s.must(err)
	s.people = []access.Actor{s.josh, access.ActorFor(kim, "web")}
	r, err := s.inv.CreateResource(t.Context(), s.admin, inventory.ResourceParams{
		AppID: s.app, Name: "Other Role", Patch: inventory.ResourcePatch{ReviewerIDs: &[]string{s.owner("more reviewers", s.rita)}},
	})
	s.must(err)
	s.roles = []string{s.role, r.ID}
	keepJournal(t, db)
	return s
}

// play plays one history.
func (s *stage) play(t *rapid.T) {
	s.wipe(t)
	h := s.newHistory(t)
	h.begin()
	var all []action
	for _, a := range actions {
		all = append(all, slices.Repeat([]action{a}, a.often)...)
	}
	t.Repeat(map[string]func(*rapid.T){
		"":     func(*rapid.T) { h.watch() },
		"step": func(*rapid.T) { h.step(all) },
	})
	h.comeToRest()
	h.fulfil()
}

// wipe takes the stage back to how it was.
func (s *stage) wipe(t *rapid.T) {
	now := s.time()
	err := s.db.InTx(t.Context(), func(tx *sqldb.Tx) error {
		run := func(text string, args ...any) {
			if _, err := tx.Exec(t.Context(), text, args...); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}
		for _, table := range []string{
			"journal", "river_job", "webhooks", "deliveries", "syncs", "tickets", "changes", "grants", "slots",
			"request_reviews", "request_items", "requests", "provider_accounts",
		} {
			run("DELETE FROM " + table)
		}
		run(`UPDATE users SET deleted_at = NULL`)
		run(`UPDATE resources SET deleted_at = NULL`)
		run(`UPDATE apps SET tickets_enabled = TRUE, tickets_on_grant = TRUE, tickets_on_removal = TRUE, ticket_provider_id = ?,
			ticket_project_id = 'p1'`, s.payroll)
		run(`UPDATE providers SET health = 'untried', trouble = '', findings = '[]', cursor = ?, polled_at = NULL, full_read_at = ?,
			paused_until = NULL, next_poll_at = ?, next_check_at = ?`, now.Format(time.RFC3339Nano), now, now, now.Add(24*time.Hour))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// newHistory returns a history that is about to begin.
func (s *stage) newHistory(t *rapid.T) *history {
	w := &world{
		reporter: t, now: s.time(), box: s.box, admin: s.admin, josh: s.josh, rita: s.rita, ana: s.ana, ben: s.ben,
		app: s.app, role: s.role, payroll: s.payroll,
	}
	h := &history{
		world: w, stage: s, draws: t, theirs: w.now, deleted: map[string]bool{}, snoozed: map[int64]time.Time{},
		down: map[*paper]bool{}, lost: map[*paper]map[string]bool{},
	}
	w.db = &store.DB{DB: s.db.DB, Queue: s.db.Queue, Now: h.readClock}
	w.inv, w.req = &inventory.Service{DB: w.db}, &request.Service{DB: w.db}
	w.paper, w.annex = h.newPaper("paper"), h.newPaper("annex")
	h.oracle = newOracle(t, h.theirTime, map[string]*paper{s.payroll: w.paper, s.second: w.annex})
	h.sole = oneOf(h, "servers", 1, 2) == 1
	w.eng = w.engine()
	return h
}

// newPaper returns a ticket system of one kind or another.
func (h *history) newPaper(kind string) *paper {
	p := newPaper(h.theirTime)
	p.kind, p.accounts, h.lost[p] = kind, h.stage.paper.accounts, map[string]bool{}
	switch oneOf(h, kind, "is plain", "is plain", "is idempotent", "lags") {
	case "is idempotent":
		p.idempotent = true
	case "lags":
		p.lag = 30 * time.Second
	}
	p.fail(h.meddle(p))
	p.onCreate = p.notTwice(h)
	return p
}
