package apps

import (
	"strings"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/store"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ticketform"
	"admit/internal/web/ui"
)

// thing is an app as every page of it shows it.
type thing struct {
	access.App
	tab   string
	size  int // resources
	sync  part.SyncView
	edit  bool // what the actor may do with it
	all   bool // add resources, delete
	log   bool
	syncs bool
	moves bool // send tickets elsewhere
	rel   access.Relation
}

func (t thing) url() string { return "/apps/" + t.ID }

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
	a, err := v.Inventory.App(ctx, v.Actor, id)
	if err != nil {
		return thing{}, err
	}
	sizes, err := v.Inventory.AppSizes(ctx, v.Actor)
	if err != nil {
		return thing{}, err
	}
	rel, err := v.Inventory.AppRelation(ctx, v.Actor, id)
	if err != nil {
		return thing{}, err
	}
	may := func(do access.Action) bool { return v.Actor.May(do, rel) == nil }
	t := thing{
		App: a, tab: tab, size: sizes[a.ID], edit: may(access.EditApp), all: may(access.ManageInventory),
		log: may(access.SeeItsEvents), syncs: may(access.SyncResource), moves: may(access.RerouteChange), rel: rel,
	}
	if t.syncs {
		last, ok, err := v.Propagation.LastSync(ctx, a.ID)
		if err != nil {
			return t, err
		}
		t.sync = part.Sync(last, ok, v.R.URL.RequestURI(), "app:"+a.ID, v.Now)
	}
	return t, nil
}

func (t thing) shell() ui.Shell {
	return ui.Shell{Title: t.Name, Active: ui.NavApps, Live: []string{"app:" + t.ID}, Crumbs: []ui.Link{{Label: "Apps", URL: "/apps"}}}
}

func (t thing) tabs() []ui.Tab {
	all := []ui.Tab{
		{Label: "Overview", URL: t.url(), Active: t.tab == ""},
		{Label: "Resources", URL: t.url() + "/resources", Active: t.tab == "resources", Count: t.size},
	}
	if t.log {
		all = append(all, ui.Tab{Label: "Events", URL: t.url() + "/events", Active: t.tab == "events"})
	}
	if t.edit {
		all = append(all, ui.Tab{Label: "Settings", URL: t.url() + "/edit", Active: t.tab == "edit"})
	}
	return all
}

// listView is the list of apps.
type listView struct {
	rows   []listRow
	filter ui.Filter
	pager  ui.Pager
	csv    string
	add    bool
	found  bool
	admins bool // the admin owners are shown
}

type listRow struct {
	id, url, name, description string
	size                       int
	admins, adminsURL          string
	on                         bool
	tickets, project           string
}

func listModel(v *site.Visit, f store.AppFilter, found access.List[access.App], sizes map[string]int, owners map[string]string) listView {
	l := listView{
		filter: ui.Filter{Action: "/apps", Query: f.Search, Placeholder: "Search apps", Target: "apps"},
		pager:  part.Pager(v, found.Next, part.Shown(len(found.Items), "app", f.Page, found.Next)),
		csv:    part.CSVURL(v), found: f.Search != "", add: v.Actor.May(access.ManageInventory, 0) == nil, admins: owners != nil,
	}
	for _, a := range found.Items {
		l.rows = append(l.rows, listRow{
			id: a.ID, url: "/apps/" + a.ID, name: a.Name, description: a.Description, size: sizes[a.ID],
			admins: owners[a.AdminOwnerID], adminsURL: "/owners/" + a.AdminOwnerID,
			on: a.TicketsEnabled, tickets: ticketform.Short(a.TicketPolicy), project: a.TicketProjectName,
		})
	}
	return l
}

// overviewView is what the Overview says.
type overviewView struct {
	admins    ui.Link
	tickets   string
	provider  string
	trouble   string // of the provider
	elsewhere elsewhere
}

func (t thing) overview(v *site.Visit) (overviewView, error) {
	var o overviewView
	names, err := owners(v, []access.App{t.App})
	if err != nil {
		return o, err
	}
	if name := names[t.AdminOwnerID]; name != "" {
		o.admins = ui.Link{Label: name, URL: "/owners/" + t.AdminOwnerID}
	}
	if t.TicketsEnabled && t.TicketProviderID != nil {
		providers, err := v.Propagation.Providers(v.R.Context(), v.Actor)
		if err != nil && access.CodeOf(err) != access.Forbidden {
			return o, err
		}
		for _, p := range providers {
			if p.ID == *t.TicketProviderID {
				o.provider, o.trouble = p.Name, p.Trouble
			}
		}
	}
	o.tickets = ticketform.Words(t.TicketPolicy, o.provider)
	o.elsewhere, err = loadElsewhere(v, t)
	return o, err
}

// resourcesView is the list of an app's resources.
type resourcesView struct {
	rows   []resourceRow
	filter ui.Filter
	pager  ui.Pager
	counts bool
	found  bool
}

type resourceRow struct {
	id, url, name, description string
	users                      int
	reviewers, tickets         string
	own                        bool
}

func resourcesModel(v *site.Visit, t thing, f store.ResourceFilter, found access.List[inventory.ResourceView], sizes map[string]int) resourcesView {
	l := resourcesView{
		filter: ui.Filter{Action: t.url() + "/resources", Query: f.Search, Placeholder: "Search resources", Target: "resources"},
		pager:  part.Pager(v, found.Next, part.Shown(len(found.Items), "resource", f.Page, found.Next)),
		counts: sizes != nil, found: f.Search != "",
	}
	for _, r := range found.Items {
		row := resourceRow{
			id: r.ID, url: "/resources/" + r.ID, name: r.Name, description: r.Description, users: sizes[r.ID],
			own: r.OverridesTickets, tickets: ticketform.Short(access.TicketPolicyFor(t.App, r.Resource)),
		}
		switch n := len(r.Reviewers); {
		case !r.Requestable:
			row.reviewers = "Cannot be asked for"
		case r.AutoApprove:
			row.reviewers = "Approved at once"
		case n == 0:
			row.reviewers = "Nobody"
		case n == 1:
			row.reviewers = r.Reviewers[0].Name
		default:
			row.reviewers = r.Reviewers[0].Name + " and " + ui.Plural(n-1, "other")
		}
		l.rows = append(l.rows, row)
	}
	return l
}

// newInput is what is entered for a new app.
type newInput struct{ Name, Description, Admins string }

type formView struct {
	name        ui.Input
	description ui.Textarea
	admins      ui.Select
	tickets     ticketform.Form
	wrong       []ui.Problem
}

func newModel(in newInput, wrong part.Mistakes, owners []ui.Option) formView {
	f := formView{
		name: ui.Input{Field: ui.Field{Name: "name", Label: "Name", Required: true, Error: wrong.Of("name")}, Value: in.Name, Autocomplete: "off"},
		description: ui.Textarea{Field: ui.Field{
			Name: "description", Label: "Description", Error: wrong.Of("description"), Help: "What it is for. It stands in the catalog.",
		}, Value: in.Description},
		admins: ui.Select{Field: ui.Field{
			Name: "admin_owner_id", Label: "Admins", Required: true, Error: wrong.Of("admin_owner_id"),
			Help: "The owner whose users look after this app and, unless a resource says otherwise, make the changes.",
		}, Value: in.Admins, Empty: "Choose an owner", Options: owners},
	}
	f.wrong = wrong.Summary(f.name.Field, f.description.Field, f.admins.Field)
	return f
}

func editModel(in newInput, wrong part.Mistakes, owners []ui.Option, tickets ticketform.Form) formView {
	f := newModel(in, wrong, owners)
	f.admins.Empty, f.tickets = "", tickets
	fields := []ui.Field{f.name.Field, f.description.Field, f.admins.Field}
	if tickets.Enabled {
		fields = append(fields, tickets.Fields()...)
	}
	f.wrong = wrong.Summary(fields...)
	return f
}

func lines(text string) []string { return strings.Split(text, "\n") }
