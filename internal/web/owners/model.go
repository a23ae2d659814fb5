package owners

import (
	"net/url"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// thing is an owner with its users in order.
type thing struct {
	access.Owner
	users []access.User
	edit  bool
}

func (t thing) url() string { return "/owners/" + t.ID }

func (t thing) shell() ui.Shell {
	return ui.Shell{Title: t.Name, Active: ui.NavOwners, Live: []string{"owner:" + t.ID}, Crumbs: []ui.Link{{Label: "Owners", URL: "/owners"}}}
}

type listView struct {
	rows   []listRow
	filter ui.Filter
	pager  ui.Pager
	add    bool
	found  bool
}

type listRow struct {
	id, url, name, description string
	size                       int
	group                      ui.Link
}

func listModel(v *site.Visit, f store.OwnerFilter, found access.List[access.Owner], sizes map[string]int, groups []access.Group) listView {
	l := listView{
		filter: ui.Filter{Action: "/owners", Query: f.Search, Placeholder: "Search owners", Target: "owners"},
		pager:  part.Pager(v, found.Next, part.Shown(len(found.Items), "owner", f.Page, found.Next)),
		add:    v.Actor.May(access.ManageInventory, 0) == nil, found: f.Search != "",
	}
	for _, o := range found.Items {
		l.rows = append(l.rows, listRow{id: o.ID, url: "/owners/" + o.ID, name: o.Name, description: o.Description, size: sizes[o.ID], group: groupLink(o, groups)})
	}
	return l
}

func groupLink(o access.Owner, groups []access.Group) ui.Link {
	if o.SourceGroupID == nil {
		return ui.Link{}
	}
	for _, g := range groups {
		if g.ID == *o.SourceGroupID {
			return ui.Link{Label: g.Name, URL: "/groups/" + g.ID}
		}
	}
	return ui.Link{Label: "a group", URL: "/groups/" + *o.SourceGroupID}
}

// input is what the forms of an owner hold.
type input struct{ Name, Description, Group, Email string }

func stored(o access.Owner) input {
	in := input{Name: o.Name, Description: o.Description}
	if o.SourceGroupID != nil {
		in.Group = *o.SourceGroupID
	}
	return in
}

func read(form url.Values) input {
	return input{Name: form.Get("name"), Description: form.Get("description"), Group: form.Get("source_group_id")}
}

type formView struct {
	name        ui.Input
	description ui.Textarea
	group       ui.Select
	wrong       []ui.Problem
}

func formModel(in input, wrong part.Mistakes, groups []access.Group) formView {
	f := formView{
		name: ui.Input{Field: ui.Field{Name: "name", Label: "Name", Required: true, Error: wrong.Of("name")}, Value: in.Name, Autocomplete: "off"},
		description: ui.Textarea{Field: ui.Field{
			Name: "description", Label: "Description", Error: wrong.Of("description"), Help: "What these people are asked for.",
		}, Value: in.Description},
		group: ui.Select{Field: ui.Field{
			Name: "source_group_id", Label: "Take the people from a group", Error: wrong.Of("source_group_id"),
			Help: "Then the list follows the group, and is not edited here.",
		}, Value: in.Group, Empty: "No: name them here"},
	}
	for _, g := range groups {
		f.group.Options = append(f.group.Options, ui.Option{Value: g.ID, Label: g.Name})
	}
	f.wrong = wrong.Summary(f.name.Field, f.description.Field, f.group.Field)
	return f
}

// oneView is the page of an owner.
type oneView struct {
	form  formView
	email ui.Input
	wrong []ui.Problem
	group ui.Link
	rows  []userRow
}

type userRow struct {
	id, name    string
	person      ui.Person
	first, last bool
}

func oneModel(t thing, in input, wrong part.Mistakes, groups []access.Group) oneView {
	o := oneView{form: formModel(in, wrong, groups), group: groupLink(t.Owner, groups)}
	o.form.wrong = nil
	o.email = ui.Input{Field: ui.Field{
		Name: "email", Label: "Add somebody", Required: true, Error: wrong.Of("email"),
		Attrs: part.Suggest(t.url(), "people"),
	}, Value: in.Email, Autocomplete: "off", Placeholder: "Name or e-mail address"}
	o.wrong = wrong.Summary(o.form.name.Field, o.form.description.Field, o.form.group.Field, o.email.Field)
	for i, u := range t.users {
		o.rows = append(o.rows, userRow{id: u.ID, name: u.Name(), person: part.Person(u, true), first: i == 0, last: i == len(t.users)-1})
	}
	return o
}

// usesView is where an owner is named.
type usesView struct{ apps, resources, reviews []ui.Link }

func (u usesView) none() bool { return len(u.apps)+len(u.resources)+len(u.reviews) == 0 }
