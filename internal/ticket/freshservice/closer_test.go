package freshservice_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"

	"admit/internal/ticket"
	"admit/internal/ticket/freshservice"
	"admit/internal/ticket/freshservice/freshservicetest"
)

// end is one of the two ways in which Admit ends a ticket.
type end func(p *freshservice.Provider, ctx context.Context, id, text string) error

// TestEndUndone ends a ticket with a workflow that has other plans.
func TestEndUndone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		end  end
		flow func(*freshservicetest.Ticket)
		says string
	}{
		"closed and opened again":   {(*freshservice.Provider).Close, func(one *freshservicetest.Ticket) { one.Status = 2 }, "status Closed"},
		"closed without the tag":    {(*freshservice.Provider).Close, func(one *freshservicetest.Ticket) { one.Tags = one.Tags[:2] }, "wont-do"},
		"resolved and opened again": {(*freshservice.Provider).Complete, func(one *freshservicetest.Ticket) { one.Status = 2 }, "status Resolved"},
		"resolved with a tag":       {(*freshservice.Provider).Complete, func(one *freshservicetest.Ticket) { one.Tags = append(one.Tags, "Rejected") }, "a tag that says no"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, p := start(t, func(s *freshservicetest.Server) { s.OnEnd = c.flow })
			made := create(t, p, draft())
			err := c.end(provider(t, p), t.Context(), made.ID, "It is over.")
			if f := ticket.FailureOf(err); !ticket.IsRefusal(err) || !strings.Contains(f.Msg, c.says) {
				t.Errorf("%+v, want a refusal that says %q", f, c.says)
			}
		})
	}
}

// TestCompleteTagged completes a ticket that somebody has given tags that say no.
func TestCompleteTagged(t *testing.T) {
	t.Parallel()
	s, p := start(t, nil)
	made := create(t, p, draft())
	one := s.Ticket(t, made.ID)
	one.Tags = append(one.Tags, "Declined", "VIP", "wont-do")
	if err := provider(t, p).Complete(t.Context(), made.ID, "Josh says that it is done."); err != nil {
		t.Fatal(err)
	}
	if got := read(t, p, made.ID); got.Outcome != ticket.Yes || !slices.Equal(one.Tags, []string{"admit", key, "VIP"}) {
		t.Errorf("read %+v of %+v", got, one)
	}
}

// TestCompleteLacks completes a ticket without a field that must be there first,
// and again when it is.
func TestCompleteLacks(t *testing.T) {
	t.Parallel()
	s, p := start(t, func(s *freshservicetest.Server) { s.ForClosure = "vendor" })
	made := create(t, p, draft())
	const said = "Josh says that it is done."
	err := provider(t, p).Complete(t.Context(), made.ID, said)
	if f := ticket.FailureOf(err); !ticket.IsRefusal(err) || !strings.Contains(f.Msg, "vendor") || read(t, p, made.ID).Outcome != ticket.Open {
		t.Errorf("%+v, want a refusal that names the field", f)
	}
	s.Ticket(t, made.ID).Custom["vendor"] = "Acme"
	if err := provider(t, p).Complete(t.Context(), made.ID, said); err != nil || len(s.Ticket(t, made.ID).Notes) != 1 {
		t.Errorf("%v, with the notes %q; want one", err, s.Ticket(t, made.ID).Notes)
	}
}

func TestAssignRefused(t *testing.T) {
	t.Parallel()
	s, p := start(t, nil)
	d := draft()
	d.Assignee = alice()
	made := create(t, p, d)
	refused := func(what string, to ticket.Account) {
		t.Helper()
		err := provider(t, p).Assign(t.Context(), made.ID, to)
		if f := ticket.FailureOf(err); !ticket.IsRefusal(err) || !slices.Equal(f.Fields, []string{ticket.AssigneeField}) {
			t.Errorf("%s: %+v, want a refusal of the assignee", what, f)
		}
		if got := read(t, p, made.ID); got.Assignee.ID != alice().ID {
			t.Errorf("%s: it is with %+v now, want Alice as before", what, got.Assignee)
		}
	}
	refused("an agent who is gone", ticket.Account{ID: "21000000004"})
	s.OnChange = func(one *freshservicetest.Ticket) { one.Responder = freshservicetest.Alice }
	refused("a workflow gives it back", ticket.Account{ID: strconv.Itoa(freshservicetest.Bob)})
	refused("a workflow lets nobody put it down", ticket.Account{})
}

func provider(t *testing.T, p ticket.Provider) *freshservice.Provider {
	t.Helper()
	f, ok := p.(*freshservice.Provider)
	if !ok {
		t.Fatalf("a %T", p)
	}
	return f
}
