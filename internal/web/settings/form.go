package settings

import (
	"cmp"
	"net/url"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/ticket"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// formModel is the page of one ticket provider, or of a new one.
type formModel struct {
	id        string // "" for a new one
	kind      string
	kindName  string
	about     string
	help      string // HTML
	title     string
	name      ui.Input
	fields    []fieldModel
	builtIn   bool
	health    health
	polled    time.Time
	uses      []string
	open      int // tickets
	check     check
	problem   string // what is wrong with none of the fields
	projects  string // what this kind calls a project: "queue"
	mayManage bool
	listens   bool             // it can have a webhook
	lacking   []access.Finding // what the last preflight found
	checkedAt time.Time
	anyway    *ui.Check // saves whatever the preflight finds; nil until one refused
	now       time.Time
}

// fieldModel is one setting.
type fieldModel struct {
	spec   ticket.Field
	field  string // the control's name
	input  ui.Input
	choice *ui.Select // instead of input, for a choice
}

// check is what a check found.
type check struct {
	done     bool
	findings []string // in words
	projects []ticket.Project
	project  string
}

func (m formModel) url() string { return "/settings/providers/" + m.id }

func (m formModel) tabs() []ui.Tab { return frame{id: m.id, listens: m.listens}.tabs() }

// action is where the form is sent.
func (m formModel) action() string {
	if m.id == "" {
		return "/settings/providers/new"
	}
	return m.url()
}

func newForm(spec ticket.Spec) formModel {
	m := formModel{kind: spec.Kind, kindName: spec.Name, about: spec.About, title: "Add " + spec.Name, help: markdown(spec.Help), projects: spec.Project}
	m.name = ui.Input{Field: nameField, Value: spec.Name}
	for _, f := range spec.Settings() {
		m.fields = append(m.fields, control(f, f.Default, false))
	}
	return m
}

func editForm(p access.TicketProvider, spec ticket.Spec, uses []string, open int) formModel {
	m := formModel{
		id: p.ID, kind: p.Kind, kindName: cmp.Or(spec.Name, p.Kind), about: spec.About, title: p.Name, help: markdown(spec.Help),
		projects: cmp.Or(spec.Project, "project"), builtIn: p.ID == access.BuiltInProviderID, health: healthOf(p), uses: uses, open: open,
	}
	m.name = ui.Input{Field: nameField, Value: p.Name}
	if p.PolledAt != nil {
		m.polled = *p.PolledAt
	}
	if m.lacking = p.Findings; p.CheckedAt != nil {
		m.checkedAt = *p.CheckedAt
	}
	for _, f := range spec.Settings() {
		m.fields = append(m.fields, control(f, p.Settings[f.Name], p.Secrets != ""))
	}
	return m
}

var nameField = ui.Field{Name: "name", Label: "Name", Required: true, Help: "How people see it on apps, tickets and buttons."}

// control draws a setting. A secret is never shown again.
func control(f ticket.Field, value string, stored bool) fieldModel {
	m := fieldModel{spec: f, field: "settings." + f.Name}
	m.input = ui.Input{
		Field:       ui.Field{Name: m.field, Label: f.Label, Help: f.Help, Required: f.Required},
		Placeholder: f.Placeholder, Value: value, Autocomplete: "off",
	}
	switch f.Type {
	case ticket.Secret:
		m.input.Type, m.input.Value, m.input.Autocomplete, m.input.Mono = "password", "", "new-password", true
		if stored {
			m.input.Placeholder = "Stored"
			m.input.Help = strings.TrimSpace(f.Help + " It is stored, and never shown again: leave empty to keep it.")
			m.input.Required = false
		}
	case ticket.URL:
		m.input.Type = "url"
	case ticket.Select:
		m.choice = &ui.Select{Field: m.input.Field, Value: cmp.Or(value, f.Default)}
		for _, o := range f.Options {
			m.choice.Options = append(m.choice.Options, ui.Option{Value: o.ID, Label: o.Name})
		}
	case ticket.Count:
		m.input.Type = "number"
	case ticket.Text:
	}
	return m
}

// shown is the field of whichever control is shown.
func (f *fieldModel) shown() *ui.Field {
	if f.choice != nil {
		return &f.choice.Field
	}
	return &f.input.Field
}

// fill keeps what was typed, but for secrets.
func (m *formModel) fill(form url.Values) {
	m.name.Value = form.Get("name")
	for i := range m.fields {
		if f := &m.fields[i]; f.spec.Type != ticket.Secret {
			f.input.Value = form.Get(f.field)
			if f.choice != nil {
				f.choice.Value = form.Get(f.field)
			}
		}
	}
	if m.anyway != nil {
		m.anyway.Checked = form.Has("save_anyway")
	}
}

// blame writes what is wrong beside the fields.
func (m *formModel) blame(fields map[string]string) {
	m.name.Error = fields["name"]
	for i := range m.fields {
		m.fields[i].shown().Error = fields[m.fields[i].field]
	}
	if problem, ok := fields["preflight"]; ok {
		m.anyway = &ui.Check{Field: ui.Field{
			Name: "save_anyway", Label: "Save it all the same", Error: site.Sentence(problem), Help: "Until it is set right, tickets may be refused.",
		}}
	}
}

// found writes findings into the list, and beside the settings they belong to.
func (m *formModel) found(findings []ticket.Finding) {
	for _, f := range findings {
		text := site.Sentence(f.Problem)
		for i := range m.fields {
			if at := &m.fields[i]; at.spec.Name == f.Field {
				at.shown().Error = strings.TrimSpace(at.shown().Error + " " + text)
				text = at.spec.Label + ": " + text
				break
			}
		}
		m.check.findings = append(m.check.findings, text)
	}
}

// mistakes lists what is wrong with the fields, for the summary above the form.
func (m formModel) mistakes() []ui.Problem {
	if m.check.done {
		return nil // a check saves nothing, so nothing was refused
	}
	all := []ui.Field{m.name.Field}
	for _, f := range m.fields {
		all = append(all, *f.shown())
	}
	if m.anyway != nil {
		all = append(all, m.anyway.Field)
	}
	return ui.Problems(all...)
}
