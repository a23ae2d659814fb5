// Package palette answers the search that goes anywhere.
package palette

import (
	"strings"

	"admit/internal/access"
	"admit/internal/request"
	"admit/internal/store"
	"admit/internal/web/site"
)

// How many of each kind are looked at; the best of all are shown.
const (
	found  = 20
	recent = 50 // requests, whose names are matched here
	shown  = 20
)

// Register adds the page.
func Register(s *site.Site) { s.Handle("GET /palette", search) }

// search asks one query for each kind, whatever is searched for.
func search(v *site.Visit) error {
	q := v.Search("q")
	some, err := v.Inventory.SomeAdmin(v.R.Context(), v.Actor)
	if err != nil {
		return err
	}
	all := pages(v.Actor, some)
	for _, kind := range []func(*site.Visit, string) ([]result, error){requests, apps, resources, people} {
		more, err := kind(v, q)
		if err != nil {
			return err
		}
		all = append(all, more...)
	}
	return v.JSON(best(all, q))
}

func apps(v *site.Visit, q string) ([]result, error) {
	if q == "" {
		return nil, nil
	}
	list, err := v.Inventory.Apps(v.R.Context(), v.Actor, store.AppFilter{Search: q, Page: access.Page{Size: found}})
	all := make([]result, len(list.Items))
	for i, a := range list.Items {
		all[i] = result{Title: a.Name, Kind: "Apps", URL: "/apps/" + a.ID, Hint: a.Description}
	}
	return all, err
}

// resources are found twice: the thing itself, and the way to ask for it.
func resources(v *site.Visit, q string) ([]result, error) {
	if q == "" {
		return nil, nil
	}
	list, err := v.Inventory.Resources(v.R.Context(), v.Actor, store.ResourceFilter{Search: q, Page: access.Page{Size: found}})
	var all []result
	for _, r := range list.Items {
		all = append(all, result{Title: r.Name, Kind: "Resources", URL: "/resources/" + r.ID, Hint: r.App.Name})
		if r.Requestable {
			all = append(all, result{Title: "Ask for " + r.Name, Kind: "Ask", URL: "/request/new?resource=" + r.ID, Hint: r.App.Name, sought: r.Name})
		}
	}
	return all, err
}

func people(v *site.Visit, q string) ([]result, error) {
	if q == "" {
		return nil, nil
	}
	list, err := v.Inventory.Users(v.R.Context(), v.Actor, store.UserFilter{Search: q, Page: access.Page{Size: found}})
	if access.CodeOf(err) == access.Forbidden {
		return nil, nil
	}
	all := make([]result, len(list.Items))
	for i, u := range list.Items {
		all[i] = result{Title: u.Name(), Kind: "Users", URL: "/users/" + u.ID, Hint: u.Email}
	}
	return all, err
}

func requests(v *site.Visit, _ string) ([]result, error) {
	list, err := v.Requests.List(v.R.Context(), v.Actor, store.RequestFilter{InvolvesID: v.Actor.UserID, Page: access.Page{Size: recent}})
	all := make([]result, len(list.Items))
	for i, r := range list.Items {
		all[i] = result{Title: names(r), Kind: "My requests", URL: "/requests/" + r.ID, Hint: string(r.State)}
	}
	return all, err
}

func names(r request.View) string {
	all := make([]string, len(r.Items))
	for i, item := range r.Items {
		all[i] = item.Resource.Name
	}
	return "Request for " + strings.Join(all, ", ")
}
