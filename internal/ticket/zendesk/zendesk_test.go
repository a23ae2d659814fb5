package zendesk_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"admit/internal/access"
	"admit/internal/ticket"
	"admit/internal/ticket/tickettest"
	"admit/internal/ticket/zendesk"
	"admit/internal/ticket/zendesk/zendesktest"
)

func TestProvider(t *testing.T) {
	t.Parallel()
	tickettest.Run(t, func(t *testing.T) tickettest.Subject {
		return behind(t).Subject
	})
}

func TestFaults(t *testing.T) {
	t.Parallel()
	tickettest.RunFaults(t, behind)
}

func behind(t *testing.T) tickettest.FaultSubject {
	t.Helper()
	subject := tickettest.Behind(t, zendesk.Spec(), zendesktest.Start(t).System(t))
	p, ok := subject.Provider.(*zendesk.Provider)
	if !ok {
		t.Fatalf("a %T", subject.Provider)
	}
	subject.Provider = opened{p}
	return subject
}

// opened shows the suite a new ticket as an open one. Zendesk itself opens a
// ticket as soon as somebody has it, and what is asked for is the assignee alone.
type opened struct{ *zendesk.Provider }

func (p opened) Create(ctx context.Context, d ticket.Draft) (ticket.Snapshot, error) {
	made, err := p.Provider.Create(ctx, d)
	return asOpen(made)[0], err
}

func (p opened) Find(ctx context.Context, key string) ([]ticket.Snapshot, error) {
	found, err := p.Provider.Find(ctx, key)
	return asOpen(found...), err
}

func (p opened) Read(ctx context.Context, ids []string) ([]ticket.Snapshot, error) {
	found, err := p.Provider.Read(ctx, ids)
	return asOpen(found...), err
}

func (p opened) Changed(ctx context.Context, cursor string) (ticket.Page, error) {
	page, err := p.Provider.Changed(ctx, cursor)
	page.Tickets = asOpen(page.Tickets...)
	return page, err
}

func asOpen(tickets ...ticket.Snapshot) []ticket.Snapshot {
	for i, s := range tickets {
		if s.Status == "new" {
			tickets[i].Status = "open"
			tickets[i].Grounds = []ticket.Ground{
				{Key: "custom_status:502", Name: "status 502 (open)"},
				{Key: "status:open", Name: "open", Outcome: ticket.Open},
			}
		}
	}
	return tickets
}

func TestPage(t *testing.T) { tickettest.Page(t, "zendesk", zendesk.Spec()) }

const key = "0123456789abcdef0123456789abcdef"

const accessGroup = "101" // zendesktest.Access

// start returns an account and the provider on it, as the engine uses it.
func start(t *testing.T) (*zendesktest.Server, *zendesk.Provider) {
	t.Helper()
	s := zendesktest.Start(t)
	return s, open(t, s, tickettest.Client())
}

func open(t *testing.T, s *zendesktest.Server, client *http.Client) *zendesk.Provider {
	t.Helper()
	settings, err := zendesk.Spec().Validate(map[string]string{"base_url": s.URL, "email": zendesktest.Email, "token": zendesktest.Token})
	if err != nil {
		t.Fatal(err)
	}
	opened, err := zendesk.Spec().Open(settings, client)
	p, ok := opened.(*zendesk.Provider)
	if err != nil || !ok {
		t.Fatal(err)
	}
	return p
}

func draft() ticket.Draft {
	return ticket.Draft{Key: key, Project: accessGroup, Title: "Give Josh access", Body: "Make sure.\n\n" + key}
}

func alice() ticket.Account {
	return ticket.Account{ID: strconv.Itoa(zendesktest.Alice), Name: "Alice Example", Email: "alice@example.com"}
}

func create(t *testing.T, p ticket.Provider, d ticket.Draft) ticket.Snapshot {
	t.Helper()
	made, err := p.Create(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func read(t *testing.T, p ticket.Provider, id string) ticket.Snapshot {
	t.Helper()
	got, err := p.Read(t.Context(), []string{id})
	if err != nil || len(got) != 1 {
		t.Fatalf("read %+v, %v", got, err)
	}
	return got[0]
}

// before is a client that lets something happen before certain calls.
type before struct {
	method string
	happen func()
}

func (b before) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == b.method {
		b.happen()
	}
	return tickettest.Client().Do(r)
}

func TestRepeatedCreate(t *testing.T) {
	t.Parallel()
	_, p := start(t)
	d := draft()
	d.Assignee = alice()
	first, again := create(t, p, d), create(t, p, d)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("the same call made another ticket:\n%s", diff)
	}
	d.Assignee = ticket.Account{}
	if other := create(t, p, d); other.ID == first.ID || other.Assignee != d.Assignee {
		t.Errorf("without an assignee it is %+v, want another ticket", other)
	}
}

func TestForgottenKey(t *testing.T) {
	t.Parallel()
	s, p := start(t)
	s.KeyLife = 0
	first, again := create(t, p, draft()), create(t, p, draft())
	found, err := p.Find(t.Context(), key)
	if err != nil || len(found) != 2 || found[0].ID != first.ID || found[1].ID != again.ID {
		t.Errorf("found %+v, %v; want %s and %s", found, err, first.ID, again.ID)
	}
}

func TestStored(t *testing.T) {
	t.Parallel()
	s, p := start(t)
	d := draft()
	d.Assignee = alice()
	d.Body = "Make sure **josh** HAS {{ticket.id}} & {% x %}.\n\n" + key
	made := create(t, p, d)
	if made.Status != "open" || made.WorkSeen || made.Identifier != "#"+made.ID || made.URL != s.URL+"/agent/tickets/"+made.ID {
		t.Errorf("made %+v", made)
	}
	stored := s.Ticket(t, made.ID)
	note := stored.Comments[0]
	if note.Public || strings.Contains(note.HTMLBody, "{{") || strings.Contains(note.HTMLBody, "{%") || !strings.Contains(note.HTMLBody, "<strong>josh</strong>") {
		t.Errorf("the note is %+v, want it internal, with its Markdown rendered and no placeholder in it", note)
	}
	if !strings.Contains(note.Body, "{{ticket.id}} & {% x %}") || !strings.HasSuffix(note.Body, key) {
		t.Errorf("people read %q", note.Body)
	}
	if stored.ExternalID != key || !slices.Contains(stored.Tags, "admit") {
		t.Errorf("stored %+v, want its key and the tag admit", stored)
	}
}

func TestGrounds(t *testing.T) {
	t.Parallel()
	s, p := start(t)
	own := func(id int64) string { return "custom_status:" + strconv.FormatInt(id, 10) }
	for i, c := range []struct {
		name   string
		end    func(t *testing.T, id string)
		want   ticket.Outcome
		first  string // the most decisive ground
		mapped ticket.Outcome
	}{
		{"new", func(*testing.T, string) {}, ticket.Open, own(501), ticket.Unclear},
		{"pending", func(t *testing.T, id string) { s.Set(t, id, "pending") }, ticket.Open, own(503), ticket.Unclear},
		{"tag of an open ticket", func(t *testing.T, id string) { s.Set(t, id, "open", "wont_do") }, ticket.Open, own(502), ticket.Unclear},
		{"solved", func(t *testing.T, id string) { s.Set(t, id, "solved") }, ticket.Yes, own(505), ticket.Unclear},
		{"closed", func(t *testing.T, id string) { s.Set(t, id, "closed") }, ticket.Yes, own(505), ticket.Unclear},
		{"declined", func(t *testing.T, id string) { s.Set(t, id, "solved", "Rejected") }, ticket.No, "tag:rejected", ticket.Yes},
		{"won't do", func(t *testing.T, id string) { s.SetCustom(t, id, zendesktest.WontDo) }, ticket.Yes, own(zendesktest.WontDo), ticket.No},
		{"merged", func(t *testing.T, id string) { s.Set(t, id, "closed", "closed_by_merge") }, ticket.Unclear, "tag:closed_by_merge", ticket.No},
	} {
		d := draft()
		d.Key = key[1:] + strconv.Itoa(i)
		made := create(t, p, d)
		c.end(t, made.ID)
		got := read(t, p, made.ID)
		if got.Outcome != c.want || got.Grounds[0].Key != c.first {
			t.Errorf("%s: %+v, want %s by %s", c.name, got, c.want, c.first)
		}
		if mapped := (ticket.Outcomes{c.first: c.mapped}).Judge(got.Grounds); mapped != c.mapped {
			t.Errorf("%s: mapped it is %s, want %s", c.name, mapped, c.mapped)
		}
	}
}

func TestWorkSeen(t *testing.T) {
	t.Parallel()
	s, p := start(t)
	d := draft()
	d.Assignee = alice()
	made := create(t, p, d)
	if got := read(t, p, made.ID); got.WorkSeen {
		t.Errorf("a ticket that was assigned when it was made: %+v, want no work seen", got)
	}
	s.Set(t, made.ID, "hold")
	if got := read(t, p, made.ID); !got.WorkSeen || got.Outcome != ticket.Open {
		t.Errorf("on hold: %+v, want work seen", got)
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	const reason = "Not wanted any more."
	wait := func(f func(t *testing.T, s *zendesktest.Server, p *zendesk.Provider, id string)) func(t *testing.T) {
		return func(t *testing.T) {
			t.Parallel()
			s, p := start(t)
			f(t, s, p, create(t, p, draft()).ID)
		}
	}
	t.Run("a ticket that nobody has", wait(func(t *testing.T, s *zendesktest.Server, p *zendesk.Provider, id string) {
		if err := p.Close(t.Context(), id, reason); err != nil {
			t.Fatal(err)
		}
		if got := s.Ticket(t, id); got.Status != "solved" || got.Assignee != zendesktest.Service || !slices.Contains(got.Tags, "wont_do") || !slices.Contains(got.Tags, "admit") {
			t.Errorf("closed it is %+v", got)
		}
	}))
	t.Run("a ticket of somebody's", wait(func(t *testing.T, s *zendesktest.Server, p *zendesk.Provider, id string) {
		s.Set(t, id, "pending")
		if err := p.Close(t.Context(), id, reason); err != nil {
			t.Fatal(err)
		}
		if got := s.Ticket(t, id); got.Status != "solved" || got.Assignee != zendesktest.Alice {
			t.Errorf("closed it is %+v", got)
		}
	}))
	t.Run("a field is required", wait(func(t *testing.T, s *zendesktest.Server, p *zendesk.Provider, id string) {
		s.Require(zendesktest.Colour)
		f := ticket.FailureOf(p.Close(t.Context(), id, reason))
		if f.Certainty != ticket.Refused || !strings.Contains(f.Msg, "Colour: is required") || !slices.Equal(f.Fields, []string{"line:311"}) {
			t.Errorf("%+v, want a refusal that names the field", f)
		}
	}))
	t.Run("the tag is not kept", wait(func(t *testing.T, s *zendesktest.Server, p *zendesk.Provider, id string) {
		s.NoTags = true
		if f := ticket.FailureOf(p.Close(t.Context(), id, reason)); f.Certainty != ticket.Refused || !strings.Contains(f.Msg, "wont_do") {
			t.Errorf("%+v, want it told that the ticket looks done", f)
		}
	}))
	t.Run("the service user left the group", wait(func(t *testing.T, s *zendesktest.Server, p *zendesk.Provider, id string) {
		s.Leave(zendesktest.Service, zendesktest.Access)
		if f := ticket.FailureOf(p.Close(t.Context(), id, reason)); f.Certainty != ticket.Refused || !slices.Equal(f.Fields, []string{ticket.AssigneeField}) {
			t.Errorf("%+v, want a refusal", f)
		}
	}))
	t.Run("closed for good", wait(func(t *testing.T, s *zendesktest.Server, p *zendesk.Provider, id string) {
		s.Set(t, id, "closed")
		if err := p.Close(t.Context(), id, reason); err != nil {
			t.Error(err)
		}
		if f := ticket.FailureOf(p.Comment(t.Context(), id, reason)); f.Certainty != ticket.Refused || f.Trouble != ticket.Input {
			t.Errorf("a comment: %+v, want a refusal", f)
		}
	}))
}

// TestEndRace changes the ticket between the look at it and its end.
func TestEndRace(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(p *zendesk.Provider, ctx context.Context, id, text string) error{
		"Close": (*zendesk.Provider).Close, "Complete": (*zendesk.Provider).Complete,
	} {
		for status, want := range map[string]ticket.Certainty{"closed": "", "open": ticket.NotSent} {
			t.Run(name+" while "+status, func(t *testing.T) {
				t.Parallel()
				s, p := start(t)
				id := create(t, p, draft()).ID
				age := time.Hour
				if status == "closed" {
					age = -age // as a change in the same second, it is not noticed
				}
				s.Age(t, id, age)
				racing := open(t, s, &http.Client{Transport: before{http.MethodPut, func() { s.Set(t, id, status) }}})
				err := end(racing, t.Context(), id, "It is over.")
				if want == "" && err != nil {
					t.Errorf("closed in the meantime: %v", err)
				}
				if f := ticket.FailureOf(err); want != "" && (err == nil || f.Certainty != want || f.Trouble == ticket.Input) {
					t.Errorf("changed in the meantime: %+v, want it tried again", f)
				}
				if strings.Contains(s.Text(t, id), "It is over") {
					t.Error("the text is there all the same")
				}
			})
		}
	}
}

// TestLostPage goes on with a pass whose next page Zendesk does not know any more.
func TestLostPage(t *testing.T) {
	t.Parallel()
	_, p := start(t)
	made := create(t, p, draft())
	began := time.Now().Add(-time.Hour)
	at := ticket.Cursor{Floor: time.Now(), From: began, Page: "no cursor"}.String()
	page, err := p.Changed(t.Context(), at)
	if err != nil || !page.More || len(page.Tickets) > 0 {
		t.Fatalf("got %+v, %v; want the pass to begin again", page, err)
	}
	page, err = p.Changed(t.Context(), page.Cursor)
	if err != nil || page.More || len(page.Tickets) != 1 || page.Tickets[0].ID != made.ID {
		t.Errorf("got %+v, %v; want the ticket", page, err)
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	s, p := start(t)
	s.Remaining = 0
	_, err := p.Create(t.Context(), draft())
	if f := ticket.FailureOf(err); f.Trouble != ticket.RateLimited || f.Certainty != ticket.NotSent || f.RetryAfter != 7*time.Second {
		t.Errorf("%+v, want to wait 7 s", f)
	}
}

func TestOpenRefusesSettings(t *testing.T) {
	t.Parallel()
	for field, value := range map[string]string{"email": "admit@example.com/token:x", "declined_tags": "two words"} {
		settings, err := zendesk.Spec().Validate(map[string]string{
			"base_url": "https://example.zendesk.com", "email": "a@example.com", "token": "t", field: value,
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = zendesk.Spec().Open(settings, nil)
		if wrong, ok := errors.AsType[*access.Error](err); !ok || wrong.Fields["settings."+field] == "" {
			t.Errorf("%s = %q: %v", field, value, err)
		}
	}
	for _, tags := range []string{",", "admit", "closed_by_merge"} {
		if _, err := zendesk.Spec().Open(map[string]string{"email": "a@example.com", "declined_tags": tags}, nil); err == nil {
			t.Errorf("the tags %q are taken", tags)
		}
	}
}
