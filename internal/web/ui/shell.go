package ui

import (
	"slices"
	"strconv"
	"strings"
)

// Nav names an entry of the main navigation.
type Nav string

// The entries, in the order they are shown.
const (
	NavCatalog   Nav = "catalog"
	NavAccess    Nav = "access"
	NavApprovals Nav = "approvals"
	NavWork      Nav = "work"
	NavApps      Nav = "apps"
	NavResources Nav = "resources"
	NavOwners    Nav = "owners"
	NavUsers     Nav = "users"
	NavGroups    Nav = "groups"
	NavEvents    Nav = "events"
	NavSettings  Nav = "settings"
)

// Shell is what the frame of a page shows around its content.
type Shell struct {
	Title  string   // of the browser's tab, without "Admit"
	Active Nav      // the entry that is current
	Hide   []Nav    // entries this person has no use for
	User   User     // who is signed in
	Counts Counts   // badges in the navigation
	Live   []string // topics that refresh this page, such as "resource:ID"
	Crumbs []Link   // the way here, without the page itself
	Flash  []Flash  // results of the last action
	Demo   bool     // show the demo line with the way to another persona
}

// User is the person who is signed in.
type User struct{ ID, Name, Email string }

// Counts are the badges of the navigation. Zero shows none.
type Counts struct{ Approvals, Work int }

// Link is a text that leads somewhere. An empty URL is text only.
type Link struct{ Label, URL string }

// navItem is one line of the navigation.
type navItem struct {
	nav         Nav
	label, icon string
	url         string
	count       int
}

// sections returns the navigation of this person: the daily part, the
// inventory, and the rest.
func (s Shell) sections() (daily, inventory, rest []navItem) {
	daily = s.shown([]navItem{
		{NavCatalog, "Catalog", "layout-grid", "/catalog", 0},
		{NavAccess, "My access", "key-round", "/access", 0},
		{NavApprovals, "Approvals", "inbox", "/approvals", s.Counts.Approvals},
		{NavWork, "Work", "ticket", "/work", s.Counts.Work},
	})
	inventory = s.shown([]navItem{
		{NavApps, "Apps", "app-window", "/apps", 0},
		{NavResources, "Resources", "boxes", "/resources", 0},
		{NavOwners, "Owners", "shield-check", "/owners", 0},
		{NavUsers, "Users", "user", "/users", 0},
		{NavGroups, "Groups", "users", "/groups", 0},
	})
	rest = s.shown([]navItem{
		{NavEvents, "Events", "scroll-text", "/events", 0},
		{NavSettings, "Settings", "settings", "/settings", 0},
	})
	return daily, inventory, rest
}

func (s Shell) shown(items []navItem) []navItem {
	return slices.DeleteFunc(items, func(i navItem) bool { return slices.Contains(s.Hide, i.nav) })
}

// topics are those of the page and the one of the person, whose badges change.
func (s Shell) topics() string {
	if s.User.ID == "" {
		return strings.Join(s.Live, " ")
	}
	return strings.Join(append([]string{"user:" + s.User.ID}, s.Live...), " ")
}

// badge writes a count, shortened so that it never widens the navigation.
func badge(n int) string {
	if n > 99 {
		return "99+"
	}
	return strconv.Itoa(n)
}
