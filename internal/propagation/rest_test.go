package propagation_test

import (
	"maps"
	"slices"
	"time"

	"admit/internal/access"
	"admit/internal/ticket"
)

// What the oracle checks once everything has come to rest: the systems work, all
// jobs ran, and enough time went by.

func (o *oracle) rest() {
	o.Helper()
	for _, s := range o.slots {
		if c := s.live(); c != nil {
			o.liveAtRest(c)
		} else {
			o.slotAtRest(s)
		}
		if len(s.changes) > 0 {
			o.doneAtRest(s.changes[len(s.changes)-1])
		}
	}
	for _, p := range o.papers {
		for _, snap := range p.open() {
			if !p.hidden[snap.ID] {
				o.openAtRest(p, snap)
			}
		}
	}
}

// slotAtRest: what is wanted is believed, where nothing is under way. That does not
// contradict what a fulfiller said after a change was over without effect.
func (o *oracle) slotAtRest(s *slotFacts) {
	o.Helper()
	if wanted := o.wanted(s.at); !s.believed.Agrees(wanted) {
		o.Errorf("wanted is %v, believed %s, and nothing is under way", wanted, s.believed)
	}
	var last time.Time
	for _, c := range s.changes {
		last = later(last, c.done)
	}
	for _, c := range s.changes {
		if c.state == access.Done || s.believed == c.direction.Result() || !o.isWatched(c) {
			continue
		}
		for _, t := range c.tickets {
			if at, ok := t.yesSince(); ok && t.state == access.TicketEnded && at.Sub(later(last, c.since)) >= time.Second {
				o.Errorf("a slot is believed %s, and after a %s became %s its ticket ended with yes", s.believed, c.direction, c.state)
			}
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (o *oracle) isWatched(c *changeFacts) bool { return o.now().Sub(c.since) < watchFor }

// liveAtRest: a live change has the one ticket it needs, or a person must decide
// for a reason there is.
func (o *oracle) liveAtRest(c *changeFacts) {
	o.Helper()
	open, ends := 0, map[ticket.Outcome]bool{}
	for _, t := range c.tickets {
		snap, ok := t.shows()
		if ends[snap.Outcome] = true; ok && t.state == access.TicketOpen && !snap.Outcome.Ended() {
			open++
		}
	}
	hidden := ends[""] // one may have ended so
	switch {
	case c.state == access.Open && open != 1, c.state == access.NeedsAttention && open != 0:
		o.Errorf("the %s is %s and has %d open tickets", c.direction, c.state, open)
	case c.attention == access.Declined && !ends[ticket.No] && !hidden, c.attention == access.Murky && !ends[ticket.Unclear] && !hidden:
		o.Errorf("the %s needs attention, %s, and its tickets ended with %v", c.direction, c.attention, ends)
	case c.state != access.Open && c.state != access.NeedsAttention:
		o.Errorf("the %s is still %s", c.direction, c.state)
	}
}

// doneAtRest: the newest change of a slot is done only as long as its ticket says
// so, while it is watched. A ticket that is hidden tells nothing new.
func (o *oracle) doneAtRest(c *changeFacts) {
	o.Helper()
	if c.state != access.Done || !c.viaTicket || !o.isWatched(c) {
		return
	}
	for _, t := range c.tickets {
		if snap, ok := t.shows(); t.saidYes() && (!ok || snap.Outcome == ticket.Yes) {
			return
		}
	}
	o.Errorf("the %s is done, and none of its %d tickets says so any more", c.direction, len(c.tickets))
}

// openAtRest: a ticket is open only for a change that lives on it. What people open
// again after its change is over is theirs.
func (o *oracle) openAtRest(p *paper, snap ticket.Snapshot) {
	o.Helper()
	if p.wasEnded(snap.ID) {
		return
	}
	known := false
	for _, t := range o.tickets {
		if t.paper != p || t.key != snap.Key {
			continue
		}
		known = true
		if t.remote == snap.ID && t.state == access.TicketOpen && t.change.state == access.Open {
			return
		}
	}
	if !known {
		o.Errorf("nobody knows the key of %s", snap.Identifier)
		return
	}
	o.Errorf("%s is open, and no change lives on it", snap.Identifier)
}

// open lists the open tickets that changes live on, oldest first.
func (o *oracle) open() (open []*ticketFacts) {
	for _, id := range slices.Sorted(maps.Keys(o.tickets)) {
		t := o.tickets[id]
		if snap, ok := t.shows(); ok && t.change.state == access.Open && !snap.Outcome.Ended() {
			open = append(open, t)
		}
	}
	return open
}
