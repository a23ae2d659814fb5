// Package approvals is what waits for the decision of the person who is signed
// in.
package approvals

import (
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// Register adds the page.
func Register(s *site.Site) { s.Handle("GET /approvals", list) }

func list(v *site.Visit) error {
	ctx := v.R.Context()
	p := part.Page(v)
	found, err := v.Requests.ToReview(ctx, v.Actor, p)
	if err != nil {
		return err
	}
	count, err := v.Requests.CountToReview(ctx, v.Actor)
	if err != nil {
		return err
	}
	w := view{
		cards: cards(found.Items, v.Actor, v.Now), now: v.Now, count: count,
		pager: part.Pager(v, found.Next, part.Shown(len(found.Items), "request", p, found.Next)),
	}
	return v.Show(ui.Shell{Title: "Approvals", Active: ui.NavApprovals, Live: []string{"requests"}}, page(w))
}
