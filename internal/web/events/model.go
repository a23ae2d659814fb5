package events

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// nounNames is what events can be about: the part of a type before the dot.
var nounNames = map[string]string{
	"user": "People", "group": "Groups", "owner": "Owners", "app": "Apps", "resource": "Resources", "request": "Requests",
	"grant": "Grants", "change": "Access changes", "ticket": "Tickets", "provider": "Ticket providers", "token": "API tokens",
	"session": "Sign-ins", "password": "Passwords", "sync": "Syncs", "system": "Admit itself",
	"waiver": "Removals given up", "storm": "Tickets held back",
}

// model is all the page shows.
type model struct {
	topic    string // that refreshes the list; "" for none
	filter   ui.Filter
	hidden   []field // filters by id, kept in the form
	only     []ui.Link
	from, to string
	csv      string
	filtered bool
	rows     []row
	pager    ui.Pager
	now      time.Time
}

type field struct{ name, value string }

// row is one event.
type row struct {
	id      string
	at      time.Time
	who     ui.Person // Name "" is Admit itself
	how     string    // the way it came, and what made it necessary
	summary string
	about   []ui.Link
	details []field
}

func modelOf(v *site.Visit, f store.EventFilter, list access.List[access.Event]) model {
	m := model{now: v.Now, csv: part.CSVURL(v), filter: filterBar(v), from: dateOf(v, "from"), to: dateOf(v, "to")}
	for _, e := range list.Items {
		m.rows = append(m.rows, rowOf(e, v))
	}
	for name, id := range ids(&f) {
		if *id != "" {
			m.hidden = append(m.hidden, field{name, *id})
			m.only = append(m.only, ui.Link{Label: only(name, *id, list.Items), URL: v.With(map[string]string{name: ""})})
		}
	}
	slices.SortFunc(m.hidden, func(a, b field) int { return strings.Compare(a.name, b.name) })
	slices.SortFunc(m.only, func(a, b ui.Link) int { return strings.Compare(a.Label, b.Label) })
	m.filtered = len(v.R.URL.Query()) > 0
	m.pager = part.Pager(v, list.Next, part.Shown(len(m.rows), "event", f.Page, list.Next))
	return m
}

func dateOf(v *site.Visit, name string) string {
	if _, err := time.Parse(time.DateOnly, v.Query(name)); err != nil {
		return ""
	}
	return v.Query(name)
}

func filterBar(v *site.Visit) ui.Filter {
	types := ui.Select{Field: ui.Field{Name: "type", Label: "About"}, Value: v.Query("type"), Empty: "Everything"}
	for _, noun := range slices.Sorted(maps.Keys(nounNames)) {
		types.Options = append(types.Options, ui.Option{Value: noun, Label: nounNames[noun]})
	}
	slices.SortFunc(types.Options, func(a, b ui.Option) int { return strings.Compare(a.Label, b.Label) })
	return ui.Filter{
		Action: "/events", Query: v.Search("q"), Placeholder: "Search what happened, and who did it", Target: "events", Selects: []ui.Select{types},
	}
}

// only says in words what a filter by id leaves.
func only(name, id string, events []access.Event) string {
	if name != "actor" {
		return "Only one " + name
	}
	for _, e := range events {
		if e.ActorID != nil && *e.ActorID == id {
			return "Only by " + e.ActorName
		}
	}
	return "Only by one person"
}

func rowOf(e access.Event, v *site.Visit) row {
	r := row{id: "event-" + e.ID, at: e.At, summary: e.Summary, how: how(e), about: about(e), details: details(e)}
	if e.ActorID != nil {
		r.who = ui.Person{Name: cmp.Or(e.ActorName, "Somebody"), URL: v.With(map[string]string{"actor": *e.ActorID})}
	} else {
		r.summary = site.Sentence(e.Summary)
	}
	return r
}

// how says the way an event came, and what made it necessary.
func how(e access.Event) string {
	var parts []string
	switch e.Via {
	case "api":
		parts = append(parts, strings.TrimSpace("by the API "+quoted(e.TokenName)))
	case "cli":
		parts = append(parts, "on the command line")
	case "web", "system", "":
	default:
		parts = append(parts, "via "+e.Via)
	}
	if e.ActorID != nil { // the person is the cause
		return strings.Join(parts, ", ")
	}
	switch e.Cause {
	case access.ByRequest:
		parts = append(parts, "because of a request")
	case access.ByAdmin:
		parts = append(parts, "by hand")
	case access.ByExpiry:
		parts = append(parts, "because the time was over")
	case access.BySelf:
		parts = append(parts, "because it was given back")
	case access.BySystem:
		parts = append(parts, "because something was removed")
	}
	return strings.Join(parts, ", ")
}

func quoted(token string) string {
	if token == "" {
		return ""
	}
	return "with token “" + token + "”"
}

// objects names the things an event is about, in the order of their links.
func objects(e access.Event) []struct {
	name, path string
	id         *string
} {
	return []struct {
		name, path string
		id         *string
	}{
		{"Person", "/users/", e.UserID},
		{"Resource", "/resources/", e.ResourceID},
		{"App", "/apps/", e.AppID},
		{"Request", "/requests/", e.RequestID},
		{"Ticket", "/tickets/", e.TicketID},
		{"Owner", "/owners/", e.OwnerID},
		{"Group", "/groups/", e.GroupID},
		{"Ticket provider", "/settings/providers/", e.ProviderID},
	}
}

// about links to what an event is about, most of all: the app of a resource and
// the provider of a ticket are one click further.
func about(e access.Event) []ui.Link {
	var links []ui.Link
	for _, o := range objects(e) {
		if o.name == "App" && e.ResourceID != nil || o.name == "Ticket provider" && e.ChangeID != nil {
			continue
		}
		if o.id != nil {
			links = append(links, ui.Link{Label: o.name, URL: o.path + *o.id})
		}
	}
	return links
}

// details are the facts that are not in the sentence.
func details(e access.Event) []field {
	all := []field{{"Type", string(e.Type)}, {"Exact time", ui.Exact(e.At)}, {"Way", cmp.Or(e.Via, "unknown")}}
	if e.TokenName != "" {
		all = append(all, field{"API token", e.TokenName})
	}
	for _, name := range slices.Sorted(maps.Keys(e.Data)) {
		if e.Data[name] != "" {
			all = append(all, field{strings.ReplaceAll(name, "_", " "), e.Data[name]})
		}
	}
	for _, o := range objects(e) {
		if o.id != nil {
			all = append(all, field{o.name + " id", *o.id})
		}
	}
	for _, x := range []struct {
		name string
		id   *string
	}{{"Access change id", e.ChangeID}, {"Grant id", e.GrantID}, {"Actor id", e.ActorID}} {
		if x.id != nil {
			all = append(all, field{x.name, *x.id})
		}
	}
	return append(all, field{"Event id", e.ID})
}

var csvHead = []string{
	"id", "at", "type", "actor", "actor_id", "via", "token", "cause", "summary", "user_id", "resource_id", "app_id", "request_id", "grant_id",
	"change_id", "ticket_id", "owner_id", "group_id", "provider_id", "data",
}

func csvRow(e access.Event) []string {
	data, err := json.Marshal(e.Data)
	if err != nil {
		data = nil
	}
	row := []string{
		e.ID, e.At.UTC().Format(time.RFC3339Nano), string(e.Type), e.ActorName, deref(e.ActorID), e.Via, e.TokenName, string(e.Cause), e.Summary,
	}
	for _, id := range []*string{
		e.UserID, e.ResourceID, e.AppID, e.RequestID, e.GrantID, e.ChangeID, e.TicketID, e.OwnerID, e.GroupID, e.ProviderID,
	} {
		row = append(row, deref(id))
	}
	return append(row, string(data))
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
