package github_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"admit/internal/ticket"
	"admit/internal/ticket/github"
	"admit/internal/ticket/github/githubtest"
	"admit/internal/ticket/tickettest"
)

// open returns the provider on a server, at another address if one is given.
func open(t *testing.T, s *githubtest.Server, base string) ticket.Provider {
	t.Helper()
	if base == "" {
		base = s.URL
	}
	return tickettest.Open(t, github.Spec(), map[string]string{"base_url": base, "token": githubtest.Token})
}

func TestCheckFinds(t *testing.T) {
	t.Parallel()
	held := official(t)
	const hour = time.Hour
	for name, c := range map[string]struct {
		spoil       func(*githubtest.Repo, *githubtest.Access)
		field, says string
	}{
		"nothing":            {func(*githubtest.Repo, *githubtest.Access) {}, "", ""},
		"token":              {func(_ *githubtest.Repo, a *githubtest.Access) { a.Unknown = true }, "token", "does not know this token"},
		"token that reads":   {func(_ *githubtest.Repo, a *githubtest.Access) { a.ReadOnly = true }, "token", "Issues: read and write"},
		"token that ends":    {func(_ *githubtest.Repo, a *githubtest.Access) { a.Expires = 48 * hour }, "token", "expires on"},
		"token with time":    {func(_ *githubtest.Repo, a *githubtest.Access) { a.Expires = 480 * hour }, "", ""},
		"classic token":      {func(_ *githubtest.Repo, a *githubtest.Access) { a.Scopes = "repo, read:user" }, "", ""},
		"scope repo":         {func(_ *githubtest.Repo, a *githubtest.Access) { a.Scopes = "gist, read:user" }, "token", "scope repo"},
		"scope read:user":    {func(_ *githubtest.Repo, a *githubtest.Access) { a.Scopes = "repo" }, "token", "scope read:user"},
		"repository":         {func(r *githubtest.Repo, _ *githubtest.Access) { r.Role = "" }, "", "does not exist"},
		"archived":           {func(r *githubtest.Repo, _ *githubtest.Access) { r.Archived = true }, "", "archived"},
		"no issues":          {func(r *githubtest.Repo, _ *githubtest.Access) { r.NoIssues = true }, "", "switched off"},
		"role":               {func(r *githubtest.Repo, _ *githubtest.Access) { r.Role = "TRIAGE" }, "", "role Write"},
		"old server":         {func(_ *githubtest.Repo, a *githubtest.Access) { a.Old = true }, "base_url", "too old"},
		"issues not in list": {func(_ *githubtest.Repo, a *githubtest.Access) { a.Hidden = []string{"access"} }, "token", "acme/access"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := githubtest.Start(t, held...)
			s.Age(t, create(t, open(t, s, ""), s, nil).ID, hour)
			s.Change(func(a *githubtest.Access) { c.spoil(s.Repo(), a) })
			findings, err := open(t, s, "").Check(t.Context(), s.Repo().ID)
			switch {
			case err != nil:
				t.Error(err)
			case c.says == "" && len(findings) > 0:
				t.Errorf("found %+v, want nothing", findings)
			case c.says != "" && (len(findings) != 1 || findings[0].Field != c.field || !strings.Contains(findings[0].Problem, c.says)):
				t.Errorf("found %+v, want %q about %q", findings, c.says, c.field)
			}
		})
	}
}

func TestCheckOfAnAddress(t *testing.T) {
	t.Parallel()
	s := githubtest.Start(t)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/json/user" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"hello":"world"}`))
			return
		}
		_, _ = w.Write([]byte(`<html>`))
	}))
	t.Cleanup(other.Close)
	for _, base := range []string{s.URL + "/nowhere", other.URL, other.URL + "/json"} {
		findings, err := open(t, s, base).Check(t.Context(), s.Repo().ID)
		if err != nil || len(findings) != 1 || findings[0].Field != "base_url" {
			t.Errorf("%s: found %+v, %v; want the address", base, findings, err)
		}
	}
	if findings, err := open(t, s, s.URL+"/api/v3").Check(t.Context(), s.Repo().ID); err != nil || len(findings) > 0 {
		t.Errorf("an Enterprise Server: found %+v, %v", findings, err)
	}
}
