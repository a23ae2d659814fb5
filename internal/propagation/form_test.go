package propagation_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/job"
	"admit/internal/propagation"
	"admit/internal/ticket"
)

// fillIn says what the app's tickets are filled in with.
func (w *world) fillIn(f access.TicketForm) {
	w.Helper()
	_, err := w.inv.UpdateApp(w.Context(), w.admin, w.app, inventory.AppPatch{Tickets: inventory.TicketPatch{Form: &f}})
	w.must(err)
}

func TestTicketIsFilledIn(t *testing.T) {
	onBoth(t, func(w *world) {
		w.fillIn(access.TicketForm{
			TypeID: "task", Title: "Access: {{user_email}} {{state}} {{resource}}", Body: "Hello.\n\n- {{reason}}\n- {{link}}",
			Fields: []access.TicketField{
				{ID: "due", Name: "Due", Entry: "date", Value: "3"},
				{ID: "team", Name: "Team", Entry: "choice", Value: "7"},
				{ID: "who", Name: "Who", Entry: "line", Value: "for {{user_email}}"},
				{ID: "empty", Name: "Empty", Entry: "line", Value: "{{level}}"},
			},
		})
		w.must(w.inv.AddHolder(w.Context(), w.admin, w.at(), "*urgent* <b>&</b> @ops\n# not a heading", nil))
		w.file()
		d := w.paper.drafts[0]
		want := map[string]string{"due": "2026-03-05", "team": "7", "who": "for josh@example.com"}
		if diff := cmp.Diff(want, d.Fields); diff != "" || d.Type != "task" {
			t.Errorf("type %q, fields:\n%s", d.Type, diff)
		}
		if d.Title != "Access: josh@example.com HAS My Role" {
			t.Errorf("title %q", d.Title)
		}
		if !strings.HasPrefix(d.Body, "Hello.\n\n- \\*urgent\\*") || strings.Contains(d.Body, "\n# not") || !strings.HasSuffix(d.Body, "\n\nAdmit key: "+d.Key) {
			t.Errorf("body %q", d.Body)
		}
	})
}

func TestRefusedFieldIsLeftOut(t *testing.T) {
	onBoth(t, func(w *world) {
		w.fillIn(access.TicketForm{Fields: []access.TicketField{
			{ID: "prio", Name: "Priority", Entry: "choice", Value: "high"}, {ID: "team", Name: "Team", Entry: "choice", Value: "7"},
		}})
		w.paper.refuse = map[string]string{"prio": "priority is not on this screen"}
		w.add()
		w.file()
		h := w.expect(access.Open, access.Absent)
		w.tickets(1, 1)
		last := w.paper.drafts[len(w.paper.drafts)-1]
		if last.Fields["team"] != "7" || last.Fields["prio"] != "" || last.Assignee.ID == "" {
			t.Errorf("filed with %v for %q, want all but the priority", last.Fields, last.Assignee.ID)
		}
		if !strings.Contains(h.Ticket.Note, "without Priority") || !strings.Contains(h.Ticket.Note, "not on this screen") {
			t.Errorf("the ticket says %q", h.Ticket.Note)
		}
	})
}

func TestDroppedFieldIsTold(t *testing.T) {
	onBoth(t, func(w *world) {
		w.fillIn(access.TicketForm{Fields: []access.TicketField{{ID: "labels", Name: "Labels", Entry: "tags", Value: "access"}}})
		w.paper.keep = map[string]bool{}
		w.add()
		w.file()
		if h := w.expect(access.Open, access.Absent); !strings.Contains(h.Ticket.Note, "did not keep labels") {
			t.Errorf("the ticket says %q", h.Ticket.Note)
		}
	})
}

func TestFormStaysWithItsProject(t *testing.T) {
	onBoth(t, func(w *world) {
		w.fillIn(access.TicketForm{TypeID: "task", Title: "{{app}}", Fields: []access.TicketField{{ID: "a", Entry: "line", Value: "x"}}})
		other := "p2"
		app, err := w.inv.UpdateApp(w.Context(), w.admin, w.app, inventory.AppPatch{Tickets: inventory.TicketPatch{ProjectID: &other}})
		w.must(err)
		if f := app.TicketForm; f.TypeID != "" || len(f.Fields) != 0 || f.Title != "{{app}}" {
			t.Errorf("the form went along to another project: %+v", f)
		}
	})
}

func TestFormIsChecked(t *testing.T) {
	onBoth(t, func(w *world) {
		for name, f := range map[string]access.TicketForm{
			"tickets.title":    {Title: "{{user}}"},
			"tickets.body":     {Body: "{{link"},
			"tickets.fields.d": {Fields: []access.TicketField{{ID: "d", Entry: "date", Value: "tomorrow"}}},
			"tickets.fields.n": {Fields: []access.TicketField{{ID: "n", Entry: "number", Value: "many"}}},
			"tickets.fields.x": {Fields: []access.TicketField{{ID: "x", Entry: "number", Value: "NaN"}}},
			"tickets.fields.y": {Fields: []access.TicketField{{ID: "y", Entry: "number", Value: "0x1p4"}}},
			"tickets.fields.e": {Fields: []access.TicketField{{ID: "e", Entry: "picture", Value: "x"}}},
			"tickets.fields.v": {Fields: []access.TicketField{{ID: "v", Entry: "line"}}},
			"tickets.fields":   {Fields: make([]access.TicketField, 101)},
		} {
			_, err := w.inv.UpdateApp(w.Context(), w.admin, w.app, inventory.AppPatch{Tickets: inventory.TicketPatch{Form: &f}})
			if access.CodeOf(err) != access.Invalid || !strings.Contains(err.Error(), name+" ") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestPreflightOfAPolicy(t *testing.T) {
	onBoth(t, func(w *world) {
		w.paper.form = []ticket.FormField{
			{ID: "team", Name: "Team", Entry: ticket.Choice, Required: true, Options: []ticket.Option{{ID: "7", Name: "Seven"}}},
			{ID: "due", Name: "Due", Entry: ticket.Date},
		}
		policy := access.TicketPolicy{TicketsEnabled: true, TicketProviderID: &w.payroll, TicketProjectID: "p1"}
		for says, fields := range map[string][]access.TicketField{
			"":                                {{ID: "team", Value: "7"}, {ID: "due", Value: "3"}},
			"is required":                     nil,
			"must be one of the choices":      {{ID: "team", Value: "8"}},
			"is not a field of these tickets": {{ID: "team", Value: "7"}, {ID: "gone", Name: "Gone", Value: "x"}},
			"must be a number of days":        {{ID: "team", Value: "7"}, {ID: "due", Value: "soon"}},
		} {
			policy.TicketForm.Fields = fields
			found, err := w.eng.CheckPolicy(w.Context(), w.admin, policy)
			if err != nil || (len(found) == 0) != (says == "") || says != "" && !strings.Contains(found[0].Problem, says) {
				t.Errorf("found %v, %v; want %q", found, err, says)
			}
		}
	})
}

func TestNightlyPreflight(t *testing.T) {
	onBoth(t, func(w *world) {
		w.paper.findings = []ticket.Finding{{Field: "token", Problem: "the token ends tomorrow"}}
		w.must(w.eng.Tick(w.Context()))
		if n := w.jobs("provider.check"); n != 0 {
			t.Errorf("checked %d times on the first day", n)
		}
		for range 2 {
			w.advance(25 * 60 * 60 * 1e9)
			w.must(w.eng.Tick(w.Context()))
			if n := w.jobs("provider.check"); n != 1 {
				t.Errorf("checked %d times, want once", n)
			}
		}
		p, err := w.eng.Provider(w.Context(), w.admin, w.payroll)
		w.must(err)
		if len(p.Findings) != 1 || p.Findings[0].Field != "token" || p.CheckedAt == nil {
			t.Errorf("found %+v at %v", p.Findings, p.CheckedAt)
		}
		if n := w.events(access.ProviderLacking); n != 1 {
			t.Errorf("%d events for the same finding twice, want one", n)
		}
	})
}

func TestPreflightBeforeSaving(t *testing.T) {
	onBoth(t, func(w *world) {
		w.paper.findings = []ticket.Finding{{Field: "token", Problem: "is not known there"}, {Problem: "the account is locked"}}
		params := propagation.ProviderParams{Kind: "paper", Name: "Another"}
		_, err := w.eng.CreateProvider(w.Context(), w.admin, params)
		if access.CodeOf(err) != access.Invalid || !strings.Contains(err.Error(), "settings.token is not known there") || !strings.Contains(err.Error(), "preflight the account is locked") {
			t.Errorf("got %v", err)
		}
		params.SaveAnyway = true
		row, err := w.eng.CreateProvider(w.Context(), w.admin, params)
		w.must(err)
		w.settle()
		w.jobs(job.Check{}.Kind())
		if row, err = w.eng.Provider(w.Context(), w.admin, row.ID); err != nil || len(row.Findings) != 2 {
			t.Errorf("saved anyway, it lacks %+v, %v", row.Findings, err)
		}
	})
}

func TestChosenAccount(t *testing.T) {
	onBoth(t, func(w *world) {
		w.must(w.eng.ChooseAccount(w.Context(), w.admin, w.payroll, w.admin.UserID, ticket.Account{ID: "boss", Name: "The Boss"}))
		w.add()
		w.file()
		if a := w.paper.drafts[0].Assignee; a.ID != "boss" {
			t.Errorf("assigned to %+v, want the account that was chosen", a)
		}
		known, err := w.eng.Accounts(w.Context(), w.admin, w.payroll)
		w.must(err)
		if len(known) != 3 || known[0].UserEmail != "admin@example.com" || !known[0].Chosen || known[0].Name != "The Boss" || known[1].LookedAt != nil {
			t.Errorf("the accounts are %+v", known)
		}
		w.must(w.eng.ForgetAccount(w.Context(), w.admin, w.payroll, w.admin.UserID))
		w.remove()
		w.file()
		if err := w.eng.ChooseAccount(w.Context(), w.ana, w.payroll, w.admin.UserID, ticket.Account{}); access.CodeOf(err) != access.Forbidden {
			t.Errorf("a resource admin chose: %v", err)
		}
	})
}
