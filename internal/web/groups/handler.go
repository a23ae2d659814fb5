// Package groups is the pages of groups: sets of people that owners can follow.
package groups

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
	s.Handle("GET /groups", list)
	s.Handle("GET /groups/new", newForm)
	s.Handle("POST /groups/new", create)
	s.Handle("GET /groups/{id}", show)
	s.Handle("POST /groups/{id}", update)
	s.Handle("POST /groups/{id}/users", setUsers)
	s.Handle("GET /groups/{id}/delete", deleteForm)
	s.Handle("POST /groups/{id}/delete", remove)
}

func list(v *site.Visit) error {
	f := store.GroupFilter{Search: v.Search("q"), Page: part.Page(v)}
	ctx := v.R.Context()
	found, err := v.Inventory.Groups(ctx, v.Actor, f)
	if err != nil {
		return err
	}
	sizes, err := v.Inventory.GroupSizes(ctx, v.Actor)
	if err != nil {
		return err
	}
	return v.Show(ui.Shell{Title: "Groups", Active: ui.NavGroups, Live: []string{"groups"}}, listPage(listModel(v, f, found, sizes)))
}

func newForm(v *site.Visit) error { return showNew(v, http.StatusOK, input{}, part.Mistakes{}) }

func showNew(v *site.Visit, status int, in input, wrong part.Mistakes) error {
	if err := v.Actor.May(access.ManageInventory, 0); err != nil {
		return err
	}
	shell := ui.Shell{Title: "Add a group", Active: ui.NavGroups, Crumbs: []ui.Link{{Label: "Groups", URL: "/groups"}}}
	return v.ShowStatus(status, shell, newPage(formModel(in, wrong)))
}

func create(v *site.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	in := read(form)
	g, err := v.Inventory.CreateGroup(v.R.Context(), v.Actor, inventory.GroupParams{Name: in.Name, Description: in.Description})
	if err == nil {
		return v.Done("/groups/"+g.ID, site.Said(g.Name+" was added. Now say who belongs to it."))
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
	g, _, err := v.Inventory.Group(v.R.Context(), v.Actor, id)
	return thing{Group: g, edit: v.Actor.May(access.ManageInventory, 0) == nil}, err
}

func show(v *site.Visit) error {
	t, err := load(v)
	if err != nil {
		return err
	}
	return showOne(v, http.StatusOK, t, input{Name: t.Name, Description: t.Description}, part.Mistakes{})
}

func showOne(v *site.Visit, status int, t thing, in input, wrong part.Mistakes) error {
	ctx := v.R.Context()
	f := store.UserFilter{GroupID: t.ID, Search: v.Search("q"), Page: part.Page(v)}
	users, err := v.Inventory.Users(ctx, v.Actor, f)
	if err != nil {
		return err
	}
	owners, err := v.Inventory.Owners(ctx, v.Actor, store.OwnerFilter{SourceGroupID: t.ID, Page: access.Page{Size: access.MaxPage}})
	if err != nil {
		return err
	}
	people, err := part.Offer(v, cmp.Or(in.Email, v.Search("email")))
	if err != nil {
		return err
	}
	return v.ShowStatus(status, t.shell(), onePage(t, oneModel(v, t, in, wrong, found{f, users, owners.Items, people})))
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
	g, err := v.Inventory.UpdateGroup(v.R.Context(), v.Actor, t.ID, inventory.GroupPatch{Name: &in.Name, Description: &in.Description})
	if err == nil {
		return v.Done(t.url(), site.Said(g.Name+" is saved."))
	}
	wrong, ok := part.MistakesOf(err)
	if !ok {
		return err
	}
	return showOne(v, http.StatusUnprocessableEntity, t, in, wrong)
}

// setUsers adds or removes one user.
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
		err = v.Inventory.SetGroupUsers(v.R.Context(), v.Actor, t.ID, ids)
	}
	if err == nil {
		return v.Done(t.url(), site.Said(said))
	}
	wrong, ok := part.MistakesOf(err)
	if !ok {
		return err
	}
	in := input{Name: t.Name, Description: t.Description, Email: form.Get("email")}
	return showOne(v, http.StatusUnprocessableEntity, t, in, wrong.Rename("user_ids", "email"))
}

// changed returns the ids of all users after one step, and what was done.
func changed(v *site.Visit, t thing, do, userID, email string) ([]string, string, error) {
	ids, err := members(v, t.ID)
	if err != nil {
		return nil, "", err
	}
	if do == "remove" {
		i := slices.Index(ids, userID)
		if i < 0 {
			return nil, "", access.Errorf(access.Conflict, "the list was changed by somebody else, look again")
		}
		return slices.Delete(ids, i, i+1), "One person was taken off " + t.Name + ".", nil
	}
	u, err := part.ByEmail(v, email)
	return append(ids, u.ID), u.Name() + " was added to " + t.Name + ".", err
}

// members returns the ids of all users of a group, however many.
func members(v *site.Visit, id string) ([]string, error) {
	var ids []string
	f := store.UserFilter{GroupID: id, Page: access.Page{Size: access.MaxPage}}
	for {
		users, err := v.Inventory.Users(v.R.Context(), v.Actor, f)
		if err != nil {
			return nil, err
		}
		for _, u := range users.Items {
			ids = append(ids, u.ID)
		}
		if users.Next == "" {
			return ids, nil
		}
		f.Page.Cursor = users.Next
	}
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
	if err := v.Inventory.DeleteGroup(v.R.Context(), v.Actor, t.ID); err != nil {
		wrong, ok := part.MistakesOf(err)
		if !ok {
			return err
		}
		return v.ShowStatus(http.StatusUnprocessableEntity, t.shell(), deletePage(t, wrong.Summary()))
	}
	return v.Done("/groups", site.Said(t.Name+" is deleted."))
}
