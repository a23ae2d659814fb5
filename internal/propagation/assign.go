package propagation

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/ticket"
)

// choice is whom a ticket is to be assigned to, or why to nobody.
type choice struct {
	user    *access.User
	account ticket.Account
	why     string       // why nobody, in words
	asked   *access.User // with nobody: who is asked by mail; nil if nobody can be
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

// rung is one step of the ladder down which an assignee is looked for.
type rung struct {
	users []store.Fulfiller // the first with an account is it
	why   string            // why it was nobody, in words
}

// choose picks the assignee of a change's ticket: whom a person named for it; the
// admin who made the change by hand; else whom the policy says, and if those have
// no account at the provider, the resource's admins, then the app's. When nobody
// has one, the ticket stays unassigned, and asked is who gets a link instead.
func (s *Service) choose(ctx context.Context, at account, c access.AccessChange) (choice, error) {
	ladder, err := s.ladder(ctx, at, c)
	if err != nil {
		return choice{}, err
	}
	var nobody choice
	for _, step := range ladder {
		found, err := s.firstWithAccount(ctx, at, c.ProjectID, step)
		if err != nil || found.user != nil {
			return found, err
		}
		if nobody.why == "" {
			nobody.why = found.why
		}
		if nobody.asked == nil {
			nobody.asked = ask(step.users, c.UserID)
		}
	}
	return nobody, nil
}

// ask returns the first of users who can be asked by mail: not the one whose
// access it is.
func ask(users []store.Fulfiller, beneficiary string) *access.User {
	for _, u := range users {
		if u.DeletedAt == nil && u.ID != beneficiary {
			return &u.User
		}
	}
	return nil
}

func (s *Service) ladder(ctx context.Context, at account, c access.AccessChange) ([]rung, error) {
	accounts := store.AccountsAt{ProviderID: at.ID, ProjectID: c.ProjectID, Since: s.DB.Time().Add(-s.cfg.AccountTTL)}
	policy, err := store.FulfilmentOf(ctx, s.DB.Read(), c.ResourceID)
	if err != nil {
		return nil, err
	}
	var ladder []rung
	switch {
	case c.AssigneeID != nil:
		ladder, err = s.person(ctx, accounts, *c.AssigneeID, "%s, who was named for it, has no account in %s", at.Name)
	case c.Cause == access.ByAdmin && c.ActorID != nil && !policy.ByHandToo:
		return s.person(ctx, accounts, *c.ActorID, "%s, who made the change, has no account in %s", at.Name)
	case policy.Assign == access.ToNobody:
		return []rung{{why: "its people share the tickets out"}}, nil
	case policy.Assign == access.ToPerson:
		ladder, err = s.person(ctx, accounts, policy.UserID, "%s, who gets the tickets, has no account in %s", at.Name)
	case policy.Assign == access.OnCall:
		ladder, err = s.onCall(ctx, accounts, policy, at.Name)
	}
	if err != nil {
		return nil, err
	}
	admins, err := s.admins(ctx, accounts, c, policy, at.Name)
	return append(ladder, admins...), err
}

func (s *Service) person(ctx context.Context, at store.AccountsAt, userID, why, provider string) ([]rung, error) {
	found, err := store.FulfillersByID(ctx, s.DB.Read(), at, []string{userID})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return []rung{{found, fmt.Sprintf(why, found[0].Name(), provider)}}, nil
}

// onCall is whoever is on call. A service that does not answer is no reason to
// wait: the admins are asked.
func (s *Service) onCall(ctx context.Context, at store.AccountsAt, policy access.Fulfilment, provider string) ([]rung, error) {
	emails, err := s.onDuty(ctx, policy.Schedule)
	if err != nil {
		s.Log.WarnContext(ctx, "who is on call is not known", "schedule", policy.ScheduleName, "error", err)
		return []rung{{why: "who is on call is not known: " + ticket.FailureOf(err).Msg}}, nil
	}
	found, err := store.FulfillersByEmail(ctx, s.DB.Read(), at, emails)
	return []rung{{found, "nobody who is on call has an account in " + provider}}, err
}

// admins are the users of the resource's admin owner in the order of the policy,
// and then those of the app's. Whose access it is comes last.
func (s *Service) admins(ctx context.Context, at store.AccountsAt, c access.AccessChange, policy access.Fulfilment, provider string) ([]rung, error) {
	own, err := store.Fulfillers(ctx, s.DB.Read(), at, c.ResourceID)
	if err != nil {
		return nil, err
	}
	// The first with an account in a random order is a random one of those that
	// have one, without asking the provider for everybody.
	s.Shuffle(len(own), func(i, j int) { own[i], own[j] = own[j], own[i] })
	if err := s.order(ctx, own, c.ResourceID, policy.Assign); err != nil {
		return nil, err
	}
	apps, err := store.AppFulfillers(ctx, s.DB.Read(), at, c.ResourceID)
	if err != nil {
		return nil, err
	}
	s.Shuffle(len(apps), func(i, j int) { apps[i], apps[j] = apps[j], apps[i] })
	why := fmt.Sprintf("no admin of %s has an account in %s", c.ResourceName, provider)
	if len(own) == 0 {
		why = "the admin owner of " + c.ResourceName + " has no users"
	}
	return []rung{{lastly(own, c.UserID), why}, {lastly(apps, c.UserID), why}}, nil
}

// order sorts those who may get a ticket by a rule; who is equal stays in the
// order they came in.
func (s *Service) order(ctx context.Context, users []store.Fulfiller, resourceID string, rule access.AssignRule) error {
	if rule != access.LeastOpen && rule != access.RoundRobin || len(users) < 2 {
		return nil
	}
	ids := make([]string, len(users))
	for i, u := range users {
		ids[i] = u.ID
	}
	loads, err := store.TicketLoads(ctx, s.DB.Read(), ids, resourceID)
	if err != nil {
		return err
	}
	slices.SortStableFunc(users, func(a, b store.Fulfiller) int {
		if rule == access.LeastOpen {
			return cmp.Compare(loads[a.ID].Open, loads[b.ID].Open)
		}
		return cmp.Compare(loads[a.ID].Last, loads[b.ID].Last)
	})
	return nil
}

// lastly puts a user at the end.
func lastly(users []store.Fulfiller, userID string) []store.Fulfiller {
	slices.SortStableFunc(users, func(a, b store.Fulfiller) int {
		return cmp.Compare(toInt(a.ID == userID), toInt(b.ID == userID))
	})
	return users
}

func toInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (s *Service) firstWithAccount(ctx context.Context, at account, project string, step rung) (choice, error) {
	for _, u := range step.users {
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
	return choice{why: step.why}, nil
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
