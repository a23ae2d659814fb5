package inventory

import (
	"context"

	"admit/internal/access"
	"admit/internal/store"
)

// OwnerParams is what a new owner has.
type OwnerParams struct {
	Name, Description string
	UserIDs           []string // in order
	SourceGroupID     string   // take the users of this group instead of UserIDs
}

// OwnerPatch is what to change of an owner; nil leaves a field as it is.
type OwnerPatch struct {
	ID                string
	Name, Description *string
	SourceGroupID     *string // "" for none
}

// Owners lists owners.
func (s *Service) Owners(ctx context.Context, actor access.Actor, f store.OwnerFilter) (access.List[access.Owner], error) {
	if err := s.seePeople(ctx, actor); err != nil {
		return access.List[access.Owner]{}, err
	}
	return store.Owners(ctx, s.DB.Read(), f)
}

// OwnerSizes counts the users of every owner.
func (s *Service) OwnerSizes(ctx context.Context, actor access.Actor) (map[string]int, error) {
	if err := s.seePeople(ctx, actor); err != nil {
		return nil, err
	}
	return store.OwnerSizes(ctx, s.DB.Read())
}

// Owner returns one owner with its users in order.
func (s *Service) Owner(ctx context.Context, actor access.Actor, id string) (access.Owner, []access.User, error) {
	if err := s.seePeople(ctx, actor); err != nil {
		return access.Owner{}, nil, err
	}
	o, err := store.Owner(ctx, s.DB.Read(), id)
	if err != nil {
		return o, nil, err
	}
	users, err := store.OwnerUsers(ctx, s.DB.Read(), id)
	return o, users, err
}

// CreateOwner adds an owner.
func (s *Service) CreateOwner(ctx context.Context, actor access.Actor, p OwnerParams) (o access.Owner, err error) {
	if err := actor.May(access.ManageInventory, 0); err != nil {
		return o, err
	}
	o = access.Owner{Name: p.Name, Description: p.Description, SourceGroupID: optional(p.SourceGroupID)}
	err = s.DB.Write(ctx, func(w *store.Write) error {
		if err := checkOwner(ctx, w, &o, p.UserIDs); err != nil {
			return err
		}
		o.ID, o.CreatedAt, o.UpdatedAt = store.NewID(), w.Now, w.Now
		if err := store.AddOwner(ctx, w.Tx, o); err != nil {
			return named(err, "name", "is already in use")
		}
		w.Event(ownerEvent(actor, access.OwnerCreated, o, "created owner "+o.Name))
		if o.SourceGroupID != nil {
			return store.FollowGroup(ctx, w.Tx, *o.SourceGroupID, w.Now)
		}
		return store.SetOwnerUsers(ctx, w.Tx, o.ID, p.UserIDs)
	})
	return o, err
}

// UpdateOwners changes owners, all of them or none. Of several patches the
// problems of each are named by its place: "[1].name".
func (s *Service) UpdateOwners(ctx context.Context, actor access.Actor, patches []OwnerPatch) (all []access.Owner, err error) {
	if err := actor.May(access.ManageInventory, 0); err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, func(w *store.Write) error {
		all = nil
		return eachOf(patches, func(p OwnerPatch) error {
			o, err := updateOwner(ctx, w, actor, p)
			all = append(all, o)
			return err
		})
	})
	return all, err
}

func updateOwner(ctx context.Context, w *store.Write, actor access.Actor, p OwnerPatch) (access.Owner, error) {
	o, err := store.Owner(ctx, &w.Reader, p.ID)
	if err != nil {
		return o, err
	}
	set(&o.Name, p.Name)
	set(&o.Description, p.Description)
	if p.SourceGroupID != nil {
		o.SourceGroupID = optional(*p.SourceGroupID)
	}
	if err := checkOwner(ctx, w, &o, nil); err != nil {
		return o, err
	}
	o.UpdatedAt = w.Now
	if err := store.UpdateOwner(ctx, w.Tx, o); err != nil {
		return o, named(err, "name", "is already in use")
	}
	w.Event(ownerEvent(actor, access.OwnerUpdated, o, "changed owner "+o.Name))
	if o.SourceGroupID != nil {
		return o, store.FollowGroup(ctx, w.Tx, *o.SourceGroupID, w.Now)
	}
	return o, nil
}

// SetOwnerUsers replaces the users of an owner, in this order, and returns them.
func (s *Service) SetOwnerUsers(ctx context.Context, actor access.Actor, id string, userIDs []string) (users []access.User, err error) {
	if err := actor.May(access.ManageInventory, 0); err != nil {
		return nil, err
	}
	err = s.DB.Write(ctx, func(w *store.Write) error {
		o, err := store.Owner(ctx, &w.Reader, id)
		if err != nil {
			return err
		}
		if o.SourceGroupID != nil {
			return access.Errorf(access.Conflict, "the users of %s come from a group; change the group instead", o.Name)
		}
		if err := checkOwner(ctx, w, &o, userIDs); err != nil {
			return err
		}
		if err := store.SetOwnerUsers(ctx, w.Tx, id, userIDs); err != nil {
			return err
		}
		w.Event(ownerEvent(actor, access.OwnerUpdated, o, "changed the users of owner "+o.Name))
		users, err = store.OwnerUsers(ctx, &w.Reader, id)
		return err
	})
	return users, err
}

// DeleteOwner removes an owner that nothing names.
func (s *Service) DeleteOwner(ctx context.Context, actor access.Actor, id string) error {
	if err := actor.May(access.ManageInventory, 0); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		o, err := store.Owner(ctx, &w.Reader, id)
		if err != nil {
			return err
		}
		uses, err := store.OwnersInUse(ctx, &w.Reader, id)
		if err != nil {
			return err
		}
		if err := gone("owner "+o.Name, uses); err != nil {
			return err
		}
		if err := store.RetireOwner(ctx, w.Tx, id, w.Now); err != nil {
			return err
		}
		w.Event(ownerEvent(actor, access.OwnerDeleted, o, "deleted owner "+o.Name))
		return nil
	})
}

func checkOwner(ctx context.Context, w *store.Write, o *access.Owner, userIDs []string) error {
	var wrong access.Problems
	o.Name = wrong.Line("name", o.Name, true, access.MaxName)
	o.Description = wrong.Prose("description", o.Description, false, access.MaxText)
	if o.SourceGroupID != nil {
		if _, err := store.Group(ctx, &w.Reader, *o.SourceGroupID); access.CodeOf(err) == access.NotFound {
			wrong.Add("source_group_id", "names a group that does not exist")
		} else if err != nil {
			return err
		}
	}
	if err := checkUserIDs(ctx, w, &wrong, userIDs); err != nil {
		return err
	}
	return wrong.Err()
}

// optional is nil for "".
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func ownerEvent(actor access.Actor, t access.EventType, o access.Owner, summary string) access.Event {
	e := access.By(actor, t, summary)
	e.OwnerID = &o.ID
	return e
}
