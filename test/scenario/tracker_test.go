package scenario

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"admit/internal/config"
	"admit/internal/testkit"
	"admit/internal/ticket/tickettest"
)

// tracker is the real Request Tracker, behind a proxy that can make it fail.
type tracker struct {
	*testing.T
	url, token string
	proxy      *tickettest.Proxy
}

// atTracker bounds how many stories use Request Tracker at once: it has three
// workers, and a story keeps one busy.
var atTracker = make(chan struct{}, 4) //nolint:gochecknoglobals // one Request Tracker for all tests of the process

func newTracker(t *testing.T) *tracker {
	t.Helper()
	atTracker <- struct{}{}
	t.Cleanup(func() { <-atTracker })
	r := &tracker{T: t, url: testkit.Service(t, "ADMIT_TEST_RT_URL"), token: testkit.Service(t, "ADMIT_TEST_RT_TOKEN")}
	r.proxy = tickettest.NewProxy(t, r.url)
	return r
}

// calm polls less often: several stories share one Request Tracker.
func calm(cfg *config.Config) { cfg.PollEvery = 2 * time.Second }

// creates reports whether a call is the one that files a ticket.
func creates(r *http.Request, _ []byte) bool {
	return r.Method == http.MethodPost && r.URL.Path == "/REST/2.0/ticket"
}

// connect makes a server file the tickets of an app in Request Tracker.
func (r *tracker) connect(c *client, app string) (provider string) {
	r.Helper()
	provider = c.do("ada", "POST", "/ticket-providers", object{
		"kind": "request_tracker", "name": "Request Tracker", "settings": object{"base_url": r.proxy.URL, "token": r.token},
	}).text("provider_id")
	queue := ""
	for _, p := range c.do("ada", "GET", "/ticket-providers/"+provider+"/projects", nil).list("projects") {
		if p.text("name") == "Access" {
			queue = p.text("id")
		}
	}
	c.do("ada", "PUT", "/apps/"+app, object{"tickets": object{"enabled": true, "provider_id": provider, "project_id": queue, "project_name": "Access"}})
	return provider
}

func (r *tracker) call(method, path string, body any) object {
	r.Helper()
	sent := &bytes.Buffer{}
	if body != nil {
		if err := json.NewEncoder(sent).Encode(body); err != nil {
			r.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(r.Context(), method, r.url+"/REST/2.0"+path, sent)
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Authorization", "token "+r.token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := (&http.Client{Timeout: patience}).Do(req)
	if err != nil {
		r.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode > 299 {
		r.Fatalf("%s %s: %d %s %v", method, path, resp.StatusCode, text, err)
	}
	got := object{}
	_ = json.Unmarshal(text, &got) // a list of words after a change
	return got
}

// finish sets a status in Request Tracker, as the assignee does.
func (r *tracker) finish(row object, status string) {
	r.Helper()
	r.call("PUT", "/ticket/"+strings.TrimLeft(ticketOf(row).text("identifier"), "#RTrt- "), object{"Status": status})
}

// count is how many tickets carry the key of a ticket of ours.
func (r *tracker) count(key string) int {
	r.Helper()
	total, _ := r.call("GET", "/tickets?query="+url.QueryEscape("CF.{AdmitKey} = '"+key+"'"), nil)["total"].(float64)
	return int(total)
}

// keyOf is the key on the last line of a ticket.
func (c *client) keyOf(ticketID string) string {
	c.t.Helper()
	words := strings.Fields(c.do("ada", "GET", "/tickets/"+ticketID, nil).text("body"))
	return words[len(words)-1]
}

// TestRequestTracker walks the main loop with the real server.
func TestRequestTracker(t *testing.T) {
	t.Parallel()
	testkit.ForEachURL(t, func(t *testing.T, databaseURL string) {
		r, w := newTracker(t), start(t, databaseURL, calm)
		provider := r.connect(w.client, w.app("Payroll"))
		if got := w.do("ada", "POST", "/ticket-providers/"+provider+"/check", nil); got["ok"] != true {
			t.Errorf("check: %v", got)
		}
		asked := w.do("josh", "POST", "/requests", object{
			"resources": []object{{"id": w.resource("My Role")}}, "reason": "month end", "duration_minutes": -1,
		})
		w.do("rita", "POST", "/requests/"+asked.text("id")+"/approve", object{"level": "REGULAR"})
		row := w.stands("My Role", "josh", ticketOpen)
		if tk := ticketOf(row); !strings.HasSuffix(tk.text("assignee_email"), "@example.com") || !strings.Contains(tk.text("url"), "/Ticket/Display.html?id=") {
			t.Errorf("the ticket %v", tk)
		}
		r.finish(row, "resolved")
		w.stands("My Role", "josh", granted)
		w.remove("ana", "My Role", "josh")
		row = w.stands("My Role", "josh", removalOpen)
		if got := ticketOf(row).text("assignee_email"); got != "ana@example.com" {
			t.Errorf("the removal is assigned to %q", got)
		}
		r.finish(row, "rejected")
		w.stands("My Role", "josh", "ERR_REMOTE_UNRECOVERABLE_ERROR removal attention")
		w.do("ana", "POST", "/changes/"+row.in("propagation").text("change_id")+"/retry", nil)
		row = w.stands("My Role", "josh", removalOpen)
		r.finish(row, "resolved")
		w.stands("My Role", "josh", "not listed")
	})
}

// TestProviderTrouble: whatever is wrong with the provider is shown on it and on
// the change, changes nothing that is believed, and is made good exactly once.
func TestProviderTrouble(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		troubles(t, testkit.SQLite(t), map[tickettest.Fault]string{tickettest.SignedOut: "unauthorized", tickettest.BusyMute: "rate_limited"})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		troubles(t, testkit.PostgreSQL(t), map[tickettest.Fault]string{tickettest.ConnLost: "down", tickettest.NotJSON: "malformed"})
	})
}

func troubles(t *testing.T, databaseURL string, faults map[tickettest.Fault]string) {
	t.Helper()
	r, w := newTracker(t), start(t, databaseURL, calm)
	provider := r.connect(w.client, w.app("Payroll"))
	w.add("ana", "Payroll viewer", "josh")
	before := w.stands("Payroll viewer", "josh", ticketOpen)
	people := []string{"rita", "ravi"}
	for fault, health := range faults {
		who := people[0]
		people = people[1:]
		r.proxy.Inject(fault, nil)
		w.add("ana", "My Role", who)
		until(t, "the trouble shown on the provider", func() bool {
			got := w.do("ada", "GET", "/ticket-providers/"+provider, nil)
			return got.text("health") == health && got.text("trouble") != ""
		})
		until(t, "the trouble shown on the change", func() bool {
			p := w.row("My Role", who).in("propagation")
			return (p.text("state") == "queued" || p.text("state") == "filing") && p.text("detail") != "" && p.text("waiting_for") != ""
		})
		if got := w.standing("Payroll viewer", "josh"); got != ticketOpen {
			t.Errorf("%s: an open ticket in the meantime: %s", fault, got)
		}
		r.proxy.Inject(tickettest.None, nil)
		row := w.stands("My Role", who, ticketOpen)
		until(t, "the provider well again", func() bool {
			return w.do("ada", "GET", "/ticket-providers/"+provider, nil).text("health") == "ok"
		})
		if n := r.count(w.keyOf(ticketOf(row).text("ticket_id"))); n != 1 {
			t.Errorf("%s: %d tickets for one change", fault, n)
		}
		r.finish(row, "resolved")
		w.stands("My Role", who, granted)
	}
	r.finish(before, "resolved")
	w.stands("Payroll viewer", "josh", granted)
}

// TestAnswerLost: the call that files a ticket does its work, but its answer
// never comes, in several ways. There is one ticket all the same.
func TestAnswerLost(t *testing.T) {
	t.Parallel()
	r, w := newTracker(t), start(t, testkit.SQLite(t), calm)
	r.connect(w.client, w.app("Payroll"))
	for fault, who := range map[tickettest.Fault]string{tickettest.AnswerLost: "josh", tickettest.SignInPage: "rita", tickettest.ErrorAfter: "ravi"} {
		r.proxy.Inject(fault, creates)
		w.add("ana", "My Role", who)
		row := w.stands("My Role", who, ticketOpen)
		if n := r.count(w.keyOf(ticketOf(row).text("ticket_id"))); n != 1 {
			t.Errorf("%s: %d tickets for one change", fault, n)
		}
	}
}
