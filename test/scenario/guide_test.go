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
		asked := w.do("josh", "POST", "/requests", object{
			"resources": []object{{"id": w.resource("My Role")}}, "reason": "month end", "duration_minutes": 60,
		})
		path := "/requests/" + asked.text("id") + "/approve"
		if status, _ := w.call("josh", "POST", path, object{"level": "REGULAR"}); status != 403 {
			t.Errorf("josh approves his own request: %d", status)
		}
		w.do("rita", "POST", path, object{"level": "REGULAR", "comment": "fine"})
		row := w.stands("My Role", "josh", ticketOpen)
		if !slices.Contains(rolesAdmins, ticketOf(row).text("assignee_email")) || row.text("expiration_date") == "" {
			t.Errorf("the row %v, want an end and a ticket of an admin of My Role", row)
		}
		if waits := row.in("propagation").text("waiting_for"); waits == "" {
			t.Error("an open change waits for nothing")
		}
		w.finish(strings.TrimSuffix(ticketOf(row).text("assignee_email"), "@example.com"), row, "done", "")
		w.stands("My Role", "josh", granted)

		w.remove("ana", "My Role", "josh")
		row = w.stands("My Role", "josh", removalOpen) // listed until it is done
		if got := ticketOf(row).text("assignee_email"); got != "ana@example.com" {
			t.Errorf("the removal is assigned to %q, want the admin who removed", got)
		}
		w.finish("ben", row, "done", "")
		w.stands("My Role", "josh", "not listed")
	})
}

// TestExpiry: access ends within about a second of its time.
func TestExpiry(t *testing.T) {
	t.Parallel()
	testkit.ForEachURL(t, func(t *testing.T, databaseURL string) {
		w := start(t, databaseURL, nil)
		ada := access.Actor{UserID: w.user("ada"), Email: "ada@example.com", Role: access.Admin, Via: "test"}
		at := inventory.Place{ResourceID: w.resource("Server room"), UserID: w.user("josh")}
		end := time.Now().Add(2 * time.Second)
		if err := w.server.Inventory.AddHolder(t.Context(), ada, at, "", &end); err != nil {
			t.Fatal(err)
		}
		w.stands("Server room", "josh", granted)
		w.stands("Server room", "josh", "not listed")
		if late := time.Since(end); late < 0 || late > 30*time.Second { // a second, and what a busy machine adds
			t.Errorf("access ended %v after its time", late)
		}
		until(t, "an event of the expiry", func() bool {
			for _, e := range w.do("otto", "GET", "/events", nil).list("results") {
				if e.text("event_type") == string(access.GrantExpiredEv) {
					return true
				}
			}
			return false
		})

		end = time.Now().Add(3 * time.Second)
		at.ResourceID = w.resource("My Role")
		if err := w.server.Inventory.AddHolder(t.Context(), ada, at, "", &end); err != nil {
			t.Fatal(err)
		}
		until(t, "nothing left of an access that ended before or while its ticket was filed", func() bool {
			row := w.row("My Role", "josh")
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
		w.add("ada", "Server room", "josh") // tickets off
		if row := w.stands("Server room", "josh", granted); ticketOf(row) != nil || row.in("propagation").text("detail") == "" {
			t.Errorf("with tickets off: %v", row)
		}
		w.remove("ada", "Server room", "josh")
		w.stands("Server room", "josh", "not listed")

		w.do("ada", "PUT", "/apps/"+w.app("Payroll"), object{"tickets": object{"on_grant": false}})
		w.add("ana", "Payroll viewer", "josh")
		w.stands("Payroll viewer", "josh", granted)
		w.remove("ana", "Payroll viewer", "josh")
		w.finish("ana", w.stands("Payroll viewer", "josh", removalOpen), "done", "")
		w.stands("Payroll viewer", "josh", "not listed")

		w.do("ada", "PUT", "/resources", object{"resources": []object{{
			"resource_id": w.resource("My Role"), "tickets": object{
				"override": true, "enabled": true, "on_grant": true, "on_removal": false,
				"provider_id": access.BuiltInProviderID, "project_id": builtin.Project,
			},
		}}})
		w.add("ana", "My Role", "josh")
		w.finish("ben", w.stands("My Role", "josh", ticketOpen), "done", "")
		w.stands("My Role", "josh", granted)
		w.remove("ana", "My Role", "josh")
		w.stands("My Role", "josh", "not listed")
	})
}

// TestDeclined: a change that is declined needs a person, who has it tried again.
func TestDeclined(t *testing.T) {
	t.Parallel()
	testkit.ForEachURL(t, func(t *testing.T, databaseURL string) {
		w := start(t, databaseURL, nil)
		w.add("ana", "My Role", "josh")
		first := w.stands("My Role", "josh", ticketOpen)
		w.finish("ana", first, "declined", "he has left")
		row := w.stands("My Role", "josh", needsSomebody)
		if p := row.in("propagation"); p.text("attention") != "declined" || !strings.Contains(p.text("waiting_for")+p.text("detail"), "he has left") {
			t.Errorf("declined: %v", p)
		}
		w.do("ana", "POST", "/changes/"+row.in("propagation").text("change_id")+"/retry", nil)
		row = w.stands("My Role", "josh", ticketOpen)
		if ticketOf(row).text("ticket_id") == ticketOf(first).text("ticket_id") {
			t.Error("the declined ticket is still the one")
		}
		w.finish("ana", row, "done", "")
		w.stands("My Role", "josh", granted)
	})
}

// TestCanceled: what is not wanted any more costs no ticket inside the window,
// and a closed one before work begins.
func TestCanceled(t *testing.T) {
	t.Parallel()
	testkit.ForEachURL(t, func(t *testing.T, databaseURL string) {
		w := start(t, databaseURL, func(c *config.Config) { c.Window = 5 * time.Second })
		w.add("ana", "My Role", "josh")
		w.remove("ana", "My Role", "josh")
		w.stands("My Role", "josh", "not listed")
		if n := len(w.do("ada", "GET", "/tickets", nil).list("results")); n != 0 {
			t.Errorf("%d tickets for what was wanted for a moment", n)
		}
		w.add("ana", "My Role", "josh")
		row := w.stands("My Role", "josh", ticketOpen)
		w.remove("ana", "My Role", "josh")
		w.stands("My Role", "josh", "not listed")
		until(t, "its ticket closed", func() bool {
			return w.do("ada", "GET", "/tickets/"+ticketOf(row).text("ticket_id"), nil).text("state") == "ended"
		})

		w.add("ana", "My Role", "josh")
		row = w.stands("My Role", "josh", ticketOpen)
		w.do("ana", "POST", "/tickets/"+ticketOf(row).text("ticket_id")+"/take", nil)
		w.remove("ana", "My Role", "josh") // work was seen: the fulfiller ends it
		until(t, "the fulfiller asked to stop", func() bool {
			return strings.Contains(w.row("My Role", "josh").in("propagation").text("waiting_for"), "undo") ||
				len(w.do("ana", "GET", "/tickets/"+ticketOf(row).text("ticket_id"), nil).list("comments")) > 0
		})
		w.finish("ana", row, "done", "")
		w.finish("ana", w.stands("My Role", "josh", removalOpen), "done", "")
		w.stands("My Role", "josh", "not listed")
	})
}

// TestSync: a forced sync says how far it is, and ends.
func TestSync(t *testing.T) {
	t.Parallel()
	testkit.ForEachURL(t, func(t *testing.T, databaseURL string) {
		w := start(t, databaseURL, nil)
		w.add("ana", "My Role", "josh")
		w.stands("My Role", "josh", ticketOpen)
		sync := w.do("ana", "POST", "/resources/"+w.resource("My Role")+"/sync", nil)
		until(t, "a sync that read one ticket", func() bool {
			got := w.do("ana", "GET", "/syncs/"+sync.text("sync_id"), nil)
			return got.text("state") == "done" && got["total"] == 1.0 && got["checked"] == 1.0
		})
		if status, _ := w.call("josh", "POST", "/resources/"+w.resource("My Role")+"/sync", nil); status != 403 {
			t.Errorf("josh forces a sync: %d", status)
		}
	})
}
