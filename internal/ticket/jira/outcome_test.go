package jira_test

import (
	"strings"
	"testing"

	"admit/internal/ticket"
	"admit/internal/ticket/jira/jiratest"
)

func TestGrounds(t *testing.T) {
	t.Parallel()
	cases := []struct {
		status, resolution string
		child              string
		first              string
		want               ticket.Outcome
	}{
		{"To Do", "", "", "status:10200", ticket.Open},
		{"In Progress", "", "", "status:10201", ticket.Open},
		{"In Progress", "Done", "", "status:10201", ticket.Open}, // opened again, and the resolution was left
		{"Done", "Done", "", "status:10202", ticket.Yes},
		{"Done", "", "", "status:10202", ticket.Yes}, // team-managed
		{"Done", "Won\u2019t Do", "", "resolution:10301", ticket.No},
		{"Done", "Duplicate", "", "resolution:10302", ticket.No},
		{"Done", "Deferred", "", "resolution:10304", ticket.Unclear},
		{"Won't do", "", "", "status:10203", ticket.No},
		{"Won't do", "Done", "", "status:10203", ticket.No}, // the same resolution in every end
		{"Parked", "", "", "status:10204", ticket.Unclear},
		{"Done", "Done", "Done", "status:10202", ticket.Yes},
		{"Done", "Done", "To Do", "children:open", ticket.Unclear},
		{"Done", "Done", "Won't do", "children:declined", ticket.Unclear},
		{"Done", "Duplicate", "Won't do", "resolution:10302", ticket.No},
		{"To Do", "", "Won't do", "status:10200", ticket.Open},
	}
	each(t, func(t *testing.T, k kind, s *jiratest.Server) {
		p := k.open(t, s)
		for _, c := range cases {
			made := create(t, p)
			if c.child != "" {
				s.AddSubtask(t, made.ID, c.child)
			}
			s.End(t, made.ID, c.status, c.resolution)
			got := read(t, p, made.ID)
			if got.Outcome != c.want || got.Grounds[0].Key != c.first {
				t.Errorf("%+v reads as %s by %+v", c, got.Outcome, got.Grounds)
			}
			if (got.Reason != "") != (c.want == ticket.No) {
				t.Errorf("%+v: reason %q", c, got.Reason)
			}
		}
	})
}

// TestCloseWays closes tickets where workflows offer different ways.
func TestCloseWays(t *testing.T) {
	t.Parallel()
	const reason = "The access is not wanted any more."
	each(t, func(t *testing.T, k kind, s *jiratest.Server) {
		p := k.open(t, s)
		closes := func(switches ...jiratest.Switch) (ticket.Snapshot, error) {
			for _, one := range switches {
				s.Set(one, true)
				defer s.Set(one, false)
			}
			made := create(t, p)
			err := p.Close(t.Context(), made.ID, reason)
			if n := strings.Count(s.Text(t, made.ID), reason); err == nil && n != 1 {
				t.Errorf("%q: the reason is there %d times", switches, n)
			}
			return read(t, p, made.ID), err
		}
		for _, switches := range [][]jiratest.Switch{nil, {jiratest.TeamManaged}} {
			if got, err := closes(switches...); err != nil || got.Outcome != ticket.No {
				t.Errorf("%q: %+v, %v", switches, got, err)
			}
		}
		got, err := closes(jiratest.NoRefusals, jiratest.TeamManaged)
		if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Refused || !strings.Contains(f.Msg, "Won't Do") || got.Outcome != ticket.Open {
			t.Errorf("without a way out: %+v, %v", got, err)
		}
	})
}

// TestMappedGrounds gives words of a ticket another meaning: what one word means
// must not hide what another says.
func TestMappedGrounds(t *testing.T) {
	t.Parallel()
	cases := []struct {
		status, resolution, child string
		said                      ticket.Outcomes
		want                      ticket.Outcome
	}{
		{"Done", "Deferred", "", ticket.Outcomes{"resolution:10304": ticket.Yes}, ticket.Yes},
		{"In Progress", "Deferred", "", ticket.Outcomes{"resolution:10304": ticket.Yes}, ticket.Open}, // opened again
		{"Parked", "Done", "", ticket.Outcomes{"resolution:10300": ticket.Yes}, ticket.Unclear},
		{"Done", "Done", "", ticket.Outcomes{"status:10202": ticket.No}, ticket.No},
		{"Done", "Deferred", "To Do", ticket.Outcomes{"resolution:10304": ticket.Yes}, ticket.Unclear},
		{"Done", "Deferred", "Won't do", ticket.Outcomes{"children:declined": ticket.Yes}, ticket.Unclear},
		{"Done", "Done", "Won't do", ticket.Outcomes{"children:declined": ticket.Yes}, ticket.Yes},
		{"Rejected by CAB", "Done", "", nil, ticket.Unclear}, // every end sets the same resolution
		{"Rejected by CAB", "Done", "", ticket.Outcomes{"status:10205": ticket.No}, ticket.No},
		{"Rejected by CAB", "Deferred", "", ticket.Outcomes{"resolution:10304": ticket.Yes}, ticket.Unclear},
		{"Rejected by CAB", "Duplicate", "", nil, ticket.No},
		{"Rejected by CAB", "", "", nil, ticket.Unclear},
	}
	each(t, func(t *testing.T, k kind, s *jiratest.Server) {
		p := k.open(t, s)
		for _, c := range cases {
			made := create(t, p)
			if c.child != "" {
				s.AddSubtask(t, made.ID, c.child)
			}
			s.End(t, made.ID, c.status, c.resolution)
			got := read(t, p, made.ID)
			if read := c.said.Apply(got).Outcome; read != c.want {
				t.Errorf("%+v reads as %s by %+v", c, read, got.Grounds)
			}
			if first := got.Grounds[0]; got.Outcome == ticket.Unclear && (ticket.Outcomes{first.Key: ticket.Yes}).Apply(got).Outcome != ticket.Yes {
				t.Errorf("%+v: the first ground %+v does not decide", c, first)
			}
		}
	})
}

// TestCloseOverruled closes where the workflow sets a resolution of its own: the
// ticket has ended, so the step must not count as refused.
func TestCloseOverruled(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k kind, s *jiratest.Server) {
		p := k.open(t, s)
		made := create(t, p)
		s.Set(jiratest.Overruled, true)
		err := p.Close(t.Context(), made.ID, "not wanted")
		if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Ambiguous || !strings.Contains(f.Msg, "Done") {
			t.Errorf("closed: %+v; want that it is not sure", f)
		}
		if err := p.Close(t.Context(), made.ID, "not wanted"); err != nil || read(t, p, made.ID).Outcome != ticket.Yes {
			t.Errorf("closed again: %v, %+v", err, read(t, p, made.ID))
		}
	})
}
