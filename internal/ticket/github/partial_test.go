package github

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"admit/internal/ticket"
)

// TestTooQuickly is refused by the brake on new content, which GitHub tells as if
// the content were at fault.
func TestTooQuickly(t *testing.T) {
	t.Parallel()
	p := faked(t, func(r *http.Request) (int, map[string]string, string) {
		switch {
		case r.URL.Path != "/graphql":
			return http.StatusUnprocessableEntity, nil, `{"message":"Validation Failed","errors":[{"resource":"Issue","code":"custom","message":"was submitted too quickly"}]}`
		case strings.Contains(sent(t, r).Query, "mutation"):
			return http.StatusOK, nil, `{"data":{"addComment":null},"errors":[{"type":"UNPROCESSABLE","path":["addComment"],"message":"was submitted too quickly"}]}`
		}
		return http.StatusOK, nil, aRepository
	})
	_, create := p.Create(t.Context(), ticket.Draft{Key: testKey, Project: "R_1", Title: "t", Body: testKey})
	for what, err := range map[string]error{"create": create, "comment": p.Comment(t.Context(), "I_1", "hello")} {
		if f := ticket.FailureOf(err); err == nil || f.Trouble != ticket.RateLimited || f.Certainty != ticket.NotSent || f.RetryAfter != time.Minute {
			t.Errorf("%s: %+v, want too many calls, and a minute to wait", what, f)
		}
	}
}

const aRepository = `{"data":{"nodes":[{"__typename":"Repository","id":"R_1","name":"access","owner":{"login":"acme"},"nameWithOwner":"acme/access","hasIssuesEnabled":true}]}}`

// asked is what a document was sent with.
type asked struct {
	Query     string
	Variables struct {
		IDs   []string
		First int
	}
}

func sent(t *testing.T, r *http.Request) asked {
	t.Helper()
	var a asked
	if err := json.NewDecoder(r.Body).Decode(&a); err != nil {
		t.Error(err)
	}
	return a
}

// TestPartOfAnIssue reads issues of which a part may not be seen. Without its
// labels one that was declined would be taken for done.
func TestPartOfAnIssue(t *testing.T) {
	t.Parallel()
	const done = `,"state":"CLOSED","stateReason":"COMPLETED"`
	for path, harmless := range map[string]bool{
		`"nodes",0,"labels"`:           false,
		`"nodes",0,"labels","nodes",1`: false,
		`"nodes",0,"stateReason"`:      false,
		`"nodes"`:                      false,
		``:                             false,
		`"nodes",1`:                    true, // the second issue as a whole
		`"nodes",0,"assignees","nodes",0,"email"`:       true,
		`"nodes",0,"comments","nodes",0,"author"`:       true,
		`"nodes",0,"timelineItems","nodes",0,"actor"`:   true,
		`"nodes",0,"repository","owner","login","more"`: false,
	} {
		p := faked(t, always(`{"data":{"nodes":[`+issue(1, testKey, done+`,"labels":null`)+`,null]},"errors":[
			{"type":"FORBIDDEN","path":[`+path+`],"message":"Resource not accessible by personal access token"}]}`))
		got, err := p.Read(t.Context(), []string{"I_1", "I_2"})
		if harmless != (err == nil) || harmless != (len(got) == 1) {
			t.Errorf("[%s]: read %+v, %v; want it read = %v", path, got, err, harmless)
		}
		if f := ticket.FailureOf(err); err != nil && (f.Trouble != ticket.Unauthorized || f.Certainty != ticket.NotSent) {
			t.Errorf("[%s]: %+v, want a matter of rights", path, f)
		}
	}
}

// TestFindCannotKnow looks for a key among issues of which one may not be seen:
// it may be the one.
func TestFindCannotKnow(t *testing.T) {
	t.Parallel()
	const hidden = `"errors":[{"type":"FORBIDDEN","path":["viewer","issues","nodes",1],"message":"Resource protected by organization SAML enforcement."}]`
	answer := func(key string) string {
		return `{"data":{"viewer":{"issues":{"nodes":[` + issue(1, key, "") + `,null],"pageInfo":{}}},"search":{"nodes":[]}},` + hidden + `}`
	}
	found, err := faked(t, always(answer(""))).Find(t.Context(), testKey)
	if f := ticket.FailureOf(err); err == nil || f.Trouble != ticket.Unauthorized || f.Certainty != ticket.NotSent {
		t.Errorf("found %+v, %v; want no rights", found, err)
	}
	found, err = faked(t, always(answer(testKey))).Find(t.Context(), testKey)
	if err != nil || len(found) != 1 {
		t.Errorf("found %+v, %v; want the one that can be seen", found, err)
	}
}

// large is a server that answers this when more than 25 issues are asked for.
func large(t *testing.T, tooMuch string, total int) (p *Provider, calls *int) {
	t.Helper()
	calls = new(int)
	return faked(t, func(r *http.Request) (int, map[string]string, string) {
		*calls++
		a := sent(t, r)
		if strings.Contains(a.Query, "search(") {
			return http.StatusOK, nil, `{"data":{"search":{"nodes":[]}}}`
		}
		var nodes []string
		for _, id := range a.Variables.IDs {
			nodes = append(nodes, strings.Replace(issue(1, testKey, ""), "I_1", id, 1))
		}
		for n := range min(a.Variables.First, total) {
			nodes = append(nodes, issue(n+1, testKey, ""))
		}
		if len(nodes) > 25 {
			return http.StatusOK, nil, tooMuch
		}
		list := `[` + strings.Join(nodes, ",") + `]`
		return http.StatusOK, nil, fmt.Sprintf(`{"data":{"nodes":%s,"viewer":{"issues":{"nodes":%s,"pageInfo":{"hasNextPage":%v,"endCursor":"x"}}}}}`,
			list, list, a.Variables.First > 0 && a.Variables.First < total)
	}), calls
}

// TestTooMuchAtOnce asks for less when an answer is larger than is taken, or took
// GitHub more work than it allows.
func TestTooMuchAtOnce(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"large": strings.Repeat(" ", 8<<20+1),
		"work": `{"data":{"nodes":[` + issue(1, testKey, `,"comments":null`) + `],"viewer":{"issues":{"nodes":[null],"pageInfo":{}}}},"errors":[
			{"type":"RESOURCE_LIMITS_EXCEEDED","path":["nodes",0,"comments"],"message":"Resource limits for this query exceeded."}]}`,
	} {
		t.Run(name, func(t *testing.T) { testTooMuch(t, answer) })
	}
}

func testTooMuch(t *testing.T, answer string) {
	t.Helper()
	p, calls := large(t, answer, 30)
	var ids []string
	for n := range 30 {
		ids = append(ids, fmt.Sprintf("I_%d", n+1))
	}
	got, err := p.Read(t.Context(), ids)
	if err != nil || len(got) != 30 || got[29].ID != "I_30" || got[29].Key != testKey || *calls != 3 {
		t.Errorf("read %d in %d calls, %v; want 30 in 1 + 2", len(got), *calls, err)
	}
	page, err := p.Changed(t.Context(), ticket.Cursor{Floor: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}.String())
	if err != nil || len(page.Tickets) != 25 || !page.More {
		t.Errorf("%d changed, more = %v, %v; want 25, and more", len(page.Tickets), page.More, err)
	}
	p, _ = large(t, answer, 5)
	if found, err := p.Find(t.Context(), testKey); err != nil || len(found) != 5 {
		t.Errorf("found %d, %v; want five", len(found), err)
	}
	if got, err := faked(t, always(answer)).Read(t.Context(), []string{"I_1"}); err == nil || ticket.FailureOf(err).Certainty != ticket.NotSent {
		t.Errorf("one that is too large: %d, %v; want a failure", len(got), err)
	}
}

// TestMovedIsGone reads by its old id an issue that was moved: should GitHub
// answer with what it is now, it is not there under the old id all the same. Only
// so is the new id, which it has in every list, taken for it and not for a twin.
func TestMovedIsGone(t *testing.T) {
	t.Parallel()
	p := faked(t, always(`{"data":{"nodes":[`+issue(2, testKey, "")+`]}}`))
	if got, err := p.Read(t.Context(), []string{"I_1"}); err != nil || len(got) != 0 {
		t.Errorf("read %+v, %v; want nothing", got, err)
	}
	p = faked(t, always(`{"data":{"nodes":[`+strings.Replace(issue(1, testKey, ""), "I_1", "", 1)+`]}}`))
	if got, err := p.Read(t.Context(), []string{"I_1"}); err == nil || ticket.FailureOf(err).Trouble != ticket.Malformed {
		t.Errorf("without an id: read %+v, %v; want a malformed answer", got, err)
	}
}

// TestOldFormOfID files where REST writes ids in the old form. Lists have the new
// one: with two ids the issue would be taken for its own twin.
func TestOldFormOfID(t *testing.T) {
	t.Parallel()
	const old = "MDU6SXNzdWUx"
	for name, c := range map[string]struct {
		read, want string
	}{
		"renewed":       {`{"data":{"nodes":[` + issue(1, testKey, "") + `]}}`, "I_1"},
		"an old server": {`{"data":{"nodes":[` + strings.Replace(issue(1, testKey, ""), "I_1", old, 1) + `]}}`, old},
		"not there yet": {`{"data":{"nodes":[null]},"errors":[{"type":"NOT_FOUND","path":["nodes",0],"message":"Could not resolve"}]}`, ""},
	} {
		p := faked(t, func(r *http.Request) (int, map[string]string, string) {
			switch {
			case r.URL.Path != "/graphql":
				return http.StatusCreated, nil, `{"node_id":"` + old + `","number":1,"html_url":"https://github.com/acme/access/issues/1","title":"t","body":"` + testKey + `","state":"open",
					"created_at":"2026-11-23T10:00:00Z","updated_at":"2026-11-23T10:00:00Z"}`
			case sent(t, r).Variables.IDs[0] == "R_1":
				return http.StatusOK, nil, aRepository
			}
			return http.StatusOK, nil, c.read
		})
		made, err := p.Create(t.Context(), ticket.Draft{Key: testKey, Project: "R_1", Title: "t", Body: testKey})
		if made.ID != c.want || (c.want == "") != (err != nil) {
			t.Errorf("%s: made %+v, %v; want the id %q", name, made, err, c.want)
		}
		if f := ticket.FailureOf(err); err != nil && f.Certainty != ticket.Ambiguous {
			t.Errorf("%s: %+v, want it unclear", name, f)
		}
	}
}

// TestClosedOtherwise closes an issue that ends with another reason than was
// asked for: it must not pass for not wanted.
func TestClosedOtherwise(t *testing.T) {
	t.Parallel()
	for after, fine := range map[string]bool{
		`{"state":"CLOSED","stateReason":"NOT_PLANNED"}`: true,
		`{"state":"CLOSED","stateReason":"COMPLETED"}`:   false,
		`{"state":"OPEN","stateReason":null}`:            false,
		`null`:                                           false,
	} {
		p := faked(t, func(r *http.Request) (int, map[string]string, string) {
			if strings.Contains(sent(t, r).Query, "mutation") {
				return http.StatusOK, nil, `{"data":{"addComment":{"subject":{"id":"I_1"}},"closeIssue":{"issue":` + after + `}}}`
			}
			return http.StatusOK, nil, `{"data":{"node":{"__typename":"Issue","state":"OPEN","comments":{"nodes":[]}}}}`
		})
		err := p.Close(t.Context(), "I_1", "not wanted")
		if f := ticket.FailureOf(err); fine != (err == nil) || err != nil && f.Certainty != ticket.Ambiguous {
			t.Errorf("%s: %v, want it closed = %v", after, err, fine)
		}
	}
}

// TestSecretOfHooks finds webhooks of which it is not known what they sign with:
// GitHub does not tell.
func TestSecretOfHooks(t *testing.T) {
	t.Parallel()
	const (
		hook = `{"id":%d,"active":true,"events":["issues","issue_comment"],"config":{"url":"https://admit.example.com","content_type":"json","insecure_ssl":"0"}}`
		same = "the secret"
	)
	one, two := fmt.Sprintf("["+hook+"]", 1), fmt.Sprintf("["+hook+","+hook+"]", 1, 2)
	for name, c := range map[string]struct{ note, hooks, want string }{
		"ours":                       {fingerprint(same) + ":R_1", one, "GET"},
		"with another secret":        {fingerprint("other") + ":R_1", one, "GET PATCH 1"},
		"by hand, in another place":  {fingerprint(same) + ":R_2", one, "GET PATCH 1"},
		"by hand, and perhaps ahead": {fingerprint(same) + ":R_1", two, "GET DELETE 2 PATCH 1"},
	} {
		var did []string
		p := faked(t, func(r *http.Request) (int, map[string]string, string) {
			if r.URL.Path == "/graphql" {
				ids := sent(t, r).Variables.IDs
				return http.StatusOK, nil, `{"data":{"nodes":[` + strings.TrimSuffix(strings.Repeat(`{"__typename":"Repository","id":"R_1","name":"access","owner":{"login":"acme"}},`, len(ids)), ",") + `]}}`
			}
			_, id, _ := strings.Cut(r.URL.Path, "/hooks")
			did = append(did, strings.TrimRight(r.Method+" "+strings.Trim(id, "/"), " "))
			if r.Method == http.MethodGet {
				return http.StatusOK, nil, c.hooks
			}
			return http.StatusOK, nil, fmt.Sprintf(hook, 1)
		})
		_, err := p.Register(t.Context(), ticket.Hook{ID: c.note, URL: "https://admit.example.com", Secret: same, Projects: []string{"R_1"}})
		if got := strings.Join(did, " "); err != nil || !strings.HasPrefix(got, c.want) || strings.Count(got, "PATCH") != strings.Count(c.want, "PATCH") {
			t.Errorf("%s: did %q, %v; want %q", name, got, err, c.want)
		}
	}
}
