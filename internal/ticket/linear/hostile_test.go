package linear

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"admit/internal/ticket"
)

const (
	someKey   = "0123456789abcdef0123456789abcdef"
	someID    = "01234567-89ab-4def-8123-456789abcdef"
	someTeam  = "11111111-1111-4111-8111-111111111111"
	someState = "22222222-2222-4222-8222-222222222222"
)

// transport answers without a network.
type transport func(question) string

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) {
	var q question
	if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
		return nil, err
	}
	header := http.Header{"Content-Type": {"application/json"}, "Date": {"Mon, 23 Nov 2026 12:00:00 GMT"}}
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(strings.NewReader(f(q)))}, nil
}

// faked returns the provider on a server that answers like this.
func faked(t testing.TB, answer transport) *Provider {
	t.Helper()
	settings, err := Spec().Validate(map[string]string{"api_key": "lin_api_0123456789"})
	if err != nil {
		t.Fatal(err)
	}
	opened, err := Spec().Open(settings, &http.Client{Transport: answer})
	p, ok := opened.(*Provider)
	if err != nil || !ok {
		t.Fatal(err)
	}
	return p
}

// row is an issue as Linear sends it.
func row(id string) string {
	return fmt.Sprintf(`{"id":%q,"identifier":"ENG-1","url":"https://linear.app/x/issue/ENG-1","title":"Give access",
		"description":"Do it.\n\n%s","createdAt":"2026-11-23T10:00:00.000Z","updatedAt":"2026-11-23T11:59:00.000Z","startedAt":null,
		"trashed":null,"team":{"id":%q},"state":{"id":%q,"name":"Todo","type":"unstarted"},"assignee":null,
		"comments":{"nodes":[]},"children":{"nodes":[]},"history":{"nodes":[]},
		"priority":0,"labelIds":[],"dueDate":null,"estimate":null,"project":null}`, id, someKey, someTeam, someState)
}

func rows(next string, items ...string) string {
	more := next != ""
	return fmt.Sprintf(`{"data":{"issues":{"nodes":[%s],"pageInfo":{"hasNextPage":%v,"endCursor":%q}}}}`, strings.Join(items, ","), more, next)
}

func numbered(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// TestPagesInCircles meets a server that shows the same page for ever.
func TestPagesInCircles(t *testing.T) {
	t.Parallel()
	p := faked(t, func(question) string { return rows(someID, row(someID)) })
	at := ticket.Cursor{Floor: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}.String()
	for range 3 {
		page, err := p.Changed(t.Context(), at)
		if err != nil {
			if ticket.FailureOf(err).Trouble != ticket.Malformed {
				t.Errorf("got %v, want a malformed answer", err)
			}
			return
		}
		at = page.Cursor
	}
	t.Error("paging goes on for ever")
}

// TestTooMuchAtOnce meets a server of which more than 25 issues do not fit into one
// answer.
func TestTooMuchAtOnce(t *testing.T) {
	t.Parallel()
	const total = 30
	calls, tooMuch := 0, strings.Repeat(" ", 8<<20+1)
	p := faked(t, func(q question) string {
		calls++
		first, _ := q.Variables["first"].(float64)
		var items []string
		ids, _ := q.Variables["ids"].([]any)
		for n := range min(int(first), total) {
			id := numbered(n)
			if ids != nil {
				id, _ = ids[n].(string)
			}
			items = append(items, row(id))
		}
		switch {
		case len(items) > 25:
			return tooMuch
		case ids == nil:
			return rows("more", items...)
		}
		return rows("", items...)
	})
	var ids []string
	for n := range total {
		ids = append(ids, numbered(n))
	}
	got, err := p.Read(t.Context(), ids)
	if err != nil || len(got) != total || got[total-1].ID != numbered(total-1) || calls != 3 {
		t.Errorf("read %d in %d calls, %v; want %d in 1 + 2", len(got), calls, err, total)
	}
	page, err := p.Changed(t.Context(), ticket.Cursor{Floor: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}.String())
	if err != nil || len(page.Tickets) != 15 || !page.More {
		t.Errorf("%d changed, more = %v, %v; want 15, and more", len(page.Tickets), page.More, err)
	}
	p = faked(t, func(question) string { return tooMuch })
	if got, err := p.Read(t.Context(), ids[:1]); err == nil || ticket.FailureOf(err).Trouble != ticket.Malformed {
		t.Errorf("one that is too large: %+v, %v; want a malformed answer", got, err)
	}
}

// TestWorstOfTwo is refused one thing, and not told about another.
func TestWorstOfTwo(t *testing.T) {
	t.Parallel()
	const refusal, unclear = `{"message":"x","path":["commentCreate"],"extensions":{"type":"invalid input"}}`, `{"message":"y","path":["issueUpdate"],"extensions":{"type":"internal error"}}`
	for _, errs := range []string{refusal + "," + unclear, unclear + "," + refusal} {
		p := faked(t, func(q question) string {
			if strings.Contains(q.Query, "mutation") {
				return `{"errors":[` + errs + `],"data":null}`
			}
			return rows("", row(someID))
		})
		_, err := p.Create(t.Context(), ticket.Draft{Key: someKey, Project: someTeam, Title: "t", Body: "b"})
		if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Ambiguous || f.Trouble != ticket.Down {
			t.Errorf("%s: %+v, want it unclear", errs, f)
		}
	}
}

// TestAnotherID meets a server that does not take the id it is given.
func TestAnotherID(t *testing.T) {
	t.Parallel()
	p := faked(t, func(question) string {
		return `{"data":{"issueCreate":{"success":true,"issue":` + row(numbered(7)) + `}}}`
	})
	made, err := p.Create(t.Context(), ticket.Draft{Key: someKey, Project: someTeam, Title: "t", Body: "b"})
	if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Ambiguous || made.ID != numbered(7) || made.Key != "" {
		t.Errorf("made %+v, %v; want its id and an ambiguous failure", made, err)
	}
}

// TestBrokenIssue meets an issue that was made, but lacks a part.
func TestBrokenIssue(t *testing.T) {
	t.Parallel()
	p := faked(t, func(question) string {
		return `{"data":{"issueCreate":{"success":true,"issue":` + strings.Replace(row(someID), `"team"`, `"tem"`, 1) + `}}}`
	})
	made, err := p.Create(t.Context(), ticket.Draft{Key: someKey, Project: someTeam, Title: "t", Body: "b"})
	if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Ambiguous || made.ID != someID || made.Key != someKey {
		t.Errorf("made %+v, %v; want its id and an ambiguous failure", made, err)
	}
}

// TestOthersAreLeftOut meets a server that ignores the filter.
func TestOthersAreLeftOut(t *testing.T) {
	t.Parallel()
	p := faked(t, func(question) string { return rows("", row(someID), row(numbered(7))) })
	got, err := p.Read(t.Context(), []string{numbered(7)})
	if err != nil || len(got) != 1 || got[0].ID != numbered(7) {
		t.Errorf("read %+v, %v; want what was asked for", got, err)
	}
	found, err := p.Find(t.Context(), someKey)
	if err != nil || len(found) != 1 || found[0].ID != someID {
		t.Errorf("found %+v, %v; want the one with the key", found, err)
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	if id, ok := issueID(someKey); !ok || id != someID || !ticket.IsUUID(id) || keyOf(id, "x\n\n"+someKey+"\n") != someKey {
		t.Errorf("the id is %s, %v", id, ok)
	}
	for _, key := range []string{"", "abc", someKey + "0", "g" + someKey[1:], someID} {
		if id, ok := issueID(key); ok {
			t.Errorf("the key %q has the id %s", key, id)
		}
	}
	for _, id := range []string{"", "ENG-1", strings.ToUpper(someID), someID[:35], someID + "0", strings.ReplaceAll(someID, "-", "a"), strings.Repeat("-", 36)} {
		if ticket.IsUUID(id) {
			t.Errorf("%q is taken for an id", id)
		}
	}
	for description, want := range map[string]string{
		"":                                       "",
		"Admit: `" + someKey + "`":               someKey,
		strings.Repeat("f", 32):                  "",
		someKey + "\n" + strings.Repeat("f", 32): someKey,
		someKey + "0":                            "",
	} {
		if got := keyOf(someID, description); got != want {
			t.Errorf("the key in %q is %q, want %q", description, got, want)
		}
	}
}

// TestDraftIsClean sees to it that text reaches the server as it is meant.
func TestDraftIsClean(t *testing.T) {
	t.Parallel()
	var sent question
	p := faked(t, func(q question) string {
		sent = q
		return `{"data":{"issueCreate":{"success":true,"issue":` + row(someID) + `}}}`
	})
	if _, err := p.Create(t.Context(), ticket.Draft{
		Key: someKey, Project: someTeam, Title: "a\r\nb\x00\xff", Body: "c\x00\x1b\n\td\xff\n\n" + someKey,
		Fields: map[string]string{"priority": "", "labels": someTeam + "\n\n" + someTeam + "\n"},
	}); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"id": someID, "teamId": someTeam, "title": "a b \uFFFD", "description": "c\n\td\uFFFD\n\n" + someKey, "labelIds": []any{someTeam},
	}
	if diff := cmp.Diff(want, sent.Variables["input"]); diff != "" {
		t.Error(diff)
	}
}

func FuzzLook(f *testing.F) {
	for _, text := range []string{"", ">1790000000000 " + someID, "+1790000000000 ", "+1790000000000 x y", ">x", "+", "> ", ">-1 a", ">01790000000000 a"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := parseLook(text)
		if err != nil || text == "" {
			return
		}
		if l.String() != text || l.front.IsZero() {
			t.Errorf("%q is read as %+v", text, l)
		}
	})
}

// FuzzAnswer gives every call the same arbitrary answer: what comes out is a
// sane ticket or a failure.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(rows("", row(someID))))
	f.Add([]byte(rows(someID, row(someID))))
	f.Add([]byte(`{"data":{"issueCreate":{"success":true,"issue":` + row(someID) + `}}}`))
	for _, answer := range []string{
		`null`, `[]`, `{}`, `""`, `0`, `{"data":null}`, `{"data":{}}`, `{"data":{"issues":null}}`, `{"data":{"issues":{"nodes":[null]}}}`,
		`{"data":{"issues":{"nodes":[{}]},"comments":{"nodes":[]}}}`, `{"data":{"issueCreate":{"success":true,"issue":null}}}`,
		`{"data":{"issueCreate":null}}`, `{"errors":[]}`, `{"errors":[{}]}`, `{"errors":[null],"data":null}`, `{"errors":{}}`,
		`{"errors":[{"message":"conflict on insert of Issue","extensions":{"type":"invalid input","code":"INPUT_ERROR"}}],"data":null}`,
		`{"errors":[{"message":"x\ny","path":["issueCreate",0,{}],"extensions":{"code":"RATELIMITED"}}]}`,
		`{"data":{"viewer":{"id":"x"},"teams":{"nodes":[{"id":"` + someTeam + `","name":"a\nb","key":"\u0000"}],"pageInfo":{"hasNextPage":true,"endCursor":""}}}}`,
		`{"data":{"users":{"nodes":[{"id":"` + someID + `","active":true,"isAssignable":true,"email":"a@example.com"}]},"teams":{"nodes":[]}}}`,
		`{"data":{"webhooks":{"nodes":[{"id":"` + someID + `","url":"u"}]},"teams":{"nodes":[]},"webhookUpdate":{"success":true,"webhook":{"id":"x"}}}}`,
		`{"data":{"issues":{"nodes":[{"id":"` + someID + `","updatedAt":"9999-12-31T23:59:59Z"}]}}}`,
	} {
		f.Add([]byte(answer))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		p := faked(t, func(question) string { return string(answer) })
		var all []ticket.Snapshot
		var failures []error
		take := func(s []ticket.Snapshot, err error) { all, failures = append(all, s...), append(failures, err) }
		take(p.Read(t.Context(), []string{someID}))
		take(p.Find(t.Context(), someKey))
		made, err := p.Create(t.Context(), ticket.Draft{Key: someKey, Project: someTeam, Title: "t", Body: "b"})
		if made.ID != "" {
			all = append(all, made)
		}
		page, changed := p.Changed(t.Context(), ticket.Cursor{Floor: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)}.String())
		take(page.Tickets, changed)
		if _, again := ticket.ParseCursor("Linear", page.Cursor); changed == nil && again != nil {
			t.Errorf("the cursor %q cannot be used: %v", page.Cursor, again)
		}
		failures = append(failures, err)
		failures = append(failures, others(t, p)...)
		for _, err := range failures {
			if _, ok := errors.AsType[*ticket.Failure](err); err != nil && !ok {
				t.Errorf("%T is no failure: %v", err, err)
			}
		}
		for _, s := range all {
			if !ticket.IsUUID(s.ID) || strings.ContainsFunc(s.Title+s.Status+s.Key+s.Identifier+s.URL+s.Reason, unicode.IsControl) {
				t.Errorf("%+v", s)
			}
		}
	})
}

// others calls what makes no tickets.
func others(t *testing.T, p *Provider) []error {
	t.Helper()
	hook := ticket.Hook{URL: "u", Projects: []string{someTeam}}
	_, _, account := p.Account(t.Context(), someTeam, "a@example.com")
	_, people := p.People(t.Context(), someTeam, "a")
	_, projects := p.Projects(t.Context())
	_, form := p.Form(t.Context(), someTeam, "")
	_, statuses := p.Statuses(t.Context(), "")
	_, check := p.Check(t.Context(), someTeam)
	_, registered := p.Register(t.Context(), hook)
	return []error{
		account, people, projects, form, statuses, check, registered,
		p.Unregister(t.Context(), hook), p.Comment(t.Context(), someID, "c"), p.Close(t.Context(), someID, "c"),
		p.Complete(t.Context(), someID, "c"), p.Assign(t.Context(), someID, ticket.Account{}),
	}
}
