package groups

import (
	"net/url"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// thing is a group, and what the actor may do with it.
type thing struct {
	access.Group
	edit bool
}

func (t thing) url() string { return "/groups/" + t.ID }

func (t thing) shell() ui.Shell {
	return ui.Shell{Title: t.Name, Active: ui.NavGroups, Live: []string{"group:" + t.ID}, Crumbs: []ui.Link{{Label: "Groups", URL: "/groups"}}}
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
}

func listModel(v *site.Visit, f store.GroupFilter, found access.List[access.Group], sizes map[string]int) listView {
	l := listView{
		filter: ui.Filter{Action: "/groups", Query: f.Search, Placeholder: "Search groups", Target: "groups"},
		pager:  part.Pager(v, found.Next, part.Shown(len(found.Items), "group", f.Page, found.Next)),
		add:    v.Actor.May(access.ManageInventory, 0) == nil, found: f.Search != "",
	}
	for _, g := range found.Items {
		l.rows = append(l.rows, listRow{id: g.ID, url: "/groups/" + g.ID, name: g.Name, description: g.Description, size: sizes[g.ID]})
	}
	return l
}

// input is what the forms of a group hold.
type input struct{ Name, Description, Email string }

func read(form url.Values) input {
	return input{Name: form.Get("name"), Description: form.Get("description")}
}

type formView struct {
	name        ui.Input
	description ui.Textarea
	wrong       []ui.Problem
}

func formModel(in input, wrong part.Mistakes) formView {
	f := formView{
		name:        ui.Input{Field: ui.Field{Name: "name", Label: "Name", Required: true, Error: wrong.Of("name")}, Value: in.Name, Autocomplete: "off"},
		description: ui.Textarea{Field: ui.Field{Name: "description", Label: "Description", Error: wrong.Of("description")}, Value: in.Description},
	}
	f.wrong = wrong.Summary(f.name.Field, f.description.Field)
	return f
}

// found is what the page of a group shows.
type found struct {
	filter store.UserFilter
	users  access.List[access.User]
	owners []access.Owner
	people []ui.Person
}

type oneView struct {
	form   formView
	email  ui.Input
	wrong  []ui.Problem
	rows   []userRow
	filter ui.Filter
	pager  ui.Pager
	found  bool
	owners []ui.Link
	people []ui.Person
}

type userRow struct {
	id, name string
	person   ui.Person
}

func oneModel(v *site.Visit, t thing, in input, wrong part.Mistakes, f found) oneView {
	o := oneView{
		form: formModel(in, wrong), people: f.people, found: f.filter.Search != "",
		filter: ui.Filter{Action: t.url(), Query: f.filter.Search, Placeholder: "Search people", Target: "people-list"},
		pager:  part.Pager(v, f.users.Next, part.Shown(len(f.users.Items), "user", f.filter.Page, f.users.Next)),
	}
	o.email = ui.Input{Field: ui.Field{
		Name: "email", Label: "Add somebody", Required: true, Error: wrong.Of("email"), Attrs: part.Suggest(t.url(), "people"),
	}, Value: in.Email, Autocomplete: "off", Placeholder: "Name or e-mail address"}
	o.wrong = wrong.Summary(o.form.name.Field, o.form.description.Field, o.email.Field)
	for _, u := range f.users.Items {
		o.rows = append(o.rows, userRow{id: u.ID, name: u.Name(), person: part.Person(u, true)})
	}
	for _, each := range f.owners {
		o.owners = append(o.owners, ui.Link{Label: each.Name, URL: "/owners/" + each.ID})
	}
	return o
}
