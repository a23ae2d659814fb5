package propagation

import (
	"context"
	"maps"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/ticket"
)

// TakeTicket assigns a ticket of the built-in queue to the actor.
func (s *Service) TakeTicket(ctx context.Context, actor access.Actor, id string) error {
	took := deed{event: access.TicketTaken, summary: "took the ticket"}
	return s.atDesk(ctx, actor, id, took, func(desk ticket.Desk, remoteID string, me ticket.Account) error {
		return desk.Take(ctx, remoteID, me)
	})
}

// CommentTicket adds a comment to a ticket of the built-in queue.
func (s *Service) CommentTicket(ctx context.Context, actor access.Actor, id, text string) error {
	var wrong access.Problems
	text = wrong.Prose("comment", text, true, access.MaxText)
	if err := wrong.Err(); err != nil {
		return err
	}
	said := deed{event: access.TicketCommented, summary: "commented on the ticket", data: map[string]string{"comment": text}}
	return s.atDesk(ctx, actor, id, said, func(desk ticket.Desk, remoteID string, me ticket.Account) error {
		return desk.Say(ctx, remoteID, me, text)
	})
}

// CloseTicket ends a ticket of the built-in queue: done, or, with a reason,
// declined. Nobody says of their own access that it is in place.
func (s *Service) CloseTicket(ctx context.Context, actor access.Actor, id string, outcome ticket.Outcome, reason string) error {
	var wrong access.Problems
	reason = wrong.Prose("reason", reason, outcome == ticket.No, access.MaxText)
	if outcome != ticket.Yes && outcome != ticket.No {
		wrong.Add("outcome", "must be done or declined")
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	_, c, _, err := ticketFor(ctx, s.DB.Read(), actor, id)
	if err != nil {
		return err
	}
	if outcome == ticket.Yes && c.UserID == actor.UserID {
		return access.Errorf(access.Forbidden, "this is your own access: somebody else must say that it is done")
	}
	closed := deed{event: access.TicketClosed, summary: "closed the ticket", data: map[string]string{"outcome": string(outcome), "reason": reason}}
	return s.atDesk(ctx, actor, id, closed, func(desk ticket.Desk, remoteID string, me ticket.Account) error {
		return desk.Finish(ctx, remoteID, me, outcome, reason)
	})
}

// deed is what somebody did to a ticket, for its event.
type deed struct {
	event   access.EventType
	summary string
	data    map[string]string
}

// atDesk does something to a ticket that is worked on in Admit itself, records
// it, and takes the news in at once.
func (s *Service) atDesk(ctx context.Context, actor access.Actor, id string, done deed,
	act func(desk ticket.Desk, remoteID string, me ticket.Account) error,
) error {
	t, c, rel, err := ticketFor(ctx, s.DB.Read(), actor, id)
	if err != nil {
		return err
	}
	if err := actor.May(access.WorkTicket, rel); err != nil {
		return err
	}
	p, err := s.open(ctx, t.ProviderID)
	if err != nil {
		return err
	}
	desk, ok := p.Provider.(ticket.Desk)
	if !ok {
		return access.Errorf(access.Conflict, "this ticket is worked on in %s, not here", p.TicketProvider.Name)
	}
	if t.RemoteID == "" {
		return access.Errorf(access.Conflict, "this ticket is not filed yet")
	}
	if err := act(desk, t.RemoteID, ticket.Account{ID: actor.UserID, Name: actor.Name, Email: actor.Email}); err != nil {
		return err
	}
	if err := s.DB.Write(ctx, func(w *store.Write) error {
		e := ticketEvent(actor, done.event, c, t, done.summary+" "+t.Identifier)
		maps.Copy(e.Data, done.data)
		w.Event(e)
		return nil
	}); err != nil {
		return err
	}
	return s.read(ctx, p, []access.Ticket{t})
}

// RetryChange files a change again that needs attention, under the settings as
// they are now.
func (s *Service) RetryChange(ctx context.Context, actor access.Actor, changeID string) error {
	return s.DB.Write(ctx, func(w *store.Write) error {
		c, err := store.LockChange(ctx, w.Tx, changeID)
		if err != nil {
			return err
		}
		rel, err := store.Relations(ctx, &w.Reader, actor.UserID, c.ResourceID)
		if err != nil {
			return err
		}
		if err := actor.May(access.RetryChange, rel); err != nil {
			return err
		}
		if c.State != access.NeedsAttention {
			return access.Errorf(access.Conflict, "only a change that needs attention can be tried again; this one is %s", c.State)
		}
		return s.again(ctx, w, actor, c)
	})
}

// DeskTicket returns the id of the ticket that has this id at a provider whose
// tickets are worked on in Admit itself: where links of that provider lead.
func (s *Service) DeskTicket(ctx context.Context, actor access.Actor, remoteID string) (string, error) {
	if err := actor.May(access.SeeWork, 0); err != nil {
		return "", err
	}
	all, err := store.Providers(ctx, s.DB.Read())
	if err != nil {
		return "", err
	}
	rows := make(map[string]access.TicketProvider, len(all))
	for _, p := range all {
		rows[p.ID] = p
	}
	for id, isDesk := range s.desks(rows) { // one, as a rule
		if !isDesk {
			continue
		}
		found, err := store.TicketsByRemoteID(ctx, s.DB.Read(), id, []string{remoteID})
		if err != nil {
			return "", err
		}
		if t, ok := found[remoteID]; ok {
			_, _, _, err := ticketFor(ctx, s.DB.Read(), actor, t.ID)
			return t.ID, err
		}
	}
	return "", access.Errorf(access.NotFound, "not found")
}
