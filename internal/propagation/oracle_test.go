package propagation_test

import (
	"slices"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/ticket"
)

// oracle knows what must hold, whatever happens. It knows the wish, what the
// ticket systems have, and from the journal what the engine wrote. Of the engine's
// rules it shares the table of moves only.
type oracle struct {
	reporter
	now    func() time.Time  // the clock of the ticket systems, which never goes back
	papers map[string]*paper // by provider
	wishes map[inventory.Place][]*wish

	seq     int64 // of the journal, as far as it was read
	slots   map[string]*slotFacts
	changes map[string]*changeFacts
	tickets map[string]*ticketFacts

	untold map[*changeFacts]string // moves no event told of yet
	failed []*changeFacts          // removals that ended without effect since the last look
}

// wish is a live grant.
type wish struct {
	byHand bool
	ends   *time.Time // nil: never
}

type slotFacts struct {
	at       inventory.Place
	believed access.Belief // as written
	proof    access.Proof
	proven   access.Belief // as the change says that was done last
	how      access.Proof
	changes  []*changeFacts // oldest first
}

type changeFacts struct {
	id        string
	slot      *slotFacts
	direction access.Direction
	viaTicket bool
	state     access.ChangeState
	attention access.Attention
	since     time.Time      // in its state
	done      time.Time      // when it was done last
	tickets   []*ticketFacts // oldest first
}

type ticketFacts struct {
	key, remote string
	change      *changeFacts
	paper       *paper
	state       access.TicketState
}

func newOracle(r reporter, now func() time.Time, papers map[string]*paper) *oracle {
	return &oracle{
		reporter: r, now: now, papers: papers, wishes: map[inventory.Place][]*wish{}, slots: map[string]*slotFacts{},
		changes: map[string]*changeFacts{}, tickets: map[string]*ticketFacts{}, untold: map[*changeFacts]string{},
	}
}

// The wish.

func (o *oracle) wish(at inventory.Place, w *wish) { o.wishes[at] = append(o.wishes[at], w) }

func (o *oracle) wanted(at inventory.Place) bool { return len(o.wishes[at]) > 0 }

// byHand returns what an admin gave, nil for nothing.
func (o *oracle) byHand(at inventory.Place) *wish {
	i := slices.IndexFunc(o.wishes[at], func(w *wish) bool { return w.byHand })
	if i < 0 {
		return nil
	}
	return o.wishes[at][i]
}

// forget ends all wishes for some places.
func (o *oracle) forget(ended func(inventory.Place) bool) {
	for at := range o.wishes {
		if ended(at) {
			delete(o.wishes, at)
		}
	}
}

// expire ends the wishes whose time is up.
func (o *oracle) expire(now time.Time) {
	for at, wishes := range o.wishes {
		o.wishes[at] = slices.DeleteFunc(wishes, func(w *wish) bool { return w.ends != nil && !w.ends.After(now) })
	}
}

// What was written.

// follow takes in what was written since the last look and checks each line, and
// then what must hold at any moment.
func (o *oracle) follow(lines []line) {
	o.Helper()
	was := ""
	for _, l := range lines {
		if was == "event" && l.What != "event" {
			o.allIsTold() // a transaction ends with its events
		}
		o.seq, was = l.Seq, l.What
		switch l.What {
		case "slot":
			o.slot(l)
		case "change":
			o.change(l)
		case "ticket":
			o.ticket(l)
		case "event":
			delete(o.untold, o.changes[l.About])
		}
	}
	o.allIsTold()
	for _, s := range o.slots {
		if s.believed != access.Unknown && (s.believed != s.proven || s.proof != s.how) {
			o.Errorf("a slot is believed %s, %s; proven is %s, %s", s.believed, s.proof, s.proven, s.how)
		}
	}
	for _, c := range o.failed {
		if s := c.slot; !o.wanted(s.at) && s.proven != access.Absent && s.live() == nil {
			o.Errorf("the removal became %s although it is proven %s, and no other follows", c.state, s.proven)
		}
	}
	o.failed = nil
}

// allIsTold checks that an event told of each move.
func (o *oracle) allIsTold() {
	o.Helper()
	for c, move := range o.untold {
		o.Errorf("no event tells that the %s %s", c.direction, move)
	}
	clear(o.untold)
}

func (o *oracle) slot(l line) {
	s := o.slots[l.ID]
	if s == nil {
		resource, user, _ := strings.Cut(l.About, "/")
		s = &slotFacts{at: inventory.Place{ResourceID: resource, UserID: user}, proven: access.Absent, how: access.NoProof}
		o.slots[l.ID] = s
	}
	s.believed, s.proof = access.Belief(l.Became), access.Proof(l.More)
}

func (o *oracle) change(l line) {
	o.Helper()
	c, is := o.changes[l.ID], access.ChangeState(l.Became)
	attention, reversed, _ := strings.Cut(l.More, " ")
	if c == nil {
		c = o.started(l)
	} else if l.Was != l.Became {
		o.moved(c, is, reversed != "")
	}
	was := c.state
	c.state, c.since, c.attention = is, o.now(), ""
	if is == access.NeedsAttention {
		c.attention = access.Attention(attention)
	}
	switch {
	case is == access.Done:
		o.done(c)
	case was == access.Done:
		o.reopened(c)
	case c.attention == access.Murky:
		c.slot.proven, c.slot.how = access.Unknown, access.NoProof
	case c.direction == access.ToRemove && !is.Live():
		o.failed = append(o.failed, c)
	}
}

func (o *oracle) started(l line) *changeFacts {
	o.Helper()
	s := o.slots[l.About]
	if other := s.live(); other != nil {
		o.Errorf("a second live change for a slot: the %s is %s", other.direction, other.state)
	}
	direction, via, _ := strings.Cut(l.More, " ")
	c := &changeFacts{id: l.ID, slot: s, direction: access.Direction(direction), viaTicket: via != ""}
	s.changes = append(s.changes, c)
	o.changes[l.ID], o.untold[c] = c, "started"
	return c
}

// moved checks that a move is one of the table, and that a change is not canceled
// whose wish did not turn round. An event tells of it, but for the first, of which
// the next one tells.
func (o *oracle) moved(c *changeFacts, to access.ChangeState, reversed bool) {
	o.Helper()
	probe := access.AccessChange{State: c.state}
	if err := probe.Move(to, o.now()); err != nil {
		o.Errorf("the %s: %v", c.direction, err)
	}
	if to == access.ChangeCanceled && !reversed {
		o.Errorf("the %s was %s and is canceled, and its wish did not turn round", c.direction, c.state)
	}
	if c.state != access.Queued || to != access.Filing {
		o.untold[c] = "moved from " + string(c.state) + " to " + string(to)
	}
}

// done checks that a change may be done: the fulfiller said so of its ticket, or
// tickets were off.
func (o *oracle) done(c *changeFacts) {
	o.Helper()
	c.done, c.slot.proven, c.slot.how = c.since, c.direction.Result(), access.Recorded
	if !c.viaTicket {
		return
	}
	c.slot.how = access.Claimed
	if !slices.ContainsFunc(c.tickets, (*ticketFacts).saidYes) {
		o.Errorf("the %s is done, and none of its %d tickets ever ended with yes", c.direction, len(c.tickets))
	}
}

// reopened checks that a change that was done is not for nothing: some ticket of
// it says something else by now. Old news is none.
func (o *oracle) reopened(c *changeFacts) {
	o.Helper()
	c.slot.proven, c.slot.how = access.Unknown, access.NoProof
	if !slices.ContainsFunc(c.tickets, (*ticketFacts).tookYesBack) {
		o.Errorf("the %s is not done any more, and none of its %d tickets says so", c.direction, len(c.tickets))
	}
}

func (o *oracle) ticket(l line) {
	o.Helper()
	t := o.tickets[l.ID]
	if t == nil {
		provider, key, _ := strings.Cut(l.More, "/")
		t = &ticketFacts{key: key, change: o.changes[l.About], paper: o.papers[provider]}
		t.change.tickets = append(t.change.tickets, t)
		o.tickets[l.ID] = t
	} else {
		t.remote = l.More
	}
	t.state = access.TicketState(l.Became)
	if snap, ok := t.shows(); ok && t.state == access.TicketLost {
		o.Errorf("%s is lost, and it is there", snap.Identifier)
	}
	live := 0
	for _, x := range t.change.tickets {
		if x.state.Live() {
			live++
		}
	}
	if live > 1 {
		o.Errorf("a %s has %d live tickets", t.change.direction, live)
	}
}

// live returns the live change of a slot, nil for none.
func (s *slotFacts) live() *changeFacts {
	for _, c := range s.changes {
		if c.state.Live() {
			return c
		}
	}
	return nil
}

// What the ticket systems have.

// shows returns a ticket as its system has it; ok is false if it is not there, for
// us.
func (t *ticketFacts) shows() (snap ticket.Snapshot, ok bool) {
	if t.remote == "" {
		return snap, false
	}
	now, err := t.paper.there(t.remote)
	if err != nil || now.Outcome == ticket.Deleted {
		return snap, false
	}
	return *now, true
}

// saidYes reports whether the ticket, or one with its key, ever ended with yes.
func (t *ticketFacts) saidYes() bool {
	for _, states := range t.paper.past {
		if slices.ContainsFunc(states, func(x ticket.Snapshot) bool { return x.Key == t.key && x.Outcome == ticket.Yes }) {
			return true
		}
	}
	return false
}

// tookYesBack reports whether it said something else after a yes.
func (t *ticketFacts) tookYesBack() bool {
	for _, states := range t.paper.past {
		yes := slices.IndexFunc(states, func(x ticket.Snapshot) bool { return x.Key == t.key && x.Outcome == ticket.Yes })
		if yes >= 0 && slices.ContainsFunc(states[yes:], func(x ticket.Snapshot) bool { return x.Outcome != ticket.Yes }) {
			return true
		}
	}
	return !t.saidYes() && len(t.paper.past[t.remote]) > 0
}

// yesSince returns since when a ticket says yes; ok is false if it does not now.
func (t *ticketFacts) yesSince() (at time.Time, ok bool) {
	if snap, ok := t.shows(); !ok || snap.Outcome != ticket.Yes {
		return at, false
	}
	for _, was := range slices.Backward(t.paper.past[t.remote]) {
		if was.Outcome != ticket.Yes {
			break
		}
		at = was.UpdatedAt
	}
	return at, true
}

// wasEnded reports whether a ticket had ended before it was as it is now.
func (p *paper) wasEnded(id string) bool {
	return slices.ContainsFunc(p.past[id], func(x ticket.Snapshot) bool { return x.Outcome.Ended() })
}
