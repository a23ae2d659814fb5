package ticket_test

import (
	"testing"

	"admit/internal/ticket"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	duplicate := ticket.Ground{Key: "resolution:3", Name: "Duplicate", Outcome: ticket.Unclear}
	done := ticket.Ground{Key: "status:done", Name: "Done", Outcome: ticket.Yes}
	silent := ticket.Ground{Key: "child:none", Name: "No children"}
	deleted := ticket.Ground{Key: "status:deleted", Name: "deleted", Outcome: ticket.Deleted}
	cases := []struct {
		name    string
		said    ticket.Outcomes
		grounds []ticket.Ground
		want    ticket.Outcome
	}{
		{"no grounds", nil, nil, ticket.Unclear},
		{"no opinion", nil, []ticket.Ground{silent}, ticket.Unclear},
		{"the first with an opinion decides", nil, []ticket.Ground{silent, duplicate, done}, ticket.Unclear},
		{"an admin goes before the provider", ticket.Outcomes{"resolution:3": ticket.No}, []ticket.Ground{duplicate, done}, ticket.No},
		{"an admin speaks for a ground without an opinion", ticket.Outcomes{"child:none": ticket.Open}, []ticket.Ground{silent, done}, ticket.Open},
		{"a later ground does not overrule an earlier one", ticket.Outcomes{"status:done": ticket.No}, []ticket.Ground{duplicate, done}, ticket.Unclear},
		{"what is said of another key says nothing", ticket.Outcomes{"resolution:4": ticket.Yes}, []ticket.Ground{duplicate}, ticket.Unclear},
		{"deleted is deleted, whatever an admin says", ticket.Outcomes{"status:deleted": ticket.Yes}, []ticket.Ground{deleted, done}, ticket.Deleted},
	}
	for _, c := range cases {
		if got := c.said.Judge(c.grounds); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestApplyLeavesAloneWhatHasNoGrounds(t *testing.T) {
	t.Parallel()
	said := ticket.Outcomes{"": ticket.No, "status:done": ticket.No}
	if got := said.Apply(ticket.Snapshot{Outcome: ticket.Yes}).Outcome; got != ticket.Yes {
		t.Errorf("%q, want the provider's own word", got)
	}
	s := ticket.Snapshot{Outcome: ticket.Yes, Grounds: []ticket.Ground{{Key: "status:done", Outcome: ticket.Yes}}}
	if got := said.Apply(s).Outcome; got != ticket.No {
		t.Errorf("%q, want what the admin said", got)
	}
}

func TestEnded(t *testing.T) {
	t.Parallel()
	for outcome, want := range map[ticket.Outcome]bool{
		ticket.Open: false, ticket.Yes: true, ticket.No: true, ticket.Unclear: true, ticket.Deleted: true,
	} {
		if outcome.Ended() != want {
			t.Errorf("%q ended = %v", outcome, !want)
		}
	}
}
