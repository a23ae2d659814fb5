package tickettest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"admit/internal/ticket"
)

func testCanceled(t *testing.T, s Subject) {
	existing, d := s.create(t, s.draft()), s.draft()
	calls := s.calls(t, d, existing.ID)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range calls {
		err := call(ctx)
		if err == nil && optional(name) {
			continue // it needs no call
		}
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s with a canceled context: %v", name, err)
		}
	}
	if found := s.find(t, d.Key); len(found) > 0 {
		t.Errorf("a canceled Create made %+v", found)
	}
}

// calls is every method of a provider that may call its system.
func (s Subject) calls(t *testing.T, d ticket.Draft, id string) map[string]func(context.Context) error {
	t.Helper()
	p := s.Provider
	all := map[string]func(context.Context) error{
		"Check":    func(ctx context.Context) error { _, err := p.Check(ctx, d.Project); return err },
		"Projects": func(ctx context.Context) error { _, err := p.Projects(ctx); return err },
		"Account":  func(ctx context.Context) error { _, _, err := p.Account(ctx, d.Project, "a@example.com"); return err },
		"People":   func(ctx context.Context) error { _, err := p.People(ctx, d.Project, "alice"); return err },
		"Create":   func(ctx context.Context) error { _, err := p.Create(ctx, d); return err },
		"Find":     func(ctx context.Context) error { _, err := p.Find(ctx, d.Key); return err },
		"Read":     func(ctx context.Context) error { _, err := p.Read(ctx, []string{id}); return err },
		"Changed":  func(ctx context.Context) error { _, err := p.Changed(ctx, ""); return err },
		"Comment":  func(ctx context.Context) error { return p.Comment(ctx, id, "comment") },
		"Close":    func(ctx context.Context) error { return p.Close(ctx, id, "reason") },
	}
	if former, ok := p.(ticket.Former); ok {
		all["Types"] = func(ctx context.Context) error { _, err := former.Types(ctx, d.Project); return err }
		all["Form"] = func(ctx context.Context) error { _, err := former.Form(ctx, d.Project, d.Type); return err }
	}
	if lister, ok := p.(ticket.Lister); ok {
		all["Statuses"] = func(ctx context.Context) error { _, err := lister.Statuses(ctx, d.Project); return err }
	}
	if assigner, ok := p.(ticket.Assigner); ok {
		to := s.account(t)
		all["Assign"] = func(ctx context.Context) error { return assigner.Assign(ctx, id, to) }
	}
	if completer, ok := p.(ticket.Completer); ok {
		all["Complete"] = func(ctx context.Context) error { return completer.Complete(ctx, id, completion) }
	}
	if registrar, ok := p.(ticket.Registrar); ok {
		hook := s.hook(listen(t))
		all["Register"] = func(ctx context.Context) error { _, err := registrar.Register(ctx, hook); return err }
	}
	return all
}

// optional reports whether a method may know its answer without a call: a
// system whose tickets have no types, or one that has the same two everywhere.
func optional(method string) bool {
	return method == "Types" || method == "Form" || method == "Statuses"
}

// draft returns a ticket that can be filed.
func (s Subject) draft() ticket.Draft {
	key := newKey()
	return ticket.Draft{
		Key:     key,
		Project: s.Project,
		Type:    s.Type,
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

// readOne reads a ticket that must be there.
func (s Subject) readOne(t *testing.T, id string) ticket.Snapshot {
	t.Helper()
	got := s.read(t, id)
	if len(got) != 1 || got[0].ID != id {
		t.Fatalf("reading ticket %s gave %+v", id, got)
	}
	return got[0]
}

// text returns what people read in a ticket, with the line ends of Unix.
func (s Subject) text(t *testing.T, id string) string {
	t.Helper()
	return strings.ReplaceAll(s.Text(t, id), "\r\n", "\n")
}

// rendered returns how Markdown reads in text.
func (s Subject) rendered(markdown string) string {
	if s.Rendered == nil {
		return markdown
	}
	return strings.TrimSpace(strings.ReplaceAll(s.Rendered(markdown), "\r\n", "\n"))
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

// until asks again and again, for ten seconds, whether something is so.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !so() {
		if time.Now().After(deadline) {
			t.Fatalf("after ten seconds: %s", what)
		}
		wait(t, 20*time.Millisecond)
	}
}

// tidy reports whether a name is fit to be shown: one line of bounded length
// without control characters.
func tidy(name string) bool {
	const most = 1000
	return utf8.ValidString(name) && utf8.RuneCountInString(name) <= most && !strings.ContainsFunc(name, unicode.IsControl)
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
