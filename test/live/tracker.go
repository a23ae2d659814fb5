package live

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"admit/internal/testkit"
	"admit/internal/ticket/requesttracker"
	"admit/internal/ticket/tickettest"
)

// Tracker is the real Request Tracker, behind a proxy that can make it fail.
type Tracker struct {
	*testing.T
	URL, AccessToken string
	Proxy            *tickettest.Proxy
}

// atTracker bounds how many tests use Request Tracker at once: it has three
// workers, and a test keeps one busy.
var atTracker = make(chan struct{}, 4) //nolint:gochecknoglobals // one Request Tracker for all tests of the process

// NewTracker returns Request Tracker for the time of a test, which waits for its
// turn.
func NewTracker(t *testing.T) *Tracker {
	t.Helper()
	atTracker <- struct{}{}
	t.Cleanup(func() { <-atTracker })
	r := &Tracker{T: t, URL: testkit.Service(t, "ADMIT_TEST_RT_URL"), AccessToken: testkit.Service(t, "ADMIT_TEST_RT_TOKEN")}
	r.Proxy = tickettest.NewProxy(t, r.URL)
	return r
}

// Creates reports whether a call is the one that files a ticket.
func Creates(r *http.Request, _ []byte) bool {
	return r.Method == http.MethodPost && r.URL.Path == "/REST/2.0/ticket"
}

// Connect makes a server file the tickets of an app in Request Tracker.
func (r *Tracker) Connect(c *Client, app string) (provider string) {
	r.Helper()
	return c.Connect(requesttracker.Spec().Kind, r.System().At(r.Proxy.URL), app)
}

// System is Request Tracker, past the proxy, as the suites of systems use it.
func (r *Tracker) System() tickettest.System {
	r.Helper()
	set := func(status string) func(*testing.T, string) {
		return func(t *testing.T, id string) { t.Helper(); r.Call("PUT", "/ticket/"+id, Object{"Status": status}) }
	}
	return tickettest.System{
		URL: r.URL, Settings: map[string]string{"base_url": r.URL, "token": r.AccessToken}, Project: r.queue("Access"),
		Fulfiller: tickettest.Fulfiller{Start: set("open"), Done: set("resolved"), Decline: set("rejected")},
		Creates:   Creates, NoLag: true,
	}
}

// queue is the id of a queue.
func (r *Tracker) queue(name string) string {
	r.Helper()
	id, _ := r.Call("GET", "/queue/"+name, nil)["id"].(float64)
	return strconv.Itoa(int(id))
}

// Call calls Request Tracker as its service user, past the proxy.
func (r *Tracker) Call(method, path string, body any) Object {
	r.Helper()
	sent := &bytes.Buffer{}
	if body != nil {
		if err := json.NewEncoder(sent).Encode(body); err != nil {
			r.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(r.Context(), method, r.URL+"/REST/2.0"+path, sent)
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("Authorization", "token "+r.AccessToken)
	req.Header.Set("Content-Type", "application/json")
	resp, err := (&http.Client{Timeout: Patience}).Do(req)
	if err != nil {
		r.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode > 299 {
		r.Fatalf("%s %s: %d %s %v", method, path, resp.StatusCode, text, err)
	}
	got := Object{}
	_ = json.Unmarshal(text, &got) // a list of words after a change
	return got
}

// Finish sets a status in Request Tracker, as the assignee does.
func (r *Tracker) Finish(row Object, status string) {
	r.Helper()
	r.Call("PUT", "/ticket/"+strings.TrimLeft(TicketOf(row).Text("identifier"), "#RTrt- "), Object{"Status": status})
}

// Count is how many tickets carry the key of a ticket of ours.
func (r *Tracker) Count(key string) int {
	r.Helper()
	total, _ := r.Call("GET", "/tickets?query="+url.QueryEscape("CF.{AdmitKey} = '"+key+"'"), nil)["total"].(float64)
	return int(total)
}
