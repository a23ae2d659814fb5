// Package tickettest holds every provider to the contract of package ticket.
package tickettest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strconv"
	"testing"
	"time"

	"admit/internal/ticket"
)

// Subject is a provider under test, with a system behind it that a test may
// fill with tickets.
type Subject struct {
	System
	Provider ticket.Provider
	Spec     ticket.Spec
	// Calls returns how often the provider called its system so far; nil if it
	// has no system outside this process.
	Calls func() int
}

// Run runs every case on a fresh subject each.
func Run(t *testing.T, open func(t *testing.T) Subject) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, s Subject)
	}{
		{"Check", testCheck},
		{"Projects", testProjects},
		{"Account", testAccount},
		{"Create", testCreate},
		{"CreateUnassigned", testCreateUnassigned},
		{"CreateForSomebodyWhoCannot", testCreateUnassignable},
		{"CreateInNoProject", testCreateInNoProject},
		{"CreateTwiceWithOneKey", testCreateTwice},
		{"CreateOddTexts", testCreateOddTexts},
		{"FindNone", testFindNone},
		{"Read", testRead},
		{"ReadBatch", testReadBatch},
		{"Transitions", testTransitions},
		{"Decline", testDecline},
		{"Delete", testDelete},
		{"IdlePoll", testIdlePoll},
		{"HostileCursor", testHostileCursor},
		{"Comment", testComment},
		{"Close", testClose},
		{"CloseEnded", testCloseEnded},
		{"Canceled", testCanceled},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

func testCanceled(t *testing.T, s Subject) {
	ctx, cancel := context.WithCancel(t.Context())
	existing, d := s.create(t, s.draft()), s.draft()
	cancel()
	for name, call := range calls(s.Provider, d, existing.ID) {
		if err := call(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s with a canceled context: %v", name, err)
		}
	}
	if found := s.find(t, d.Key); len(found) > 0 {
		t.Errorf("a canceled Create made %+v", found)
	}
}

// calls is every method of a provider.
func calls(p ticket.Provider, d ticket.Draft, id string) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"Check":    func(ctx context.Context) error { _, err := p.Check(ctx, d.Project); return err },
		"Projects": func(ctx context.Context) error { _, err := p.Projects(ctx); return err },
		"Account":  func(ctx context.Context) error { _, _, err := p.Account(ctx, d.Project, "a@example.com"); return err },
		"Create":   func(ctx context.Context) error { _, err := p.Create(ctx, d); return err },
		"Find":     func(ctx context.Context) error { _, err := p.Find(ctx, d.Key); return err },
		"Read":     func(ctx context.Context) error { _, err := p.Read(ctx, []string{id}); return err },
		"Changed":  func(ctx context.Context) error { _, err := p.Changed(ctx, ""); return err },
		"Comment":  func(ctx context.Context) error { return p.Comment(ctx, id, "comment") },
		"Close":    func(ctx context.Context) error { return p.Close(ctx, id, "reason") },
	}
}

// draft returns a ticket that can be filed.
func (s Subject) draft() ticket.Draft {
	key := newKey()
	return ticket.Draft{
		Key:     key,
		Project: s.Project,
		Title:   "Give Josh access " + key[:8],
		Body:    "Make sure **josh@example.com HAS** *My Role* in *Payroll*.\n\n" + key,
	}
}

func (s Subject) account(t *testing.T) ticket.Account {
	t.Helper()
	acct, ok, err := s.Provider.Account(t.Context(), s.Project, s.Assignable)
	if err != nil || !ok {
		t.Fatalf("account of %s: %v, %v", s.Assignable, ok, err)
	}
	return acct
}

func (s Subject) create(t *testing.T, d ticket.Draft) ticket.Snapshot {
	t.Helper()
	made, err := s.Provider.Create(t.Context(), d)
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	return made
}

// find looks a key up, after the time the system may need to show a new ticket.
func (s Subject) find(t *testing.T, key string) []ticket.Snapshot {
	t.Helper()
	if s.Spec.LookupLag > 0 && !s.NoLag {
		t.Log("waiting for the search of the system")
		wait(t, s.Spec.LookupLag)
	}
	found, err := s.Provider.Find(t.Context(), key)
	if err != nil {
		t.Fatalf("find: %v", err)
	}
	return found
}

func (s Subject) read(t *testing.T, ids ...string) []ticket.Snapshot {
	t.Helper()
	got, err := s.Provider.Read(t.Context(), ids)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	return got
}

// calling runs f and fails unless it made n calls to the system.
func (s Subject) calling(t *testing.T, n int, f func()) {
	t.Helper()
	if s.Calls == nil {
		f()
		return
	}
	before := s.Calls()
	f()
	if made := s.Calls() - before; made != n {
		t.Errorf("made %d calls to the system, want %d", made, n)
	}
}

func wait(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}

func idsOf(tickets []ticket.Snapshot) []string {
	var ids []string
	for _, s := range tickets {
		ids = append(ids, s.ID)
	}
	return ids
}

func newKey() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// missingID returns an id that looks right and belongs to no ticket.
func missingID(n int) string { return strconv.Itoa(900_000_000 + n) }
