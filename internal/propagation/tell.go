package propagation

import (
	"context"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/ticket"
)

// What we write into a ticket whose wish turned round.
const (
	textClose  = "This change is no longer wanted. Admit closes the ticket; nothing needs to be done."
	textStop   = "This change is no longer wanted. Please stop, or undo what was done, and close this ticket as won't do."
	textGoOn   = "This change is wanted again. Please go on."
	textMoved  = "This goes on in another ticket. Admit closes this one; nothing needs to be done here."
	textClosed = "Admit closed this ticket: the change is no longer wanted."
)

// Tell tells the fulfiller that the wish of a change turned round. It may say so
// twice, never close a ticket that is wanted.
func (s *Service) Tell(ctx context.Context, changeID string) error {
	c, t, err := s.openTicket(ctx, changeID)
	if err != nil || t == nil {
		return err
	}
	p, err := s.open(ctx, t.ProviderID)
	if err != nil {
		return err
	}
	text := textGoOn
	switch {
	case c.State == access.Canceling:
		return s.cancel(ctx, p, c, *t)
	case c.State != access.Open:
		return nil
	case c.Reversed:
		text = textStop
	}
	line, err := s.about(ctx, c, *t)
	if err != nil {
		return err
	}
	err = p.Comment(ctx, t.RemoteID, line+text)
	if failure := s.note(ctx, p.TicketProvider, err); failure != nil && failure.Certainty != ticket.Refused {
		return failure
	}
	if t.ClosingAt == nil {
		return nil
	}
	return overtook(s.closing(ctx, c.ID, t.ID, access.Open))
}

// closing notes on the open ticket of a change that is canceled that we close
// it, and of one that is open that we do not. A change in another state by now
// is a Conflict.
func (s *Service) closing(ctx context.Context, changeID, ticketID string, want access.ChangeState) error {
	return s.DB.Write(ctx, func(w *store.Write) error {
		c, err := store.LockChange(ctx, w.Tx, changeID)
		if err != nil {
			return err
		}
		t, err := store.Ticket(ctx, &w.Reader, ticketID)
		if err != nil {
			return err
		}
		if c.State != want || t.State != access.TicketOpen {
			return access.Errorf(access.Conflict, "the change is %s and its ticket %s by now", c.State, t.State)
		}
		if t.ClosingAt = nil; want == access.Canceling {
			t.ClosingAt = &w.Now
		}
		return store.UpdateTicket(ctx, w.Tx, t, access.TicketOpen)
	})
}

// openTicket returns a change with its open ticket; nil if it has none.
func (s *Service) openTicket(ctx context.Context, changeID string) (access.AccessChange, *access.Ticket, error) {
	c, err := store.Change(ctx, s.DB.Read(), changeID)
	if err != nil {
		return c, nil, gone(err)
	}
	tickets, err := store.TicketsOf(ctx, s.DB.Read(), []string{changeID})
	if err != nil {
		return c, nil, err
	}
	for _, t := range tickets[changeID] {
		if t.State == access.TicketOpen {
			return c, &t, nil
		}
	}
	return c, nil, nil
}

// overtook makes a Conflict no error: somebody was faster, and their news
// decides.
func overtook(err error) error {
	if access.CodeOf(err) == access.Conflict {
		return nil
	}
	return err
}

// gone makes "not found" no error: a job whose thing is gone has nothing to do.
func gone(err error) error {
	if access.CodeOf(err) == access.NotFound {
		return nil
	}
	return err
}

// cancel closes the ticket of a change that is not wanted any more, and then
// ends the change. If somebody ended the ticket otherwise before we could, that
// counts: what was done must be undone. If the wish turned round again meanwhile,
// the change is filed anew.
func (s *Service) cancel(ctx context.Context, p account, c access.AccessChange, t access.Ticket) error {
	if err := s.closing(ctx, c.ID, t.ID, access.Canceling); err != nil {
		return overtook(err)
	}
	text := textClose
	if c.Rerouted {
		text = textMoved
	}
	err := p.Close(ctx, t.RemoteID, text)
	if failure := s.note(ctx, p.TicketProvider, err); failure != nil {
		if failure.Certainty != ticket.Refused {
			return failure // the next try, or the sweep, goes on
		}
		return s.DB.Write(ctx, func(w *store.Write) error {
			return s.cannotClose(ctx, w, t.ID, failure.Msg)
		})
	}
	snaps, err := p.Read(ctx, []string{t.RemoteID})
	if failure := s.note(ctx, p.TicketProvider, err); failure != nil {
		return failure
	}
	ctx = context.WithoutCancel(ctx)                  // what came of it is stored, even while stopping
	if len(snaps) == 1 && !snaps[0].Outcome.Ended() { // an admin says that how we close it is no end
		return s.DB.Write(ctx, func(w *store.Write) error {
			return s.cannotClose(ctx, w, t.ID, "it is "+snaps[0].Status+" there, which is not over")
		})
	}
	if len(snaps) == 1 && snaps[0].Outcome != ticket.No {
		_, err := s.apply(ctx, p.TicketProvider, snaps)
		return err
	}
	return s.DB.Write(ctx, func(w *store.Write) error { return s.closed(ctx, w, t.ID) })
}

// about names the line that a comment is about, in a ticket that is also for
// other changes.
func (s *Service) about(ctx context.Context, c access.AccessChange, t access.Ticket) (string, error) {
	all, err := store.ChangesOn(ctx, s.DB.Read(), t)
	if err != nil || len(all) < 2 {
		return "", err
	}
	return lineText(c) + ": ", nil
}

// closed stores that we closed a ticket, and moves the changes it was for: those
// not wanted any more end, the others are filed anew.
func (s *Service) closed(ctx context.Context, w *store.Write, ticketID string) error {
	t, changes, err := lockTicket(ctx, w, ticketID)
	if err != nil || t.State != access.TicketOpen {
		return gone(err) // its end was read meanwhile
	}
	t.State, t.EndedAt, t.Note = access.TicketEnded, &w.Now, textClosed
	if err := store.UpdateTicket(ctx, w.Tx, t, access.TicketOpen); err != nil {
		return err
	}
	for _, c := range changes {
		if err := s.afterClose(ctx, w, c, t); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) afterClose(ctx context.Context, w *store.Write, c access.AccessChange, t access.Ticket) error {
	switch {
	case c.State != access.Canceling && c.State != access.Open:
		return nil
	case c.Rerouted:
		w.Event(ticketEvent(access.System(), access.TicketClosed, c, t, "closed "+t.Identifier+": the "+sentence(c)+" goes on elsewhere"))
		return s.moveChange(ctx, w, &c, access.Queued, "", nil)
	case c.State == access.Open && !c.Reversed:
		w.Event(ticketEvent(access.System(), access.TicketClosed, c, t, "closed "+t.Identifier+" just before the "+sentence(c)+" was wanted again"))
		return s.moveChange(ctx, w, &c, access.Queued, "wanted again", nil)
	}
	w.Event(ticketEvent(access.System(), access.TicketClosed, c, t, "closed "+t.Identifier+": the "+sentence(c)+" is no longer wanted"))
	return s.moveChange(ctx, w, &c, access.ChangeCanceled, "no longer wanted", nil)
}

// lockTicket returns a ticket and the changes it is for, with their slots locked.
func lockTicket(ctx context.Context, w *store.Write, ticketID string) (access.Ticket, []access.AccessChange, error) {
	t, err := store.Ticket(ctx, &w.Reader, ticketID)
	if err != nil {
		return t, nil, err
	}
	changes, err := store.ChangesOn(ctx, &w.Reader, t)
	if err != nil {
		return t, nil, err
	}
	if err := store.LockSlots(ctx, w.Tx, slotsOf(changes)); err != nil {
		return t, nil, err
	}
	if t, err = store.Ticket(ctx, &w.Reader, ticketID); err != nil { // again, with nobody else at it
		return t, nil, err
	}
	changes, err = store.ChangesOn(ctx, &w.Reader, t)
	return t, changes, err
}

// cannotClose leaves a ticket to its fulfiller: the provider does not let us
// close it. What was to go elsewhere stays.
func (s *Service) cannotClose(ctx context.Context, w *store.Write, ticketID, why string) error {
	t, changes, err := lockTicket(ctx, w, ticketID)
	if err != nil {
		return gone(err)
	}
	for _, c := range changes {
		if c.State != access.Canceling && !c.Rerouted {
			continue
		}
		from := c.State
		if from == access.Canceling {
			if err := c.Move(access.Open, w.Now); err != nil {
				return err
			}
		}
		if c.Rerouted {
			c.Rerouted, c.ProviderID, c.ProjectID = false, &t.ProviderID, t.ProjectID
		}
		c.Detail = "Admit may not close the ticket: " + why
		s.wind(&c)
		w.Event(changeEvent(access.System(), access.ChangeMoved, c, "left the "+sentence(c)+" to its fulfiller: "+why))
		if err := store.UpdateChange(ctx, w.Tx, c, from); err != nil {
			return err
		}
	}
	return nil
}
