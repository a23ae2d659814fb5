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
	switch {
	case c.State == access.Canceling:
		return s.cancel(ctx, p, c, *t)
	case c.State == access.Open && c.Reversed:
		err = p.Comment(ctx, t.RemoteID, textStop)
	case c.State == access.Open:
		err = p.Comment(ctx, t.RemoteID, textGoOn)
	default:
		return nil
	}
	if failure := s.note(ctx, p.TicketProvider, err); failure != nil && failure.Certainty != ticket.Refused {
		return failure
	}
	return nil
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

// gone makes "not found" no error: a job whose thing is gone has nothing to do.
func gone(err error) error {
	if access.CodeOf(err) == access.NotFound {
		return nil
	}
	return err
}

// cancel closes the ticket of a change that is not wanted any more, and then
// ends the change. If the wish turned round again meanwhile, the change is filed
// anew.
func (s *Service) cancel(ctx context.Context, p account, c access.AccessChange, t access.Ticket) error {
	err := p.Close(ctx, t.RemoteID, textClose)
	if failure := s.note(ctx, p.TicketProvider, err); failure != nil {
		if failure.Certainty != ticket.Refused {
			return failure // the next try, or the sweep, goes on
		}
		return s.DB.Write(ctx, func(w *store.Write) error {
			return s.cannotClose(ctx, w, c.ID, failure.Msg)
		})
	}
	return s.DB.Write(context.WithoutCancel(ctx), func(w *store.Write) error {
		c, err := store.Change(ctx, &w.Reader, c.ID)
		if err != nil {
			return gone(err)
		}
		was := t.State
		t.State, t.EndedAt, t.Note = access.TicketEnded, &w.Now, textClosed
		if err := store.UpdateTicket(ctx, w.Tx, t, was); err != nil {
			return err
		}
		switch c.State {
		case access.Canceling:
			w.Event(ticketEvent(access.System(), access.TicketClosed, c, t, "closed "+t.Identifier+": the "+sentence(c)+" is no longer wanted"))
			return s.moveChange(ctx, w, &c, access.ChangeCanceled, "no longer wanted", nil)
		case access.Open:
			return s.moveChange(ctx, w, &c, access.Queued, "wanted again", nil)
		case access.Queued, access.Filing, access.ClaimedDone, access.NeedsAttention,
			access.Done, access.ChangeCanceled, access.Superseded, access.Abandoned:
		}
		return nil
	})
}

// cannotClose leaves the ticket to its fulfiller: the provider does not let us
// close it.
func (s *Service) cannotClose(ctx context.Context, w *store.Write, changeID, why string) error {
	c, err := store.Change(ctx, &w.Reader, changeID)
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
