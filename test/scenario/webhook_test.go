package scenario

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/config"
	"admit/internal/testkit"
	"admit/internal/ticket/tickettest"
	"admit/test/live"
	"admit/test/systems"
)

// TestWebhookOfEverySystem: with a poll that never comes, a change at the ticket
// system shows all the same, by the webhook that Admit registered, or that an
// admin set up as its page says. What is forged changes nothing.
func TestWebhookOfEverySystem(t *testing.T) {
	t.Parallel()
	for _, s := range systems.All() {
		t.Run(s.Spec().Kind, func(t *testing.T) {
			t.Parallel()
			w := start(t, testkit.SQLite(t), func(cfg *config.Config) { cfg.PollEvery = time.Hour })
			sys := s.Start(t)
			provider := w.Connect(s.Spec().Kind, sys, w.App("Payroll"))
			hook := w.Do("ada", "PUT", "/ticket-providers/"+provider+"/webhook", nil)
			if hook["automatic"] == true {
				live.Until(t, "registered", func() bool {
					return w.Do("ada", "GET", "/ticket-providers/"+provider+"/webhook", nil)["registered_at"] != nil
				})
			} else {
				sys.Listen(t, hook.Text("url"), hook.Text("secret"))
			}
			w.Add("ada", "My Role", "ravi")
			w.Stands("My Role", "ravi", "PENDING_MANUAL_PROPAGATION grant open")
			remote := w.remoteID("ravi")
			sys.Fulfiller.Done(t, remote)
			w.Stands("My Role", "ravi", "SUCCESS grant done")
			if got := w.Do("ada", "GET", "/ticket-providers/"+provider+"/webhook", nil); got.Text("state") != "working" || got["heard_at"] == nil {
				t.Errorf("the webhook is %v", got)
			}
			w.refuses(sys, hook, remote)
		})
	}
}

// remoteID is the system's id of the ticket of a user's row.
func (w *world) remoteID(who string) string {
	w.Helper()
	admin := access.Actor{UserID: w.User("ada"), Role: access.Admin}
	t, err := w.server.Propagation.Ticket(w.Context(), admin, live.TicketOf(w.Row("My Role", who)).Text("ticket_id"))
	if err != nil {
		w.Fatal(err)
	}
	return t.RemoteID
}

// refuses: whoever does not sign as the system does is turned away, and so is
// who calls another address or sends too much.
func (w *world) refuses(sys tickettest.System, hook live.Object, remote string) {
	w.Helper()
	good := sys.Delivery(w.T, remote, hook.Text("secret"), time.Now())
	forged := sys.Delivery(w.T, remote, strings.Repeat("0", 32), time.Now())
	for _, c := range []struct {
		what   string
		url    string
		header http.Header
		body   string
		want   []int
	}{
		{"forged", hook.Text("url"), forged.Header, string(forged.Body), []int{http.StatusForbidden}},
		{"unsigned", hook.Text("url"), nil, string(good.Body), []int{http.StatusForbidden, http.StatusOK}}, // some cannot sign
		{"another address", hook.Text("url") + "0", good.Header, string(good.Body), []int{http.StatusNotFound}},
		{"another provider", strings.Replace(hook.Text("url"), "/hooks/", "/hooks/x", 1), good.Header, string(good.Body), []int{http.StatusNotFound}},
		{"too much", hook.Text("url"), good.Header, strings.Repeat("x", 1<<20+1), []int{http.StatusRequestEntityTooLarge}},
	} {
		req, err := http.NewRequestWithContext(w.Context(), http.MethodPost, c.url, strings.NewReader(c.body))
		if err != nil {
			w.Fatal(err)
		}
		if c.header != nil {
			req.Header = c.header.Clone()
		}
		req.Header.Set("Origin", "https://elsewhere.example") // systems are no browsers, but may say so
		resp, err := w.HTTP.Do(req)
		if err != nil {
			w.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != c.want[0] && resp.StatusCode != c.want[len(c.want)-1] {
			w.Errorf("%s: %d, want %v", c.what, resp.StatusCode, c.want)
		}
	}
}
