package servicenow_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"admit/internal/ticket"
	"admit/internal/ticket/servicenow"
	"admit/internal/ticket/servicenow/servicenowtest"
	"admit/internal/ticket/tickettest"
)

// hands is the provider with what it can do for others.
func hands(t *testing.T, p ticket.Provider) *servicenow.Provider {
	t.Helper()
	whole, ok := p.(*servicenow.Provider)
	if !ok {
		t.Fatalf("%T is not the provider", p)
	}
	return whole
}

const completion = "Done by Carol."

// TestAssignDropped has a column that may not be written, and somebody who left.
func TestAssignDropped(t *testing.T) {
	t.Parallel()
	s, p := fake(t, nil)
	alice, _, err := p.Account(t.Context(), "incident", "alice@example.com")
	if err != nil {
		t.Fatal(err)
	}
	made := create(t, p, draft("incident"))
	s.Protect("assigned_to")
	err = hands(t, p).Assign(t.Context(), made.ID, alice)
	if !ticket.IsRefusal(err) || !slices.Equal(ticket.FailureOf(err).Fields, []string{ticket.AssigneeField}) {
		t.Errorf("given to alice: %v; want a refusal about the assignee", err)
	}
}

// TestCompleteIncident chooses a resolution code.
func TestCompleteIncident(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		settings map[string]string
		spoil    func(*servicenowtest.Server)
		want     string
	}{
		"one that is offered":      {nil, nil, "Solution provided"},
		"one that nobody can read": {nil, func(s *servicenowtest.Server) { s.Deny("sys_choice", true) }, "Solution provided"},
		"the company's own":        {map[string]string{"done_close_code": "Handed over"}, nil, "Handed over"},
	} {
		s, p := fake(t, c.settings)
		made := create(t, p, draft("incident"))
		if c.spoil != nil {
			c.spoil(s)
		}
		if err := hands(t, p).Complete(t.Context(), made.ID, completion); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		stored, got := s.Stored(t, made.ID), read(t, p, made.ID)
		if stored["state"] != "6" || stored["close_code"] != c.want || got.Outcome != ticket.Yes {
			t.Errorf("%s: stored is %v, read %+v; want it resolved with %s", name, stored, got, c.want)
		}
	}
}

// TestCompleteOrder ends what is open of an order, whose flow ends it with its last
// task, and is cut short at each step.
func TestCompleteOrder(t *testing.T) {
	t.Parallel()
	const steps = 3 // the text, the open task, the item
	for cut := range steps + 1 {
		server := servicenowtest.Start(t)
		server.Tasks(2)
		server.Flow()
		s := tickettest.Behind(t, servicenow.Spec(), server.SystemOf(t, ways["order"]))
		made := create(t, s.Provider, draft(ways["order"]))
		server.Set(t, "alice", server.TasksOf(made.ID)[0], map[string]string{"state": "3"})
		left := cut
		s.Proxy.Inject(tickettest.AnswerLost, func(r *http.Request, _ []byte) bool {
			if r.Method == http.MethodPatch {
				left--
			}
			return r.Method == http.MethodPatch && left == 0
		})
		if err := hands(t, s.Provider).Complete(t.Context(), made.ID, completion); (err == nil) != (cut == 0) {
			t.Errorf("cut short at %d: %v", cut, err)
		}
		s.Proxy.Inject(tickettest.None, nil)
		if err := hands(t, s.Provider).Complete(t.Context(), made.ID, completion); err != nil {
			t.Errorf("completed again after %d: %v", cut, err)
		}
		got, text := read(t, s.Provider, made.ID), s.Text(t, made.ID)
		if got.Outcome != ticket.Yes || strings.Count(text, completion) != 1 {
			t.Errorf("cut short at %d: read %+v with %q; want it done, and told once", cut, got, text)
		}
	}
}

// TestCompleteRefused has something that stands against it. Then nothing is said
// and nothing is ended.
func TestCompleteRefused(t *testing.T) {
	t.Parallel()
	for says, spoil := range map[string]func(t *testing.T, s *servicenowtest.Server, id string){
		"approval": func(t *testing.T, s *servicenowtest.Server, id string) {
			s.Set(t, "system", id, map[string]string{"approval": "requested"})
		},
		"Catalog tasks: Closed Skipped": func(t *testing.T, s *servicenowtest.Server, id string) {
			s.Set(t, "alice", s.TasksOf(id)[0], map[string]string{"state": "7"})
		},
		"that of Alice Adams": func(t *testing.T, s *servicenowtest.Server, id string) {
			s.Set(t, "alice", s.TasksOf(id)[1], map[string]string{"assigned_to": s.Me("alice")})
		},
		"Closed Rejected": func(t *testing.T, s *servicenowtest.Server, id string) {
			s.Set(t, "system", s.RequestOf(t, id), map[string]string{"request_state": "closed_rejected"})
		},
	} {
		s, p := fake(t, nil)
		s.Tasks(2)
		made := create(t, p, draft(ways["order"]))
		spoil(t, s, made.ID)
		before := s.Stored(t, s.TasksOf(made.ID)[1])["state"]
		err := hands(t, p).Complete(t.Context(), made.ID, completion)
		if !ticket.IsRefusal(err) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v; want a refusal that says so", says, err)
		}
		system := s.SystemOf(t, ways["order"])
		if got := read(t, p, made.ID); got.Outcome != ticket.Open || strings.Contains(system.Text(t, made.ID), completion) || s.Stored(t, s.TasksOf(made.ID)[1])["state"] != before {
			t.Errorf("%s: read %+v, want it as it was", says, got)
		}
	}
}

// TestCompleteNotKept has a state that may not be written.
func TestCompleteNotKept(t *testing.T) {
	t.Parallel()
	for name, project := range ways {
		s, p := fake(t, nil)
		made := create(t, p, draft(project))
		s.Protect("state")
		if err := hands(t, p).Complete(t.Context(), made.ID, completion); !ticket.IsRefusal(err) {
			t.Errorf("%s: %v; want a refusal", name, err)
		}
		if got := read(t, p, made.ID); got.Outcome != ticket.Open {
			t.Errorf("%s: read %+v, want it open", name, got)
		}
	}
}
