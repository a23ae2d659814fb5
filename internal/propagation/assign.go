package propagation

import (
	"context"
	"fmt"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/ticket"
)

// choice is whom a ticket is to be assigned to, or why to nobody.
type choice struct {
	user    *access.User
	account ticket.Account
	why     string // why nobody, in words
}

// write notes the choice on a ticket that is not filed yet. A choice that was
// never made leaves the ticket as it is.
func (c choice) write(t *access.Ticket) {
	if c.user == nil && c.why == "" {
		return
	}
	t.AssigneeID, t.AssigneeName, t.AssigneeEmail, t.Unassigned = nil, "", "", c.why
	if c.user != nil {
		t.AssigneeID = &c.user.ID
	}
}

// choose picks the assignee of a change's ticket. When an admin made the change
// by hand it is that admin; else it is a random user of the resource's admin
// owner who has an account at the provider. When nobody chosen has one, the
// ticket stays unassigned.
func (s *Service) choose(ctx context.Context, at account, c access.AccessChange) (choice, error) {
	since := s.DB.Time().Add(-s.cfg.AccountTTL)
	if c.Cause == access.ByAdmin && c.ActorID != nil {
		admin, err := store.FulfillerByID(ctx, s.DB.Read(), *c.ActorID, at.ID, c.ProjectID, since)
		if err != nil {
			return choice{}, err
		}
		return s.firstWithAccount(ctx, at, c.ProjectID, []store.Fulfiller{admin},
			fmt.Sprintf("%s, who made the change, has no account in %s", admin.Name(), at.Name))
	}
	admins, err := store.Fulfillers(ctx, s.DB.Read(), c.ResourceID, at.ID, c.ProjectID, since)
	if err != nil {
		return choice{}, err
	}
	if len(admins) == 0 {
		return choice{why: "the admin owner of " + c.ResourceName + " has no users"}, nil
	}
	// The first with an account in a random order is a random one of those that
	// have one, without asking the provider for everybody.
	s.Shuffle(len(admins), func(i, j int) { admins[i], admins[j] = admins[j], admins[i] })
	return s.firstWithAccount(ctx, at, c.ProjectID, admins,
		fmt.Sprintf("no admin of %s has an account in %s", c.ResourceName, at.Name))
}

func (s *Service) firstWithAccount(ctx context.Context, at account, project string, users []store.Fulfiller, nobody string) (choice, error) {
	for _, u := range users {
		if !u.Known {
			a, err := s.lookUp(ctx, at, project, u.User)
			if err != nil {
				return choice{}, err
			}
			u.Account, u.AccountName, u.AccountEmail = a.Account, a.Name, a.Email
		}
		if u.Account != "" {
			return choice{user: &u.User, account: ticket.Account{ID: u.Account, Name: u.AccountName, Email: u.AccountEmail}}, nil
		}
	}
	return choice{why: nobody}, nil
}

// lookUp asks the provider whom a user is there, and remembers the answer.
func (s *Service) lookUp(ctx context.Context, at account, project string, u access.User) (store.Account, error) {
	a := store.Account{ProviderID: at.ID, ProjectID: project, UserID: u.ID, LookedAt: s.DB.Time()}
	if u.DeletedAt != nil {
		return a, nil
	}
	found, ok, err := at.Account(ctx, project, u.Email)
	if err != nil {
		return a, ticket.FailureOf(err)
	}
	if ok {
		a.Account, a.Name, a.Email = found.ID, found.Name, found.Email
	}
	return a, s.DB.Write(ctx, func(w *store.Write) error { return store.SaveAccount(ctx, w.Tx, a) })
}
