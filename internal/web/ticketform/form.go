package ticketform

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/propagation"
	"admit/internal/ticket"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// patience is how long a page waits for a provider to list its projects.
const patience = 8 * time.Second

// Form is the part of the form, ready to be shown.
type Form struct {
	Input
	PreviewURL string // the form is posted there to be shown anew, unsaved
	CheckURL   string // the form is posted there to be checked; "" shows no button
	MayAdd     bool   // the reader may add a ticket provider
	Of         string // "app" or "resource"

	Providers []ui.Option
	Word      string // what the provider calls a project: "Queue"
	Projects  []ui.Option
	Types     []ui.Option // empty where tickets have no types
	More      []ticket.FormField
	Trouble   string      // why the projects are not known
	People    []ui.Person // whom the control for one person offers
	Schedules []ui.Option // whose turns there are to choose from
	// OnCallTrouble is why Schedules is not known.
	OnCallTrouble string
	// The ticket in the preview.
	PreviewTitle, PreviewBody string

	Mistakes part.Mistakes
	Checked  bool
	Findings []string

	providerName string
}

// Fields are the controls, for the summary of mistakes.
func (f Form) Fields() []ui.Field {
	all := []ui.Field{f.providerField(), f.projectField(), f.typeField()}
	for _, x := range f.More {
		all = append(all, f.moreField(x))
	}
	all = append(all, f.assignField(), f.personField(), f.scheduleField(), f.groupField())
	return append(all, f.grantField(), f.removalField(), f.instructionsField(), f.titleField(), f.bodyField(), f.saveAnywayField())
}

// Load makes a Form of what was entered. It asks the chosen provider for its
// projects; a provider that does not answer is said so, and nothing is lost.
func Load(v *site.Visit, in Input, appName string) (Form, error) {
	ctx := v.R.Context()
	f := Form{Input: in, Word: "Project", MayAdd: v.Actor.May(access.ManageProviders, 0) == nil}
	if !in.Enabled {
		return f, nil
	}
	providers, err := v.Propagation.Providers(ctx, v.Actor)
	if err != nil {
		return f, err
	}
	if len(providers) == 1 && f.ProviderID == "" {
		f.ProviderID = providers[0].ID
	}
	for _, p := range providers {
		f.Providers = append(f.Providers, ui.Option{Value: p.ID, Label: p.Name})
		if p.ID == f.ProviderID {
			f.providerName = p.Name
			f.Word = Word(v, p.Kind)
		}
	}
	if f.providerName == "" {
		f.ProviderID, f.ProjectID = "", ""
	}
	words := access.TicketForm{Title: clip(f.Input.Title), Body: clip(f.Input.Body)}
	f.PreviewTitle, f.PreviewBody = propagation.Preview(appName, clip(f.Instructions), words)
	if err := f.loadPeople(v); err != nil {
		return f, err
	}
	if err := f.loadProjects(v); err != nil {
		return f, err
	}
	return f, f.loadForm(ctx, v)
}

// clip is as much of a text as could be stored.
func clip(text string) string { return strings.ToValidUTF8(text[:min(len(text), access.MaxText)], "") }

// loadForm fills in what tickets of the chosen project can be filled in with.
func (f *Form) loadForm(ctx context.Context, v *site.Visit) error {
	if f.ProviderID == "" || f.ProjectID == "" || f.Trouble != "" {
		return nil
	}
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	types, fields, err := f.described(ctx, v)
	for _, t := range types {
		f.Types = append(f.Types, ui.Option{Value: t.ID, Label: t.Name})
	}
	if len(types) == 1 && f.Type == "" {
		f.Type = types[0].ID
		fields, err = v.Propagation.Form(ctx, v.Actor, f.ProviderID, f.ProjectID, f.Type)
	}
	if access.CodeOf(err) == access.Unavailable {
		f.Trouble = troubleOf(err)
		return nil
	}
	f.More = fields
	return err
}

// Word is what a kind of provider calls a project: "Queue".
func Word(v *site.Visit, kind string) string {
	for _, k := range v.Propagation.Kinds() {
		if k.Kind == kind && k.Project != "" {
			return part.Capital(k.Project)
		}
	}
	return "Project"
}

// loadProjects fills in the projects of the chosen provider. The stored one stays
// a choice also when the provider does not list it.
func (f *Form) loadProjects(v *site.Visit) error {
	if f.ProviderID == "" {
		return nil
	}
	var err error
	if f.Projects, f.Trouble, err = Projects(v, f.ProviderID); err != nil {
		return err
	}
	switch {
	case slices.ContainsFunc(f.Projects, func(o ui.Option) bool { return o.Value == f.ProjectID }):
	case !f.moved() && f.was.TicketProjectID != "":
		f.ProjectID = f.was.TicketProjectID
		f.Projects = append(f.Projects, f.stored())
	case len(f.Projects) == 1:
		f.ProjectID = f.Projects[0].Value
	default:
		f.ProjectID = ""
	}
	return nil
}

func (f *Form) stored() ui.Option {
	label := f.was.TicketProjectName + " (stored)"
	if f.Trouble == "" {
		label = f.was.TicketProjectName + " (not there any more)"
	}
	return ui.Option{Value: f.was.TicketProjectID, Label: label}
}

// Projects are where tickets can go at a provider, for a control. trouble says why
// they are not known now.
func Projects(v *site.Visit, providerID string) (all []ui.Option, trouble string, err error) {
	projects, err := projectsOf(v.R.Context(), v, providerID)
	if code := access.CodeOf(err); code == access.Unavailable || code == access.Conflict { // it cannot be opened
		return nil, troubleOf(err), nil
	}
	for _, p := range projects {
		all = append(all, ui.Option{Value: p.ID, Label: p.Name})
	}
	return all, "", err
}

func projectsOf(ctx context.Context, v *site.Visit, providerID string) ([]ticket.Project, error) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	return v.Propagation.Projects(ctx, v.Actor, providerID)
}

func troubleOf(err error) string {
	if _, sentence, ok := site.Problems(err); ok {
		return sentence
	}
	return "it does not answer"
}

// sentence words a finding: one of a field begins with its name.
func (f *Form) sentence(x ticket.Finding) string {
	for _, m := range f.More {
		if x.Field == "fields."+m.ID {
			return part.Capital(m.Name) + " " + x.Problem
		}
	}
	for _, stored := range f.was.TicketForm.Fields {
		if x.Field == "fields."+stored.ID {
			return stored.Name + " " + x.Problem
		}
	}
	return x.Problem
}

// Check asks the provider what is missing to file tickets, and notes it.
func (f *Form) Check(v *site.Visit) error {
	if f.ProviderID == "" || f.ProjectID == "" {
		f.Mistakes = part.Mistake(fieldProvider, "and where tickets go must be chosen before a check")
		return nil
	}
	ctx, stop := context.WithTimeout(v.R.Context(), 3*patience)
	defer stop()
	form, err := f.form(ctx, v)
	if fields, sentence, ok := site.Problems(err); ok {
		f.Checked, f.Findings = true, slices.Collect(maps.Values(fields))
		if sentence != "" {
			f.Findings = append(f.Findings, sentence)
		}
		return nil
	}
	if err != nil {
		return err
	}
	findings, err := v.Propagation.CheckPolicy(ctx, v.Actor, f.policy(form))
	if err != nil {
		return err
	}
	f.Checked = true
	for _, x := range findings {
		f.Findings = append(f.Findings, f.sentence(x))
	}
	return nil
}
