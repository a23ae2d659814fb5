package propagation

import (
	"context"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/ticket"
)

// observe moves the changes of a ticket by what it shows. The ticket is stored
// already, but for its end. The caller holds the slots.
func (s *Service) observe(ctx context.Context, w *store.Write, t access.Ticket, snap ticket.Snapshot) error {
	changes, err := store.ChangesOn(ctx, &w.Reader, t)
	if err != nil {
		return err
	}
	if t.State == access.TicketEnded {
		return s.afterEnd(ctx, w, changes, t, snap)
	}
	if !snap.Outcome.Ended() {
		return s.reconcile(ctx, w, slotsOf(changes))
	}
	was := t.State
	t.State, t.EndedAt = access.TicketEnded, &w.Now
	if snap.Outcome == ticket.Deleted {
		t.State = access.TicketLost
	}
	if err := store.UpdateTicket(ctx, w.Tx, t, was); err != nil {
		return err
	}
	for _, c := range changes {
		if contradicts(c, snap.Outcome) {
			if err := s.dispute(ctx, w, c, t.Identifier+" was closed: "+t.Status+closedBy(t)); err != nil {
				return err
			}
			continue
		}
		if !c.State.Live() {
			continue // it has ended without its ticket; nothing to conclude
		}
		w.Event(ticketEvent(access.System(), access.TicketClosed, c, t, t.Identifier+" was closed: "+t.Status+closedBy(t)))
		if err := s.conclude(ctx, w, c, t, snap); err != nil {
			return err
		}
	}
	return nil
}

func slotsOf(changes []access.AccessChange) []string {
	ids := make([]string, len(changes))
	for i, c := range changes {
		ids[i] = c.SlotID
	}
	return unique(ids)
}

// contradicts reports whether a ticket ends as not done whose change is done by
// the word of a person.
func contradicts(c access.AccessChange, end ticket.Outcome) bool {
	return c.State == access.Done && c.AttestedBy != nil && end == ticket.No
}

// conclude reads the end of a ticket.
func (s *Service) conclude(ctx context.Context, w *store.Write, c access.AccessChange, t access.Ticket, snap ticket.Snapshot) error {
	detail := t.Status
	if snap.Reason != "" {
		detail += ": " + snap.Reason
	}
	switch snap.Outcome {
	case ticket.Yes:
		return s.moveChange(ctx, w, &c, access.ClaimedDone, detail, nil)
	case ticket.No:
		switch {
		case c.Reversed:
			return s.moveChange(ctx, w, &c, access.ChangeCanceled, detail, nil)
		case t.ClosingAt != nil: // we closed it ourselves: the wish turned round, or it goes on elsewhere
			return s.moveChange(ctx, w, &c, access.Queued, "", nil)
		}
		return s.askPerson(ctx, w, c, access.Declined, detail)
	case ticket.Deleted:
		return s.lost(ctx, w, c, t)
	case ticket.Unclear, ticket.Open:
		if len(snap.Grounds) > 0 && snap.Grounds[0].Name != t.Status {
			detail += ", " + snap.Grounds[0].Name
		}
	}
	if err := s.doubt(ctx, w, c.SlotID); err != nil {
		return err
	}
	return s.askPerson(ctx, w, c, access.Murky, detail)
}

// afterEnd is for news of a ticket that had ended: it was reopened, or ended
// otherwise than we knew.
func (s *Service) afterEnd(ctx context.Context, w *store.Write, changes []access.AccessChange, t access.Ticket, snap ticket.Snapshot) error {
	var again []access.AccessChange
	for _, c := range changes {
		if concluded(c, snap.Outcome) {
			continue
		}
		ok, err := s.mayReopen(ctx, w, c)
		if err != nil {
			return err
		}
		if ok {
			again = append(again, c)
		}
	}
	if len(again) == 0 {
		return nil
	}
	t.State, t.EndedAt = access.TicketOpen, nil
	if err := store.UpdateTicket(ctx, w.Tx, t, access.TicketEnded); err != nil {
		return err
	}
	for _, c := range again {
		if err := s.reopen(ctx, w, c, t, snap); err != nil {
			return err
		}
	}
	return s.observe(ctx, w, t, snap)
}

// reopen makes a change live again whose ticket is.
func (s *Service) reopen(ctx context.Context, w *store.Write, c access.AccessChange, t access.Ticket, snap ticket.Snapshot) error {
	why := "was reopened"
	if snap.Outcome.Ended() {
		why = "ended otherwise than it was read"
	}
	c.AttestedBy = nil
	return s.moveChange(ctx, w, &c, access.Open, "the ticket "+why, func(w *store.Write) error {
		w.Event(ticketEvent(access.System(), access.ChangeReopened, c, t, t.Identifier+" "+why+": the "+sentence(c)+" is not complete"))
		return s.doubt(ctx, w, c.SlotID)
	})
}

// doneAfterAll is for a ticket that ends with yes although changes it was for are
// over without effect: nobody knows what is there now, and what is wanted is made
// sure of.
func (s *Service) doneAfterAll(ctx context.Context, w *store.Write, t access.Ticket) error {
	changes, err := store.ChangesOn(ctx, &w.Reader, t)
	if err != nil {
		return err
	}
	for _, c := range changes {
		if c.EndedAt == nil || c.State == access.Done || w.Now.Sub(*c.EndedAt) >= s.cfg.WatchFor {
			continue
		}
		slots, err := store.SlotsByID(ctx, w.Tx, []string{c.SlotID})
		if err != nil {
			return err
		}
		if len(slots) == 0 || slots[0].Believed == c.Direction.Result() {
			continue
		}
		w.Event(ticketEvent(access.System(), access.TicketUpdated, c, t, t.Identifier+" says that the "+sentence(c)+" was made after all"+closedBy(t)))
		if err := s.doubt(ctx, w, c.SlotID); err != nil {
			return err
		}
		if err := s.reconcile(ctx, w, []string{c.SlotID}); err != nil {
			return err
		}
	}
	return nil
}

// concluded reports whether a change stands already as this end of its ticket
// would have it.
func concluded(c access.AccessChange, end ticket.Outcome) bool {
	switch c.State {
	case access.Done:
		return end == ticket.Yes
	case access.NeedsAttention:
		return c.Attention == access.Declined && end == ticket.No || c.Attention == access.Murky && end == ticket.Unclear
	default:
		return !c.State.Live()
	}
}

// mayReopen reports whether an ended change can go on: it is the newest of its
// slot, no other is live, and its watch window is not over.
func (s *Service) mayReopen(ctx context.Context, w *store.Write, c access.AccessChange) (bool, error) {
	if c.State == access.NeedsAttention {
		return true, nil
	}
	slots, err := store.SlotsByID(ctx, w.Tx, []string{c.SlotID})
	if err != nil || len(slots) == 0 {
		return false, err
	}
	newest := slots[0].ChangeID != nil && *slots[0].ChangeID == c.ID
	return newest && c.EndedAt != nil && w.Now.Sub(*c.EndedAt) < s.cfg.WatchFor, nil
}

// moveChange moves a change, does also in the same breath, and looks at the slot.
func (s *Service) moveChange(ctx context.Context, w *store.Write, c *access.AccessChange, to access.ChangeState, detail string, also func(*store.Write) error) error {
	from := c.State
	if err := c.Move(to, w.Now); err != nil {
		return err
	}
	c.Detail, c.LeaseUntil = detail, nil
	if to == access.Queued {
		c.NextTryAt, c.Tries, c.Reversed, c.Rerouted, c.SharedTicketID, c.StormID = &w.Now, 0, false, false, nil, nil
		w.Job(fileJob(*c))
	}
	s.wind(c)
	if err := store.UpdateChange(ctx, w.Tx, *c, from); err != nil {
		return err
	}
	if also != nil {
		if err := also(w); err != nil {
			return err
		}
	}
	return s.reconcile(ctx, w, []string{c.SlotID})
}

// askPerson moves a change to where a person decides, and looks at the slot.
func (s *Service) askPerson(ctx context.Context, w *store.Write, c access.AccessChange, why access.Attention, detail string) error {
	from := c.State
	if err := c.Ask(why, detail, w.Now); err != nil {
		return err
	}
	c.LeaseUntil = nil
	s.wind(&c)
	if err := store.UpdateChange(ctx, w.Tx, c, from); err != nil {
		return err
	}
	w.Event(changeEvent(access.System(), access.ChangeAttention, c, sentence(c)+" needs attention: "+string(why)+": "+detail))
	return s.reconcile(ctx, w, []string{c.SlotID})
}

// doubt says of a slot that nothing is known.
func (s *Service) doubt(ctx context.Context, w *store.Write, slotID string) error {
	slots, err := store.SlotsByID(ctx, w.Tx, []string{slotID})
	if err != nil || len(slots) == 0 {
		return err
	}
	slot := slots[0]
	slot.Believed, slot.Proof, slot.AsOf = access.Unknown, access.NoProof, &w.Now
	return store.UpdateSlot(ctx, w.Tx, slot)
}

func closedBy(t access.Ticket) string {
	if t.ClosedBy == "" {
		return ""
	}
	return ", by " + t.ClosedBy
}
