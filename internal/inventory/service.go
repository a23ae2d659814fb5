// Package inventory is what exists and who holds what: users, groups, owners,
// apps, resources and the people on them. Each file is one noun. Every method
// asks the authorisation table first.
package inventory

import (
	"context"
	"errors"
	"fmt"

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

// eachOf does something to every item of a list, so that the problems of all of
// them are named at once: of several items under "[i].". Any other error ends it.
func eachOf[T any](items []T, do func(T) error) error {
	var wrong access.Problems
	for i, item := range items {
		err := do(item)
		failed, ok := errors.AsType[*access.Error](err)
		if len(items) == 1 || !ok || failed.Fields == nil {
			if err != nil {
				return err
			}
			continue
		}
		for field, problem := range failed.Fields {
			wrong.Add(fmt.Sprintf("[%d].%s", i, field), "%s", problem)
		}
		if failed.Code != access.Invalid { // of the database, which gives the transaction up
			return &access.Error{Code: failed.Code, Msg: failed.Msg, Fields: wrong, Err: failed.Err}
		}
	}
	return wrong.Err()
}
