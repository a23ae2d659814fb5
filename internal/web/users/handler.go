// Package users is the pages of users: who there is, and what they have.
package users

import (
	"net/http"
	"net/url"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/store"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// Register adds the pages.
func Register(s *site.Site) {
	s.Handle("GET /users", list)
	s.Handle("GET /users/new", newForm)
	s.Handle("POST /users/new", create)
	s.Handle("GET /users/{id}", show)
	s.Handle("GET /users/{id}/edit", editForm)
	s.Handle("POST /users/{id}/edit", edit)
	s.Handle("POST /users/{id}/invite", invite)
	s.Handle("GET /users/{id}/delete", deleteForm)
	s.Handle("POST /users/{id}/delete", remove)
}

func list(v *site.Visit) error {
	f := store.UserFilter{Search: v.Search("q"), Role: access.Role(v.Search("role")), Page: part.Page(v)}
	if part.WantsCSV(v) {
		return listCSV(v, f)
	}
	found, err := v.Inventory.Users(v.R.Context(), v.Actor, f)
	if err != nil {
		return err
	}
	return v.Show(ui.Shell{Title: "Users", Active: ui.NavUsers, Live: []string{"users"}}, listPage(listModel(v, f, found)))
}

func listCSV(v *site.Visit, f store.UserFilter) error {
	head := []string{"E-mail", "First name", "Last name", "Position", "Role"}
	return part.Export(v, "users", head, func(p access.Page) ([][]string, string, error) {
		f.Page = p
		found, err := v.Inventory.Users(v.R.Context(), v.Actor, f)
		rows := make([][]string, len(found.Items))
		for i, u := range found.Items {
			rows[i] = []string{u.Email, u.FirstName, u.LastName, u.Position, string(u.Role)}
		}
		return rows, found.Next, err
	})
}

func newForm(v *site.Visit) error {
	return showNew(v, http.StatusOK, input{Role: string(access.Member)}, part.Mistakes{})
}

func showNew(v *site.Visit, status int, in input, wrong part.Mistakes) error {
	if err := v.Actor.May(access.ManageInventory, 0); err != nil {
		return err
	}
	shell := ui.Shell{Title: "Add a user", Active: ui.NavUsers, Crumbs: []ui.Link{{Label: "Users", URL: "/users"}}}
	return v.ShowStatus(status, shell, newPage(formModel(in, wrong)))
}

func create(v *site.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	in := read(form)
	u, err := v.Inventory.CreateUser(v.R.Context(), v.Actor, inventory.UserParams{
		Email: in.Email, FirstName: in.First, LastName: in.Last, Position: in.Position, Role: access.Role(in.Role),
	})
	if err == nil {
		return v.Done("/users/"+u.ID, site.Said(u.Name()+" was added. Make a sign-in link to let them in."))
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
	u, err := v.Inventory.User(v.R.Context(), v.Actor, id)
	edit := v.Actor.May(access.ManageInventory, 0) == nil
	return thing{User: u, edit: edit && u.DeletedAt == nil}, err
}

// mayEdit loads a user the actor may edit.
func mayEdit(v *site.Visit) (thing, error) {
	if err := v.Actor.May(access.ManageInventory, 0); err != nil {
		return thing{}, err
	}
	t, err := load(v)
	if err == nil && t.DeletedAt != nil {
		err = access.Errorf(access.NotFound, "there is nothing here, or it is not for you")
	}
	return t, err
}

func show(v *site.Visit) error {
	t, err := load(v)
	if err != nil {
		return err
	}
	o, err := oneModel(v, t)
	if err != nil {
		return err
	}
	return v.Show(t.shell(), onePage(t, o))
}

func editForm(v *site.Visit) error {
	t, err := mayEdit(v)
	if err != nil {
		return err
	}
	return v.Show(t.shell(), editPage(t, formModel(stored(t.User), part.Mistakes{})))
}

func edit(v *site.Visit) error {
	t, err := mayEdit(v)
	if err != nil {
		return err
	}
	form, err := v.Form()
	if err != nil {
		return err
	}
	in := read(form)
	role := access.Role(in.Role)
	u, err := v.Inventory.UpdateUser(v.R.Context(), v.Actor, t.ID, inventory.UserPatch{
		Email: &in.Email, FirstName: &in.First, LastName: &in.Last, Position: &in.Position, Role: &role,
	})
	if err == nil {
		return v.Done(t.url(), site.Said(u.Name()+" is saved."))
	}
	wrong, ok := part.MistakesOf(err)
	if !ok {
		return err
	}
	return v.ShowStatus(http.StatusUnprocessableEntity, t.shell(), editPage(t, formModel(in, wrong)))
}

// invite shows a sign-in link. It is made anew each time and never shown again.
func invite(v *site.Visit) error {
	t, err := mayEdit(v)
	if err != nil {
		return err
	}
	token, err := v.Authn.Invite(v.R.Context(), v.Actor, t.ID)
	if err != nil {
		return err
	}
	link := v.URL + "/invite?" + url.Values{"token": {token}}.Encode()
	return v.Show(t.shell(), invitePage(t, link))
}

func deleteForm(v *site.Visit) error {
	t, err := mayEdit(v)
	if err != nil {
		return err
	}
	text, err := deleteText(v, t)
	if err != nil {
		return err
	}
	return v.Show(t.shell(), deletePage(t, text, nil))
}

func remove(v *site.Visit) error {
	t, err := mayEdit(v)
	if err != nil {
		return err
	}
	if err := v.Inventory.DeleteUser(v.R.Context(), v.Actor, t.ID); err != nil {
		wrong, ok := part.MistakesOf(err)
		if !ok {
			return err
		}
		return v.ShowStatus(http.StatusUnprocessableEntity, t.shell(), deletePage(t, nil, wrong.Summary()))
	}
	return v.Done("/users", site.Said(t.Name()+" is deleted. What they had is being removed."))
}
