package part

import (
	"cmp"

	"admit/internal/access"
	"admit/internal/propagation"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// ChangeURL is the page of a change.
func ChangeURL(id string) string { return "/changes/" + id }

// Standing is the note on how a change stands.
type Standing struct {
	Tone              ui.Tone
	Icon, Title, Text string
}

// StandingOf says how a change stands. t is its ticket, or nil; waiting what it
// waits for.
func StandingOf(c access.AccessChange, t *access.Ticket, waiting string) Standing {
	switch {
	case c.State == access.NeedsAttention:
		return Standing{ui.Bad, "triangle-alert", "Needs attention. It waits for", waiting}
	case waiting != "":
		return Standing{ui.Warn, "hourglass", "Waiting for", waiting}
	case c.State == access.Done && t != nil && t.ClosedBy != "":
		return Standing{ui.Good, "check", "The change is complete", t.ClosedBy + " set " + cmp.Or(t.Identifier, "the ticket") + " to “" + t.Status + "”."}
	case c.State == access.Done:
		return Standing{ui.Good, "check", "The change is complete", site.Sentence(c.Detail)}
	}
	return Standing{ui.Neutral, "info", "The change ended without effect", site.Sentence(c.Detail)}
}

// Cause says what made a change necessary.
func Cause(c access.AccessChange) ui.Link {
	switch c.Cause {
	case access.ByRequest:
		l := ui.Link{Label: "An approved request"}
		if c.RequestID != nil {
			l.URL = "/requests/" + *c.RequestID
		}
		return l
	case access.ByAdmin:
		return ui.Link{Label: "An admin decided it by hand"}
	case access.ByExpiry:
		return ui.Link{Label: "The time it was given for is over"}
	case access.BySelf:
		return ui.Link{Label: "The person gave it back"}
	case access.BySystem:
		return ui.Link{Label: "The person, the resource or the app was removed"}
	}
	return ui.Link{Label: string(c.Cause)}
}

// Sought is a change as the state to reach: "Josh Miller does not have My Role in
// Payroll".
func Sought(c access.AccessChange) string {
	verb := " has "
	if c.Direction == access.ToRemove {
		verb = " does not have "
	}
	return cmp.Or(c.UserName, c.UserEmail) + verb + What(c) + " in " + c.AppName
}

// What names the resource of a change, with its level if it has one.
func What(c access.AccessChange) string {
	if c.LevelName != "" {
		return c.ResourceName + " (" + c.LevelName + ")"
	}
	return c.ResourceName
}

// WaiverView is a removal that somebody asks to give up, as it is shown to those
// who may agree, and to those who may not.
type WaiverView struct {
	Asked       bool // somebody asks
	Title, Text string
	May         bool   // the reader may decide about it
	Problem     string // why the reader cannot agree; "" if they can
	Mine        bool   // the reader asked
	agree, stop string
}

// WaiverOf returns what somebody asks about a change; nothing is asked if nobody
// does. next is where one goes on to.
func WaiverOf(v *site.Visit, w propagation.WorkItem, next string) (WaiverView, error) {
	if w.Waiver == nil || w.State != access.NeedsAttention {
		return WaiverView{}, nil
	}
	names, err := Names(v, []string{w.Waiver.AskedBy})
	if err != nil {
		return WaiverView{}, err
	}
	person := cmp.Or(w.UserName, w.UserEmail)
	until := access.Moment(w.Waiver.UntilAt)
	return WaiverView{
		Asked: true, Title: cmp.Or(names[w.Waiver.AskedBy], "Somebody") + " asks to give this removal up until " + until,
		Text: "“" + w.Waiver.Reason + "” Until then " + person + " keeps the access, and that risk is accepted. Then the removal comes back.",
		May:  v.Actor.May(access.GiveUpChange, w.Relation) == nil, Mine: w.Waiver.AskedBy == v.Actor.UserID,
		Problem: site.Sentence(access.WaiverProblem(v.Actor, *w.Waiver, w.UserID)),
		agree:   WayURL(w.ID, "agree", next), stop: WayURL(w.ID, "refuse", next),
	}, nil
}

// no is the button that ends what was asked.
func (w WaiverView) no() ui.Button {
	if w.Mine {
		return ui.Button{Label: "Take it back", Small: true, Busy: "Taking it back…"}
	}
	return ui.Button{Label: "Do not", Small: true, Busy: "Refusing…"}
}
