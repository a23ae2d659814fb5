// Package catalog is where people find what they need and ask for it.
package catalog

import (
	"slices"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// pageSize is the number of resources on a page.
const pageSize = 100

// Register adds the pages.
func Register(s *site.Site) {
	s.Handle("GET /catalog", list)
	s.Handle("GET /request/new", askPage)
	s.Handle("POST /request/new", ask)
}

func list(v *site.Visit) error {
	ctx := v.R.Context()
	appID, err := v.QueryID("app")
	if err != nil {
		return err
	}
	f := store.ResourceFilter{
		Search: v.Search("q"), AppID: appID, Requestable: true, Page: access.Page{Cursor: v.Query("cursor"), Size: pageSize},
	}
	found, err := v.Inventory.Resources(ctx, v.Actor, f)
	if err != nil {
		return err
	}
	apps, err := v.Inventory.Apps(ctx, v.Actor, store.AppFilter{Page: access.Page{Size: access.MaxPage}})
	if err != nil {
		return err
	}
	all := access.Page{Size: access.MaxPage}
	held, err := v.Inventory.Access(ctx, v.Actor, v.Actor.UserID, all)
	if err != nil {
		return err
	}
	asked, err := v.Requests.List(ctx, v.Actor, store.RequestFilter{TargetUserID: v.Actor.UserID, State: access.Pending, Page: all})
	if err != nil {
		return err
	}
	w := view{
		groups: groups(found.Items, mine(held.Items, asked.Items)),
		filter: filter(f, apps.Items),
		pager:  part.Pager(v, found.Next, part.Shown(len(found.Items), "resource", f.Page, found.Next)),
		sought: f.Search != "" || f.AppID != "",
		admin:  v.Actor.Role == access.Admin,
		topic:  "user:" + v.Actor.UserID,
	}
	return v.Show(ui.Shell{Title: "Catalog", Active: ui.NavCatalog}, listPage(w))
}

func filter(f store.ResourceFilter, apps []access.App) ui.Filter {
	choices := make([]ui.Option, len(apps))
	for i, a := range apps {
		choices[i] = ui.Option{Value: a.ID, Label: a.Name}
	}
	return ui.Filter{
		Action: "/catalog", Query: f.Search, Placeholder: "Search apps and resources", Target: "catalog",
		Selects: []ui.Select{{Field: ui.Field{Name: "app", Label: "App"}, Value: f.AppID, Empty: "All apps", Options: choices}},
	}
}

// groups puts resources under their apps, both by name.
func groups(found []inventoryView, own map[string]standing) []group {
	at := map[string]int{}
	var all []group
	for _, r := range found {
		i, known := at[r.App.ID]
		if !known {
			i = len(all)
			at[r.App.ID] = i
			all = append(all, group{name: r.App.Name, text: r.App.Description})
		}
		all[i].rows = append(all[i].rows, rowOf(r, own[r.ID]))
	}
	slices.SortStableFunc(all, func(a, b group) int { return compare(a.name, b.name) })
	return all
}
