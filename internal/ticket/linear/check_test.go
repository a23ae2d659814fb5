package linear_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"admit/internal/ticket"
	"admit/internal/ticket/linear"
	"admit/internal/ticket/linear/lineartest"
	"admit/internal/ticket/tickettest"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	s := lineartest.Start(t)
	html := elsewhere(t, http.StatusOK, "text/html", "<html>Sign in</html>")
	other := elsewhere(t, http.StatusOK, "application/json", `{"hello":"world"}`)
	gone := elsewhere(t, http.StatusNotFound, "application/json", `{"error":"not found"}`)
	cases := []struct {
		name, key, url, team string
		field, says          string
	}{
		{"all is well", lineartest.APIKey, s.URL, s.Team("ACC"), "", ""},
		{"a private team of ours", lineartest.APIKey, s.URL, s.Team("TRE"), "", ""},
		{"with the path in the address", lineartest.APIKey, s.URL + "/graphql", s.Team("ACC"), "", ""},
		{"no team", lineartest.APIKey, s.URL, "", "", ""},
		{"another key", "lin_api_other", s.URL, s.Team("ACC"), "api_key", "new one"},
		{"a page", lineartest.APIKey, html, s.Team("ACC"), "base_url", "no GraphQL interface"},
		{"another system", lineartest.APIKey, other, s.Team("ACC"), "base_url", "no GraphQL interface"},
		{"not found", lineartest.APIKey, gone, s.Team("ACC"), "base_url", "no GraphQL interface"},
		{"a private team of others", lineartest.APIKey, s.URL, s.Team("BRD"), "", "private"},
		{"a team that is not there", lineartest.APIKey, s.URL, "01234567-89ab-4def-8123-456789abcdef", "", "does not exist"},
		{"no id of a team", lineartest.APIKey, s.URL, "ACC", "", "choose one"},
		{"a retired team", lineartest.APIKey, s.URL, s.Team("OLD"), "", "retired"},
	}
	for _, c := range cases {
		p := tickettest.Open(t, linear.Spec(), map[string]string{"api_key": c.key, "base_url": c.url})
		findings, err := p.Check(t.Context(), c.team)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if c.says == "" {
			if len(findings) > 0 {
				t.Errorf("%s: found %+v, want nothing", c.name, findings)
			}
			continue
		}
		if len(findings) != 1 || findings[0].Field != c.field || !strings.Contains(findings[0].Problem, c.says) {
			t.Errorf("%s: found %+v, want %q about %q", c.name, findings, c.says, c.field)
		}
	}
	s.Refuse("issueUpdate", lineartest.NoScope)
	p := behind(t, s).Provider
	findings, err := p.Check(t.Context(), s.Team("ACC"))
	if err != nil || len(findings) != 1 || findings[0].Field != "api_key" || !strings.Contains(findings[0].Problem, "Write") {
		t.Errorf("a key that only reads: found %+v, %v; want it about api_key", findings, err)
	}
	s.Refuse("", lineartest.Internal)
	if findings, err := p.Check(t.Context(), ""); err == nil || ticket.FailureOf(err).Trouble != ticket.Down {
		t.Errorf("when Linear is down: %+v, %v; want an error", findings, err)
	}
}

// elsewhere is a server that is not Linear.
func elsewhere(t *testing.T, status int, kind, body string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestRetiredTeamsAreNotOffered(t *testing.T) {
	t.Parallel()
	s := lineartest.Start(t)
	projects, err := behind(t, s).Provider.Projects(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range projects {
		names = append(names, p.Name)
	}
	if got := strings.Join(names, ", "); got != "Access (ACC), Operations (OPS), Treasury (TRE)" {
		t.Errorf("projects are %s", got)
	}
}
