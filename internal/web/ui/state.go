package ui

// look is how a state is shown.
type look struct {
	tone        Tone
	icon, label string
}

// stateLooks names the states of requests and of access changes. Words differ
// where colours do not.
var stateLooks = map[string]look{
	"pending":  {Warn, "clock", "Pending"},
	"approved": {Good, "check", "Approved"},
	"denied":   {Bad, "x", "Denied"},
	"expired":  {Neutral, "timer", "Expired"},

	"queued":     {Neutral, "clock", "Queued"},
	"filing":     {Neutral, "send", "Filing the ticket"},
	"open":       {Warn, "ticket", "Ticket open"},
	"canceling":  {Neutral, "undo-2", "Canceling"},
	"claimed":    {Accent, "ticket-check", "Reported done"},
	"attention":  {Bad, "triangle-alert", "Needs attention"},
	"done":       {Good, "check", "Done"},
	"canceled":   {Neutral, "ban", "Canceled"},
	"superseded": {Neutral, "arrow-right", "Replaced"},
	"abandoned":  {Neutral, "circle-x", "Given up"},
	"declined":   {Bad, "x", "Declined"},

	"active": {Good, "check", "Active"},
	"ended":  {Neutral, "timer", "Ended"},
}

func stateLook(state string) look {
	if l, ok := stateLooks[state]; ok {
		return l
	}
	return look{label: state}
}
