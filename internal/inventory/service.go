// Package inventory is what exists and who holds what: users, groups, owners,
// apps, resources and the people on them. Each file is one noun. Every method
// asks the authorisation table first.
package inventory

import (
	"context"

	"admit/internal/access"
	"admit/internal/job"
	"admit/internal/store"
)

// Service holds the use cases.
type Service struct {
	DB *store.DB
}

// seePeople authorises looking at users, groups and owners.
func (s *Service) seePeople(ctx context.Context, actor access.Actor) error {
	rel, err := store.SomeAdmin(ctx, s.DB.Read(), actor.UserID)
	if err != nil {
		return err
	}
	return actor.May(access.SeePeople, rel)
}

// reconcile enqueues a look at slots.
func reconcile(w *store.Write, slotIDs ...string) {
	for _, j := range job.Reconciles(slotIDs) {
		w.Job(j)
	}
}

// set stores *v in *dst if v is not nil.
func set[T any](dst, v *T) {
	if v != nil {
		*dst = *v
	}
}

// SomeAdmin reports whether the actor administers any app or resource.
func (s *Service) SomeAdmin(ctx context.Context, actor access.Actor) (bool, error) {
	rel, err := store.SomeAdmin(ctx, s.DB.Read(), actor.UserID)
	return rel != 0, err
}
