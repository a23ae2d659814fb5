package part

import (
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/web/ui"
)

// Opening is a mark that opens its change, for those who may see it.
func Opening(m ui.MarkView, h access.Holding) ui.MarkView {
	if h.Change != nil {
		m.URL = ChangeURL(h.Change.ID)
	}
	return m
}

// Mark returns the propagation mark of a holding. Its sentence is never empty.
func Mark(h access.Holding, now time.Time) ui.MarkView {
	m := ui.MarkView{ID: "mark-" + h.Slot.ID, Of: h.User.Name()}
	leaves := leaving(h)
	switch access.MarkOf(h.Slot, h.Change) {
	case access.MarkInPlace:
		m.State, m.Waiting = ui.MarkInPlace, inPlace(h, now)
	case access.MarkRecorded:
		m.State, m.Waiting = ui.MarkRecorded, "Written down here. Tickets were off, so nobody was asked to make it."
	case access.MarkTicketOpen:
		m.State, m.Detail = ui.MarkTicket, assigned(h.Ticket)
		if leaves {
			m.State = ui.MarkRemovalTicket
		}
	case access.MarkAttention:
		m.State = ui.MarkAttention
	case access.MarkRemoved:
		m.State, m.Waiting = ui.MarkRemoved, "Not there any more."
	case access.MarkWaived:
		m.State, m.Words = ui.MarkWaived, "Kept until "+ui.Date(*h.WaivedUntil, now)+": risk accepted"
		m.Waiting = Kept(*h.WaivedUntil)
	case access.MarkWaiting:
		m.State = ui.MarkWaiting
		if leaves {
			m.State = ui.MarkRemovalWaiting
		}
	}
	if m.Waiting == "" {
		m.Waiting = Waits(h.WaitingFor())
	}
	return m
}

// Kept says of a removal that it was given up until a moment.
func Kept(until time.Time) string {
	return "The removal was given up, and that risk accepted, until " + access.Moment(until) + ". It comes back then."
}

// leaving reports whether a holding is on its way out.
func leaving(h access.Holding) bool {
	if h.Change != nil && h.Change.State.Live() {
		return h.Change.Direction == access.ToRemove
	}
	return !h.Wanted
}

// Waits makes a whole sentence of what something waits for.
func Waits(w access.Waiting) string {
	what := w.String()
	if what == "" {
		return "Waits for Admit to look at it again, in a moment."
	}
	for _, word := range []string{"Somebody ", "A ", "An "} {
		if strings.HasPrefix(what, word) {
			what = strings.ToLower(what[:1]) + what[1:]
		}
	}
	return "Waits for " + what
}

func inPlace(h access.Holding, now time.Time) string {
	since := ""
	if h.AsOf != nil {
		since = ", " + ui.Ago(*h.AsOf, now)
	}
	switch {
	case h.Ticket != nil && h.Ticket.Identifier != "" && h.Ticket.ClosedBy != "":
		return h.Ticket.ClosedBy + " marked " + h.Ticket.Identifier + " done" + since + "."
	case h.Ticket != nil && h.Ticket.Identifier != "":
		return h.Ticket.Identifier + " was marked done" + since + "."
	}
	return "Made and confirmed" + since + "."
}

func assigned(t *access.Ticket) string {
	switch {
	case t == nil:
		return ""
	case t.AssigneeName == "":
		return "nobody is assigned"
	}
	return "assigned to " + t.AssigneeName
}

// Ticket returns the ticket of a holding as a link; without an identifier there
// is none yet.
func Ticket(h access.Holding) ui.TicketRef {
	if h.Ticket == nil || h.Ticket.Identifier == "" {
		return ui.TicketRef{}
	}
	return ui.TicketRef{
		ID: "ticket-" + h.Slot.ID, Identifier: h.Ticket.Identifier, URL: "/tickets/" + h.Ticket.ID,
		Removal: h.Change != nil && h.Change.Direction == access.ToRemove,
	}
}

// Actors returns the people who caused holdings, for one look-up of their names.
func Actors(hs []access.Holding) []string {
	var ids []string
	seen := map[string]bool{}
	note := func(id *string) {
		if id != nil && !seen[*id] {
			seen[*id] = true
			ids = append(ids, *id)
		}
	}
	for _, h := range hs {
		for _, g := range h.Grants {
			note(g.GrantedBy)
		}
		if h.Change != nil {
			note(h.Change.ActorID)
		}
	}
	return ids
}

// Why says why somebody has something, or why they lose it, with a link to the
// request if there is one. names are those of Actors.
func Why(h access.Holding, names map[string]string) ui.Link {
	if g := h.Ends(); g != nil {
		return whyGiven(*g, names)
	}
	if h.Change == nil {
		return ui.Link{Label: "Not wanted any more"}
	}
	switch h.Change.Cause {
	case access.ByExpiry:
		return ui.Link{Label: "Its time was over"}
	case access.BySelf:
		return ui.Link{Label: "Given back"}
	case access.BySystem:
		return ui.Link{Label: "Person, resource or app deleted"}
	case access.ByAdmin:
		return ui.Link{Label: by("Removed", h.Change.ActorID, names)}
	case access.ByRequest:
	}
	return ui.Link{Label: "Not wanted any more"}
}

func whyGiven(g access.Grant, names map[string]string) ui.Link {
	switch g.Source {
	case access.FromRequest:
		if g.RequestID != nil {
			return ui.Link{Label: "Request", URL: "/requests/" + *g.RequestID}
		}
		return ui.Link{Label: "Request"}
	case access.FromRule:
		return ui.Link{Label: "Rule"}
	case access.FromAdmin:
	}
	return ui.Link{Label: by("Added", g.GrantedBy, names)}
}

func by(verb string, id *string, names map[string]string) string {
	if id == nil {
		return verb + " by Admit"
	}
	if name := names[*id]; name != "" {
		return verb + " by " + name
	}
	return verb + " by hand"
}

// Ends returns when a holding ends; zero is without end.
func Ends(h access.Holding) time.Time {
	if g := h.Ends(); g != nil && g.ExpiresAt != nil {
		return *g.ExpiresAt
	}
	return time.Time{}
}
