package propagation

import (
	"context"
	"slices"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/job"
	"admit/internal/mail"
	"admit/internal/store"
	"admit/internal/ticket"
)

// doneLinkFor is how long a link to the done page works.
const doneLinkFor = 14 * 24 * time.Hour

// doneLinkPlace is what links are sealed for, so that nothing else that is sealed
// opens as one.
const doneLinkPlace = "done link"

// askByMail has somebody asked by mail to make a change and say so. Without mail
// the ticket only stays unassigned, and the pages say so.
func (s *Service) askByMail(w *store.Write, ticketID string, who *access.User) {
	if s.Mail.Enabled() {
		w.Job(job.DoneLink{TicketID: ticketID, UserID: who.ID})
	}
}

// SendDoneLink mails somebody a link to the done page of a ticket. Run twice, it
// sends the same link again.
func (s *Service) SendDoneLink(ctx context.Context, ticketID, userID string) error {
	t, err := store.Ticket(ctx, s.DB.Read(), ticketID)
	if err != nil || !t.State.Live() || !s.Mail.Enabled() {
		return gone(err)
	}
	c, err := store.Change(ctx, s.DB.Read(), t.ChangeID)
	if err != nil {
		return err
	}
	to, err := store.User(ctx, s.DB.Read(), userID)
	if err != nil || to.DeletedAt != nil {
		return err
	}
	link, err := s.doneLink(ctx, t, c, to)
	if err != nil {
		return err
	}
	return s.send(ctx, mail.DonePage{
		Task: t.Title, App: c.AppName, Ticket: t.Identifier, Link: s.URL + "/done/" + s.doneToken(link.ID), Until: stamp(&link.ExpiresAt),
	}.Message(link.ID, to.Email))
}

// doneToken is the id of a link, sealed, in letters that any URL may hold.
func (s *Service) doneToken(id string) string {
	return strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(s.Box.Seal(doneLinkPlace, id))
}

func (s *Service) openDoneToken(token string) (id string, err error) {
	sealed := strings.NewReplacer("-", "+", "_", "/").Replace(token)
	return s.Box.Open(doneLinkPlace, sealed+strings.Repeat("=", -len(sealed)&3))
}

// doneLink returns the link that works for a ticket and a user, and makes it if
// there is none.
func (s *Service) doneLink(ctx context.Context, t access.Ticket, c access.AccessChange, to access.User) (link store.DoneLink, err error) {
	err = s.DB.Write(ctx, func(w *store.Write) error {
		var ok bool
		if link, ok, err = store.OpenDoneLink(ctx, &w.Reader, t.ID, to.ID, w.Now); err != nil || ok {
			return err
		}
		link = store.DoneLink{ID: store.NewID(), TicketID: t.ID, UserID: to.ID, CreatedAt: w.Now, ExpiresAt: w.Now.Add(doneLinkFor)}
		w.Event(ticketEvent(access.System(), access.TicketAssigned, c, t, "asked "+to.Email+" by mail to see to "+t.Identifier))
		return store.AddDoneLink(ctx, w.Tx, link)
	})
	return link, err
}

// send sends a mail. One that can never be delivered is logged and forgotten.
func (s *Service) send(ctx context.Context, m mail.Message) error {
	err := s.Mail.Send(ctx, m)
	if mail.IsPermanent(err) {
		s.Log.WarnContext(ctx, "mail cannot be delivered", "error", err)
		return nil
	}
	return err
}

// DonePage is what somebody without an account at a provider sees of a ticket.
type DonePage struct {
	Ticket  access.Ticket
	Changes []access.AccessChange // that are still to be made
	Own     bool                  // some that are of the user's own access are left out: somebody else must answer for them
	How     string                // how a change is made in their app, Markdown; "" if nobody wrote it down
	User    access.User           // who was asked
	Until   time.Time
}

// DonePageOf returns the page a link leads to. The link is all it takes: whoever
// has it may say how the ticket ended, once.
func (s *Service) DonePageOf(ctx context.Context, token string) (DonePage, error) {
	link, err := s.openLink(ctx, token)
	if err != nil {
		return DonePage{}, err
	}
	page := DonePage{Until: link.ExpiresAt}
	if page.Ticket, err = store.Ticket(ctx, s.DB.Read(), link.TicketID); err != nil {
		return page, err
	}
	if page.User, err = store.User(ctx, s.DB.Read(), link.UserID); err != nil {
		return page, err
	}
	all, err := store.ChangesOn(ctx, s.DB.Read(), page.Ticket)
	if err != nil {
		return page, err
	}
	page.Changes = toMake(all, link.UserID)
	page.Own = len(toMake(all, "")) > len(page.Changes)
	page.How, err = s.howTo(ctx, page.Changes)
	return page, err
}

// howTo is how changes are made, if they are of one app.
func (s *Service) howTo(ctx context.Context, changes []access.AccessChange) (string, error) {
	if len(changes) == 0 || slices.ContainsFunc(changes, func(c access.AccessChange) bool { return c.AppID != changes[0].AppID }) {
		return "", nil
	}
	facts, err := store.FactsOf(ctx, s.DB.Read(), changes[0].ID)
	return facts.TicketInstructions, err
}

// toMake are the changes of a ticket that somebody can still say something about.
func toMake(all []access.AccessChange, userID string) []access.AccessChange {
	var open []access.AccessChange
	for _, c := range all {
		if c.State == access.Open && !c.Reversed && c.UserID != userID {
			open = append(open, c)
		}
	}
	return open
}

func (s *Service) openLink(ctx context.Context, token string) (store.DoneLink, error) {
	id, err := s.openDoneToken(token)
	if err != nil {
		return store.DoneLink{}, access.Errorf(access.NotFound, "this link is not valid")
	}
	link, err := store.DoneLinkByID(ctx, s.DB.Read(), id)
	switch {
	case err != nil:
		return link, err
	case link.UsedAt != nil:
		return link, access.Errorf(access.Conflict, "this link was used already")
	case !link.ExpiresAt.After(s.DB.Time()):
		return link, access.Errorf(access.Conflict, "this link works no more")
	}
	u, err := store.User(ctx, s.DB.Read(), link.UserID)
	if err == nil && u.DeletedAt != nil {
		err = access.Errorf(access.Conflict, "this link works no more")
	}
	return link, err
}

// AnswerDonePage takes what somebody says of a ticket by a link: the changes were
// made, or, with a reason, they cannot be made. The ticket is ended at its
// provider afterwards.
func (s *Service) AnswerDonePage(ctx context.Context, token string, outcome ticket.Outcome, reason string) error {
	var wrong access.Problems
	reason = wrong.Prose("reason", reason, outcome == ticket.No, access.MaxText)
	if outcome != ticket.Yes && outcome != ticket.No {
		wrong.Add("outcome", "must be done or declined")
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	link, err := s.openLink(ctx, token)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		t, all, err := lockTicket(ctx, w, link.TicketID)
		if err != nil {
			return err
		}
		if err := store.UseDoneLink(ctx, w.Tx, link.ID, w.Now); err != nil {
			return err
		}
		u, err := store.User(ctx, &w.Reader, link.UserID)
		if err != nil {
			return err
		}
		changes := toMake(all, u.ID)
		if len(changes) == 0 {
			return access.Errorf(access.Conflict, "there is nothing left to do for this ticket")
		}
		for _, c := range changes {
			if err := s.answer(ctx, w, access.ActorFor(u, "mail"), c, outcome, reason); err != nil {
				return err
			}
		}
		w.Job(job.Complete{TicketID: t.ID})
		return nil
	})
}

func (s *Service) answer(ctx context.Context, w *store.Write, who access.Actor, c access.AccessChange, outcome ticket.Outcome, reason string) error {
	if outcome == ticket.Yes {
		return s.attest(ctx, w, who, c, strings.TrimSpace("done, by the link in a mail. "+reason))
	}
	w.Event(changeEvent(who, access.TicketCommented, c, "said that the "+sentence(c)+" cannot be made: "+reason))
	return s.askPerson(ctx, w, c, access.Declined, who.Name+" says: "+reason)
}
