package zendesk

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"admit/internal/ticket"
)

// transport answers without a network.
type transport func(*http.Request) (status int, body string)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body := f(r)
	header := http.Header{"Content-Type": {"application/json"}, "Date": {"Mon, 23 Nov 2026 12:00:00 GMT"}}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func faked(t testing.TB, answer transport) *Provider {
	t.Helper()
	settings, err := Spec().Validate(map[string]string{"base_url": "https://example.zendesk.com/", "email": "admit@example.com", "token": "secret-token"})
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

const row = `{"id":7,"external_id":"abc","subject":"Give access","status":"open","custom_status_id":502,"group_id":101,"assignee_id":12,
	"tags":["admit"],"custom_fields":[{"id":301,"value":"x"},{"id":308,"value":["crm"]},{"id":303,"value":null}],
	"created_at":"2026-11-23T10:00:00Z","updated_at":"2026-11-23T11:00:00Z","dates":{"assignee_updated_at":null}}`

// TestIgnoredCondition meets a list that does not know the external id it was
// asked for: the ticket that was looked for may be further on.
func TestIgnoredCondition(t *testing.T) {
	t.Parallel()
	p := faked(t, func(*http.Request) (int, string) { return 200, `{"tickets":[` + row + `]}` })
	if found, err := p.Find(t.Context(), "other"); err == nil || ticket.FailureOf(err).Trouble != ticket.Malformed {
		t.Errorf("found %+v, %v; want an error", found, err)
	}
}

func TestPagesInCircles(t *testing.T) {
	t.Parallel()
	p := faked(t, func(*http.Request) (int, string) {
		return 200, `{"tickets":[` + row + `],"meta":{"has_more":true,"after_cursor":"same"}}`
	})
	at := ticket.Cursor{Floor: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}.String()
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

func TestUnknownStatus(t *testing.T) {
	t.Parallel()
	p := faked(t, func(*http.Request) (int, string) {
		return 200, `{"tickets":[` + strings.Replace(row, `"open"`, `"archived"`, 1) + `]}`
	})
	got, err := p.Read(t.Context(), []string{"7"})
	if err != nil || len(got) != 1 || got[0].Outcome != ticket.Unclear || got[0].Grounds[0].Key != "status:archived" {
		t.Errorf("read %+v, %v; want it unclear by its status", got, err)
	}
}

func TestConflicts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		body   string
		create ticket.Certainty
	}{
		{409, `{"error":"IdempotentRequestInProgress"}`, ticket.Ambiguous},
		{400, `{"error":"IdempotentRequestError","description":"Request parameters don't match the given idempotency key"}`, ticket.Ambiguous},
		{400, `{"error":{"title":"Invalid attribute","message":"You passed an invalid value"}}`, ticket.Refused},
		{422, `{"error":"RecordInvalid","details":"odd"}`, ticket.Refused},
	} {
		p := faked(t, func(*http.Request) (int, string) { return c.status, c.body })
		_, err := p.Create(t.Context(), ticket.Draft{Key: "abc", Project: "101", Title: "t", Body: "b"})
		if f := ticket.FailureOf(err); f.Certainty != c.create || strings.HasSuffix(f.Msg, "Request") || strings.HasSuffix(f.Msg, "Entity") {
			t.Errorf("%s: %+v, want it %s, with Zendesk's words", c.body, f, c.create)
		}
	}
}

// TestForbiddenTicket tells a ticket that may not be touched from an account
// that is shut out.
func TestForbiddenTicket(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]ticket.Trouble{
		`{"error":"Forbidden","description":"You do not have access to this ticket"}`: ticket.Input, ``: ticket.Unauthorized,
	} {
		p := faked(t, func(*http.Request) (int, string) { return 403, body })
		if f := ticket.FailureOf(p.Comment(t.Context(), "7", "c")); f.Trouble != want {
			t.Errorf("%q: %+v, want %s", body, f, want)
		}
	}
}

// TestOddDueDate reads a ticket beside which somebody else's has a due date that
// cannot be.
func TestOddDueDate(t *testing.T) {
	t.Parallel()
	odd := strings.NewReplacer(`"id":7`, `"id":8,"due_at":"99999-01-01"`).Replace(row)
	p := faked(t, func(*http.Request) (int, string) { return 200, `{"tickets":[` + row + `,` + odd + `]}` })
	if got, err := p.Read(t.Context(), []string{"7", "8"}); err != nil || len(got) != 2 {
		t.Errorf("read %+v, %v; want both", got, err)
	}
}

func TestLongText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{strings.Repeat("日本語 ", 20_000), strings.Repeat("<&>\n\n", 20_000), strings.Repeat("{{x}}", 20_000)} {
		html := render(text + "\n\nkey-on-the-last-line")
		if len(html) > maxText || len(html) < maxText/3 || !strings.Contains(html, "key-on-the-last-line") {
			t.Errorf("%.20q: %d bytes, ends with %q", text, len(html), html[max(0, len(html)-100):])
		}
	}
}

// FuzzAnswer gives every call the same arbitrary answer: what comes out is a
// sane ticket or a failure.
func FuzzAnswer(f *testing.F) {
	for _, answer := range []string{
		`{"tickets":[` + row + `],"users":[{"id":12,"name":"Alice","email":"alice@example.com","role":"agent","active":true}],"meta":{"has_more":true,"after_cursor":"x"}}`,
		`{"ticket":` + row + `,"user":{"id":11,"role":"admin","active":true},"users":[{"id":11,"email":"alice@example.com","role":"admin","active":true}],
		"groups":[{"id":101,"name":"Access"}],"group_memberships":[{"group_id":101}],"ticket_forms":[{"id":402,"active":true,"ticket_field_ids":[301]}],
		"ticket_fields":[{"id":301,"type":"text","title":"System","active":true}],"custom_statuses":[{"id":5,"status_category":"open","active":true}],
		"webhooks":[{"id":"01A","endpoint":"https://a.example"}],"webhook":{"id":"01A"},"signing_secret":{"secret":"s"}}`,
		`null`, `[]`, `{}`, `""`, `0`, `{"tickets":null}`, `{"tickets":[null]}`, `{"tickets":{}}`, `{"ticket":{"id":"7"}}`, `{"tickets":[{"id":1e400}]}`,
		`{"tickets":[{"id":7,"status":"open","created_at":5}]}`, `{"tickets":[{"id":7,"status":"x","created_at":"9999-12-31T23:59:59Z"}]}`,
		`{"error":{"title":[],"message":5}}`, `{"errors":[{}],"details":{"base":[{"ticket_field_id":"x"}]}}`,
	} {
		f.Add(200, []byte(answer))
		f.Add(422, []byte(answer))
	}
	f.Fuzz(func(t *testing.T, status int, answer []byte) {
		p := faked(t, func(*http.Request) (int, string) { return 100 + (status%500+500)%500, string(answer) })
		var all []ticket.Snapshot
		var failures []error
		take := func(s []ticket.Snapshot, err error) { all, failures = append(all, s...), append(failures, err) }
		take(p.Read(t.Context(), []string{"7"}))
		take(p.Find(t.Context(), "abc"))
		made, err := p.Create(t.Context(), ticket.Draft{Key: "abc", Project: "101", Title: "t", Body: "b", Fields: map[string]string{"line:301": "x"}})
		if made.ID != "" {
			all = append(all, made)
		}
		page, changed := p.Changed(t.Context(), ticket.Cursor{Floor: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}.String())
		take(page.Tickets, changed)
		if _, again := ticket.ParseCursor("Zendesk", page.Cursor); changed == nil && again != nil {
			t.Errorf("the cursor %q cannot be used: %v", page.Cursor, again)
		}
		_, _, account := p.Account(t.Context(), "101", "alice@example.com")
		_, people := p.People(t.Context(), "101", "a")
		_, projects := p.Projects(t.Context())
		_, types := p.Types(t.Context(), "101")
		_, form := p.Form(t.Context(), "101", "402")
		_, statuses := p.Statuses(t.Context(), "")
		_, checked := p.Check(t.Context(), "101")
		_, hook := p.Register(t.Context(), ticket.Hook{URL: "https://a.example", Secret: "s"})
		failures = append(failures, err, account, people, projects, types, form, statuses, checked, hook,
			p.Comment(t.Context(), "7", "c"), p.Close(t.Context(), "7", "c"), p.Complete(t.Context(), "7", "c"),
			p.Assign(t.Context(), "7", ticket.Account{}), p.Unregister(t.Context(), ticket.Hook{ID: "01A"}))
		for _, err := range failures {
			if f, ok := errors.AsType[*ticket.Failure](err); err != nil && (!ok || strings.Contains(f.Msg, "secret-token") || strings.ContainsAny(f.Msg, "\n\x00")) {
				t.Errorf("%T is no failure fit to be shown: %v", err, err)
			}
		}
		for _, s := range all {
			if parseID(s.ID) == 0 || strings.ContainsAny(s.Title+s.Status+s.Key, "\n\x00") || len(s.Title) > 4*maxLine {
				t.Errorf("%+v", s)
			}
		}
	})
}

// FuzzHear hears any bytes, signed or not.
func FuzzHear(f *testing.F) {
	for _, body := range []string{
		`{"type":"zen:event-type:ticket.status_changed","account_id":1,"id":"2b24ef10-19d4-4740-93cf-8f98ec4776c0","time":"2026-11-23T12:00:00Z",
		"zendesk_event_version":"2022-11-06","subject":"zen:ticket:4711","detail":{"id":"4711","external_id":"abc","status":"SOLVED"},"event":{"current":"SOLVED","previous":"OPEN"}}`,
		`{"type":"zen:event-type:ticket.comment_added","subject":"zen:ticket:4711","detail":{"id":4711},"event":{"comment":{"id":"1","body":"x"}}}`,
		`{"type":"zen:event-type:user.active_changed","subject":"zen:user:6596848315901","detail":{"id":"6596848315901"}}`,
		`{"subject":"zen:ticket:-1","detail":null}`, `{"detail":{"id":{}}}`, `null`, `[]`, ``, "\xff",
	} {
		f.Add([]byte(body), "Bearer s", "", "2026-11-23T12:00:00Z", "s")
		f.Add([]byte(body), "", "EiqWE3SXTPQpPulBV6OSuuGziIishZNc1VwNZYqZrHU=", "2026-11-23T12:00:00Z", "s")
	}
	at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	p := faked(f, func(*http.Request) (int, string) { return 500, "" })
	f.Fuzz(func(t *testing.T, body []byte, authorization, signature, stamp, secret string) {
		header := http.Header{"Authorization": {authorization}, signatureHeader: {signature}, timeHeader: {stamp}, deliveryHeader: {string(body)}}
		news, err := p.Hear(ticket.Delivery{Header: header, Body: body, Secret: secret, At: at})
		if err != nil && (!errors.Is(err, ticket.ErrForged) || len(news.Tickets) > 0 || news.Signed) {
			t.Errorf("heard %+v, %v", news, err)
		}
		if err == nil && news.Signed && secret == "" {
			t.Errorf("%+v counts as signed", news)
		}
		if err == nil && secret != "" && authorization != "Bearer "+secret && signature == "" {
			t.Errorf("nothing proves %+v", news)
		}
		for _, id := range news.Tickets {
			if parseID(id) == 0 || strings.ContainsAny(news.ID, "\n\x00") {
				t.Errorf("heard %+v", news)
			}
		}
	})
}

// FuzzValue reads any value of a custom field.
func FuzzValue(f *testing.F) {
	for _, value := range []string{`"x"`, `12345678`, `1e400`, `true`, `null`, `["a",1,null]`, `{"a":1}`, ``, `[`, `"\u0000"`} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		w := wireTicket{CustomFields: []wireValue{{ID: 301, Value: json.RawMessage(value)}}}
		for entry, asked := range map[ticket.Entry]string{
			ticket.Line: "x", ticket.Paragraph: "x\ny", ticket.Choices: "a\nb", ticket.Number: "1", ticket.Flag: "true", ticket.Date: "2026-12-01",
		} {
			_ = w.kept(customID(entry, 301), asked)
		}
	})
}
