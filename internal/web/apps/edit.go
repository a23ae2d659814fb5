package apps

import (
	"net/http"
	"net/url"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ticketform"
	"admit/internal/web/ui"
)

// input is what the form of an app holds.
type input struct {
	newInput
	Tickets ticketform.Input
}

func read(form url.Values, a access.App) input {
	return input{
		newInput: newInput{Name: form.Get("name"), Description: form.Get("description"), Admins: form.Get("admin_owner_id")},
		Tickets:  ticketform.Read(form, a.TicketPolicy),
	}
}

// mayEdit loads an app the actor may edit.
func mayEdit(v *site.Visit) (thing, error) {
	t, err := load(v, "edit")
	if err != nil {
		return t, err
	}
	return t, v.Actor.May(access.EditApp, 0)
}

func editForm(v *site.Visit) error {
	t, err := mayEdit(v)
	if err != nil {
		return err
	}
	in := input{newInput: newInput{Name: t.Name, Description: t.Description, Admins: t.AdminOwnerID}, Tickets: ticketform.Stored(t.TicketPolicy)}
	return showEdit(v, http.StatusOK, t, in, part.Mistakes{}, false)
}

func showEdit(v *site.Visit, status int, t thing, in input, wrong part.Mistakes, checked bool) error {
	options, err := ownerOptions(v)
	if err != nil {
		return err
	}
	name := in.Name
	if name == "" {
		name = t.Name
	}
	form, err := ticketform.Load(v, in.Tickets, name)
	if err != nil {
		return err
	}
	form.PreviewURL, form.CheckURL, form.Mistakes = t.url()+"/preview", t.url()+"/check", wrong
	if checked {
		if err := form.Check(v); err != nil {
			return err
		}
		wrong = form.Mistakes
	}
	return v.ShowStatus(status, t.shell(), editPage(t, editModel(in.newInput, wrong, options, form)))
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
	return t, read(form, t.App), nil
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

// backToEdit answers somebody who reloads the page after a check.
func backToEdit(v *site.Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	return v.Done("/apps/" + id + "/edit")
}

func edit(v *site.Visit) error {
	t, in, err := entered(v)
	if err != nil {
		return err
	}
	a, err := save(v, t.ID, in)
	if err == nil {
		return v.Done(t.url(), saved(t.App, a))
	}
	wrong, ok := part.MistakesOf(err)
	if !ok {
		return err
	}
	return showEdit(v, http.StatusUnprocessableEntity, t, in, wrong, false)
}

func save(v *site.Visit, id string, in input) (access.App, error) {
	tickets, err := in.Tickets.Patch(v)
	if err != nil {
		return access.App{}, err
	}
	return v.Inventory.UpdateApp(v.R.Context(), v.Actor, id, inventory.AppPatch{
		Name: &in.Name, Description: &in.Description, AdminOwnerID: &in.Admins, Tickets: tickets,
	})
}

// saved says what changed for everybody.
func saved(was, is access.App) ui.Flash {
	switch {
	case is.TicketsEnabled && !was.TicketsEnabled:
		return site.Said("Saved. From now on, tickets are filed for changes in " + is.Name + ".")
	case !is.TicketsEnabled && was.TicketsEnabled:
		return site.Said("Saved. Changes in " + is.Name + " are only written down now. Tickets that are open stay open.")
	}
	return site.Said(is.Name + " is saved.")
}

func mayDelete(v *site.Visit) (thing, int, error) {
	t, err := load(v, "edit")
	if err != nil {
		return t, 0, err
	}
	held, err := v.Inventory.AppHolders(v.R.Context(), v.Actor, t.ID)
	return t, held, err
}

func deleteForm(v *site.Visit) error {
	t, held, err := mayDelete(v)
	if err != nil {
		return err
	}
	return v.Show(t.shell(), deletePage(t, deleteText(t, held), nil))
}

func remove(v *site.Visit) error {
	t, held, err := mayDelete(v)
	if err != nil {
		return err
	}
	if err := v.Inventory.DeleteApp(v.R.Context(), v.Actor, t.ID); err != nil {
		wrong, ok := part.MistakesOf(err)
		if !ok {
			return err
		}
		return v.ShowStatus(http.StatusUnprocessableEntity, t.shell(), deletePage(t, deleteText(t, held), wrong.Summary()))
	}
	return v.Done("/apps", site.Said(t.Name+" is deleted."))
}

// deleteText names what follows from deleting an app.
func deleteText(t thing, held int) []string {
	first := "Its " + ui.Plural(t.size, "resource") + " leave the catalog."
	if t.size == 0 {
		first = "It has no resources."
	}
	if held == 0 {
		return []string{first + " Nobody holds any. The history stays in the events."}
	}
	followed := "They are only written down, since tickets are off for removals."
	if t.Files(access.ToRemove) {
		followed = "Tickets ask for them, and they stay on the page Work until they are done."
	}
	return []string{
		first + " People hold them " + times(held) + ": " + ui.Plural(held, "removal") + " will be carried out. " + followed,
		"Requests that wait are canceled. The history stays in the events.",
	}
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return ui.Number(n) + " times"
}
