package jira

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"admit/internal/ticket"
)

// transport answers without a network.
type transport func(*http.Request) string

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) {
	header := http.Header{"Content-Type": {"application/json"}, "Date": {"Mon, 23 Nov 2026 12:00:00 GMT"}}
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(strings.NewReader(f(r)))}, nil
}

// faked returns providers of both kinds on a server that answers like this.
func faked(t testing.TB, answer transport) []*Provider {
	t.Helper()
	var both []*Provider
	for _, spec := range []ticket.Spec{Cloud(), DataCenter()} {
		settings := map[string]string{"base_url": "https://jira.example.com", "token": "t0ken"}
		if spec.Kind == "jira_cloud" {
			settings["email"] = "admit@example.com"
		}
		opened, err := spec.Open(settings, &http.Client{Transport: answer})
		p, ok := opened.(*Provider)
		if err != nil || !ok {
			t.Fatal(err)
		}
		both = append(both, p)
	}
	return both
}

// row is an issue as Jira sends it.
const row = `{"id":"20001","key":"ACC-1","self":"x","properties":{"admit":{"key":"abc"}},"fields":{"summary":"Give access",
	"status":{"id":"10202","name":"Done","statusCategory":{"id":3,"key":"done","name":"Done"}},
	"resolution":{"id":"10300","name":"Done"},"assignee":{"accountId":"a-1","name":"alice","displayName":"Alice","emailAddress":"alice@example.com"},
	"labels":["admit","admit-abc"],"created":"2026-11-23T10:00:00.000+0100","updated":"2026-11-23T12:00:00.123+0100",
	"project":{"id":"10000","key":"ACC"},"subtasks":[],"timespent":null}}`

func page1(rows ...string) string {
	return `{"isLast":true,"startAt":0,"total":` + fmt.Sprint(len(rows)) + `,"issues":[` + strings.Join(rows, ",") + `]}`
}

func TestTimes(t *testing.T) {
	t.Parallel()
	for _, p := range faked(t, func(*http.Request) string { return page1(row) }) {
		got, err := p.Read(t.Context(), []string{"20001", "20002"})
		if err != nil || len(got) != 1 || !got[0].UpdatedAt.Equal(time.Date(2026, 11, 23, 11, 0, 0, 123e6, time.UTC)) || got[0].URL != "https://jira.example.com/browse/ACC-1" {
			t.Errorf("read %+v, %v", got, err)
		}
	}
}

// TestQueries shows what is asked.
func TestQueries(t *testing.T) {
	t.Parallel()
	var asked []string
	for _, p := range faked(t, func(r *http.Request) string {
		b, _ := io.ReadAll(r.Body)
		var body struct {
			JQL string `json:"jql"`
		}
		_ = json.Unmarshal(b, &body)
		asked = append(asked, body.JQL)
		return page1(row)
	}) {
		asked = nil
		cursor := ticket.Cursor{Floor: time.Date(2026, 11, 23, 11, 0, 0, 5e8, time.UTC)}
		if _, err := p.Changed(t.Context(), cursor.String()); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Find(t.Context(), "abc"); err != nil {
			t.Fatal(err)
		}
		since := cursor.Floor.Add(-p.overlap).Truncate(time.Second).UnixMilli()
		want := []string{
			fmt.Sprintf(`labels = "admit" AND updated >= %d ORDER BY updated DESC`, since),
			`labels = "admit-abc" OR (creator = currentUser() AND description ~ "abc") ORDER BY created ASC`,
		}
		if fmt.Sprint(asked) != fmt.Sprint(want) {
			t.Errorf("asked %q, want %q", asked, want)
		}
	}
}

// TestCutShort meets a Data Center that shows fewer issues than there are, by
// the property jira.search.views.default.max: the others are not gone.
func TestCutShort(t *testing.T) {
	t.Parallel()
	p := faked(t, func(*http.Request) string { return `{"startAt":0,"total":2,"issues":[` + row + `]}` })[1]
	if got, err := p.Read(t.Context(), []string{"20001", "20002"}); err == nil || ticket.FailureOf(err).Certainty != ticket.NotSent {
		t.Errorf("read %+v, %v; want that a part is missing", got, err)
	}
}

// TestNoNextPage meets a search that says that there is more, and not where: an
// empty page of it does not mean that there is nothing.
func TestNoNextPage(t *testing.T) {
	t.Parallel()
	p := faked(t, func(r *http.Request) string {
		if strings.HasSuffix(r.URL.Path, "/myself") {
			return `{"accountId":"a"}`
		}
		return `{"issues":[],"isLast":false}`
	})[0]
	if found, err := p.Find(t.Context(), "abc"); err == nil {
		t.Errorf("found %+v; want an error", found)
	}
}

// TestHookSecret meets a Jira that repeats what it was sent.
func TestHookSecret(t *testing.T) {
	t.Parallel()
	client := &http.Client{Transport: echo{}}
	for _, spec := range []ticket.Spec{Cloud(), DataCenter()} {
		opened, err := spec.Open(map[string]string{"base_url": "https://jira.example.com", "email": "a@example.com", "token": "t0ken"}, client)
		p, ok := opened.(*Provider)
		if err != nil || !ok {
			t.Fatal(err)
		}
		_, err = p.Register(t.Context(), ticket.Hook{URL: "https://admit.example.com/1", Secret: "hook-s3cret"})
		if f := ticket.FailureOf(err); err == nil || strings.Contains(f.Msg, "s3cret") || !strings.Contains(f.Msg, "admit.example.com") {
			t.Errorf("%s: %q", spec.Name, f.Msg)
		}
	}
}

// echo is a server without webhooks that refuses each call with the call itself.
type echo struct{}

func (echo) RoundTrip(r *http.Request) (*http.Response, error) {
	header, status, body := http.Header{"Content-Type": {"application/json"}}, http.StatusOK, []byte(`[]`)
	if r.Method != http.MethodGet {
		sent, _ := io.ReadAll(r.Body)
		status, body = http.StatusBadRequest, fmt.Appendf(nil, `{"errorMessages":[%q]}`, sent)
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(string(body)))}, nil
}

// TestSignature checks the vector that Atlassian publishes.
func TestSignature(t *testing.T) {
	t.Parallel()
	d := ticket.Delivery{
		Header: http.Header{"X-Hub-Signature": {"sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"}},
		Body:   []byte("Hello World!"), Secret: "It's a Secret to Everybody",
	}
	if news, err := faked(t, nil)[0].Hear(d); err != nil || !news.Signed {
		t.Errorf("heard %+v, %v", news, err)
	}
}

func TestFitted(t *testing.T) {
	t.Parallel()
	const key = "0123456789abcdef0123456789abcdef"
	for name, body := range map[string]string{
		"letters": strings.Repeat("x", 50_000), "marks": strings.Repeat("*a* ", 20_000), "lines": strings.Repeat("a\n", 30_000),
		"wiki": strings.Repeat("{}[]|*_-+^~?!\\", 3_000), "lists": strings.Repeat("- a\n", 20_000), "emoji": strings.Repeat("🔑", 40_000),
	} {
		for _, p := range faked(t, nil) {
			rendered := p.fitted(body + "\n\n" + key)
			b, err := json.Marshal(rendered)
			if err != nil || !strings.Contains(string(b), key) || p.length(rendered) > maxStored {
				t.Errorf("%s: %d characters, %v; want at most %d with the key", name, utf8.RuneCount(b), err, maxStored)
			}
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]ticket.Outcome{
		"Done": ticket.Yes, "FIXED": ticket.Yes, "Won't Do": ticket.No, "Won\u2019t fix": ticket.No, " Duplicate\n": ticket.No,
		"Cannot  Reproduce": ticket.No, "Incomplete": "", "": "", "Not done": ticket.No, "Undone": "",
	} {
		if got := reads(name); got != want {
			t.Errorf("%q reads as %q, want %q", name, got, want)
		}
	}
}

// TestFieldKinds shows which fields of a screen can be entered.
func TestFieldKinds(t *testing.T) {
	t.Parallel()
	const options = `,"allowedValues":[{"id":"1","value":"A"},{"id":"2","name":"B"}]`
	for field, want := range map[string]ticket.Entry{
		`"schema":{"type":"string","custom":"x:textfield"}`:                                      ticket.Line,
		`"schema":{"type":"string","custom":"x:textarea"}`:                                       ticket.Paragraph,
		`"schema":{"type":"string","system":"environment"}`:                                      ticket.Paragraph,
		`"schema":{"type":"number"}`:                                                             ticket.Number,
		`"schema":{"type":"date"}`:                                                               ticket.Date,
		`"schema":{"type":"option"}` + options:                                                   ticket.Choice,
		`"schema":{"type":"priority"}` + options:                                                 ticket.Choice,
		`"schema":{"type":"array","items":"option"}` + options:                                   ticket.Choices,
		`"schema":{"type":"array","items":"version"}` + options:                                  ticket.Choices,
		`"schema":{"type":"array","items":"string"}`:                                             ticket.Tags,
		`"jiraSchema":{"type":"option"},"validValues":[{"value":"1","label":"A","children":[]}]`: ticket.Choice,
		`"schema":{"type":"option"}`:                                                             "", // nothing to choose
		`"schema":{"type":"option"},"allowedValues":[{"id":"x"}]`:                                "",
		`"schema":{"type":"user"}`:                                                               "",
		`"schema":{"type":"array","items":"user"}`:                                               "",
		`"schema":{"type":"option-with-child"}` + options:                                        "",
		`"schema":{"type":"datetime"}`:                                                           "",
		`"schema":{"type":"any"}`:                                                                "",
	} {
		var f wireField
		if err := json.Unmarshal([]byte(`{"fieldId":"customfield_1","name":"F",`+field+`}`), &f); err != nil {
			t.Fatal(err)
		}
		if e, ok := f.entry(); ok != (want != "") || ok && e.Entry != want {
			t.Errorf("%s is %q, %v; want %q", field, e.Entry, ok, want)
		}
	}
}

// FuzzHear gives arbitrary bodies, signed and not.
func FuzzHear(f *testing.F) {
	f.Add([]byte(`{"timestamp":1700000000000,"webhookEvent":"jira:issue_updated","issue_event_type_name":"issue_generic","user":{"accountId":"x"},"issue":` + row + `,"changelog":{"items":[{"field":"status"}]}}`))
	f.Add([]byte(`{"webhookEvent":"comment_created","comment":{"id":"1"},"issue":{"id":20001,"key":"ACC-1"}}`))
	for _, body := range []string{``, `null`, `{"issue":null}`, `{"issue":{"id":"../1"}}`, `{"issue":{"id":-1}}`, `{"issue":[]}`, `{"issue":{"id":{"id":1}}}`} {
		f.Add([]byte(body))
	}
	p := faked(f, nil)[0]
	f.Fuzz(func(t *testing.T, body []byte) {
		mac := hmac.New(sha256.New, []byte("secret"))
		mac.Write(body)
		signature := "sha256=" + hex.EncodeToString(mac.Sum(nil))
		header := http.Header{"X-Hub-Signature": {signature}, "X-Atlassian-Webhook-Identifier": {string(body)}}
		news, err := p.Hear(ticket.Delivery{Header: header, Body: body, Secret: "secret"})
		if err != nil || !news.Signed || len(news.ID) > 1000 {
			t.Errorf("heard %+v, %v", news, err)
		}
		for _, id := range news.Tickets {
			if !isID(id) {
				t.Errorf("a ticket %q", id)
			}
		}
		header.Set("X-Hub-Signature", string(body))
		if _, err := p.Hear(ticket.Delivery{Header: header, Body: body, Secret: "secret"}); string(body) != signature && !errors.Is(err, ticket.ErrForged) {
			t.Errorf("a signature of %q is taken", body)
		}
	})
}

// FuzzAnswer gives every call the same arbitrary answer: what comes out is a
// sane ticket or a failure.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(page1(row)))
	f.Add([]byte(row))
	f.Add([]byte(`{"transitions":[{"id":"21","to":{"id":"1","name":"Won't do","statusCategory":{"key":"done"}},"fields":{"resolution":{"required":true,"allowedValues":[{"id":"1","name":"Won't Do"}]}}}]}`))
	f.Add([]byte(`{"requestTypeFields":[{"fieldId":"description","jiraSchema":{"type":"string"}}],"issueId":"1","issueKey":"A-1","id":"4","projectId":"10000"}`))
	f.Add([]byte(`{"fields":[{"fieldId":"x","name":"X","required":true,"schema":{"type":"option"},"allowedValues":[{"id":1},null,{}]}],"total":1}`))
	for _, answer := range []string{
		`null`, `[]`, `{}`, `""`, `0`, `[null]`, `[{}]`, `{"issues":null}`, `{"issues":[null],"total":1}`, `{"issues":[{}],"total":-1}`, `{"issues":{},"isLast":1}`,
		`{"issues":[],"nextPageToken":"x"}`, `{"values":[{"id":1,"name":"\u0000"}],"isLast":false}`, `{"id":"1","key":"A-1","fields":null}`,
	} {
		f.Add([]byte(answer))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		for _, p := range faked(t, func(*http.Request) string { return string(answer) }) {
			provoke(t, p)
		}
	})
}

func provoke(t *testing.T, p *Provider) {
	t.Helper()
	ctx := t.Context()
	d := ticket.Draft{Key: "abc", Project: "10000", Type: "10101", Title: "t", Body: "b\n\nabc", Fields: map[string]string{"x": "1"}}
	made, create := p.Create(ctx, d)
	d.Type = "request:4:25"
	asked, request := p.Create(ctx, d)
	found, find := p.Find(ctx, "abc")
	got, read := p.Read(ctx, []string{"20001"})
	page, changed := p.Changed(ctx, ticket.Cursor{Floor: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}.String())
	if _, again := ticket.ParseCursor("Jira", page.Cursor); changed == nil && again != nil {
		t.Errorf("the cursor %q cannot be used: %v", page.Cursor, again)
	}
	_, _, account := p.Account(ctx, "10000", "alice@example.com")
	_, people := p.People(ctx, "10000", "alice")
	_, projects := p.Projects(ctx)
	_, check := p.Check(ctx, "10000")
	_, types := p.Types(ctx, "10000")
	_, form := p.Form(ctx, "10000", "10101")
	_, statuses := p.Statuses(ctx, "10000")
	_, register := p.Register(ctx, ticket.Hook{URL: "https://admit.example.com/1", Secret: "s"})
	for _, err := range []error{
		create, request, find, read, changed, account, people, projects, check, types, form, statuses, register,
		p.Comment(ctx, "20001", "c"), p.Close(ctx, "20001", "c"),
	} {
		if _, ok := errors.AsType[*ticket.Failure](err); err != nil && !ok {
			t.Errorf("%T is no failure: %v", err, err)
		}
	}
	if create == nil && made.ID == "" || request == nil && asked.ID == "" {
		t.Errorf("made %+v and %+v, without an id", made, asked)
	}
	for _, s := range append(append(found, got...), page.Tickets...) {
		if !isID(s.ID) || utf8.RuneCountInString(s.Title) > maxTitle || strings.ContainsAny(s.Title+s.Status+s.Key+s.Identifier, "\n\x00") {
			t.Errorf("%+v", s)
		}
	}
}
