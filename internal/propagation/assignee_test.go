package propagation_test

import (
	"testing"

	"admit/internal/access"
	"admit/internal/ticket"
)

// reassign gives the n-th ticket to somebody, as its system shows them.
func (p *paper) reassign(n int, a ticket.Account) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.tickets[n-1]
	t.Assignee, t.UpdatedAt = a, p.now()
}

// TestReassigned: whoever has the ticket now may work on it, and nobody else: by
// the account an admin chose, by the one that was looked up, by e-mail, or by
// nothing where the system shows no more than an account nobody knows.
func TestReassigned(t *testing.T) {
	onBoth(t, func(w *world) {
		w.must(w.eng.ChooseAccount(w.Context(), w.admin, w.payroll, w.ben.UserID, ticket.Account{ID: "u-77", Name: "Benjamin"}))
		w.add()
		w.file()
		for _, step := range []struct {
			to    ticket.Account
			name  string
			email string
			who   string // our user's id
		}{
			{ticket.Account{ID: "u-77"}, "Benjamin", "", w.ben.UserID},
			{ticket.Account{ID: "ana", Name: "Ana at work", Email: "ana@example.com"}, "Ana at work", "ana@example.com", w.ana.UserID},
			{ticket.Account{ID: "u-9", Name: "agent 9"}, "agent 9", "", ""},
			{ticket.Account{ID: "u-9", Name: "agent 9"}, "agent 9", "", ""},
			{ticket.Account{ID: "admin", Name: "admin"}, "admin", "admin@example.com", w.admin.UserID},
			{ticket.Account{}, "", "", ""},
			{ticket.Account{ID: "u-8"}, "", "", ""},
			{ticket.Account{}, "", "", ""},
		} {
			w.paper.reassign(1, step.to)
			w.poll()
			h := w.expect(access.Open, access.Absent)
			who := ""
			if h.Ticket.AssigneeID != nil {
				who = *h.Ticket.AssigneeID
			}
			if h.Ticket.AssigneeAccount != step.to.ID {
				t.Errorf("the account is %q, want %q", h.Ticket.AssigneeAccount, step.to.ID)
			}
			if h.Ticket.AssigneeName != step.name || h.Ticket.AssigneeEmail != step.email || who != step.who {
				t.Errorf("%+v: assigned to %q, %q, our user %q; want %q, %q, %q",
					step.to, h.Ticket.AssigneeName, h.Ticket.AssigneeEmail, who, step.name, step.email, step.who)
			}
		}
	})
}
