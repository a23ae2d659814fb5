package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/store"
)

// custom is the one type of apps and of resources there is for now.
const custom = "CUSTOM"

// App is a system people get access to.
type App struct {
	ID           string    `json:"app_id" required:"true" format:"uuid"`
	Name         string    `json:"name" required:"true"`
	Description  string    `json:"description" required:"true"`
	AdminOwnerID string    `json:"admin_owner_id" required:"true" format:"uuid"`
	Type         string    `json:"app_type" required:"true" enum:"CUSTOM"`
	Tickets      Tickets   `json:"tickets" required:"true"`
	CreatedAt    time.Time `json:"created_at" required:"true"`
	UpdatedAt    time.Time `json:"updated_at" required:"true"`
}

// Tickets says whether access changes are carried out by ticket, and where.
type Tickets struct {
	Override     *bool       `json:"override,omitempty" doc:"Of a resource: whether it has settings of its own instead of its app's."`
	Enabled      bool        `json:"enabled" required:"true" doc:"Create a ticket to propagate access. When off, a change is recorded as complete at once."`
	OnGrant      bool        `json:"on_grant" required:"true"`
	OnRemoval    bool        `json:"on_removal" required:"true"`
	ProviderID   string      `json:"provider_id,omitempty" format:"uuid"`
	ProjectID    string      `json:"project_id,omitempty"`
	ProjectName  string      `json:"project_name,omitempty"`
	Instructions string      `json:"instructions,omitempty" doc:"Added to the ticket's text: how a change is made in this app."`
	Form         *TicketForm `json:"form,omitempty"`
	Fulfilment
}

// TicketForm is what tickets are filled in with, beyond what Admit writes by
// itself.
type TicketForm struct {
	TypeID   string        `json:"type_id,omitempty" doc:"See GET /ticket-providers/{provider_id}/types."`
	TypeName string        `json:"type_name,omitempty"`
	Title    string        `json:"title,omitempty" doc:"A template; empty for Admit's own. {{user_email}}, {{user_name}}, {{state}}, {{resource}}, {{level}}, {{app}}, {{why}}, {{reason}}, {{asked_by}}, {{approved_by}}, {{approved_at}}, {{until}}, {{instructions}}, {{replaces}} and {{link}} stand for what a ticket is about."`
	Body     string        `json:"body,omitempty" doc:"A template in Markdown; empty for Admit's own. The key is added as the last line."`
	Fields   []TicketField `json:"fields,omitempty"`
}

// TicketField is one thing that tickets are filled in with.
type TicketField struct {
	ID    string `json:"id" required:"true" doc:"See GET /ticket-providers/{provider_id}/form."`
	Name  string `json:"name,omitempty"`
	Entry string `json:"entry" required:"true" enum:"line,paragraph,choice,choices,tags,number,date,flag"`
	Value string `json:"value" required:"true" doc:"A text may hold placeholders. A choice is its id; choices and tags are each on a line; a date is a number of days after filing; a flag is true or false."`
}

func formOf(f access.TicketForm) *TicketForm {
	if f.TypeID == "" && f.Title == "" && f.Body == "" && len(f.Fields) == 0 {
		return nil
	}
	return &TicketForm{TypeID: f.TypeID, TypeName: f.TypeName, Title: f.Title, Body: f.Body, Fields: each(f.Fields, func(x access.TicketField) TicketField { return TicketField(x) })}
}

func (f *TicketForm) form() *access.TicketForm {
	if f == nil {
		return nil
	}
	return &access.TicketForm{TypeID: f.TypeID, TypeName: f.TypeName, Title: f.Title, Body: f.Body, Fields: each(f.Fields, func(x TicketField) access.TicketField { return access.TicketField(x) })}
}

// TicketsInput changes a ticket policy; what is left out stays as it is.
type TicketsInput struct {
	Override     *bool       `json:"override,omitempty" doc:"Of a resource: use these settings instead of the app's. Left out, it is true when any of the others is given."`
	Enabled      *bool       `json:"enabled,omitempty"`
	OnGrant      *bool       `json:"on_grant,omitempty"`
	OnRemoval    *bool       `json:"on_removal,omitempty"`
	ProviderID   *string     `json:"provider_id,omitempty" doc:"Empty for none."`
	ProjectID    *string     `json:"project_id,omitempty"`
	ProjectName  *string     `json:"project_name,omitempty"`
	Instructions *string     `json:"instructions,omitempty"`
	Form         *TicketForm `json:"form,omitempty" doc:"Replaces the whole form. Left out, it stays, but for what belongs to another project than the new one."`
	FulfilmentInput
}

// patch translates a ticket policy for the use case, and notes under prefix what
// contradicts itself.
func (t *TicketsInput) patch(prefix string, wrong *access.Problems) inventory.TicketPatch {
	if t == nil {
		return inventory.TicketPatch{}
	}
	t.check(prefix+"tickets.", wrong)
	return inventory.TicketPatch{
		Enabled: t.Enabled, OnGrant: t.OnGrant, OnRemoval: t.OnRemoval, ProviderID: t.ProviderID,
		ProjectID: t.ProjectID, ProjectName: t.ProjectName, Instructions: t.Instructions, Form: t.Form.form(),
		FulfilmentPatch: t.FulfilmentInput.patch(),
	}
}

func ticketsOf(p access.TicketPolicy) Tickets {
	return Tickets{
		Enabled: p.TicketsEnabled, OnGrant: p.TicketsOnGrant, OnRemoval: p.TicketsOnRemoval, ProviderID: deref(p.TicketProviderID),
		ProjectID: p.TicketProjectID, ProjectName: p.TicketProjectName, Instructions: p.TicketInstructions, Form: formOf(p.TicketForm),
		Fulfilment: fulfilmentOf(p.Fulfilment),
	}
}

func appOf(a access.App) App {
	return App{
		ID: a.ID, Name: a.Name, Description: a.Description, AdminOwnerID: a.AdminOwnerID, Type: custom,
		Tickets: ticketsOf(a.TicketPolicy), CreatedAt: a.CreatedAt, UpdatedAt: a.UpdatedAt,
	}
}

// AppList is every app.
type AppList struct {
	Apps []App `json:"apps" required:"true"`
}

type appsInput struct {
	Types   []string `query:"app_type_filter" doc:"Only apps of these types."`
	OwnerID string   `query:"owner_filter" format:"uuid" doc:"Only apps with this admin owner."`
	Search  string   `query:"search" doc:"Only apps with this in their name."`
}

type appInput struct {
	ID string `path:"app_id" format:"uuid"`
}

type appCreateInput struct {
	Body struct {
		Name         string        `json:"name" required:"true"`
		Description  string        `json:"description,omitempty"`
		AdminOwnerID string        `json:"admin_owner_id" required:"true" format:"uuid"`
		Tickets      *TicketsInput `json:"tickets,omitempty"`
	}
}

type appUpdateInput struct {
	ID   string `path:"app_id" format:"uuid"`
	Body struct {
		Name         *string       `json:"name,omitempty"`
		Description  *string       `json:"description,omitempty"`
		AdminOwnerID *string       `json:"admin_owner_id,omitempty" format:"uuid"`
		Tickets      *TicketsInput `json:"tickets,omitempty"`
	}
}

func (a *api) apps() {
	handle(a, op{method: http.MethodGet, path: "/apps", id: "getApps", tag: "apps", about: "Lists the apps."}, a.listApps)
	handle(a, op{method: http.MethodGet, path: "/apps/{app_id}", id: "getAppID", tag: "apps", about: "Returns an app."},
		func(ctx context.Context, actor access.Actor, in *appInput) (App, error) {
			app, err := a.Inventory.App(ctx, actor, in.ID)
			return appOf(app), err
		})
	handle(a, op{method: http.MethodPost, path: "/apps", id: "createApp", tag: "apps", about: "Adds a custom app."}, a.createApp)
	handle(a, op{
		method: http.MethodPut, path: "/apps/{app_id}", id: "updateApp", tag: "apps", about: "Changes an app.",
		more: "What is left out stays as it is. Tickets that are open stay with the provider they were filed with.",
	}, a.updateApp)
	handleEmpty(a, op{
		method: http.MethodDelete, path: "/apps/{app_id}", id: "deleteApp", tag: "apps", about: "Deletes an app and its resources.",
		more: "What people hold there is not wanted any more: a removal is carried out for each.",
	}, func(ctx context.Context, actor access.Actor, in *appInput) error {
		return a.Inventory.DeleteApp(ctx, actor, in.ID)
	})
	a.elsewhere()
}

func (a *api) listApps(ctx context.Context, actor access.Actor, in *appsInput) (AppList, error) {
	apps, err := all(func(p access.Page) (access.List[access.App], error) {
		return a.Inventory.Apps(ctx, actor, store.AppFilter{Search: in.Search, OwnerID: in.OwnerID, Page: p})
	})
	if in.Types != nil && !slices.Contains(in.Types, custom) {
		apps = nil
	}
	return AppList{each(apps, appOf)}, err
}

func (a *api) createApp(ctx context.Context, actor access.Actor, in *appCreateInput) (App, error) {
	var wrong access.Problems
	b := in.Body
	p := inventory.AppParams{Name: b.Name, Description: b.Description, AdminOwnerID: b.AdminOwnerID, Tickets: b.Tickets.patch("", &wrong)}
	if err := wrong.Err(); err != nil {
		return App{}, err
	}
	app, err := a.Inventory.CreateApp(ctx, actor, p)
	return appOf(app), err
}

func (a *api) updateApp(ctx context.Context, actor access.Actor, in *appUpdateInput) (App, error) {
	var wrong access.Problems
	b := in.Body
	p := inventory.AppPatch{Name: b.Name, Description: b.Description, AdminOwnerID: b.AdminOwnerID, Tickets: b.Tickets.patch("", &wrong)}
	if err := wrong.Err(); err != nil {
		return App{}, err
	}
	app, err := a.Inventory.UpdateApp(ctx, actor, in.ID, p)
	return appOf(app), err
}
