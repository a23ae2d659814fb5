package work

import (
	"cmp"
	"slices"
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
	counted           bool // by itself; the others' numbers are known
	rare              bool // not shown while it is empty
	narrow            func(f *store.ChangeFilter, v *site.Visit)
	empty             emptiness
}

// byAssignee reports whether a list can be narrowed to somebody.
func (t tab) byAssignee() bool { return t.name != "mine" && t.name != "unassigned" }

// emptiness is what a list says when it has no rows.
type emptiness struct{ icon, title, text string }

var tabs = []tab{
	{
		name: "open", path: "/work", label: "All open",
		narrow: func(f *store.ChangeFilter, _ *site.Visit) { f.Live = true },
		empty:  emptiness{"check", "Nothing is under way", "When somebody is given access or loses it, the change stands here, with its ticket, until the end system agrees. You see the changes you look after; what you asked for yourself is under My access."},
	},
	{
		name: "mine", path: "/work/mine", label: "Mine", counted: true,
		narrow: func(f *store.ChangeFilter, v *site.Visit) { f.Live, f.AssigneeID = true, v.Actor.UserID },
		empty:  emptiness{"inbox", "Nothing is assigned to you", "Tickets for access you look after come to you here. Take one from All open if you want to help."},
	},
	{
		name: "attention", path: "/work/attention", label: "Needs attention",
		narrow: func(f *store.ChangeFilter, _ *site.Visit) { f.States = []access.ChangeState{access.NeedsAttention} },
		empty:  emptiness{"check", "Nothing needs a decision", "When a ticket is refused, declined, lost or closed in a way that says neither yes nor no, it waits here for a person."},
	},
	{
		name: "late", path: "/work/late", label: "Late", counted: true,
		narrow: func(f *store.ChangeFilter, _ *site.Visit) { f.Late = true },
		empty:  emptiness{"timer", "Nothing is late", "A change that people have had for longer than its target, counted in working time, stands here until it is done."},
	},
	{
		name: "stuck", path: "/work/stuck", label: "Stuck", counted: true,
		narrow: func(f *store.ChangeFilter, _ *site.Visit) { f.Stuck = true },
		empty:  emptiness{"check", "Nothing is stuck", "What a person must decide about, and what cannot be filed because its ticket provider is in trouble, stands here with the reason."},
	},
	{
		name: "held", path: "/work/held", label: "Held back", counted: true, rare: true,
		narrow: func(f *store.ChangeFilter, _ *site.Visit) { f.Held = true },
		empty:  emptiness{"pause", "Nothing is held back", "When one act would open many tickets at once, its changes wait here until an admin lets them go."},
	},
	{
		name: "unassigned", path: "/work/unassigned", label: "Unassigned", counted: true,
		narrow: func(f *store.ChangeFilter, _ *site.Visit) { f.Live, f.Unassigned, f.AssigneeID = true, true, "" },
		empty:  emptiness{"user-check", "Everything has somebody", "A ticket nobody has stands here, with the reason: most often the people who could make the change have no account at the ticket provider."},
	},
	{
		name: "done", path: "/work/done", label: "Done lately",
		narrow: func(f *store.ChangeFilter, v *site.Visit) { f.EndedAfter = new(v.Now.Add(-lately)) },
		empty:  emptiness{"history", "Nothing ended in the last two weeks", "Changes that are complete, or that ended otherwise, are listed here for two weeks. Events has all of them."},
	},
}

// model is all the page shows.
type model struct {
	tab      tab
	tabs     []ui.Tab
	storms   []banner
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
	highRisk   bool
	mark       ui.MarkView
	waiting    string
	ticket     ui.TicketRef
	assignee   ui.Person
	unassigned string // why nobody is; "" if somebody is, or if there is no ticket
	since      time.Time
	late       time.Time // since when; zero if it is not, and was not
	ended      bool
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
		where: c.AppName, highRisk: item.Risk == access.HighRisk, mark: site.ChangeMark("mark-"+c.ID, c, ""), waiting: item.WaitingFor.String(), since: c.StateAt, ended: !c.State.Live(),
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
	if c.LateAt != nil {
		r.late = *c.LateAt
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

func stats(states map[access.ChangeState]int, counts map[string]int) []ui.Stat {
	people, all := states[access.Open]+states[access.Canceling], counts["open"]
	if all == 0 {
		return nil
	}
	with := "being filed or recorded"
	if held := counts["held"]; held > 0 {
		with = ui.Number(held) + " held back"
	}
	return []ui.Stat{
		{Label: "With people", Value: ui.Number(people), Note: "a ticket is open"},
		{Label: "With Admit", Value: ui.Number(all - people - counts["attention"]), Note: with},
		stat("Needs attention", counts["attention"], "a person must decide", "/work/attention", ui.Bad),
		stat("Late", counts["late"], "past its target", "/work/late", ui.Bad),
		stat("Unassigned", counts["unassigned"], "nobody has the ticket", "/work/unassigned", ui.Warn),
	}
}

// stat is a number that should be 0.
func stat(label string, n int, note, url string, tone ui.Tone) ui.Stat {
	s := ui.Stat{Label: label, Value: ui.Number(n), Note: note, URL: url}
	if n > 0 {
		s.Tone = tone
	}
	return s
}

func total(counts map[access.ChangeState]int) int {
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return sum
}

func tabLinks(v *site.Visit, active string, counts map[string]int) []ui.Tab {
	var links []ui.Tab
	rest := v.With(map[string]string{"format": ""})[len(v.R.URL.Path):]
	if active == overviewName { // it is filtered by other things
		rest = ""
	}
	for _, t := range tabs {
		if !t.rare || counts[t.name] > 0 || t.name == active {
			links = append(links, ui.Tab{Label: t.label, URL: t.path + rest, Active: t.name == active, Count: counts[t.name]})
		}
	}
	return append(links, ui.Tab{Label: "Overview", URL: "/work/" + overviewName, Active: active == overviewName})
}

func filterBar(v *site.Visit, t tab, apps []access.App, providers []access.TicketProvider, people []access.User) ui.Filter {
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
	if t.byAssignee() {
		f.Selects = append(f.Selects, assigneeSelect(v.Query("assignee"), people))
	}
	f.Selects = append(f.Selects, ui.Select{
		Field: ui.Field{Name: "direction", Label: "Direction"}, Value: v.Query("direction"), Empty: "Give and take",
		Options: []ui.Option{{Value: string(access.ToGrant), Label: "Give access"}, {Value: string(access.ToRemove), Label: "Take away"}},
	})
	return f
}

// assigneeSelect offers those who have tickets of the list. Whoever is chosen and
// has none stays chosen.
func assigneeSelect(chosen string, people []access.User) ui.Select {
	s := ui.Select{Field: ui.Field{Name: "assignee", Label: "Assignee"}, Value: chosen, Empty: "Any assignee"}
	for _, u := range people {
		s.Options = append(s.Options, ui.Option{Value: u.ID, Label: u.Name()})
	}
	if chosen != "" && !slices.ContainsFunc(people, func(u access.User) bool { return u.ID == chosen }) {
		s.Options = append(s.Options, ui.Option{Value: chosen, Label: "Somebody else"})
	}
	return s
}

var csvHead = []string{
	"change_id", "person", "email", "app", "resource", "level", "direction", "cause", "state", "attention", "provider", "ticket", "ticket_url",
	"assignee", "why_unassigned", "waiting_for", "in_state_since", "started", "ended",
	"late_since", "risk", "waits_for", "waits_for_what", "waits_since", "next", "next_at", "note",
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
	w := item.WaitingFor
	return []string{
		c.ID, c.UserName, c.UserEmail, c.AppName, c.ResourceName, c.LevelName, string(c.Direction), string(c.Cause), string(c.State),
		string(c.Attention), provider, t.Identifier, t.URL, t.AssigneeName, t.Unassigned, w.String(), stamp(&c.StateAt), stamp(&c.CreatedAt), stamp(c.EndedAt),
		stamp(c.LateAt), string(item.Risk), w.Who, w.What, stamp(&w.Since), w.Next, stamp(w.NextAt), w.Note,
	}
}
