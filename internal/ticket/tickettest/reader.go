package tickettest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"admit/internal/ticket"
)

func testRead(t *testing.T, s Subject) {
	a, b := s.create(t, s.draft()), s.create(t, s.draft())
	got := s.read(t, b.ID, "999999999", a.ID, "no id", "", "1 OR id > 0")
	want := []ticket.Snapshot{a, b}
	for _, list := range [][]ticket.Snapshot{got, want} {
		slices.SortFunc(list, func(x, y ticket.Snapshot) int { return strings.Compare(x.ID, y.ID) })
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what is read is not what was made:\n%s", diff)
	}
	if got := s.read(t); len(got) != 0 {
		t.Errorf("reading nothing gave %+v", got)
	}
}

func testReadBatch(t *testing.T, s Subject) {
	made := s.create(t, s.draft())
	ids := []string{made.ID}
	for n := range s.Spec.Batch - 1 {
		ids = append(ids, missingID(n))
	}
	s.calling(t, 1, func() {
		if diff := cmp.Diff([]ticket.Snapshot{made}, s.read(t, ids...)); diff != "" {
			t.Errorf("what is read is not what was made:\n%s", diff)
		}
	})
}

func testTransitions(t *testing.T, s Subject) {
	poll := s.poller(t)
	made := s.create(t, s.draft())
	poll.wait(t, made.ID, func(got ticket.Snapshot) bool { return cmp.Equal(got, made) })

	s.Fulfiller.Start(t, made.ID)
	started := poll.wait(t, made.ID, func(got ticket.Snapshot) bool { return got.WorkSeen })
	if started.Outcome != ticket.Open {
		t.Errorf("after Start: %+v, want it open", started)
	}
	s.Fulfiller.Done(t, made.ID)
	done := poll.wait(t, made.ID, func(got ticket.Snapshot) bool { return got.Outcome.Ended() })
	if done.Outcome != ticket.Yes || done.UpdatedAt.Before(started.UpdatedAt) {
		t.Errorf("after Done: %+v, want yes, and later than %v", done, started.UpdatedAt)
	}
	if diff := cmp.Diff([]ticket.Snapshot{done}, s.read(t, made.ID)); diff != "" {
		t.Errorf("what is read is not what the poll saw:\n%s", diff)
	}
	if s.Fulfiller.Reopen == nil {
		return
	}
	s.Fulfiller.Reopen(t, made.ID)
	poll.wait(t, made.ID, func(got ticket.Snapshot) bool { return got.Outcome == ticket.Open && got.ClosedBy == ticket.Account{} })
}

func testDecline(t *testing.T, s Subject) {
	made := s.create(t, s.draft())
	s.Fulfiller.Decline(t, made.ID)
	if got := s.read(t, made.ID); len(got) != 1 || got[0].Outcome != ticket.No {
		t.Errorf("read %+v, want no", got)
	}
}

func testDelete(t *testing.T, s Subject) {
	if s.Fulfiller.Delete == nil {
		return
	}
	d := s.draft()
	made := s.create(t, d)
	s.Fulfiller.Delete(t, made.ID)
	for _, got := range [][]ticket.Snapshot{s.read(t, made.ID), s.find(t, d.Key)} {
		if len(got) > 0 && got[0].Outcome != ticket.Deleted {
			t.Errorf("a deleted ticket reads as %+v", got)
		}
	}
}

func testIdlePoll(t *testing.T, s Subject) {
	poll := s.poller(t)
	s.create(t, s.draft())
	poll.drain(t)
	s.calling(t, 1, func() {
		page, err := s.Provider.Changed(t.Context(), poll.cursor)
		if err != nil {
			t.Fatal(err)
		}
		// Other tests fill the system too: only a full page may have a successor.
		if page.Cursor == "" || page.More && len(page.Tickets) < s.Spec.Batch {
			t.Errorf("an idle poll gave %d tickets, cursor %q, more = %v", len(page.Tickets), page.Cursor, page.More)
		}
	})
}

func testHostileCursor(t *testing.T, s Subject) {
	page, err := s.Provider.Changed(t.Context(), "")
	if err != nil || page.Cursor == "" || len(page.Tickets) > 0 {
		t.Fatalf("the first call = %+v, %v; want a cursor and no tickets", page, err)
	}
	for _, cursor := range []string{"x", "0", "-1", "null", "e30", "{}", "\xff\x00", "' OR 1=1 --", strings.Repeat("A", 100_000), page.Cursor + "!"} {
		if got, err := s.Provider.Changed(t.Context(), cursor); err == nil {
			t.Errorf("the cursor %.40q gave %+v, want an error", cursor, got)
		}
	}
}

// poller follows the changes as the engine does.
type poller struct {
	provider ticket.Provider
	cursor   string
}

func (s Subject) poller(t *testing.T) *poller {
	t.Helper()
	p := &poller{provider: s.Provider}
	p.drain(t)
	return p
}

// drain reads page by page until none is left.
func (p *poller) drain(t *testing.T) []ticket.Snapshot {
	t.Helper()
	const most = 1000
	var all []ticket.Snapshot
	for range most {
		page, err := p.provider.Changed(t.Context(), p.cursor)
		if err != nil {
			t.Fatalf("changed: %v", err)
		}
		all = append(all, page.Tickets...)
		p.cursor = page.Cursor
		if !page.More {
			return all
		}
	}
	t.Fatalf("after %d pages there are still more", most)
	return nil
}

// wait polls until ticket id is seen as wanted.
func (p *poller) wait(t *testing.T, id string, wanted func(ticket.Snapshot) bool) ticket.Snapshot {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	var last ticket.Snapshot
	for time.Now().Before(deadline) {
		for _, s := range p.drain(t) {
			if s.ID != id {
				continue
			}
			if last = s; wanted(s) {
				return s
			}
		}
		wait(t, 50*time.Millisecond)
	}
	t.Fatalf("the change of ticket %s was not seen; last seen: %+v", id, last)
	return last
}
