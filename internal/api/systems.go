package api

import (
	"context"
	"net/http"
	"time"

	"admit/internal/access"
	"admit/internal/propagation"
	"admit/internal/store"
	"admit/internal/ticket"
)

// What a ticket system has, and what an admin says about it.

// TypeList is the types a ticket of a project can have.
type TypeList struct {
	Types []Project `json:"types" required:"true" doc:"Empty where tickets have no types."`
}

// FormFields is what a ticket can be filled in with.
type FormFields struct {
	Fields []FormField `json:"fields" required:"true" doc:"The required ones first."`
}

// FormField is one thing a ticket can be given.
type FormField struct {
	ID       string    `json:"id" required:"true"`
	Name     string    `json:"name" required:"true" doc:"The system's word."`
	Help     string    `json:"help,omitempty"`
	Entry    string    `json:"entry" required:"true" enum:"line,paragraph,choice,choices,tags,number,date,flag" doc:"How a value is written: see tickets.form.fields of an app."`
	Required bool      `json:"required" required:"true"`
	Options  []Project `json:"options,omitempty" doc:"Of choice and choices."`
}

// StatusList is what can decide the outcome of a provider's tickets.
type StatusList struct {
	Statuses []Status `json:"statuses" required:"true"`
}

// Status is one word of a ticket system, and what it means.
type Status struct {
	Key   string `json:"key" required:"true"`
	Name  string `json:"name" required:"true" doc:"The system's word."`
	Usual string `json:"usual" required:"true" enum:"open,yes,no,unclear,deleted," doc:"What it means unless an admin says otherwise. Empty: it does not decide."`
	Said  string `json:"said" required:"true" enum:"open,yes,no,unclear," doc:"What an admin says it means. Empty: nothing."`
}

// AccountList is who users are at a ticket provider.
type AccountList struct {
	Accounts []ProviderAccount `json:"accounts" required:"true"`
}

// ProviderAccount is who a user is at a ticket provider.
type ProviderAccount struct {
	UserID    string     `json:"user_id" required:"true" format:"uuid"`
	UserEmail string     `json:"user_email" required:"true"`
	ProjectID string     `json:"project_id,omitempty" doc:"Where it was looked up. Empty: it holds everywhere."`
	AccountID string     `json:"account_id" required:"true" doc:"Empty: nobody there, or not looked up yet."`
	Name      string     `json:"name,omitempty"`
	Email     string     `json:"email,omitempty"`
	Chosen    bool       `json:"chosen" required:"true" doc:"An admin said so; else it was found by e-mail address."`
	LookedAt  *time.Time `json:"looked_at,omitempty"`
}

// PersonList is accounts of a ticket system.
type PersonList struct {
	People []Person `json:"people" required:"true" doc:"At most 20."`
}

// Person is one account of a ticket system.
type Person struct {
	ID    string `json:"account_id" required:"true"`
	Name  string `json:"name" required:"true"`
	Email string `json:"email" required:"true" doc:"Empty if the system does not show it."`
}

// ProviderWebhook is where a ticket system calls when a ticket changes.
type ProviderWebhook struct {
	On           bool       `json:"on" required:"true"`
	State        string     `json:"state" required:"true" enum:"off,waiting,working,silent,by_hand"`
	Note         string     `json:"note,omitempty" doc:"Why it does not work, in words."`
	URL          string     `json:"url,omitempty" doc:"What the system calls. For admins only."`
	Secret       string     `json:"secret,omitempty" doc:"What the system signs with. For admins only."`
	Steps        string     `json:"steps,omitempty" doc:"Markdown: how to set it up by hand."`
	Automatic    bool       `json:"automatic" required:"true" doc:"Admit registers it itself, if the account may."`
	HeardAt      *time.Time `json:"heard_at,omitempty" doc:"The last delivery."`
	RegisteredAt *time.Time `json:"registered_at,omitempty"`
}

func webhookOf(v propagation.WebhookView, on bool) ProviderWebhook {
	h := ProviderWebhook{On: on, State: "off", Steps: v.Steps, Automatic: v.Automatic}
	if on {
		h.State, h.Note, h.URL, h.Secret, h.HeardAt, h.RegisteredAt = string(v.State), v.Note, v.URL, v.Secret, v.HeardAt, v.RegisteredAt
	}
	return h
}

type providerProjectInput struct {
	ID        string `path:"provider_id" format:"uuid"`
	ProjectID string `query:"project_id" required:"true"`
}

type providerFormInput struct {
	ID        string `path:"provider_id" format:"uuid"`
	ProjectID string `query:"project_id" required:"true"`
	TypeID    string `query:"type_id"`
}

type providerStatusesInput struct {
	ID        string `path:"provider_id" format:"uuid"`
	ProjectID string `query:"project_id" doc:"Empty: of all."`
}

type providerMapInput struct {
	ID   string `path:"provider_id" format:"uuid"`
	Body struct {
		Outcomes map[string]string `json:"outcomes" required:"true" doc:"By key of a status: open, yes, no, unclear, or empty to take a word back. Others stay."`
	}
}

type providerPeopleInput struct {
	ID        string `path:"provider_id" format:"uuid"`
	Query     string `query:"query" required:"true" doc:"A part of a name or e-mail address."`
	ProjectID string `query:"project_id"`
}

type providerUserInput struct {
	ID     string `path:"provider_id" format:"uuid"`
	UserID string `path:"user_id" format:"uuid"`
}

type providerAccountInput struct {
	ID     string `path:"provider_id" format:"uuid"`
	UserID string `path:"user_id" format:"uuid"`
	Body   struct {
		AccountID string `json:"account_id" required:"true" doc:"Empty: the user has no account there."`
		Name      string `json:"name,omitempty"`
		Email     string `json:"email,omitempty"`
	}
}

func (a *api) systems() {
	const one, tag = "/ticket-providers/{provider_id}", "ticket providers"
	handle(a, op{method: http.MethodGet, path: one + "/types", id: "getTicketProviderTypes", tag: tag, about: "Lists the types a ticket of a project can have."}, a.types)
	handle(a, op{method: http.MethodGet, path: one + "/form", id: "getTicketProviderForm", tag: tag, about: "Lists what a ticket of a project and type can be filled in with."}, a.form)
	handle(a, op{
		method: http.MethodGet, path: one + "/statuses", id: "getTicketProviderStatuses", tag: tag, about: "Lists what decides how a ticket ended, and what it means.",
	}, a.statuses)
	handle(a, op{
		method: http.MethodPut, path: one + "/statuses", id: "setTicketProviderStatuses", tag: tag, about: "Says what statuses of a ticket provider mean.",
		more: "Tickets that wait for that word are read again.",
	}, a.mapStatuses)
	handle(a, op{
		method: http.MethodGet, path: one + "/accounts", id: "getTicketProviderAccounts", tag: tag, about: "Lists whom those who are assigned tickets are there.",
	}, a.accounts)
	handle(a, op{method: http.MethodGet, path: one + "/people", id: "getTicketProviderPeople", tag: tag, about: "Finds accounts of a ticket system."}, a.people)
	handleEmpty(a, op{
		method: http.MethodPut, path: one + "/accounts/{user_id}", id: "setTicketProviderAccount", tag: tag, about: "Says whom a user is at a ticket provider.",
	}, func(ctx context.Context, actor access.Actor, in *providerAccountInput) error {
		return a.Propagation.ChooseAccount(ctx, actor, in.ID, in.UserID, ticket.Account{ID: in.Body.AccountID, Name: in.Body.Name, Email: in.Body.Email})
	})
	handleEmpty(a, op{
		method: http.MethodDelete, path: one + "/accounts/{user_id}", id: "deleteTicketProviderAccount", tag: tag, about: "Has a user looked up by e-mail address again.",
	}, func(ctx context.Context, actor access.Actor, in *providerUserInput) error {
		return a.Propagation.ForgetAccount(ctx, actor, in.ID, in.UserID)
	})
	handle(a, op{method: http.MethodGet, path: one + "/webhook", id: "getTicketProviderWebhook", tag: tag, about: "Returns the webhook of a ticket provider."}, a.webhook)
	handle(a, op{
		method: http.MethodPut, path: one + "/webhook", id: "addTicketProviderWebhook", tag: tag, about: "Switches the webhook of a ticket provider on.",
		more: "Where the system lets Admit, it is registered there; else follow its steps.",
	}, func(ctx context.Context, actor access.Actor, in *providerInput) (ProviderWebhook, error) {
		if err := a.Propagation.AddWebhook(ctx, actor, in.ID); err != nil {
			return ProviderWebhook{}, err
		}
		return a.webhook(ctx, actor, in)
	})
	handleEmpty(a, op{method: http.MethodDelete, path: one + "/webhook", id: "deleteTicketProviderWebhook", tag: tag, about: "Switches the webhook of a ticket provider off."},
		func(ctx context.Context, actor access.Actor, in *providerInput) error {
			return a.Propagation.RemoveWebhook(ctx, actor, in.ID)
		})
}

func (a *api) types(ctx context.Context, actor access.Actor, in *providerProjectInput) (TypeList, error) {
	list, err := a.Propagation.Types(ctx, actor, in.ID, in.ProjectID)
	return TypeList{each(list, func(t ticket.Type) Project { return Project(t) })}, err
}

func (a *api) form(ctx context.Context, actor access.Actor, in *providerFormInput) (FormFields, error) {
	list, err := a.Propagation.Form(ctx, actor, in.ID, in.ProjectID, in.TypeID)
	return FormFields{each(list, func(f ticket.FormField) FormField {
		return FormField{
			ID: f.ID, Name: f.Name, Help: f.Help, Entry: string(f.Entry), Required: f.Required,
			Options: each(f.Options, func(o ticket.Option) Project { return Project(o) }),
		}
	})}, err
}

func (a *api) statuses(ctx context.Context, actor access.Actor, in *providerStatusesInput) (StatusList, error) {
	p, err := a.Propagation.Provider(ctx, actor, in.ID)
	if err != nil {
		return StatusList{}, err
	}
	list, err := a.Propagation.Statuses(ctx, actor, in.ID, in.ProjectID)
	return StatusList{each(list, func(g ticket.Ground) Status {
		return Status{Key: g.Key, Name: g.Name, Usual: string(g.Outcome), Said: p.Outcomes[g.Key]}
	})}, err
}

func (a *api) mapStatuses(ctx context.Context, actor access.Actor, in *providerMapInput) (TicketProvider, error) {
	p, err := a.Propagation.SetOutcomes(ctx, actor, in.ID, in.Body.Outcomes)
	return a.providerOf(p), err
}

func (a *api) accounts(ctx context.Context, actor access.Actor, in *providerInput) (AccountList, error) {
	list, err := a.Propagation.Accounts(ctx, actor, in.ID)
	return AccountList{each(list, func(k store.Known) ProviderAccount {
		return ProviderAccount{
			UserID: k.UserID, UserEmail: k.UserEmail, ProjectID: k.ProjectID, AccountID: k.Account, Name: k.Name, Email: k.Email,
			Chosen: k.Chosen, LookedAt: k.LookedAt,
		}
	})}, err
}

func (a *api) people(ctx context.Context, actor access.Actor, in *providerPeopleInput) (PersonList, error) {
	list, err := a.Propagation.FindPeople(ctx, actor, in.ID, in.ProjectID, in.Query)
	return PersonList{each(list, func(p ticket.Account) Person { return Person(p) })}, err
}

func (a *api) webhook(ctx context.Context, actor access.Actor, in *providerInput) (ProviderWebhook, error) {
	v, on, err := a.Propagation.Webhook(ctx, actor, in.ID)
	return webhookOf(v, on), err
}
