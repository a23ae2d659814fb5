package inventory

import (
	"context"

	"admit/internal/access"
	"admit/internal/store"
)

// Events lists the audit log, newest first. Resource admins see the events of
// their own resources and apps.
func (s *Service) Events(ctx context.Context, actor access.Actor, f store.EventFilter) (access.List[access.Event], error) {
	if err := s.mayEvents(ctx, actor, f); err != nil {
		return access.List[access.Event]{}, err
	}
	return store.Events(ctx, s.DB.Read(), f)
}

func (s *Service) mayEvents(ctx context.Context, actor access.Actor, f store.EventFilter) error {
	var rel access.Relation
	var err error
	switch {
	case f.ResourceID != "":
		rel, err = store.Relations(ctx, s.DB.Read(), actor.UserID, f.ResourceID)
	case f.AppID != "":
		rel, err = store.AppRelations(ctx, s.DB.Read(), actor.UserID, f.AppID)
	default:
		return actor.May(access.SeeEvents, 0)
	}
	if err != nil {
		return err
	}
	return actor.May(access.SeeItsEvents, rel)
}
