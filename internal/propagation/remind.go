package propagation

import (
	"context"
	"fmt"
	"time"

	"admit/internal/access"
	"admit/internal/job"
	"admit/internal/mail"
	"admit/internal/store"
	"admit/internal/ticket"
)

// SendReminders mails people about a change that waits for them, and, where
// somebody has its ticket, comments there. What moved on meanwhile needs none.
func (s *Service) SendReminders(ctx context.Context, what job.Remind) error {
	c, err := store.Change(ctx, s.DB.Read(), what.ChangeID)
	if err != nil || c.State != access.Open && c.State != access.NeedsAttention {
		return gone(err)
	}
	tickets, err := store.TicketsOf(ctx, s.DB.Read(), []string{c.ID})
	if err != nil {
		return err
	}
	var t access.Ticket
	if all := tickets[c.ID]; len(all) > 0 {
		t = all[len(all)-1]
	}
	if c.State == access.Open && !what.Late {
		if err := s.remindInTicket(ctx, t, c); err != nil {
			return err
		}
	}
	if !s.Mail.Enabled() {
		return nil
	}
	users, err := store.UsersByID(ctx, s.DB.Read(), what.UserIDs)
	if err != nil {
		return err
	}
	for _, u := range users {
		if u.DeletedAt != nil {
			continue
		}
		if err := s.send(ctx, s.reminder(c, t, u, what.Late)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) remindInTicket(ctx context.Context, t access.Ticket, c access.AccessChange) error {
	if t.State != access.TicketOpen {
		return nil
	}
	p, err := s.open(ctx, t.ProviderID)
	if err != nil {
		return err
	}
	line, err := s.about(ctx, c, t)
	if err != nil {
		return err
	}
	words := line + "This has waited since " + stamp(&c.StateAt) + ". When it is so, please mark the ticket as done."
	failure := s.note(ctx, p.TicketProvider, p.Comment(ctx, t.RemoteID, words))
	if failure != nil && failure.Certainty != ticket.Refused {
		return failure
	}
	return nil
}

func (s *Service) reminder(c access.AccessChange, t access.Ticket, to access.User, late bool) mail.Message {
	// A mail of one step is the same mail however often it is sent.
	id := fmt.Sprintf("remind-%s-%s-%d", c.ID, to.ID, c.StateAt.Unix())
	link := s.URL + "/changes/" + c.ID
	if t.ID != "" {
		link = s.URL + "/tickets/" + t.ID
	}
	if !late {
		return mail.Reminder{Task: "Make sure " + lineText(c), App: c.AppName, Ticket: t.Identifier, Waited: waited(s.DB.Time().Sub(c.StateAt)), Link: link}.Message(id, to.Email)
	}
	return mail.Escalation{
		Task: "Make sure " + lineText(c), App: c.AppName, Ticket: t.Identifier, Assignee: t.AssigneeName, Since: stamp(&c.StateAt), Link: link,
	}.Message("late-"+id, to.Email)
}

func waited(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 2*day:
		return fmt.Sprintf("%d days", d/day)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", d/time.Hour)
	}
	return fmt.Sprintf("%d minutes", max(d/time.Minute, 1))
}
