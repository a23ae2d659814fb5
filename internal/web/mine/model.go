package mine

import (
	"net/url"
	"time"

	"admit/internal/access"
	"admit/internal/web/part"
	"admit/internal/web/ui"
)

type view struct {
	rows   []row
	topics string
	pager  ui.Pager
	csv    string
	now    time.Time
}

type row struct {
	slot, name, app string
	resource        string
	why             ui.Link
	reason          string
	wanted          bool
	ends            time.Time
	mark            ui.MarkView
	ticket          ui.TicketRef // without a URL: shown, but not opened
	back            string       // "" when there is nothing to give back
	dispute         string       // where one says that one does not have it; "" when it is not said to be there
}

func rows(hs []access.Holding, actor access.Actor, names map[string]string, now time.Time) []row {
	all := make([]row, len(hs))
	for i, h := range hs {
		r := row{
			slot: h.Slot.ID, name: title(h), app: h.App.Name, resource: h.ResourceID,
			why: part.Why(h, names), wanted: len(h.Grants) > 0, ends: part.Ends(h), mark: part.Opening(part.Mark(h, now), h), ticket: part.Ticket(h),
		}
		if g := h.Ends(); g != nil {
			r.reason, r.back = g.Reason, "/access/give-back?"+backQuery(h)
		}
		if c := h.Change; c != nil && c.State == access.Done && c.Direction == access.ToGrant {
			r.dispute = part.WayURL(c.ID, string(part.ItIsNotSo), "/access")
		}
		mine := h.Ticket != nil && h.Ticket.AssigneeID != nil && *h.Ticket.AssigneeID == actor.UserID
		if actor.Role == access.Member && !mine {
			r.ticket.URL = "" // its page is for those who work on it
		}
		all[i] = r
	}
	return all
}

func title(h access.Holding) string {
	if h.LevelName != "" {
		return h.Resource.Name + " (" + h.LevelName + ")"
	}
	return h.Resource.Name
}

func backQuery(h access.Holding) string {
	q := url.Values{"resource": {h.ResourceID}}
	if h.Level != "" {
		q.Set("level", h.Level)
	}
	return q.Encode()
}

// back is the question before something is given back.
type back struct {
	name, app, resource, level, src string
	text                            []string
}

func backOf(h access.Holding, now time.Time) back {
	b := back{name: title(h), app: h.App.Name, resource: h.ResourceID, level: h.Level, src: "/access/give-back?" + backQuery(h)}
	consequence := "Tickets are off for " + h.App.Name + ": it is written down at once, and nobody is asked to act."
	if access.TicketPolicyFor(h.App, h.Resource).Files(access.ToRemove) {
		consequence = "A ticket asks the people who run " + h.App.Name + " to take it away. Until that is done it stays listed as removal pending."
	}
	b.text = []string{consequence, "To have it again you must ask again, and it must be approved again."}
	if end := part.Ends(h); !end.IsZero() {
		b.text = append(b.text, "It would end by itself "+ui.Ago(end, now)+".")
	}
	return b
}
