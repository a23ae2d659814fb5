package server

import (
	"time"

	"admit/internal/sqldb"
	"admit/internal/ticket"
	"admit/internal/ticket/builtin"
	"admit/internal/ticket/freshservice"
	"admit/internal/ticket/github"
	"admit/internal/ticket/gitlab"
	"admit/internal/ticket/jira"
	"admit/internal/ticket/linear"
	"admit/internal/ticket/requesttracker"
	"admit/internal/ticket/servicenow"
	"admit/internal/ticket/shortcut"
	"admit/internal/ticket/zendesk"
)

// registry lists every kind of ticket provider, in the order they are shown. A
// new kind is a folder below ticket and a line here.
func registry(db *sqldb.DB, url string, now func() time.Time) *ticket.Registry {
	return ticket.NewRegistry(
		builtin.Spec(db, url, now),
		jira.Cloud(),
		jira.DataCenter(),
		servicenow.Spec(),
		linear.Spec(),
		github.Spec(),
		gitlab.Spec(),
		zendesk.Spec(),
		freshservice.Spec(),
		shortcut.Spec(),
		requesttracker.Spec(),
	)
}
