package propagation

import (
	"context"
	"fmt"

	"admit/internal/access"
	"admit/internal/job"
	"admit/internal/store"
)

// Route says where the ticket of a change is to be, and whose. What is nil stays
// as it is.
type Route struct {
	ProviderID *string
	ProjectID  *string
	AssigneeID *string
}

// Reroute sends the ticket of a live change elsewhere. One that is open is closed
// with a word, and filed anew; if only its assignee is another, it is given to
// them where it is.
func (s *Service) Reroute(ctx context.Context, actor access.Actor, changeID string, to Route) error {
	return s.DB.Write(ctx, func(w *store.Write) error {
		c, err := store.LockChange(ctx, w.Tx, changeID)
		if err != nil {
			return err
		}
		rel, err := store.Relations(ctx, &w.Reader, actor.UserID, c.ResourceID)
		if err != nil {
			return err
		}
		if err := actor.May(access.RerouteChange, rel); err != nil {
			return err
		}
		if err := checkRoute(ctx, w, to); err != nil {
			return err
		}
		return s.reroute(ctx, w, actor, c, to)
	})
}

func checkRoute(ctx context.Context, w *store.Write, to Route) error {
	var wrong access.Problems
	if to.ProviderID != nil {
		if _, err := liveProvider(ctx, &w.Reader, *to.ProviderID); access.CodeOf(err) == access.NotFound {
			wrong.Add("provider_id", "names a ticket provider that does not exist")
		} else if err != nil {
			return err
		}
		if to.ProjectID == nil {
			wrong.Add("project_id", "is required with a provider")
		}
	}
	if to.ProjectID != nil {
		*to.ProjectID = wrong.Line("project_id", *to.ProjectID, true, access.MaxName)
	}
	if to.AssigneeID != nil {
		u, err := store.User(ctx, &w.Reader, *to.AssigneeID)
		if access.CodeOf(err) == access.NotFound || err == nil && u.DeletedAt != nil {
			wrong.Add("assignee_id", "names a user that does not exist")
		} else if err != nil {
			return err
		}
	}
	if to == (Route{}) {
		wrong.Add("provider_id", "or assignee_id is required")
	}
	return wrong.Err()
}

func (s *Service) reroute(ctx context.Context, w *store.Write, actor access.Actor, c access.AccessChange, to Route) error {
	elsewhere := to.ProviderID != nil && (c.ProviderID == nil || *to.ProviderID != *c.ProviderID) || to.ProjectID != nil && *to.ProjectID != c.ProjectID
	e := changeEvent(actor, access.ChangeRerouted, c, "sent the "+sentence(c)+" elsewhere")
	w.Event(e)
	switch c.State {
	case access.Queued:
		to.apply(&c)
		c.NextTryAt = &w.Now
		w.Job(fileJob(c))
		return store.UpdateChange(ctx, w.Tx, c, access.Queued)
	case access.NeedsAttention:
		if err := store.EndWaivers(ctx, w.Tx, c.SlotID, w.Now); err != nil {
			return err
		}
		to.apply(&c)
		return s.moveChange(ctx, w, &c, access.Queued, "", nil)
	case access.Open:
		if elsewhere && c.Reversed {
			return access.Errorf(access.Conflict, "it is no longer wanted, and work on it was begun: its ticket stays where it is until it ends")
		}
		if elsewhere {
			return s.rerouteOpen(ctx, w, c, to)
		}
		return s.giveTo(ctx, w, c, to)
	case access.Filing, access.Canceling, access.ClaimedDone:
		return access.Errorf(access.Conflict, "its ticket is being filed or closed just now; try again in a moment")
	case access.Done, access.ChangeCanceled, access.Superseded, access.Abandoned:
	}
	return access.Errorf(access.Conflict, "the change has ended")
}

func (to Route) apply(c *access.AccessChange) {
	if to.ProviderID != nil {
		c.ProviderID = to.ProviderID
	}
	if to.ProjectID != nil {
		c.ProjectID = *to.ProjectID
	}
	if to.AssigneeID != nil {
		c.AssigneeID = to.AssigneeID
	}
}

// rerouteOpen has the open ticket of a change closed, so that another is filed
// elsewhere. The lines in the ticket go along.
func (s *Service) rerouteOpen(ctx context.Context, w *store.Write, c access.AccessChange, to Route) error {
	t, ok, err := newestTicket(ctx, w, c.ID)
	if err != nil || !ok {
		return conflictOr(err, "it has no ticket")
	}
	all, err := store.ChangesOn(ctx, &w.Reader, t)
	if err != nil {
		return err
	}
	for _, one := range all {
		if one.State != access.Open || one.Reversed {
			continue
		}
		to.apply(&one)
		one.Rerouted = true
		if one.ID == c.ID { // it has the ticket closed, for all
			if err := one.Move(access.Canceling, w.Now); err != nil {
				return err
			}
			w.Job(job.Tell{ChangeID: one.ID})
		}
		if err := store.UpdateChange(ctx, w.Tx, one, access.Open); err != nil {
			return err
		}
	}
	return nil
}

// giveTo has the open ticket of a change given to somebody else, with all lines in
// it.
func (s *Service) giveTo(ctx context.Context, w *store.Write, c access.AccessChange, to Route) error {
	if to.AssigneeID == nil {
		return access.Errorf(access.Conflict, "its ticket is there already")
	}
	t, ok, err := newestTicket(ctx, w, c.ID)
	if err != nil || !ok {
		return conflictOr(err, "it has no ticket")
	}
	all, err := store.ChangesOn(ctx, &w.Reader, t)
	if err != nil {
		return err
	}
	w.Job(job.Assign{TicketID: t.ID})
	for _, one := range all {
		if one.State != access.Open {
			continue
		}
		one.AssigneeID = to.AssigneeID
		if err := store.UpdateChange(ctx, w.Tx, one, access.Open); err != nil {
			return err
		}
	}
	return nil
}

func newestTicket(ctx context.Context, w *store.Write, changeID string) (access.Ticket, bool, error) {
	tickets, err := store.TicketsOf(ctx, &w.Reader, []string{changeID})
	all := tickets[changeID]
	if err != nil || len(all) == 0 {
		return access.Ticket{}, false, err
	}
	return all[len(all)-1], true, nil
}

// Elsewhere counts the live changes of an app or, with one, of a resource, whose
// tickets are elsewhere than its policy says now.
func (s *Service) Elsewhere(ctx context.Context, actor access.Actor, appID, resourceID string) (int, error) {
	if err := s.mayMigrate(ctx, actor, appID, resourceID); err != nil {
		return 0, err
	}
	ids, err := store.Elsewhere(ctx, s.DB.Read(), appID, resourceID)
	return len(ids), err
}

// PlacesElsewhere tells where the changes are that Elsewhere counts, the most first.
func (s *Service) PlacesElsewhere(ctx context.Context, actor access.Actor, appID, resourceID string) ([]store.PlaceElsewhere, error) {
	if err := s.mayMigrate(ctx, actor, appID, resourceID); err != nil {
		return nil, err
	}
	return store.PlacesElsewhere(ctx, s.DB.Read(), appID, resourceID)
}

// Migrate sends the tickets of an app or a resource that are elsewhere to where
// its policy files now. Without it they are followed to their end where they are.
// changes is how many the admin was told; if there are others by now, it is a
// Conflict that names the number.
func (s *Service) Migrate(ctx context.Context, actor access.Actor, appID, resourceID string, changes int) error {
	if err := s.mayMigrate(ctx, actor, appID, resourceID); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		ids, err := store.Elsewhere(ctx, &w.Reader, appID, resourceID)
		if err != nil {
			return err
		}
		if len(ids) != changes {
			return access.Errorf(access.Conflict, "there are %d changes by now, not %d; look again", len(ids), changes)
		}
		e := access.By(actor, access.TicketsMigrated, fmt.Sprintf("sends %d tickets to where they are filed now", len(ids)))
		e.AppID = &appID
		if resourceID != "" {
			e.ResourceID = &resourceID
		}
		w.Event(e)
		for start := 0; start < len(ids); start += job.Batch {
			w.Job(job.Migrate{ChangeIDs: ids[start:min(start+job.Batch, len(ids))]})
		}
		return nil
	})
}

func (s *Service) mayMigrate(ctx context.Context, actor access.Actor, appID, resourceID string) error {
	rel, err := store.AppRelations(ctx, s.DB.Read(), actor.UserID, appID)
	if err != nil {
		return err
	}
	if resourceID != "" {
		if rel, err = store.Relations(ctx, s.DB.Read(), actor.UserID, resourceID); err != nil {
			return err
		}
	}
	if err := actor.May(access.RerouteChange, rel); err != nil {
		return err
	}
	if _, err := store.App(ctx, s.DB.Read(), appID); err != nil || resourceID == "" {
		return err
	}
	r, err := store.Resource(ctx, s.DB.Read(), resourceID)
	if access.CodeOf(err) == access.NotFound || err == nil && r.AppID != appID {
		return access.Problems{"resource_id": "names a resource that this app does not have"}.Err()
	}
	return err
}

// MigrateChanges sends changes to where their policy files now, as Migrate asked.
// One that cannot go just now stays where it is.
func (s *Service) MigrateChanges(ctx context.Context, changeIDs []string) error {
	for _, id := range changeIDs {
		err := s.DB.Write(ctx, func(w *store.Write) error {
			c, err := store.LockChange(ctx, w.Tx, id)
			if err != nil {
				return err
			}
			facts, err := store.FactsOf(ctx, &w.Reader, id)
			if err != nil || facts.TicketProviderID == nil {
				return err
			}
			return s.reroute(ctx, w, access.System(), c, Route{ProviderID: facts.TicketProviderID, ProjectID: &facts.TicketProjectID})
		})
		if err != nil && access.CodeOf(err) != access.Conflict && access.CodeOf(err) != access.NotFound {
			return err
		}
	}
	return nil
}
