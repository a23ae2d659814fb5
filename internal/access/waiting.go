package access

import (
	"fmt"
	"strings"
)

// WaitingFor says in one sentence what a live change waits for: who, what, and
// where. It is "" for a change that has ended. ticket and provider may be nil.
func WaitingFor(c AccessChange, t *Ticket, p *TicketProvider) string {
	where := "the ticket system"
	if p != nil {
		where = p.Name
	}
	if p != nil && p.Trouble != "" && (c.State == Filing || c.State == Queued && c.Tries > 0) {
		return fmt.Sprintf("%s to work again: %s. Admit keeps trying.", where, trimEnd(p.Trouble))
	}
	switch c.State {
	case Queued:
		if c.Detail != "" {
			return fmt.Sprintf("Admit to try again: %s.", trimEnd(c.Detail))
		}
		return "Admit to file the ticket, in a moment."
	case Filing:
		if t != nil && t.Note != "" {
			return fmt.Sprintf("An answer from %s: %s. Admit looks before it files again.", where, trimEnd(t.Note))
		}
		return fmt.Sprintf("%s to confirm the new ticket.", where)
	case Open:
		return waitingForPerson(c, t, where)
	case Canceling:
		return fmt.Sprintf("Admit to close %s: the change is no longer wanted.", ticketName(t))
	case ClaimedDone:
		return "Admit to record the change as complete."
	case NeedsAttention:
		return attentionSentence(c, t, where)
	case Done, ChangeCanceled, Superseded, Abandoned:
		return ""
	}
	return ""
}

func waitingForPerson(c AccessChange, t *Ticket, where string) string {
	who := "Somebody"
	if t != nil && t.AssigneeName != "" {
		who = t.AssigneeName
	}
	what := "to make the change and mark"
	if c.Reversed {
		what = "to stop or undo the change and close"
	}
	s := fmt.Sprintf("%s %s %s done in %s.", who, what, ticketName(t), where)
	if c.Reversed {
		s = fmt.Sprintf("%s %s %s in %s.", who, what, ticketName(t), where)
	}
	if t != nil && t.AssigneeName == "" {
		s += " Nobody is assigned."
	}
	return s
}

func attentionSentence(c AccessChange, t *Ticket, where string) string {
	detail := ""
	if c.Detail != "" {
		detail = ": " + trimEnd(c.Detail)
	}
	switch c.Attention {
	case Blocked:
		return fmt.Sprintf("A resource admin to mend the ticket settings and retry. %s refuses the ticket%s.", where, detail)
	case Declined:
		return fmt.Sprintf("A resource admin to decide: %s was closed without making the change%s.", ticketName(t), detail)
	case Murky:
		return fmt.Sprintf("A resource admin to decide: the end of %s cannot be read as done or not done%s.", ticketName(t), detail)
	case Disputed:
		return fmt.Sprintf("A resource admin to look: the end system does not show the change%s.", detail)
	case Lost:
		return fmt.Sprintf("A resource admin to decide: %s is gone from %s%s.", ticketName(t), where, detail)
	}
	return "A resource admin to decide" + detail + "."
}

func ticketName(t *Ticket) string {
	if t == nil || t.Identifier == "" {
		return "the ticket"
	}
	return t.Identifier
}

func trimEnd(s string) string { return strings.TrimRight(strings.TrimSpace(s), ".") }
