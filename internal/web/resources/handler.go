// Package resources is the pages of resources: what there is, and who has it.
package resources

import (
	"strings"

	"admit/internal/access"
	"admit/internal/propagation"
	"admit/internal/store"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// Register adds the pages.
func Register(s *site.Site) {
	s.Handle("GET /resources", list)
	s.Handle("GET /resources/new", newForm)
	s.Handle("POST /resources/new", create)
	s.Handle("GET /resources/{id}", overview)
	s.Handle("GET /resources/{id}/users", users)
	s.Handle("GET /resources/{id}/users/add", addForm)
	s.Handle("POST /resources/{id}/users/add", add)
	s.Handle("GET /resources/{id}/users/{user}/end", endForm)
	s.Handle("POST /resources/{id}/users/{user}/end", setEnd)
	s.Handle("GET /resources/{id}/users/{user}/remove", removeForm)
	s.Handle("POST /resources/{id}/users/{user}/remove", remove)
	s.Handle("GET /resources/{id}/requests", requests)
	s.Handle("GET /resources/{id}/events", events)
	s.Handle("POST /resources/{id}/sync", sync)
	s.Handle("GET /resources/{id}/edit", editForm)
	s.Handle("POST /resources/{id}/edit", edit)
	s.Handle("GET /resources/{id}/preview", backToEdit)
	s.Handle("POST /resources/{id}/preview", preview)
	s.Handle("GET /resources/{id}/check", backToEdit)
	s.Handle("POST /resources/{id}/check", check)
	s.Handle("GET /resources/{id}/delete", deleteForm)
	s.Handle("POST /resources/{id}/delete", remover)
}

func list(v *site.Visit) error {
	app, err := v.QueryID("app")
	if err != nil {
		return err
	}
	f := store.ResourceFilter{Search: v.Search("q"), AppID: app, Page: part.Page(v)}
	if part.WantsCSV(v) {
		return listCSV(v, f)
	}
	ctx := v.R.Context()
	found, err := v.Inventory.Resources(ctx, v.Actor, f)
	if err != nil {
		return err
	}
	apps, err := v.Inventory.Apps(ctx, v.Actor, store.AppFilter{Page: access.Page{Size: access.MaxPage}})
	if err != nil {
		return err
	}
	sizes, err := part.Sizes(v, found.Items)
	if err != nil {
		return err
	}
	return v.Show(ui.Shell{Title: "Resources", Active: ui.NavResources, Live: []string{"resources"}},
		listPage(listModel(v, f, found, apps.Items, sizes)))
}

func listCSV(v *site.Visit, f store.ResourceFilter) error {
	head := []string{"App", "Resource", "Description", "Can be asked for", "Tickets", "Reviewed by"}
	return part.Export(v, "resources", head, func(p access.Page) ([][]string, string, error) {
		f.Page = p
		found, err := v.Inventory.Resources(v.R.Context(), v.Actor, f)
		rows := make([][]string, len(found.Items))
		for i, r := range found.Items {
			rows[i] = []string{r.App.Name, r.Name, r.Description, yes(r.Requestable), tickets(r), strings.Join(names(r.Reviewers), ", ")}
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

func requests(v *site.Visit) error {
	t, err := load(v, "requests")
	if err != nil {
		return err
	}
	f := store.RequestFilter{ResourceID: t.ID, Page: part.Page(v)}
	found, err := v.Requests.List(v.R.Context(), v.Actor, f)
	if err != nil {
		return err
	}
	shell := t.shell()
	shell.Live = append(shell.Live, "requests")
	return v.Show(shell, requestsPage(t, requestRows(found.Items, t.ID), part.Pager(v, found.Next, part.Shown(len(found.Items), "request", f.Page, found.Next)), v.Now))
}

func events(v *site.Visit) error {
	t, err := load(v, "events")
	if err != nil {
		return err
	}
	f := store.EventFilter{ResourceID: t.ID, Page: part.Page(v)}
	found, err := v.Inventory.Events(v.R.Context(), v.Actor, f)
	if err != nil {
		return err
	}
	return v.Show(t.shell(), eventsPage(t, part.Timeline(found.Items), part.Pager(v, found.Next, part.Shown(len(found.Items), "event", f.Page, found.Next)), v.Now))
}

func sync(v *site.Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	if _, err := v.Propagation.StartSync(v.R.Context(), v.Actor, propagation.ScopeResource, id); err != nil {
		return err
	}
	return v.Done("/resources/" + id + "/users")
}
