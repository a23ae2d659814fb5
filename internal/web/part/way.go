package part

import (
	"net/url"
	"strings"

	"admit/internal/access"
	"admit/internal/propagation"
	"admit/internal/web/ui"
)

// Way is a way out of where a change stands: the name of a dialog of the change.
// Trying again is none: it asks nothing.
type Way string

// The ways.
const (
	GiveAway      Way = "assign"  // its ticket is for somebody else
	SendElsewhere Way = "reroute" // its ticket is filed elsewhere
	ItIsSo        Way = "attest"
	ItIsNotSo     Way = "dispute"
	GiveUp        Way = "give-up"
)

// ways says of each way who may go it, and how it is offered.
var ways = map[Way]struct {
	action access.Action
	button ui.Button
}{
	GiveAway:      {access.RerouteChange, ui.Button{Label: "Give to somebody else", Icon: "user-check"}},
	SendElsewhere: {access.RerouteChange, ui.Button{Label: "Send elsewhere", Icon: "send"}},
	ItIsSo:        {access.AttestChange, ui.Button{Label: "It is so", Icon: "badge-check"}},
	ItIsNotSo:     {access.DisputeChange, ui.Button{Label: "It is not so", Icon: "circle-x", Variant: ui.DangerQuiet}},
	GiveUp:        {access.GiveUpChange, ui.Button{Label: "Give up", Icon: "circle-x", Variant: ui.DangerQuiet}},
}

// MayGo returns nil if an actor may go a way out of where a change stands. The use
// cases decide again.
func MayGo(w propagation.WorkItem, actor access.Actor, way Way) error {
	rel := w.Relation &^ access.IsSelf
	if w.UserID == actor.UserID && w.Direction == access.ToGrant {
		rel |= access.IsSelf
	}
	return actor.May(ways[way].action, rel)
}

// Open returns the ways out of where a change stands, for an actor.
func Open(w propagation.WorkItem, actor access.Actor) []Way {
	var all []Way
	for _, way := range standing(w, actor) {
		if MayGo(w, actor, way) == nil {
			all = append(all, way)
		}
	}
	return all
}

// standing are the ways out of a state. Nobody says of their own access that it
// is so, and what somebody asked to give up waits for a second person.
func standing(w propagation.WorkItem, actor access.Actor) []Way {
	switch w.State {
	case access.Queued:
		if w.ViaTicket {
			return []Way{SendElsewhere}
		}
	case access.Open:
		switch {
		case w.Reversed: // it is not wanted any more
		case w.SharedTicketID != nil: // whose ticket it is, is said of the ticket
			return []Way{SendElsewhere}
		default:
			return []Way{GiveAway, SendElsewhere}
		}
	case access.NeedsAttention:
		all := []Way{SendElsewhere}
		if w.UserID != actor.UserID {
			all = append(all, ItIsSo)
		}
		if w.Waiver == nil {
			all = append(all, GiveUp)
		}
		return all
	case access.Done:
		if w.Last {
			return []Way{ItIsNotSo}
		}
	default: // Admit is at it, or it has ended
	}
	return nil
}

// Ways returns the ways out of where a change stands, for an actor, as links to
// dialogs. next is where they lead back to.
func Ways(w propagation.WorkItem, actor access.Actor, next string) []ui.Button {
	var all []ui.Button
	for _, way := range Open(w, actor) {
		b := ways[way].button
		b.URL, b.Dialog = WayURL(w.ID, string(way), next), true
		b.Attrs = map[string]any{"id": string(way) + "-" + w.ID}
		all = append(all, b)
	}
	return all
}

// OwnNote says why an actor is not offered to say that it is so, "" if they are or
// may not anyway.
func OwnNote(w propagation.WorkItem, actor access.Actor) string {
	if w.State != access.NeedsAttention || w.UserID != actor.UserID || MayGo(w, actor, ItIsSo) != nil {
		return ""
	}
	return "This is your own access: somebody else must say that it is so."
}

// Retry returns where a form asks to try a change again, "" if the actor may not
// or there is nothing to try.
func Retry(w propagation.WorkItem, actor access.Actor, next string) string {
	if w.State != access.NeedsAttention || actor.May(access.RetryChange, w.Relation) != nil {
		return ""
	}
	return WayURL(w.ID, "retry", next)
}

// WayURL is the address of something one does about a change. next is where one goes on to; "" for the change.
func WayURL(id, do, next string) string {
	if next == "" {
		return ChangeURL(id) + "/" + do
	}
	return ChangeURL(id) + "/" + do + "?" + url.Values{"next": {next}}.Encode()
}

// IsDialog reports whether an address of ours is that of a ticket or a change,
// which open over a page.
func IsDialog(url string) bool {
	return strings.HasPrefix(url, "/changes/") || strings.HasPrefix(url, "/tickets/")
}
