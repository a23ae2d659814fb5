package freshservice_test

import (
	"testing"
	"time"

	"admit/internal/ticket"
	"admit/internal/ticket/freshservice/freshservicetest"
)

// poller follows the changes of an account.
type poller struct {
	ticket.Provider

	cursor string
}

func follow(t *testing.T, p ticket.Provider) *poller {
	t.Helper()
	first := &poller{Provider: p}
	first.poll(t)
	return first
}

// poll returns what changed since the last time, by its id.
func (p *poller) poll(t *testing.T) map[string]ticket.Snapshot {
	t.Helper()
	seen := map[string]ticket.Snapshot{}
	for more := true; more; {
		page, err := p.Changed(t.Context(), p.cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range page.Tickets {
			seen[one.ID] = one
		}
		p.cursor, more = page.Cursor, page.More
	}
	return seen
}

// TestPollTellsEnds polls what a list does not tell: how tickets ended.
func TestPollTellsEnds(t *testing.T) {
	t.Parallel()
	s, p := start(t, nil)
	f, poll, ids := s.System(t).Fulfiller, follow(t, p), s.System(t).Fill(t, 5)
	for i, end := range []func(*testing.T, string){f.Done, f.Decline, f.Odd} {
		end(t, ids[i])
	}
	s.Ticket(t, ids[3]).Description = "<p>somebody edited the key away</p>"
	seen := poll.poll(t)
	for i, want := range []ticket.Outcome{ticket.Yes, ticket.No, ticket.Unclear, ticket.Open, ticket.Open} {
		if got := seen[ids[i]]; got.Outcome != want {
			t.Errorf("%d: %+v, want %s", i, got, want)
		}
	}
}

// TestEndsAreLookedAtOnce counts the calls of polls after tickets ended.
func TestEndsAreLookedAtOnce(t *testing.T) {
	t.Parallel()
	s := freshservicetest.Start(t)
	subject := behind(t, s)
	poll, ids := follow(t, subject.Provider), s.System(t).Fill(t, 3)
	for i, at := range []time.Duration{time.Minute, time.Minute, 0} {
		one := s.Ticket(t, ids[i])
		one.Status, one.UpdatedAt = 4, one.UpdatedAt.Add(-at)
	}
	for _, want := range []int{4, 2, 2} { // the last may change again in its second
		before := subject.Proxy.Calls()
		poll.poll(t)
		if made := subject.Proxy.Calls() - before; made != want {
			t.Errorf("a poll made %d calls, want %d", made, want)
		}
	}
	one := s.Ticket(t, ids[0])
	one.Tags, one.UpdatedAt = append(one.Tags, "declined"), one.UpdatedAt.Add(time.Second)
	if seen := poll.poll(t); seen[ids[0]].Outcome != ticket.No || len(seen) != 2 {
		t.Errorf("after a change of one: %+v", seen)
	}
}

// TestManyEnd ends more tickets at once than are looked at for one page.
func TestManyEnd(t *testing.T) {
	t.Parallel()
	s, p := start(t, nil)
	const many = 130
	poll, ids := follow(t, p), s.System(t).Fill(t, many)
	for _, id := range ids {
		one := s.Ticket(t, id)
		one.Status, one.UpdatedAt = 4, one.UpdatedAt.Add(-time.Minute)
	}
	if seen := poll.poll(t); len(seen) != many {
		t.Errorf("saw %d of %d", len(seen), many)
	}
}
