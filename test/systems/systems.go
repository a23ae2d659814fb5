// Package systems lists the ticket systems that stories are told on: a fake
// server of each kind that cannot run on this machine.
package systems

import (
	"testing"

	"admit/internal/ticket"
	"admit/internal/ticket/freshservice"
	"admit/internal/ticket/freshservice/freshservicetest"
	"admit/internal/ticket/github"
	"admit/internal/ticket/github/githubtest"
	"admit/internal/ticket/gitlab"
	"admit/internal/ticket/gitlab/gitlabtest"
	"admit/internal/ticket/jira"
	"admit/internal/ticket/jira/jiratest"
	"admit/internal/ticket/linear"
	"admit/internal/ticket/linear/lineartest"
	"admit/internal/ticket/servicenow"
	"admit/internal/ticket/servicenow/servicenowtest"
	"admit/internal/ticket/shortcut"
	"admit/internal/ticket/shortcut/shortcuttest"
	"admit/internal/ticket/tickettest"
	"admit/internal/ticket/zendesk"
	"admit/internal/ticket/zendesk/zendesktest"
)

// System is a kind of provider with a server to try it on.
type System struct {
	Spec  func() ticket.Spec
	Start func(t *testing.T) tickettest.System
}

// All returns every kind that has a fake server.
func All() []System {
	return []System{
		{jira.Cloud, func(t *testing.T) tickettest.System { return jiratest.Cloud(t, nil).System(t) }},
		{jira.DataCenter, func(t *testing.T) tickettest.System { return jiratest.DataCenter(t).System(t) }},
		{servicenow.Spec, func(t *testing.T) tickettest.System { return servicenowtest.Start(t).System(t) }},
		{linear.Spec, func(t *testing.T) tickettest.System { return lineartest.Start(t).System(t) }},
		{github.Spec, func(t *testing.T) tickettest.System { return githubtest.Start(t).System(t) }},
		{gitlab.Spec, func(t *testing.T) tickettest.System { return gitlabtest.Start(t).System(t) }},
		{zendesk.Spec, func(t *testing.T) tickettest.System { return zendesktest.Start(t).System(t) }},
		{freshservice.Spec, func(t *testing.T) tickettest.System { return freshservicetest.Start(t).System(t) }},
		{shortcut.Spec, func(t *testing.T) tickettest.System { return shortcuttest.Start(t).System(t) }},
	}
}
