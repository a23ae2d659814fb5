// Package tickettest holds every provider to the contract of package ticket.
package tickettest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"admit/internal/ticket"
)

// Subject is a provider under test, with a system behind it that a test may
// fill with tickets.
type Subject struct {
	Provider   ticket.Provider
	Spec       ticket.Spec
	Project    string // a project that tickets can be filed in
	Assignable string // e-mail of somebody who tickets of Project can be assigned to
	// Unassignable is the e-mail of somebody who has an account, but whom tickets
	// of Project cannot be assigned to; "" if the system knows no such people.
	Unassignable string
	Fulfiller    Fulfiller
	// Text returns all that people can read in a ticket: its body and comments.
	Text func(t *testing.T, id string) string
	// Idempotent says that the system itself makes one ticket of two creates
	// with one key.
	Idempotent bool
	// Calls returns how often the provider called its system so far; nil if it
	// has no system outside this process.
	Calls func() int
}

// Fulfiller acts as the person a ticket is assigned to. A nil func is something
// the system does not have.
type Fulfiller struct {
	Start   func(t *testing.T, id string) // begins to work
	Done    func(t *testing.T, id string) // ends the ticket with yes
	Decline func(t *testing.T, id string) // ends it with no
	Reopen  func(t *testing.T, id string) //
	Delete  func(t *testing.T, id string) //
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

func testCheck(t *testing.T, s Subject) {
	for _, project := range []string{"", s.Project} {
		findings, err := s.Provider.Check(t.Context(), project)
		if err != nil || len(findings) > 0 {
			t.Errorf("Check(%q) = %v, %v; want nothing missing", project, findings, err)
		}
	}
	findings, err := s.Provider.Check(t.Context(), "no such project")
	if err != nil || len(findings) == 0 {
		t.Errorf("Check of a project that is not there = %v, %v; want a finding", findings, err)
	}
}

func testProjects(t *testing.T, s Subject) {
	projects, err := s.Provider.Projects(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(projects, func(p ticket.Project) bool { return p.ID == s.Project && p.Name != "" }) {
		t.Errorf("projects %v lack %q", projects, s.Project)
	}
	if !slices.IsSortedFunc(projects, func(a, b ticket.Project) int { return strings.Compare(a.Name, b.Name) }) {
		t.Errorf("projects are not in the order of their names: %v", projects)
	}
}

func testAccount(t *testing.T, s Subject) {
	acct := s.account(t)
	if acct.ID == "" || acct.Name == "" || !strings.EqualFold(acct.Email, s.Assignable) {
		t.Errorf("account = %+v, want id, name and %s", acct, s.Assignable)
	}
	again, ok, err := s.Provider.Account(t.Context(), s.Project, strings.ToUpper(s.Assignable))
	if err != nil || !ok || again != acct {
		t.Errorf("by e-mail in capitals = %+v, %v, %v; want %+v", again, ok, err, acct)
	}
	for _, stranger := range []string{"", "nobody@stranger.invalid", "%", "*", "'; DROP TABLE Users; --", `"\` + "\x00\n"} {
		got, ok, err := s.Provider.Account(t.Context(), s.Project, stranger)
		if err != nil || ok || got != (ticket.Account{}) {
			t.Errorf("account of %q = %+v, %v, %v; want nobody", stranger, got, ok, err)
		}
	}
}

func testCreate(t *testing.T, s Subject) {
	d := s.draft()
	d.Assignee = s.account(t)
	made, err := s.Provider.Create(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	for what, ok := range map[string]bool{
		"id":                  made.ID != "",
		"identifier":          made.Identifier != "",
		"address":             strings.HasPrefix(made.URL, "http") || strings.HasPrefix(made.URL, "/"),
		"project":             made.Project == s.Project,
		"key":                 made.Key == d.Key,
		"title":               made.Title == d.Title,
		"status":              made.Status != "",
		"outcome open":        made.Outcome == ticket.Open,
		"no work seen":        !made.WorkSeen,
		"assignee":            made.Assignee == d.Assignee,
		"closed by nobody":    made.ClosedBy == ticket.Account{},
		"time of creation":    !made.CreatedAt.IsZero(),
		"time of last change": !made.UpdatedAt.Before(made.CreatedAt),
	} {
		if !ok {
			t.Errorf("%s is wrong in %+v", what, made)
		}
	}
	if diff := cmp.Diff([]ticket.Snapshot{made}, s.find(t, d.Key)); diff != "" {
		t.Errorf("what is found is not what was made:\n%s", diff)
	}
	if body := s.Text(t, made.ID); !strings.Contains(body, d.Body) {
		t.Errorf("the body is %q, want %q in it", body, d.Body)
	}
}

func testCreateUnassigned(t *testing.T, s Subject) {
	if made := s.create(t, s.draft()); made.Assignee != (ticket.Account{}) {
		t.Errorf("assigned to %+v, want nobody", made.Assignee)
	}
}

func testCreateUnassignable(t *testing.T, s Subject) {
	if s.Unassignable == "" {
		return
	}
	acct, ok, err := s.Provider.Account(t.Context(), s.Project, s.Unassignable)
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return // told in time
	}
	d := s.draft()
	d.Assignee = acct
	made, err := s.Provider.Create(t.Context(), d)
	if err != nil {
		if f := ticket.FailureOf(err); f.Certainty != ticket.Refused || len(s.find(t, d.Key)) > 0 {
			t.Errorf("%+v, with tickets %+v; want a clean refusal", f, s.find(t, d.Key))
		}
		return
	}
	if made.Assignee != (ticket.Account{}) {
		t.Errorf("Create says it is assigned to %+v, who cannot be", made.Assignee)
	}
}

func testCreateInNoProject(t *testing.T, s Subject) {
	for _, project := range []string{"999999999", "no such project", "", "../../" + s.Project, s.Project + "?x=y"} {
		d := s.draft()
		d.Project = project
		made, err := s.Provider.Create(t.Context(), d)
		f := ticket.FailureOf(err)
		if err == nil || f.Certainty != ticket.Refused || f.Trouble != ticket.Input || f.Msg == "" {
			t.Errorf("Create in %q = %+v, %+v; want a refusal", project, made, f)
		}
		if found := s.find(t, d.Key); len(found) != 0 {
			t.Errorf("Create in %q made %+v", project, found)
		}
	}
}

func testCreateTwice(t *testing.T, s Subject) {
	d := s.draft()
	first, second := s.create(t, d), s.create(t, d)
	found := s.find(t, d.Key)
	want := []string{first.ID, second.ID}
	if s.Idempotent {
		want = want[:1]
	}
	if got := idsOf(found); !slices.Equal(got, want) {
		t.Errorf("found %v, want %v, oldest first", got, want)
	}
	if s.Idempotent != (first.ID == second.ID) {
		t.Errorf("tickets %s and %s, idempotent = %v", first.ID, second.ID, s.Idempotent)
	}
}

func testCreateOddTexts(t *testing.T, s Subject) {
	long := strings.Repeat("Zugriff für Jürgen, 日本語, 🔑\n", 100_000/37)
	for name, d := range map[string]ticket.Draft{
		"non-ASCII":   {Title: "Zugriff für Jürgen – 日本語 🔑", Body: "Größe: ñandú\n\n日本語 🔑 **HAS** <b>x</b> & 'quotes' \"double\""},
		"hostile":     {Title: "one\ntwo\r\nBcc: x@example.com\x00\x1b[31m<script>alert(1)</script>' OR 1=1 --", Body: "a\x00b\x1b[31mc\r\nd <script>"},
		"not UTF-8":   {Title: "bad \xff\xfe title", Body: "bad \xff\xfe body"},
		"100 kB":      {Title: strings.Repeat("日", 200), Body: long},
		"placeholder": {Title: "%s {{.Name}} ${HOME} __CurrentUser__", Body: "%d {$Ticket->id} {{7*7}}"},
	} {
		t.Run(name, func(t *testing.T) {
			whole := s.draft()
			whole.Title, whole.Body = d.Title, d.Body+"\n\n"+whole.Key
			made := s.create(t, whole)
			if strings.ContainsFunc(made.Title, func(r rune) bool { return r < ' ' }) || strings.TrimSpace(made.Title) == "" {
				t.Errorf("title %q is not one plain line", made.Title)
			}
			text := s.Text(t, made.ID)
			if !strings.Contains(text, whole.Key) {
				t.Errorf("the last line is missing: %.100q", text)
			}
			if name == "hostile" || name == "not UTF-8" {
				return
			}
			// A column may be too short for a title in a script of many bytes.
			if title := strings.TrimRight(made.Title, "\uFFFD…"); !strings.HasPrefix(whole.Title, title) || len(title) < min(len(whole.Title), 150) {
				t.Errorf("title %q, want %q", made.Title, whole.Title)
			}
			if !strings.Contains(strings.ReplaceAll(text, "\r\n", "\n"), d.Body) {
				t.Errorf("the body is not whole: %.200q", text)
			}
		})
	}
}

func testFindNone(t *testing.T, s Subject) {
	if found := s.find(t, newKey()); len(found) != 0 {
		t.Errorf("found %+v, want nothing", found)
	}
}

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

func testComment(t *testing.T, s Subject) {
	made := s.create(t, s.draft())
	const comment = "Bitte prüfen: 日本語 <b>not bold</b>\nsecond line"
	if err := s.Provider.Comment(t.Context(), made.ID, comment); err != nil {
		t.Fatal(err)
	}
	if text := s.Text(t, made.ID); strings.Count(strings.ReplaceAll(text, "\r\n", "\n"), comment) != 1 {
		t.Errorf("the ticket reads %q, want the comment once", text)
	}
	if got := s.read(t, made.ID); len(got) != 1 || got[0].Outcome != ticket.Open || got[0].WorkSeen {
		t.Errorf("a comment of ours changed the ticket: %+v", got)
	}
	for _, id := range []string{"999999999", "", "../" + made.ID} {
		err := s.Provider.Comment(t.Context(), id, comment)
		if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Refused || f.Trouble != ticket.Input {
			t.Errorf("a comment on ticket %q: %v; want a refusal", id, err)
		}
	}
}

func testClose(t *testing.T, s Subject) {
	made := s.create(t, s.draft())
	const reason = "The access is not wanted any more."
	for range 2 {
		if err := s.Provider.Close(t.Context(), made.ID, reason); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.read(t, made.ID); len(got) != 1 || got[0].Outcome != ticket.No {
		t.Errorf("read %+v, want no", got)
	}
	if text := s.Text(t, made.ID); strings.Count(text, reason) != 1 {
		t.Errorf("the ticket reads %q, want the reason once", text)
	}
	for _, id := range []string{"999999999", "", "../" + made.ID} {
		if err := s.Provider.Close(t.Context(), id, reason); err == nil {
			t.Errorf("closing ticket %q worked", id)
		}
	}
}

func testCloseEnded(t *testing.T, s Subject) {
	made := s.create(t, s.draft())
	s.Fulfiller.Done(t, made.ID)
	if err := s.Provider.Close(t.Context(), made.ID, "not wanted any more"); err != nil {
		t.Errorf("closing a done ticket: %v", err)
	}
	if got := s.read(t, made.ID); len(got) != 1 || got[0].Outcome != ticket.Yes {
		t.Errorf("read %+v, want it done as before", got)
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
	if s.Spec.LookupLag > 0 {
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
