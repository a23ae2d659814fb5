// Package web lists the pages of the web UI. Each is a package of its own below
// this one.
package web

import (
	"admit/internal/web/site"
)

// New returns the web UI.
func New(s site.Services) *site.Site {
	ui := site.New(s)
	return ui
}
