package api

import (
	"context"
	"net/http"
	"time"

	"admit/internal/access"
	"admit/internal/propagation"
	"admit/internal/store"
)

// Change is an access change: the work of making the end system agree with what
// is wanted.
type Change struct {
	Propagation

	UserID       string     `json:"user_id" required:"true" format:"uuid"`
	UserEmail    string     `json:"user_email" required:"true"`
	UserName     string     `json:"user_name" required:"true"`
	ResourceID   string     `json:"resource_id" required:"true" format:"uuid"`
	ResourceName string     `json:"resource_name" required:"true"`
	AppID        string     `json:"app_id" required:"true" format:"uuid"`
	AppName      string     `json:"app_name" required:"true"`
	LevelID      string     `json:"access_level_remote_id" required:"true"`
	LevelName    string     `json:"access_level_name" required:"true"`
	Cause        string     `json:"cause" required:"true" enum:"request,admin,expiry,self,system"`
	RequestID    *string    `json:"request_id,omitempty" format:"uuid"`
	ProviderID   *string    `json:"provider_id,omitempty" format:"uuid"`
	ViaTicket    bool       `json:"via_ticket" required:"true" doc:"False when the change is only written down here."`
	CreatedAt    time.Time  `json:"created_at" required:"true"`
	StateAt      time.Time  `json:"state_at" required:"true" doc:"Since when it is in its state."`
	EndedAt      *time.Time `json:"ended_at,omitempty"`
}

func workOf(w propagation.WorkItem) Change {
	c := w.AccessChange
	return Change{
		Propagation: *changeOf(&c, w.Ticket, w.Waiver, w.WaitingFor),
		UserID:      c.UserID, UserEmail: c.UserEmail, UserName: c.UserName, ResourceID: c.ResourceID, ResourceName: c.ResourceName,
		AppID: c.AppID, AppName: c.AppName, LevelID: c.Level, LevelName: c.LevelName, Cause: string(c.Cause), RequestID: c.RequestID,
		ProviderID: c.ProviderID, ViaTicket: c.ViaTicket, CreatedAt: c.CreatedAt, StateAt: c.StateAt, EndedAt: c.EndedAt,
	}
}

type changesInput struct {
	Live       bool     `query:"live" doc:"Only changes under way."`
	States     []string `query:"state" enum:"queued,filing,open,canceling,claimed,attention,done,canceled,superseded,abandoned" doc:"Only changes in these states, separated by commas."`
	AppID      string   `query:"app_id" format:"uuid"`
	ResourceID string   `query:"resource_id" format:"uuid"`
	UserID     string   `query:"user_id" format:"uuid" doc:"Whose access it is about."`
	ProviderID string   `query:"provider_id" format:"uuid"`
	RequestID  string   `query:"request_id" format:"uuid"`
	AssigneeID string   `query:"assignee_id" format:"uuid" doc:"Who has its ticket."`
	Unassigned bool     `query:"unassigned" doc:"Only changes whose ticket nobody has."`
	Paging
}

type changeInput struct {
	ID string `path:"change_id" format:"uuid"`
}

func (a *api) changes() {
	const one, tag = "/changes/{change_id}", "changes"
	handle(a, op{
		method: http.MethodGet, path: "/changes", id: "getChanges", tag: tag, about: "Lists access changes, newest first.",
		more: "Those who may not see all see the ones assigned to them and those of what they administer.",
	}, a.listChanges)
	handle(a, op{method: http.MethodGet, path: one, id: "getChange", tag: tag, about: "Returns an access change."},
		func(ctx context.Context, actor access.Actor, in *changeInput) (Change, error) {
			return a.change(ctx, actor, in.ID)
		})
	handle(a, op{
		method: http.MethodPost, path: one + "/retry", id: "retryChange", tag: tag, about: "Tries a change again that needs attention.",
		more: "Under the ticket settings as they are now.",
	}, func(ctx context.Context, actor access.Actor, in *changeInput) (Change, error) {
		return a.changeAfter(ctx, actor, in.ID, a.Propagation.RetryChange(ctx, actor, in.ID))
	})
	a.waysOut()
}

func (a *api) listChanges(ctx context.Context, actor access.Actor, in *changesInput) (Page[Change], error) {
	f := store.ChangeFilter{
		Live: in.Live, AppID: in.AppID, ResourceID: in.ResourceID, UserID: in.UserID, ProviderID: in.ProviderID,
		RequestID: in.RequestID, AssigneeID: in.AssigneeID, Unassigned: in.Unassigned, Page: in.page(),
	}
	for _, s := range in.States {
		f.States = append(f.States, access.ChangeState(s))
	}
	list, err := a.Propagation.Work(ctx, actor, f)
	return pageOf(list, workOf), err
}

// changeAfter returns a change as it is after something was done to it.
func (a *api) changeAfter(ctx context.Context, actor access.Actor, id string, err error) (Change, error) {
	if err != nil {
		return Change{}, err
	}
	return a.change(ctx, actor, id)
}

func (a *api) change(ctx context.Context, actor access.Actor, id string) (Change, error) {
	list, err := a.Propagation.Work(ctx, actor, store.ChangeFilter{IDs: []string{id}})
	if err == nil && len(list.Items) == 0 {
		err = access.Errorf(access.NotFound, "not found")
	}
	if err != nil {
		return Change{}, err
	}
	return workOf(list.Items[0]), nil
}
