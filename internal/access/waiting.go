package access

import (
	"fmt"
	"strings"
	"time"
)

// Waiting is what a live change waits for, in parts for those who lay it out. Its
// String is the sentence.
type Waiting struct {
	Who    string    // "Ana Ruiz", "Admit"; "" for a change that has ended
	What   string    // "to make the change and mark AR-12 done in Jira"
	Since  time.Time // since when
	Next   string    // what happens by itself if nobody does anything: "Admit reminds them"; "" for nothing
	NextAt *time.Time
	Note   string // one more sentence, "" for none
}

// String is all of it in one sentence, "" for a change that has ended.
func (w Waiting) String() string {
	if w.Who == "" {
		return ""
	}
	var b strings.Builder
	b.WriteString(w.Who + " " + w.What)
	if !w.Since.IsZero() {
		b.WriteString(", since " + Moment(w.Since))
	}
	if w.Next != "" {
		b.WriteString("; " + w.Next)
		if w.NextAt != nil {
			b.WriteString(" on " + Moment(*w.NextAt))
		}
	}
	b.WriteString(".")
	if w.Note != "" {
		b.WriteString(" " + w.Note)
	}
	return b.String()
}

// Moment is a time as sentences have it.
func Moment(t time.Time) string { return t.UTC().Format("2 January 2006 15:04 UTC") }

// HeldBack is the detail of a change that waits in a Storm.
const HeldBack = "many tickets of one cause would be filed at once"

// WaitingFor says what a live change waits for: who, what, where, since when, and
// what happens next by itself. ticket, provider and waiver may be nil; waiver is
// the one that waits for somebody to agree.
func WaitingFor(c AccessChange, t *Ticket, p *TicketProvider, waiver *Waiver) Waiting {
	w := Waiting{Who: "Admit", Since: c.StateAt}
	where := "the ticket system"
	if p != nil {
		where = p.Name
	}
	if p != nil && p.Trouble != "" && (c.State == Filing || c.State == Queued && c.Tries > 0) {
		w.Who, w.What, w.Next, w.NextAt = where, "to work again: "+trimEnd(p.Trouble), "Admit tries again", c.NextTryAt
		return w
	}
	switch c.State {
	case Queued:
		w.queued(c)
	case Filing:
		w.filing(c, t, where)
	case Open:
		w.person(c, t, where)
	case Canceling:
		w.What = "to close " + ticketName(t) + ": the change is no longer wanted"
		if c.Rerouted {
			w.What = "to close " + ticketName(t) + " and file it anew elsewhere"
		}
	case ClaimedDone:
		w.What = "to record the change as complete"
	case NeedsAttention:
		w.attention(c, t, where, waiver)
	case Done, ChangeCanceled, Superseded, Abandoned:
		return Waiting{}
	}
	return w
}

func (w *Waiting) queued(c AccessChange) {
	switch {
	case c.Held():
		w.Who, w.What = "An admin", "to let the tickets go: "+HeldBack
	case c.Detail != "":
		w.What, w.Next, w.NextAt = "to file the ticket: "+trimEnd(c.Detail), "it tries again", c.NextTryAt
	default:
		w.What, w.Next, w.NextAt = "to file the ticket", "it does so", c.NextTryAt
	}
}

func (w *Waiting) filing(c AccessChange, t *Ticket, where string) {
	w.Who, w.What = where, "to confirm the new ticket"
	if t != nil && t.Note != "" {
		w.What = "to answer: " + trimEnd(t.Note)
	}
	if c.NextTryAt != nil && c.SharedTicketID == nil && c.NextTryAt.After(c.StateAt) {
		w.Next, w.NextAt = "Admit looks before it files again", c.NextTryAt
	}
}

func (w *Waiting) person(c AccessChange, t *Ticket, where string) {
	w.Who, w.What = "Somebody", "to make the change and mark "+ticketName(t)+" done in "+where
	if t != nil && t.AssigneeName != "" {
		w.Who = t.AssigneeName
	}
	if c.Reversed {
		w.What = "to stop or undo the change and close " + ticketName(t) + " in " + where
	}
	if t != nil && t.AssigneeName == "" {
		w.Note = "Nobody is assigned."
	}
	w.clock(c)
}

// clock says what the clock of a change does next.
func (w *Waiting) clock(c AccessChange) {
	switch {
	case c.LateAt != nil && c.ClockAt == nil:
		w.Next = "it is late, and everybody who can help was told"
	case c.LateAt != nil:
		w.Next, w.NextAt = "it is late, and goes to the admins of the app", c.ClockAt
	case c.ClockAt == nil || !c.ClockAt.After(c.StateAt.Add(time.Minute)): // it is not wound yet
	case c.RemindedAt != nil:
		w.Next, w.NextAt = "it is late, and goes to the resource's admins", c.ClockAt
	default:
		w.Next, w.NextAt = "Admit reminds them", c.ClockAt
	}
}

func (w *Waiting) attention(c AccessChange, t *Ticket, where string, waiver *Waiver) {
	detail := ""
	if c.Detail != "" {
		detail = ": " + trimEnd(c.Detail)
	}
	w.Who = "A resource admin"
	w.clock(c)
	if waiver != nil {
		w.Who, w.What, w.Since = "A second person", "to agree that this removal is given up until "+Moment(waiver.UntilAt), waiver.AskedAt
		return
	}
	switch c.Attention {
	case Blocked:
		w.What = fmt.Sprintf("to mend the ticket settings and retry, for %s refuses the ticket%s", where, detail)
	case Declined:
		w.What = fmt.Sprintf("to decide, for %s was closed without making the change%s", ticketName(t), detail)
	case Murky:
		w.What = fmt.Sprintf("to decide, for the end of %s cannot be read as done or not done%s", ticketName(t), detail)
	case Disputed:
		w.What = "to look, for the change is said not to be so" + detail
	case Lost:
		w.What = fmt.Sprintf("to decide, for the tickets vanish from %s%s", where, detail)
	default:
		w.What = "to decide" + detail
	}
}

func ticketName(t *Ticket) string {
	if t == nil || t.Identifier == "" {
		return "the ticket"
	}
	return t.Identifier
}

func trimEnd(s string) string { return strings.TrimRight(strings.TrimSpace(s), ".") }
