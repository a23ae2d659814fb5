package tickettest

import (
	"cmp"
	"slices"
	"testing"

	"admit/internal/ticket"
)

func testDecline(t *testing.T, s Subject) {
	made := s.create(t, s.draft())
	s.Fulfiller.Decline(t, made.ID)
	if got := s.readOne(t, made.ID); got.Outcome != ticket.No || !readsAsItsGrounds(got) {
		t.Errorf("read %+v, want no", got)
	}
}

// ended makes a ticket and ends it.
func (s Subject) ended(t *testing.T, end func(*testing.T, string)) ticket.Snapshot {
	t.Helper()
	made := s.create(t, s.draft())
	end(t, made.ID)
	return s.readOne(t, made.ID)
}

func testOdd(t *testing.T, s Subject) {
	one, other := s.ended(t, s.Fulfiller.Odd), s.ended(t, s.Fulfiller.Odd)
	if one.Outcome != ticket.Unclear || !readsAsItsGrounds(one) || len(one.Grounds) == 0 {
		t.Fatalf("read %+v, want it unclear, with grounds", one)
	}
	first := one.Grounds[0]
	if first.Key == "" || first.Name == "" || !tidy(first.Key) || !tidy(first.Name) || first != other.Grounds[0] {
		t.Errorf("the first grounds are %+v and %+v; want one with a key and a name, the same for both", first, other.Grounds[0])
	}
	for _, said := range []ticket.Outcome{ticket.Yes, ticket.No, ticket.Open} {
		means := ticket.Outcomes{first.Key: said}
		if got := means.Apply(one).Outcome; got != said {
			t.Errorf("with %+v it reads as %q: the first ground does not decide", means, got)
		}
	}
	// What is said of one end must say nothing of others.
	means := ticket.Outcomes{first.Key: ticket.Yes}
	for want, got := range map[ticket.Outcome]ticket.Snapshot{
		ticket.Open: s.create(t, s.draft()), ticket.No: s.ended(t, s.Fulfiller.Decline),
	} {
		if means.Apply(got).Outcome != want {
			t.Errorf("with %+v, %+v reads as %q, want %q", means, got, means.Apply(got).Outcome, want)
		}
	}
}

// testStatuses compares what is offered to an admin with what tickets come with.
func testStatuses(t *testing.T, s Subject) {
	var seen []ticket.Ground
	for _, end := range []func(*testing.T, string){s.Fulfiller.Done, s.Fulfiller.Decline, s.Fulfiller.Odd} {
		if end == nil {
			continue
		}
		got := s.ended(t, end)
		if len(got.Grounds) == 0 {
			t.Fatalf("%+v has no grounds", got)
		}
		decisive := slices.IndexFunc(got.Grounds, func(g ticket.Ground) bool { return g.Outcome != "" })
		seen = append(seen, got.Grounds[max(decisive, 0)])
	}
	lister := s.Provider.(ticket.Lister) //nolint:forcetypeassert // the case needs it
	for _, project := range []string{s.Project, ""} {
		offered, err := lister.Statuses(t.Context(), project)
		if err != nil || len(offered) == 0 {
			t.Fatalf("statuses of %q: %+v, %v", project, offered, err)
		}
		keys := map[string]ticket.Ground{}
		for _, g := range offered {
			if _, twice := keys[g.Key]; twice || g.Key == "" || g.Name == "" || !tidy(g.Name) {
				t.Errorf("status %+v of %q lacks something, or is there twice", g, project)
			}
			keys[g.Key] = g
		}
		for _, g := range seen {
			if same, ok := keys[g.Key]; !ok || cmp.Or(same.Outcome, ticket.Unclear) != cmp.Or(g.Outcome, ticket.Unclear) {
				t.Errorf("a ticket came with %+v, and of %q is offered %+v", g, project, offered)
			}
		}
	}
}
