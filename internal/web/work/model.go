package work

import (
	"cmp"
	"time"

	"admit/internal/access"
	"admit/internal/propagation"
	"admit/internal/store"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// tab is one of the lists of the page.
type tab struct {
	name, path, label string
	narrow            func(f *store.ChangeFilter, v *site.Visit)
	empty             emptiness
}

// emptiness is what a list says when it has no rows.
type emptiness struct{ icon, title, text string }

var tabs = []tab{
	{
		"open", "/work", "All open", func(f *store.ChangeFilter, _ *site.Visit) { f.Live = true },
		emptiness{"check", "Nothing is under way", "When somebody is given access or loses it, the change stands here, with its ticket, until the end system agrees. You see the changes you look after; what you asked for yourself is under My access."},
	},
	{
		"mine", "/work/mine", "Mine", func(f *store.ChangeFilter, v *site.Visit) { f.Live, f.AssigneeID = true, v.Actor.UserID },
		emptiness{"inbox", "Nothing is assigned to you", "Tickets for access you look after come to you here. Take one from All open if you want to help."},
	},
	{
		"attention", "/work/attention", "Needs attention", func(f *store.ChangeFilter, _ *site.Visit) { f.States = []access.ChangeState{access.NeedsAttention} },
		emptiness{"check", "Nothing needs a decision", "When a ticket is refused, declined, lost or closed in a way that says neither yes nor no, it waits here for a person."},
	},
	{
		"unassigned", "/work/unassigned", "Unassigned", func(f *store.ChangeFilter, _ *site.Visit) { f.Live, f.Unassigned = true, true },
		emptiness{"user-check", "Everything has somebody", "A ticket nobody has stands here, with the reason: most often the people who could make the change have no account at the ticket provider."},
	},
	{
		"done", "/work/done", "Done lately", func(f *store.ChangeFilter, v *site.Visit) { after := v.Now.Add(-lately); f.EndedAfter = &after },
		emptiness{"history", "Nothing ended in the last two weeks", "Changes that are complete, or that ended otherwise, are listed here for two weeks. Events has all of them."},
	},
}

// model is all the page shows.
type model struct {
	tab      tab
	tabs     []ui.Tab
	stats    []ui.Stat
	filter   ui.Filter
	filtered bool
	rows     []row
	pager    ui.Pager
	url, csv string
	now      time.Time
}

// row is one change.
type row struct {
	id         string
	person     ui.Person
	removal    bool
	what       ui.Link
	where      string // app and level
	mark       ui.MarkView
	waiting    string
	ticket     ui.TicketRef
	assignee   ui.Person
	unassigned string // why nobody is; "" if somebody is, or if there is no ticket
	since      time.Time
	actions    []action
}

// action is one entry of a row's menu. With post it is a form, else a link.
type action struct {
	url    string
	post   bool
	button ui.Button
}

func rowOf(item propagation.WorkItem, actor access.Actor, here string) row {
	c := item.AccessChange
	r := row{
		id: "change-" + c.ID, person: ui.Person{Name: cmp.Or(c.UserName, c.UserEmail), Email: c.UserEmail},
		removal: c.Direction == access.ToRemove, what: ui.Link{Label: c.ResourceName, URL: "/resources/" + c.ResourceID},
		where: c.AppName, mark: site.ChangeMark("mark-"+c.ID, c, ""), waiting: item.WaitingFor.String(), since: c.StateAt,
		actions: actions(item, actor, here),
	}
	r.mark.Waiting, r.mark.URL = "", part.ChangeURL(c.ID)
	if r.person.Name == r.person.Email {
		r.person.Email = ""
	}
	if actor.May(access.SeeUser, self(actor, c.UserID)) == nil {
		r.person.URL = "/users/" + c.UserID
	}
	if c.LevelName != "" {
		r.where += ", " + c.LevelName
	}
	if r.waiting == "" {
		r.waiting = site.Sentence(c.Detail)
	}
	if t := item.Ticket; t != nil {
		r.ticket = ui.TicketRef{ID: "ticket-" + t.ID, Identifier: cmp.Or(t.Identifier, "not filed"), URL: "/tickets/" + t.ID, Removal: r.removal}
		r.assignee = ui.Person{Name: t.AssigneeName}
		if t.AssigneeName == "" && t.State == access.TicketOpen {
			r.unassigned = cmp.Or(t.Unassigned, "nobody took it")
		}
	}
	return r
}

// actions is what the actor can do about a change right from its row.
func actions(item propagation.WorkItem, actor access.Actor, here string) []action {
	var all []action
	add := func(url string, post bool, b ui.Button) { all = append(all, action{url, post, b}) }
	next := "?" + query("next", here)
	if item.State == access.NeedsAttention && actor.May(access.RetryChange, item.Relation) == nil {
		add("/changes/"+item.ID+"/retry"+next, true, ui.Button{Label: "Try again", Icon: "rotate-ccw", Busy: "Trying…"})
	}
	for _, b := range part.Ways(item, actor, here) {
		add(b.URL, false, b)
	}
	t := item.Ticket
	if t == nil {
		return all
	}
	base := "/tickets/" + t.ID
	if item.Desk && t.State == access.TicketOpen && actor.May(access.WorkTicket, item.Relation) == nil {
		if item.Relation&access.IsAssignee == 0 {
			add(base+"/take"+next, true, ui.Button{Label: "Take it", Icon: "hand", Busy: "Taking…"})
		}
		if item.UserID != actor.UserID {
			add(base+"/close"+next, true, ui.Button{Label: "Done", Icon: "check", Name: "outcome", Value: "yes", Busy: "Closing…"})
		}
		add(base+"/decline", false, ui.Button{Label: "Won’t do", Icon: "x", URL: base + "/decline", Dialog: true})
	}
	if !item.Desk && site.Outside(t.URL) {
		add(t.URL, false, ui.Button{Label: "Open in " + item.Provider.Name, URL: t.URL, External: true})
	}
	return all
}

func self(actor access.Actor, userID string) access.Relation {
	if actor.UserID == userID {
		return access.IsSelf
	}
	return 0
}

func stats(counts map[access.ChangeState]int, unassigned int) []ui.Stat {
	people := counts[access.Open] + counts[access.Canceling]
	attention := counts[access.NeedsAttention]
	if total(counts) == 0 {
		return nil
	}
	all := []ui.Stat{
		{Label: "With people", Value: ui.Number(people), Note: "a ticket is open"},
		{Label: "With Admit", Value: ui.Number(total(counts) - people - attention), Note: "being filed or recorded"},
		{Label: "Needs attention", Value: ui.Number(attention), Note: "a person must decide", URL: "/work/attention"},
		{Label: "Unassigned", Value: ui.Number(unassigned), Note: "nobody has the ticket", URL: "/work/unassigned"},
	}
	if attention > 0 {
		all[2].Tone = ui.Bad
	}
	if unassigned > 0 {
		all[3].Tone = ui.Warn
	}
	return all
}

func total(counts map[access.ChangeState]int) int {
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return sum
}

func tabLinks(v *site.Visit, active tab, counts map[string]int) []ui.Tab {
	links := make([]ui.Tab, len(tabs))
	rest := v.With(map[string]string{"format": ""})[len(v.R.URL.Path):]
	for i, t := range tabs {
		links[i] = ui.Tab{Label: t.label, URL: t.path + rest, Active: t.name == active.name, Count: counts[t.name]}
	}
	return links
}

func filterBar(v *site.Visit, t tab, apps []access.App, providers []access.TicketProvider) ui.Filter {
	f := ui.Filter{Action: t.path, Query: v.Search("q"), Placeholder: "Search people, resources and tickets", Target: "work"}
	app := ui.Select{Field: ui.Field{Name: "app", Label: "App"}, Value: v.Query("app"), Empty: "Any app"}
	for _, a := range apps {
		app.Options = append(app.Options, ui.Option{Value: a.ID, Label: a.Name})
	}
	f.Selects = append(f.Selects, app)
	if len(providers) > 1 {
		provider := ui.Select{Field: ui.Field{Name: "provider", Label: "Ticket provider"}, Value: v.Query("provider"), Empty: "Any provider"}
		for _, p := range providers {
			provider.Options = append(provider.Options, ui.Option{Value: p.ID, Label: p.Name})
		}
		f.Selects = append(f.Selects, provider)
	}
	f.Selects = append(f.Selects, ui.Select{
		Field: ui.Field{Name: "direction", Label: "Direction"}, Value: v.Query("direction"), Empty: "Give and take",
		Options: []ui.Option{{Value: string(access.ToGrant), Label: "Give access"}, {Value: string(access.ToRemove), Label: "Take away"}},
	})
	return f
}

var csvHead = []string{
	"change_id", "person", "email", "app", "resource", "level", "direction", "cause", "state", "attention", "provider", "ticket", "ticket_url",
	"assignee", "why_unassigned", "waiting_for", "in_state_since", "started", "ended",
}

func csvRow(item propagation.WorkItem) []string {
	c := item.AccessChange
	t, provider := access.Ticket{}, ""
	if item.Ticket != nil {
		t = *item.Ticket
	}
	if item.Provider != nil {
		provider = item.Provider.Name
	}
	ended := ""
	if c.EndedAt != nil {
		ended = stamp(*c.EndedAt)
	}
	return []string{
		c.ID, c.UserName, c.UserEmail, c.AppName, c.ResourceName, c.LevelName, string(c.Direction), string(c.Cause), string(c.State),
		string(c.Attention), provider, t.Identifier, t.URL, t.AssigneeName, t.Unassigned, item.WaitingFor.String(), stamp(c.StateAt), stamp(c.CreatedAt), ended,
	}
}
