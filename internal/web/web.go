// Package web lists the pages of the web UI. Each is a package of its own below
// this one.
package web

import (
	"admit/internal/web/account"
	"admit/internal/web/approvals"
	"admit/internal/web/apps"
	"admit/internal/web/catalog"
	"admit/internal/web/changes"
	"admit/internal/web/done"
	"admit/internal/web/events"
	"admit/internal/web/groups"
	"admit/internal/web/mine"
	"admit/internal/web/owners"
	"admit/internal/web/palette"
	"admit/internal/web/requests"
	"admit/internal/web/resources"
	"admit/internal/web/settings"
	"admit/internal/web/signin"
	"admit/internal/web/site"
	"admit/internal/web/tickets"
	"admit/internal/web/users"
	"admit/internal/web/work"
)

// New returns the web UI.
func New(services site.Services) *site.Site {
	s := site.New(services)
	for _, register := range []func(*site.Site){
		signin.Register, account.Register, palette.Register,
		catalog.Register, requests.Register, approvals.Register, mine.Register, work.Register, tickets.Register, changes.Register, done.Register,
		apps.Register, resources.Register, owners.Register, users.Register, groups.Register,
		events.Register, settings.Register,
	} {
		register(s)
	}
	return s
}
