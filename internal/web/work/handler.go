// Package work is the page of access changes under way: what, for whom, who has
// it, and what it waits for.
package work

import (
	"time"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

const (
	lately   = 14 * 24 * time.Hour
	maxCount = 1000 // a tab counts no further
)

// Register adds the pages to a site.
func Register(s *site.Site) {
	for _, t := range tabs {
		s.Handle("GET "+t.path, func(v *site.Visit) error { return show(v, t) })
	}
	s.Handle("POST /changes/{id}/retry", retry)
}

func show(v *site.Visit, t tab) error {
	f, err := filter(v, t)
	if err != nil {
		return err
	}
	if part.WantsCSV(v) {
		return export(v, t, f)
	}
	f.Page = part.Page(v)
	list, err := v.Propagation.Work(v.R.Context(), v.Actor, f)
	if err != nil {
		return err
	}
	m := model{tab: t, url: v.R.URL.RequestURI(), csv: part.CSVURL(v), now: v.Now}
	if err := frame(v, &m); err != nil {
		return err
	}
	for _, item := range list.Items {
		m.rows = append(m.rows, rowOf(item, v.Actor, m.url))
	}
	m.filtered = m.filter.Query != "" || f.AppID != "" || f.ProviderID != "" || f.Direction != ""
	m.pager = part.Pager(v, list.Next, part.Shown(len(m.rows), "change", f.Page, list.Next))
	return v.Show(ui.Shell{Title: "Work", Active: ui.NavWork, Live: []string{"changes", "tickets"}}, view(m))
}

// filter is what a tab and the query select.
func filter(v *site.Visit, t tab) (store.ChangeFilter, error) {
	f := store.ChangeFilter{Search: v.Search("q")}
	var err error
	if f.AppID, err = v.QueryID("app"); err != nil {
		return f, err
	}
	if f.ProviderID, err = v.QueryID("provider"); err != nil {
		return f, err
	}
	switch d := access.Direction(v.Query("direction")); d {
	case access.ToGrant, access.ToRemove:
		f.Direction = d
	case "":
	default:
		return f, access.Errorf(access.Invalid, "a direction is %s or %s", access.ToGrant, access.ToRemove)
	}
	t.narrow(&f, v)
	return f, nil
}

// frame fills in what stands around the list.
func frame(v *site.Visit, m *model) error {
	ctx := v.R.Context()
	counts, err := v.Propagation.WorkCounts(ctx, v.Actor)
	if err != nil {
		return err
	}
	mine, err := v.Propagation.CountWork(ctx, v.Actor, store.ChangeFilter{Live: true, AssigneeID: v.Actor.UserID}, maxCount)
	if err != nil {
		return err
	}
	unassigned, err := v.Propagation.CountWork(ctx, v.Actor, store.ChangeFilter{Live: true, Unassigned: true}, maxCount)
	if err != nil {
		return err
	}
	apps, err := v.Inventory.Apps(ctx, v.Actor, store.AppFilter{Page: access.Page{Size: access.MaxPage}})
	if err != nil {
		return err
	}
	providers, err := v.Propagation.Providers(ctx, v.Actor)
	if err != nil && access.CodeOf(err) != access.Forbidden { // they do without that filter
		return err
	}
	m.stats = stats(counts, unassigned)
	m.tabs = tabLinks(v, m.tab, map[string]int{"mine": mine, "open": total(counts), "attention": counts[access.NeedsAttention], "unassigned": unassigned})
	m.filter = filterBar(v, m.tab, apps.Items, providers)
	return nil
}

func export(v *site.Visit, t tab, f store.ChangeFilter) error {
	return part.Export(v, "work-"+t.name, csvHead, func(p access.Page) ([][]string, string, error) {
		f.Page = p
		list, err := v.Propagation.Work(v.R.Context(), v.Actor, f)
		rows := make([][]string, len(list.Items))
		for i, item := range list.Items {
			rows[i] = csvRow(item)
		}
		return rows, list.Next, err
	})
}

func retry(v *site.Visit) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	next := site.Local(v.Query("next"), "/work")
	if err := v.Propagation.RetryChange(v.R.Context(), v.Actor, id); err != nil {
		if _, sentence, ok := site.Problems(err); ok && access.CodeOf(err) == access.Conflict {
			return v.Done(next, ui.Flash{Kind: ui.Wrong, Text: site.Sentence(sentence)})
		}
		return err
	}
	return v.Done(next, site.Said("It is tried again, with the settings as they are now."))
}
