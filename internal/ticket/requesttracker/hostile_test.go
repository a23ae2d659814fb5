package requesttracker

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"admit/internal/access"
	"admit/internal/ticket"
)

// transport answers without a network.
type transport func(*http.Request) string

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) {
	header := http.Header{"Content-Type": {"application/json"}, "Date": {"Mon, 23 Nov 2026 12:00:00 GMT"}}
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(strings.NewReader(f(r)))}, nil
}

// faked returns the provider on a server that answers like this.
func faked(t testing.TB, answer transport, more map[string]string) *Provider {
	t.Helper()
	settings := map[string]string{"base_url": "https://rt.example.com/", "token": "1-27-0123456789abcdef0123456789abcdef"}
	maps.Copy(settings, more)
	settings, err := Spec().Validate(settings)
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

// row is a ticket as Request Tracker sends it.
func row(id int, status, resolved, updated string) string {
	return fmt.Sprintf(`{"id":"%d","type":"ticket","Subject":"Give access","Status":%q,
		"Queue":{"id":"3","type":"queue"},
		"Owner":{"id":35,"Name":"alice","RealName":"","EmailAddress":"alice@example.com"},
		"Creator":{"id":27,"Name":"admit"},"LastUpdatedBy":{"id":27,"Name":"admit"},
		"Created":"2026-11-23T10:00:00Z","Started":"1970-01-01T00:00:00Z","Resolved":%q,"LastUpdated":%q,
		"CustomFields":[{"id":"2","name":"AdmitKey","values":["abc"]}]}`, id, status, resolved, updated)
}

func rows(total string, items ...string) string {
	return fmt.Sprintf(`{"items":[%s],"total":%s}`, strings.Join(items, ","), total)
}

func TestOutcome(t *testing.T) {
	t.Parallel()
	cases := []struct {
		status, resolved string
		want             ticket.Outcome
	}{
		{"new", never, ticket.Open},
		{"open", noon, ticket.Open}, // opened again
		{"stalled", never, ticket.Open},
		{"resolved", noon, ticket.Yes},
		{"Resolved", noon, ticket.Yes},
		{"completed", noon, ticket.Yes},
		{"rejected", noon, ticket.No},
		{"deleted", noon, ticket.Deleted},
		{"duplicate", noon, ticket.Unclear},
		{"in progress", never, ticket.Open},
	}
	for _, c := range cases {
		p := faked(t, func(*http.Request) string { return rows("1", row(7, c.status, c.resolved, noon)) },
			map[string]string{"done_statuses": "resolved, Completed"}) // a setting of an earlier version
		got, err := p.Read(t.Context(), []string{"7"})
		if err != nil || len(got) != 1 || got[0].Outcome != c.want {
			t.Errorf("%s, resolved %s: %+v, %v; want %s", c.status, c.resolved, got, err, c.want)
		}
	}
}

func TestSnapshot(t *testing.T) {
	t.Parallel()
	p := faked(t, func(*http.Request) string {
		return rows("1", row(7, "resolved", "2026-11-23T12:00:00Z", "2026-11-23T12:00:01Z"))
	}, nil)
	got, err := p.Read(t.Context(), []string{"7"})
	want := []ticket.Snapshot{{
		ID: "7", Identifier: "#7", URL: "https://rt.example.com/Ticket/Display.html?id=7", Project: "3", Key: "abc",
		Title: "Give access", Status: "resolved", Outcome: ticket.Yes,
		Grounds:   []ticket.Ground{{Key: "status:resolved", Name: "resolved", Outcome: ticket.Yes}},
		Assignee:  ticket.Account{ID: "35", Name: "alice", Email: "alice@example.com"},
		ClosedBy:  ticket.Account{ID: "27", Name: "admit"},
		CreatedAt: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC),
		UpdatedAt: time.Date(2026, 11, 23, 12, 0, 1, 0, time.UTC),
	}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestOpenRefusesSettings(t *testing.T) {
	t.Parallel()
	for _, said := range []map[string]string{
		{"key_field": "a}'b"},
		{"declined_status": "resolved"},
		{"done_status": "rejected"},
		{"done_status": "open"},
		{"key_field": "a}'b", "declined_status": "resolved"}, // both at once
	} {
		settings := map[string]string{"base_url": "https://rt.example.com", "token": "t"}
		maps.Copy(settings, said)
		settings, err := Spec().Validate(settings)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Spec().Open(settings, nil)
		wrong, ok := errors.AsType[*access.Error](err)
		for field := range said {
			if !ok || wrong.Fields["settings."+field] == "" {
				t.Errorf("%v: %v; want it to name %s", said, err, field)
			}
		}
	}
}

// TestPaging reads 250 changes that all happened in one second.
func TestPaging(t *testing.T) {
	t.Parallel()
	const changed = "2026-11-23T11:59:00Z"
	var asked []string
	p := faked(t, func(r *http.Request) string {
		sql := r.URL.Query().Get("query")
		asked = append(asked, sql)
		after := 0
		if i := strings.Index(sql, "id > "); i >= 0 {
			_, _ = fmt.Sscanf(sql[i:], "id > %d", &after)
		}
		var items []string
		for id := after + 1; id <= 250 && len(items) < 100; id++ {
			items = append(items, row(id, "new", "1970-01-01T00:00:00Z", changed))
		}
		return rows(fmt.Sprint(250-after), items...)
	}, nil)
	at2 := ticket.Cursor{Floor: at(0)}.String()
	seen := map[string]bool{}
	for range 3 {
		page, err := p.Changed(t.Context(), at2)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range page.Tickets {
			seen[s.ID] = true
		}
		if at2 = page.Cursor; !page.More {
			break
		}
	}
	if len(seen) != 250 || len(asked) != 3 {
		t.Errorf("saw %d tickets in %d calls, want 250 in 3: %q", len(seen), len(asked), asked)
	}
	if want := `'CF.{AdmitKey}' IS NOT NULL AND LastUpdated > '2026-11-23 10:58:00'`; asked[0] != want {
		t.Errorf("asked %s, want %s", asked[0], want)
	}
	if want := `'CF.{AdmitKey}' IS NOT NULL AND (LastUpdated > '2026-11-23 11:59:00' OR (LastUpdated > '2026-11-23 11:58:59' AND id > 100))`; asked[1] != want {
		t.Errorf("asked %s, want %s", asked[1], want)
	}
}

// TestLastPage reads a page that is counted when there is one ticket more, and one
// of a server that does not count.
func TestLastPage(t *testing.T) {
	t.Parallel()
	for total, more := range map[string]bool{"2": false, "null": true} {
		p := faked(t, func(*http.Request) string {
			return rows(total, row(7, "new", "1970-01-01T00:00:00Z", "2026-11-23T11:59:00Z"))
		}, nil)
		page, err := p.Changed(t.Context(), ticket.Cursor{Floor: at(0)}.String())
		if err != nil || page.More != more || len(page.Tickets) != 1 {
			t.Errorf("of %s: %+v, %v; want more = %v", total, page, err, more)
		}
	}
}

// TestPagesInCircles meets a server that shows the same page for ever.
func TestPagesInCircles(t *testing.T) {
	t.Parallel()
	var items []string
	for id := range 100 {
		items = append(items, row(id+1, "new", "1970-01-01T00:00:00Z", "2026-11-23T11:59:00Z"))
	}
	p := faked(t, func(*http.Request) string { return rows("100000", items...) }, nil)
	from := ticket.Cursor{Floor: at(0)}.String()
	for range 3 {
		page, err := p.Changed(t.Context(), from)
		if err != nil {
			if ticket.FailureOf(err).Trouble != ticket.Malformed {
				t.Errorf("got %v, want a malformed answer", err)
			}
			return
		}
		from = page.Cursor
	}
	t.Error("paging goes on for ever")
}

func at(minute int) time.Time { return time.Date(2026, 11, 23, 11, minute, 0, 0, time.UTC) }

func FuzzCursor(f *testing.F) {
	f.Add(ticket.Cursor{Floor: at(0)}.String())
	f.Add(ticket.Cursor{Floor: at(0), Date: at(1), From: at(0), Page: position{at(2), 7}.String()}.String())
	f.Add(ticket.Cursor{Floor: at(0), From: at(0), Page: "-1/0"}.String())
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		c, from, err := parseCursor(text)
		if err != nil {
			return
		}
		if again, to, err := parseCursor(c.String()); err != nil || !cmp.Equal(c, again) || from != to {
			t.Errorf("%q: %+v and %+v, %v", text, c, again, err)
		}
		if sql := from.beyond() + sqlTime(c.Since(overlap)); strings.Count(sql, "'") != 6 {
			t.Errorf("%q asks %s", text, sql)
		}
	})
}

// FuzzAnswer gives every call the same arbitrary answer: what comes out is a
// sane ticket or a failure.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(rows("1", row(7, "new", "1970-01-01T00:00:00Z", "2026-11-23T12:00:00Z"))))
	f.Add([]byte(row(7, "resolved", "2026-11-23T12:00:00Z", "2026-11-23T12:00:00Z")))
	for _, answer := range []string{
		`null`, `[]`, `{}`, `""`, `0`, `{"items":null}`, `{"items":[null]}`, `{"items":[[]]}`, `{"items":{}}`, `{"total":-1,"items":[{}]}`,
		`{"items":[{"id":1e400}]}`, `{"items":[{"id":-7}]}`, `{"items":[{"id":"99999999999999999999999"}]}`, `{"id":{"id":1}}`,
		`{"items":[{"id":7,"LastUpdated":5}]}`, `{"items":[{"id":7,"LastUpdated":"9999-12-31T23:59:59Z"}]}`,
		`{"items":[{"id":7,"CustomFields":""}]}`, `{"items":[{"id":7,"CustomFields":[{"name":"AdmitKey","values":[{}]}]}]}`,
		`{"Version":"5","Timezone":"UTC","id":3,"Name":"Access","_hyperlinks":[{"ref":"create","type":"ticket"}],"TicketCustomFields":[{"name":"AdmitKey"}]}`,
		`["Comments added"]`,
		`{"items":[{"id":"5","type":"customfield","Name":"Risk","Type":"Select","MaxValues":"1","LookupType":"RT::Queue-RT::Ticket","Values":""}],"total":null}`,
		`{"id":"5","Values":["a","b\nc",""],"items":[{"id":7,"Status":"\u0000x\n","Resolved":"2026-11-23T12:00:00Z"}],"_hyperlinks":[{"ref":"lifecycle","to":"\n"}]}`,
	} {
		f.Add([]byte(answer))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		p := faked(t, func(*http.Request) string { return string(answer) }, nil)
		var all []ticket.Snapshot
		var failures []error
		take := func(s []ticket.Snapshot, err error) { all, failures = append(all, s...), append(failures, err) }
		take(p.Read(t.Context(), []string{"7"}))
		take(p.Find(t.Context(), "abc"))
		made, err := p.Create(t.Context(), ticket.Draft{Key: "abc", Project: "3", Title: "t", Body: "b"})
		if made.ID != "" {
			all = append(all, made)
		}
		page, changed := p.Changed(t.Context(), ticket.Cursor{Floor: at(0)}.String())
		take(page.Tickets, changed)
		if _, _, again := parseCursor(page.Cursor); changed == nil && again != nil {
			t.Errorf("the cursor %q cannot be used: %v", page.Cursor, again)
		}
		_, _, account := p.Account(t.Context(), "3", "alice@example.com")
		_, projects := p.Projects(t.Context())
		_, check := p.Check(t.Context(), "3")
		_, form := p.Form(t.Context(), "3", "")
		_, people := p.People(t.Context(), "3", "a")
		statuses, listed := p.Statuses(t.Context(), "3")
		for _, g := range statuses {
			if g.Key == "" || g.Outcome == "" || len(g.Name) > 4*maxTitle || strings.ContainsAny(g.Name, "\n\x00") {
				t.Errorf("%+v", g)
			}
		}
		failures = append(failures, err, account, projects, check, form, people, listed, p.Comment(t.Context(), "7", "c"), p.Close(t.Context(), "7", "c"))
		for _, err := range failures {
			if _, ok := errors.AsType[*ticket.Failure](err); err != nil && !ok {
				t.Errorf("%T is no failure: %v", err, err)
			}
		}
		for _, s := range all {
			if !isID(s.ID) || len(s.Title) > 4*maxTitle || strings.ContainsAny(s.Title+s.Status+s.Key, "\n\x00") {
				t.Errorf("%+v", s)
			}
		}
	})
}

// TestOddAssignee files for somebody who has no id of Request Tracker's, which
// would take a login as well.
func TestOddAssignee(t *testing.T) {
	t.Parallel()
	p := faked(t, func(r *http.Request) string { t.Errorf("asked %s", r.URL); return "" }, nil)
	_, err := p.Create(t.Context(), ticket.Draft{Key: "abc", Project: "3", Title: "t", Body: "b", Assignee: ticket.Account{ID: "root"}})
	if f := ticket.FailureOf(err); f.Certainty != ticket.Refused || !slices.Equal(f.Fields, []string{ticket.AssigneeField}) {
		t.Errorf("%+v, want a refusal of the assignee", f)
	}
}

// TestDraftIsClean sees to it that text reaches the server as it is meant.
func TestDraftIsClean(t *testing.T) {
	t.Parallel()
	var sent wireDraft
	p := faked(t, func(r *http.Request) string {
		if r.Method == http.MethodPost {
			b, _ := io.ReadAll(r.Body)
			if err := json.NewDecoder(bytes.NewReader(b)).Decode(&sent); err != nil {
				t.Error(err)
			}
			return `{"id":"7"}`
		}
		if strings.Contains(r.URL.Path, "/queue/") {
			return `{"id":3,"Name":"Access","_hyperlinks":[{"ref":"create","type":"ticket"}],"TicketCustomFields":[{"name":"AdmitKey"}]}`
		}
		return row(7, "new", "1970-01-01T00:00:00Z", "2026-11-23T12:00:00Z")
	}, nil)
	if _, err := p.Create(t.Context(), ticket.Draft{
		Key: "abc", Project: "3", Title: "a\r\nb\x00\xff", Body: "c\x00\x1b\n\td\xff", Assignee: ticket.Account{ID: "35"},
	}); err != nil {
		t.Fatal(err)
	}
	want := wireDraft{
		Queue: "3", Subject: "a b \uFFFD", Content: "c\nd\uFFFD", ContentType: "text/plain", Owner: "35",
		CustomFields: map[string]any{"AdmitKey": "abc"},
	}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Error(diff)
	}
}
