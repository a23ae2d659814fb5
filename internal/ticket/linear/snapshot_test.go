package linear_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"admit/internal/ticket"
	"admit/internal/ticket/linear/lineartest"
)

func TestOutcomes(t *testing.T) {
	t.Parallel()
	s := lineartest.Start(t)
	p := behind(t, s).Provider
	made := create(t, p, draft(s))
	for _, c := range []struct {
		state string
		want  ticket.Outcome
		kind  string
	}{
		{"Triage", ticket.Open, "triage"},
		{"Backlog", ticket.Open, "backlog"},
		{"Todo", ticket.Open, "unstarted"},
		{"In Progress", ticket.Open, "started"},
		{"Done", ticket.Yes, "completed"},
		{"Canceled", ticket.No, "canceled"},
		{"Duplicate", ticket.No, "canceled"},
		{"Duplicate of another", ticket.No, "duplicate"},
		{"Parked", ticket.Unclear, "paused"},
	} {
		s.Set(t, made.ID, c.state)
		got := one(t, p, made.ID)
		open := c.want
		if open == ticket.Unclear {
			open = ""
		}
		grounds := []ticket.Ground{
			{Key: "state:" + s.State("ACC", c.state), Name: c.state},
			{Key: "type:" + c.kind, Name: "any status of the type " + c.kind, Outcome: open},
		}
		if diff := cmp.Diff(grounds, got.Grounds); diff != "" || got.Outcome != c.want || got.Status != c.state {
			t.Errorf("%s reads as %q, want %q\n%s", c.state, got.Outcome, c.want, diff)
		}
		if ended := c.want.Ended(); ended != (got.ClosedBy.Email == "alice@example.com") {
			t.Errorf("%s: closed by %+v", c.state, got.ClosedBy)
		}
	}
}

func TestTrashAndArchive(t *testing.T) {
	t.Parallel()
	s := lineartest.Start(t)
	sub := behind(t, s)
	made := create(t, sub.Provider, draft(s))
	s.Set(t, made.ID, "Done")
	s.Archive(t, made.ID)
	if got := one(t, sub.Provider, made.ID); got.Outcome != ticket.Yes {
		t.Errorf("in the archive it reads as %q, want yes", got.Outcome)
	}
	sub.Fulfiller.Delete(t, made.ID)
	got := one(t, sub.Provider, made.ID)
	if got.Outcome != ticket.Deleted || got.Grounds[0].Key != "trashed" {
		t.Errorf("in the trash it reads as %+v", got)
	}
	if means := (ticket.Outcomes{"trashed": ticket.Yes, got.Grounds[1].Key: ticket.Yes}); means.Apply(got).Outcome != ticket.Deleted {
		t.Error("an admin can say that the trash means done")
	}
}

func TestWorkSeen(t *testing.T) {
	t.Parallel()
	s := lineartest.Start(t)
	p := behind(t, s).Provider
	for name, work := range map[string]func(id string){
		"a comment":    func(id string) { s.Say(t, id, "I look into it.") },
		"a sub-issue":  func(id string) { s.Split(t, id) },
		"started once": func(id string) { s.Set(t, id, "In Progress"); s.Set(t, id, "Todo") },
	} {
		d := draft(s)
		d.Key = map[string]string{"a comment": "a", "a sub-issue": "b", "started once": "c"}[name] + key[1:]
		made := create(t, p, d)
		if err := p.Comment(t.Context(), made.ID, "Still wanted."); err != nil {
			t.Fatal(err)
		}
		if got := one(t, p, made.ID); got.WorkSeen {
			t.Errorf("our own comment counts as work: %+v", got)
		}
		work(made.ID)
		if err := p.Comment(t.Context(), made.ID, "Thank you."); err != nil {
			t.Fatal(err)
		}
		if got := one(t, p, made.ID); !got.WorkSeen || got.Outcome != ticket.Open {
			t.Errorf("%s: %+v, want work seen", name, got)
		}
	}
}

func TestReason(t *testing.T) {
	t.Parallel()
	s := lineartest.Start(t)
	p := behind(t, s).Provider
	made := create(t, p, draft(s))
	s.Say(t, made.ID, "Josh has left\nthe company.")
	s.Set(t, made.ID, "Canceled")
	if got := one(t, p, made.ID); got.Reason != "Josh has left the company." {
		t.Errorf("the reason is %q", got.Reason)
	}
	s.Set(t, made.ID, "Todo")
	if err := p.Close(t.Context(), made.ID, "Not wanted."); err != nil {
		t.Fatal(err)
	}
	got := one(t, p, made.ID)
	if got.Reason != "" || got.ClosedBy.Email != "admit@example.com" || got.Status != "Canceled" {
		t.Errorf("closed by us it reads as %+v", got)
	}
}

// TestPageBehindNothing goes on where an issue was that nobody sees any more.
func TestPageBehindNothing(t *testing.T) {
	t.Parallel()
	s := lineartest.Start(t)
	sub := behind(t, s)
	start, err := sub.Provider.Changed(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	const many = 300
	sub.Fill(t, many)
	first, err := sub.Provider.Changed(t.Context(), start.Cursor)
	if err != nil || !first.More {
		t.Fatalf("%d tickets, %v", len(first.Tickets), err)
	}
	sub.Hide(t, first.Tickets[len(first.Tickets)-1].ID)
	seen, cursor := map[string]bool{}, first.Cursor
	for _, ticket := range first.Tickets {
		seen[ticket.ID] = true
	}
	const most = 6
	for range most {
		page, err := sub.Provider.Changed(t.Context(), cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, ticket := range page.Tickets {
			seen[ticket.ID] = true
		}
		cursor = page.Cursor
	}
	if len(seen) != many {
		t.Errorf("saw %d tickets, want %d", len(seen), many)
	}
}

func TestChangedIsOurs(t *testing.T) {
	t.Parallel()
	s := lineartest.Start(t)
	p := behind(t, s).Provider
	start, err := p.Changed(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	made := create(t, p, draft(s))
	s.Split(t, made.ID) // an issue of Alice's
	page, err := p.Changed(t.Context(), start.Cursor)
	if err != nil || len(page.Tickets) != 1 || page.Tickets[0].ID != made.ID || page.More {
		t.Errorf("changed %+v, %v; want ours only", page, err)
	}
}
