// Package mine is what the person who is signed in has, and how to give it back.
package mine

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// maxTopics is how many topics of resources a page listens to.
const maxTopics = 16

// Register adds the pages.
func Register(s *site.Site) {
	s.Handle("GET /access", list)
	s.Handle("GET /access/give-back", askGiveBack)
	s.Handle("POST /access/give-back", giveBack)
}

func list(v *site.Visit) error {
	if part.WantsCSV(v) {
		return export(v)
	}
	p := part.Page(v)
	found, err := v.Inventory.Access(v.R.Context(), v.Actor, v.Actor.UserID, p)
	if err != nil {
		return err
	}
	names, err := part.Names(v, part.Actors(found.Items))
	if err != nil {
		return err
	}
	topics := []string{"user:" + v.Actor.UserID}
	for _, h := range found.Items {
		if len(topics) < maxTopics {
			topics = append(topics, "resource:"+h.ResourceID)
		}
	}
	w := view{
		rows: rows(found.Items, v.Actor, names, v.Now), topics: strings.Join(topics, " "), now: v.Now, csv: part.CSVURL(v),
		pager: part.Pager(v, found.Next, part.Shown(len(found.Items), "resource", p, found.Next)),
	}
	return v.Show(ui.Shell{Title: "My access", Active: ui.NavAccess, Live: topics}, page(w))
}

func export(v *site.Visit) error {
	head := []string{"app", "resource", "access_level", "state", "since", "expires_at", "reason", "ticket"}
	return part.Export(v, "my-access", head, func(p access.Page) ([][]string, string, error) {
		found, err := v.Inventory.Access(v.R.Context(), v.Actor, v.Actor.UserID, p)
		var all [][]string
		for _, h := range found.Items {
			ends, reason, number := "", "", ""
			if g := h.Ends(); g != nil {
				reason = g.Reason
				if g.ExpiresAt != nil {
					ends = g.ExpiresAt.UTC().Format(time.RFC3339)
				}
			}
			if h.Ticket != nil {
				number = h.Ticket.Identifier
			}
			state := string(access.MarkOf(h.Slot, h.Change))
			all = append(all, []string{h.App.Name, h.Resource.Name, h.LevelName, state, h.Slot.CreatedAt.UTC().Format(time.RFC3339), ends, reason, number})
		}
		return all, found.Next, err
	})
}

// place is the slot that a form or a link names: one's own, always.
func place(v *site.Visit, values url.Values) (inventory.Place, error) {
	id, err := uuid.Parse(values.Get("resource"))
	level := values.Get("level")
	if err != nil || strings.ToValidUTF8(level, "") != level || len(level) > access.MaxName || strings.ContainsRune(level, 0) {
		return inventory.Place{}, access.Errorf(access.NotFound, "you do not have this")
	}
	return inventory.Place{ResourceID: id.String(), UserID: v.Actor.UserID, Level: level}, nil
}

func askGiveBack(v *site.Visit) error {
	at, err := place(v, v.R.URL.Query())
	if err != nil {
		return err
	}
	h, err := v.Inventory.Holder(v.R.Context(), v.Actor, at)
	if err != nil {
		return err
	}
	s := ui.Shell{Title: "Give back", Active: ui.NavAccess, Crumbs: []ui.Link{{Label: "My access", URL: "/access"}}}
	if len(h.Grants) == 0 {
		return v.Done("/access", ui.Flash{Kind: ui.Note, Text: "You have given this back already."})
	}
	return v.ShowStatus(http.StatusOK, s, giveBackPage(backOf(h, v.Now)))
}

func giveBack(v *site.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	at, err := place(v, form)
	if err != nil {
		return err
	}
	if err := v.Inventory.RemoveHolder(v.R.Context(), v.Actor, at); err != nil {
		return err
	}
	return v.Done("/access", site.Said("You have given it back. It stays listed until it is really gone."))
}
