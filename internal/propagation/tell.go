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
	err = p.Comment(ctx, t.RemoteID, text)
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
	err := p.Close(ctx, t.RemoteID, textClose)
	if failure := s.note(ctx, p.TicketProvider, err); failure != nil {
		if failure.Certainty != ticket.Refused {
			return failure // the next try, or the sweep, goes on
		}
		return s.DB.Write(ctx, func(w *store.Write) error {
			return s.cannotClose(ctx, w, c.ID, failure.Msg)
		})
	}
	snaps, err := p.Read(ctx, []string{t.RemoteID})
	if failure := s.note(ctx, p.TicketProvider, err); failure != nil {
		return failure
	}
	ctx = context.WithoutCancel(ctx)                  // what came of it is stored, even while stopping
	if len(snaps) == 1 && !snaps[0].Outcome.Ended() { // an admin says that how we close it is no end
		return s.DB.Write(ctx, func(w *store.Write) error {
			return s.cannotClose(ctx, w, c.ID, "it is "+snaps[0].Status+" there, which is not over")
		})
	}
	if len(snaps) == 1 && snaps[0].Outcome != ticket.No {
		_, err := s.apply(ctx, p.TicketProvider, snaps)
		return err
	}
	return s.DB.Write(ctx, func(w *store.Write) error { return s.closed(ctx, w, c.ID, t.ID) })
}

// closed stores that we closed the ticket of a change.
func (s *Service) closed(ctx context.Context, w *store.Write, changeID, ticketID string) error {
	c, err := store.LockChange(ctx, w.Tx, changeID)
	if err != nil {
		return gone(err)
	}
	t, err := store.Ticket(ctx, &w.Reader, ticketID)
	if err != nil || t.State != access.TicketOpen {
		return err // its end was read meanwhile
	}
	t.State, t.EndedAt, t.Note = access.TicketEnded, &w.Now, textClosed
	if err := store.UpdateTicket(ctx, w.Tx, t, access.TicketOpen); err != nil {
		return err
	}
	switch c.State {
	case access.Canceling:
		w.Event(ticketEvent(access.System(), access.TicketClosed, c, t, "closed "+t.Identifier+": the "+sentence(c)+" is no longer wanted"))
		return s.moveChange(ctx, w, &c, access.ChangeCanceled, "no longer wanted", nil)
	case access.Open:
		w.Event(ticketEvent(access.System(), access.TicketClosed, c, t, "closed "+t.Identifier+" just before the "+sentence(c)+" was wanted again"))
		return s.moveChange(ctx, w, &c, access.Queued, "wanted again", nil)
	case access.Queued, access.Filing, access.ClaimedDone, access.NeedsAttention,
		access.Done, access.ChangeCanceled, access.Superseded, access.Abandoned:
	}
	return nil
}

// cannotClose leaves the ticket to its fulfiller: the provider does not let us
// close it.
func (s *Service) cannotClose(ctx context.Context, w *store.Write, changeID, why string) error {
	c, err := store.LockChange(ctx, w.Tx, changeID)
	if err != nil || c.State != access.Canceling {
		return gone(err)
	}
	if err := c.Move(access.Open, w.Now); err != nil {
		return err
	}
	c.Detail = "Admit may not close the ticket: " + why
	w.Event(changeEvent(access.System(), access.ChangeMoved, c, "left the "+sentence(c)+" to its fulfiller: "+why))
	return store.UpdateChange(ctx, w.Tx, c, access.Canceling)
}
