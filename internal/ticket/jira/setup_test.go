package jira_test

import (
	"fmt"
	"strings"
	"testing"

	"admit/internal/ticket"
	"admit/internal/ticket/jira"
	"admit/internal/ticket/jira/jiratest"
	"admit/internal/ticket/tickettest"
)

// TestCheckFinds breaks one thing after the other.
func TestCheckFinds(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name        string
		only        string // a kind
		breaks      func(s *jiratest.Server, settings map[string]string)
		project     string
		field, says string
	}{
		{name: "all is well", breaks: func(*jiratest.Server, map[string]string) {}},
		{name: "all is well in a service desk", breaks: func(*jiratest.Server, map[string]string) {}, project: jiratest.Desk},
		{name: "address", breaks: func(s *jiratest.Server, m map[string]string) { m["base_url"] = s.URL + "/jira" }, only: "DataCenter", field: "base_url", says: "no Jira Data Center"},
		{name: "API address", breaks: func(s *jiratest.Server, m map[string]string) { m["api_url"] = s.URL + "/ex" }, only: "Cloud", field: "api_url", says: "no Jira Cloud"},
		{name: "too old", breaks: func(s *jiratest.Server, _ map[string]string) { s.SetVersion(8) }, only: "DataCenter", field: "base_url", says: "9 or newer"},
		{name: "token", breaks: func(_ *jiratest.Server, m map[string]string) { m["token"] = "wrong" }, field: "token", says: "does not know this"},
		{name: "token without scopes", breaks: func(s *jiratest.Server, m map[string]string) {
			m["api_url"], m["base_url"], m["token"] = s.URL, "https://x.example.com", "wrong"
		}, only: "Cloud", field: "token", says: "left empty"},
		{name: "scope", breaks: func(s *jiratest.Server, _ map[string]string) { s.Set(jiratest.NoScope, true) }, only: "Cloud", field: "token", says: "scope"},
		{name: "captcha", breaks: func(s *jiratest.Server, _ map[string]string) { s.Set(jiratest.Captcha, true) }, field: "token", says: "captcha"},
		{name: "no project", breaks: func(*jiratest.Server, map[string]string) {}, project: "99999", says: "does not exist"},
		{name: "archived", breaks: func(*jiratest.Server, map[string]string) {}, project: jiratest.Archived, says: "archived"},
		{name: "browse", breaks: func(s *jiratest.Server, _ map[string]string) { s.Deny("BROWSE_PROJECTS") }, says: "Browse Projects"},
		{name: "create", breaks: func(s *jiratest.Server, _ map[string]string) { s.Deny("CREATE_ISSUES") }, says: "Create Issues"},
		{name: "assign", breaks: func(s *jiratest.Server, _ map[string]string) { s.Deny("ASSIGN_ISSUES") }, says: "Assign Issues"},
		{name: "comment", breaks: func(s *jiratest.Server, _ map[string]string) { s.Deny("ADD_COMMENTS") }, says: "Add Comments"},
		{name: "steps", breaks: func(s *jiratest.Server, _ map[string]string) { s.Deny("TRANSITION_ISSUES") }, says: "Transition Issues"},
		{name: "edit, which only a service desk needs", breaks: func(s *jiratest.Server, _ map[string]string) { s.Deny("EDIT_ISSUES") }},
		{name: "edit in a service desk", breaks: func(s *jiratest.Server, _ map[string]string) { s.Deny("EDIT_ISSUES") }, project: jiratest.Desk, says: "Edit Issues"},
		{name: "labels", breaks: func(s *jiratest.Server, _ map[string]string) { s.Set(jiratest.NoLabels, true) }, says: "field labels"},
		{name: "a field for people", breaks: func(s *jiratest.Server, _ map[string]string) { s.Set(jiratest.OddRequired, true) }, says: "Approvers"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			each(t, func(t *testing.T, k kind, s *jiratest.Server) {
				if c.only != "" && c.only != k.name {
					return
				}
				settings, project := s.Settings(), c.project
				c.breaks(s, settings)
				if project == "" {
					project = jiratest.Access
				}
				findings, err := tickettest.Open(t, k.spec, settings).Check(t.Context(), project)
				if c.says == "" {
					if err != nil || len(findings) > 0 {
						t.Errorf("found %+v, %v; want nothing", findings, err)
					}
					return
				}
				if err != nil || len(findings) == 0 || findings[0].Field != c.field || !strings.Contains(findings[0].Problem, c.says) {
					t.Errorf("found %+v, %v; want %q about %q", findings, err, c.says, c.field)
				}
			})
		})
	}
}

// TestOtherKind points each kind at a server of the other.
func TestOtherKind(t *testing.T) {
	t.Parallel()
	cloud, center := jiratest.Cloud(t, nil), jiratest.DataCenter(t)
	for name, p := range map[string]ticket.Provider{
		"no Jira Cloud":       tickettest.Open(t, jira.Cloud(), map[string]string{"base_url": center.URL, "email": "a@example.com", "token": "x"}),
		"no Jira Data Center": tickettest.Open(t, jira.DataCenter(), map[string]string{"base_url": cloud.URL, "token": "x"}),
	} {
		findings, err := p.Check(t.Context(), "")
		if err != nil || len(findings) != 1 || !strings.Contains(findings[0].Problem, name) {
			t.Errorf("found %+v, %v; want %q", findings, err, name)
		}
	}
}

func TestOpenRefusesSettings(t *testing.T) {
	t.Parallel()
	for _, settings := range []map[string]string{
		{"base_url": "https://example.atlassian.net/jira/projects", "email": "a@example.com", "token": "t"},
		{"base_url": "https://example.atlassian.net", "email": "a:b@example.com", "token": "t"},
	} {
		clean, err := jira.Cloud().Validate(settings)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := jira.Cloud().Open(clean, nil); err == nil {
			t.Errorf("%v are taken", settings)
		}
	}
}

// TestOldHook asks a Jira that has no such interface, and one that does not let us.
func TestOldHook(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k kind, s *jiratest.Server) {
		hook := ticket.Hook{URL: "https://admit.example.com/webhooks/1", Secret: "secret", Projects: []string{jiratest.Access}}
		if k.name == "DataCenter" {
			s.SetVersion(9)
			_, err := k.open(t, s).Register(t.Context(), hook)
			if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Refused || !strings.Contains(f.Msg, "10 or newer") {
				t.Errorf("version 9: %+v", f)
			}
			s.SetVersion(10)
		}
		s.Deny("ADMINISTER")
		_, err := k.open(t, s).Register(t.Context(), hook)
		if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Refused && f.Trouble != ticket.Unauthorized {
			t.Errorf("no admin: %+v", f)
		}
	})
}

// TestManyHooks finds its webhook among many, and leaves others alone.
func TestManyHooks(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, k kind, s *jiratest.Server) {
		p, system := k.open(t, s), s.System(t)
		for n := range 5 {
			system.Listen(t, fmt.Sprintf("https://others.example.com/%d", n), "x")
		}
		hook := ticket.Hook{ID: "3", URL: "https://admit.example.com/webhooks/1", Secret: "secret"} // a note of another Jira
		first, err := p.Register(t.Context(), hook)
		if err != nil {
			t.Fatal(err)
		}
		again, err := p.Register(t.Context(), hook)
		if err != nil || again.ID != first.ID || system.Hooks(t) != 6 {
			t.Errorf("registered as %q and %q, %v; now there are %d", first.ID, again.ID, err, system.Hooks(t))
		}
		moved := first
		moved.URL = "https://new.example.com/webhooks/1"
		if moved, err = p.Register(t.Context(), moved); err != nil || moved.ID != first.ID {
			t.Errorf("at a new address: %+v, %v", moved, err)
		}
		if err := p.Unregister(t.Context(), moved); err != nil || system.Hooks(t) != 5 {
			t.Errorf("unregistered: %v, left are %d", err, system.Hooks(t))
		}
	})
}
