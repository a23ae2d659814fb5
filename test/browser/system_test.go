package browser

import (
	"slices"
	"strings"
	"testing"

	"admit/internal/access"
	"admit/internal/testkit"
	"admit/internal/testkit/browser"
	"admit/internal/ticket"
	"admit/internal/ticket/tickettest"
	"admit/test/systems"
)

// TestGuideOnEverySystem follows the guide on the fake server of every kind of
// provider.
func TestGuideOnEverySystem(t *testing.T) {
	t.Parallel()
	for _, f := range systems.All() {
		t.Run(f.Spec().Kind, func(t *testing.T) {
			t.Parallel()
			guide(t, testkit.SQLite(t), newFaked(t, f.Spec(), f.Start(t)))
		})
	}
}

// faked is a ticket system that the suite's System stands for.
type faked struct {
	tickettest.System
	spec    ticket.Spec
	project string // its name
	account ticket.Account
}

func newFaked(t *testing.T, spec ticket.Spec, sys tickettest.System) *faked {
	t.Helper()
	p := tickettest.Open(t, spec, sys.Settings)
	projects, err := p.Projects(t.Context())
	i := slices.IndexFunc(projects, func(x ticket.Project) bool { return x.ID == sys.Project })
	if err != nil || i < 0 {
		t.Fatalf("no project %s in %v, %v", sys.Project, projects, err)
	}
	account, ok, err := p.Account(t.Context(), sys.Project, sys.Assignable)
	if err != nil || !ok {
		t.Fatalf("no account of %s: %v", sys.Assignable, err)
	}
	return &faked{System: sys, spec: spec, project: projects[i].Name, account: account}
}

func (f *faked) names() (provider, project string) { return f.spec.Name, f.project }
func (f *faked) picture(name string) string        { return f.spec.Kind + "-" + name }
func (f *faked) mayAssign(t access.Ticket) bool    { return t.AssigneeName == f.account.Name }

// setUp: Ada adds the provider. The admins of My Role have no account there by
// the address they have here: she says whom they are.
func (f *faked) setUp(s *story) {
	w := s.ada
	w.Visit("/settings/providers/new?kind=" + f.spec.Kind)
	for _, field := range f.spec.Fields {
		if value := f.Settings[field.Name]; value != "" {
			w.Fill("settings."+field.Name, label(field, value))
		}
	}
	if f.spec.Rate.Calls > 0 {
		w.Fill("settings.calls_per_minute", "10000") // a story is quicker than people
	}
	w.Shoot(f.picture("provider"))
	w.Click("Add")
	w.Until(`/^\/settings\/providers\/[0-9a-f-]{36}/.test(location.pathname)`)
	w.Click("Check")
	w.Says("All is well")
	w.Shoot(f.picture("provider-checked"))
	id := strings.Split(browser.Evaluate[string](w, "location.pathname"), "/")[3]
	for _, email := range []string{"ana@example.com", "ben@example.com", "chen@example.com"} {
		if err := s.server.Propagation.ChooseAccount(s.Context(), s.admin(), id, s.user(email), f.account); err != nil {
			s.Fatal(err)
		}
	}
	w.Visit("/settings/providers/" + id + "/statuses")
	w.Shoot(f.picture("statuses"))
	w.Visit("/settings/providers/" + id + "/people")
	w.Shoot(f.picture("people"))
}

// label is what one chooses a value by.
func label(f ticket.Field, value string) string {
	for _, o := range f.Options {
		if o.ID == value {
			return o.Name
		}
	}
	return value
}

// choose: a type, if tickets have types, and what is required of it.
func (f *faked) choose(s *story) {
	w := s.ada
	const settled = `!document.querySelector(".htmx-request, .htmx-settling, .htmx-swapping")`
	w.Until(settled)
	if f.Type != "" {
		w.Until(`document.querySelector("[name='tickets.type_id']")`)
		name := browser.Evaluate[string](w, `[...document.querySelector("[name='tickets.type_id']").options].find((o) => o.value === "`+f.Type+`").text.trim()`)
		w.Fill("tickets.type_id", name)
		w.Until(settled)
	}
	for _, name := range browser.Evaluate[[]string](w, `[...document.querySelectorAll("select[name^='tickets.fields.'][required]")].map((e) => e.name)`) {
		w.Fill(name, browser.Evaluate[string](w, `document.querySelector("[name='`+name+`']").options[1].text.trim()`))
	}
	w.Until(settled)
}

// link: the modal leads to the ticket.
func (f *faked) link(w *browser.Window) {
	w.Says("Open in " + f.spec.Name)
	w.Until(`document.querySelector("dialog[open] a[href^='http'][target]")`)
}

// finish: the assignee ends the ticket with yes.
func (f *faked) finish(s *story, _ string) { f.Fulfiller.Done(s.T, s.openTicket().RemoteID) }
