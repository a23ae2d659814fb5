package inventory

import (
	"context"
	"time"

	"admit/internal/access"
	"admit/internal/store"
)

// Place names one slot.
type Place struct{ ResourceID, UserID, Level string }

// Holders lists who has a resource, wants it, or is about to lose it; newest
// first.
func (s *Service) Holders(ctx context.Context, actor access.Actor, f store.SlotFilter) (access.List[access.Holding], error) {
	if err := s.mayOn(ctx, actor, access.SeeHolders, f.ResourceID); err != nil {
		return access.List[access.Holding]{}, err
	}
	if _, err := store.Resource(ctx, s.DB.Read(), f.ResourceID); err != nil {
		return access.List[access.Holding]{}, err
	}
	return store.Holdings(ctx, s.DB.Read(), f)
}

// Holder returns one row of Holders. Everybody may see their own.
func (s *Service) Holder(ctx context.Context, actor access.Actor, at Place) (access.Holding, error) {
	err := s.mayOn(ctx, actor, access.SeeHolders, at.ResourceID)
	if actor.UserID == at.UserID {
		err = actor.May(access.SeeUser, access.IsSelf)
	}
	if err != nil {
		return access.Holding{}, err
	}
	slot, err := store.Slot(ctx, s.DB.Read(), at.UserID, at.ResourceID, at.Level)
	if err != nil {
		return access.Holding{}, err
	}
	list, err := store.Holdings(ctx, s.DB.Read(), store.SlotFilter{IDs: []string{slot.ID}})
	if err == nil && len(list.Items) == 0 {
		err = access.Errorf(access.NotFound, "not found")
	}
	if err != nil {
		return access.Holding{}, err
	}
	return list.Items[0], nil
}

// Access lists what a user has, wants or is about to lose; newest first.
func (s *Service) Access(ctx context.Context, actor access.Actor, userID string, p access.Page) (access.List[access.Holding], error) {
	var rel access.Relation
	if actor.UserID == userID {
		rel = access.IsSelf
	}
	if err := actor.May(access.SeeUser, rel); err != nil {
		return access.List[access.Holding]{}, err
	}
	return store.Holdings(ctx, s.DB.Read(), store.SlotFilter{UserID: userID, Page: p})
}

// AddHolder gives a user a resource by hand, until expires or, for nil, without
// end. It is a Conflict if an admin already did.
func (s *Service) AddHolder(ctx context.Context, actor access.Actor, at Place, reason string, expires *time.Time) error {
	return s.DB.Write(ctx, func(w *store.Write) error {
		r, u, err := s.checkPlace(ctx, w, actor, at)
		if err != nil {
			return err
		}
		var wrong access.Problems
		reason = wrong.Prose("reason", reason, false, access.MaxText)
		checkEnd(&wrong, expires, w.Now)
		if err := wrong.Err(); err != nil {
			return err
		}
		slot, err := store.WantSlot(ctx, w.Tx, at.UserID, at.ResourceID, at.Level, w.Now)
		if err != nil {
			return err
		}
		live, err := store.LiveGrants(ctx, &w.Reader, []string{slot.ID})
		if err != nil {
			return err
		}
		if byAdmin(live[slot.ID]) != nil {
			return access.Errorf(access.Conflict, "%s already has %s by hand; change its end instead", u.Email, r.Name)
		}
		g := access.Grant{
			ID: store.NewID(), SlotID: slot.ID, UserID: u.ID, ResourceID: r.ID, Level: at.Level, Source: access.FromAdmin,
			GrantedBy: actor.ID(), Reason: reason, State: access.GrantLive, CreatedAt: w.Now, ExpiresAt: expires,
		}
		w.Event(inApp(grantEvent(actor, access.GrantCreated, g, "added "+u.Email+" to "+r.Name), r))
		reconcile(w, slot.ID)
		return store.AddGrants(ctx, w.Tx, g)
	})
}

// SetHolderEnd changes when access given by hand ends; nil is without end.
func (s *Service) SetHolderEnd(ctx context.Context, actor access.Actor, at Place, expires *time.Time) error {
	return s.DB.Write(ctx, func(w *store.Write) error {
		r, u, err := s.checkPlace(ctx, w, actor, at)
		if err != nil {
			return err
		}
		var wrong access.Problems
		checkEnd(&wrong, expires, w.Now)
		if err := wrong.Err(); err != nil {
			return err
		}
		slot, err := store.Slot(ctx, &w.Reader, at.UserID, at.ResourceID, at.Level)
		if err != nil {
			return err
		}
		live, err := store.LiveGrants(ctx, &w.Reader, []string{slot.ID})
		if err != nil {
			return err
		}
		g := byAdmin(live[slot.ID])
		if g == nil {
			return access.Errorf(access.NotFound, "%s does not have %s by hand", u.Email, r.Name)
		}
		g.ExpiresAt = expires
		w.Event(inApp(grantEvent(actor, access.GrantExtended, *g, "changed the end of "+u.Email+"'s access to "+r.Name), r))
		return store.SetGrantEnd(ctx, w.Tx, g.ID, expires)
	})
}

// RemoveHolder ends every reason a user has a resource. The removal is then
// carried out; until it is done the user stays listed.
func (s *Service) RemoveHolder(ctx context.Context, actor access.Actor, at Place) error {
	return s.DB.Write(ctx, func(w *store.Write) error {
		rel, err := store.Relations(ctx, &w.Reader, actor.UserID, at.ResourceID)
		if err != nil {
			return err
		}
		if err := actor.May(access.ChangeHolders, rel); err != nil && actor.UserID != at.UserID {
			return err
		}
		slot, err := store.Slot(ctx, &w.Reader, at.UserID, at.ResourceID, at.Level)
		if err != nil {
			return err
		}
		grants, err := store.RevokeGrants(ctx, w.Tx, store.RevokeFilter{SlotID: slot.ID}, actor.ID(), w.Now)
		if err != nil {
			return err
		}
		if len(grants) == 0 {
			return access.Errorf(access.NotFound, "there is no access to remove")
		}
		r, err := store.Resource(ctx, &w.Reader, at.ResourceID)
		if err != nil {
			return err
		}
		u, err := store.User(ctx, &w.Reader, at.UserID)
		if err != nil {
			return err
		}
		for _, g := range grants {
			w.Event(inApp(grantEvent(actor, access.GrantRevokedEv, g, "removed "+u.Email+" from "+r.Name), r))
		}
		reconcile(w, slot.ID)
		return nil
	})
}

// checkPlace authorises a change of holders and checks that the slot can exist.
func (s *Service) checkPlace(ctx context.Context, w *store.Write, actor access.Actor, at Place) (access.Resource, access.User, error) {
	rel, err := store.Relations(ctx, &w.Reader, actor.UserID, at.ResourceID)
	if err != nil {
		return access.Resource{}, access.User{}, err
	}
	if err := actor.May(access.ChangeHolders, rel); err != nil {
		return access.Resource{}, access.User{}, err
	}
	r, err := liveResource(ctx, w, at.ResourceID)
	if err != nil {
		return r, access.User{}, err
	}
	var wrong access.Problems
	u, err := liveUser(ctx, w, at.UserID)
	if access.CodeOf(err) == access.NotFound {
		wrong.Add("user_id", "names a user that does not exist")
	} else if err != nil {
		return r, u, err
	}
	if err := store.CheckLevel(ctx, &w.Reader, &wrong, "access_level_remote_id", at.ResourceID, at.Level); err != nil {
		return r, u, err
	}
	return r, u, wrong.Err()
}

func (s *Service) mayOn(ctx context.Context, actor access.Actor, do access.Action, resourceID string) error {
	rel, err := store.Relations(ctx, s.DB.Read(), actor.UserID, resourceID)
	if err != nil {
		return err
	}
	return actor.May(do, rel)
}

func checkEnd(wrong *access.Problems, expires *time.Time, now time.Time) {
	switch {
	case expires == nil:
	case !expires.After(now):
		wrong.Add("expires_at", "must be in the future")
	case expires.After(now.Add((access.MaxDuration + 1) * time.Minute)):
		wrong.Add("expires_at", "must be within a year")
	}
}

func byAdmin(grants []access.Grant) *access.Grant {
	for i := range grants {
		if grants[i].Source == access.FromAdmin {
			return &grants[i]
		}
	}
	return nil
}

// inApp adds the app to an event about a resource.
func inApp(e access.Event, r access.Resource) access.Event {
	e.AppID = &r.AppID
	return e
}
