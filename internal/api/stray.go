package api

import (
	"context"
	"net/http"
	"time"

	"admit/internal/access"
	"admit/internal/store"
)

// Stray is a ticket of ours that this database does not know.
type Stray struct {
	ID         string    `json:"stray_id" required:"true" format:"uuid"`
	ProviderID string    `json:"provider_id" required:"true" format:"uuid"`
	Identifier string    `json:"identifier" required:"true"`
	URL        string    `json:"url" required:"true"`
	Title      string    `json:"title" required:"true" doc:"What it asks for, in the words of its ticket."`
	Status     string    `json:"status" required:"true" doc:"The provider's own word."`
	Outcome    string    `json:"outcome" required:"true" enum:"open,yes,unclear"`
	Settles    bool      `json:"settles_access" required:"true" doc:"Whether this database has the access it is about: then settling it makes sure of that."`
	FoundAt    time.Time `json:"found_at" required:"true"`
}

func strayOf(s access.Stray) Stray {
	return Stray{
		ID: s.ID, ProviderID: s.ProviderID, Identifier: s.Identifier, URL: s.URL, Title: s.Title, Status: s.Status, Outcome: s.Outcome,
		Settles: s.SlotID != nil, FoundAt: s.FoundAt,
	}
}

type straysInput struct {
	ProviderID string `query:"provider_id" format:"uuid"`
	Paging
}

type strayInput struct {
	ID string `path:"stray_id" format:"uuid"`
}

func (a *api) strays() {
	const tag = "ticket providers"
	handle(a, op{
		method: http.MethodGet, path: "/strays", id: "getStrays", tag: tag, about: "Lists tickets of ours that this database does not know, newest first.",
		more: "There are some after the database was put back to an earlier copy: they were filed since, for wishes that are lost.",
	}, func(ctx context.Context, actor access.Actor, in *straysInput) (Page[Stray], error) {
		list, err := a.Propagation.Strays(ctx, actor, store.StrayFilter{ProviderID: in.ProviderID, Page: in.page()})
		return pageOf(list, strayOf), err
	})
	handleEmpty(a, op{
		method: http.MethodPost, path: "/strays/{stray_id}/settle", id: "settleStray", tag: tag, about: "Settles a ticket that this database does not know.",
		more: "It is closed with a comment if it is open. If somebody worked on it, another ticket makes sure of what is wanted now.",
	}, func(ctx context.Context, actor access.Actor, in *strayInput) error {
		return a.Propagation.SettleStray(ctx, actor, in.ID)
	})
}
