package users

import (
	"net/url"
	"time"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// thing is a user, and what the actor may do with it.
type thing struct {
	access.User
	edit bool
}

func (t thing) url() string { return "/users/" + t.ID }

func (t thing) shell() ui.Shell {
	return ui.Shell{Title: t.Name(), Active: ui.NavUsers, Live: []string{"user:" + t.ID}, Crumbs: []ui.Link{{Label: "Users", URL: "/users"}}}
}

// lead is what stands below the name.
func (t thing) lead() string {
	switch {
	case t.DeletedAt != nil:
		return "Deleted. What is left to remove is still carried out."
	case t.Position != "":
		return t.Position
	}
	return ""
}

type listView struct {
	rows   []listRow
	filter ui.Filter
	pager  ui.Pager
	csv    string
	add    bool
	found  bool
}

type listRow struct {
	id       string
	person   ui.Person
	position string
	role     access.Role
}

func listModel(v *site.Visit, f store.UserFilter, found access.List[access.User]) listView {
	roles := ui.Select{Field: ui.Field{Name: "role", Label: "Role"}, Value: string(f.Role), Empty: "Any role"}
	for _, r := range access.Roles {
		roles.Options = append(roles.Options, ui.Option{Value: string(r), Label: roleWord(r)})
	}
	l := listView{
		filter: ui.Filter{Action: "/users", Query: f.Search, Placeholder: "Search users", Target: "users", Selects: []ui.Select{roles}},
		pager:  part.Pager(v, found.Next, part.Shown(len(found.Items), "user", f.Page, found.Next)),
		csv:    part.CSVURL(v), add: v.Actor.May(access.ManageInventory, 0) == nil, found: f.Search != "" || f.Role != "",
	}
	for _, u := range found.Items {
		l.rows = append(l.rows, listRow{id: u.ID, person: part.Person(u, true), position: u.Position, role: u.Role})
	}
	return l
}

func roleWord(r access.Role) string {
	switch r {
	case access.Admin:
		return "Admin"
	case access.Auditor:
		return "Auditor"
	case access.Member:
		return "Member"
	}
	return string(r)
}

func roleTone(r access.Role) ui.Tone {
	if r == access.Admin {
		return ui.Accent
	}
	return ui.Neutral
}

// input is what the form of a user holds.
type input struct{ Email, First, Last, Position, Role string }

func stored(u access.User) input {
	return input{Email: u.Email, First: u.FirstName, Last: u.LastName, Position: u.Position, Role: string(u.Role)}
}

func read(form url.Values) input {
	return input{
		Email: form.Get("email"), First: form.Get("first_name"), Last: form.Get("last_name"), Position: form.Get("position"), Role: form.Get("role"),
	}
}

type formView struct {
	email, first, last, position ui.Input
	role                         ui.Radio
	wrong                        []ui.Problem
}

func formModel(in input, wrong part.Mistakes) formView {
	line := func(name, label, value string) ui.Input {
		return ui.Input{Field: ui.Field{Name: name, Label: label, Error: wrong.Of(name)}, Value: value, Autocomplete: "off"}
	}
	f := formView{
		email: line("email", "E-mail", in.Email), first: line("first_name", "First name", in.First),
		last: line("last_name", "Last name", in.Last), position: line("position", "Position", in.Position),
		role: ui.Radio{Field: ui.Field{Name: "role", Label: "Role", Required: true, Error: wrong.Of("role")}, Value: in.Role, Options: []ui.Option{
			{Value: string(access.Member), Label: "Member", Help: "Asks for access, and decides where an owner names them."},
			{Value: string(access.Auditor), Label: "Auditor", Help: "Sees everything, changes nothing."},
			{Value: string(access.Admin), Label: "Admin", Help: "May do everything."},
		}},
	}
	f.email.Type, f.email.Required = "email", true
	f.email.Help = "It is how ticket providers find their account."
	f.wrong = wrong.Summary(f.email.Field, f.first.Field, f.last.Field, f.position.Field, f.role.Field)
	return f
}

// oneView is the page of a user.
type oneView struct {
	rows   []row
	levels bool
	pager  ui.Pager
	mine   bool // the holdings may be seen
	owners []ui.Link
	people bool // the owners may be seen
	now    time.Time
}

// row is something the user has.
type row struct {
	id, resource, app, url string
	level                  string
	why                    ui.Link
	held                   bool
	ends                   time.Time
	mark                   ui.MarkView
	ticket                 ui.TicketRef
}

// oneModel loads what a user has and the owners they are in, as far as the actor
// may see them.
func oneModel(v *site.Visit, t thing) (oneView, error) {
	ctx := v.R.Context()
	o := oneView{now: v.Now}
	page := part.Page(v)
	held, err := v.Inventory.Access(ctx, v.Actor, t.ID, page)
	switch {
	case access.CodeOf(err) == access.NotFound: // a resource admin may see who somebody is, not what they have
	case err != nil:
		return o, err
	default:
		o.mine = true
		if err := o.add(v, held, page); err != nil {
			return o, err
		}
	}
	owners, err := v.Inventory.Owners(ctx, v.Actor, store.OwnerFilter{UserID: t.ID, Page: access.Page{Size: access.MaxPage}})
	if access.CodeOf(err) == access.Forbidden {
		return o, nil
	}
	o.people = true
	for _, each := range owners.Items {
		o.owners = append(o.owners, ui.Link{Label: each.Name, URL: "/owners/" + each.ID})
	}
	return o, err
}

func (o *oneView) add(v *site.Visit, held access.List[access.Holding], page access.Page) error {
	names, err := part.Names(v, part.Actors(held.Items))
	if err != nil {
		return err
	}
	o.pager = part.Pager(v, held.Next, part.Shown(len(held.Items), "resource", page, held.Next))
	for _, h := range held.Items {
		o.levels = o.levels || h.LevelName != ""
		o.rows = append(o.rows, row{
			id: "slot-" + h.Slot.ID, resource: h.Resource.Name, app: h.App.Name, url: "/resources/" + h.ResourceID, level: h.LevelName,
			why: part.Why(h, names), held: len(h.Grants) > 0, ends: part.Ends(h), mark: part.Opening(part.Mark(h, v.Now), h), ticket: part.Ticket(h),
		})
	}
	return nil
}

// deleteText names what follows from deleting a user.
func deleteText(v *site.Visit, t thing) ([]string, error) {
	held, err := v.Inventory.Access(v.R.Context(), v.Actor, t.ID, access.Page{Size: access.MaxPage})
	if err != nil {
		return nil, err
	}
	n := ui.Plural(len(held.Items), "removal")
	if held.Next != "" {
		n = "More than " + n
	}
	text := []string{n + " will be carried out: by ticket where tickets are on, else only written down."}
	if len(held.Items) == 0 {
		text = []string{"They have nothing that would have to be removed."}
	}
	return append(text, "They leave every owner and group, their waiting requests are canceled, and they cannot sign in any more. Their history stays in the events."), nil
}
