package resources

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/web/part"
	"admit/internal/web/ticketform"
	"admit/internal/web/ui"
)

// newInput is what is entered for a new resource.
type newInput struct{ App, Name, Description string }

type newView struct {
	app         ui.Select
	name        ui.Input
	description ui.Textarea
	wrong       []ui.Problem
}

func newModel(in newInput, wrong part.Mistakes, apps []access.App) newView {
	n := newView{app: ui.Select{Field: ui.Field{Name: "app_id", Label: "App", Required: true, Error: wrong.Of("app_id")}, Value: in.App, Empty: "Choose an app"}}
	for _, a := range apps {
		n.app.Options = append(n.app.Options, ui.Option{Value: a.ID, Label: a.Name})
	}
	n.name = nameInput(in.Name, wrong)
	n.description = descriptionInput(in.Description, wrong)
	n.wrong = wrong.Summary(n.app.Field, n.name.Field, n.description.Field)
	return n
}

func nameInput(value string, wrong part.Mistakes) ui.Input {
	return ui.Input{Field: ui.Field{Name: "name", Label: "Name", Required: true, Error: wrong.Of("name")}, Value: value, Autocomplete: "off"}
}

func descriptionInput(value string, wrong part.Mistakes) ui.Textarea {
	return ui.Textarea{Field: ui.Field{Name: "description", Label: "Description", Error: wrong.Of("description"), Help: "What one can do with it. It stands in the catalog."}, Value: value}
}

// input is what the settings of a resource hold, as they are entered.
type input struct {
	Name, Description, Admins string
	Reviewers                 []string
	Requestable, AutoApprove  bool
	Max, Usual                string // minutes; "" is without
	Levels                    string // a line each
	Risk                      string
	Overrides                 bool
	Tickets                   ticketform.Input
}

func stored(t thing) input {
	in := input{
		Name: t.Name, Description: t.Description, Admins: t.AdminOwnerID, Requestable: t.Requestable, AutoApprove: t.AutoApprove,
		Max: minutesText(t.MaxMinutes), Usual: minutesText(t.RecommendedMinutes), Levels: levelLines(t.Levels),
		Risk: string(t.Risk), Overrides: t.OverridesTickets, Tickets: ticketform.Stored(t.TicketPolicy),
	}
	for _, o := range t.Reviewers {
		in.Reviewers = append(in.Reviewers, o.ID)
	}
	return in
}

func read(form url.Values, t thing) input {
	in := input{
		Name: form.Get("name"), Description: form.Get("description"), Admins: form.Get("admin_owner_id"),
		Requestable: form.Has("requestable"), AutoApprove: form.Has("auto_approve"), Max: form.Get("max_duration"),
		Usual: form.Get("recommended_duration"), Levels: form.Get("access_levels"), Risk: form.Get("risk"), Overrides: form.Get("overrides") == "own",
		Tickets: ticketform.Stored(t.TicketPolicy),
	}
	switch {
	case form.Has("tickets.form"):
		in.Tickets = ticketform.Read(form, t.TicketPolicy)
	case in.Overrides && !t.OverridesTickets:
		in.Tickets = ticketform.Suggested(t.App.TicketPolicy, t.TicketPolicy)
	}
	for _, id := range form["reviewers"] {
		if id != "" {
			in.Reviewers = append(in.Reviewers, id)
		}
	}
	if i, err := strconv.Atoi(form.Get("up")); err == nil && i > 0 && i < len(in.Reviewers) {
		in.Reviewers[i-1], in.Reviewers[i] = in.Reviewers[i], in.Reviewers[i-1]
	}
	return in
}

func (in input) patch(id string, tickets inventory.TicketPatch) inventory.ResourcePatch {
	levels, risk := parseLevels(in.Levels), access.Risk(in.Risk)
	limit, usual := minutes(in.Max), minutes(in.Usual)
	reviewers := in.Reviewers
	if reviewers == nil {
		reviewers = []string{}
	}
	return inventory.ResourcePatch{
		ID: id, Name: &in.Name, Description: &in.Description, AdminOwnerID: &in.Admins, Requestable: &in.Requestable, AutoApprove: &in.AutoApprove,
		MaxMinutes: &limit, RecommendedMinutes: &usual, ReviewerIDs: &reviewers, Levels: &levels, OverridesTickets: &in.Overrides, Risk: &risk,
		Tickets: tickets,
	}
}

// minutes reads a choice; -1 is without. What is no number is 0, which the use
// case refuses.
func minutes(s string) int {
	if s == "" {
		return -1
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

func minutesText(m *int) string {
	if m == nil {
		return ""
	}
	return strconv.Itoa(*m)
}

// levelLines writes access levels a line each: "write = Write", or the one word
// if both are the same.
func levelLines(levels []access.Level) string {
	lines := make([]string, len(levels))
	for i, l := range levels {
		lines[i] = l.ID
		if l.Name != l.ID {
			lines[i] = l.ID + " = " + l.Name
		}
	}
	return strings.Join(lines, "\n")
}

func parseLevels(text string) []access.Level {
	levels := []access.Level{}
	for line := range strings.SplitSeq(text, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		id, name, _ := strings.Cut(line, "=")
		levels = append(levels, access.Level{ID: strings.TrimSpace(id), Name: strings.TrimSpace(name)})
	}
	return levels
}

// editView is the form of the settings.
type editView struct {
	name        ui.Input
	description ui.Textarea
	admins      ui.Select
	requestable ui.Check
	auto        ui.Check
	reviewers   []ui.Select
	reviewerErr string
	longest     ui.Select
	usual       ui.Select
	levels      ui.Textarea
	risk        ui.Radio
	overrides   ui.Radio
	own         bool
	tickets     ticketform.Form
	appTickets  string
	previewURL  string
	wrong       []ui.Problem
}

func (e editView) fields() []ui.Field {
	all := []ui.Field{
		e.name.Field, e.description.Field, e.admins.Field,
		{Name: "reviewers", ID: "reviewers-1", Label: "Reviewers", Error: e.reviewerErr},
		e.longest.Field, e.usual.Field, e.levels.Field, e.risk.Field,
	}
	if e.own {
		all = append(all, e.tickets.Fields()...)
	}
	return all
}

func editModel(t thing, in input, wrong part.Mistakes, owners []access.Owner) editView {
	options := make([]ui.Option, len(owners))
	for i, o := range owners {
		options[i] = ui.Option{Value: o.ID, Label: o.Name}
	}
	e := editView{
		name: nameInput(in.Name, wrong), description: descriptionInput(in.Description, wrong), own: in.Overrides,
		reviewerErr: wrong.Of("reviewers"), previewURL: t.url() + "/preview",
		admins: ui.Select{Field: ui.Field{
			Name: "admin_owner_id", Label: "Admins", Required: true, Error: wrong.Of("admin_owner_id"),
			Help: "These make the changes and may edit this resource. A ticket goes to one of them.",
		}, Value: in.Admins, Options: options},
		requestable: ui.Check{Field: ui.Field{Name: "requestable", Label: "People can ask for it", Help: "Otherwise its admins give it by hand, and it is not in the catalog."}, Checked: in.Requestable},
		auto:        ui.Check{Field: ui.Field{Name: "auto_approve", Label: "Approve at once", Help: "Nobody reviews."}, Checked: in.AutoApprove},
		longest:     durationSelect("max_duration", "At most for", "No limit", in.Max, wrong),
		usual:       durationSelect("recommended_duration", "Usually for", "What the person chooses", in.Usual, wrong),
		levels: ui.Textarea{Field: ui.Field{
			Name: "access_levels", Label: "Access levels", Error: wrong.Of("access_levels"),
			Help: "One a line, as \u201cwrite = May change\u201d: a short id, and its name. Without any, one has the resource or not.",
		}, Value: in.Levels, Mono: true},
		risk: ui.Radio{Field: ui.Field{
			Name: "risk", Label: "Risk", Required: true, Error: wrong.Of("risk"),
			Help: "How much harm this access can do. The higher, the sooner people are reminded of its changes, and the sooner these count as late.",
		}, Value: in.Risk, Inline: true, Options: []ui.Option{
			{Value: string(access.LowRisk), Label: "Low"}, {Value: string(access.NormalRisk), Label: "Normal"}, {Value: string(access.HighRisk), Label: "High"},
		}},
		overrides: ui.Radio{Field: ui.Field{Name: "overrides", Label: "How changes are made", Required: true, Attrs: reload(t)}, Value: "app", Options: []ui.Option{
			{Value: "app", Label: "As its app says"}, {Value: "own", Label: "With settings of its own"},
		}},
	}
	if in.Overrides {
		e.overrides.Value = "own"
	}
	for i, id := range append(slices.Clone(in.Reviewers), "") {
		e.reviewers = append(e.reviewers, reviewerSelect(i, id, options))
	}
	return e
}

// reload shows the part about tickets anew as one chooses.
func reload(t thing) map[string]any {
	return map[string]any{
		"hx-post": t.url() + "/preview", "hx-trigger": "change", "hx-target": "#ticket-settings", "hx-select": "#ticket-settings",
		"hx-swap": "outerMorph", "hx-validate": "false",
	}
}

func reviewerSelect(i int, id string, options []ui.Option) ui.Select {
	n := strconv.Itoa(i + 1)
	return ui.Select{
		Field: ui.Field{Name: "reviewers", ID: "reviewers-" + n, Label: "Reviewers, place " + n}, Value: id, Empty: "Nobody", Options: options,
	}
}

func durationSelect(name, label, none, value string, wrong part.Mistakes) ui.Select {
	s := ui.Select{Field: ui.Field{Name: name, Label: label, Error: wrong.Of(name)}, Value: value, Empty: none}
	known := value == ""
	for _, d := range []time.Duration{time.Hour, 8 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour, 90 * 24 * time.Hour, 180 * 24 * time.Hour, 365 * 24 * time.Hour} {
		o := minutesOption(int(d / time.Minute))
		known = known || o.Value == value
		s.Options = append(s.Options, o)
	}
	if n, err := strconv.Atoi(value); !known && err == nil && n > 0 && n <= access.MaxDuration {
		s.Options = append(s.Options, minutesOption(n))
	}
	return s
}
