package scenario

import (
	"strings"
	"testing"
	"time"

	"admit/internal/config"
	"admit/internal/testkit"
	"admit/internal/ticket/tickettest"
	"admit/test/live"
)

// calm polls less often: several stories share one Request Tracker.
func calm(cfg *config.Config) { cfg.PollEvery = 2 * time.Second }

// TestRequestTracker walks the main loop with the real server.
func TestRequestTracker(t *testing.T) {
	t.Parallel()
	testkit.ForEachURL(t, func(t *testing.T, databaseURL string) {
		r, w := live.NewTracker(t), start(t, databaseURL, calm)
		provider := r.Connect(w.Client, w.App("Payroll"))
		if got := w.Do("ada", "POST", "/ticket-providers/"+provider+"/check", nil); got["ok"] != true {
			t.Errorf("check: %v", got)
		}
		asked := w.Do("josh", "POST", "/requests", live.Object{
			"resources": []live.Object{{"id": w.Resource("My Role")}}, "reason": "month end", "duration_minutes": -1,
		})
		w.Do("rita", "POST", "/requests/"+asked.Text("id")+"/approve", live.Object{"level": "REGULAR"})
		row := w.Stands("My Role", "josh", ticketOpen)
		if tk := live.TicketOf(row); !strings.HasSuffix(tk.Text("assignee_email"), "@example.com") || !strings.Contains(tk.Text("url"), "/Ticket/Display.html?id=") {
			t.Errorf("the ticket %v", tk)
		}
		r.Finish(row, "resolved")
		w.Stands("My Role", "josh", granted)
		w.Remove("ana", "My Role", "josh")
		row = w.Stands("My Role", "josh", removalOpen)
		if got := live.TicketOf(row).Text("assignee_email"); got != "ana@example.com" {
			t.Errorf("the removal is assigned to %q", got)
		}
		r.Finish(row, "rejected")
		w.Stands("My Role", "josh", "ERR_REMOTE_UNRECOVERABLE_ERROR removal attention")
		w.Do("ana", "POST", "/changes/"+row.In("propagation").Text("change_id")+"/retry", nil)
		row = w.Stands("My Role", "josh", removalOpen)
		r.Finish(row, "resolved")
		w.Stands("My Role", "josh", "not listed")
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
	r, w := live.NewTracker(t), start(t, databaseURL, calm)
	provider := r.Connect(w.Client, w.App("Payroll"))
	w.Add("ana", "Payroll viewer", "josh")
	before := w.Stands("Payroll viewer", "josh", ticketOpen)
	people := []string{"rita", "ravi"}
	for fault, health := range faults {
		who := people[0]
		people = people[1:]
		r.Proxy.Inject(fault, nil)
		w.Add("ana", "My Role", who)
		live.Until(t, "the trouble shown on the provider", func() bool {
			got := w.Do("ada", "GET", "/ticket-providers/"+provider, nil)
			return got.Text("health") == health && got.Text("trouble") != ""
		})
		live.Until(t, "the trouble shown on the change", func() bool {
			p := w.Row("My Role", who).In("propagation")
			return (p.Text("state") == "queued" || p.Text("state") == "filing") && p.Text("detail") != "" && p.Text("waiting_for") != ""
		})
		if got := w.Standing("Payroll viewer", "josh"); got != ticketOpen {
			t.Errorf("%s: an open ticket in the meantime: %s", fault, got)
		}
		r.Proxy.Inject(tickettest.None, nil)
		row := w.Stands("My Role", who, ticketOpen)
		live.Until(t, "the provider well again", func() bool {
			return w.Do("ada", "GET", "/ticket-providers/"+provider, nil).Text("health") == "ok"
		})
		if n := r.Count(w.KeyOf(live.TicketOf(row).Text("ticket_id"))); n != 1 {
			t.Errorf("%s: %d tickets for one change", fault, n)
		}
		r.Finish(row, "resolved")
		w.Stands("My Role", who, granted)
	}
	r.Finish(before, "resolved")
	w.Stands("Payroll viewer", "josh", granted)
}

// TestAnswerLost: the call that files a ticket does its work, but its answer
// never comes, in several ways. There is one ticket all the same.
func TestAnswerLost(t *testing.T) {
	t.Parallel()
	r, w := live.NewTracker(t), start(t, testkit.SQLite(t), calm)
	r.Connect(w.Client, w.App("Payroll"))
	for fault, who := range map[tickettest.Fault]string{tickettest.AnswerLost: "josh", tickettest.SignInPage: "rita", tickettest.ErrorAfter: "ravi"} {
		r.Proxy.Inject(fault, live.Creates)
		w.Add("ana", "My Role", who)
		row := w.Stands("My Role", who, ticketOpen)
		if n := r.Count(w.KeyOf(live.TicketOf(row).Text("ticket_id"))); n != 1 {
			t.Errorf("%s: %d tickets for one change", fault, n)
		}
	}
}
