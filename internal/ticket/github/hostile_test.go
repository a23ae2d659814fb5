package github

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"admit/internal/ticket"
)

const (
	date    = "Mon, 23 Nov 2026 12:00:00 GMT"
	testKey = "0123456789abcdef0123456789abcdef"
)

// transport answers without a network.
type transport func(*http.Request) (status int, header map[string]string, body string)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) {
	status, more, body := f(r)
	header := http.Header{"Content-Type": {"application/json"}, "Date": {date}}
	for name, value := range more {
		header.Set(name, value)
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body))}, nil
}

// always answers 200 with the same body.
func always(body string) transport {
	return func(*http.Request) (int, map[string]string, string) { return http.StatusOK, nil, body }
}

// faked returns the provider on a server that answers like this.
func faked(t testing.TB, answer transport) *Provider {
	t.Helper()
	settings, err := Spec().Validate(map[string]string{"token": "github_pat_secret"})
	if err != nil {
		t.Fatal(err)
	}
	opened, err := Spec().Open(settings, &http.Client{Transport: answer})
	p, ok := opened.(*Provider)
	if err != nil || !ok {
		t.Fatal(err)
	}
	return p
}

// issue is an issue as GraphQL sends it.
func issue(n int, body, more string) string {
	text, _ := json.Marshal(body)
	return fmt.Sprintf(`{"__typename":"Issue","id":"I_%d","number":%d,"title":"Give access","body":%s,"url":"https://github.com/acme/access/issues/%d",
		"state":"OPEN","stateReason":null,"createdAt":"2026-11-23T10:00:00Z","updatedAt":"2026-11-23T11:00:00Z","closedAt":null,
		"repository":{"id":"R_1","nameWithOwner":"acme/access"},"assignees":{"nodes":[]},"labels":{"nodes":[]},"comments":{"nodes":[]},
		"last":{"nodes":[]},"subIssuesSummary":{"total":0},"timelineItems":{"nodes":[]}%s}`, n, n, text, n, more)
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"https://api.github.com":            "https://api.github.com/graphql",
		"https://github.example.com/api/v3": "https://github.example.com/api/graphql",
		"https://api.acme.ghe.com":          "https://api.acme.ghe.com/graphql",
	} {
		if got := graphAddress(base); got != want {
			t.Errorf("%s: %s, want %s", base, got, want)
		}
	}
}

// TestRefusedCalls holds what GitHub says against what is made of it.
func TestRefusedCalls(t *testing.T) {
	t.Parallel()
	const (
		reset   = "1795435260" // a minute after date
		already = `{"message":"API rate limit already exceeded for user ID 1."}`
	)
	gone := map[string]string{"X-Ratelimit-Remaining": "0", "X-Ratelimit-Reset": reset}
	for name, c := range map[string]struct {
		status  int
		header  map[string]string
		body    string
		trouble ticket.Trouble
		read    ticket.Certainty
		write   ticket.Certainty
		wait    time.Duration
	}{
		"secondary limit, with a time": {403, map[string]string{"Retry-After": "30"}, `{"message":"You have exceeded a secondary rate limit."}`, ticket.RateLimited, ticket.NotSent, ticket.NotSent, 30 * time.Second},
		"secondary limit":              {403, nil, `{"message":"You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}`, ticket.RateLimited, ticket.NotSent, ticket.NotSent, time.Minute},
		"secondary limit in a 200":     {200, nil, `{"message":"You have exceeded a secondary rate limit."}`, ticket.RateLimited, ticket.NotSent, ticket.NotSent, time.Minute},
		"primary limit":                {403, gone, already, ticket.RateLimited, ticket.NotSent, ticket.NotSent, time.Minute},
		"primary limit of GraphQL":     {200, gone, `{"errors":[{"type":"RATE_LIMIT","code":"graphql_rate_limit","message":"API rate limit already exceeded for user ID 1."}]}`, ticket.RateLimited, ticket.NotSent, ticket.NotSent, time.Minute},
		"primary limit, old words":     {200, nil, `{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded for installation ID 9306189."}]}`, ticket.RateLimited, ticket.NotSent, ticket.NotSent, time.Minute},
		"no rights":                    {403, nil, `{"message":"Resource not accessible by personal access token"}`, ticket.Unauthorized, ticket.NotSent, ticket.NotSent, 0},
		"no rights in GraphQL":         {200, nil, `{"data":{"x":null},"errors":[{"type":"FORBIDDEN","path":["x"],"message":"Resource not accessible by personal access token"}]}`, ticket.Unauthorized, ticket.NotSent, ticket.NotSent, 0},
		"scopes":                       {200, nil, `{"errors":[{"type":"INSUFFICIENT_SCOPES","message":"Your token has not been granted the required scopes to execute this query."}]}`, ticket.Unauthorized, ticket.NotSent, ticket.NotSent, 0},
		"not found":                    {200, nil, `{"data":{"x":null},"errors":[{"type":"NOT_FOUND","path":["x"],"message":"Could not resolve to a node with the global id of 'x'."}]}`, ticket.Input, ticket.Refused, ticket.Refused, 0},
		"too long":                     {200, nil, `{"data":{"x":null},"errors":[{"type":"UNPROCESSABLE","path":["x"],"message":"Body is too long"}]}`, ticket.Input, ticket.Refused, ticket.Refused, 0},
		"something went wrong":         {200, nil, `{"data":null,"errors":[{"message":"Something went wrong while executing your query. This may be the result of a timeout, or it could be a GitHub bug."}]}`, ticket.Down, ticket.NotSent, ticket.Ambiguous, 0},
		"a new type of error":          {200, nil, `{"data":{"x":null},"errors":[{"type":"NEW","message":"Who knows"}]}`, ticket.Down, ticket.NotSent, ticket.Ambiguous, 0},
		"half of it":                   {200, nil, `{"data":{"x":{"a":1},"y":null},"errors":[{"type":"UNPROCESSABLE","path":["y"],"message":"Could not close the issue."}]}`, ticket.Input, ticket.Refused, ticket.Ambiguous, 0},
		"an old server":                {200, nil, `{"errors":[{"message":"Field 'x' doesn't exist on type 'Issue'","extensions":{"code":"undefinedField"}}]}`, ticket.Malformed, ticket.NotSent, ticket.NotSent, 0},
		"nothing":                      {200, nil, `{}`, ticket.Malformed, ticket.NotSent, ticket.Ambiguous, 0},
		"no data":                      {200, nil, `{"data":null}`, ticket.Malformed, ticket.NotSent, ticket.Ambiguous, 0},
		"a gateway":                    {502, nil, `{"message":"Server Error"}`, ticket.Down, ticket.NotSent, ticket.Ambiguous, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := faked(t, func(*http.Request) (int, map[string]string, string) { return c.status, c.header, c.body })
			for effect, certainty := range map[ticket.Effect]ticket.Certainty{ticket.Reads: c.read, ticket.Writes: c.write} {
				_, _, _, err := query[map[string]any](t.Context(), p, "query", nil, effect)
				f := ticket.FailureOf(err)
				if err == nil || f.Trouble != c.trouble || f.Certainty != certainty || f.RetryAfter != c.wait || f.Msg == "" {
					t.Errorf("writes = %v: %+v; want %s, %s, %v", effect, f, c.trouble, certainty, c.wait)
				}
			}
		})
	}
}

// TestWorstOfTwo is refused one thing, and not told about another.
func TestWorstOfTwo(t *testing.T) {
	t.Parallel()
	p := faked(t, always(`{"data":{"addComment":null,"closeIssue":null},"errors":[{"type":"UNPROCESSABLE","message":"Body is too long"},{"message":"Something went wrong"}]}`))
	if f := ticket.FailureOf(p.end(t.Context(), endWithDocument, nil)); f.Certainty != ticket.Ambiguous || f.Trouble != ticket.Down {
		t.Errorf("%+v, want it unclear", f)
	}
}

// TestForbiddenIssue may not touch one issue: that says nothing of the account.
func TestForbiddenIssue(t *testing.T) {
	t.Parallel()
	p := faked(t, always(`{"data":{"addComment":null},"errors":[{"type":"FORBIDDEN","path":["addComment"],"message":"Unable to create comment because issue is locked."}]}`))
	err := p.Comment(t.Context(), "I_1", "hello")
	if f := ticket.FailureOf(err); err == nil || f.Trouble != ticket.Input || f.Certainty != ticket.Refused {
		t.Errorf("%+v, want a refusal", f)
	}
}

func TestFieldsOfRefusal(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"errors":[{"resource":"Issue","field":"assignees","code":"invalid","value":"x"}]}`:                          "[assignee]",
		`{"errors":[{"field":"milestone","code":"invalid"},{"field":"labels"},{"field":"labels"},{"field":"title"}]}`: "[milestone labels]",
		`{"errors":["no object"]}`: "[]",
		`{"errors":"no list"}`:     "[]",
		`null`:                     "[]",
	} {
		p := faked(t, func(*http.Request) (int, map[string]string, string) { return http.StatusUnprocessableEntity, nil, body })
		_, _, err := call[wireFiled](t.Context(), p, ticket.Call{Path: "/", Body: 1, Effect: ticket.Writes})
		if f := ticket.FailureOf(err); fmt.Sprint(f.Fields) != want || f.Certainty != ticket.Refused || f.Trouble != ticket.Input {
			t.Errorf("%s: %+v, want %s", body, f, want)
		}
	}
}

// TestReadKeepsID reads an id of the old form: GitHub answers with the new one.
func TestReadKeepsID(t *testing.T) {
	t.Parallel()
	const old = "MDU6SXNzdWUx="
	p := faked(t, always(`{"data":{"nodes":[`+issue(1, "", "")+`,null]},"errors":[{"type":"NOT_FOUND","path":["nodes",1],"message":"gone"}]}`))
	got, err := p.Read(t.Context(), []string{old, "I_2"})
	if err != nil || len(got) != 1 || got[0].ID != old {
		t.Errorf("read %+v, %v; want %s", got, err, old)
	}
}

// TestHalfForbidden reads two tickets of which one may not be seen any more.
func TestHalfForbidden(t *testing.T) {
	t.Parallel()
	p := faked(t, always(`{"data":{"nodes":[`+issue(1, "", `,"extra":null`)+`,null]},"errors":[{"type":"FORBIDDEN","path":["nodes",1],"message":"no"}]}`))
	if got, err := p.Read(t.Context(), []string{"I_1", "I_2"}); err != nil || len(got) != 1 {
		t.Errorf("read %+v, %v; want one", got, err)
	}
}

func TestUnknownStates(t *testing.T) {
	t.Parallel()
	for state, want := range map[string]string{
		`,"state":"CLOSED","stateReason":"ABANDONED"`: "reason:abandoned",
		`,"state":"FROZEN"`:                           "state:frozen",
	} {
		p := faked(t, always(`{"data":{"nodes":[`+issue(1, "", state)+`]}}`))
		got, err := p.Read(t.Context(), []string{"I_1"})
		if err != nil || len(got) != 1 || got[0].Outcome != ticket.Unclear || got[0].Grounds[0].Key != want {
			t.Errorf("%s: %+v, %v; want it unclear by %s", state, got, err, want)
			continue
		}
		if said := (ticket.Outcomes{want: ticket.No}).Judge(got[0].Grounds); said != ticket.No {
			t.Errorf("%s cannot be given a meaning: %s", want, said)
		}
	}
}

// TestPagesInCircles meets a server that shows the same page for ever.
func TestPagesInCircles(t *testing.T) {
	t.Parallel()
	page := `"nodes":[` + issue(1, testKey, "") + `],"pageInfo":{"hasNextPage":true,"endCursor":"again"}`
	p := faked(t, always(`{"data":{"viewer":{"issues":{`+page+`},"repositories":{"nodes":[],"pageInfo":{"hasNextPage":true}}}}}`))
	at := ticket.Cursor{Floor: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}.String()
	first, err := p.Changed(t.Context(), at)
	if err != nil || !first.More {
		t.Fatal(first, err)
	}
	_, changed := p.Changed(t.Context(), first.Cursor)
	_, found := p.Find(t.Context(), testKey)
	_, projects := p.Projects(t.Context())
	for what, err := range map[string]error{"Changed": changed, "Find": found, "Projects": projects} {
		if f := ticket.FailureOf(err); err == nil || f.Trouble != ticket.Malformed || f.Certainty != ticket.NotSent {
			t.Errorf("%s: %v, want a malformed answer", what, err)
		}
	}
}

// TestFindWithoutEnd gives up rather than saying that there is nothing.
func TestFindWithoutEnd(t *testing.T) {
	t.Parallel()
	n := 0
	p := faked(t, func(*http.Request) (int, map[string]string, string) {
		n++
		return http.StatusOK, nil, fmt.Sprintf(`{"data":{"viewer":{"issues":{"nodes":[%s],"pageInfo":{"hasNextPage":true,"endCursor":"%d"}}}}}`, issue(n, "", ""), n)
	})
	found, err := p.Find(t.Context(), testKey)
	if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.NotSent {
		t.Errorf("found %+v, %v; want a failure", found, err)
	}
}

// TestKeyLost files an issue whose text comes back without the key.
func TestKeyLost(t *testing.T) {
	t.Parallel()
	p := faked(t, func(r *http.Request) (int, map[string]string, string) {
		if r.URL.Path == "/graphql" {
			return http.StatusOK, nil, `{"data":{"nodes":[{"__typename":"Repository","id":"R_1","name":"access","owner":{"login":"acme"},"nameWithOwner":"acme/access","hasIssuesEnabled":true}]}}`
		}
		return http.StatusCreated, nil, `{"node_id":"I_1","number":1,"html_url":"https://github.com/acme/access/issues/1","title":"t","body":"cut","state":"open",
			"created_at":"2026-11-23T10:00:00Z","updated_at":"2026-11-23T10:00:00Z"}`
	})
	made, err := p.Create(t.Context(), ticket.Draft{Key: testKey, Project: "R_1", Title: "t", Body: testKey})
	if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Ambiguous || made.ID != "I_1" {
		t.Errorf("made %+v, %v; want it known, and unclear", made, err)
	}
}

// FuzzAnswer gives every call the same arbitrary answer: what comes out is a
// sane ticket or a failure.
func FuzzAnswer(f *testing.F) {
	good := issue(1, testKey, "")
	for _, answer := range []string{
		`null`, `[]`, `{}`, `""`, `0`, `{"data":null}`, `{"data":{}}`, `{"data":[]}`, `{"data":{"nodes":null}}`, `{"errors":[null]}`, `{"errors":[{"path":[[]]}]}`,
		`{"data":{"nodes":[` + good + `]}}`, `{"data":{"node":` + good + `,"nodes":[null]},"errors":[{"type":"NOT_FOUND"}]}`,
		`{"data":{"viewer":{"issues":{"nodes":[` + good + `,null],"pageInfo":{"hasNextPage":false}},"repositories":{"nodes":[null,{"id":"R_1"}]}}}}`,
		`{"data":{"search":{"nodes":[null,{"__typename":"User","id":"U_1","login":"x","email":"alice@example.com"}]},"node":{"assignableUsers":{"nodes":[null,{"id":"U_1","login":"x"}]}}}}`,
		`{"data":{"nodes":[{"__typename":"Issue","id":"I_1","number":-1}]}}`,
		`{"data":{"nodes":[` + issue(1, "", `,"createdAt":"0001-01-01T00:00:00Z"`) + `]}}`,
		`{"data":{"nodes":[` + issue(1, "", `,"state":"CLOSED","timelineItems":{"nodes":[null,{"actor":null}]}`) + `]}}`,
		`{"login":"admit","node_id":"I_1","number":7,"state":"open","body":"` + testKey + `","labels":[{"name":null}],"assignees":[{}],"data":{"nodes":[{"__typename":"Repository","id":"R_1","name":"a","owner":{"login":"b"},"nameWithOwner":"b/a","hasIssuesEnabled":true}]}}`,
		`[{"id":1,"active":true,"config":{"url":"https://admit.example.com","insecure_ssl":0}},{"name":"Bug"}]`,
	} {
		f.Add([]byte(answer))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		p := faked(t, always(string(answer)))
		var all []ticket.Snapshot
		var failures []error
		take := func(s []ticket.Snapshot, err error) { all, failures = append(all, s...), append(failures, err) }
		take(p.Read(t.Context(), []string{"I_1"}))
		take(p.Find(t.Context(), testKey))
		made, err := p.Create(t.Context(), ticket.Draft{Key: testKey, Project: "R_1", Title: "t", Body: testKey})
		if made.ID != "" {
			all = append(all, made)
		}
		page, changed := p.Changed(t.Context(), ticket.Cursor{Floor: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)}.String())
		take(page.Tickets, changed)
		if _, again := ticket.ParseCursor("GitHub", page.Cursor); changed == nil && again != nil {
			t.Errorf("the cursor %q cannot be used: %v", page.Cursor, again)
		}
		_, _, account := p.Account(t.Context(), "R_1", "alice@example.com")
		_, people := p.People(t.Context(), "R_1", "ali")
		_, projects := p.Projects(t.Context())
		_, check := p.Check(t.Context(), "R_1")
		_, types := p.Types(t.Context(), "R_1")
		_, form := p.Form(t.Context(), "R_1", "")
		_, statuses := p.Statuses(t.Context(), "R_1")
		hook, register := p.Register(t.Context(), ticket.Hook{URL: "https://admit.example.com", Projects: []string{"R_1"}})
		failures = append(failures, err, account, people, projects, check, types, form, statuses, register, p.Unregister(t.Context(), hook),
			p.Comment(t.Context(), "I_1", "c"), p.Close(t.Context(), "I_1", "c"))
		for _, err := range failures {
			if _, ok := errors.AsType[*ticket.Failure](err); err != nil && !ok {
				t.Errorf("%T is no failure: %v", err, err)
			}
		}
		for _, s := range all {
			if !isNodeID(s.ID) || len(s.Title) > 4*maxTitle || strings.ContainsAny(s.Title+s.Status+s.Key+s.Identifier, "\n\x00") {
				t.Errorf("%+v", s)
			}
		}
	})
}

// FuzzHear reads deliveries of any bytes.
func FuzzHear(f *testing.F) {
	for _, body := range []string{
		`{"action":"closed","issue":{"id":1,"node_id":"I_kwDO1","number":1,"state":"closed","state_reason":"completed"},"repository":{"full_name":"acme/access"},"sender":{"login":"alice"}}`,
		`{"action":"transferred","issue":{"node_id":"I_kwDO1"},"changes":{"new_issue":{"node_id":"I_kwDO2"},"new_repository":{"id":2}}}`,
		`{"action":"created","issue":{"node_id":"PR_kwDO1","pull_request":{"url":"x"}},"comment":{"body":"x"}}`,
		`{"zen":"Keep it logically awesome.","hook_id":1,"hook":{"type":"Repository"}}`,
		`payload=%7B%22action%22%3A%22closed%22%2C%22issue%22%3A%7B%22node_id%22%3A%22I_kwDO1%22%7D%7D`,
		`{"issue":{"node_id":"../../x"}}`, `{"issue":[]}`, `null`, ``, "\xff",
	} {
		f.Add([]byte(body), "sha256=00", "application/json")
		f.Add([]byte(body), "", "application/x-www-form-urlencoded")
	}
	f.Fuzz(func(t *testing.T, body []byte, signature, kind string) {
		p := faked(t, always(`{}`))
		d := ticket.Delivery{Header: http.Header{}, Body: body}
		d.Header.Set("X-Hub-Signature-256", signature)
		d.Header.Set("Content-Type", kind)
		news, err := p.Hear(d)
		if err != nil || news.Signed {
			t.Errorf("without a secret: %+v, %v", news, err)
		}
		for _, id := range news.Tickets {
			if !isNodeID(id) {
				t.Errorf("heard of %q", id)
			}
		}
		d.Secret = "a secret nobody can guess"
		if news, err := p.Hear(d); !errors.Is(err, ticket.ErrForged) {
			t.Errorf("with a secret: %+v, %v", news, err)
		}
	})
}
