package api

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"admit/internal/access"
	"admit/internal/store"
)

// Event is one line of the audit log.
type Event struct {
	ID          string            `json:"event_id" required:"true" format:"uuid"`
	ActorUserID string            `json:"actor_user_id" required:"true" format:"uuid" doc:"Zero for Admit itself."`
	ActorName   string            `json:"actor_name" required:"true"`
	Type        string            `json:"event_type" required:"true"`
	CreatedAt   time.Time         `json:"created_at" required:"true"`
	TokenName   string            `json:"api_token_name,omitempty"`
	Via         string            `json:"via" required:"true" doc:"How the actor came: web, api, cli, mail or system."`
	Cause       string            `json:"cause,omitempty" doc:"Of access changes: what made them necessary."`
	Summary     string            `json:"summary" required:"true"`
	AppID       *string           `json:"app_id,omitempty" format:"uuid"`
	ResourceID  *string           `json:"resource_id,omitempty" format:"uuid"`
	UserID      *string           `json:"user_id,omitempty" format:"uuid" doc:"Whose access it is about, or the user changed."`
	OwnerID     *string           `json:"owner_id,omitempty" format:"uuid"`
	GroupID     *string           `json:"group_id,omitempty" format:"uuid"`
	RequestID   *string           `json:"request_id,omitempty" format:"uuid"`
	GrantID     *string           `json:"grant_id,omitempty" format:"uuid"`
	ChangeID    *string           `json:"change_id,omitempty" format:"uuid"`
	TicketID    *string           `json:"ticket_id,omitempty" format:"uuid"`
	ProviderID  *string           `json:"provider_id,omitempty" format:"uuid"`
	Data        map[string]string `json:"data,omitempty" doc:"Further facts: old and new values, comments."`
}

func eventOf(e access.Event) Event {
	actor := uuid.Nil.String()
	if e.ActorID != nil {
		actor = *e.ActorID
	}
	return Event{
		ID: e.ID, ActorUserID: actor, ActorName: e.ActorName, Type: string(e.Type), CreatedAt: e.At, TokenName: e.TokenName, Via: e.Via,
		Cause: string(e.Cause), Summary: e.Summary, AppID: e.AppID, ResourceID: e.ResourceID, UserID: e.UserID, OwnerID: e.OwnerID,
		GroupID: e.GroupID, RequestID: e.RequestID, GrantID: e.GrantID, ChangeID: e.ChangeID, TicketID: e.TicketID, ProviderID: e.ProviderID,
		Data: e.Data,
	}
}

type eventsInput struct {
	Start      string `query:"start_date_filter" doc:"Only events at or after this day or time."`
	End        string `query:"end_date_filter" doc:"Only events before this time, or on this day or before."`
	ActorID    string `query:"actor_filter" format:"uuid"`
	ObjectID   string `query:"object_filter" format:"uuid" doc:"Only events about this: an app, a resource, a user, a ticket, ..."`
	Type       string `query:"event_type_filter" doc:"Only events of this type: ticket.filed, ..."`
	TokenName  string `query:"api_token_filter" doc:"Only what was done with the API token of this name."`
	AppID      string `query:"app_id" format:"uuid" doc:"Admins of the app may see its events."`
	ResourceID string `query:"resource_id" format:"uuid" doc:"Admins of the resource may see its events."`
	RequestID  string `query:"request_id" format:"uuid"`
	ChangeID   string `query:"change_id" format:"uuid"`
	TicketID   string `query:"ticket_id" format:"uuid"`
	Search     string `query:"search" doc:"Only events with this in their summary or their actor's name."`
	Paging
}

type eventInput struct {
	ID string `path:"event_id" format:"uuid"`
}

func (a *api) events() {
	handle(a, op{method: http.MethodGet, path: "/events", id: "getEvents", tag: "events", about: "Lists the audit log, newest first."}, a.listEvents)
	handle(a, op{method: http.MethodGet, path: "/events/{event_id}", id: "getEvent", tag: "events", about: "Returns one line of the audit log."}, a.getEvent)
}

func (a *api) listEvents(ctx context.Context, actor access.Actor, in *eventsInput) (Page[Event], error) {
	f := store.EventFilter{
		ActorID: in.ActorID, ObjectID: in.ObjectID, Type: access.EventType(in.Type), TokenName: in.TokenName, AppID: in.AppID,
		ResourceID: in.ResourceID, RequestID: in.RequestID, ChangeID: in.ChangeID, TicketID: in.TicketID, Search: in.Search, Page: in.page(),
	}
	var wrong access.Problems
	f.From, f.To = dates(&wrong, in.Start, in.End)
	if err := wrong.Err(); err != nil {
		return Page[Event]{}, err
	}
	list, err := a.Inventory.Events(ctx, actor, f)
	return pageOf(list, eventOf), err
}

func (a *api) getEvent(ctx context.Context, actor access.Actor, in *eventInput) (Event, error) {
	list, err := a.Inventory.Events(ctx, actor, store.EventFilter{IDs: []string{in.ID}})
	if err == nil && len(list.Items) == 0 {
		err = access.Errorf(access.NotFound, "not found")
	}
	if err != nil {
		return Event{}, err
	}
	return eventOf(list.Items[0]), nil
}
