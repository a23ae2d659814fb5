package resources

import (
	"net/http"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/store"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ticketform"
	"admit/internal/web/ui"
)

func newForm(v *site.Visit) error {
	app, err := v.QueryID("app")
	if err != nil {
		return err
	}
	return showNew(v, http.StatusOK, newInput{App: app}, part.Mistakes{})
}

func showNew(v *site.Visit, status int, in newInput, wrong part.Mistakes) error {
	if err := v.Actor.May(access.ManageInventory, 0); err != nil {
		return err
	}
	apps, err := v.Inventory.Apps(v.R.Context(), v.Actor, store.AppFilter{Page: access.Page{Size: access.MaxPage}})
	if err != nil {
		return err
	}
	shell := ui.Shell{Title: "Add a resource", Active: ui.NavResources, Crumbs: []ui.Link{{Label: "Resources", URL: "/resources"}}}
	return v.ShowStatus(status, shell, newPage(newModel(in, wrong, apps.Items)))
}

func create(v *site.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	in := newInput{App: form.Get("app_id"), Name: form.Get("name"), Description: form.Get("description")}
	r, err := v.Inventory.CreateResource(v.R.Context(), v.Actor, inventory.ResourceParams{AppID: in.App, Name: in.Name, Description: in.Description})
	if err == nil {
		return v.Done("/resources/"+r.ID+"/edit", site.Said(r.Name+" was added. Now say who reviews it, and for how long it is given."))
	}
	wrong, ok := part.MistakesOf(err)
	if !ok {
		return err
	}
	return showNew(v, http.StatusUnprocessableEntity, in, wrong)
}

// mayEdit loads a resource the actor may edit.
func mayEdit(v *site.Visit) (thing, error) {
	t, err := load(v, "edit")
	if err != nil {
		return t, err
	}
	return t, v.Actor.May(access.EditResource, t.Relation)
}

func editForm(v *site.Visit) error {
	t, err := mayEdit(v)
	if err != nil {
		return err
	}
	return showEdit(v, http.StatusOK, t, stored(t), part.Mistakes{}, false)
}

func showEdit(v *site.Visit, status int, t thing, in input, wrong part.Mistakes, checked bool) error {
	owners, err := v.Inventory.Owners(v.R.Context(), v.Actor, store.OwnerFilter{Page: access.Page{Size: access.MaxPage}})
	if err != nil {
		return err
	}
	e := editModel(t, in, wrong, owners.Items)
	e.appTickets, err = ticketWords(v, t.App.TicketPolicy)
	if err != nil {
		return err
	}
	if in.Overrides {
		if e.tickets, err = ticketform.Load(v, in.Tickets, t.App.Name); err != nil {
			return err
		}
		e.tickets.Mistakes, e.tickets.PreviewURL = wrong, t.url()+"/preview"
		if e.tickets.MayAdd {
			e.tickets.CheckURL = t.url() + "/check"
		}
		if checked {
			if err := e.tickets.Check(v); err != nil {
				return err
			}
			wrong = e.tickets.Mistakes
		}
	}
	e.wrong = wrong.Summary(e.fields()...)
	return v.ShowStatus(status, t.shell(), editPage(t, e))
}

// entered is what was posted to one of the addresses of the form.
func entered(v *site.Visit) (thing, input, error) {
	t, err := mayEdit(v)
	if err != nil {
		return t, input{}, err
	}
	form, err := v.Form()
	if err != nil {
		return t, input{}, err
	}
	return t, read(form, t), nil
}

func preview(v *site.Visit) error {
	t, in, err := entered(v)
	if err != nil {
		return err
	}
	return showEdit(v, http.StatusOK, t, in, part.Mistakes{}, false)
}

func check(v *site.Visit) error {
	t, in, err := entered(v)
	if err != nil {
		return err
	}
	return showEdit(v, http.StatusOK, t, in, part.Mistakes{}, true)
}

func backToEdit(v *site.Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	return v.Done("/resources/" + id + "/edit")
}

func edit(v *site.Visit) error {
	t, in, err := entered(v)
	if err != nil {
		return err
	}
	var tickets inventory.TicketPatch
	if in.Overrides {
		tickets, err = in.Tickets.Patch(v)
	}
	if err == nil {
		err = v.Inventory.UpdateResources(v.R.Context(), v.Actor, []inventory.ResourcePatch{in.patch(t.ID, tickets)})
	}
	if err == nil {
		return v.Done(t.url(), site.Said("The settings of "+in.Name+" are saved."))
	}
	wrong, ok := part.MistakesOf(err)
	if !ok {
		return err
	}
	return showEdit(v, http.StatusUnprocessableEntity, t, in, wrong, false)
}

func mayDelete(v *site.Visit) (thing, error) {
	t, err := load(v, "edit")
	if err != nil {
		return t, err
	}
	return t, v.Actor.May(access.ManageInventory, 0)
}

func deleteForm(v *site.Visit) error {
	t, err := mayDelete(v)
	if err != nil {
		return err
	}
	return v.Show(t.shell(), deletePage(t, nil))
}

func remover(v *site.Visit) error {
	t, err := mayDelete(v)
	if err != nil {
		return err
	}
	if err := v.Inventory.DeleteResource(v.R.Context(), v.Actor, t.ID); err != nil {
		wrong, ok := part.MistakesOf(err)
		if !ok {
			return err
		}
		return v.ShowStatus(http.StatusUnprocessableEntity, t.shell(), deletePage(t, wrong.Summary()))
	}
	return v.Done("/apps/"+t.AppID+"/resources", site.Said(t.Name+" is deleted."))
}

// deleteText names what follows from deleting a resource.
func (t thing) deleteText() []string {
	if t.users == 0 {
		return []string{"Nobody has it. It leaves the catalog, and its history stays in the events."}
	}
	followed := "it is only written down, since tickets are off for removals."
	if t.policy().Files(access.ToRemove) {
		followed = "tickets ask for them, and they stay on the page Work until they are done."
	}
	return []string{
		ui.Plural(t.users, "user") + " on its list: " + ui.Plural(t.users, "removal") + " will be carried out; " + followed,
		"Requests that wait are canceled. Its history stays in the events.",
	}
}
