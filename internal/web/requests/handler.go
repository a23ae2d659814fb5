// Package requests shows requests: the list, and each with all that happened to
// it and what one may do.
package requests

import (
	"strconv"
	"time"

	"admit/internal/access"
	"admit/internal/request"
	"admit/internal/store"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// Register adds the pages.
func Register(s *site.Site) {
	s.Handle("GET /requests", list)
	s.Handle("GET /requests/{id}", show)
	s.Handle("POST /requests/{id}/comments", comment)
	s.Handle("GET /requests/{id}/approve", func(v *site.Visit) error { return askVerdict(v, approving) })
	s.Handle("GET /requests/{id}/deny", func(v *site.Visit) error { return askVerdict(v, denying) })
	s.Handle("POST /requests/{id}/approve", func(v *site.Visit) error { return decide(v, approving) })
	s.Handle("POST /requests/{id}/deny", func(v *site.Visit) error { return decide(v, denying) })
	s.Handle("GET /requests/{id}/cancel", askCancel)
	s.Handle("POST /requests/{id}/cancel", cancel)
}

// scopeAll is the scope of all one may see; the other is one's own.
const scopeAll = "all"

func list(v *site.Visit) error {
	f := store.RequestFilter{State: access.RequestState(v.Query("state")), InvolvesID: v.Actor.UserID, Page: part.Page(v)}
	all := v.Query("scope") == scopeAll
	if all {
		f.InvolvesID = ""
	}
	if f.State != "" && !isState(f.State) {
		return access.Errorf(access.Invalid, "there is no such state of a request")
	}
	if part.WantsCSV(v) {
		return export(v, f)
	}
	found, err := v.Requests.List(v.R.Context(), v.Actor, f)
	if err != nil {
		return err
	}
	w := listView{
		rows: rows(found.Items), all: all, sought: f.State != "", csv: part.CSVURL(v), now: v.Now,
		filter: filter(f.State, all), pager: part.Pager(v, found.Next, part.Shown(len(found.Items), "request", f.Page, found.Next)),
	}
	return v.Show(ui.Shell{Title: "Requests", Active: ui.NavCatalog, Live: []string{"requests"}}, listPage(w))
}

func export(v *site.Visit, f store.RequestFilter) error {
	head := []string{"id", "asked_at", "requester", "for", "app", "resource", "access_level", "reason", "minutes", "state", "decided_at", "decided_by"}
	return part.Export(v, "requests", head, func(p access.Page) ([][]string, string, error) {
		f.Page = p
		found, err := v.Requests.List(v.R.Context(), v.Actor, f)
		return csvRows(found.Items), found.Next, err
	})
}

// csvRows has one row for each resource asked for.
func csvRows(views []request.View) [][]string {
	var all [][]string
	for _, r := range views {
		minutes, decided, by := "", "", ""
		if r.Minutes != nil {
			minutes = strconv.Itoa(*r.Minutes)
		}
		if r.DecidedAt != nil {
			decided, by = r.DecidedAt.UTC().Format(time.RFC3339), "Admit"
		}
		if r.Decider != nil {
			by = r.Decider.Email
		}
		for _, i := range r.Items {
			all = append(all, []string{
				r.ID, r.CreatedAt.UTC().Format(time.RFC3339), r.Requester.Email, r.Target.Email, i.App.Name, i.Resource.Name, i.LevelName,
				r.Reason, minutes, string(r.State), decided, by,
			})
		}
	}
	return all
}

// load returns the request that the path names.
func load(v *site.Visit) (request.View, error) {
	id, err := v.ID("id")
	if err != nil {
		return request.View{}, err
	}
	return v.Requests.Get(v.R.Context(), v.Actor, id)
}

func show(v *site.Visit) error {
	r, err := load(v)
	if err != nil {
		return err
	}
	w := pageOf(r, v.Actor, v.Now)
	return v.Show(w.shell(), requestPage(w))
}
