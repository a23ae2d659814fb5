package gitlab

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"admit/internal/ticket"
)

const stateOpened, stateClosed = "opened", "closed"

// The grounds that are no labels.
const (
	groundMoved     = "moved"
	groundDuplicate = "duplicate"
	groundState     = "state:"
	groundLabel     = "label:"
)

// snapshot maps an issue. effect is that of the call which brought it.
func (p *Provider) snapshot(w wireIssue, effect ticket.Effect) (ticket.Snapshot, error) {
	if !w.whole() {
		return ticket.Snapshot{}, p.http.Malformed(effect, errors.New("an issue without ids, state or times"))
	}
	s := ticket.Snapshot{
		ID:         w.ref().String(),
		Identifier: cmp.Or(line(w.References.Full), "#"+decimal(w.IID)),
		URL:        ticket.Link(w.URL),
		Project:    decimal(w.ProjectID),
		Key:        w.key(),
		Title:      line(w.Title),
		Status:     line(w.State),
		Grounds:    p.grounds(w),
		WorkSeen:   p.workSeen(w),
		CreatedAt:  w.CreatedAt.UTC(),
		UpdatedAt:  w.UpdatedAt.UTC(),
	}
	s.Outcome = ticket.Outcomes(nil).Judge(s.Grounds)
	if len(w.Assignees) > 0 {
		s.Assignee = account(w.Assignees[0])
	}
	if s.Outcome.Ended() {
		s.ClosedBy = account(w.ClosedBy)
	}
	return s, nil
}

// grounds reads how an issue stands. GitLab has no word for why an issue was
// closed but that it is a duplicate, so the labels of a closed one tell.
func (p *Provider) grounds(w wireIssue) []ticket.Ground {
	switch {
	case w.State == stateOpened:
		return []ticket.Ground{opened()}
	case w.State != stateClosed:
		name := line(w.State)
		return []ticket.Ground{{Key: groundState + strings.ToLower(name), Name: name, Outcome: ticket.Unclear}}
	}
	var all []ticket.Ground
	if w.MovedTo != 0 {
		all = append(all, moved())
	}
	if w.Links.DuplicateOf != "" {
		all = append(all, duplicate())
	}
	labels := p.labelGrounds(w.Labels)
	return append(append(all, labels...), closed())
}

func opened() ticket.Ground {
	return ticket.Ground{Key: groundState + stateOpened, Name: stateOpened, Outcome: ticket.Open}
}

func closed() ticket.Ground {
	return ticket.Ground{Key: groundState + stateClosed, Name: stateClosed, Outcome: ticket.Yes}
}

func moved() ticket.Ground {
	return ticket.Ground{Key: groundMoved, Name: "moved to where Admit cannot see it", Outcome: ticket.Unclear}
}

func duplicate() ticket.Ground {
	return ticket.Ground{Key: groundDuplicate, Name: "closed as a duplicate", Outcome: ticket.No}
}

// labelGrounds returns the labels as grounds, those with a meaning first. The key
// has small letters: a label may be written differently in another project.
func (p *Provider) labelGrounds(labels []string) []ticket.Ground {
	var all []ticket.Ground
	for _, name := range labels {
		name = line(name)
		g := ticket.Ground{Key: groundLabel + strings.ToLower(name), Name: name}
		if among(p.declined, name) {
			g.Outcome = ticket.No
		}
		same := func(other ticket.Ground) bool { return other.Key == g.Key }
		if name != "" && !strings.EqualFold(name, label) && !slices.ContainsFunc(all, same) {
			all = append(all, g)
		}
	}
	slices.SortFunc(all, func(a, b ticket.Ground) int {
		return cmp.Or(-cmp.Compare(a.Outcome, b.Outcome), strings.Compare(a.Key, b.Key))
	})
	return all
}

// declinedBy returns the label that says that the change was not made, "" if the
// issue has none.
func (p *Provider) declinedBy(w wireIssue) string {
	i := slices.IndexFunc(w.Labels, func(name string) bool { return among(p.declined, name) })
	if i < 0 {
		return ""
	}
	return w.Labels[i]
}

// workSeen reports whether somebody set a label that says so, noted time, or
// opened a merge request for it. Comments are no sign of work: GitLab counts them
// without telling whose they are, and some are ours.
func (p *Provider) workSeen(w wireIssue) bool {
	return w.Time.Spent > 0 || w.Merges > 0 || slices.ContainsFunc(w.Labels, func(name string) bool { return among(p.started, name) })
}

// among reports whether a label is one of those, as a whole or as the value of a
// scoped label: "status::declined" is "declined".
func among(labels []string, name string) bool {
	name = line(name)
	value := name[strings.LastIndex(name, ":")+1:]
	if !strings.Contains(name, "::") {
		value = name
	}
	return slices.ContainsFunc(labels, func(l string) bool { return strings.EqualFold(l, name) || strings.EqualFold(l, value) })
}

func account(u wireUser) ticket.Account {
	if u.ID <= 0 {
		return ticket.Account{}
	}
	return ticket.Account{ID: decimal(u.ID), Name: cmp.Or(line(u.Name), line(u.Username)), Email: line(u.email())}
}

// line makes text that came from GitLab fit for one line.
func line(text string) string {
	return ticket.Title(text, maxTitle)
}

func decimal(id int64) string { return strconv.FormatInt(id, 10) }

// idOf returns the issue's own id from a Snapshot.ID.
func idOf(id string) int64 {
	r, _ := parseRef(id) // one of ours
	return r.ID
}

// stamp writes a time as GitLab takes it, to the millisecond, as it tells it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
