package api

import (
	"context"
	"net/http"

	"admit/internal/access"
)

// Elsewhere counts live changes whose tickets are elsewhere than they are filed now.
type Elsewhere struct {
	Changes int `json:"changes" required:"true"`
}

type elsewhereInput struct {
	AppID      string `path:"app_id" format:"uuid"`
	ResourceID string `query:"resource_id" format:"uuid" doc:"Only those of this resource."`
}

type migrateInput struct {
	AppID string `path:"app_id" format:"uuid"`
	Body  struct {
		_ struct{} `json:"-" additionalProperties:"false"`

		Changes    int    `json:"changes" required:"true" minimum:"0" doc:"How many the caller was told there are. If there are others by now, it is a conflict that says how many."`
		ResourceID string `json:"resource_id,omitempty" format:"uuid" doc:"Only those of this resource."`
	}
}

func (a *api) elsewhere() {
	const one, tag = "/apps/{app_id}", "apps"
	handle(a, op{
		method: http.MethodGet, path: one + "/elsewhere", id: "getAppElsewhere", tag: tag, about: "Counts tickets of an app that are elsewhere than they are filed now.",
		more: "Left alone, they are followed to their end where they are.",
	}, func(ctx context.Context, actor access.Actor, in *elsewhereInput) (Elsewhere, error) {
		n, err := a.Propagation.Elsewhere(ctx, actor, in.AppID, in.ResourceID)
		return Elsewhere{n}, err
	})
	handle(a, op{
		method: http.MethodPost, path: one + "/migrate", id: "migrateApp", tag: tag, status: http.StatusAccepted,
		about: "Sends tickets of an app that are elsewhere to where they are filed now.",
		more:  "Those that are open are closed with a word, and filed anew. It answers at once, with how many go.",
	}, func(ctx context.Context, actor access.Actor, in *migrateInput) (Elsewhere, error) {
		return Elsewhere{in.Body.Changes}, a.Propagation.Migrate(ctx, actor, in.AppID, in.Body.ResourceID, in.Body.Changes)
	})
}
