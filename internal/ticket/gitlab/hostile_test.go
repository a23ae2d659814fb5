package gitlab

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"admit/internal/access"
	"admit/internal/ticket"
)

const testKey = "0123456789abcdef0123456789abcdef"

// transport answers without a network.
type transport func(*http.Request) string

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) {
	header := http.Header{"Content-Type": {"application/json"}, "Date": {"Mon, 23 Nov 2026 12:00:00 GMT"}, "X-Next-Page": {""}}
	status := http.StatusOK
	if r.Method == http.MethodDelete {
		status = http.StatusNoContent
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(f(r)))}, nil
}

// faked returns the provider on a server that answers like this.
func faked(t testing.TB, answer transport) *Provider {
	t.Helper()
	settings, err := Spec().Validate(map[string]string{"base_url": "https://gitlab.example.com/", "token": "glpat-secret"})
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

func row(more string) string {
	return fmt.Sprintf(`{"id":301,"iid":23,"project_id":14,"title":"Give access","description":"x\n\nAdmit key: %s","state":"opened",
		"created_at":"2026-11-23T10:00:00.000Z","updated_at":"2026-11-23T11:00:00.000+01:00","web_url":"https://gitlab.example.com/a/b/-/issues/23",
		"references":{"full":"a/b#23"},"labels":["admit"]%s}`, testKey, more)
}

func TestSnapshot(t *testing.T) {
	t.Parallel()
	p := faked(t, func(*http.Request) string {
		return "[" + row(`,"state":"closed","labels":["admit","x","Wontfix","status::Rejected"],"closed_by":{"id":3,"name":"A\nB","public_email":"a@example.com"},
			"assignees":[{"id":7,"username":"bob"}],"time_stats":{"total_time_spent":60}`) + "]"
	})
	got, err := p.Read(t.Context(), []string{"14-23-301"})
	want := []ticket.Snapshot{{
		ID: "14-23-301", Identifier: "a/b#23", URL: "https://gitlab.example.com/a/b/-/issues/23", Project: "14", Key: testKey,
		Title: "Give access", Status: "closed", Outcome: ticket.No, WorkSeen: true,
		Grounds: []ticket.Ground{
			{Key: "label:status::rejected", Name: "status::Rejected", Outcome: ticket.No},
			{Key: "label:wontfix", Name: "Wontfix", Outcome: ticket.No},
			{Key: "label:x", Name: "x"},
			{Key: "state:closed", Name: "closed", Outcome: ticket.Yes},
		},
		Assignee:  ticket.Account{ID: "7", Name: "bob"},
		ClosedBy:  ticket.Account{ID: "3", Name: "A B", Email: "a@example.com"},
		CreatedAt: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC),
		UpdatedAt: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC),
	}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestUnknownState(t *testing.T) {
	t.Parallel()
	p := faked(t, func(*http.Request) string {
		return "[" + row(`,"state":"Locked\n","web_url":"javascript:alert(1)"`) + "]"
	})
	got, err := p.Read(t.Context(), []string{"14-23-301"})
	if err != nil || len(got) != 1 || got[0].Outcome != ticket.Unclear || got[0].Grounds[0].Key != "state:locked" || got[0].URL != "" {
		t.Errorf("%+v, %v; want it unclear, and no address", got, err)
	}
}

// TestKey finds the key of an issue whatever people write.
func TestKey(t *testing.T) {
	t.Parallel()
	other := strings.Repeat("f", 32)
	for text, want := range map[string]string{
		"":                                 "",
		testKey:                            testKey,
		"x\n\nAdmit key: " + testKey:       testKey,
		"x " + other + "\n\n" + testKey:    testKey,
		testKey + "\nadded by somebody\n":  testKey,
		"key " + testKey + "0":             "",
		"key g" + testKey:                  "",
		strings.ToUpper(testKey):           "",
		"`" + testKey + "`":                testKey,
		testKey + " " + other:              other,
		"https://x/" + testKey + "?" + "a": testKey,
	} {
		if got := (wireIssue{Description: text}).key(); got != want {
			t.Errorf("key of %q is %q, want %q", text, got, want)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"/close":                     `\/close`,
		"a\n/close\nb":               "a\n\\/close\nb",
		"a\n  /close":                "a\n  \\/close",
		"a / b\nhttps://x/y":         "a / b\nhttps://x/y",
		"```\n/close\n```\n/close":   "```\n /close\n```\n\\/close",
		"~~~\n/a\n```\n/b\n~~~\n/c":  "~~~\n /a\n```\n /b\n~~~\n\\/c",
		"````\n/a\n```\n/b\n````\n/": "````\n /a\n```\n /b\n````\n\\/",
		"```\n/close":                "```\n /close",
		"/a\r\x00\n/b":               "\\/a\n\\/b",
	} {
		if got := text(in); got != want {
			t.Errorf("text of %q is %q, want %q", in, got, want)
		}
	}
	long := text(strings.Repeat("🔑", 600_000) + "\n" + testKey)
	if len(long) > 1<<20 || !strings.HasSuffix(long, testKey) {
		t.Errorf("a long text has %d bytes and ends with %q", len(long), long[len(long)-40:])
	}
}

func TestOpenRefusesSettings(t *testing.T) {
	t.Parallel()
	for field, value := range map[string]string{"declined_labels": " , ", "started_labels": "x, WONTFIX"} {
		settings, err := Spec().Validate(map[string]string{"token": "t", field: value})
		if err != nil {
			t.Fatal(err)
		}
		_, err = Spec().Open(settings, nil)
		if wrong, ok := errors.AsType[*access.Error](err); !ok || wrong.Fields["settings."+field] == "" {
			t.Errorf("%s = %q: %v", field, value, err)
		}
	}
}

// TestNext follows the links of a list, and nowhere else.
func TestNext(t *testing.T) {
	t.Parallel()
	query := url.Values{"a": {"b"}}
	cases := []struct {
		name   string
		header http.Header
		items  int
		want   string
	}{
		{"link", http.Header{"Link": {`<https://evil.example/x?c=d&page=2>; rel="next", <https://y/?z=1>; rel="first"`}}, 100, "c=d&page=2"},
		{"number", http.Header{"X-Next-Page": {"7"}}, 3, "a=b&page=7"},
		{"last", http.Header{"X-Next-Page": {""}, "Link": {`<https://y/?z=1>; rel="first"`}}, 100, ""},
		{"no headers, full", http.Header{}, 100, "a=b&page=2"},
		{"no headers, short", http.Header{}, 99, ""},
		{"no headers, full small page", http.Header{}, 20, "a=b&page=2&per_page=20"},
	}
	for _, c := range cases {
		query := maps.Clone(query)
		if c.items == 20 {
			query.Set("per_page", "20")
		}
		if got := next(ticket.Answer{Header: c.header}, query, c.items).Encode(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestTooMuchAtOnce meets a server of which more than 25 issues do not fit into one
// answer.
func TestTooMuchAtOnce(t *testing.T) {
	t.Parallel()
	const total = 30
	calls, tooMuch := 0, strings.Repeat(" ", 8<<20+1)
	p := faked(t, nil)
	p.http.Client = &http.Client{Transport: answering(func(r *http.Request) (http.Header, string) {
		calls++
		q := r.URL.Query()
		size, page := ticket.ParseID(q.Get("per_page")), max(ticket.ParseID(q.Get("page")), 1)
		from, to := min((page-1)*size, total), min(page*size, total)
		if to-from > 25 {
			return nil, tooMuch
		}
		var rows []string
		for n := from; n < to; n++ {
			rows = append(rows, row(fmt.Sprintf(`,"id":%d,"iid":%d`, 301+n, 23+n)))
		}
		header := http.Header{"X-Next-Page": {""}, "X-Total-Pages": {decimal((total + size - 1) / size)}}
		if to < total {
			header.Set("X-Next-Page", decimal(page+1))
		}
		return header, "[" + strings.Join(rows, ",") + "]"
	})}
	var ids []string
	for n := range total {
		ids = append(ids, fmt.Sprintf("14-%d-%d", 23+n, 301+n))
	}
	got, err := p.Read(t.Context(), ids)
	if err != nil || len(got) != total || got[total-1].ID != ids[total-1] || calls != 4 {
		t.Errorf("read %d in %d calls, %v; want %d in 4", len(got), calls, err, total)
	}
	floor := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	page, err := p.Changed(t.Context(), cursor{Cursor: ticket.Cursor{Floor: floor}}.String())
	if err != nil || len(page.Tickets) != 25 || !page.More {
		t.Errorf("%d changed, more = %v, %v; want 25, and more", len(page.Tickets), page.More, err)
	}
	at := floor.Add(time.Hour) // all of them have this time, and are on one page
	bulk := ticket.Cursor{Floor: floor, From: floor, Page: place{at, -1}.String()}
	page, err = p.Changed(t.Context(), cursor{Cursor: bulk}.String())
	if err != nil || len(page.Tickets) != total || !page.More {
		t.Errorf("%d of one moment, %v; want %d", len(page.Tickets), err, total)
	}
	if less := smaller(url.Values{"per_page": {"1"}}); less != nil {
		t.Errorf("there is a smaller page than one of one entry: %v", less)
	}
}

// TestPartsWithoutEnd meets a server that cuts pages into parts with nothing in
// them, and always tells of another one.
func TestPartsWithoutEnd(t *testing.T) {
	t.Parallel()
	calls, tooMuch := 0, strings.Repeat(" ", 8<<20+1)
	p := faked(t, nil)
	p.http.Client = &http.Client{Transport: answering(func(r *http.Request) (http.Header, string) {
		q := r.URL.Query()
		if calls++; q.Get("per_page") == "100" {
			return nil, tooMuch
		}
		if calls > 10 {
			return http.Header{"X-Next-Page": {""}}, "[]"
		}
		return http.Header{"X-Next-Page": {decimal(ticket.ParseID(q.Get("page")) + 1)}}, "[]"
	})}
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	bulk := ticket.Cursor{Floor: at, From: at, Page: place{at, -1}.String()}
	page, err := p.Changed(t.Context(), cursor{Cursor: bulk}.String())
	if err != nil || !page.More || calls != 3 {
		t.Errorf("more = %v after %d calls, %v; want more after 3", page.More, calls, err)
	}
}

// answering answers without a network, with headers.
type answering func(*http.Request) (http.Header, string)

func (f answering) RoundTrip(r *http.Request) (*http.Response, error) {
	header, body := f(r)
	if header == nil {
		header = http.Header{}
	}
	header.Set("Content-Type", "application/json")
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func TestWords(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"message":"404 Project Not Found"}`:                          "404 Project Not Found",
		`{"message":{"title":["can't be blank","is odd"],"a":["b"]}}`:  "a b; title can't be blank, is odd",
		`{"error":"title is missing"}`:                                 "title is missing",
		`{"error":"insufficient_scope","error_description":"Higher."}`: "insufficient_scope: Higher.",
		`[]`: "", `null`: "", `{"message":7}`: "",
	} {
		if got := words([]byte(body)); got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

func FuzzCursor(f *testing.F) {
	at := ticket.Cursor{Floor: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	f.Add(cursor{Cursor: at}.String())
	f.Add(cursor{Cursor: at, Moved: []move{{7, "1-2-3"}}}.String())
	at.From, at.Page = at.Floor, place{at.Floor, -3}.String()
	f.Add(cursor{Cursor: at}.String())
	f.Add("e30.e30")
	f.Add(".")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parseCursor(text)
		if err != nil {
			return
		}
		again, err := parseCursor(c.String())
		if err != nil || len(again.Moved) != len(c.Moved) || again.place() != c.place() {
			t.Errorf("%q: %+v and %+v, %v", text, c, again, err)
		}
	})
}

func FuzzHear(f *testing.F) {
	f.Add([]byte(`{"object_kind":"issue","event_type":"confidential_issue","project":{"id":1},"object_attributes":{"id":301,"iid":23,"project_id":14,"action":"close"}}`), "v1,AAAA", "1700000000")
	f.Add([]byte(`{"object_kind":"work_item","object_attributes":{"id":301,"iid":23},"project":{"id":1}}`), "", "")
	f.Add([]byte(`{"object_kind":"note","project_id":5,"object_attributes":{"id":1241,"note":"on it"},"issue":{"id":92,"iid":17,"project_id":5}}`), "v1,", "x")
	f.Add([]byte(`{"object_kind":"note","object_attributes":{"commit_id":"cfe3"},"issue":null}`), "", "")
	f.Add([]byte(`{"object_kind":"issue","object_attributes":{"id":-1,"iid":1e400,"project_id":"14"}}`), "", "")
	f.Add([]byte(`[`), "", "")
	p := &Provider{}
	f.Fuzz(func(t *testing.T, body []byte, signature, stamp string) {
		d := ticket.Delivery{Header: http.Header{}, Body: body, Secret: "s", At: time.Unix(1700000000, 0)}
		d.Header.Set("Webhook-Signature", signature)
		d.Header.Set("Webhook-Timestamp", stamp)
		if news, err := p.Hear(d); !errors.Is(err, ticket.ErrForged) || news.Signed || len(news.Tickets) > 0 {
			t.Errorf("heard %+v, %v", news, err)
		}
		d.Secret = ""
		news, err := p.Hear(d)
		if err != nil || news.Signed {
			t.Errorf("heard %+v, %v", news, err)
		}
		for _, id := range news.Tickets {
			if _, ok := parseRef(id); !ok {
				t.Errorf("heard of ticket %q", id)
			}
		}
	})
}

// FuzzAnswer gives every call the same arbitrary answer: what comes out is a sane
// ticket or a failure.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte("[" + row("") + "]"))
	f.Add([]byte(row(`,"moved_to_id":301`)))
	f.Add([]byte("[" + row(`,"state":"closed","moved_to_id":302`) + "," + row(`,"id":302,"iid":1,"moved_to_id":301`) + "]"))
	for _, answer := range []string{
		`null`, `[]`, `{}`, `""`, `0`, `[null]`, `[[]]`, `[{}]`, `[{"id":1}]`, `[{"id":1e400}]`, `[{"id":-7,"iid":1,"project_id":1,"state":"opened"}]`,
		`[{"id":1,"iid":1,"project_id":1,"state":"opened","created_at":"9999-12-31T23:59:59Z","updated_at":"0001-01-01T00:00:00Z"}]`,
		`[{"labels":[{"name":"x"}]}]`, `[{"_links":null,"references":null,"assignees":null,"weight":"x"}]`,
		`{"id":14,"username":"x","scopes":["api"],"access_level":20,"name_with_namespace":"a"}`,
		`{"id":5,"url":"https://x","alert_status":"disabled"}`, `[{"id":5,"url":"https://x","alert_status":"disabled"}]`,
	} {
		f.Add([]byte(answer))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		p := faked(t, func(*http.Request) string { return string(answer) })
		var all []ticket.Snapshot
		var failures []error
		take := func(s []ticket.Snapshot, err error) { all, failures = append(all, s...), append(failures, err) }
		take(p.Read(t.Context(), []string{"14-23-301"}))
		take(p.Find(t.Context(), testKey))
		made, err := p.Create(t.Context(), ticket.Draft{Key: testKey, Project: "14", Title: "t", Body: "b\n" + testKey})
		if made.ID != "" {
			all = append(all, made)
		}
		c := cursor{Cursor: ticket.Cursor{Floor: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}}
		page, changed := p.Changed(t.Context(), c.String())
		take(page.Tickets, changed)
		if _, again := parseCursor(page.Cursor); changed == nil && again != nil {
			t.Errorf("the cursor %q cannot be used: %v", page.Cursor, again)
		}
		_, _, account := p.Account(t.Context(), "14", "alice@example.com")
		_, people := p.People(t.Context(), "14", "alice")
		_, projects := p.Projects(t.Context())
		_, check := p.Check(t.Context(), "14")
		_, form := p.Form(t.Context(), "14", "issue")
		_, statuses := p.Statuses(t.Context(), "")
		hook, register := p.Register(t.Context(), ticket.Hook{URL: "https://x", Secret: "s", Projects: []string{"14"}})
		failures = append(failures, err, account, people, projects, check, form, statuses, register, p.Unregister(t.Context(), hook),
			p.Comment(t.Context(), "14-23-301", "c"), p.Close(t.Context(), "14-23-301", "c"))
		for _, err := range failures {
			if _, ok := errors.AsType[*ticket.Failure](err); err != nil && !ok {
				t.Errorf("%T is no failure: %v", err, err)
			}
		}
		for _, s := range all {
			if _, ok := parseRef(s.ID); !ok || len(s.Title) > 4*maxTitle || strings.ContainsAny(s.Title+s.Status+s.Key+s.Identifier, "\n\x00") {
				t.Errorf("%+v", s)
			}
		}
	})
}
