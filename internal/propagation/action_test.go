package propagation_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/job"
	"admit/internal/propagation"
	"admit/internal/request"
	"admit/internal/ticket"
)

// What people do.

// place draws one of the places that fit; ok is false if none does.
func (h *history) place(fits func(inventory.Place) bool) (at inventory.Place, ok bool) {
	var all []inventory.Place
	for _, u := range h.stage.people {
		for _, r := range h.stage.roles {
			if at := (inventory.Place{UserID: u.UserID, ResourceID: r}); fits(at) {
				all = append(all, at)
			}
		}
	}
	if len(all) == 0 {
		return at, false
	}
	at = all[below(len(all)).Draw(h.draws, "place")]
	h.Logf("  %s, role %d", h.who(at).Name, slices.Index(h.stage.roles, at.ResourceID)+1)
	return at, true
}

func (h *history) who(at inventory.Place) access.Actor {
	return h.stage.people[slices.IndexFunc(h.stage.people, func(a access.Actor) bool { return a.UserID == at.UserID })]
}

// exists reports whether the user and the resource of a place are there.
func (h *history) exists(at inventory.Place) bool {
	return !h.deleted[at.UserID] && !h.deleted[at.ResourceID]
}

// free and held report whether nobody, or somebody, gave a place by hand.
func (h *history) free(at inventory.Place) bool { return h.exists(at) && h.oracle.byHand(at) == nil }

func (h *history) held(at inventory.Place) bool { return h.exists(at) && h.oracle.byHand(at) != nil }

// end draws when access ends, nil for never.
func (h *history) end() *time.Time {
	after := oneOf(h, "ends after", 0, 0, time.Minute, time.Hour, 24*time.Hour)
	if after == 0 {
		return nil
	}
	return new(h.time().Add(after))
}

func (h *history) addByHand() bool {
	at, ok := h.place(h.free)
	if ok {
		ends := h.end()
		h.must(h.inv.AddHolder(h.Context(), h.admin, at, "needs it", ends))
		h.oracle.wish(at, &wish{byHand: true, ends: ends})
	}
	return ok
}

func (h *history) askAndApprove() bool {
	at, ok := h.place(func(at inventory.Place) bool { return h.exists(at) && len(h.oracle.wishes[at]) < 2 })
	if !ok {
		return false
	}
	p := request.Params{Items: []request.Wish{{ResourceID: at.ResourceID}}, Reason: "month end"}
	w := &wish{}
	if minutes := oneOf(h, "minutes", 0, 2, 120); minutes > 0 {
		p.Minutes, w.ends = &minutes, new(h.time().Add(time.Duration(minutes)*time.Minute))
	}
	q, err := h.req.Create(h.Context(), h.who(at), p)
	h.must(err)
	h.must(h.req.Approve(h.Context(), h.rita, q.ID, request.Verdict{}))
	h.oracle.wish(at, w)
	return true
}

func (h *history) takeAway() bool {
	at, ok := h.place(h.oracle.wanted)
	if ok {
		h.must(h.inv.RemoveHolder(h.Context(), h.admin, at))
		h.oracle.forget(func(x inventory.Place) bool { return x == at })
	}
	return ok
}

func (h *history) changeEnd() bool {
	at, ok := h.place(h.held)
	if ok {
		ends := h.end()
		h.must(h.inv.SetHolderEnd(h.Context(), h.admin, at, ends))
		h.oracle.byHand(at).ends = ends
	}
	return ok
}

func (h *history) deleteUser() bool {
	at, ok := h.place(h.exists)
	if ok {
		h.must(h.inv.DeleteUser(h.Context(), h.admin, at.UserID))
		h.deleted[at.UserID] = true
		h.oracle.forget(func(x inventory.Place) bool { return x.UserID == at.UserID })
	}
	return ok
}

func (h *history) deleteResource() bool {
	at, ok := h.place(h.exists)
	if ok {
		h.must(h.inv.DeleteResource(h.Context(), h.admin, at.ResourceID))
		h.deleted[at.ResourceID] = true
		h.oracle.forget(func(x inventory.Place) bool { return x.ResourceID == at.ResourceID })
	}
	return ok
}

func (h *history) switchTickets() bool {
	switch oneOf(h, "tickets are", "on", "off", "for removals", "for grants") {
	case "on":
		h.setPolicy(inventory.TicketPatch{Enabled: new(true), OnGrant: new(true), OnRemoval: new(true)})
	case "off":
		h.setPolicy(inventory.TicketPatch{Enabled: new(false)})
	case "for removals":
		h.setPolicy(inventory.TicketPatch{Enabled: new(true), OnGrant: new(false), OnRemoval: new(true)})
	case "for grants":
		h.setPolicy(inventory.TicketPatch{Enabled: new(true), OnGrant: new(true), OnRemoval: new(false)})
	}
	return true
}

func (h *history) fileElsewhere() bool {
	provider, project := h.somewhere(), oneOf(h, "project", "p1", "p2")
	h.setPolicy(inventory.TicketPatch{ProviderID: &provider, ProjectID: &project})
	return true
}

func (h *history) setPolicy(p inventory.TicketPatch) {
	_, err := h.inv.UpdateApp(h.Context(), h.admin, h.app, inventory.AppPatch{Tickets: p})
	h.must(err)
}

func (h *history) retry() bool {
	for _, id := range h.slotIDs() {
		c := h.oracle.slots[id].live()
		if c == nil || c.state != access.NeedsAttention {
			continue
		}
		err := h.eng.RetryChange(h.Context(), h.admin, c.id)
		if h.inside > 0 && access.CodeOf(err) == access.Conflict {
			return false // it moved on, and the oracle has not looked since
		}
		h.must(err)
		return true
	}
	return false
}

func (h *history) sync() bool {
	_, err := h.eng.StartSync(h.Context(), h.admin, propagation.ScopeApp, h.app)
	h.must(err)
	return true
}

// What fulfillers do, and what becomes of tickets.

// pick draws a ticket that fits, of those that are not deleted; n counts from 1.
func (h *history) pick(fits func(p *paper, t ticket.Snapshot) bool) (p *paper, n int) {
	type one struct {
		*paper
		n int
	}
	var all []one
	for _, p := range h.papers() {
		for i, t := range p.all() {
			if !h.lost[p][t.ID] && fits(p, t) {
				all = append(all, one{p, i + 1})
			}
		}
	}
	if len(all) == 0 {
		return nil, 0
	}
	x := all[below(len(all)).Draw(h.draws, "ticket")]
	h.Logf("  ticket %d of the %v", x.n, x.paper)
	return x.paper, x.n
}

func isAny(*paper, ticket.Snapshot) bool          { return true }
func isOpen(_ *paper, t ticket.Snapshot) bool     { return !t.Outcome.Ended() }
func isEnded(_ *paper, t ticket.Snapshot) bool    { return t.Outcome.Ended() }
func isHidden(p *paper, t ticket.Snapshot) bool   { return p.hidden[t.ID] }
func isVisible(p *paper, t ticket.Snapshot) bool  { return !p.hidden[t.ID] }
func canBeTwice(p *paper, t ticket.Snapshot) bool { return !p.idempotent && !t.Outcome.Ended() }

// onTicket returns what a fulfiller does to an open ticket.
func onTicket(status string, outcome ticket.Outcome, seen bool) func(*history) bool {
	return func(h *history) bool {
		p, n := h.pick(isOpen)
		if p == nil {
			return false
		}
		p.set(n, status, outcome, seen || p.tickets[n-1].WorkSeen)
		if outcome == ticket.Deleted {
			h.lost[p][fmt.Sprint(n)] = true
		}
		return true
	}
}

func (h *history) reopen() bool {
	p, n := h.pick(isEnded)
	if p != nil {
		p.set(n, "reopened", ticket.Open, oneOf(h, "at work", false, true))
	}
	return p != nil
}

func (h *history) deleteTicket() bool {
	p, n := h.pick(isAny)
	if p != nil {
		h.delete(p, fmt.Sprint(n))
	}
	return p != nil
}

func (h *history) delete(p *paper, id string) { h.lost[p][id], p.hidden[id] = true, true }

func (h *history) hideTicket() bool {
	p, n := h.pick(isVisible)
	if p != nil {
		p.hidden[fmt.Sprint(n)] = true
	}
	return p != nil
}

func (h *history) showTicket() bool {
	p, n := h.pick(isHidden)
	if p != nil {
		p.show(n)
	}
	return p != nil
}

func (h *history) moveTicket() bool {
	p, n := h.pick(isOpen)
	if p != nil {
		t := p.tickets[n-1]
		t.Identifier, t.Project = "M-"+t.ID, "p2"
		p.changed(t)
	}
	return p != nil
}

// moveAway moves a ticket so that it gets another id.
func (h *history) moveAway() bool {
	p, n := h.pick(canBeTwice)
	if p != nil {
		was := p.tickets[n-1]
		h.delete(p, was.ID)
		now := p.file(ticket.Draft{Key: was.Key, Project: "p2", Title: was.Title, Assignee: was.Assignee})
		now.WorkSeen = was.WorkSeen
		p.changed(now)
	}
	return p != nil
}

// copyTicket makes a second ticket with the same text, and so the same key.
func (h *history) copyTicket() bool {
	p, n := h.pick(canBeTwice)
	if p != nil {
		p.file(ticket.Draft{Key: p.tickets[n-1].Key, Project: "p1", Title: "a copy"})
	}
	return p != nil
}

// What the engine does.

// letItWork lets the engine work, the window pass, and the engine work again.
func (h *history) letItWork() bool {
	h.tick()
	h.work()
	h.pass(6 * time.Second)
	h.work()
	return true
}

// oneJob runs one of the jobs that wait, once or twice, or loses it, if the sweep
// or the poll would make that good.
func (h *history) oneJob() bool {
	jobs := h.ready()
	if len(jobs) == 0 {
		return false
	}
	j := jobs[below(len(jobs)).Draw(h.draws, "job")]
	madeGood := []string{job.Reconcile{}.Kind(), job.File{}.Kind(), job.Tell{}.Kind(), job.Poll{}.Kind(), job.Read{}.Kind()}
	switch oneOf(h, j.Kind, "runs", "runs", "runs twice", "is lost") {
	case "is lost":
		if slices.Contains(madeGood, j.Kind) {
			h.drop(j.ID)
		}
		return true
	case "runs twice":
		h.perform(j)
	}
	if h.perform(j) {
		h.drop(j.ID)
	}
	return true
}

// used draws a provider whose system has tickets; ok is false if none has.
func (h *history) used() (id string, ok bool) {
	ids := slices.DeleteFunc(h.providers(), func(id string) bool { return len(h.paperOf(id).tickets) == 0 })
	if len(ids) == 0 {
		return "", false
	}
	id = ids[below(len(ids)).Draw(h.draws, "system")]
	h.Logf("  of the %v", h.paperOf(id))
	return id, true
}

func (h *history) pollOne() bool {
	id, ok := h.used()
	if ok {
		h.attempt("poll", func(ctx context.Context) error { return h.eng.Poll(ctx, id) })
	}
	return ok
}

func (h *history) fullRead() bool {
	id, ok := h.used()
	if ok {
		h.readAll(id)
	}
	return ok
}

// webhook reads tickets as after a delivery that named them, ours or not.
func (h *history) webhook() bool {
	id, ok := h.used()
	if ok {
		n := below(len(h.paperOf(id).tickets)+2).Draw(h.draws, "number")
		h.attempt("read", func(ctx context.Context) error { return h.eng.ReadTickets(ctx, id, []string{fmt.Sprint(n), "1"}) })
	}
	return ok
}

// oldNews reads a ticket and is shown what it was before it is as it is now.
func (h *history) oldNews() bool {
	p, n := h.pick(func(p *paper, t ticket.Snapshot) bool { return len(p.past[t.ID]) > 1 })
	if p == nil {
		return false
	}
	id := fmt.Sprint(n)
	states, behind := p.past[id], p.behind
	p.behind = max(h.theirs.Sub(states[len(states)-2].UpdatedAt), 1)
	h.attempt("read", func(ctx context.Context) error { return h.eng.ReadTickets(ctx, h.providerOf(p), []string{id}) })
	p.behind = behind
	return true
}

func (h *history) tickOnce() bool {
	h.tick()
	return true
}

func (h *history) sweep() bool {
	h.attempt("sweep", h.eng.Sweep)
	return true
}

// look looks at all slots.
func (h *history) look() bool {
	h.attempt("reconcile", func(ctx context.Context) error { return h.eng.Reconcile(ctx, h.slotIDs()) })
	return true
}

// lookTwice looks at all slots; a second look finds nothing to do.
func (h *history) lookTwice() bool {
	h.look()
	h.watch()
	h.idle()
	return true
}
