// Package events is the page of the audit log: who did what, when, why, and to
// what.
package events

import (
	"time"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// Register adds the page to a site.
func Register(s *site.Site) { s.Handle("GET /events", show) }

func show(v *site.Visit) error {
	f, err := filter(v)
	if err != nil {
		return err
	}
	if part.WantsCSV(v) {
		return export(v, f)
	}
	f.Page = part.Page(v)
	list, err := v.Inventory.Events(v.R.Context(), v.Actor, f)
	if err != nil {
		return err
	}
	m := modelOf(v, f, list)
	s := ui.Shell{Title: "Events", Active: ui.NavEvents}
	if f.Page.Cursor == "" { // an older page does not change
		m.topic, s.Live = "events", []string{"events"}
	}
	return v.Show(s, view(m))
}

// ids are the filters by a thing's id, and where they go.
func ids(f *store.EventFilter) map[string]*string {
	return map[string]*string{
		"actor": &f.ActorID, "object": &f.ObjectID, "user": &f.UserID, "app": &f.AppID, "resource": &f.ResourceID,
		"request": &f.RequestID, "ticket": &f.TicketID, "change": &f.ChangeID, "provider": &f.ProviderID,
	}
}

func filter(v *site.Visit) (store.EventFilter, error) {
	f := store.EventFilter{Search: v.Search("q")}
	for name, id := range ids(&f) {
		var err error
		if *id, err = v.QueryID(name); err != nil {
			return f, err
		}
	}
	if noun := v.Query("type"); noun != "" {
		if _, known := nounNames[noun]; !known {
			return f, access.Errorf(access.Invalid, "there is no type of event of that name")
		}
		f.Noun = noun
	}
	var err error
	if f.From, err = day(v.Query("from"), 0); err != nil {
		return f, err
	}
	f.To, err = day(v.Query("to"), 1)
	return f, err
}

// day reads a date, and returns its beginning in UTC, plus some days.
func day(text string, plus int) (*time.Time, error) {
	if text == "" {
		return nil, nil // no day is not a mistake
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || t.Year() < 1970 || t.Year() > 9000 {
		return nil, access.Errorf(access.Invalid, "a date is written like 2006-01-02")
	}
	t = t.AddDate(0, 0, plus)
	return &t, nil
}

func export(v *site.Visit, f store.EventFilter) error {
	return part.Export(v, "events", csvHead, func(p access.Page) ([][]string, string, error) {
		f.Page = p
		list, err := v.Inventory.Events(v.R.Context(), v.Actor, f)
		rows := make([][]string, len(list.Items))
		for i, e := range list.Items {
			rows[i] = csvRow(e)
		}
		return rows, list.Next, err
	})
}
