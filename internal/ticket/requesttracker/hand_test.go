package requesttracker

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"admit/internal/ticket"
)

const never, noon = "1970-01-01T00:00:00Z", "2026-11-23T12:00:00Z"

// TestAssignRefused is refused like a success, as when the service user may not
// take a ticket from its owner.
func TestAssignRefused(t *testing.T) {
	t.Parallel()
	p := faked(t, func(r *http.Request) string {
		if r.Method == http.MethodPut {
			return `["Ticket 7: You can only reassign tickets that you own or that are unowned"]`
		}
		return row(7, "open", never, noon)
	}, nil)
	err := p.Assign(t.Context(), "7", ticket.Account{})
	f := ticket.FailureOf(err)
	if !ticket.IsRefusal(err) || !slices.Equal(f.Fields, []string{ticket.AssigneeField}) {
		t.Errorf("%+v; want a refusal about the assignee", f)
	}
	for _, said := range []string{"You can only reassign", "ReassignTicket"} {
		if !strings.Contains(f.Msg, said) {
			t.Errorf("message %q lacks %q", f.Msg, said)
		}
	}
}

// TestAssignMerged does not touch the ticket that another one was merged into.
func TestAssignMerged(t *testing.T) {
	t.Parallel()
	p := faked(t, func(r *http.Request) string {
		if r.Method != http.MethodGet {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		return row(9, "open", never, noon)
	}, nil)
	for name, err := range map[string]error{
		"Assign": p.Assign(t.Context(), "7", ticket.Account{}), "Complete": p.Complete(t.Context(), "7", "Done by Carol."),
	} {
		if !ticket.IsRefusal(err) {
			t.Errorf("%s: %v; want a refusal", name, err)
		}
	}
}

// TestEndElsewhere has a rule that sets another status than the one asked for.
func TestEndElsewhere(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]ticket.Certainty{"open": ticket.Refused, "rejected": ticket.Ambiguous, "duplicate": ticket.Ambiguous} {
		now, resolved := "new", never
		p := faked(t, func(r *http.Request) string {
			if r.Method == http.MethodPost {
				if now = status; status != "open" {
					resolved = noon
				}
				return `["Comments added"]`
			}
			return row(7, now, resolved, noon)
		}, nil)
		err := p.Complete(t.Context(), "7", "Done by Carol.")
		if f := ticket.FailureOf(err); err == nil || f.Certainty != want || f.Trouble != ticket.Input {
			t.Errorf("it became %s: %+v; want it %s", status, f, want)
		}
	}
}
