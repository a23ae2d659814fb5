package servicenow_test

import (
	"slices"
	"strings"
	"testing"

	"admit/internal/ticket"
	"admit/internal/ticket/servicenow/servicenowtest"
)

// TestMappedGrounds gives words of a ticket another meaning: what one word means
// must not hide what another says.
func TestMappedGrounds(t *testing.T) {
	t.Parallel()
	cases := []struct {
		way         string
		state, code string
		task        string // state of the catalog task
		said        ticket.Outcomes
		want        ticket.Outcome
	}{
		{"incident", "9", "No resolution provided", "", nil, ticket.No},
		{"incident", "9", "Handed over", "", nil, ticket.Unclear},
		{"incident", "9", "Handed over", "", ticket.Outcomes{"incident.state:9": ticket.Yes}, ticket.Unclear},
		{"incident", "9", "Handed over", "", ticket.Outcomes{"incident.close_code:Handed over": ticket.Yes}, ticket.Unclear},
		{"incident", "9", "Solution provided", "", ticket.Outcomes{"incident.state:9": ticket.Yes}, ticket.Yes},
		{"incident", "7", "Solution provided", "", ticket.Outcomes{"incident.state:7": ticket.No}, ticket.No},
		{"incident", "7", "Solution provided", "", ticket.Outcomes{"incident.close_code:Solution provided": ticket.No}, ticket.No},
		{"order", "9", "", "7", nil, ticket.Unclear},
		{"order", "9", "", "7", ticket.Outcomes{"tasks:7": ticket.Yes}, ticket.Unclear},
		{"order", "9", "", "7", ticket.Outcomes{"sc_req_item.state:9": ticket.Yes}, ticket.Unclear},
		{"order", "9", "", "3", ticket.Outcomes{"sc_req_item.state:9": ticket.Yes}, ticket.Yes},
	}
	for _, c := range cases {
		s, p := fake(t, nil)
		made := create(t, p, draft(ways[c.way]))
		for _, id := range s.TasksOf(made.ID) {
			s.Set(t, "alice", id, map[string]string{"state": c.task})
		}
		s.Set(t, "alice", made.ID, map[string]string{"state": c.state, "close_code": c.code, "close_notes": "So it is."})
		got := read(t, p, made.ID)
		if read := c.said.Apply(got).Outcome; read != c.want {
			t.Errorf("%+v reads as %s by %+v", c, read, got.Grounds)
		}
		if first := got.Grounds[0]; got.Outcome == ticket.Unclear && (ticket.Outcomes{first.Key: ticket.Yes}).Apply(got).Outcome != ticket.Yes {
			t.Errorf("%+v: the first ground %+v does not decide", c, first)
		}
	}
}

// TestAborted: what a business rule aborts is refused, and says nothing about
// the rights of the service user.
func TestAborted(t *testing.T) {
	t.Parallel()
	for name, project := range ways {
		s, p := fake(t, nil)
		made := create(t, p, draft(project))
		s.Abort(true)
		fails := map[string]error{"Close": p.Close(t.Context(), made.ID, "not wanted"), "Comment": p.Comment(t.Context(), made.ID, "hello")}
		if project != ways["order"] { // an order is placed, and not marked
			_, fails["Create"] = p.Create(t.Context(), draft(project))
		}
		for what, err := range fails {
			if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Refused || f.Trouble != ticket.Input || !strings.Contains(f.Msg, "Freeze") {
				t.Errorf("%s of %s: %+v, want it refused, by name", what, name, err)
			}
		}
	}
}

// TestFindBlind: where a search cannot see what it looks for, "nothing found"
// would file a second ticket.
func TestFindBlind(t *testing.T) {
	t.Parallel()
	const other = "fedcba9876543210fedcba9876543210"
	for name, spoil := range map[string]func(*servicenowtest.Server){
		"key":      func(s *servicenowtest.Server) { s.Strict(); s.Conceal("correlation_id") },
		"variable": func(s *servicenowtest.Server) { s.Blind("sc_item_option_mtom") },
	} {
		s, p := fake(t, nil)
		create(t, p, draft(ways["order"]))
		if found, err := p.Find(t.Context(), other); err != nil || len(found) > 0 {
			t.Errorf("%s: found %+v, %v; want nothing", name, found, err)
		}
		spoil(s)
		if found, err := p.Find(t.Context(), other); err == nil || ticket.FailureOf(err).Certainty != ticket.NotSent {
			t.Errorf("%s: found %+v, %v; want an error", name, found, err)
		}
	}
}

// TestMarkOfOthers: the database does not tell the case apart, and what somebody
// else has marked must not stop the poll.
func TestMarkOfOthers(t *testing.T) {
	t.Parallel()
	s, p := fake(t, nil)
	page, err := p.Changed(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	other, ours := create(t, p, draft("incident")), create(t, p, draft("incident"))
	s.Set(t, "alice", other.ID, map[string]string{"correlation_display": "ADMIT"})
	page, err = p.Changed(t.Context(), page.Cursor)
	if err != nil || !slices.ContainsFunc(page.Tickets, func(s ticket.Snapshot) bool { return s.ID == ours.ID }) {
		t.Errorf("changed is %+v, %v; want %s in it", page, err, ours.ID)
	}
}

// TestStatusesOfNothing: what is no way to file goes into no query.
func TestStatusesOfNothing(t *testing.T) {
	t.Parallel()
	s, p := fake(t, nil)
	before := s.Calls()
	for _, project := range []string{"problem", "incident^ORnameISNOTEMPTY", "catalog:x^y"} {
		if statuses, err := lister(t, p).Statuses(t.Context(), project); err == nil || ticket.FailureOf(err).Certainty != ticket.Refused {
			t.Errorf("statuses of %q: %+v, %v; want a refusal", project, statuses, err)
		}
	}
	if s.Calls() != before {
		t.Error("ServiceNow was asked")
	}
}

// TestJournalMarkup: a work note shows what is between [code] and [/code] as HTML.
func TestJournalMarkup(t *testing.T) {
	t.Parallel()
	s, p := fake(t, nil)
	made := create(t, p, draft("incident"))
	if err := p.Comment(t.Context(), made.ID, "Look: [CODE]<img src=x>[/code] [codec]"); err != nil {
		t.Fatal(err)
	}
	if text := s.System(t).Text(t, made.ID); strings.Contains(strings.ToLower(text), "[code]") || !strings.Contains(text, "<img src=x>") || !strings.Contains(text, "[codec]") {
		t.Errorf("the ticket reads %q", text)
	}
}
