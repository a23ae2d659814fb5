package tickettest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"admit/internal/ticket"
)

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
	if done.Outcome != ticket.Yes || !readsAsItsGrounds(done) || done.UpdatedAt.Before(started.UpdatedAt) {
		t.Errorf("after Done: %+v, want yes, and later than %v", done, started.UpdatedAt)
	}
	if diff := cmp.Diff([]ticket.Snapshot{done}, s.read(t, made.ID)); diff != "" {
		t.Errorf("what is read is not what the poll saw:\n%s", diff)
	}
}

func testReopen(t *testing.T, s Subject) {
	made := s.create(t, s.draft())
	s.Fulfiller.Done(t, made.ID)
	poll := s.poller(t)
	s.Fulfiller.Reopen(t, made.ID)
	got := poll.wait(t, made.ID, func(got ticket.Snapshot) bool { return got.Outcome == ticket.Open })
	if got.ClosedBy != (ticket.Account{}) || !readsAsItsGrounds(got) {
		t.Errorf("after Reopen: %+v, want it closed by nobody", got)
	}
	s.Fulfiller.Done(t, made.ID)
	poll.wait(t, made.ID, func(got ticket.Snapshot) bool { return got.Outcome == ticket.Yes })
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

// testChangedMany follows many tickets. After each of the first pages somebody
// works on a ticket that was seen already, which moves it to the end, and on one
// that was perhaps not.
func testChangedMany(t *testing.T, s Subject) {
	const workers = 20
	poll := s.poller(t)
	ids := s.Fill(t, many)
	unseen, begun := map[string]bool{}, map[string]bool{}
	for _, id := range ids {
		unseen[id] = true
	}
	mostPages := (many+2*workers+s.Spec.Batch-1)/s.Spec.Batch + 10
	pages := 0
	for more := true; more && pages <= mostPages; pages++ {
		var page ticket.Page
		s.calling(t, 1, func() { page = poll.page(t) })
		poll.cursor, more = page.Cursor, page.More
		note(page.Tickets, unseen, begun)
		if pages < workers && len(page.Tickets) > 0 {
			for _, id := range []string{page.Tickets[0].ID, ids[len(ids)-1-pages]} {
				s.Fulfiller.Start(t, id)
				begun[id] = true
			}
		}
	}
	if pages > mostPages {
		t.Errorf("after %d pages there are still more, want at most %d", pages, mostPages)
	}
	if len(unseen) > 0 {
		t.Errorf("%d of %d tickets were not seen in %d pages: what changes meanwhile must not push others out of sight", len(unseen), many, pages)
	}
	until(t, "work that began while the pages were read was not seen", func() bool {
		note(poll.drain(t), unseen, begun)
		return len(begun) == 0
	})
}

// note strikes out what was seen.
func note(seen []ticket.Snapshot, unseen, begun map[string]bool) {
	for _, s := range seen {
		delete(unseen, s.ID)
		if s.WorkSeen {
			delete(begun, s.ID)
		}
	}
}

func testLateChange(t *testing.T, s Subject) {
	early := s.create(t, s.draft())
	poll := s.poller(t)
	s.Lag(t, true)
	late := s.create(t, s.draft())
	s.Fulfiller.Start(t, early.ID)
	poll.drain(t) // sees a later change than the one it will have missed
	poll.drain(t)
	s.Lag(t, false)
	poll.wait(t, late.ID, func(ticket.Snapshot) bool { return true })
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

func (p *poller) page(t *testing.T) ticket.Page {
	t.Helper()
	page, err := p.provider.Changed(t.Context(), p.cursor)
	if err != nil {
		t.Fatalf("changed: %v", err)
	}
	return page
}

// drain reads page by page until none is left.
func (p *poller) drain(t *testing.T) []ticket.Snapshot {
	t.Helper()
	const most = 1000
	var all []ticket.Snapshot
	for range most {
		page := p.page(t)
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
		for _, s := range slices.Backward(p.drain(t)) {
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
