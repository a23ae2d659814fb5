package inventory

import (
	"context"

	"admit/internal/access"
	"admit/internal/store"
)

// GroupParams is what a new group has.
type GroupParams struct {
	Name, Description string
	UserIDs           []string
}

// GroupPatch is what to change of a group; nil leaves a field as it is.
type GroupPatch struct{ Name, Description *string }

// Groups lists groups.
func (s *Service) Groups(ctx context.Context, actor access.Actor, f store.GroupFilter) (access.List[access.Group], error) {
	if err := s.seePeople(ctx, actor); err != nil {
		return access.List[access.Group]{}, err
	}
	return store.Groups(ctx, s.DB.Read(), f)
}

// Group returns one group with its first users, at most access.MaxPage.
func (s *Service) Group(ctx context.Context, actor access.Actor, id string) (access.Group, []access.User, error) {
	if err := s.seePeople(ctx, actor); err != nil {
		return access.Group{}, nil, err
	}
	g, err := store.Group(ctx, s.DB.Read(), id)
	if err != nil {
		return g, nil, err
	}
	users, err := store.Users(ctx, s.DB.Read(), store.UserFilter{GroupID: id, Page: access.Page{Size: access.MaxPage}})
	return g, users.Items, err
}

// GroupSizes counts the users of every group.
func (s *Service) GroupSizes(ctx context.Context, actor access.Actor) (map[string]int, error) {
	if err := s.seePeople(ctx, actor); err != nil {
		return nil, err
	}
	return store.GroupSizes(ctx, s.DB.Read())
}

// CreateGroup adds a group.
func (s *Service) CreateGroup(ctx context.Context, actor access.Actor, p GroupParams) (g access.Group, err error) {
	if err := actor.May(access.ManageInventory, 0); err != nil {
		return g, err
	}
	g = access.Group{Name: p.Name, Description: p.Description}
	err = s.DB.Write(ctx, func(w *store.Write) error {
		if err := checkGroup(ctx, w, &g, p.UserIDs); err != nil {
			return err
		}
		g.ID, g.CreatedAt, g.UpdatedAt = store.NewID(), w.Now, w.Now
		if err := store.AddGroup(ctx, w.Tx, g); err != nil {
			return named(err, "name", "is already in use")
		}
		w.Event(groupEvent(actor, access.GroupCreated, g, "created group "+g.Name))
		return store.SetGroupUsers(ctx, w.Tx, g.ID, p.UserIDs)
	})
	return g, err
}

// UpdateGroup changes a group's name and description.
func (s *Service) UpdateGroup(ctx context.Context, actor access.Actor, id string, p GroupPatch) (g access.Group, err error) {
	if err := actor.May(access.ManageInventory, 0); err != nil {
		return g, err
	}
	err = s.DB.Write(ctx, func(w *store.Write) error {
		if g, err = store.Group(ctx, &w.Reader, id); err != nil {
			return err
		}
		set(&g.Name, p.Name)
		set(&g.Description, p.Description)
		if err := checkGroup(ctx, w, &g, nil); err != nil {
			return err
		}
		g.UpdatedAt = w.Now
		w.Event(groupEvent(actor, access.GroupUpdated, g, "changed group "+g.Name))
		return named(store.UpdateGroup(ctx, w.Tx, g), "name", "is already in use")
	})
	return g, err
}

// SetGroupUsers replaces the users of a group. Owners that take their users from
// it follow.
func (s *Service) SetGroupUsers(ctx context.Context, actor access.Actor, id string, userIDs []string) error {
	if err := actor.May(access.ManageInventory, 0); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		g, err := store.Group(ctx, &w.Reader, id)
		if err != nil {
			return err
		}
		if err := checkGroup(ctx, w, &g, userIDs); err != nil {
			return err
		}
		if err := store.SetGroupUsers(ctx, w.Tx, id, userIDs); err != nil {
			return err
		}
		w.Event(groupEvent(actor, access.GroupUpdated, g, "changed the users of group "+g.Name))
		return store.FollowGroup(ctx, w.Tx, id, w.Now)
	})
}

// DeleteGroup removes a group that no owner takes its users from.
func (s *Service) DeleteGroup(ctx context.Context, actor access.Actor, id string) error {
	if err := actor.May(access.ManageInventory, 0); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		g, err := store.Group(ctx, &w.Reader, id)
		if err != nil {
			return err
		}
		owners, err := store.Owners(ctx, &w.Reader, store.OwnerFilter{SourceGroupID: id})
		if err != nil {
			return err
		}
		var uses []string
		for _, o := range owners.Items {
			uses = append(uses, "owner "+o.Name)
		}
		if err := gone("group "+g.Name, uses); err != nil {
			return err
		}
		w.Event(groupEvent(actor, access.GroupDeleted, g, "deleted group "+g.Name))
		return store.DeleteGroup(ctx, w.Tx, id)
	})
}

func checkGroup(ctx context.Context, w *store.Write, g *access.Group, userIDs []string) error {
	var wrong access.Problems
	g.Name = wrong.Line("name", g.Name, true, access.MaxName)
	g.Description = wrong.Prose("description", g.Description, false, access.MaxText)
	if err := checkUserIDs(ctx, w, &wrong, userIDs); err != nil {
		return err
	}
	return wrong.Err()
}

// checkUserIDs notes ids that are doubled or name no user.
func checkUserIDs(ctx context.Context, w *store.Write, wrong *access.Problems, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	users, err := store.UsersByID(ctx, &w.Reader, ids)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, id := range ids {
		u, known := users[id]
		switch {
		case !known || u.DeletedAt != nil:
			wrong.Add("user_ids", "names a user that does not exist: %s", quoted(id))
		case seen[id]:
			wrong.Add("user_ids", "names %s twice", u.Email)
		}
		seen[id] = true
	}
	return nil
}

func groupEvent(actor access.Actor, t access.EventType, g access.Group, summary string) access.Event {
	e := access.By(actor, t, summary)
	e.GroupID = &g.ID
	return e
}
