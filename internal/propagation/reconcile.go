package propagation

import (
	"context"

	"admit/internal/access"
	"admit/internal/job"
	"admit/internal/store"
)

// Reconcile looks at slots as they are and takes the next step for each, in one
// transaction. It is idempotent: run again, it finds nothing to do.
func (s *Service) Reconcile(ctx context.Context, slotIDs []string) error {
	return s.DB.Write(ctx, func(w *store.Write) error {
		return s.reconcile(ctx, w, slotIDs)
	})
}

// round is one look at a set of slots, inside a transaction.
type round struct {
	w       *store.Write
	s       *Service
	slots   []access.Slot
	wanted  map[string][]access.Grant      // live grants by slot
	changes map[string]access.AccessChange // live changes by slot
	tickets map[string][]access.Ticket     // by change, oldest first
	ended   map[string]access.Grant        // the grant that ended last, by slot; loaded when needed
	names   map[string]store.SlotNames     // by slot; loaded when needed
	needed  map[string]int                 // by how many changes a ticket is needed
	started []access.AccessChange
}

func (s *Service) reconcile(ctx context.Context, w *store.Write, slotIDs []string) error {
	r := &round{w: w, s: s}
	if err := r.load(ctx, slotIDs); err != nil {
		return err
	}
	for i := range r.slots {
		if err := r.settle(ctx, &r.slots[i]); err != nil {
			return err
		}
	}
	if err := store.AddChanges(ctx, w.Tx, r.started...); err != nil {
		return err
	}
	return r.gather(ctx)
}

func (r *round) load(ctx context.Context, slotIDs []string) (err error) {
	if r.slots, err = store.SlotsByID(ctx, r.w.Tx, slotIDs); err != nil {
		return err
	}
	if r.wanted, err = store.LiveGrants(ctx, &r.w.Reader, slotIDs); err != nil {
		return err
	}
	if r.changes, err = store.LiveChanges(ctx, &r.w.Reader, slotIDs); err != nil {
		return err
	}
	if len(r.changes) == 0 {
		return nil
	}
	var ids []string
	for _, c := range r.changes {
		ids = append(ids, c.ID)
	}
	if r.tickets, err = store.TicketsOf(ctx, &r.w.Reader, ids); err != nil {
		return err
	}
	return r.loadNeeded(ctx)
}

// loadNeeded counts the changes that need each ticket: one that is needed by
// others is not closed for one of them.
func (r *round) loadNeeded(ctx context.Context) (err error) {
	var ids []string
	for _, c := range r.changes {
		if ts := r.tickets[c.ID]; len(ts) > 0 {
			ids = append(ids, ts[len(ts)-1].ID)
		}
	}
	r.needed, err = store.TicketNeeds(ctx, &r.w.Reader, unique(ids))
	return err
}

// maxSteps is more than any slot needs: end one change, start the next.
const maxSteps = 5

// settle takes steps for one slot until there is nothing to do, and stores it.
func (r *round) settle(ctx context.Context, slot *access.Slot) error {
	before := *slot
	slot.Wanted = len(r.wanted[slot.ID]) > 0
	for range maxSteps {
		step := access.Next(r.state(*slot))
		if step == access.Rest || step == access.FileNow || step == access.AckFirst {
			break
		}
		if err := r.take(ctx, slot, step); err != nil {
			return err
		}
	}
	if err := r.endWaiver(ctx, slot); err != nil {
		return err
	}
	_, live := r.changes[slot.ID]
	slot.Listed = slot.Wanted || slot.Believed != access.Absent || live
	if *slot == before {
		return nil
	}
	return store.UpdateSlot(ctx, r.w.Tx, *slot)
}

func (r *round) state(slot access.Slot) access.SlotState {
	state := access.SlotState{Wanted: slot.Wanted, Believed: slot.Believed}
	state.Waived = slot.WaivedUntil != nil && slot.WaivedUntil.After(r.w.Now)
	if c, ok := r.changes[slot.ID]; ok {
		state.Change = &c
		if ts := r.tickets[c.ID]; len(ts) > 0 {
			state.Ticket = &ts[len(ts)-1]
			state.Shared = r.needed[state.Ticket.ID] > 1
		}
	}
	return state
}

// take does one step.
func (r *round) take(ctx context.Context, slot *access.Slot, step access.Step) error {
	c := r.changes[slot.ID]
	switch step {
	case access.Start:
		return r.start(ctx, slot)
	case access.Accept:
		return r.accept(ctx, slot, c)
	case access.Drop:
		if err := r.unplan(ctx, c); err != nil {
			return err
		}
		return r.finish(ctx, slot, c, access.Superseded, "no longer wanted")
	case access.StartNew:
		return r.finish(ctx, slot, c, access.Superseded, "the opposite is wanted now")
	case access.Cancel:
		c.Reversed = true
		return r.tell(ctx, slot, c, access.Canceling, "asked to stop: no longer wanted")
	case access.Park:
		c.Reversed = true
		return r.tell(ctx, slot, c, access.Open, "asked to stop or undo: no longer wanted")
	case access.Resume:
		c.Reversed = false
		return r.tell(ctx, slot, c, access.Open, "wanted again: the ticket goes on")
	case access.Rest, access.FileNow, access.AckFirst:
	}
	return nil
}

// accept ends a change whose claim meets the policy, which for now every claim
// does.
func (r *round) accept(ctx context.Context, slot *access.Slot, c access.AccessChange) error {
	from := c.State
	if err := c.Move(access.Done, r.w.Now); err != nil {
		return err
	}
	slot.Believed, slot.Proof, slot.AsOf = c.Direction.Result(), access.Claimed, &r.w.Now
	if c.AttestedBy != nil {
		slot.Proof = access.Attested
	}
	delete(r.changes, slot.ID)
	r.w.Event(changeEvent(access.System(), access.ChangeDone, c, sentence(c)+" is complete"))
	return store.UpdateChange(ctx, r.w.Tx, c, from)
}

// unplan ends the ticket of a change that was never sent.
func (r *round) unplan(ctx context.Context, c access.AccessChange) error {
	for _, t := range r.tickets[c.ID] {
		if t.State != access.TicketPlanned {
			continue
		}
		t.State, t.Note, t.EndedAt = access.TicketRefused, "never sent: no longer wanted", &r.w.Now
		return store.UpdateTicket(ctx, r.w.Tx, t, access.TicketPlanned) // there is one at most
	}
	return nil
}

// finish ends a change without effect.
func (r *round) finish(ctx context.Context, slot *access.Slot, c access.AccessChange, to access.ChangeState, why string) error {
	from := c.State
	if err := c.Move(to, r.w.Now); err != nil {
		return err
	}
	c.Detail = why
	delete(r.changes, slot.ID)
	r.w.Event(changeEvent(access.System(), access.ChangeEnded, c, sentence(c)+" ended: "+why))
	return store.UpdateChange(ctx, r.w.Tx, c, from)
}

// tell stores that the wish turned round and enqueues the word to the
// fulfiller.
func (r *round) tell(ctx context.Context, slot *access.Slot, c access.AccessChange, to access.ChangeState, what string) error {
	from := c.State
	if to != from {
		if err := c.Move(to, r.w.Now); err != nil {
			return err
		}
	}
	r.s.wind(&c)
	r.need(c)
	r.changes[slot.ID] = c
	r.w.Event(changeEvent(access.System(), access.ChangeMoved, c, sentence(c)+": "+what))
	r.w.Job(job.Tell{ChangeID: c.ID})
	return store.UpdateChange(ctx, r.w.Tx, c, from)
}

// need counts a change among those that need its ticket, or not any more.
func (r *round) need(c access.AccessChange) {
	ts := r.tickets[c.ID]
	switch {
	case len(ts) == 0:
	case c.Reversed:
		r.needed[ts[len(ts)-1].ID]--
	default:
		r.needed[ts[len(ts)-1].ID]++
	}
}

// endWaiver ends a waiver of a slot whose removal is wanted no more, or again.
func (r *round) endWaiver(ctx context.Context, slot *access.Slot) error {
	if slot.WaivedUntil == nil || !slot.Wanted && slot.WaivedUntil.After(r.w.Now) {
		return nil
	}
	slot.WaivedUntil = nil
	return store.EndWaivers(ctx, r.w.Tx, slot.ID, r.w.Now)
}
