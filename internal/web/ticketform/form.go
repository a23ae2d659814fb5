package ticketform

import (
	"context"
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
	Trouble   string // why the projects are not known
	Title     string // of the ticket in the preview
	Body      string
	Mistakes  part.Mistakes
	Checked   bool
	Findings  []string

	providerName string
}

// Fields are the controls, for the summary of mistakes.
func (f Form) Fields() []ui.Field {
	return []ui.Field{f.providerField(), f.projectField(), f.grantField(), f.removalField(), f.instructionsField()}
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
			f.Word = word(v.Propagation.Kinds(), p.Kind)
		}
	}
	if f.providerName == "" {
		f.ProviderID, f.ProjectID = "", ""
	}
	f.Title, f.Body = propagation.Preview(appName, f.Instructions[:min(len(f.Instructions), access.MaxText)], access.TicketForm{})
	return f, f.loadProjects(ctx, v)
}

func word(kinds []ticket.Spec, kind string) string {
	for _, k := range kinds {
		if k.Kind == kind && k.Project != "" {
			return part.Capital(k.Project)
		}
	}
	return "Project"
}

// loadProjects fills in the projects of the chosen provider. The stored one stays
// a choice also when the provider does not list it.
func (f *Form) loadProjects(ctx context.Context, v *site.Visit) error {
	if f.ProviderID == "" {
		return nil
	}
	projects, err := projectsOf(ctx, v, f.ProviderID)
	switch access.CodeOf(err) {
	case access.Unavailable:
		f.Trouble = trouble(err)
	default:
		if err != nil {
			return err
		}
	}
	listed := false
	for _, p := range projects {
		f.Projects = append(f.Projects, ui.Option{Value: p.ID, Label: p.Name})
		listed = listed || p.ID == f.ProjectID
	}
	switch {
	case listed:
	case !f.moved() && f.was.TicketProjectID != "":
		f.ProjectID = f.was.TicketProjectID
		f.Projects = append(f.Projects, f.stored())
	case len(projects) == 1:
		f.ProjectID = projects[0].ID
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

func projectsOf(ctx context.Context, v *site.Visit, providerID string) ([]ticket.Project, error) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	return v.Propagation.Projects(ctx, v.Actor, providerID)
}

func trouble(err error) string {
	if _, sentence, ok := site.Problems(err); ok {
		return sentence
	}
	return "it does not answer"
}

// ProjectName returns the name of the chosen project, for the patch. Of a
// provider chosen anew the project must be one it lists: the list one chose from
// may have been that of another provider.
func (in Input) ProjectName(v *site.Visit) (string, error) {
	if !in.Enabled || in.ProviderID == "" || in.ProjectID == "" || !in.moved() && in.ProjectID == in.was.TicketProjectID {
		return "", nil
	}
	projects, err := projectsOf(v.R.Context(), v, in.ProviderID)
	switch access.CodeOf(err) {
	case access.Unavailable:
		return "", access.Problems{fieldProject: "cannot be chosen now: " + trouble(err)}.Err()
	case access.NotFound:
		return "", access.Problems{fieldProvider: "does not exist any more"}.Err()
	default:
		if err != nil {
			return "", err
		}
	}
	for _, p := range projects {
		if p.ID == in.ProjectID {
			return p.Name, nil
		}
	}
	return "", access.Problems{fieldProject: "is not one of this ticket provider; choose again"}.Err()
}

// Check asks the provider what is missing to file tickets, and notes it.
func (f *Form) Check(v *site.Visit) error {
	if f.ProviderID == "" || f.ProjectID == "" {
		f.Mistakes = part.Mistake(fieldProvider, "and where tickets go must be chosen before a check")
		return nil
	}
	ctx, stop := context.WithTimeout(v.R.Context(), 3*patience)
	defer stop()
	findings, err := v.Propagation.CheckProvider(ctx, v.Actor, f.ProviderID, f.ProjectID)
	if err != nil {
		return err
	}
	f.Checked = true
	for _, x := range findings {
		f.Findings = append(f.Findings, x.Problem)
	}
	return nil
}
