package github

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"admit/internal/ticket"
)

const (
	opened     = "OPEN"
	closed     = "CLOSED"
	completed  = "COMPLETED"
	notPlanned = "NOT_PLANNED"
)

const maxReason = 500

// snapshot maps an issue.
func (p *Provider) snapshot(w wireIssue, effect ticket.Effect) (ticket.Snapshot, error) {
	if !isNodeID(w.ID) || w.Number <= 0 || w.State == "" || !isNodeID(w.Repository.ID) || line(w.Repository.NameWithOwner) == "" ||
		!ticket.Plausible(w.CreatedAt) || !ticket.Plausible(w.UpdatedAt) {
		return ticket.Snapshot{}, p.graph.Malformed(effect, errors.New("an issue without id, number, state, repository or times"))
	}
	s := ticket.Snapshot{
		ID:         w.ID,
		Identifier: identifier(w.Repository.NameWithOwner, w.Number),
		URL:        line(w.URL),
		Project:    w.Repository.ID,
		Key:        keyOf(w.Body),
		Title:      line(w.Title),
		Status:     status(w),
		Grounds:    grounds(w),
		WorkSeen:   workSeen(w),
		Assignee:   account(first(w.Assignees.Nodes)),
		CreatedAt:  w.CreatedAt.UTC(),
		UpdatedAt:  w.UpdatedAt.UTC(),
	}
	s.Outcome = ticket.Outcomes(nil).Judge(s.Grounds)
	if w.State == closed {
		s.ClosedBy, s.Reason = ended(w)
	}
	return s, nil
}

// snapshots maps a list; what of it may not be seen is left out.
func (p *Provider) snapshots(found []*wireIssue) ([]ticket.Snapshot, error) {
	var tickets []ticket.Snapshot
	for _, w := range found {
		if w == nil || w.Typename != "Issue" {
			continue
		}
		s, err := p.snapshot(*w, ticket.Reads)
		if err != nil {
			return nil, err
		}
		tickets = append(tickets, s)
	}
	return tickets, nil
}

// first returns the first that is not nil, or nil.
func first[T any](list []*T) *T {
	for _, v := range list {
		if v != nil {
			return v
		}
	}
	return nil
}

// last returns the last that is not nil, or nil.
func last[T any](list []*T) *T {
	for _, v := range slices.Backward(list) {
		if v != nil {
			return v
		}
	}
	return nil
}

func identifier(nameWithOwner string, number int) string {
	return fmt.Sprintf("%s#%d", line(nameWithOwner), number)
}

// status is what GitHub shows.
func status(w wireIssue) string {
	if w.State == closed && w.StateReason != "" {
		return "closed as " + plain(w.StateReason)
	}
	return plain(w.State)
}

// plain is a constant such as NOT_PLANNED as people read it.
func plain(constant string) string {
	return strings.ToLower(strings.ReplaceAll(line(constant), "_", " "))
}

// grounds reads how an issue ended. The button that is nearest says "completed",
// so a label that says otherwise counts for more than the reason. A reason that
// nobody has told the meaning of comes first: it is what must be explained.
func grounds(w wireIssue) []ticket.Ground {
	switch w.State {
	case opened:
		return []ticket.Ground{openGround()}
	case closed:
	default:
		return []ticket.Ground{{Key: "state:" + strings.ToLower(line(w.State)), Name: plain(w.State)}}
	}
	var labels []ticket.Ground
	for _, l := range w.Labels.Nodes {
		if l != nil && line(l.Name) != "" {
			labels = append(labels, labelGround(l.Name))
		}
	}
	reason := reasonGround(w.StateReason)
	if reason.Outcome == "" {
		return append([]ticket.Ground{reason}, labels...)
	}
	return append(labels, reason)
}

func openGround() ticket.Ground {
	return ticket.Ground{Key: "state:open", Name: "Open", Outcome: ticket.Open}
}

// reasons are the ways to close an issue. Without any it may have been closed by
// a program that knows none; GitHub itself fills in "completed" nowadays.
var reasons = []struct {
	constant string
	ground   ticket.Ground
}{
	{completed, ticket.Ground{Key: "reason:completed", Name: "Closed as completed", Outcome: ticket.Yes}},
	{notPlanned, ticket.Ground{Key: "reason:not_planned", Name: "Closed as not planned", Outcome: ticket.No}},
	{"DUPLICATE", ticket.Ground{Key: "reason:duplicate", Name: "Closed as duplicate", Outcome: ticket.No}},
	{"", ticket.Ground{Key: "reason:none", Name: "Closed without a reason"}},
}

func reasonGround(constant string) ticket.Ground {
	for _, r := range reasons {
		if r.constant == constant {
			return r.ground
		}
	}
	return ticket.Ground{Key: "reason:" + strings.ToLower(line(constant)), Name: "Closed as " + plain(constant)}
}

// labelGround is the ground a label of a closed issue is. Three of the labels
// that GitHub gives to each new repository say that nothing was done.
func labelGround(name string) ticket.Ground {
	name = line(name)
	g := ticket.Ground{Key: "label:" + strings.ToLower(name), Name: "Label " + name}
	if slices.Contains([]string{"label:wontfix", "label:invalid", "label:duplicate"}, g.Key) {
		g.Outcome = ticket.No
	}
	return g
}

// workSeen reports whether somebody but us did something: wrote, split the
// issue up, or opened it again. Programs that comment on every issue do not count.
func workSeen(w wireIssue) bool {
	return w.SubIssues.Total > 0 || w.State == opened && w.StateReason == "REOPENED" ||
		slices.ContainsFunc(w.Comments.Nodes, func(r *wireRemark) bool {
			return r != nil && !r.ViewerDidAuthor && (r.Author == nil || r.Author.Typename != "Bot")
		})
}

// ended tells who closed an issue, and what they said about it: the last
// comment, if it is theirs and was made at that time.
func ended(w wireIssue) (by ticket.Account, reason string) {
	const near = 10 * time.Minute
	event := first(w.TimelineItems.Nodes)
	if event == nil || event.Actor == nil {
		return ticket.Account{}, ""
	}
	said := first(w.Last.Nodes)
	if said != nil && said.Author != nil && said.Author.Login == event.Actor.Login && w.ClosedAt != nil &&
		w.ClosedAt.Sub(said.CreatedAt).Abs() <= near && w.StateReason != completed {
		reason = ticket.Clip(ticket.OneLine(said.Body), maxReason)
	}
	return account(event.Actor), reason
}

// keyOf returns the key a body carries: the last word of a line, 32 hex digits;
// the lowest such line, for people may have written below it.
func keyOf(body string) string {
	lines := strings.Split(body, "\n")
	for _, text := range slices.Backward(lines) {
		if word := lastWord(text); ticket.IsTicketKey(word) {
			return word
		}
	}
	return ""
}

// carries reports whether key is the last word of a line of body.
func carries(body, key string) bool {
	for text := range strings.Lines(body) {
		if lastWord(text) == key {
			return true
		}
	}
	return false
}

// lastWord returns the last word of a line that a key can be; the marks of a
// comment or of code around it do not count.
func lastWord(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return !ticket.IsKey(string(r)) })
	for _, word := range slices.Backward(words) {
		if word = strings.Trim(word, "-"); word != "" {
			return word
		}
	}
	return ""
}
