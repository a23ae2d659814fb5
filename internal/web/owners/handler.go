// Package owners is the pages of owners: named, ordered lists of people who
// administer apps and resources and review requests.
package owners

import (
	"cmp"
	"net/http"
	"slices"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/store"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// Register adds the pages.
func Register(s *site.Site) {
	s.Handle("GET /owners", list)
	s.Handle("GET /owners/new", newForm)
	s.Handle("POST /owners/new", create)
	s.Handle("GET /owners/{id}", show)
	s.Handle("POST /owners/{id}", update)
	s.Handle("POST /owners/{id}/users", setUsers)
	s.Handle("GET /owners/{id}/delete", deleteForm)
	s.Handle("POST /owners/{id}/delete", remove)
}

func list(v *site.Visit) error {
	f := store.OwnerFilter{Search: v.Search("q"), Page: part.Page(v)}
	ctx := v.R.Context()
	found, err := v.Inventory.Owners(ctx, v.Actor, f)
	if err != nil {
		return err
	}
	sizes, err := v.Inventory.OwnerSizes(ctx, v.Actor)
	if err != nil {
		return err
	}
	groups, err := groupNames(v)
	if err != nil {
		return err
	}
	return v.Show(ui.Shell{Title: "Owners", Active: ui.NavOwners, Live: []string{"owners"}}, listPage(listModel(v, f, found, sizes, groups)))
}

func groupNames(v *site.Visit) ([]access.Group, error) {
	found, err := v.Inventory.Groups(v.R.Context(), v.Actor, store.GroupFilter{Page: access.Page{Size: access.MaxPage}})
	return found.Items, err
}

func newForm(v *site.Visit) error { return showNew(v, http.StatusOK, input{}, part.Mistakes{}) }

func showNew(v *site.Visit, status int, in input, wrong part.Mistakes) error {
	if err := v.Actor.May(access.ManageInventory, 0); err != nil {
		return err
	}
	groups, err := groupNames(v)
	if err != nil {
		return err
	}
	shell := ui.Shell{Title: "Add an owner", Active: ui.NavOwners, Crumbs: []ui.Link{{Label: "Owners", URL: "/owners"}}}
	return v.ShowStatus(status, shell, newPage(formModel(in, wrong, groups)))
}

func create(v *site.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	in := read(form)
	o, err := v.Inventory.CreateOwner(v.R.Context(), v.Actor, inventory.OwnerParams{Name: in.Name, Description: in.Description, SourceGroupID: in.Group})
	if err == nil {
		return v.Done("/owners/"+o.ID, site.Said(o.Name+" was added. Now say who belongs to it."))
	}
	wrong, ok := part.MistakesOf(err)
	if !ok {
		return err
	}
	return showNew(v, http.StatusUnprocessableEntity, in, wrong)
}

func load(v *site.Visit) (thing, error) {
	id, err := v.ID("id")
	if err != nil {
		return thing{}, err
	}
	o, users, err := v.Inventory.Owner(v.R.Context(), v.Actor, id)
	return thing{Owner: o, users: users, edit: v.Actor.May(access.ManageInventory, 0) == nil}, err
}

func show(v *site.Visit) error {
	t, err := load(v)
	if err != nil {
		return err
	}
	return showOne(v, http.StatusOK, t, stored(t.Owner), part.Mistakes{})
}

func showOne(v *site.Visit, status int, t thing, in input, wrong part.Mistakes) error {
	groups, err := groupNames(v)
	if err != nil {
		return err
	}
	uses, err := uses(v, t.ID)
	if err != nil {
		return err
	}
	people, err := part.Offer(v, cmp.Or(in.Email, v.Search("email")))
	if err != nil {
		return err
	}
	return v.ShowStatus(status, t.shell(), onePage(t, oneModel(t, in, wrong, groups), uses, people))
}

// uses is where an owner is named: three queries.
func uses(v *site.Visit, id string) (usesView, error) {
	var u usesView
	ctx, page := v.R.Context(), access.Page{Size: access.MaxPage}
	apps, err := v.Inventory.Apps(ctx, v.Actor, store.AppFilter{OwnerID: id, Page: page})
	if err != nil {
		return u, err
	}
	for _, a := range apps.Items {
		u.apps = append(u.apps, ui.Link{Label: a.Name, URL: "/apps/" + a.ID})
	}
	kept, err := v.Inventory.Resources(ctx, v.Actor, store.ResourceFilter{OwnerID: id, Page: page})
	if err != nil {
		return u, err
	}
	reviewed, err := v.Inventory.Resources(ctx, v.Actor, store.ResourceFilter{ReviewerID: id, Page: page})
	u.resources, u.reviews = links(kept.Items), links(reviewed.Items)
	return u, err
}

func links(views []inventory.ResourceView) []ui.Link {
	all := make([]ui.Link, len(views))
	for i, r := range views {
		all[i] = ui.Link{Label: r.Name + " in " + r.App.Name, URL: "/resources/" + r.ID}
	}
	return all
}

func update(v *site.Visit) error {
	t, err := load(v)
	if err != nil {
		return err
	}
	form, err := v.Form()
	if err != nil {
		return err
	}
	in := read(form)
	_, err = v.Inventory.UpdateOwners(v.R.Context(), v.Actor, []inventory.OwnerPatch{{ID: t.ID, Name: &in.Name, Description: &in.Description, SourceGroupID: &in.Group}})
	if err == nil {
		return v.Done(t.url(), site.Said(in.Name+" is saved."))
	}
	wrong, ok := part.MistakesOf(err)
	if !ok {
		return err
	}
	return showOne(v, http.StatusUnprocessableEntity, t, in, wrong)
}

// setUsers moves, removes or adds one user. It works on the list as it is now,
// so two who edit at once do not undo each other.
func setUsers(v *site.Visit) error {
	t, err := load(v)
	if err != nil {
		return err
	}
	form, err := v.Form()
	if err != nil {
		return err
	}
	ids, said, err := changed(v, t, form.Get("do"), form.Get("user"), form.Get("email"))
	if err == nil {
		_, err = v.Inventory.SetOwnerUsers(v.R.Context(), v.Actor, t.ID, ids)
	}
	if err == nil {
		return v.Done(t.url(), site.Said(said))
	}
	wrong, ok := part.MistakesOf(err)
	if !ok {
		return err
	}
	in := stored(t.Owner)
	in.Email = form.Get("email")
	return showOne(v, http.StatusUnprocessableEntity, t, in, wrong.Rename("user_ids", "email"))
}

// changed returns the ids of the users after one step, and what was done.
func changed(v *site.Visit, t thing, do, userID, email string) ([]string, string, error) {
	ids := make([]string, len(t.users))
	for i, u := range t.users {
		ids[i] = u.ID
	}
	if do == "add" {
		u, err := part.ByEmail(v, email)
		return append(ids, u.ID), u.Name() + " was added to " + t.Name + ".", err
	}
	i := slices.Index(ids, userID)
	if i < 0 {
		return nil, "", access.Errorf(access.Conflict, "the list was changed by somebody else, look again")
	}
	name := t.users[i].Name()
	switch {
	case do == "remove":
		return slices.Delete(ids, i, i+1), name + " was taken off " + t.Name + ".", nil
	case do == "up" && i > 0:
		ids[i-1], ids[i] = ids[i], ids[i-1]
	case do == "down" && i < len(ids)-1:
		ids[i+1], ids[i] = ids[i], ids[i+1]
	}
	return ids, name + " was moved.", nil
}

func mayDelete(v *site.Visit) (thing, error) {
	if err := v.Actor.May(access.ManageInventory, 0); err != nil {
		return thing{}, err
	}
	return load(v)
}

func deleteForm(v *site.Visit) error {
	t, err := mayDelete(v)
	if err != nil {
		return err
	}
	return v.Show(t.shell(), deletePage(t, nil))
}

func remove(v *site.Visit) error {
	t, err := mayDelete(v)
	if err != nil {
		return err
	}
	if err := v.Inventory.DeleteOwner(v.R.Context(), v.Actor, t.ID); err != nil {
		wrong, ok := part.MistakesOf(err)
		if !ok {
			return err
		}
		return v.ShowStatus(http.StatusUnprocessableEntity, t.shell(), deletePage(t, wrong.Summary()))
	}
	return v.Done("/owners", site.Said(t.Name+" is deleted."))
}
