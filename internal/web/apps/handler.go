// Package apps is the pages of apps: what people get access to, and how changes
// are carried out there.
package apps

import (
	"net/http"
	"strconv"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/propagation"
	"admit/internal/store"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ticketform"
	"admit/internal/web/ui"
)

// Register adds the pages.
func Register(s *site.Site) {
	s.Handle("GET /apps", list)
	s.Handle("GET /apps/new", newForm)
	s.Handle("POST /apps/new", create)
	s.Handle("GET /apps/{id}", overview)
	s.Handle("GET /apps/{id}/resources", resources)
	s.Handle("GET /apps/{id}/events", events)
	s.Handle("POST /apps/{id}/sync", sync)
	s.Handle("GET /apps/{id}/edit", editForm)
	s.Handle("POST /apps/{id}/edit", edit)
	s.Handle("GET /apps/{id}/preview", backToEdit)
	s.Handle("POST /apps/{id}/preview", preview)
	s.Handle("GET /apps/{id}/check", backToEdit)
	s.Handle("POST /apps/{id}/check", check)
	s.Handle("GET /apps/{id}/move", moveForm)
	s.Handle("POST /apps/{id}/move", move)
	s.Handle("GET /apps/{id}/delete", deleteForm)
	s.Handle("POST /apps/{id}/delete", remove)
}

func list(v *site.Visit) error {
	f := store.AppFilter{Search: v.Search("q"), Page: part.Page(v)}
	if part.WantsCSV(v) {
		return listCSV(v, f)
	}
	ctx := v.R.Context()
	found, err := v.Inventory.Apps(ctx, v.Actor, f)
	if err != nil {
		return err
	}
	sizes, err := v.Inventory.AppSizes(ctx, v.Actor)
	if err != nil {
		return err
	}
	owners, err := owners(v, found.Items)
	if err != nil {
		return err
	}
	return v.Show(ui.Shell{Title: "Apps", Active: ui.NavApps, Live: []string{"apps"}}, listPage(listModel(v, f, found, sizes, owners)))
}

// owners returns the names of the admin owners of apps; those who may not see
// them get none.
func owners(v *site.Visit, apps []access.App) (map[string]string, error) {
	ids := []string{}
	for _, a := range apps {
		ids = append(ids, a.AdminOwnerID)
	}
	found, err := v.Inventory.Owners(v.R.Context(), v.Actor, store.OwnerFilter{IDs: ids, Page: access.Page{Size: access.MaxPage}})
	if access.CodeOf(err) == access.Forbidden {
		return nil, nil
	}
	names := make(map[string]string, len(found.Items))
	for _, o := range found.Items {
		names[o.ID] = o.Name
	}
	return names, err
}

func listCSV(v *site.Visit, f store.AppFilter) error {
	ctx := v.R.Context()
	sizes, err := v.Inventory.AppSizes(ctx, v.Actor)
	if err != nil {
		return err
	}
	head := []string{"App", "Description", "Resources", "Admins", "Tickets", "Tickets go to"}
	return part.Export(v, "apps", head, func(p access.Page) ([][]string, string, error) {
		f.Page = p
		found, err := v.Inventory.Apps(ctx, v.Actor, f)
		if err != nil {
			return nil, "", err
		}
		names, err := owners(v, found.Items)
		rows := make([][]string, len(found.Items))
		for i, a := range found.Items {
			rows[i] = []string{a.Name, a.Description, strconv.Itoa(sizes[a.ID]), names[a.AdminOwnerID], ticketform.Short(a.TicketPolicy), a.TicketProjectName}
		}
		return rows, found.Next, err
	})
}

func overview(v *site.Visit) error {
	t, err := load(v, "")
	if err != nil {
		return err
	}
	o, err := t.overview(v)
	if err != nil {
		return err
	}
	return v.Show(t.shell(), overviewPage(t, o))
}

func resources(v *site.Visit) error {
	t, err := load(v, "resources")
	if err != nil {
		return err
	}
	f := store.ResourceFilter{AppID: t.ID, Search: v.Search("q"), Page: part.Page(v)}
	ctx := v.R.Context()
	found, err := v.Inventory.Resources(ctx, v.Actor, f)
	if err != nil {
		return err
	}
	sizes, err := part.Sizes(v, found.Items)
	if err != nil {
		return err
	}
	return v.Show(t.shell(), resourcesPage(t, resourcesModel(v, t, f, found, sizes)))
}

func events(v *site.Visit) error {
	t, err := load(v, "events")
	if err != nil {
		return err
	}
	f := store.EventFilter{AppID: t.ID, Page: part.Page(v)}
	found, err := v.Inventory.Events(v.R.Context(), v.Actor, f)
	if err != nil {
		return err
	}
	pager := part.Pager(v, found.Next, part.Shown(len(found.Items), "event", f.Page, found.Next))
	return v.Show(t.shell(), eventsPage(t, part.Timeline(found.Items), pager, v.Now))
}

func sync(v *site.Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	if _, err := v.Propagation.StartSync(v.R.Context(), v.Actor, propagation.ScopeApp, id); err != nil {
		return err
	}
	return v.Done("/apps/" + id)
}

func newForm(v *site.Visit) error { return showNew(v, http.StatusOK, newInput{}, part.Mistakes{}) }

func showNew(v *site.Visit, status int, in newInput, wrong part.Mistakes) error {
	if err := v.Actor.May(access.ManageInventory, 0); err != nil {
		return err
	}
	options, err := ownerOptions(v)
	if err != nil {
		return err
	}
	shell := ui.Shell{Title: "Add an app", Active: ui.NavApps, Crumbs: []ui.Link{{Label: "Apps", URL: "/apps"}}}
	return v.ShowStatus(status, shell, newPage(newModel(in, wrong, options)))
}

func create(v *site.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	in := newInput{Name: form.Get("name"), Description: form.Get("description"), Admins: form.Get("admin_owner_id")}
	a, err := v.Inventory.CreateApp(v.R.Context(), v.Actor, inventory.AppParams{Name: in.Name, Description: in.Description, AdminOwnerID: in.Admins})
	if err == nil {
		return v.Done("/apps/"+a.ID+"/edit", site.Said(a.Name+" was added. Now say how changes are carried out there."))
	}
	wrong, ok := part.MistakesOf(err)
	if !ok {
		return err
	}
	return showNew(v, http.StatusUnprocessableEntity, in, wrong)
}

func ownerOptions(v *site.Visit) ([]ui.Option, error) {
	found, err := v.Inventory.Owners(v.R.Context(), v.Actor, store.OwnerFilter{Page: access.Page{Size: access.MaxPage}})
	options := make([]ui.Option, len(found.Items))
	for i, o := range found.Items {
		options[i] = ui.Option{Value: o.ID, Label: o.Name}
	}
	return options, err
}
