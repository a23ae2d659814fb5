package resources

import (
	"time"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/request"
	"admit/internal/store"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ticketform"
	"admit/internal/web/ui"
)

// thing is a resource as every page of it shows it.
type thing struct {
	inventory.ResourceView
	tab     string
	users   int
	sync    part.SyncView
	edit    bool // what the actor may do with it
	holders bool
	change  bool
	syncs   bool
	log     bool
	remove  bool
}

func (t thing) url() string { return "/resources/" + t.ID }

func (t thing) policy() access.TicketPolicy { return access.TicketPolicyFor(t.App, t.Resource) }

// weight is that of the Sync button: a page has one primary button, and the
// settings have Save.
func (t thing) weight() ui.Variant {
	if t.tab == "edit" {
		return ui.Plain
	}
	return ui.Primary
}

func load(v *site.Visit, tab string) (thing, error) {
	ctx := v.R.Context()
	id, err := v.ID("id")
	if err != nil {
		return thing{}, err
	}
	r, err := v.Inventory.Resource(ctx, v.Actor, id)
	if err != nil {
		return thing{}, err
	}
	may := func(do access.Action) bool { return v.Actor.May(do, r.Relation) == nil }
	t := thing{
		ResourceView: r, tab: tab, edit: may(access.EditResource), holders: may(access.SeeHolders), change: may(access.ChangeHolders),
		syncs: may(access.SyncResource), log: may(access.SeeItsEvents), remove: may(access.ManageInventory),
	}
	if t.holders {
		n, err := v.Inventory.ResourceSizes(ctx, v.Actor, []string{r.ID})
		if err != nil {
			return t, err
		}
		t.users = n[r.ID]
		last, ok, err := v.Propagation.LastSync(ctx, r.ID)
		if err != nil {
			return t, err
		}
		t.sync = part.Sync(last, ok, v.R.URL.RequestURI(), "resource:"+r.ID, v.Now)
	}
	return t, nil
}

func (t thing) shell() ui.Shell {
	return ui.Shell{
		Title: t.Name, Active: ui.NavResources, Live: []string{"resource:" + t.ID},
		Crumbs: []ui.Link{{Label: "Resources", URL: "/resources"}, {Label: t.App.Name, URL: "/apps/" + t.AppID}},
	}
}

func (t thing) tabs() []ui.Tab {
	all := []ui.Tab{{Label: "Overview", URL: t.url(), Active: t.tab == ""}}
	add := func(show bool, name, label string, count int) {
		if show {
			all = append(all, ui.Tab{Label: label, URL: t.url() + "/" + name, Active: t.tab == name, Count: count})
		}
	}
	add(t.holders, "users", "Users", t.users)
	add(true, "requests", "Requests", 0)
	add(t.log, "events", "Events", 0)
	add(t.edit, "edit", "Settings", 0)
	return all
}

// listView is the list of resources.
type listView struct {
	rows   []listRow
	filter ui.Filter
	pager  ui.Pager
	csv    string
	counts bool // how many have a resource is shown
	add    string
	found  bool // something is searched for
}

type listRow struct {
	id, name, url string
	app, appURL   string
	users         int
	reviewers     string
	tickets       string
	on            bool
}

func listModel(v *site.Visit, f store.ResourceFilter, found access.List[inventory.ResourceView], apps []access.App, sizes map[string]int) listView {
	options := make([]ui.Option, len(apps))
	for i, a := range apps {
		options[i] = ui.Option{Value: a.ID, Label: a.Name}
	}
	l := listView{
		filter: ui.Filter{
			Action: "/resources", Query: f.Search, Placeholder: "Search resources and apps", Target: "resources",
			Selects: []ui.Select{{Field: ui.Field{Name: "app", Label: "App"}, Value: f.AppID, Empty: "All apps", Options: options}},
		},
		pager: part.Pager(v, found.Next, part.Shown(len(found.Items), "resource", f.Page, found.Next)),
		csv:   part.CSVURL(v), counts: sizes != nil, found: f.Search != "" || f.AppID != "",
	}
	if v.Actor.May(access.ManageInventory, 0) == nil {
		l.add = "/resources/new"
		if f.AppID != "" {
			l.add += "?app=" + f.AppID
		}
	}
	for _, r := range found.Items {
		l.rows = append(l.rows, listRow{
			id: r.ID, name: r.Name, url: "/resources/" + r.ID, app: r.App.Name, appURL: "/apps/" + r.AppID, users: sizes[r.ID],
			reviewers: reviewed(r), tickets: tickets(r), on: access.TicketPolicyFor(r.App, r.Resource).TicketsEnabled,
		})
	}
	return l
}

func tickets(r inventory.ResourceView) string {
	return ticketform.Short(access.TicketPolicyFor(r.App, r.Resource))
}

func names(owners []access.Owner) []string {
	all := make([]string, len(owners))
	for i, o := range owners {
		all[i] = o.Name
	}
	return all
}

// reviewed says who reviews, in a few words.
func reviewed(r inventory.ResourceView) string {
	switch n := len(r.Reviewers); {
	case !r.Requestable:
		return "Cannot be asked for"
	case r.AutoApprove:
		return "Approved at once"
	case n == 0:
		return "Nobody"
	case n == 1:
		return r.Reviewers[0].Name
	default:
		return r.Reviewers[0].Name + " and " + ui.Plural(n-1, "other")
	}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// overviewView is what the Overview says of a resource.
type overviewView struct {
	admins    ui.Link
	reviewers []ui.Link
	policy    string // who may ask, in a sentence
	longest   string
	usual     string
	levels    []string
	tickets   string
	from      string // whose ticket settings hold
}

func (t thing) overview(v *site.Visit) (overviewView, error) {
	o := overviewView{policy: asking(t.ResourceView), longest: span(t.MaxMinutes, "No limit"), usual: span(t.RecommendedMinutes, ""), from: "As its app says."}
	if t.OverridesTickets {
		o.from = "Settings of its own."
	}
	for _, l := range t.Levels {
		o.levels = append(o.levels, l.Name)
	}
	owners, err := v.Inventory.Owners(v.R.Context(), v.Actor, store.OwnerFilter{IDs: []string{t.AdminOwnerID}})
	known := err == nil
	if err != nil && access.CodeOf(err) != access.Forbidden {
		return o, err
	}
	for _, owner := range owners.Items {
		o.admins = ui.Link{Label: owner.Name, URL: "/owners/" + owner.ID}
	}
	for _, owner := range t.Reviewers {
		link := ui.Link{Label: owner.Name}
		if known {
			link.URL = "/owners/" + owner.ID
		}
		o.reviewers = append(o.reviewers, link)
	}
	o.tickets, err = ticketWords(v, t.policy())
	return o, err
}

// ticketWords says a policy in words, with the provider's name for those who may
// know it.
func ticketWords(v *site.Visit, p access.TicketPolicy) (string, error) {
	name := ""
	if p.TicketsEnabled && p.TicketProviderID != nil {
		providers, err := v.Propagation.Providers(v.R.Context(), v.Actor)
		if err != nil && access.CodeOf(err) != access.Forbidden {
			return "", err
		}
		for _, x := range providers {
			if x.ID == *p.TicketProviderID {
				name = x.Name
			}
		}
	}
	return ticketform.Words(p, name), nil
}

func asking(r inventory.ResourceView) string {
	switch {
	case !r.Requestable:
		return "Nobody can ask for it. Its admins give it by hand."
	case r.AutoApprove:
		return "Everybody may ask, and has it at once: nobody reviews."
	case len(r.Reviewers) == 0:
		return "Everybody may ask, but nobody is named to review. Name reviewers in its settings."
	}
	return "Everybody may ask."
}

func span(minutes *int, none string) string {
	if minutes == nil {
		return none
	}
	return ui.Duration(time.Duration(*minutes) * time.Minute)
}

// requestRow is one request for the resource.
type requestRow struct {
	id, url   string
	target    ui.Person
	asked     string
	level     string
	wants     string
	state     string
	createdAt time.Time
}

func requestRows(views []request.View, resourceID string) []requestRow {
	rows := make([]requestRow, len(views))
	for i, q := range views {
		r := requestRow{
			id: q.ID, url: "/requests/" + q.ID, target: part.Person(q.Target, false), asked: "themselves", state: string(q.State),
			wants: span(q.Minutes, "No end"), createdAt: q.CreatedAt,
		}
		if q.RequesterID != q.TargetUserID {
			r.asked = q.Requester.Name()
		}
		for _, item := range q.Items {
			if item.ResourceID == resourceID {
				r.level = item.LevelName
			}
		}
		rows[i] = r
	}
	return rows
}
