package api

import (
	"context"
	"net/http"
	"time"

	"admit/internal/access"
	"admit/internal/propagation"
	"admit/internal/ticket"
)

// TicketProvider is a configured account of a ticket system.
type TicketProvider struct {
	ID         string            `json:"provider_id" required:"true" format:"uuid"`
	Kind       string            `json:"kind" required:"true"`
	Name       string            `json:"name" required:"true"`
	Settings   map[string]string `json:"settings" required:"true" doc:"Without secrets: they are never shown."`
	SecretsSet []string          `json:"secrets_set" required:"true" doc:"The names of the secrets that are stored."`
	Health     string            `json:"health" required:"true" enum:"untried,ok,down,unauthorized,rate_limited,malformed"`
	Trouble    string            `json:"trouble,omitempty" doc:"What is wrong, in words."`
	HealthAt   *time.Time        `json:"health_at,omitempty"`
	PolledAt   *time.Time        `json:"polled_at,omitempty" doc:"When its tickets were last read."`
	Findings   []Finding         `json:"findings" required:"true" doc:"What the last preflight found missing."`
	CheckedAt  *time.Time        `json:"checked_at,omitempty" doc:"When that was."`
	PausedTill *time.Time        `json:"paused_until,omitempty" doc:"The system wants no calls before."`
	CreatedAt  time.Time         `json:"created_at" required:"true"`
	UpdatedAt  time.Time         `json:"updated_at" required:"true"`
}

func (a *api) providerOf(p access.TicketProvider) TicketProvider {
	secrets := []string{}
	if spec, ok := a.Propagation.Registry.Spec(p.Kind); ok && p.Secrets != "" {
		secrets = spec.Secrets()
	}
	settings := p.Settings
	if settings == nil {
		settings = map[string]string{}
	}
	return TicketProvider{
		ID: p.ID, Kind: p.Kind, Name: p.Name, Settings: settings, SecretsSet: secrets, Health: string(p.Health), Trouble: p.Trouble,
		Findings: each(p.Findings, func(f access.Finding) Finding { return Finding(f) }), CheckedAt: p.CheckedAt, PausedTill: p.PausedUntil,
		HealthAt: p.HealthAt, PolledAt: p.PolledAt, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
	}
}

// ProviderList is every ticket provider.
type ProviderList struct {
	Providers []TicketProvider `json:"ticket_providers" required:"true"`
}

// ProviderCheck is whether a ticket provider is ready.
type ProviderCheck struct {
	OK       bool      `json:"ok" required:"true"`
	Findings []Finding `json:"findings" required:"true" doc:"What is missing. Empty when all is well."`
}

// Finding is one thing that is missing.
type Finding struct {
	Field   string `json:"field" required:"true" doc:"The setting it belongs to, or empty for the whole account."`
	Problem string `json:"problem" required:"true" doc:"What is wrong, with what to do about it."`
}

// ProjectList is what tickets can be filed in.
type ProjectList struct {
	Projects []Project `json:"projects" required:"true"`
}

// Project is what a ticket is filed in: a project, a team, a queue.
type Project struct {
	ID   string `json:"id" required:"true"`
	Name string `json:"name" required:"true"`
}

// KindList is every kind of ticket provider.
type KindList struct {
	Kinds []Kind `json:"kinds" required:"true"`
}

// Kind is a kind of ticket provider, as data: forms and documentation are made
// from it.
type Kind struct {
	Kind    string  `json:"kind" required:"true"`
	Name    string  `json:"name" required:"true"`
	About   string  `json:"about" required:"true"`
	Help    string  `json:"help" required:"true" doc:"Markdown: what to click there, the rights needed, what is sent."`
	Project string  `json:"project" required:"true" doc:"What the system calls a project."`
	Fields  []Field `json:"fields" required:"true"`
}

// Field is one setting of a kind.
type Field struct {
	Name        string    `json:"name" required:"true"`
	Label       string    `json:"label" required:"true"`
	Help        string    `json:"help,omitempty"`
	Placeholder string    `json:"placeholder,omitempty"`
	Type        string    `json:"type" required:"true" enum:"text,url,secret,select,number"`
	Required    bool      `json:"required" required:"true"`
	Default     string    `json:"default,omitempty"`
	Options     []Project `json:"options,omitempty" doc:"Of a select."`
}

func kindOf(s ticket.Spec) Kind {
	return Kind{Kind: s.Kind, Name: s.Name, About: s.About, Help: s.Help, Project: s.Project, Fields: each(s.Settings(), func(f ticket.Field) Field {
		return Field{
			Name: f.Name, Label: f.Label, Help: f.Help, Placeholder: f.Placeholder, Type: string(f.Type), Required: f.Required, Default: f.Default,
			Options: each(f.Options, func(o ticket.Option) Project { return Project(o) }),
		}
	})}
}

type providerInput struct {
	ID string `path:"provider_id" format:"uuid"`
}

type providerCreateInput struct {
	Body struct {
		Kind     string            `json:"kind" required:"true"`
		Name     string            `json:"name" required:"true"`
		Settings map[string]string `json:"settings,omitempty" doc:"By name, secrets too: see GET /ticket-provider-kinds."`
		Anyway   bool              `json:"save_anyway,omitempty" doc:"Save it whatever the preflight finds."`
	}
}

type providerUpdateInput struct {
	ID   string `path:"provider_id" format:"uuid"`
	Body struct {
		Name     *string           `json:"name,omitempty"`
		Settings map[string]string `json:"settings,omitempty" doc:"Those left out stay, and so does a secret that is empty."`
		Anyway   bool              `json:"save_anyway,omitempty" doc:"Save it whatever the preflight finds."`
	}
}

type providerCheckInput struct {
	ID   string `path:"provider_id" format:"uuid"`
	Body *struct {
		ProjectID string `json:"project_id,omitempty" doc:"Also check what filing there needs."`
	}
}

func (a *api) providers() {
	const one, tag = "/ticket-providers/{provider_id}", "ticket providers"
	handle(a, op{method: http.MethodGet, path: "/ticket-provider-kinds", id: "getTicketProviderKinds", tag: tag, about: "Lists the kinds of ticket provider, with their settings."},
		func(context.Context, access.Actor, *struct{}) (KindList, error) {
			return KindList{each(a.Propagation.Kinds(), kindOf)}, nil
		})
	handle(a, op{method: http.MethodGet, path: "/ticket-providers", id: "getTicketProviders", tag: tag, about: "Lists the ticket providers."},
		func(ctx context.Context, actor access.Actor, _ *struct{}) (ProviderList, error) {
			list, err := a.Propagation.Providers(ctx, actor)
			return ProviderList{each(list, a.providerOf)}, err
		})
	handle(a, op{
		method: http.MethodPost, path: "/ticket-providers", id: "createTicketProvider", tag: tag, about: "Adds a ticket provider.",
		more: "A preflight signs in first. What it finds missing is named by setting, or as preflight; with save_anyway it is saved all the same.",
	}, a.createProvider)
	handle(a, op{method: http.MethodGet, path: one, id: "getTicketProvider", tag: tag, about: "Returns a ticket provider."},
		func(ctx context.Context, actor access.Actor, in *providerInput) (TicketProvider, error) {
			p, err := a.Propagation.Provider(ctx, actor, in.ID)
			return a.providerOf(p), err
		})
	handle(a, op{
		method: http.MethodPut, path: one, id: "updateTicketProvider", tag: tag, about: "Changes a ticket provider.",
		more: "What is left out stays as it is. Tickets that are open go on with the new settings. A preflight goes before new settings, as for a new provider.",
	}, a.updateProvider)
	handleEmpty(a, op{method: http.MethodDelete, path: one, id: "deleteTicketProvider", tag: tag, about: "Deletes a ticket provider that nothing files with."},
		func(ctx context.Context, actor access.Actor, in *providerInput) error {
			return a.Propagation.DeleteProvider(ctx, actor, in.ID)
		})
	handle(a, op{method: http.MethodPost, path: one + "/check", id: "checkTicketProvider", tag: tag, about: "Signs in to a ticket provider and says what is missing, by name."}, a.checkProvider)
	handle(a, op{method: http.MethodGet, path: one + "/projects", id: "getTicketProviderProjects", tag: tag, about: "Lists what tickets can be filed in."}, a.projects)
}

func (a *api) createProvider(ctx context.Context, actor access.Actor, in *providerCreateInput) (TicketProvider, error) {
	b := in.Body
	p, err := a.Propagation.CreateProvider(ctx, actor, propagation.ProviderParams{Kind: b.Kind, Name: b.Name, Settings: b.Settings, SaveAnyway: b.Anyway})
	return a.providerOf(p), err
}

func (a *api) updateProvider(ctx context.Context, actor access.Actor, in *providerUpdateInput) (TicketProvider, error) {
	p, err := a.Propagation.UpdateProvider(ctx, actor, in.ID, propagation.ProviderPatch{
		Name: in.Body.Name, Settings: in.Body.Settings, SaveAnyway: in.Body.Anyway,
	})
	return a.providerOf(p), err
}

func (a *api) checkProvider(ctx context.Context, actor access.Actor, in *providerCheckInput) (ProviderCheck, error) {
	project := ""
	if in.Body != nil {
		project = in.Body.ProjectID
	}
	findings, err := a.Propagation.CheckProvider(ctx, actor, in.ID, project)
	return ProviderCheck{OK: len(findings) == 0, Findings: each(findings, func(f ticket.Finding) Finding { return Finding(f) })}, err
}

func (a *api) projects(ctx context.Context, actor access.Actor, in *providerInput) (ProjectList, error) {
	list, err := a.Propagation.Projects(ctx, actor, in.ID)
	return ProjectList{each(list, func(p ticket.Project) Project { return Project(p) })}, err
}
