package propagation

import (
	"context"

	"admit/internal/access"
	"admit/internal/job"
	"admit/internal/store"
	"admit/internal/ticket"
)

// Leave gives the open tickets of somebody who left to others.
func (s *Service) Leave(ctx context.Context, userID string) error {
	ids, err := store.OpenTicketsOf(ctx, s.DB.Read(), userID)
	if err != nil || len(ids) == 0 {
		return err
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		for _, id := range ids {
			w.Job(job.Assign{TicketID: id})
		}
		return nil
	})
}

// Assign gives an open ticket to whom it should have now: whom a person named for
// it, or, if its assignee left, whom the policy chooses. Otherwise it changes
// nothing. A system that cannot assign gets a comment instead.
func (s *Service) Assign(ctx context.Context, ticketID string) error {
	t, err := store.Ticket(ctx, s.DB.Read(), ticketID)
	if err != nil || t.State != access.TicketOpen {
		return gone(err)
	}
	c, err := store.Change(ctx, s.DB.Read(), t.ChangeID)
	if err != nil {
		return err
	}
	if ok, err := s.wellAssigned(ctx, t, c); err != nil || ok {
		return err
	}
	p, err := s.open(ctx, t.ProviderID)
	if err != nil {
		return err
	}
	c.ProjectID = t.ProjectID
	to, err := s.choose(ctx, p, c)
	if err != nil {
		return err
	}
	if err := s.assign(ctx, p, t, to); err != nil {
		return err
	}
	return s.assigned(ctx, p, t, to)
}

// wellAssigned reports whether a ticket has the right assignee: who was named for
// it, else anybody who is still there.
func (s *Service) wellAssigned(ctx context.Context, t access.Ticket, c access.AccessChange) (bool, error) {
	if c.AssigneeID != nil {
		named, err := store.User(ctx, s.DB.Read(), *c.AssigneeID)
		if err != nil {
			return false, err
		}
		if named.DeletedAt == nil {
			return t.AssigneeID != nil && *t.AssigneeID == named.ID, nil
		}
	}
	if t.AssigneeID == nil {
		return true, nil
	}
	u, err := store.User(ctx, s.DB.Read(), *t.AssigneeID)
	return u.DeletedAt == nil, err
}

// assign tells the provider who has a ticket, by assignment or at least in words.
func (s *Service) assign(ctx context.Context, p account, t access.Ticket, to choice) error {
	if assigner, ok := p.Provider.(ticket.Assigner); ok {
		failure := s.note(ctx, p.TicketProvider, assigner.Assign(ctx, t.RemoteID, to.account))
		if failure == nil {
			return nil
		}
		if failure.Certainty != ticket.Refused {
			return failure
		}
	}
	words := "Whoever had this ticket is not there any more. It waits for somebody to take it."
	if to.user != nil {
		words = "This ticket is for " + to.user.Name() + " now."
	}
	failure := s.note(ctx, p.TicketProvider, p.Comment(ctx, t.RemoteID, words))
	if failure != nil && failure.Certainty != ticket.Refused {
		return failure
	}
	return nil
}

// assigned stores who a ticket was given to, and takes in what the provider made
// of it.
func (s *Service) assigned(ctx context.Context, p account, t access.Ticket, to choice) error {
	err := s.DB.Write(ctx, func(w *store.Write) error {
		now, changes, err := lockTicket(ctx, w, t.ID)
		if err != nil || now.State != access.TicketOpen {
			return gone(err)
		}
		to.write(&now)
		name := "nobody, for " + to.why
		if to.user != nil {
			name = to.user.Name()
		}
		if to.user == nil && to.asked != nil {
			s.askByMail(w, t.ID, to.asked)
		}
		for _, one := range changes {
			if one.State.Live() {
				w.Event(ticketEvent(access.System(), access.TicketAssigned, one, now, now.Identifier+" was given to "+name))
			}
		}
		return store.SetAssignee(ctx, w.Tx, now)
	})
	if err != nil {
		return err
	}
	return s.read(ctx, p, []access.Ticket{t})
}

// Complete ends a ticket at its provider whose changes people have decided in
// Admit: as done where they say it is done, as not wanted where they say no. It is
// for those who have no account there.
func (s *Service) Complete(ctx context.Context, ticketID string) error {
	t, err := store.Ticket(ctx, s.DB.Read(), ticketID)
	if err != nil || t.State != access.TicketOpen {
		return gone(err)
	}
	changes, err := store.ChangesOn(ctx, s.DB.Read(), t)
	if err != nil {
		return err
	}
	said, done, over := verdict(changes)
	if !over {
		return nil // the others in it are still to be done
	}
	p, err := s.open(ctx, t.ProviderID)
	if err != nil {
		return err
	}
	if err := s.endAs(ctx, p, t, said, done); err != nil {
		return err
	}
	return s.read(ctx, p, []access.Ticket{t})
}

// verdict is what people said of all changes of a ticket. over is false while one
// of them is still open.
func verdict(changes []access.AccessChange) (said string, done, over bool) {
	done = true
	for _, c := range changes {
		switch {
		case c.State == access.Done:
		case c.State == access.NeedsAttention:
			done = false
		case c.State.Live():
			return "", false, false
		}
		said = c.Detail
	}
	return said, done, true
}

func (s *Service) endAs(ctx context.Context, p account, t access.Ticket, said string, done bool) error {
	err := error(nil)
	completer, ok := p.Provider.(ticket.Completer)
	switch {
	case !done:
		err = p.Close(ctx, t.RemoteID, said)
	case ok:
		err = completer.Complete(ctx, t.RemoteID, "Done, "+said)
	}
	failure := s.note(ctx, p.TicketProvider, err)
	if failure == nil && (ok || !done) {
		return nil
	}
	if failure != nil && failure.Certainty != ticket.Refused {
		return failure
	}
	failure = s.note(ctx, p.TicketProvider, p.Comment(ctx, t.RemoteID, "This is decided in Admit: "+said+". The ticket can be closed."))
	if failure != nil && failure.Certainty != ticket.Refused {
		return failure
	}
	return nil
}
