package ui

import "cmp"

// MarkState is what the propagation mark says about a person's access.
type MarkState string

// The states of the mark.
const (
	MarkInPlace        MarkState = "in-place"        // wanted, and believed to be there
	MarkRecorded       MarkState = "recorded"        // wanted, written down; nobody was asked to make it
	MarkTicket         MarkState = "ticket"          // a ticket to give the access is open
	MarkWaiting        MarkState = "waiting"         // the engine has it; no ticket yet
	MarkAttention      MarkState = "attention"       // a person must decide
	MarkRemovalTicket  MarkState = "removal-ticket"  // a ticket to take the access away is open
	MarkRemovalWaiting MarkState = "removal-waiting" // to be taken away; no ticket yet
	MarkRemoved        MarkState = "removed"         // not wanted, and believed to be gone
	MarkWaived         MarkState = "waived"          // not wanted, but kept: its removal was given up for a time
	MarkEnded          MarkState = "ended"           // a change that ended without effect
)

// MarkView is the propagation mark of one person's access.
type MarkView struct {
	ID      string // unique on the page, and stays with the row
	State   MarkState
	Words   string // instead of the words of the state: "Kept until 3 May: risk accepted"
	Detail  string // shown beside it: "assigned to Ada Moss", "unassigned"
	Waiting string // one sentence: what it waits for, or since when it is in place
	Of      string // whose access, for screen readers: "Josh Reed"
	URL     string // of the change, which opens over the page; "" for none
}

// markLook is how a state is drawn.
type markLook struct{ class, icon, label string }

// markLooks gives each state its own shape and its own words.
var markLooks = map[MarkState]markLook{
	MarkInPlace:        {"mark-in-place", "refresh-cw", "In place"},
	MarkRecorded:       {"mark-recorded", "check", "Recorded"},
	MarkTicket:         {"mark-ticket", "ticket", "Ticket open"},
	MarkWaiting:        {"mark-waiting", "clock", "Waiting"},
	MarkAttention:      {"mark-attention", "triangle-alert", "Needs attention"},
	MarkRemovalTicket:  {"mark-removal", "ticket-minus", "Removal pending"},
	MarkRemovalWaiting: {"mark-removal mark-waiting", "clock", "Removal pending"},
	MarkRemoved:        {"mark-recorded", "user-minus", "Removed"},
	MarkWaived:         {"mark-waived", "lock-open", "Kept: risk accepted"},
	MarkEnded:          {"mark-recorded", "ban", "Ended"},
}

// look falls back to waiting: an unknown state is never shown as in place.
func (m MarkView) look() markLook {
	if l, ok := markLooks[m.State]; ok {
		return l
	}
	return markLooks[MarkWaiting]
}

// bare leaves the detail out, where the page says it beside the mark.
func (m MarkView) bare() MarkView {
	m.Detail = ""
	return m
}

// spoken is what a screen reader hears when the mark changes.
func (m MarkView) spoken() string {
	if m.Of == "" {
		return m.words()
	}
	return m.Of + ": " + m.words()
}

func (m MarkView) words() string { return cmp.Or(m.Words, m.look().label) }
