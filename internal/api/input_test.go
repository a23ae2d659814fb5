package api_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"

	"admit/internal/access"
	"admit/internal/api"
)

// marker stands for a value that must never come back in an error.
const marker = "m4rk3r"

// TestWrongInput sends what is wrong in every way we know. Each answer names
// every problem at once and repeats no value.
func TestWrongInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.trouble()
	type fields = map[string]string
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		fields                   fields
	}{
		{"not JSON", "POST", "/apps", `{"name":"m4rk3r`, 400, fields{"body": "must be valid JSON"}},
		{"nothing", "POST", "/apps", ``, 400, fields{"body": "is required, as JSON"}},
		{"null", "POST", "/apps", `null`, 400, fields{"body": "must be an object"}},
		{"a list", "POST", "/apps", `["m4rk3r"]`, 400, fields{"body": "must be an object"}},
		{"twice", "POST", "/apps", `{"name":"a"}{"name":"m4rk3r"}`, 400, fields{"body": "must be valid JSON"}},
		{"wrong and missing", "POST", "/apps", `{"name":5}`, 400, fields{"name": "must be a text", "admin_owner_id": "is required"}},
		{"no id", "POST", "/apps", `{"name":"a","admin_owner_id":"m4rk3r"}`, 400, fields{"admin_owner_id": "must be an id: a UUID"}},
		{
			"deep", "POST", "/apps", `{"name":"a","admin_owner_id":"{fulfillers}","tickets":{"enabled":"m4rk3r","provider_id":7}}`, 400,
			fields{"tickets.enabled": "must be true or false", "tickets.provider_id": "must be a text"},
		},
		{
			"rules", "POST", "/apps", `{"name":" ","admin_owner_id":"00000000-0000-0000-0000-00000000dead","tickets":{"enabled":true,"on_grant":false,"on_removal":false}}`, 400,
			fields{
				"name": "is required", "admin_owner_id": "names an owner that does not exist", "tickets.provider_id": "is required when tickets are on",
				"tickets.project_id": "is required when tickets are on", "tickets.on_grant": "must be on, or tickets.on_removal, when tickets are on",
			},
		},
		{"not UTF-8", "POST", "/apps", "{\"name\":\"m4rk3r\xff\"}", 400, fields{"body": "must be valid UTF-8 text without NUL characters"}},
		{"NUL", "POST", "/apps", `{"name":"m4rk3r\u0000"}`, 400, fields{"body": "must be valid UTF-8 text without NUL characters"}},
		{
			"in a list", "POST", "/requests", `{"reason":"x","duration_minutes":1.5,"resources":[{"id":"{my role}"},{"id":7},{}]}`, 400,
			fields{"duration_minutes": "must be a whole number", "resources[1].id": "must be a text", "resources[2].id": "is required"},
		},
		{"huge number", "POST", "/requests", `{"reason":"x","duration_minutes":1e30,"resources":[]}`, 400, fields{"duration_minutes": "must be at most 525960"}},
		{"exponent", "POST", "/requests", `{"reason":"x","duration_minutes":1e2,"resources":[]}`, 400, fields{"duration_minutes": "has the wrong type or is out of range"}},
		{"number beyond floats", "POST", "/requests", `{"reason":"x","duration_minutes":1e999}`, 400, fields{"body": "must be valid JSON"}},
		{"null number", "POST", "/requests", `{"reason":"x","duration_minutes":null,"resources":[]}`, 400, fields{"duration_minutes": "must be a whole number"}},
		{"other case", "POST", "/apps", `{"name":"a","admin_owner_id":"{fulfillers}","NAME":{"m4rk3r":1}}`, 400, fields{"name": "has the wrong type or is out of range"}},
		{
			"what we do not do", "POST", "/requests", `{"reason":"x","duration_minutes":5,"resources":[{"id":"{my role}"}],"groups":[{"id":"m4rk3r"}],"support_ticket":{"url":"m4rk3r"}}`, 400,
			fields{"groups": "must be empty: groups are not asked for here", "support_ticket": "must be left out: Admit does not do this"},
		},
		{"controls nobody enforces", "PUT", "/resources", `{"resources":[{"resource_id":"{my role}","require_mfa_to_approve":true,"request_configurations":[
			{"require_support_ticket":true,"reviewer_stages":[{"operator":"AND","owner_ids":["{reviewers}","{fulfillers}"],"require_manager_approval":true}]}]}]}`, 400, fields{
			"resources[0].require_mfa_to_approve":                                                "must be left out: Admit does not do this",
			"resources[0].request_configurations[0].require_support_ticket":                      "must be false: Admit does not do this",
			"resources[0].request_configurations[0].reviewer_stages[0].operator":                 "must be OR for several owners: one approval is enough",
			"resources[0].request_configurations[0].reviewer_stages[0].require_manager_approval": "must be false: Admit does not do this",
		}},
		{
			"two stages", "PUT", "/resources/{my role}/reviewer-stages", `{"stages":[{"owner_ids":["{reviewers}"]},{"owner_ids":["{reviewers}"]}]}`, 400,
			fields{"stages": "must hold one stage: Admit does not do this"},
		},
		{"hidden resource", "PUT", "/resources/{my role}/visibility", `{"visibility":"LIMITED"}`, 400, fields{"visibility": `must be one of "GLOBAL"`}},
		{
			"bulk", "PUT", "/owners", `{"owners":[{"owner_id":"{reviewers}","name":" "},{"owner_id":"{fulfillers}","name":"Fine"},{"owner_id":"{spare owner}","name":"a\nb"}]}`, 400,
			fields{"owners[0].name": "is required", "owners[2].name": "must not hold line breaks or control characters"},
		},
		{"bulk of one", "PUT", "/owners", `{"owners":[{"owner_id":"{reviewers}","name":""}]}`, 400, fields{"owners[0].name": "is required"}},
		{
			"escalation", "PUT", "/owners", `{"owners":[{"owner_id":"{reviewers}","access_request_escalation_period":60}]}`, 400,
			fields{"owners[0].access_request_escalation_period": "must be 0: Admit does not do this"},
		},
		{"no such users", "PUT", "/owners/{reviewers}/users", `{"user_ids":["m4rk3r",5]}`, 400, fields{"user_ids[0]": "must be an id: a UUID", "user_ids[1]": "must be a text"}},
		{"duration of access", "POST", "/resources/{my role}/users/{mia}", `{"duration_minutes":-5}`, 400, fields{"duration_minutes": "must be at least 0"}},
		{"level", "POST", "/resources/{ledger}/users/{mia}", `{"duration_minutes":5,"access_level_remote_id":"m4rk3r"}`, 400, nil},
		{"unknown kind", "POST", "/ticket-providers", `{"kind":"m4rk3r","name":""}`, 400, fields{"kind": "must be one of builtin, jira, quiet", "name": "is required"}},
		{"settings", "POST", "/ticket-providers", `{"kind":"jira","name":"x","settings":{"base_url":"m4rk3r","m4":"x"}}`, 400, fields{
			"settings.base_url": "must be an address such as https://tickets.example.com", "settings.token": "is required", "settings.m4": "is not a setting of Jira",
		}},
		{"secret of a wrong type", "POST", "/ticket-providers", `{"kind":"jira","name":"x","settings":{"token":{"m4rk3r":"m4rk3r"}}}`, 400, fields{"settings.token": "must be a text"}},
		{"give up for nothing", "POST", "/changes/{kim@example.com's change}/give-up", `{"until":"m4rk3r"}`, 400, fields{"reason": "is required", "until": "must be a time such as 2026-01-31T12:00:00Z"}},
		{
			"give a grant up for a time", "POST", "/changes/{kim@example.com's change}/give-up", `{"reason":" ","until":"2030-01-31T12:00:00Z"}`, 400,
			fields{"reason": "is required", "until": "must be left out: a grant is given up for good"},
		},
		{
			"a removal up to yesterday", "POST", "/changes/{rita's vault removal}/give-up", `{"reason":"x","until":"2026-01-31T12:00:00Z"}`, 400,
			fields{"until": "must be in the future"},
		},
		{
			"a removal for ever", "POST", "/changes/{rita's vault removal}/give-up", `{"reason":"x\u202e"}`, 400,
			fields{"reason": "must not hold line breaks or control characters", "until": "is required: a removal can be given up for a time only"},
		},
		{"a removal for ages", "POST", "/changes/{rita's vault removal}/give-up", `{"reason":"x","until":"9999-12-31T23:59:59Z"}`, 400, fields{"until": "must be within a year"}},
		{"a word with more", "POST", "/changes/{kim@example.com's change}/attest", `{"reason":"x","m4":"m4rk3r"}`, 400, fields{"m4": "is not a field of this object"}},
		{"no word", "POST", "/changes/{josh's archive grant}/dispute", `{"reason":""}`, 400, fields{"reason": "is required"}},
		{"a route to nowhere", "POST", "/changes/{josh@example.com's change}/reroute", `{}`, 400, fields{"provider_id": "or assignee_id is required"}},
		{"a route by name", "POST", "/changes/{josh@example.com's change}/reroute", `{"provider_id":"m4rk3r","assignee_id":""}`, 400, fields{
			"provider_id": "must be an id: a UUID", "assignee_id": "must be an id: a UUID",
		}},
		{
			"a route to things that are not", "POST", "/changes/{josh@example.com's change}/reroute",
			`{"provider_id":"00000000-0000-0000-0000-00000000dead","assignee_id":"00000000-0000-0000-0000-00000000dead"}`, 400,
			fields{
				"provider_id": "names a ticket provider that does not exist", "project_id": "is required with a provider", "assignee_id": "names a user that does not exist",
			},
		},
		{"migrate unseen", "POST", "/apps/{payroll}/migrate", `{"resource_id":"m4rk3r"}`, 400, fields{"changes": "is required", "resource_id": "must be an id: a UUID"}},
		{"migrate fewer than none", "POST", "/apps/{payroll}/migrate", `{"changes":-1}`, 400, fields{"changes": "must be at least 0"}},
		{
			"elsewhere, of a resource of another app", "GET", "/apps/{payroll}/elsewhere?resource_id=00000000-0000-0000-0000-00000000dead", "", 400,
			fields{"resource_id": "names a resource that this app does not have"},
		},
		{"elsewhere, of no app", "GET", "/apps/00000000-0000-0000-0000-00000000dead/elsewhere", "", 404, nil},
		{
			"release unseen", "POST", "/storms/{storm}/release", `{"grouping":"m4rk3r","all":true}`, 400,
			fields{"changes": "is required", "grouping": `must be one of "none, person, resource"`, "all": "is not a field of this object"},
		},
		{"no storm", "POST", "/storms/00000000-0000-0000-0000-00000000dead/release", `{"changes":1}`, 404, nil},
		{"settings nobody has", "PUT", "/settings/engine", `{"storm_abvoe":5,"clocks":{"grant":{"huge":{"remind":"1h"},"low":{"remnd":"1h"}}}}`, 400, fields{
			"storm_abvoe": "is not a field of this object", "clocks.grant.huge": "is not a field of this object", "clocks.grant.low.remnd": "is not a field of this object",
		}},
		{
			"settings of wrong types", "PUT", "/settings/engine", `{"storm_above":-1,"tickets_per_hour":1e30,"calendar":{"week":[{"day":1}]},"clocks":{"removal":{"high":{"late":7}}}}`, 400,
			fields{
				"storm_above": "must be at least 0", "tickets_per_hour": "must be at most 1e+06", "calendar.week[0].day": "must be a text", "calendar.week[0].from": "is required",
				"calendar.week[0].to": "is required", "clocks.removal.high.late": "must be a text",
			},
		},
		{"clocks nobody can read", "PUT", "/settings/engine", `{"clocks":{"grant":{"low":{"remind":"m4rk3r","late":"2d"}},"removal":{"high":{"late":""}}}}`, 400, fields{
			"clocks.grant.low.remind": "must be a duration such as 16h or 90m", "clocks.grant.low.late": "must be a duration such as 16h or 90m",
			"clocks.removal.high.late": "must be a duration such as 16h or 90m",
		}},
		{
			"settings nobody can work with", "PUT", "/settings/engine",
			`{"calendar":{"zone":"m4rk3r/x","week":[{"day":"m4rk3r","from":"9","to":"17:00"}],"holidays":["m4rk3r"]},"clocks":{"grant":{"low":{"remind":"-1h"},"high":{"remind":"5h","late":"1h"}}}}`, 400,
			fields{
				"calendar.zone": "must be a time zone such as Europe/Berlin", "calendar.week[0].day": "must be a day such as monday", "calendar.week[0].from": "must be a time such as 09:00",
				"calendar.holidays[0]": "must be a day such as 2026-12-25", "clocks.grant.low.remind": "must be from 0 to 2000h", "clocks.grant.high.remind": "must not be after a change is late",
			},
		},
		{"no settings", "PUT", "/settings/engine", `null`, 400, fields{"body": "must be an object"}},
		{
			"tickets for anybody", "PUT", "/apps/{payroll}", `{"tickets":{"assign":"m4rk3r","group":"app","assign_to":"m4rk3r"}}`, 400, fields{
				"tickets.assign": `must be one of "random, least_open, round_robin, person, queue, on_call"`, "tickets.group": `must be one of "none, person, resource"`,
				"tickets.assign_to": "must be an id: a UUID",
			},
		},
		{
			"tickets for two", "PUT", "/resources", `{"resources":[{"resource_id":"{my role}","risk":"normal","tickets":{"assign":"queue","assign_to":"{josh}","schedule":"m4rk3r"}}]}`, 400, fields{
				"resources[0].tickets.assign_to": "must be left out unless assign is person", "resources[0].tickets.schedule": "must be left out unless assign is on_call",
			},
		},
		{
			"tickets for nobody", "POST", "/apps", `{"name":"a","admin_owner_id":"{fulfillers}","tickets":{"assign_to":"00000000-0000-0000-0000-00000000dead","schedule_name":"Nights"}}`, 400,
			fields{"tickets.schedule_name": "must be left out unless assign is on_call"},
		},
		{"tickets for no person", "PUT", "/apps/{payroll}", `{"tickets":{"assign":"person"}}`, 400, fields{"tickets.assign_to": "must name a user"}},
		{"tickets for no schedule", "PUT", "/apps/{payroll}", `{"tickets":{"assign":"on_call"}}`, 400, fields{"tickets.schedule": "is required"}},
		{"risk", "PUT", "/resources", `{"resources":[{"resource_id":"{my role}","risk":"m4rk3r"}]}`, 400, fields{"resources[0].risk": `must be one of "low, normal, high"`}},
		{"role", "POST", "/users", `{"email":"m4rk3r","role":"root"}`, 400, nil},
		{"page size", "GET", "/users?page_size=m4rk3r", "", 400, fields{"page_size": "must be a whole number"}},
		{"page sizes", "GET", "/users?page_size=1001&role=m4rk3r", "", 400, nil},
		{"cursor", "GET", "/users?cursor=m4rk3r", "", 400, fields{"cursor": "is not one this list gave"}},
		{"id in a query", "GET", "/tickets?app_id=m4rk3r&state=m4rk3r", "", 400, nil},
		{"date", "GET", "/events?start_date_filter=m4rk3r", "", 400, fields{"start_date_filter": "must be a day such as 2026-01-31, or a time such as 2026-01-31T12:00:00Z"}},
		{"bytes in a query", "GET", "/users?search=m4rk3r%ff", "", 400, fields{"search": "must be valid UTF-8 text without NUL characters"}},
		{"a broken query", "GET", "/users?search=%zzm4rk3r", "", 400, fields{"query": "cannot be read: escape special characters"}},
		{"id in a path", "GET", "/apps/m4rk3r", "", 404, nil},
		{"id in a path, and a wrong body", "PUT", "/apps/m4rk3r", `{"name":5}`, 404, nil},
		{"bytes in a path", "GET", "/owners/name/m4rk3r%ff", "", 404, nil},
		{"no such path", "GET", "/m4rk3r", "", 404, nil},
		{"a slash too many", "GET", "/apps/", "", 404, nil},
		{"two slashes", "GET", "//apps", "", 404, nil},
		{"no such method", "PATCH", "/apps", "", 405, nil},
		{"no such method of a name", "DELETE", "/owners/name/m4rk3r", "", 405, nil},
		{"too large", "POST", "/apps", `{"name":"` + strings.Repeat("m4rk3r", 200_000) + `"}`, 413, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			status, header, answer := w.in(t).call("ada", c.method, c.path, c.body)
			f := checkFailure(t, c.name, c.status, status, header, answer)
			if bytes.Contains(answer, []byte(marker)) {
				t.Errorf("repeats what was sent: %s", answer)
			}
			if c.fields != nil {
				if d := diff.Diff(c.fields, f.Fields); d != "" {
					t.Errorf("fields (-want +got):\n%s", d)
				}
			}
			if c.status == 400 && len(f.Fields) == 0 {
				t.Errorf("no field is named: %s", answer)
			}
			if c.status == 405 && header.Get("Allow") == "" {
				t.Error("no Allow header")
			}
		})
	}
}

// TestNothingIsHalfWritten sends bulk changes of which one is wrong.
func TestNothingIsHalfWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	f := w.failure("ada", "PUT", "/resources", `{"resources":[{"resource_id":"{my role}","name":"Renamed"},
		{"resource_id":"{ledger}","name":"","admin_owner_id":"00000000-0000-0000-0000-00000000dead"}]}`, 400)
	if got := slices.Sorted(maps.Keys(f.Fields)); diff.Diff([]string{"resources[1].admin_owner_id", "resources[1].name"}, got) != "" {
		t.Errorf("fields %v", got)
	}
	w.failure("ada", "PUT", "/resources", `{"resources":[{"resource_id":"{my role}","name":"Renamed"},{"resource_id":"00000000-0000-0000-0000-00000000dead"}]}`, 404)
	if f := w.failure("ada", "PUT", "/resources", `{"resources":[{"resource_id":"{my role}","name":"Renamed"},{"resource_id":"{ledger}","name":"Renamed"}]}`, 409); f.Fields["resources[1].name"] == "" {
		t.Errorf("the conflict does not name its field: %v", f)
	}
	if name := text(w.do("ada", "GET", "/resources/{my role}", ""), "name"); name != "My Role" {
		t.Errorf("the resource is called %s now", name)
	}
}

// TestWrongContentType: only JSON is read, and saying nothing means JSON.
func TestWrongContentType(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for contentType, want := range map[string]int{
		"text/plain": 415, "application/xml": 415, "multipart/form-data; boundary=x": 415,
		"application/json; charset=utf-8": 200, "": 200,
	} {
		body := w.fill(`{"name":"` + access.Cursor(contentType) + `","user_ids":[]}`)
		r, err := http.NewRequestWithContext(t.Context(), "POST", w.server.URL+"/v1/owners", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+w.tokens["ada"])
		if contentType != "" {
			r.Header.Set("Content-Type", contentType)
		}
		status, header, answer := w.send(r)
		if status != want {
			t.Errorf("%q: %d %s", contentType, status, answer)
		}
		if want >= 400 {
			checkFailure(t, contentType, want, status, header, answer)
		}
	}
}

// TestSignIn: without a valid token nobody learns anything but the paths.
func TestSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, header := range []string{"", "Bearer", "Bearer ", "Bearer wrong", "Basic " + w.tokens["ada"], "Bearer " + strings.Repeat("x", 10_000)} {
		r, err := http.NewRequestWithContext(t.Context(), "PUT", w.server.URL+"/v1/apps/not-an-id", strings.NewReader(`{`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", header)
		status, got, answer := w.send(r)
		if f := checkFailure(t, header, 401, status, got, answer); f.Code != "unauthenticated" || got.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("%.20q: %+v", header, f)
		}
	}
	w.do("ada", "DELETE", "/tokens/{josh's token}", "")
	w.failure("josh", "GET", "/me", "", 401)
}

// TestExtraFields: clients of the published API send more than we read.
func TestExtraFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.do("ada", "POST", "/resources", `{"name":"Extra","app_id":"{payroll}","resource_type":"CUSTOM","metadata":"{}","remote_info":{"x":{}},
		"risk_sensitivity_override":"HIGH","description":null,"tickets":null}`)
	if text(got, "name") != "Extra" {
		t.Errorf("got %v", got)
	}
}

// TestTrouble: what goes wrong inside is logged whole and shown as nothing.
func TestTrouble(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.db.Close(); err != nil {
		t.Fatal(err)
	}
	status, header, answer := w.call("ada", "GET", "/apps", "")
	if f := checkFailure(t, "a closed database", status, status, header, answer); status != 500 && status != 503 || strings.Contains(f.Message, "sql") {
		t.Errorf("%d %+v", status, f)
	}
	if status == 500 && w.logged.Len() == 0 {
		t.Error("nothing was logged")
	}

	log := &bytes.Buffer{}
	h := api.New(api.Services{Log: slog.New(slog.NewTextHandler(log, nil))}) // nothing behind it: the first call panics
	rec := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/v1/apps", nil)
	r.Header.Set("Authorization", "Bearer x")
	h.ServeHTTP(rec, r)
	checkFailure(t, "a panic", 500, rec.Code, rec.Header(), rec.Body.Bytes())
	if !strings.Contains(log.String(), "panic") {
		t.Errorf("log: %s", log)
	}
}

// FuzzBody throws bytes at operations that read a body: none may panic, and a
// refusal has our shape.
func FuzzBody(f *testing.F) {
	paths := []string{
		"POST /apps", "PUT /resources", "POST /requests", "PUT /owners", "POST /ticket-providers", "PUT /resources/{my role}/reviewer-stages", "POST /users",
		"POST /changes/{rita's vault removal}/give-up", "POST /changes/{josh@example.com's change}/reroute", "PUT /settings/engine", "POST /storms/{storm}/release",
	}
	w := newWorld(f)
	w.trouble()
	for i := range paths {
		for _, body := range []string{
			`{"name":"x","admin_owner_id":"{fulfillers}","tickets":{"enabled":true}}`,
			`{"resources":[{"resource_id":"{my role}","request_configurations":[{"reviewer_stages":[{}]}],"access_levels":[{}]}]}`,
			`{"reason":"x","duration_minutes":null,"resources":[{"id":null}],"groups":null}`,
			`{"owners":[null]}`, `{"kind":"jira","settings":{"token":null}}`, `{"stages":[{"owner_ids":null}]}`, `[]`, `{"email":"\ud800"}`,
			`{"reason":"x","until":"2030-01-01T00:00:00+99:99","provider_id":null,"changes":0}`, `{"calendar":{"week":[null]},"clocks":{"grant":{"low":{"late":"9223372036854775807ns"}}}}`, "\xff", `{"a":`,
		} {
			f.Add(uint8(i), []byte(w.fill(body)))
		}
	}
	f.Fuzz(func(t *testing.T, i uint8, body []byte) {
		method, path, _ := strings.Cut(paths[int(i)%len(paths)], " ")
		status, header, answer := w.in(t).call("ada", method, path, string(body))
		if status == 500 {
			t.Fatalf("%s %s with %q: %s", method, path, body, answer)
		}
		if status >= 400 {
			checkFailure(t, path, status, status, header, answer)
		} else if !json.Valid(answer) {
			t.Errorf("%s %s: not JSON: %s", method, path, answer)
		}
	})
}
