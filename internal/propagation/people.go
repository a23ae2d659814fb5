package propagation

import (
	"context"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/ticket"
)

const mostPeople = 500

// Accounts lists who may be assigned a provider's tickets, and whom they are
// there as far as it is known, by their e-mail.
func (s *Service) Accounts(ctx context.Context, actor access.Actor, id string) ([]store.Known, error) {
	if err := actor.May(access.SeeProviders, 0); err != nil {
		return nil, err
	}
	if _, err := liveProvider(ctx, s.DB.Read(), id); err != nil {
		return nil, err
	}
	return store.Accounts(ctx, s.DB.Read(), id, mostPeople)
}

// FindPeople finds accounts at a provider by a part of a name or e-mail address.
func (s *Service) FindPeople(ctx context.Context, actor access.Actor, id, project, query string) ([]ticket.Account, error) {
	if err := actor.May(access.ManageProviders, 0); err != nil {
		return nil, err
	}
	var wrong access.Problems
	query = wrong.Line("query", query, true, access.MaxName)
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	p, err := s.openLive(ctx, id)
	if err != nil {
		return nil, err
	}
	found, err := p.People(ctx, project, query)
	if failure := s.note(ctx, p.TicketProvider, err); failure != nil {
		return nil, unavailable(failure)
	}
	return found, nil
}

// ChooseAccount says whom a user is at a provider, whatever it finds by e-mail.
// An account without an ID says that they have none there. It holds in every
// project that is filed in, until ForgetAccount.
func (s *Service) ChooseAccount(ctx context.Context, actor access.Actor, id, userID string, a ticket.Account) error {
	if err := actor.May(access.ManageProviders, 0); err != nil {
		return err
	}
	var wrong access.Problems
	a.ID = wrong.Line("account_id", a.ID, false, access.MaxName)
	a.Name = wrong.Line("account_name", a.Name, a.ID != "", access.MaxName)
	if a.Email != "" {
		a.Email = wrong.Line("account_email", a.Email, false, access.MaxName)
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	return s.aboutAccount(ctx, actor, id, userID, func(w *store.Write, p access.TicketProvider, u access.User) (string, error) {
		if err := store.ForgetAccount(ctx, w.Tx, id, userID); err != nil {
			return "", err
		}
		if err := store.SaveAccount(ctx, w.Tx, store.Account{
			ProviderID: id, UserID: userID, Account: a.ID, Name: a.Name, Email: a.Email, LookedAt: w.Now, Chosen: true,
		}); err != nil {
			return "", err
		}
		if a.ID == "" {
			return "said that " + u.Email + " has no account in " + p.Name, nil
		}
		return "said that " + u.Email + " is " + a.Name + " in " + p.Name, nil
	})
}

// ForgetAccount takes back what was chosen or found of a user at a provider:
// they are looked up by e-mail again.
func (s *Service) ForgetAccount(ctx context.Context, actor access.Actor, id, userID string) error {
	if err := actor.May(access.ManageProviders, 0); err != nil {
		return err
	}
	return s.aboutAccount(ctx, actor, id, userID, func(w *store.Write, p access.TicketProvider, u access.User) (string, error) {
		return "has " + u.Email + " looked up again in " + p.Name, store.ForgetAccount(ctx, w.Tx, id, userID)
	})
}

func (s *Service) aboutAccount(ctx context.Context, actor access.Actor, id, userID string, do func(*store.Write, access.TicketProvider, access.User) (string, error)) error {
	return s.DB.Write(ctx, func(w *store.Write) error {
		p, err := liveProvider(ctx, &w.Reader, id)
		if err != nil {
			return err
		}
		u, err := store.User(ctx, &w.Reader, userID)
		if err != nil {
			return err
		}
		said, err := do(w, p, u)
		if err != nil {
			return err
		}
		e := providerEvent(actor, access.ProviderMapped, p, said)
		e.UserID = &u.ID
		w.Event(e)
		return nil
	})
}
