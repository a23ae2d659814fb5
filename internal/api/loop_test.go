package api_test

import (
	"net/http"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"
)

// holder returns the row of a user on a resource, nil if they are not listed.
func (w *world) holder(resource, email string) map[string]any {
	w.t.Helper()
	for _, row := range list(w.do("ada", "GET", "/resources/{"+resource+"}/users", ""), "results") {
		if text(row, "email") == email {
			return row
		}
	}
	return nil
}

// standing is how a user stands on a resource, in both vocabularies.
func (w *world) standing(resource, email string) string {
	w.t.Helper()
	row := w.holder(resource, email)
	if row == nil {
		return "not listed"
	}
	p := object(row, "propagation")
	words := []string{text(object(row, "propagation_status"), "status")}
	if p != nil {
		words = append(words, text(p, "direction"), text(p, "state"))
	}
	if ticket := object(p, "ticket"); ticket != nil {
		words = append(words, text(ticket, "status"), text(ticket, "assignee_email"))
	}
	return strings.Join(words, " ")
}

// TestMainLoop walks the guide: ask, approve, ticket, done, remove, done.
func TestMainLoop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	want := func(standing string) {
		t.Helper()
		if got := w.standing("my role", "josh@example.com"); got != standing {
			t.Errorf("josh stands at %q, want %q", got, standing)
		}
	}
	want("not listed")
	f := w.failure("josh", "POST", "/requests/{request}/approve", `{"level":"REGULAR"}`, 403)
	if f.Code != "forbidden" {
		t.Errorf("own approval: %+v", f)
	}
	got := w.do("rita", "POST", "/requests/{request}/approve", `{"level":"REGULAR","comment":"fine"}`)
	if text(object(got, "request"), "status") != "APPROVED" || text(object(got, "request"), "decided_by_email") != "rita@example.com" {
		t.Errorf("after the approval: %v", got)
	}
	w.failure("rita", "POST", "/requests/{request}/approve", `{"level":"REGULAR"}`, 409)
	want("PENDING")
	w.work()
	want("PENDING_MANUAL_PROPAGATION grant open Open ana@example.com")
	row := w.holder("my role", "josh@example.com")
	if row["expiration_date"] == nil {
		t.Error("access for an hour has no end")
	}
	w.ids["ticket"] = text(object(object(row, "propagation"), "ticket"), "ticket_id")
	if f := w.failure("ana", "POST", "/tickets/{ticket}/close", `{"outcome":"declined"}`, 400); f.Fields["reason"] == "" {
		t.Errorf("declined without a reason: %+v", f)
	}
	closed := w.do("ana", "POST", "/tickets/{ticket}/close", `{"outcome":"done"}`)
	if text(closed, "state") != "ended" || text(closed, "waiting_for") != "" {
		t.Errorf("the closed ticket: %v", closed)
	}
	w.work()
	want("SUCCESS grant done Done ana@example.com")

	w.do("ana", "DELETE", "/resources/{my role}/users/{josh}", "")
	w.work()
	want("PENDING_MANUAL_PROPAGATION removal open Open ana@example.com")
	row = w.holder("my role", "josh@example.com")
	w.ids["ticket"] = text(object(object(row, "propagation"), "ticket"), "ticket_id")
	w.do("ana", "POST", "/tickets/{ticket}/close", `{"outcome":"done"}`)
	w.work()
	want("not listed")
	w.failure("ana", "DELETE", "/resources/{my role}/users/{josh}", "", 404)
}

// TestAttention: a declined change needs a person, says so, and can be retried.
func TestAttention(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if got := w.standing("my role", "kim@example.com"); !strings.HasPrefix(got, "ERR_REMOTE_UNRECOVERABLE_ERROR grant attention") {
		t.Errorf("declined: %q", got)
	}
	if got := w.do("ana", "GET", "/changes?state=attention,canceling", ""); len(list(got, "results")) != 1 {
		t.Errorf("changes that need attention: %v", got)
	}
	got := w.do("ana", "POST", "/changes/{kim@example.com's change}/retry", "")
	if text(got, "state") != "queued" {
		t.Errorf("after the retry: %v", got)
	}
	if got := w.standing("my role", "kim@example.com"); !strings.HasPrefix(got, "PENDING_TICKET_CREATION grant queued") {
		t.Errorf("retried: %q", got)
	}
	w.failure("ana", "POST", "/changes/{kim@example.com's change}/retry", "", 409)
}

// TestAccessByHand: with tickets off a change is done at once; ends can be moved.
func TestAccessByHand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do("ada", "PUT", "/resources", `{"resources":[{"resource_id":"{my role}","ticket_propagation":{"enabled_on_grant":false,"enabled_on_revocation":false}}]}`)
	w.do("ana", "POST", "/resources/{my role}/users/{mia}", `{"duration_minutes":0,"reason":"covers for Josh"}`)
	w.failure("ana", "POST", "/resources/{my role}/users/{mia}", `{"duration_minutes":0}`, 409)
	w.work()
	if got := w.standing("my role", "mia@example.com"); !strings.HasPrefix(got, "SUCCESS grant done") {
		t.Errorf("with tickets off: %q", got)
	}
	if got := w.do("ana", "PUT", "/resources/{my role}/users/{mia}", `{"duration_minutes":30}`); got["expiration_date"] == nil {
		t.Errorf("end not set: %v", got)
	}
	if got := w.do("ana", "PUT", "/resources/{my role}/users/{mia}", `{"duration_minutes":0}`); got["expiration_date"] != nil {
		t.Errorf("end not taken away: %v", got)
	}
	w.do("ana", "PUT", "/resources/{my role}/users/{mia}", `{"duration_minutes":-1}`)
	w.work()
	if got := w.standing("my role", "mia@example.com"); got != "not listed" {
		t.Errorf("removed by a negative duration: %q", got)
	}
	if rows := list(w.do("josh", "GET", "/resources/users/{josh}", ""), "results"); diff.Diff([]string{"Ledger"}, fieldsIn(rows, "resource_name")) != "" {
		t.Errorf("josh's own access: %v", rows)
	}
}

// TestResourceSettings sets a resource in the published API's words and in ours.
func TestResourceSettings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	got := w.do("ana", "PUT", "/resources", `{"resources":[{"resource_id":"{my role}","request_configurations":[{"allow_requests":true,"auto_approval":false,
		"max_duration_minutes":120,"recommended_duration_minutes":60,"priority":0,"reviewer_stages":[{"operator":"OR","owner_ids":["{fulfillers}","{reviewers}"],"stage":1}]}],
		"ticket_propagation":{"enabled_on_grant":true,"enabled_on_revocation":false,"ticket_provider":"JIRA","ticket_project_id":"AR"}}]}`)
	r := list(got, "resources")[0]
	if d := diff.Diff(map[string]any{"enabled_on_grant": true, "enabled_on_revocation": false, "ticket_provider": "JIRA", "ticket_project_id": "AR"}, r["ticket_propagation"]); d != "" {
		t.Errorf("ticket_propagation (-want +got):\n%s", d)
	}
	tickets := object(r, "tickets")
	if tickets["override"] != true || tickets["provider_id"] != w.ids["spare provider"] || tickets["on_removal"] != false {
		t.Errorf("tickets %v", tickets)
	}
	if r["max_duration"] != 120.0 || r["request_configuration_list"] != nil {
		t.Errorf("durations and twins: %v", r)
	}
	_, _, reviewers := w.call("mia", "GET", "/resources/{my role}/reviewers", "")
	if want := w.fill(`["{fulfillers}","{reviewers}"]`); strings.TrimSpace(string(reviewers)) != want {
		t.Errorf("reviewers %s, want %s", reviewers, want)
	}
	if _, ok := object(w.do("mia", "GET", "/resources/{my role}", ""), "ticket_propagation")["ticket_provider"]; ok {
		t.Error("a member sees the kind of the provider")
	}
	got = w.do("ana", "PUT", "/resources", `{"resources":[{"resource_id":"{my role}","request_configurations":[{"max_duration_minutes":-1}],"tickets":{"override":false}}]}`)
	r = list(got, "resources")[0]
	if _, ok := r["max_duration"]; ok || object(r, "ticket_propagation")["ticket_provider"] != nil || object(r, "tickets")["override"] != false {
		t.Errorf("back to the app's settings: %v", r)
	}
	f := w.failure("ana", "PUT", "/resources", `{"resources":[{"resource_id":"{my role}","ticket_propagation":{"enabled_on_grant":true,"enabled_on_revocation":true,"ticket_provider":"LINEAR","ticket_project_id":"x"}}]}`, 400)
	if f.Fields["resources[0].ticket_propagation.ticket_provider"] == "" {
		t.Errorf("a provider there is none of: %+v", f)
	}
}

// TestSecretsStayHidden: what is entered as a secret comes back nowhere.
func TestSecretsStayHidden(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do("ada", "PUT", "/ticket-providers/{spare provider}", `{"settings":{"token":"hush-again"}}`)
	w.do("ada", "PUT", "/ticket-providers/{spare provider}", `{"settings":{"token":""},"name":"Renamed"}`)
	for _, path := range []string{"/ticket-providers", "/ticket-providers/{spare provider}", "/events", "/ticket-provider-kinds", "/tokens"} {
		if _, _, answer := w.call("ada", "GET", path, ""); strings.Contains(string(answer), "hush") || strings.Contains(string(answer), w.tokens["ada"]) {
			t.Errorf("%s shows a secret: %s", path, answer)
		}
	}
	got := w.do("ada", "GET", "/ticket-providers/{spare provider}", "")
	if d := diff.Diff([]any{"token"}, got["secrets_set"]); d != "" {
		t.Errorf("secrets_set: %s", d)
	}
}

// TestPages reads lists page by page and finds every row once.
func TestPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, field := range map[string]string{"/users": "user_id", "/owners": "owner_id", "/events": "event_id", "/resources": "resource_id", "/tickets": "ticket_id"} {
		seen, cursor, n := map[string]bool{}, "", 0
		for {
			got := w.do("ada", "GET", path+"?page_size=2&cursor="+cursor, "")
			for _, row := range list(got, "results") {
				seen[text(row, field)], n = true, n+1
			}
			if cursor = text(got, "next"); cursor == "" {
				break
			}
		}
		if whole := len(list(w.do("ada", "GET", path, ""), "results")); n != whole || len(seen) != whole {
			t.Errorf("%s: %d rows, %d different, %d in one page", path, n, len(seen), whole)
		}
	}
	w.do("josh", "POST", "/requests", `{"reason":"x","duration_minutes":-1,"resources":[{"id":"{ledger}","access_level_remote_id":"ro"}],"groups":[]}`)
	first := w.do("josh", "GET", "/requests?page_size=1", "")
	second := w.do("josh", "GET", "/requests?page_size=1&cursor="+text(first, "cursor"), "")
	if text(second, "cursor") != "" || len(list(second, "requests")) != 1 || text(list(second, "requests")[0], "id") != w.ids["request"] {
		t.Errorf("second page of requests: %v", second)
	}
}

// TestDocs: the documents need no token, no script, and nothing from elsewhere.
func TestDocs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for path, contentType := range map[string]string{"/docs": "text/html; charset=utf-8", "/docs.css": "text/css; charset=utf-8", "/openapi.json": "application/json"} {
		status, header, body := w.call("", "GET", path, "")
		if status != http.StatusOK || header.Get("Content-Type") != contentType || len(body) == 0 {
			t.Errorf("%s: %d %s", path, status, header.Get("Content-Type"))
		}
		if !strings.HasPrefix(header.Get("Content-Security-Policy"), "default-src 'none'; style-src 'self'") {
			t.Errorf("%s: policy %q", path, header.Get("Content-Security-Policy"))
		}
	}
	_, _, page := w.call("", "GET", "/docs", "")
	html := string(page)
	for _, o := range operations(t, w) {
		if !strings.Contains(html, `<article id="`+o.id+`">`) || !strings.Contains(html, `href="#`+o.id+`"`) {
			t.Errorf("the page lacks %s", o.id)
		}
	}
	for _, bad := range []string{"<script", "style=", "https://", "onload", "ZgotmplZ"} {
		if strings.Contains(html, bad) {
			t.Errorf("the page has %s", bad)
		}
	}
}
