package freshservice

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path"
	"slices"
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
	settings, err := Spec().Validate(map[string]string{"base_url": "https://example.freshservice.com/", "api_key": "secret-key", "email": "admit@example.com"})
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

const row = `{"id":7,"subject":"Give access","description_text":"Make sure. 0123456789abcdef0123456789abcdef","status":2,"group_id":101,"responder_id":null,
	"tags":["admit"],"created_at":"2026-11-23T10:00:00Z","updated_at":"2026-11-23T11:00:00Z","custom_fields":{"risk":null},"category":null}`

func TestRead(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]ticket.Trouble{
		`{"ticket":` + row + `}`: "", `{"ticket":null}`: ticket.Malformed, `{"ticket":{"id":8}}`: ticket.Malformed, `{"ticket":{"id":7}}`: ticket.Malformed,
	} {
		p := faked(t, func(*http.Request) (int, string) { return http.StatusOK, body })
		got, err := p.Read(t.Context(), []string{"7"})
		if want == "" && (err != nil || len(got) != 1 || got[0].Key != "0123456789abcdef0123456789abcdef" || got[0].URL != "https://example.freshservice.com/a/tickets/7") ||
			want != "" && ticket.FailureOf(err).Trouble != want {
			t.Errorf("%s: read %+v, %v", body, got, err)
		}
	}
}

// TestAbsent tells a ticket that is not there from an address that is wrong.
func TestAbsent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		body   string
		absent bool
	}{
		{http.StatusNotFound, "", true},
		{http.StatusNotFound, `{"message":"not found"}`, true},
		{http.StatusForbidden, `{"code":"access_denied","message":"You are not authorized to perform this action."}`, true},
		{http.StatusForbidden, `{"code":"inactive","message":"The account is suspended"}`, false},
		{http.StatusForbidden, ``, false},
	} {
		p := faked(t, func(*http.Request) (int, string) { return c.status, c.body })
		got, err := p.Read(t.Context(), []string{"7"})
		if len(got) > 0 || (err == nil) != c.absent {
			t.Errorf("%d %s: read %+v, %v; want it absent = %v", c.status, c.body, got, err, c.absent)
		}
	}
}

// TestOtherKeys meets a filter that does not hear the condition: the ticket that
// was looked for may be among those it left out.
func TestOtherKeys(t *testing.T) {
	t.Parallel()
	p := faked(t, func(r *http.Request) (int, string) {
		if strings.HasSuffix(r.URL.Path, "/tickets/7") {
			return http.StatusOK, `{"ticket":` + row + `}`
		}
		return http.StatusOK, `{"tickets":[` + row + `]}`
	})
	if found, err := p.Find(t.Context(), strings.Repeat("f", 32)); ticket.FailureOf(err).Trouble != ticket.Malformed {
		t.Errorf("found %+v, %v; want an error", found, err)
	}
}

// TestConflict meets an answer that does not say what became of a call.
func TestConflict(t *testing.T) {
	t.Parallel()
	p := faked(t, func(*http.Request) (int, string) { return http.StatusConflict, `{"code":"inconsistent_state"}` })
	_, create := p.Create(t.Context(), ticket.Draft{Key: strings.Repeat("f", 32), Project: "7", Title: "t", Body: "b"})
	_, read := p.Read(t.Context(), []string{"7"})
	for err, want := range map[error]ticket.Certainty{create: ticket.Ambiguous, read: ticket.NotSent} {
		if f := ticket.FailureOf(err); f.Certainty != want || f.Trouble != ticket.Down {
			t.Errorf("%+v, want it %s", f, want)
		}
	}
}

// TestPollGoesOn runs out of calls while it looks at tickets that ended: what was
// looked at is not lost, and the rest comes with the next poll.
func TestPollGoesOn(t *testing.T) {
	t.Parallel()
	ended := strings.Replace(row, `"status":2`, `"status":4`, 1)
	left := 0
	p := faked(t, func(r *http.Request) (int, string) {
		id := path.Base(r.URL.Path)
		if id == "tickets" {
			return http.StatusOK, `{"tickets":[` + ended + `,` + strings.Replace(ended, `"id":7`, `"id":8`, 1) + `]}`
		}
		if left--; left < 0 {
			return http.StatusTooManyRequests, `{"message":"too many"}`
		}
		return http.StatusOK, `{"ticket":` + strings.Replace(ended, `"id":7`, `"id":`+id, 1) + `}`
	})
	at := ticket.Cursor{Floor: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}.String()
	if _, err := p.Changed(t.Context(), at); ticket.FailureOf(err).Trouble != ticket.RateLimited {
		t.Errorf("without a call left: %v", err)
	}
	for i, want := range []string{"7", "8"} {
		left = 1
		page, err := p.Changed(t.Context(), at)
		if err != nil || len(page.Tickets) != 1 || page.Tickets[0].ID != want || page.More != (i == 0) {
			t.Fatalf("poll %d: %+v, %v; want ticket %s", i, page, err, want)
		}
		at = page.Cursor
	}
}

func TestPlaceIsStrict(t *testing.T) {
	t.Parallel()
	c := ticket.Cursor{Floor: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}
	good := place{c, 1, map[int64]int64{7: c.Floor.Unix(), 5: c.Floor.Unix(), 3: 1}}.String()
	if back, err := parsePlace(good); err != nil || len(back.looked) != 2 || back.looked[7] != c.Floor.Unix() {
		t.Errorf("%s is %+v, %v", good, back, err)
	}
	for _, text := range []string{good + ".", good + "x", good + ".9", c.String() + ".7-1", c.String() + ".-7-1764000000", c.String() + "..."} {
		if p, err := parsePlace(text); err == nil {
			t.Errorf("%q is %+v", text, p)
		}
	}
}

func TestChoices(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]wireChoices{
		`[{"id":2,"value":"Open"}]`: {{ID: 2, Value: "Open"}}, `["a","b"]`: {{Value: "a"}, {Value: "b"}}, `{"2":["Open"]}`: nil, `7`: nil,
	} {
		var got wireChoices
		if err := json.Unmarshal([]byte(text), &got); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

func TestRefusalWords(t *testing.T) {
	t.Parallel()
	const body = `{"description":"Validation failed","errors":[{"field":"custom_fields.risk","message":"is wrong","code":"invalid_value"},{"field":"fr_due_by","message":"x"}]}`
	if got := words([]byte(body)); got != "Validation failed; custom_fields.risk is wrong; fr_due_by x" {
		t.Errorf("words %q", got)
	}
	if got := readRefusal([]byte(body)).fields(); !slices.Equal(got, []string{"risk", dueField}) {
		t.Errorf("fields %q", got)
	}
}

func sent(body, header string) ticket.Delivery {
	return ticket.Delivery{Header: http.Header{secretHeader: {header}}, Body: []byte(body), Secret: "s3cret", At: time.Now()}
}

func TestHear(t *testing.T) {
	t.Parallel()
	p := faked(t, nil)
	for body, want := range map[string]string{
		`{"ticket_id":"12"}`: "12", `{"ticket_id":12}`: "12", `{"ticket_id":"INC-12"}`: "12", `{"ticket_id":"#SR-12"}`: "12", `{"ticket_id":"x"}`: "", `{}`: "",
		`{"ticket_id":"12/../13"}`: "", `{"ticket_id":-5}`: "5",
	} {
		news, err := p.Hear(sent(body, "s3cret"))
		if err != nil || !news.Signed || strings.Join(news.Tickets, ",") != want {
			t.Errorf("%s: %+v, %v; want %q", body, news, err, want)
		}
	}
	for _, header := range []string{"", "S3cret", "s3cret "} {
		if news, err := p.Hear(sent(`{"ticket_id":"12"}`, header)); !errors.Is(err, ticket.ErrForged) || len(news.Tickets) > 0 {
			t.Errorf("with %q: %+v, %v", header, news, err)
		}
	}
}

func FuzzHear(f *testing.F) {
	for _, body := range []string{`{"ticket_id":"12"}`, `{"ticket_id":"INC-12"}`, `{"ticket_id":{}}`, `[]`, ``} {
		f.Add([]byte(body))
	}
	p := faked(f, nil)
	f.Fuzz(func(t *testing.T, body []byte) {
		news, err := p.Hear(sent(string(body), "s3cret"))
		if err != nil || !news.Signed {
			t.Errorf("heard %+v, %v", news, err)
		}
		for _, id := range news.Tickets {
			if ticket.ParseID(id) == 0 {
				t.Errorf("ticket %q", id)
			}
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add(`{"ticket":` + row + `,"tickets":[` + row + `]}`)
	f.Add(`{"tickets":[{}],"ticket_fields":[{"name":"x","label":"X","field_type":"custom_dropdown","choices":["a"]}]}`)
	f.Fuzz(func(t *testing.T, answer string) {
		p := faked(t, func(*http.Request) (int, string) { return http.StatusOK, answer })
		at := ticket.Cursor{Floor: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}.String()
		got, _ := p.Read(t.Context(), []string{"7"})
		page, _ := p.Changed(t.Context(), at)
		found, _ := p.Find(t.Context(), strings.Repeat("f", 32))
		for _, s := range slices.Concat(got, page.Tickets, found) {
			if ticket.ParseID(s.ID) == 0 || s.Status == "" || len(s.Grounds) == 0 || s.Title != ticket.OneLine(s.Title) {
				t.Errorf("%+v", s)
			}
		}
		form, _ := p.Form(t.Context(), "", "")
		for _, field := range form {
			if field.ID == "" || field.Name == "" || field.Entry == ticket.Choice && len(field.Options) == 0 {
				t.Errorf("%+v", field)
			}
		}
	})
}

// TestChoiceNumbers tells the number of a choice from the id of its record.
func TestChoiceNumbers(t *testing.T) {
	t.Parallel()
	for c, want := range map[wireChoice]int64{{ID: 2}: 2, {ID: 21000039527, Display: 3}: 3, {ID: 21000039527}: 0, {}: 0} {
		if got := c.number(); got != want {
			t.Errorf("%+v has the number %d, want %d", c, got, want)
		}
	}
	p := faked(t, func(*http.Request) (int, string) {
		return http.StatusOK, `{"ticket_fields":[{"name":"status","field_type":"default_status","choices":[{"id":21000039527,"value":"Open"}]}]}`
	})
	if got, err := p.Statuses(t.Context(), ""); err != nil || !slices.Contains(got, statusGround(closed, "")) {
		t.Errorf("statuses %+v, %v; want those of every account", got, err)
	}
}
