package api_test

import (
	"slices"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"
)

// row returns how a user's access to a resource stands.
func (w *world) row(resource, email string) map[string]any {
	w.t.Helper()
	row := w.holder(resource, email)
	if row == nil {
		w.t.Fatalf("%s is not listed on %s", email, resource)
	}
	return row
}

// TestGiveUpARemoval: one asks and another agrees; then it does not come back before
// its time.
func TestGiveUpARemoval(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trouble()
	const at = "/changes/{rita's vault removal}/give-up"
	if got := object(object(w.row("vault", "rita@example.com"), "propagation"), "waiver"); got["reason"] != "it is walled up" || got["asked_by"] != w.ids["kim"] {
		t.Errorf("the waiver on the row: %v", got)
	}
	w.failure("ada", "POST", at, `{"reason":"me too","until":"{next month}"}`, 409)
	if f := w.failure("kim", "POST", at+"/agree", "", 403); !strings.Contains(f.Message, "somebody else than the one who asked") {
		t.Errorf("agrees with oneself: %+v", f)
	}
	if got := w.do("kim", "POST", at+"/refuse", ""); got["waiver"] != nil || text(got, "state") != "attention" {
		t.Errorf("taken back: %v", got)
	}
	w.failure("ana", "POST", at+"/agree", "", 409)
	w.do("kim", "POST", at, `{"reason":"still walled up","until":"{next month}"}`)
	if got := w.do("ana", "POST", at+"/agree", ""); text(got, "state") != "abandoned" || got["waiting"] != nil {
		t.Errorf("agreed: %v", got)
	}
	w.work()
	if row := w.row("vault", "rita@example.com"); row["waived_until"] == nil || text(object(row, "propagation"), "state") != "abandoned" {
		t.Errorf("given up: %v", row)
	}
}

// TestGiveUpAGrant: it ends with every reason for it.
func TestGiveUpAGrant(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.do("ana", "POST", "/changes/{kim@example.com's change}/give-up", `{"reason":"no seats left"}`)
	if text(got, "state") != "abandoned" {
		t.Errorf("given up: %v", got)
	}
	w.work()
	if got := w.standing("my role", "kim@example.com"); got != "not listed" {
		t.Errorf("after all: %q", got)
	}
	w.failure("ana", "POST", "/changes/{kim@example.com's change}/give-up", `{"reason":"again"}`, 409)
}

// TestWords: who has the access says that it is not so, an admin that it is.
func TestWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trouble()
	const one = "/changes/{josh's archive grant}"
	w.failure("ana", "POST", one+"/attest", `{"reason":"I looked"}`, 409)
	w.do("josh", "POST", one+"/dispute", `{"reason":"it is empty"}`)
	w.failure("josh", "POST", one+"/dispute", `{"reason":"it is empty"}`, 409)
	if got := w.do("ana", "GET", one, ""); text(got, "attention") != "disputed" || !strings.Contains(text(got, "detail"), "it is empty") {
		t.Errorf("disputed: %v", got)
	}
	w.failure("josh", "POST", one+"/attest", `{"reason":"I looked"}`, 403)
	if got := w.do("ana", "POST", one+"/attest", `{"reason":"he looked into the wrong one"}`); text(got, "state") != "done" || got["attested_by"] != w.ids["ana"] {
		t.Errorf("attested: %v", got)
	}
	w.do("ada", "PUT", "/owners/{keepers}/users", `{"user_ids":["{rita}"]}`)
	if f := w.failure("rita", "POST", "/changes/{rita's vault removal}/attest", `{"reason":"gone"}`, 403); !strings.Contains(f.Message, "your own access") {
		t.Errorf("about one's own access: %+v", f)
	}
}

// TestReroute gives a ticket to somebody else, and then files it elsewhere.
func TestReroute(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const one = "/changes/{josh@example.com's change}"
	w.do("ana", "POST", one+"/reroute", `{"assignee_id":"{ana}"}`)
	if err := w.engine.Assign(t.Context(), w.ids["josh@example.com's ticket"]); err != nil {
		t.Fatal(err)
	}
	if got := object(w.do("ada", "GET", "/tickets/{josh@example.com's ticket}", ""), "assignee"); got["email"] != "ana@example.com" {
		t.Errorf("given to %v", got)
	}
	got := w.do("ana", "POST", one+"/reroute", `{"provider_id":"{spare provider}","project_id":"access"}`)
	if text(got, "state") != "canceling" || got["rerouted"] != true {
		t.Errorf("rerouted: %v", got)
	}
	w.failure("ana", "POST", one+"/reroute", `{"assignee_id":"{ben}"}`, 409)
	if err := w.engine.Tell(t.Context(), w.ids["josh@example.com's change"]); err != nil {
		t.Fatal(err)
	}
	w.work()
	if got := w.do("ana", "GET", one, ""); text(got, "state") != "open" || got["provider_id"] != w.ids["spare provider"] || got["rerouted"] != nil {
		t.Errorf("filed elsewhere: %v", got)
	}
}

// TestMigrate sends what is elsewhere to where it is filed now.
func TestMigrate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	elsewhere := func(query string, want float64) {
		t.Helper()
		if got := w.do("ana", "GET", "/apps/{payroll}/elsewhere"+query, ""); got["changes"] != want {
			t.Errorf("elsewhere %s: %v, want %v", query, got, want)
		}
	}
	elsewhere("", 0)
	w.do("ada", "PUT", "/apps/{payroll}", `{"tickets":{"provider_id":"{spare provider}","project_id":"access"}}`)
	elsewhere("", 2)
	elsewhere("?resource_id={ledger}", 1)
	if f := w.failure("ana", "POST", "/apps/{payroll}/migrate", `{"changes":1}`, 409); !strings.Contains(f.Message, "there are 2 changes by now, not 1") {
		t.Errorf("another number: %+v", f)
	}
	if got := w.do("ana", "POST", "/apps/{payroll}/migrate", `{"changes":1,"resource_id":"{ledger}"}`); got["changes"] != 1.0 {
		t.Errorf("migrated: %v", got)
	}
}

// TestStorm: an admin lets go what was held back, in one ticket with its lines.
func TestStorm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do("ada", "POST", "/resources", `{"name":"Safe","app_id":"{payroll}"}`)
	w.ids["safe"] = text(list(w.do("ada", "GET", "/resources?resource_name=Safe", ""), "results")[0], "resource_id")
	w.carry("ada", "mia", "safe", "grant", `{"outcome":"done"}`)
	w.carry("ada", "kim", "safe", "grant", `{"outcome":"done"}`)
	w.do("ada", "PUT", "/settings/engine", `{"storm_above":1}`)
	w.do("ada", "DELETE", "/resources/{safe}/users/{mia}", "")
	w.do("ada", "DELETE", "/resources/{safe}/users/{kim}", "")
	w.work()
	storm := list(w.do("otto", "GET", "/storms", ""), "storms")[0]
	w.ids["storm"] = text(storm, "storm_id")
	if storm["changes"] != 2.0 || storm["persons"] != 2.0 || storm["resources"] != 1.0 || storm["actor_name"] != "Ada Example" {
		t.Errorf("the storm: %v", storm)
	}
	if p := object(w.row("safe", "mia@example.com"), "propagation"); p["storm_id"] != w.ids["storm"] {
		t.Errorf("held back: %v", p)
	}
	if f := w.failure("ada", "POST", "/storms/{storm}/release", `{"changes":3}`, 409); !strings.Contains(f.Message, "there are 2 changes by now, not 3") {
		t.Errorf("another number: %+v", f)
	}
	w.do("ada", "POST", "/storms/{storm}/release", `{"changes":2,"grouping":"resource"}`)
	w.failure("ada", "POST", "/storms/{storm}/release", `{"changes":2}`, 409)
	if got := list(w.do("ada", "GET", "/storms", ""), "storms"); len(got) != 0 {
		t.Errorf("storms that wait: %v", got)
	}
	w.work()
	tickets := list(w.do("ada", "GET", "/tickets?open=true&resource_id={safe}", ""), "results")
	if len(tickets) != 1 {
		t.Fatalf("%d tickets, want one: %v", len(tickets), tickets)
	}
	ticket := w.do("ada", "GET", "/tickets/"+text(tickets[0], "ticket_id"), "")
	people := fieldsIn(list(ticket, "lines"), "user_email")
	slices.Sort(people)
	if d := diff.Diff([]string{"kim@example.com", "mia@example.com"}, people); d != "" {
		t.Errorf("lines (-want +got):\n%s", d)
	}
	for _, email := range people {
		if p := object(w.row("safe", email), "propagation"); text(object(p, "ticket"), "ticket_id") != text(ticket, "ticket_id") || p["storm_id"] != nil {
			t.Errorf("%s: %v", email, p)
		}
	}
}

// TestEngineSettings changes a part of the settings at a time.
func TestEngineSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const path = "/settings/engine"
	was := w.do("otto", "GET", path, "")
	if d := diff.Diff(was, w.do("ada", "PUT", path, `{}`)); d != "" {
		t.Errorf("nothing changed, and yet (-was +is):\n%s", d)
	}
	is := w.do("ada", "PUT", path, `{"storm_above":7,"calendar":{"zone":"Europe/Berlin","week":[],"holidays":["2026-12-25"]},"clocks":{"removal":{"high":{"remind":"90m"}}}}`)
	was["storm_above"] = 7.0
	was["calendar"] = map[string]any{"zone": "Europe/Berlin", "week": []any{}, "holidays": []any{"2026-12-25"}}
	object(object(object(was, "clocks"), "removal"), "high")["remind"] = "1h30m"
	if d := diff.Diff(was, is); d != "" {
		t.Errorf("settings (-want +got):\n%s", d)
	}
	if d := diff.Diff(was, w.do("ada", "PUT", path, `{"clocks":{"grant":{}},"calendar":{}}`)); d != "" {
		t.Errorf("nothing changed, and yet (-want +got):\n%s", d)
	}
	w.failure("ada", "PUT", path, `{"storm_above":9,"clocks":{"grant":{"low":{"late":"soon"}}}}`, 400)
	if got := w.do("otto", "GET", path, ""); got["storm_above"] != 7.0 {
		t.Errorf("half of it was saved: %v", got)
	}
	events := list(w.do("ada", "GET", "/events?event_type_filter=system.settings", ""), "results")
	if len(events) != 3 || !strings.Contains(text(object(events[1], "data"), "is"), "Europe/Berlin") {
		t.Errorf("events: %v", events)
	}
}

// TestWhoGetsTickets sets it for an app and for a resource.
func TestWhoGetsTickets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	parts := func(tickets map[string]any) string {
		var s []string
		for _, name := range []string{"assign", "assign_to", "schedule", "schedule_name", "group"} {
			s = append(s, text(tickets, name))
		}
		if tickets["by_hand_too"] == true {
			s = append(s, "too")
		}
		return strings.Join(s, " ")
	}
	for _, c := range []struct{ body, want string }{
		{`{"assign":"least_open","by_hand_too":true}`, "least_open    none too"},
		{`{"group":"person"}`, "least_open    person too"},
		{`{"assign_to":"{mia}","by_hand_too":false}`, "person {mia}   person"},
		{`{"schedule":"P1","schedule_name":"Nights"}`, "on_call  P1 Nights person"},
		{`{"group":"none","assign":"random"}`, "random    none"},
	} {
		for _, got := range []map[string]any{
			w.do("ada", "PUT", "/apps/{payroll}", `{"tickets":`+c.body+`}`),
			list(w.do("ana", "PUT", "/resources", `{"resources":[{"resource_id":"{ledger}","tickets":`+c.body+`}]}`), "resources")[0],
		} {
			if got := parts(object(got, "tickets")); got != w.fill(c.want) {
				t.Errorf("%s: %q, want %q", c.body, got, w.fill(c.want))
			}
		}
	}
	if got := list(w.do("ana", "PUT", "/resources", `{"resources":[{"resource_id":"{ledger}","risk":"high"}]}`), "resources")[0]; got["risk"] != "high" {
		t.Errorf("risk: %v", got)
	}
}
