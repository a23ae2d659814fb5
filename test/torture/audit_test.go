package torture

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
	"admit/internal/ticket"
	"admit/test/live"
)

// The audit compares what Admit's database says with what was asked for, with
// the tickets there are, and with what people made of the end system.

// books is what Admit's database says.
type books struct {
	slots   map[place]bookedSlot
	tickets map[string]bookedTicket // by key
}

type bookedSlot struct {
	Email, Resource  string
	Wanted           bool
	Believed         access.Belief
	State, Attention string // of the live change, "" for none
	Direction        access.Direction
	Reversed         bool
	Detail           string
}

type bookedTicket struct {
	Key, RemoteID, Outcome, ChangeID string
	State                            access.TicketState
	ChangeState                      access.ChangeState
}

func readBooks(ctx context.Context, db *sqldb.DB) (books, error) {
	b := books{map[place]bookedSlot{}, map[string]bookedTicket{}}
	slots, err := sqldb.Select[bookedSlot](ctx, db.Read(), `SELECT u.email, r.name AS resource, s.wanted, s.believed,
		COALESCE(c.state, '') AS state, COALESCE(c.attention, '') AS attention, COALESCE(c.direction, '') AS direction,
		COALESCE(c.reversed, FALSE) AS reversed, COALESCE(c.detail, '') AS detail
		FROM slots s JOIN users u ON u.id = s.user_id JOIN resources r ON r.id = s.resource_id
		LEFT JOIN changes c ON c.slot_id = s.id AND c.state IN ('queued', 'filing', 'open', 'canceling', 'claimed', 'attention')`)
	if err != nil {
		return b, err
	}
	for _, s := range slots {
		b.slots[place{strings.TrimSuffix(s.Email, "@example.com"), s.Resource}] = s
	}
	tickets, err := sqldb.Select[bookedTicket](ctx, db.Read(), `SELECT t.key, t.remote_id, t.outcome, t.state, t.change_id, c.state AS change_state
		FROM tickets t JOIN changes c ON c.id = t.change_id`)
	for _, t := range tickets {
		b.tickets[t.Key] = t
	}
	return b, err
}

// audit returns everything that is not as it should be at rest.
func (c *company) audit() []string {
	ctx := c.Context()
	var b books
	err := c.inDatabase(func(db *sqldb.DB) (err error) {
		if b, err = readBooks(ctx, db); err != nil {
			return err
		}
		return c.desk.read(ctx)
	})
	if err != nil {
		return []string{err.Error()}
	}
	a := &auditor{books: b, settled: c.settled, bySlot: map[place][]ticket.Snapshot{}}
	a.tickets(c.desk)
	if c.forgotten {
		a.wrong = append(a.wrong, c.straying(a.unknown)...)
	} else {
		for _, x := range a.unknown {
			a.no("ticket %s, %q, is unknown here", x.Identifier, x.Title)
		}
	}
	for _, s := range c.slots {
		a.slot(s)
		if a.slots[s.place].Believed != access.Unknown && !c.forgotten {
			a.endSystem(s, c.desk)
		}
	}
	done := map[string]bool{} // whether a ticket said so, by change
	for key, t := range b.tickets {
		if t.State == access.TicketPlanned || t.State == access.TicketSending {
			a.no("ticket %s is %s", key, t.State)
		}
		if t.ChangeState == access.Done {
			done[t.ChangeID] = done[t.ChangeID] || t.Outcome == string(ticket.Yes)
		}
	}
	for id, said := range done {
		if !said {
			a.no("change %s is done, and no ticket says so", id)
		}
	}
	slices.Sort(a.wrong)
	return a.wrong
}

type auditor struct {
	books

	settled map[string]bool
	bySlot  map[place][]ticket.Snapshot // open ones
	unknown []ticket.Snapshot           // those the books do not have
	wrong   []string
}

func (a *auditor) no(format string, args ...any) {
	a.wrong = append(a.wrong, fmt.Sprintf(format, args...))
}

// tickets holds every ticket of the system against the books: one for a key, and
// both sides say the same of it.
func (a *auditor) tickets(d *desk) {
	known := map[string]int{}
	for _, x := range d.all() {
		known[x.Key]++
		t, ok := a.books.tickets[x.Key]
		switch {
		case !ok && a.settled[x.Identifier] && x.Outcome.Ended():
			continue
		case !ok:
			a.unknown = append(a.unknown, x)
			continue
		case t.RemoteID != x.ID:
			a.no("ticket %s is here under id %q, not %q", x.Identifier, t.RemoteID, x.ID)
		case (t.State == access.TicketOpen) == x.Outcome.Ended():
			a.no("ticket %s is %s there and %s here", x.Identifier, x.Outcome, t.State)
		}
		if !x.Outcome.Ended() {
			at := about(x.Title).place
			a.bySlot[at] = append(a.bySlot[at], x)
		}
	}
	for key, n := range known {
		if n > 1 {
			a.no("%d tickets have the key %s", n, key)
		}
	}
	for key, t := range a.books.tickets {
		if t.RemoteID != "" && known[key] == 0 {
			a.no("ticket %s, which is %s here, is not there", t.RemoteID, t.State)
		}
	}
	if d.spec.Idempotent {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for key, n := range d.creates {
		if n > 1 {
			a.no("a ticket was filed by %d calls: %s", n, key)
		}
	}
}

// endSystem holds what is believed of a slot against what people have made.
func (a *auditor) endSystem(s *slot, d *desk) {
	if b := a.slots[s.place]; (b.Believed == access.Present) != d.holds(s.place) {
		a.no("%v is believed %q, and is there = %v", s.place, b.Believed, d.holds(s.place))
	}
}

// slot holds a slot against what was asked for.
func (a *auditor) slot(s *slot) {
	b, open := a.slots[s.place], a.bySlot[s.place]
	if b.Wanted != s.wanted {
		a.no("%v is wanted = %v here, and was asked to be %v", s.place, b.Wanted, s.wanted)
	}
	leads, adrift := b.Direction.Leads(b.Wanted), b.Believed != "" && !b.Believed.Agrees(b.Wanted)
	switch state := access.ChangeState(b.State); {
	case state == access.Open && (leads == b.Reversed || leads != adrift):
		a.no("%v has an open %s, reversed = %v, and is wanted = %v and believed %s", s.place, b.Direction, b.Reversed, b.Wanted, b.Believed)
	case state == access.Open, state == access.NeedsAttention && b.Attention == string(access.Declined) && adrift:
	case state != "":
		a.no("%v has a change that is %s (%s, %s)", s.place, state, b.Attention, b.Detail)
	case adrift:
		a.no("%v is wanted = %v, believed %s, and nothing is under way", s.place, b.Wanted, b.Believed)
	}
	if n := len(open); n != one(b.State == string(access.Open)) || n == 1 && about(open[0].Title).grant != (b.Direction == access.ToGrant) {
		a.no("%v has %d open tickets, and its change is %q", s.place, n, b.State)
	}
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// rests waits until all is as it should be while nobody does anything, and fails
// the test if it does not become so.
func (c *company) rests(limit time.Duration, what string) {
	c.Helper()
	var wrong []string
	deadline := time.Now().Add(limit)
	live.Within(c.T, limit+time.Minute, what, func() bool {
		pause(100 * time.Millisecond) // the system has other things to do
		wrong = c.audit()
		return len(wrong) == 0 || time.Now().After(deadline)
	})
	for i, w := range wrong {
		if i == 20 {
			c.Fatalf("and %d more", len(wrong)-i)
		}
		c.Errorf("%s: %s", what, w)
	}
	if len(wrong) > 0 {
		said := strings.Split(c.Process.Stderr.String(), "\n")
		c.Fatalf("the server said: %s", strings.Join(said[max(len(said)-20, 0):], "\n"))
	}
}

// drain has people finish all tickets, and those that were declined tried again,
// until everybody has what is wanted and no ticket is open.
func (c *company) drain(limit time.Duration) {
	c.Helper()
	live.Within(c.T, limit, "every ticket finished", func() bool {
		if err := c.desk.finishAll(c.Context()); err != nil {
			c.Log(err)
			return false
		}
		busy := 0
		err := c.inDatabase(func(db *sqldb.DB) error {
			again, err := sqldb.Select[string](c.Context(), db.Read(), `SELECT id FROM changes WHERE state = 'attention' AND attention = 'declined'`)
			if err != nil {
				return err
			}
			for _, id := range again {
				c.Call("ada", "POST", "/changes/"+id+"/retry", nil)
			}
			busy, err = sqldb.Get[int](c.Context(), db.Read(), `SELECT count(*) FROM changes WHERE ended_at IS NULL`)
			return err
		})
		return err == nil && busy == 0 && len(c.desk.open()) == 0
	})
	c.rests(limit, "at the end")
	for _, s := range c.slots {
		if c.desk.holds(s.place) != s.wanted {
			c.Errorf("at the end %v is there = %v, and was asked to be %v", s.place, !s.wanted, s.wanted)
		}
	}
}
