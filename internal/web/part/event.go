package part

import (
	"strings"

	"admit/internal/access"
	"admit/internal/web/ui"
)

// eventIcons are by the noun of an event's type.
var eventIcons = map[string]string{
	"user": "user", "group": "users", "owner": "shield-check", "app": "app-window", "resource": "box", "request": "inbox",
	"grant": "key-round", "change": "arrow-right-left", "ticket": "ticket", "provider": "plug", "token": "key-round",
	"session": "lock", "password": "lock", "system": "settings", "sync": "refresh-cw", "webhook": "webhook",
	"waiver": "lock-open", "storm": "layers",
}

// Timeline returns lines of the audit log as they are shown on the page of one
// thing.
func Timeline(events []access.Event) []ui.TimelineItem {
	items := make([]ui.TimelineItem, len(events))
	for i, e := range events {
		noun, _, _ := strings.Cut(string(e.Type), ".")
		items[i] = ui.TimelineItem{
			Icon: eventIcons[noun], Tone: eventTone(e.Type), Title: eventTitle(e), Text: facts(e), At: e.At,
		}
		switch {
		case e.TicketID != nil:
			items[i].Link = ui.Link{Label: "Ticket", URL: "/tickets/" + *e.TicketID}
		case e.RequestID != nil:
			items[i].Link = ui.Link{Label: "Request", URL: "/requests/" + *e.RequestID}
		case e.ChangeID != nil:
			items[i].Link = ui.Link{Label: "Change", URL: ChangeURL(*e.ChangeID)}
		}
	}
	return items
}

// eventTitle is who did what. What Admit did itself is told without saying so.
func eventTitle(e access.Event) string {
	if e.ActorID == nil && e.Via == "system" {
		return Capital(e.Summary)
	}
	return e.ActorName + " " + e.Summary
}

func eventTone(t access.EventType) ui.Tone {
	switch t {
	case access.ChangeDone, access.ChangeAttested, access.RequestApproved, access.ProviderHealed, access.WebhookWorks:
		return ui.Good
	case access.ChangeAttention, access.ChangeDisputed, access.ChangeLate, access.RequestDenied, access.TicketLostEv, access.ProviderTroubled, access.ProviderLacking, access.WebhookSilentEv:
		return ui.Bad
	default:
		return ui.Neutral
	}
}

// facts are the further facts of an event worth a line.
func facts(e access.Event) string {
	var lines []string
	for _, f := range []struct{ name, label string }{{"reason", "Reason"}, {"tickets", "Tickets"}, {"level", "Level"}} {
		if v := e.Data[f.name]; v != "" {
			lines = append(lines, f.label+": "+v)
		}
	}
	return strings.Join(lines, " · ")
}
