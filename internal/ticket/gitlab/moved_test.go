package gitlab_test

import (
	"slices"
	"strings"
	"testing"

	"admit/internal/ticket"
)

// follow polls until there is no more, and returns the last state of a ticket. Of
// others only these may turn up.
func (w world) follow(t *testing.T, cursor *string, id string, others ...string) (last ticket.Snapshot) {
	t.Helper()
	for more := true; more; {
		page, err := w.Provider.Changed(t.Context(), *cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range page.Tickets {
			if s.ID == id {
				last = s
			} else if !slices.Contains(others, s.ID) {
				t.Errorf("another ticket turned up: %+v", s)
			}
		}
		*cursor, more = page.Cursor, page.More
	}
	return last
}

// TestMoved moves a ticket twice, and ends it where it went.
func TestMoved(t *testing.T) {
	t.Parallel()
	w := start(t)
	cursor := ""
	w.follow(t, &cursor, "")
	made := w.create(t, 1)
	seen := w.follow(t, &cursor, made.ID)
	for _, project := range []string{w.Other(), w.Project} {
		w.MoveOn(t, made.ID)
		for name, got := range map[string]ticket.Snapshot{"read": w.read(t, made.ID), "followed": w.follow(t, &cursor, made.ID)} {
			if got.ID != made.ID || got.Project != project || got.Identifier == seen.Identifier || got.URL == seen.URL ||
				got.Outcome != ticket.Open || got.Key != made.Key || !got.CreatedAt.Equal(made.CreatedAt) || got.UpdatedAt.Before(seen.UpdatedAt) {
				t.Errorf("%s: %+v; want the ticket open in project %s", name, got, project)
			}
		}
		seen = w.read(t, made.ID)
	}
	found, err := w.Provider.Find(t.Context(), made.Key)
	if err != nil || len(found) != 1 || found[0].ID != made.ID {
		t.Errorf("found %+v, %v; want one ticket", found, err)
	}
	if err := w.Provider.Comment(t.Context(), made.ID, "Stop, please."); err != nil || !strings.Contains(w.Server.Text(t, made.ID), "Stop, please.") {
		t.Errorf("a comment went elsewhere: %v", err)
	}
	w.calls(t, "an idle poll", 1, func() error { w.follow(t, &cursor, made.ID); return nil })
	w.Server.Close(t, made.ID)
	if got := w.follow(t, &cursor, made.ID); got.Outcome != ticket.Yes || got.ClosedBy.Name == "" {
		t.Errorf("followed %+v, want it done", got)
	}
	if got := w.read(t, made.ID); got.Outcome != ticket.Yes {
		t.Errorf("read %+v, want it done", got)
	}
}

// TestMovedLate moves a ticket that nothing happened to for a while: then the
// issue it becomes is not among those that changed.
func TestMovedLate(t *testing.T) {
	t.Parallel()
	w := start(t)
	made := w.create(t, 1)
	w.Age(t, made.ID)
	cursor, recent := "", w.create(t, 2).ID
	w.follow(t, &cursor, made.ID, recent)
	w.MoveOn(t, made.ID)
	w.calls(t, "a poll after the move", 2, func() error {
		if got := w.follow(t, &cursor, made.ID, recent); got.Project != w.Other() || got.Outcome != ticket.Open {
			t.Errorf("followed %+v, want it open in project %s", got, w.Other())
		}
		return nil
	})
	w.calls(t, "an idle poll", 1, func() error { w.follow(t, &cursor, made.ID, recent); return nil })
	w.Server.Close(t, made.ID)
	w.calls(t, "a poll after the end", 1, func() error {
		if got := w.follow(t, &cursor, made.ID, recent); got.Outcome != ticket.Yes {
			t.Errorf("followed %+v, want it done", got)
		}
		return nil
	})
}

func TestMovedAndClosed(t *testing.T) {
	t.Parallel()
	w := start(t)
	made := w.create(t, 1)
	w.MoveOn(t, made.ID)
	if err := w.Provider.Close(t.Context(), made.ID, "not wanted"); err != nil {
		t.Fatal(err)
	}
	state, _ := w.State(t, made.ID)
	if got := w.read(t, made.ID); got.Outcome != ticket.No || state != "closed" {
		t.Errorf("read %+v, and it is %s; want no", got, state)
	}
}

// TestMovedAway moves a ticket to where Admit cannot see it.
func TestMovedAway(t *testing.T) {
	t.Parallel()
	w := start(t)
	cursor := ""
	w.follow(t, &cursor, "")
	made := w.create(t, 1)
	w.Fulfiller.Odd(t, made.ID)
	for name, got := range map[string]ticket.Snapshot{"read": w.read(t, made.ID), "followed": w.follow(t, &cursor, made.ID)} {
		if got.Outcome != ticket.Unclear || got.Grounds[0].Key != "moved" {
			t.Errorf("%s: %+v; want it unclear", name, got)
		}
		if got = (ticket.Outcomes{"moved": ticket.No}).Apply(got); got.Outcome != ticket.No {
			t.Errorf("%s: told that moved means no it is %s", name, got.Outcome)
		}
	}
}
