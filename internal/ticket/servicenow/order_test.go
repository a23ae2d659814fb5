package servicenow_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"admit/internal/ticket"
	"admit/internal/ticket/servicenow"
	"admit/internal/ticket/servicenow/servicenowtest"
	"admit/internal/ticket/tickettest"
)

// TestOrder: what is ordered has the text, the key and the answers at once, and
// the rest soon after.
func TestOrder(t *testing.T) {
	t.Parallel()
	s, p := fake(t, nil)
	d := draft(ways["order"])
	d.Fields = map[string]string{"variables.urgent": "true", "variables.system": "crm", "variables.needed_by": "2030-05-06"}
	made := create(t, p, d)
	answers := s.Answers(made.ID)
	for _, want := range []string{key, "Yes", "crm", "2030-05-06"} {
		if !slices.Contains(answers, want) {
			t.Errorf("the answers are %q, want %q in them", answers, want)
		}
	}
	if !slices.ContainsFunc(answers, func(a string) bool { return strings.HasPrefix(a, "Make sure") && strings.HasSuffix(a, key) }) {
		t.Errorf("the answers are %q, want the text in them", answers)
	}
	stored := s.Stored(t, made.ID)
	if stored["short_description"] != d.Title || stored["correlation_id"] != key || !strings.HasPrefix(made.Identifier, "REQ") {
		t.Errorf("stored is %v, made %+v", stored, made)
	}
	if want := s.URL + "/nav_to.do?uri=sc_request.do%3Fsys_id%3D" + stored["request"]; made.URL != want {
		t.Errorf("it is shown at %s, want %s", made.URL, want)
	}
}

func TestOrderRefused(t *testing.T) {
	t.Parallel()
	_, p := fake(t, nil)
	for project, fields := range map[string]map[string]string{
		"catalog:" + servicenowtest.ItemNoKey:   nil,
		"catalog:" + servicenowtest.ItemForeign: nil,
		ways["order"]:                           {"variables.admit_key": "mine"},
		"incident":                              {"state": "6"},
		"sc_task":                               {"due_date": "tomorrow"},
	} {
		d := draft(project)
		d.Fields = fields
		_, err := p.Create(t.Context(), d)
		f := ticket.FailureOf(err)
		if err == nil || f.Certainty != ticket.Refused || f.Trouble != ticket.Input || len(f.Fields) != len(fields) {
			t.Errorf("%s with %v: %+v, want a refusal", project, fields, err)
		}
	}
	if found, err := p.Find(t.Context(), key); err != nil || len(found) > 0 {
		t.Errorf("found %+v, %v; want nothing", found, err)
	}
}

// TestMandatory: the system says only that something is missing.
func TestMandatory(t *testing.T) {
	t.Parallel()
	s, p := fake(t, nil)
	s.Mandatory("system")
	_, err := p.Create(t.Context(), draft(ways["order"]))
	if f := ticket.FailureOf(err); f.Certainty != ticket.Refused || !slices.Equal(f.Fields, []string{"variables.system"}) {
		t.Errorf("refused with %+v, want it to be about the system", f)
	}
	form, err := former(t, p).Form(t.Context(), ways["order"], "")
	if err != nil || len(form) != 3 || form[0].ID != "variables.system" || !form[0].Required || len(form[0].Options) != 2 {
		t.Errorf("the form is %+v, %v; want the system first", form, err)
	}
}

// TestOrderCutShort: an order that was placed and not marked is found by its
// variable, and marked, so that polls see it.
func TestOrderCutShort(t *testing.T) {
	t.Parallel()
	s, p := fake(t, nil)
	made := create(t, p, draft(ways["order"]))
	page, err := p.Changed(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	s.Unmark(t, made.ID)
	found, err := p.Find(t.Context(), key)
	if err != nil || len(found) != 1 || found[0].ID != made.ID || found[0].Key != key {
		t.Fatalf("found %+v, %v; want %s", found, err, made.ID)
	}
	if stored := s.Stored(t, made.ID); stored["correlation_id"] != key || stored["correlation_display"] != "Admit" {
		t.Errorf("stored is %v, want it marked", stored)
	}
	s.System(t).Fulfiller.Start(t, made.ID)
	page, err = p.Changed(t.Context(), page.Cursor)
	if err != nil || len(page.Tickets) != 1 || !page.Tickets[0].WorkSeen {
		t.Errorf("changed is %+v, %v; want the order", page, err)
	}
	s.Unmark(t, made.ID)
	s.Protect("correlation_id") // the mark is refused: it is found all the same
	if found, err = p.Find(t.Context(), key); err != nil || len(found) != 1 || found[0].Key != key {
		t.Errorf("found %+v, %v; want %s", found, err, made.ID)
	}
}

// TestOrderRollsUp: an order is done when all of it is.
func TestOrderRollsUp(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name       string
		tasks      []string // states
		item       map[string]string
		request    map[string]string
		want       ticket.Outcome
		first      string // ground
		alsoMapped bool   // when an admin says that the first ground is no matter
	}{
		{"open", []string{"1", "2"}, nil, nil, ticket.Open, "sc_req_item.state:1", false},
		{"one task is done", []string{"3", "1"}, nil, nil, ticket.Open, "sc_req_item.state:1", false},
		{"all is done", []string{"3", "3"}, map[string]string{"state": "3"}, nil, ticket.Yes, "sc_req_item.state:3", false},
		{"no tasks", nil, map[string]string{"state": "3"}, nil, ticket.Yes, "sc_req_item.state:3", false},
		{"a task was skipped", []string{"3", "7"}, map[string]string{"state": "3"}, nil, ticket.Unclear, "tasks:7", true},
		{"two were left", []string{"7", "4", "7"}, map[string]string{"state": "3"}, nil, ticket.Unclear, "tasks:4,7", true},
		{"a task is open", []string{"3", "2"}, map[string]string{"state": "3"}, nil, ticket.Unclear, "tasks:2", true},
		{"incomplete", []string{"4"}, map[string]string{"state": "4"}, nil, ticket.No, "sc_req_item.state:4", false},
		{"approval rejected", nil, map[string]string{"approval": "rejected"}, nil, ticket.No, "approval:rejected", false},
		{"request rejected", []string{"3"}, map[string]string{"state": "3"}, map[string]string{"approval": "rejected"}, ticket.No, "approval:rejected", false},
		{"request cancelled", []string{"3"}, map[string]string{"state": "3"}, map[string]string{"request_state": "closed_cancelled"}, ticket.No, "sc_request.request_state:closed_cancelled", false},
		{"a state of their own", []string{"3"}, map[string]string{"state": "9"}, nil, ticket.Unclear, "sc_req_item.state:9", true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, p := fake(t, nil)
			s.Tasks(len(c.tasks))
			made := create(t, p, draft(ways["order"]))
			for i, id := range s.TasksOf(made.ID) {
				s.Set(t, "alice", id, map[string]string{"state": c.tasks[i]})
			}
			if c.item != nil {
				s.Set(t, "system", made.ID, c.item)
			}
			if c.request != nil {
				s.Set(t, "system", s.RequestOf(t, made.ID), c.request)
			}
			got := read(t, p, made.ID)
			if got.Outcome != c.want || got.Grounds[0].Key != c.first {
				t.Errorf("read %+v; want %s because of %s", got, c.want, c.first)
			}
			if mapped := (ticket.Outcomes{c.first: ticket.Yes}).Apply(got).Outcome; c.alsoMapped && mapped != ticket.Yes {
				t.Errorf("when %s is no matter it reads as %s", c.first, mapped)
			}
		})
	}
}

// TestOrderClosed: what belongs to an order is closed with it.
func TestOrderClosed(t *testing.T) {
	t.Parallel()
	s, p := fake(t, nil)
	s.Tasks(2)
	made := create(t, p, draft(ways["order"]))
	tasks := s.TasksOf(made.ID)
	s.Set(t, "alice", tasks[0], map[string]string{"state": "3"})
	if err := p.Close(t.Context(), made.ID, "not wanted"); err != nil {
		t.Fatal(err)
	}
	if first, second := s.Stored(t, tasks[0])["state"], s.Stored(t, tasks[1])["state"]; first != "3" || second != "4" {
		t.Errorf("the tasks have the states %s and %s, want 3 and 4", first, second)
	}
	if got := read(t, p, made.ID); got.Outcome != ticket.No || got.Reason == "" {
		t.Errorf("read %+v, want no, with a reason", got)
	}
}

// TestIncidentEnds: the resolution code goes before the state.
func TestIncidentEnds(t *testing.T) {
	t.Parallel()
	cases := []struct {
		state, code string
		want        ticket.Outcome
		first       string
	}{
		{"1", "", ticket.Open, "incident.state:1"},
		{"3", "", ticket.Open, "incident.state:3"},
		{"6", "Solution provided", ticket.Yes, "incident.state:6"},
		{"7", "Solution provided", ticket.Yes, "incident.state:7"},
		{"6", "No resolution provided", ticket.No, "incident.close_code:No resolution provided"},
		{"6", "Handed over", ticket.Unclear, "incident.close_code:Handed over"},
		{"8", "Handed over", ticket.No, "incident.state:8"},
		{"9", "Solution provided", ticket.Unclear, "incident.state:9"},
		{"42", "", ticket.Open, "incident.state:42"}, // of their own, and active
		{"2", "Solution provided", ticket.Open, "incident.state:2"},
	}
	for _, c := range cases {
		s, p := fake(t, nil)
		made := create(t, p, draft("incident"))
		s.Set(t, "alice", made.ID, map[string]string{"state": c.state, "close_code": c.code, "close_notes": "So it is."})
		got := read(t, p, made.ID)
		if got.Outcome != c.want || got.Grounds[0].Key != c.first {
			t.Errorf("state %s, code %q: read %+v; want %s because of %s", c.state, c.code, got, c.want, c.first)
		}
		if ended := c.want != ticket.Open; ended != (got.ClosedBy.Email == "alice@example.com") {
			t.Errorf("state %s: closed by %+v", c.state, got.ClosedBy)
		}
	}
}

// TestCloseCode: where a data policy asks for a resolution code, the setting
// gives it.
func TestCloseCode(t *testing.T) {
	t.Parallel()
	s, p := fake(t, nil)
	made := create(t, p, draft("incident"))
	s.Require("close_code")
	err := p.Close(t.Context(), made.ID, "not wanted")
	if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Refused || !strings.Contains(f.Msg, "Resolution code") {
		t.Errorf("closing without a code: %v, want a refusal", err)
	}
	settings := s.System(t).Settings
	settings["cancel_close_code"] = "Duplicate"
	if err := tickettest.Open(t, servicenow.Spec(), settings).Close(t.Context(), made.ID, "not wanted"); err != nil {
		t.Fatal(err)
	}
	if got := read(t, p, made.ID); got.Outcome != ticket.No {
		t.Errorf("read %+v, want no", got)
	}
}

// TestNotKept: a note or a state that is dropped without a word is noticed.
func TestNotKept(t *testing.T) {
	t.Parallel()
	s, p := fake(t, nil)
	made := create(t, p, draft("sc_task"))
	s.Protect("work_notes")
	if err := p.Comment(t.Context(), made.ID, "hello"); err == nil || !strings.Contains(ticket.FailureOf(err).Msg, "work_notes") {
		t.Errorf("a note that was dropped: %v", err)
	}
	s.Protect("state")
	if err := p.Close(t.Context(), made.ID, "not wanted"); err == nil || ticket.FailureOf(err).Certainty != ticket.Refused {
		t.Errorf("a state that was dropped: %v", err)
	}
}

// TestCalls counts what orders cost.
func TestCalls(t *testing.T) {
	t.Parallel()
	s := servicenowtest.Start(t)
	system := s.SystemOf(t, ways["order"])
	p := tickettest.Open(t, servicenow.Spec(), system.Settings)
	orders, incidents := system.Fill(t, 100), s.System(t).Fill(t, 100)
	counting := func(what string, want int, f func() int) {
		t.Helper()
		before := s.Calls()
		got := f()
		if calls := s.Calls() - before; calls != want {
			t.Errorf("%s: %d calls, want %d", what, calls, want)
		}
		if got < 0 {
			t.Errorf("%s failed", what)
		}
	}
	reading := func(ids []string) func() int {
		return func() int {
			got, err := p.Read(t.Context(), ids)
			if err != nil || len(got) != len(ids) {
				return -1
			}
			return len(got)
		}
	}
	counting("a read of incidents", 1, reading(incidents))
	counting("a read of 60 orders", 1, reading(orders[:60]))
	counting("a mixed read", 1, reading(append(slices.Clone(orders[:20]), incidents[:80]...)))
	counting("a read of 100 orders", 2, reading(orders))
	page, err := p.Changed(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range append(orders, incidents...) {
		s.Age(t, id, time.Hour)
	}
	changed := func() int {
		if page, err = p.Changed(t.Context(), page.Cursor); err != nil {
			return -1
		}
		return len(page.Tickets)
	}
	counting("an idle poll", 1, changed)
	system.Fulfiller.Start(t, orders[0])
	counting("a poll with an order on the page", 2, changed)
	if page.More || len(page.Tickets) != 1 || page.Tickets[0].ID != orders[0] {
		t.Errorf("changed is %+v, want %s", page, orders[0])
	}
	counting("filing an order", 4, func() int { create(t, p, draft(ways["order"])); return 0 })
}
