package api

import (
	"context"
	"net/http"
	"time"

	"admit/internal/access"
	"admit/internal/propagation"
)

// Storm is many changes of one cause that would open many tickets at once.
type Storm struct {
	ID           string    `json:"storm_id" required:"true" format:"uuid"`
	ProviderID   string    `json:"provider_id" required:"true" format:"uuid" doc:"Where the tickets are to be filed."`
	ProviderName string    `json:"provider_name" required:"true"`
	Cause        string    `json:"cause" required:"true" enum:"request,admin,expiry,self,system"`
	ActorID      *string   `json:"actor_id,omitempty" format:"uuid" doc:"Whose acts they follow from. Absent for Admit itself."`
	ActorName    string    `json:"actor_name,omitempty"`
	Changes      int       `json:"changes" required:"true" doc:"How many it holds back."`
	Persons      int       `json:"persons" required:"true" doc:"Of how many people."`
	Resources    int       `json:"resources" required:"true" doc:"Of how many resources."`
	CreatedAt    time.Time `json:"created_at" required:"true"`
}

func stormOf(s propagation.StormView) Storm {
	return Storm{
		ID: s.Storm.ID, ProviderID: s.ProviderID, ProviderName: s.ProviderName, Cause: string(s.Cause), ActorID: s.ActorID, ActorName: s.ActorName,
		Changes: s.Changes, Persons: s.Persons, Resources: s.Resources, CreatedAt: s.CreatedAt,
	}
}

// StormList is every storm that waits.
type StormList struct {
	Storms []Storm `json:"storms" required:"true"`
}

type stormReleaseInput struct {
	ID   string `path:"storm_id" format:"uuid"`
	Body struct {
		_ struct{} `json:"-" additionalProperties:"false"`

		Changes  int    `json:"changes" required:"true" minimum:"0" doc:"How many the caller was told it holds back. If there are others by now, it is a conflict that says how many."`
		Grouping string `json:"grouping,omitempty" enum:"none,person,resource" doc:"Which of its removals share a ticket: none if left out, those of a person, or those of a resource."`
	}
}

func (a *api) storms() {
	const tag = "storms"
	handle(a, op{method: http.MethodGet, path: "/storms", id: "getStorms", tag: tag, about: "Lists the storms that wait for an admin, the oldest first."}, a.listStorms)
	handleEmpty(a, op{
		method: http.MethodPost, path: "/storms/{storm_id}/release", id: "releaseStorm", tag: tag, about: "Lets the changes of a storm go.",
		more: "Their tickets are filed then, as fast as the provider and the settings of the engine allow.",
	}, func(ctx context.Context, actor access.Actor, in *stormReleaseInput) error {
		return a.Propagation.ReleaseStorm(ctx, actor, in.ID, in.Body.Changes, groupingOf(in.Body.Grouping))
	})
}

func (a *api) listStorms(ctx context.Context, actor access.Actor, _ *struct{}) (StormList, error) {
	storms, err := a.Propagation.Storms(ctx, actor)
	return StormList{each(storms, stormOf)}, err
}
