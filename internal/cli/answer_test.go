package cli_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"admit/internal/cli"
)

// A server of any answer: what stands at the address may be no Admit at all.
func answering(t *testing.T, status int, header, body string) map[string]string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if name, value, ok := strings.Cut(header, ": "); ok {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(s.Close)
	return map[string]string{"ADMIT_SERVER": s.URL, "ADMIT_TOKEN": "admit_test"}
}

func TestExitCodesTellWhatFailed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name         string
		status       int
		header, body string
		want         int
		says         string
	}{
		{
			name: "invalid input", status: 400, want: 2, says: "admit: the input is not valid.\nemail must be an e-mail address.\nname is required.\n",
			body: `{"code":"invalid","message":"the input is not valid","fields":{"name":"is required","email":"must be an e-mail address"}}`,
		},
		{name: "no session", status: 401, body: `{"code":"unauthenticated","message":"this API token is not valid"}`, want: 3, says: "not valid."},
		{name: "not allowed", status: 403, body: `{"code":"forbidden","message":"you may not do this"}`, want: 3, says: "admit: you may not do this.\n"},
		{name: "not found", status: 404, body: `{"code":"not_found","message":"not found"}`, want: 4, says: "admit: not found.\n"},
		{name: "conflict", status: 409, body: `{"code":"conflict","message":"this request is already denied"}`, want: 5, says: "already denied"},
		{name: "too many calls", status: 429, body: `{"code":"rate_limited","message":"wait"}`, want: 6, says: "wait"},
		{name: "not available", status: 503, body: `{"code":"unavailable","message":"try again later"}`, want: 6, says: "try again later"},
		{name: "a proxy's page", status: 502, body: `<html>bad gateway</html>`, want: 6, says: `answers "502 Bad Gateway"`},
		{name: "an internal error", status: 500, body: `{"code":"internal","message":"internal error"}`, want: 1, says: "internal error"},
		{name: "another address", status: 301, header: "Location: https://admit.example.com/", want: 1, says: "points to https://admit.example.com/"},
		{name: "another program", status: 200, body: `<html>Welcome</html>`, want: 1, says: "is it an Admit server?"},
		{name: "another shape", status: 200, body: `[1, 2]`, want: 1, says: "unexpected shape"},
		{name: "a list of nothing we know", status: 200, body: `{"results":[1]}`, want: 1, says: "unexpected shape"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, out, problems := runMain(t, answering(t, c.status, c.header, c.body), "user", "list")
			if code != c.want || !strings.Contains(problems, c.says) || out != "" {
				t.Errorf("code %d, stdout %q, stderr %q; want %d and %q", code, out, problems, c.want, c.says)
			}
		})
	}
}

func TestServerThatIsNotThere(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	code, out, problems := runMain(t, map[string]string{"ADMIT_TOKEN": "x"}, "--server", s.URL, "app", "list")
	if code != 6 || out != "" || !strings.Contains(problems, "admit: the server at "+s.URL+" does not answer") {
		t.Errorf("code %d, %q, %q", code, out, problems)
	}
	code, out, _ = runMain(t, map[string]string{"ADMIT_TOKEN": "x", "ADMIT_SERVER": s.URL}, "__complete", "app", "get", "")
	if code != 0 || out != ":4\n" {
		t.Errorf("completion without a server: code %d, %q", code, out)
	}
}

func TestJSONIsPrintedAsTheServerSentIt(t *testing.T) {
	t.Parallel()
	const body = `{"results":[{"z":1,"email":"a@example.com","new":{"x":[]}}],"next":null,"a":1.50}`
	code, out, problems := runMain(t, answering(t, 200, "", body+"\n"), "user", "list", "-o", "json")
	if code != 0 || out != body+"\n" || problems != "" {
		t.Errorf("code %d, %q, %q", code, out, problems)
	}
}

func TestTableShowsControlCharactersHarmless(t *testing.T) {
	t.Parallel()
	body := `{"results":[{"user_id":"1","email":"a@example.com","full_name":"\u001b[31mRed\nline\u202edne\u009b\t!","position":"` + "\u009b2J" + `"}],"next":null}`
	code, out, _ := runMain(t, answering(t, 200, "", body), "user", "list")
	want := "E-MAIL         NAME                                  POSITION  ROLE  ID\n" +
		`a@example.com  \u001b[31mRed line\u202edne\u009b !  \u009b2J  -     1` + "\n"
	if code != 0 || strings.Join(strings.Fields(out), " ") != strings.Join(strings.Fields(want), " ") {
		t.Errorf("code %d\n%s\nwant\n%s", code, out, want)
	}
	if strings.ContainsAny(out, "\x1b\u009b\u202e") {
		t.Errorf("control characters in %q", out)
	}
	refused := `{"code":"conflict","message":"no\u001b[2J","fields":{"na\u0007me":"is\nodd"}}`
	_, _, problems := runMain(t, answering(t, 409, "", refused), "user", "list")
	if want := "admit: no\\u001b[2J.\nna\\u0007me is odd.\n"; problems != want {
		t.Errorf("stderr %q, want %q", problems, want)
	}
}

// pages is a server of 2,500 users, 1,000 on a page at most.
func pages(t *testing.T) (env map[string]string, asked *[]string) {
	t.Helper()
	asked = &[]string{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, r.URL.Query().Get("page_size")+"@"+r.URL.Query().Get("cursor"))
		var from, size int
		_, _ = fmt.Sscan(r.URL.Query().Get("cursor"), &from)
		_, _ = fmt.Sscan(r.URL.Query().Get("page_size"), &size)
		to := min(from+size, 2500)
		next := "null"
		if to < 2500 {
			next = fmt.Sprintf(`"%d"`, to)
		}
		var users []string
		for i := from; i < to; i++ {
			users = append(users, fmt.Sprintf(`{"email":"u%d@example.com"}`, i))
		}
		_, _ = fmt.Fprintf(w, `{"next":%s,"results":[%s]}`, next, strings.Join(users, ","))
	}))
	t.Cleanup(s.Close)
	return map[string]string{"ADMIT_SERVER": s.URL, "ADMIT_TOKEN": "admit_test"}, asked
}

func TestListsFollowPages(t *testing.T) {
	t.Parallel()
	env, asked := pages(t)
	code, out, problems := runMain(t, env, "user", "list", "--limit", "0")
	if lines := strings.Count(out, "\n"); code != 0 || lines != 2501 || problems != "" {
		t.Errorf("all: code %d, %d lines, %q", code, lines, problems)
	}
	if got := strings.Join(*asked, " "); got != "1000@ 1000@1000 1000@2000" {
		t.Errorf("calls %s", got)
	}
	*asked = nil
	code, out, problems = runMain(t, env, "user", "list", "--limit", "1200")
	if lines := strings.Count(out, "\n"); code != 0 || lines != 1201 || !strings.Contains(problems, "more than these 1200") {
		t.Errorf("some: code %d, %d lines, %q", code, lines, problems)
	}
	if got := strings.Join(*asked, " "); got != "1000@ 200@1000" {
		t.Errorf("calls %s", got)
	}
	code, out, _ = runMain(t, env, "user", "list", "--limit", "0", "-o", "json")
	if n := strings.Count(out, `{"email":`); code != 0 || n != 2500 || !strings.HasPrefix(out, `{"next":null,"results":[{`) {
		t.Errorf("json: code %d, %d users, %.40q", code, n, out)
	}
	code, out, _ = runMain(t, env, "user", "list", "-o", "json", "--limit", "2")
	if want := `{"next":"2","results":[{"email":"u0@example.com"},{"email":"u1@example.com"}]}` + "\n"; code != 0 || out != want {
		t.Errorf("json page: %q", out)
	}
}

func TestListThatPromisesMoreForEver(t *testing.T) {
	t.Parallel()
	code, out, _ := runMain(t, answering(t, 200, "", `{"next":"again","results":[]}`), "user", "list", "--limit", "0")
	if code != 0 || strings.Count(out, "\n") != 1 {
		t.Errorf("code %d, %q", code, out)
	}
}

func TestInterruptedCommandEnds(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		stop()
		<-r.Context().Done()
	}))
	t.Cleanup(s.Close)
	var problems strings.Builder
	world := cli.CLI{
		Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: &problems, Now: time.Now,
		Env: map[string]string{"ADMIT_SERVER": s.URL, "ADMIT_TOKEN": "x"},
	}
	if code := cli.Main(ctx, &world, []string{"app", "list"}); code != 1 || problems.String() != "admit: interrupted.\n" {
		t.Errorf("code %d, %q", code, problems.String())
	}
}

func TestLinesOfATicket(t *testing.T) {
	t.Parallel()
	body := `{"ticket_id":"00000000-0000-7000-8000-000000000002","identifier":"W-1","lines":[
		{"change_state":"open","user_email":"ben@example.com","app_name":"Payroll","resource_name":"Archive"},
		{"change_state":"done","user_email":"chen@example.com","app_name":"Payroll","resource_name":"Archive"}]}`
	code, out, _ := runMain(t, answering(t, 200, "", body), "ticket", "get", "00000000-0000-7000-8000-000000000002")
	if want := "ben@example.com Payroll/Archive (open), chen@example.com Payroll/Archive (done)"; code != 0 || !strings.Contains(out, want) {
		t.Errorf("code %d\n%s\nwant %s", code, out, want)
	}
}
