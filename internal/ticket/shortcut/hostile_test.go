package shortcut

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"admit/internal/ticket"
)

// transport answers without a network.
type transport func(*http.Request) string

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) {
	header := http.Header{"Content-Type": {"application/json"}, "Date": {"Mon, 23 Nov 2026 12:00:00 GMT"}}
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(strings.NewReader(f(r)))}, nil
}

func faked(t testing.TB, answer transport) *Provider {
	t.Helper()
	settings, err := Spec().Validate(map[string]string{"workspace": "example", "token": "secret-token"})
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

const listed = `{"id":7,"app_url":"javascript:alert(1)","archived":false,"completed":false,"started":false,"name":"Give access",
	"external_id":"0123456789abcdef0123456789abcdef","created_at":"2026-11-23T10:00:00Z","updated_at":"2026-11-23T11:00:00Z","team":null,
	"workflow_state":{"id":5,"name":"Ready"},"labels":{"entities":[]},"owners":{"entities":[{"id":"x","name":"A\u0000\nB"}]}}`

const slim = `{"id":7,"archived":false,"completed":false,"created_at":"2026-11-23T10:00:00Z","workflow_state_id":5,"external_id":"other"}`

func TestHostileAnswer(t *testing.T) {
	t.Parallel()
	p := faked(t, func(*http.Request) string { return `{"entities":[` + listed + `],"total_items":1}` })
	got, err := p.Read(t.Context(), []string{"7"})
	if err != nil || len(got) != 1 || got[0].URL != "" || got[0].Assignee.Name != "A B" {
		t.Errorf("read %+v, %v", got, err)
	}
	if got, err := p.Read(t.Context(), []string{"8"}); err != nil || len(got) > 0 {
		t.Errorf("another ticket than was asked for: %+v, %v", got, err)
	}
	ids := make([]string, batch+1)
	for i := range ids {
		ids[i] = fmt.Sprint(i + 1)
	}
	if _, err := p.Read(t.Context(), ids); ticket.FailureOf(err).Certainty != ticket.Refused {
		t.Errorf("too many at once: %v", err)
	}
}

// TestLessThanAll meets answers that say they are not all.
func TestLessThanAll(t *testing.T) {
	t.Parallel()
	for _, next := range []string{"https://x.invalid/?cursor=c", "https://x.invalid/", "%zz"} {
		p := faked(t, func(*http.Request) string {
			return `{"entities":[` + listed + `],"total_items":1,"next_page_url":"` + next + `"}`
		})
		if got, err := p.Read(t.Context(), []string{"7"}); ticket.FailureOf(err).Trouble != ticket.Malformed {
			t.Errorf("%s: read %+v, %v; want an error", next, got, err)
		}
	}
}

func TestPagesInCircles(t *testing.T) {
	t.Parallel()
	p := faked(t, func(*http.Request) string {
		return `{"entities":[` + listed + `],"total_items":9,"next_page_url":"https://x.invalid/?cursor=same"}`
	})
	at := ticket.Cursor{Floor: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}.String()
	for range 3 {
		page, err := p.Changed(t.Context(), at)
		if err != nil {
			return
		}
		at = page.Cursor
	}
	t.Error("the same page again and again is no error")
}

// TestManyLabels meets a story of which not all labels are shown.
func TestManyLabels(t *testing.T) {
	t.Parallel()
	done := strings.Replace(listed, `"completed":false`, `"completed":true`, 1)
	for labels, want := range map[string]ticket.Outcome{
		`{"entities":[{"name":"x"}],"total_items":1}`: ticket.Yes, `{"entities":[{"name":"x"}],"total_items":2}`: ticket.Unclear,
		`{"entities":[{"name":"wont-do"}],"total_items":2}`: ticket.No,
	} {
		story := strings.Replace(done, `"labels":{"entities":[]}`, `"labels":`+labels, 1)
		p := faked(t, func(*http.Request) string { return `{"entities":[` + story + `],"total_items":1}` })
		if got, err := p.Read(t.Context(), []string{"7"}); err != nil || len(got) != 1 || got[0].Outcome != want {
			t.Errorf("%s: read %+v, %v; want %s", labels, got, err, want)
		}
	}
}

// TestOtherKeys meets a search that is behind, and one that does not hear the
// condition: the story that was looked for may be among those it left out.
func TestOtherKeys(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]ticket.Trouble{`[]`: "", `[` + slim + `]`: ticket.Malformed} {
		p := faked(t, func(r *http.Request) string {
			if strings.HasPrefix(r.URL.Path, "/api/v4") {
				return `{"entities":[` + listed + `],"total_items":1}`
			}
			return answer
		})
		found, err := p.Find(t.Context(), "0123456789abcdef0123456789abcdef")
		if want == "" && (err != nil || len(found) != 1) || want != "" && ticket.FailureOf(err).Trouble != want {
			t.Errorf("%s: found %+v, %v; want the newest story, or an error", answer, found, err)
		}
	}
}

func TestDeclines(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"Won't Do": true, "WONT-DO": true, "Won’t fix": true, "Canceled": true, "Closed (duplicate)": true, "Declined by owner": true,
		"Completed": false, "Done": false, "Deployed": false, "Cancellation done": false, "Validated": false, "": false,
	} {
		if declines(name) != want {
			t.Errorf("%q declines: %v, want %v", name, !want, want)
		}
	}
}

func TestLookIsStrict(t *testing.T) {
	t.Parallel()
	for _, text := range []string{" ", "7", "7 ", "x y", "07 y", "-0 y", " y"} {
		if l, err := parseLook(text); err == nil {
			t.Errorf("%q is %+v", text, l)
		}
	}
	l := look{total: 7, cursor: "a b"}
	if back, err := parseLook(l.String()); err != nil || back != l {
		t.Errorf("%+v, %v; want %+v", back, err, l)
	}
}

const body1 = `{"id":"595285dc-9c43-4b9c-a1e6-0cd9aff5b084","changed_at":"2026-11-23T12:00:00.000Z","primary_id":16,"version":"v1",
	"actions":[{"id":16,"entity_type":"story","action":"update"},{"id":17,"entity_type":"story-comment","action":"create","story_id":18}],
	"references":[{"id":99,"entity_type":"story"}]}`

const body2 = `{"id":"595285dc-9c43-4b9c-a1e6-0cd9aff5b085","version":"v2","timestamp":"2026-11-23T12:00:00.000Z",
	"actions":[{"id":"16","entity_type":"story","action":"update","changes":[]}]}`

func sent(body, secret, header string) ticket.Delivery {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(body))
	at := time.Date(2026, 11, 23, 12, 1, 0, 0, time.UTC)
	return ticket.Delivery{Header: http.Header{header: {hex.EncodeToString(mac.Sum(nil))}}, Body: []byte(body), Secret: secret, At: at}
}

func TestHear(t *testing.T) {
	t.Parallel()
	p := faked(t, nil)
	news, err := p.Hear(sent(body1, "s", "Payload-Signature"))
	if err != nil || !news.Signed || news.ID != "595285dc-9c43-4b9c-a1e6-0cd9aff5b084" || !slices.Equal(news.Tickets, []string{"16", "18"}) {
		t.Errorf("version 1: %+v, %v", news, err)
	}
	news, err = p.Hear(sent(body2, "s", "Shortcut-Signature"))
	if err != nil || !news.Signed || !slices.Equal(news.Tickets, []string{"16"}) {
		t.Errorf("version 2: %+v, %v", news, err)
	}
	late := sent(body1, "s", "Payload-Signature")
	late.At = late.At.Add(maxAge)
	if news, err := p.Hear(late); !errors.Is(err, ticket.ErrForged) || len(news.Tickets) > 0 {
		t.Errorf("a day late: %+v, %v", news, err)
	}
}

func FuzzHear(f *testing.F) {
	for _, body := range []string{body1, body2, `{"type":"validation"}`, `{"actions":[{"id":{},"entity_type":"story"}]}`, `[]`, ``} {
		f.Add([]byte(body), "s")
	}
	p := faked(f, nil)
	f.Fuzz(func(t *testing.T, body []byte, secret string) {
		for _, d := range []ticket.Delivery{{Body: body, Header: http.Header{}}, sent(string(body), secret, "Payload-Signature")} {
			news, err := p.Hear(d)
			if err != nil && !errors.Is(err, ticket.ErrForged) || news.Signed && d.Secret == "" {
				t.Errorf("heard %+v, %v", news, err)
			}
			for _, id := range news.Tickets {
				if ticket.ParseID(id) == 0 {
					t.Errorf("ticket %q", id)
				}
			}
		}
	})
}

func FuzzRead(f *testing.F) {
	f.Add(`{"entities":[` + listed + `],"total_items":1}`)
	f.Add(`[` + slim + `]`)
	f.Add(`{"entities":[{}],"total_items":-1,"next_page_url":"%"}`)
	f.Fuzz(func(t *testing.T, answer string) {
		p := faked(t, func(*http.Request) string { return answer })
		at := ticket.Cursor{Floor: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}.String()
		got, _ := p.Read(t.Context(), []string{"7"})
		page, _ := p.Changed(t.Context(), at)
		found, _ := p.Find(t.Context(), "other")
		for _, s := range slices.Concat(got, page.Tickets, found) {
			if ticket.ParseID(s.ID) == 0 || s.Status == "" || len(s.Grounds) == 0 || s.Title != ticket.OneLine(s.Title) {
				t.Errorf("%+v", s)
			}
		}
	})
}
