package zendesk_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"admit/internal/ticket"
	"admit/internal/ticket/zendesk/zendesktest"
)

func TestAssignRefused(t *testing.T) {
	t.Parallel()
	s, p := start(t)
	d := draft()
	d.Assignee = alice()
	made := create(t, p, d)
	refused := func(what string, to int64, says string) {
		t.Helper()
		acct := ticket.Account{}
		if to != 0 {
			acct.ID = strconv.FormatInt(to, 10)
		}
		err := p.Assign(t.Context(), made.ID, acct)
		f := ticket.FailureOf(err)
		if !ticket.IsRefusal(err) || !slices.Equal(f.Fields, []string{ticket.AssigneeField}) || !strings.Contains(f.Msg, says) {
			t.Errorf("%s: %+v, want a refusal of the assignee that says %q", what, f, says)
		}
		if got := s.Ticket(t, made.ID); got.Group != zendesktest.Access || got.Assignee != zendesktest.Alice {
			t.Errorf("%s: it is %+v now, want it as it was", what, got)
		}
	}
	refused("somebody of another group", zendesktest.Bob, "not a member of the group")
	refused("a light agent", zendesktest.Dave, "cannot be assigned")
	s.NoReturn = true
	refused("nobody, and that is not allowed", 0, "reassignment back to the general group")
	s.Set(t, made.ID, "closed")
	if err := p.Assign(t.Context(), made.ID, ticket.Account{}); !ticket.IsRefusal(err) {
		t.Errorf("a closed ticket: %v, want a refusal", err)
	}
}

// TestAssignedIsNoWork gives a ticket to somebody and takes it away: it is open
// then, and nobody has begun.
func TestAssignedIsNoWork(t *testing.T) {
	t.Parallel()
	s, p := start(t)
	made := create(t, p, draft())
	for _, to := range []ticket.Account{alice(), {}} {
		if err := p.Assign(t.Context(), made.ID, to); err != nil {
			t.Fatal(err)
		}
		if got := read(t, p, made.ID); got.WorkSeen || got.Status != "open" || got.Assignee != to {
			t.Errorf("given to %+v it is %+v, want it open and no work seen", to, got)
		}
	}
	s.Age(t, made.ID, time.Hour)
	s.Turn(t, made.ID, "pending")
	s.Turn(t, made.ID, "open")
	if got := read(t, p, made.ID); !got.WorkSeen {
		t.Errorf("opened by somebody later it is %+v, want work seen", got)
	}
	d := draft()
	d.Key = key[1:] + "f"
	other := create(t, p, d)
	s.Turn(t, other.ID, "open")
	if got := read(t, p, other.ID); !got.WorkSeen {
		t.Errorf("opened by somebody without having it, it is %+v, want work seen", got)
	}
}

func TestComplete(t *testing.T) {
	t.Parallel()
	const said = "Josh says that it is done."
	for name, c := range map[string]struct {
		before func(t *testing.T, s *zendesktest.Server, id string)
		says   string // in the refusal; "" for none
		fields []string
		then   func(got zendesktest.Ticket) bool
	}{
		"nobody has it": {
			then: func(got zendesktest.Ticket) bool { return got.Assignee == zendesktest.Service },
		},
		"somebody has it": {
			before: func(t *testing.T, s *zendesktest.Server, id string) { s.Set(t, id, "pending") },
			then:   func(got zendesktest.Ticket) bool { return got.Assignee == zendesktest.Alice },
		},
		"it has tags that say no": {
			before: func(t *testing.T, s *zendesktest.Server, id string) {
				s.Set(t, id, "open", "wont_do", "Rejected", "vip", "closed_by_merge")
			},
			then: func(got zendesktest.Ticket) bool { return slices.Equal(got.Tags, []string{"admit", "vip"}) },
		},
		"its only tag says no": {
			before: func(t *testing.T, s *zendesktest.Server, id string) { s.Retag(t, id, "wont_do") },
			then:   func(got zendesktest.Ticket) bool { return len(got.Tags) == 0 },
		},
		"tags that say no cannot be taken away": {
			before: func(t *testing.T, s *zendesktest.Server, id string) { s.Set(t, id, "open", "wont_do"); s.NoTags = true },
			says:   "take the tag away",
		},
		"a field is required": {
			before: func(_ *testing.T, s *zendesktest.Server, _ string) { s.Require(zendesktest.Colour) },
			says:   "Colour: is required", fields: []string{"line:311"},
		},
		"nobody has it, and the service user left the group": {
			before: func(_ *testing.T, s *zendesktest.Server, _ string) { s.Leave(zendesktest.Service, zendesktest.Access) },
			says:   "add it to the group", fields: []string{ticket.AssigneeField},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, p := start(t)
			id := create(t, p, draft()).ID
			if c.before != nil {
				c.before(t, s, id)
			}
			err := p.Complete(t.Context(), id, said)
			if f := ticket.FailureOf(err); c.says != "" {
				if !ticket.IsRefusal(err) || !strings.Contains(f.Msg, c.says) || !slices.Equal(f.Fields, c.fields) {
					t.Errorf("%+v, want a refusal that says %q about %q", f, c.says, c.fields)
				}
				return
			}
			got := s.Ticket(t, id)
			if err != nil || got.Status != "solved" || !c.then(got) || read(t, p, id).Outcome != ticket.Yes {
				t.Errorf("%v; it is %+v", err, got)
			}
			if note := got.Comments[len(got.Comments)-1]; note.Public || note.Body != said {
				t.Errorf("the note is %+v", note)
			}
		})
	}
}
