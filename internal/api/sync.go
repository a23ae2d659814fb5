package api

import (
	"context"
	"net/http"

	"admit/internal/access"
	"admit/internal/propagation"
	"admit/internal/store"
)

// Sync is a forced read of tickets, with its progress.
type Sync struct {
	ID      string `json:"sync_id" required:"true" format:"uuid"`
	State   string `json:"state" required:"true" enum:"running,done,failed"`
	Total   int    `json:"total" required:"true" doc:"Tickets to read."`
	Checked int    `json:"checked" required:"true" doc:"Tickets read so far."`
	Changed int    `json:"changed" required:"true" doc:"Of those, how many had news."`
	Detail  string `json:"detail,omitempty" doc:"What went wrong, in words."`
}

func syncOf(s store.Sync) Sync {
	return Sync{ID: s.ID, State: s.State, Total: s.Total, Checked: s.Checked, Changed: s.Changed, Detail: s.Detail}
}

type syncInput struct {
	ID string `path:"sync_id" format:"uuid"`
}

func (a *api) syncs() {
	const tag = "syncs"
	handle(a, op{
		method: http.MethodPost, path: "/resources/{resource_id}/sync", id: "syncResource", tag: tag, status: http.StatusAccepted,
		about: "Has the tickets of a resource read now.", more: "Follow it with `GET /syncs/{sync_id}`.",
	}, func(ctx context.Context, actor access.Actor, in *resourceInput) (Sync, error) {
		s, err := a.Propagation.StartSync(ctx, actor, propagation.ScopeResource, in.ID)
		return syncOf(s), err
	})
	handle(a, op{
		method: http.MethodPost, path: "/apps/{app_id}/sync", id: "syncApp", tag: tag, status: http.StatusAccepted,
		about: "Has the tickets of an app read now.", more: "Follow it with `GET /syncs/{sync_id}`.",
	}, func(ctx context.Context, actor access.Actor, in *appInput) (Sync, error) {
		s, err := a.Propagation.StartSync(ctx, actor, propagation.ScopeApp, in.ID)
		return syncOf(s), err
	})
	handle(a, op{method: http.MethodGet, path: "/syncs/{sync_id}", id: "getSync", tag: tag, about: "Returns how far a sync is."},
		func(ctx context.Context, actor access.Actor, in *syncInput) (Sync, error) {
			s, err := a.Propagation.SyncByID(ctx, actor, in.ID)
			return syncOf(s), err
		})
}
