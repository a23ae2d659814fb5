package scenario

import (
	"slices"
	"strings"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/config"
	"admit/internal/inventory"
	"admit/internal/testkit"
	"admit/internal/ticket/builtin"
	"admit/test/live"
)

const (
	ticketOpen    = "PENDING_MANUAL_PROPAGATION grant open"
	removalOpen   = "PENDING_MANUAL_PROPAGATION removal open"
	granted       = "SUCCESS grant done"
	needsSomebody = "ERR_REMOTE_UNRECOVERABLE_ERROR grant attention"
)

var rolesAdmins = []string{"ana@example.com", "ben@example.com", "chen@example.com"}

// TestGuide walks the guide over the API with the built-in queue.
func TestGuide(t *testing.T) {
	t.Parallel()
	testkit.ForEachURL(t, func(t *testing.T, databaseURL string) {
		w := start(t, databaseURL, nil)
		asked := w.Do("josh", "POST", "/requests", live.Object{
			"resources": []live.Object{{"id": w.Resource("My Role")}}, "reason": "month end", "duration_minutes": 60,
		})
		path := "/requests/" + asked.Text("id") + "/approve"
		if status, _ := w.Call("josh", "POST", path, live.Object{"level": "REGULAR"}); status != 403 {
			t.Errorf("josh approves his own request: %d", status)
		}
		w.Do("rita", "POST", path, live.Object{"level": "REGULAR", "comment": "fine"})
		row := w.Stands("My Role", "josh", ticketOpen)
		if !slices.Contains(rolesAdmins, live.TicketOf(row).Text("assignee_email")) || row.Text("expiration_date") == "" {
			t.Errorf("the row %v, want an end and a ticket of an admin of My Role", row)
		}
		if waits := row.In("propagation").Text("waiting_for"); waits == "" {
			t.Error("an open change waits for nothing")
		}
		w.Finish(strings.TrimSuffix(live.TicketOf(row).Text("assignee_email"), "@example.com"), row, "done", "")
		w.Stands("My Role", "josh", granted)

		w.Remove("ana", "My Role", "josh")
		row = w.Stands("My Role", "josh", removalOpen) // listed until it is done
		if got := live.TicketOf(row).Text("assignee_email"); got != "ana@example.com" {
			t.Errorf("the removal is assigned to %q, want the admin who removed", got)
		}
		w.Finish("ben", row, "done", "")
		w.Stands("My Role", "josh", "not listed")
	})
}

// TestExpiry: access ends within about a second of its time.
func TestExpiry(t *testing.T) {
	t.Parallel()
	testkit.ForEachURL(t, func(t *testing.T, databaseURL string) {
		w := start(t, databaseURL, nil)
		ada := access.Actor{UserID: w.User("ada"), Email: "ada@example.com", Role: access.Admin, Via: "test"}
		at := inventory.Place{ResourceID: w.Resource("Server room"), UserID: w.User("josh")}
		end := time.Now().Add(2 * time.Second)
		if err := w.server.Inventory.AddHolder(t.Context(), ada, at, "", &end); err != nil {
			t.Fatal(err)
		}
		w.Stands("Server room", "josh", granted)
		w.Stands("Server room", "josh", "not listed")
		if late := time.Since(end); late < 0 || late > 30*time.Second { // a second, and what a busy machine adds
			t.Errorf("access ended %v after its time", late)
		}
		live.Until(t, "an event of the expiry", func() bool {
			for _, e := range w.Do("otto", "GET", "/events", nil).List("results") {
				if e.Text("event_type") == string(access.GrantExpiredEv) {
					return true
				}
			}
			return false
		})

		end = time.Now().Add(3 * time.Second)
		at.ResourceID = w.Resource("My Role")
		if err := w.server.Inventory.AddHolder(t.Context(), ada, at, "", &end); err != nil {
			t.Fatal(err)
		}
		live.Until(t, "nothing left of an access that ended before or while its ticket was filed", func() bool {
			row := w.Row("My Role", "josh")
			return row == nil
		})
	})
}

// TestPolicy: tickets off, one direction only, and a resource that differs from
// its app.
func TestPolicy(t *testing.T) {
	t.Parallel()
	testkit.ForEachURL(t, func(t *testing.T, databaseURL string) {
		w := start(t, databaseURL, nil)
		w.Add("ada", "Server room", "josh") // tickets off
		if row := w.Stands("Server room", "josh", granted); live.TicketOf(row) != nil || row.In("propagation").Text("detail") == "" {
			t.Errorf("with tickets off: %v", row)
		}
		w.Remove("ada", "Server room", "josh")
		w.Stands("Server room", "josh", "not listed")

		w.Do("ada", "PUT", "/apps/"+w.App("Payroll"), live.Object{"tickets": live.Object{"on_grant": false}})
		w.Add("ana", "Payroll viewer", "josh")
		w.Stands("Payroll viewer", "josh", granted)
		w.Remove("ana", "Payroll viewer", "josh")
		w.Finish("ana", w.Stands("Payroll viewer", "josh", removalOpen), "done", "")
		w.Stands("Payroll viewer", "josh", "not listed")

		w.Do("ada", "PUT", "/resources", live.Object{"resources": []live.Object{{
			"resource_id": w.Resource("My Role"), "tickets": live.Object{
				"override": true, "enabled": true, "on_grant": true, "on_removal": false,
				"provider_id": access.BuiltInProviderID, "project_id": builtin.Project,
			},
		}}})
		w.Add("ana", "My Role", "josh")
		w.Finish("ben", w.Stands("My Role", "josh", ticketOpen), "done", "")
		w.Stands("My Role", "josh", granted)
		w.Remove("ana", "My Role", "josh")
		w.Stands("My Role", "josh", "not listed")
	})
}

// TestDeclined: a change that is declined needs a person, who has it tried again.
func TestDeclined(t *testing.T) {
	t.Parallel()
	testkit.ForEachURL(t, func(t *testing.T, databaseURL string) {
		w := start(t, databaseURL, nil)
		w.Add("ana", "My Role", "josh")
		first := w.Stands("My Role", "josh", ticketOpen)
		w.Finish("ana", first, "declined", "he has left")
		row := w.Stands("My Role", "josh", needsSomebody)
		if p := row.In("propagation"); p.Text("attention") != "declined" || !strings.Contains(p.Text("waiting_for")+p.Text("detail"), "he has left") {
			t.Errorf("declined: %v", p)
		}
		w.Do("ana", "POST", "/changes/"+row.In("propagation").Text("change_id")+"/retry", nil)
		row = w.Stands("My Role", "josh", ticketOpen)
		if live.TicketOf(row).Text("ticket_id") == live.TicketOf(first).Text("ticket_id") {
			t.Error("the declined ticket is still the one")
		}
		w.Finish("ana", row, "done", "")
		w.Stands("My Role", "josh", granted)
	})
}

// TestCanceled: what is not wanted any more costs no ticket inside the window,
// and a closed one before work begins.
func TestCanceled(t *testing.T) {
	t.Parallel()
	testkit.ForEachURL(t, func(t *testing.T, databaseURL string) {
		w := start(t, databaseURL, func(c *config.Config) { c.Window = 5 * time.Second })
		w.Add("ana", "My Role", "josh")
		w.Remove("ana", "My Role", "josh")
		w.Stands("My Role", "josh", "not listed")
		if n := len(w.Do("ada", "GET", "/tickets", nil).List("results")); n != 0 {
			t.Errorf("%d tickets for what was wanted for a moment", n)
		}
		w.Add("ana", "My Role", "josh")
		row := w.Stands("My Role", "josh", ticketOpen)
		w.Remove("ana", "My Role", "josh")
		w.Stands("My Role", "josh", "not listed")
		live.Until(t, "its ticket closed", func() bool {
			return w.Do("ada", "GET", "/tickets/"+live.TicketOf(row).Text("ticket_id"), nil).Text("state") == "ended"
		})

		w.Add("ana", "My Role", "josh")
		row = w.Stands("My Role", "josh", ticketOpen)
		w.Do("ana", "POST", "/tickets/"+live.TicketOf(row).Text("ticket_id")+"/take", nil)
		w.Remove("ana", "My Role", "josh") // work was seen: the fulfiller ends it
		live.Until(t, "the fulfiller asked to stop", func() bool {
			return strings.Contains(w.Row("My Role", "josh").In("propagation").Text("waiting_for"), "undo") ||
				len(w.Do("ana", "GET", "/tickets/"+live.TicketOf(row).Text("ticket_id"), nil).List("comments")) > 0
		})
		w.Finish("ana", row, "done", "")
		w.Finish("ana", w.Stands("My Role", "josh", removalOpen), "done", "")
		w.Stands("My Role", "josh", "not listed")
	})
}

// TestSync: a forced sync says how far it is, and ends.
func TestSync(t *testing.T) {
	t.Parallel()
	testkit.ForEachURL(t, func(t *testing.T, databaseURL string) {
		w := start(t, databaseURL, nil)
		w.Add("ana", "My Role", "josh")
		w.Stands("My Role", "josh", ticketOpen)
		sync := w.Do("ana", "POST", "/resources/"+w.Resource("My Role")+"/sync", nil)
		live.Until(t, "a sync that read one ticket", func() bool {
			got := w.Do("ana", "GET", "/syncs/"+sync.Text("sync_id"), nil)
			return got.Text("state") == "done" && got["total"] == 1.0 && got["checked"] == 1.0
		})
		if status, _ := w.Call("josh", "POST", "/resources/"+w.Resource("My Role")+"/sync", nil); status != 403 {
			t.Errorf("josh forces a sync: %d", status)
		}
	})
}
