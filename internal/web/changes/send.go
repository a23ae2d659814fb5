package changes

import (
	"slices"

	"admit/internal/access"
	"admit/internal/propagation"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ticketform"
	"admit/internal/web/ui"
)

// people are those who can make a change: the admins of its resource and of its
// app, for a control.
func people(v *site.Visit, c propagation.ChangeView) ([]ui.Option, error) {
	ctx := v.R.Context()
	var owners []string
	r, err := v.Inventory.Resource(ctx, v.Actor, c.ResourceID)
	switch {
	case err == nil:
		owners = []string{r.AdminOwnerID, r.App.AdminOwnerID}
	case access.CodeOf(err) != access.NotFound: // a removal survives its resource
		return nil, err
	default:
		app, err := v.Inventory.App(ctx, v.Actor, c.AppID)
		if access.CodeOf(err) == access.NotFound {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		owners = []string{app.AdminOwnerID}
	}
	return usersOf(v, slices.Compact(owners))
}

func usersOf(v *site.Visit, owners []string) ([]ui.Option, error) {
	var all []ui.Option
	for _, id := range owners {
		o, users, err := v.Inventory.Owner(v.R.Context(), v.Actor, id)
		if err != nil {
			return nil, err
		}
		for _, u := range users {
			known := slices.ContainsFunc(all, func(o ui.Option) bool { return o.Value == u.ID })
			if !known && u.DeletedAt == nil {
				all = append(all, ui.Option{Value: u.ID, Label: u.Name(), Group: o.Name})
			}
		}
	}
	return all, nil
}

func has(options []ui.Option, value string) bool {
	return slices.ContainsFunc(options, func(o ui.Option) bool { return o.Value == value })
}

func (f *form) personSelect(options []ui.Option, label, empty string) ui.Select {
	return ui.Select{
		Field: ui.Field{Name: "assignee_id", Label: label, Required: f.way == part.GiveAway, Error: f.wrong.Of("assignee_id")},
		Value: f.in.Get("assignee_id"), Empty: empty, Options: options,
	}
}

func giveAwayForm(v *site.Visit, f *form) error {
	options, err := people(v, f.change)
	if err != nil {
		return err
	}
	to := f.personSelect(options, "Who makes the change", "Choose a person")
	f.look = look{
		title: "Give " + f.ticket() + " to somebody else", fields: []ui.Field{to.Field}, controls: ui.SelectField(to),
		text: []string{"It stays where it is, and becomes theirs. Whoever has no account there is asked by mail, if Admit can send mail."},
		yes:  ui.Button{Label: "Give it to them", Variant: ui.Primary, Busy: "Giving…"},
	}
	return nil
}

func giveAway(v *site.Visit, f *form) (string, error) {
	options, err := people(v, f.change)
	if err != nil {
		return "", err
	}
	id := f.in.Get("assignee_id")
	if !has(options, id) {
		return "", access.Problems{"assignee_id": "must be one of the choices"}.Err()
	}
	return "It is given to them in a moment.", v.Propagation.Reroute(v.R.Context(), v.Actor, f.change.ID, propagation.Route{AssigneeID: &id})
}

// ticket names the ticket of the change.
func (f *form) ticket() string {
	if t := f.change.Ticket; t != nil && t.Identifier != "" {
		return t.Identifier
	}
	return "the ticket"
}

// route is where a ticket can go, and where it was chosen to go.
type route struct {
	providers, projects, people []ui.Option
	provider, project, word     string
	trouble                     string // why the projects are not known
}

// loadRoute returns what was chosen, or where the ticket is. A provider with one
// project leaves nothing to choose.
func loadRoute(v *site.Visit, f *form) (r route, err error) {
	providers, err := v.Propagation.Providers(v.R.Context(), v.Actor)
	if err != nil {
		return r, err
	}
	if r.people, err = people(v, f.change); err != nil {
		return r, err
	}
	r.word = "Project"
	r.provider, r.project = f.in.Get("provider_id"), f.in.Get("project_id")
	if len(f.in) == 0 && f.change.ProviderID != nil {
		r.provider, r.project = *f.change.ProviderID, f.change.ProjectID
	}
	for _, p := range providers {
		r.providers = append(r.providers, ui.Option{Value: p.ID, Label: p.Name})
		if p.ID == r.provider {
			r.word = ticketform.Word(v, p.Kind)
		}
	}
	if !has(r.providers, r.provider) {
		r.provider, r.project = "", ""
		return r, nil
	}
	if r.projects, r.trouble, err = ticketform.Projects(v, r.provider); err != nil {
		return r, err
	}
	if r.project == "" && len(r.projects) == 1 {
		r.project = r.projects[0].Value
	}
	return r, nil
}

func sendForm(v *site.Visit, f *form) error {
	r, err := loadRoute(v, f)
	if err != nil {
		return err
	}
	s := f.sendFields(r)
	f.look = look{
		title: "Send it elsewhere", text: f.sendText(), fields: []ui.Field{s.provider.Field, s.project.Field, s.person.Field},
		controls: routeFields(s), yes: ui.Button{Label: "Send it there", Variant: ui.Primary, Busy: "Sending…"},
	}
	return nil
}

// sendText names the consequence.
func (f *form) sendText() []string {
	if f.change.State != access.Open {
		return []string{"A ticket is filed there, for this one change. The settings of " + f.change.AppName + " stay as they are."}
	}
	text := "Admit closes " + f.ticket() + " with a word, and files a new ticket there. What was said in it stays behind."
	if f.change.SharedTicketID != nil || f.change.Ticket != nil && f.change.Ticket.ChangeID != f.change.ID {
		text += " It is for several changes: all of them go along."
	}
	return []string{text}
}

// sendFields are the controls of a route.
type sendFields struct {
	provider, project, person ui.Select
	trouble                   string
	known                     bool // a provider is chosen
}

func (f *form) sendFields(r route) sendFields {
	s := sendFields{known: r.provider != "", trouble: r.trouble}
	s.provider = ui.Select{
		Field: ui.Field{
			Name: "provider_id", Label: "Ticket provider", Required: true, Error: f.wrong.Of("provider_id"),
			Attrs: map[string]any{
				"hx-post": f.url(), "hx-vals": `{"choose":"1"}`, "hx-trigger": "change", "hx-target": "#route", "hx-select": "#route",
				"hx-swap": "outerMorph", "hx-validate": "false",
			},
		},
		Value: r.provider, Empty: "Choose a ticket provider", Options: r.providers,
	}
	s.project = ui.Select{
		Field: ui.Field{Name: "project_id", Label: r.word, Required: true, Error: f.wrong.Of("project_id"), Help: "Where the ticket is filed."},
		Value: r.project, Empty: "Choose where it goes", Options: r.projects,
	}
	s.person = f.personSelect(r.people, "Who makes the change", "Whom the settings choose")
	return s
}

func send(v *site.Visit, f *form) (string, error) {
	r, err := loadRoute(v, f)
	if err != nil {
		return "", err
	}
	var wrong access.Problems
	assignee := f.in.Get("assignee_id")
	if assignee != "" && !has(r.people, assignee) {
		wrong.Add("assignee_id", "must be one of the choices")
	}
	switch {
	case r.provider == "":
		wrong.Add("provider_id", "must be one of the choices")
	case r.trouble != "":
		wrong.Add("project_id", "cannot be chosen now: %s", r.trouble)
	case !has(r.projects, r.project):
		wrong.Add("project_id", "must be one of this ticket provider: choose again")
	}
	if err := wrong.Err(); err != nil {
		return "", err
	}
	to := propagation.Route{ProviderID: &r.provider, ProjectID: &r.project}
	if assignee != "" {
		to.AssigneeID = &assignee
	}
	return "It is on its way there.", v.Propagation.Reroute(v.R.Context(), v.Actor, f.change.ID, to)
}
