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
	s.Handle("GET /work/overview", overview)
	s.Handle("GET /storms/{id}", showStorm)
	s.Handle("POST /storms/{id}", releaseStorm)
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
	if err := frame(v, &m, f); err != nil {
		return err
	}
	for _, item := range list.Items {
		m.rows = append(m.rows, rowOf(item, v.Actor, m.url))
	}
	m.filtered = m.filter.Query != "" || f.AppID != "" || f.ProviderID != "" || f.Direction != "" || v.Query("assignee") != ""
	m.pager = part.Pager(v, list.Next, part.Shown(len(m.rows), "change", f.Page, list.Next))
	return v.Show(ui.Shell{Title: "Work", Active: ui.NavWork, Live: []string{"changes", "tickets", "providers"}}, view(m))
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
	if f.AssigneeID, err = v.QueryID("assignee"); err != nil {
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

// frame fills in what stands around the list that f selects.
func frame(v *site.Visit, m *model, f store.ChangeFilter) error {
	ctx := v.R.Context()
	states, err := v.Propagation.WorkCounts(ctx, v.Actor)
	if err != nil {
		return err
	}
	counts, err := count(v, states)
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
	var people []access.User
	if m.tab.byAssignee() {
		if people, err = v.Propagation.WorkAssignees(ctx, v.Actor, f); err != nil {
			return err
		}
	}
	if m.storms, err = banners(v); err != nil {
		return err
	}
	m.stats = stats(states, counts)
	m.tabs = tabLinks(v, m.tab.name, counts)
	m.filter = filterBar(v, m.tab, apps.Items, providers, people)
	return nil
}

// count counts what the tabs that say so hold.
func count(v *site.Visit, states map[access.ChangeState]int) (map[string]int, error) {
	counts := map[string]int{"open": total(states), "attention": states[access.NeedsAttention]}
	for _, t := range tabs {
		if !t.counted {
			continue
		}
		var f store.ChangeFilter
		t.narrow(&f, v)
		n, err := v.Propagation.CountWork(v.R.Context(), v.Actor, f, maxCount)
		if err != nil {
			return nil, err
		}
		counts[t.name] = n
	}
	return counts, nil
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
