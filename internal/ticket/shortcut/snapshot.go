package shortcut

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"admit/internal/ticket"
)

// The types of workflow states.
const (
	backlog   = "backlog"
	unstarted = "unstarted"
	done      = "done"
)

// observer is the role of those who only look on.
const observer = "observer"

// story is a story, whichever version of the interface told of it.
type story struct {
	id                         int64
	url, name, key, team       string
	archived, completed, begun bool
	state                      wireState // its type may be missing
	labels                     []wireLabel
	moreLabels                 bool // there are some that are not shown
	owners                     []ticket.Account
	comments                   []wireComment
	created, updated           time.Time
}

func (p *Provider) snapshot(s story) ticket.Snapshot {
	snap := ticket.Snapshot{
		ID:         strconv.FormatInt(s.id, 10),
		Identifier: "sc-" + strconv.FormatInt(s.id, 10),
		URL:        ticket.Link(s.url),
		Project:    line(s.team),
		Title:      line(s.name),
		Status:     name(s.state.Name, s.state.id()),
		Grounds:    p.grounds(s),
		WorkSeen:   s.begun || s.completed,
		CreatedAt:  s.created.UTC(),
		UpdatedAt:  s.updated.UTC(),
	}
	if s.updated.Before(s.created) {
		snap.UpdatedAt = snap.CreatedAt // version 3 leaves it out until there is a change
	}
	if ticket.IsKey(s.key) {
		snap.Key = s.key
	}
	if s.archived {
		snap.Status = line(snap.Status + ", archived")
	}
	if len(s.owners) > 0 {
		snap.Assignee = s.owners[0]
	}
	if snap.Outcome = ticket.Outcomes(nil).Judge(snap.Grounds); snap.Outcome == ticket.No {
		snap.Reason = s.reason()
	}
	return snap
}

const (
	labelKey    = "label:"
	stateKey    = "state:"
	archivedKey = "archived"
)

// grounds returns what the outcome is read from: the label that says no, that
// the story went to the archive before it was done, and its state. While a story
// is open its labels say nothing yet.
func (p *Provider) grounds(s story) []ticket.Ground {
	var grounds []ticket.Ground
	over := s.completed || s.archived
	switch {
	case over && s.has(p.declined):
		grounds = append(grounds, p.declinedGround())
	case over && s.moreLabels:
		grounds = append(grounds, ticket.Ground{Key: "labels", Name: "too many labels to see what they say", Outcome: ticket.Unclear})
	}
	if s.archived && !s.completed {
		grounds = append(grounds, archivedGround())
	}
	return append(grounds, stateGround(s.state, s.completed))
}

func (s story) has(label string) bool {
	return slices.ContainsFunc(s.labels, func(l wireLabel) bool { return strings.EqualFold(l.Name, label) })
}

func (p *Provider) declinedGround() ticket.Ground {
	return ticket.Ground{Key: labelKey + p.declined, Name: "label " + p.declined, Outcome: ticket.No}
}

func archivedGround() ticket.Ground {
	return ticket.Ground{Key: archivedKey, Name: "archived before it was done", Outcome: ticket.Unclear}
}

// stateGround reads a state. Shortcut has no type for what is not done and never
// will be, so the name of a state of the type done tells.
func stateGround(s wireState, completed bool) ticket.Ground {
	g := ticket.Ground{Key: stateKey + s.id(), Name: name(s.Name, s.id()), Outcome: ticket.Open}
	switch {
	case completed && declines(s.Name):
		g.Outcome = ticket.No
	case completed:
		g.Outcome = ticket.Yes
	}
	return g
}

// noes are the words in the names of states by which people say that something
// was not done. Whoever says it otherwise maps the state.
var noes = []string{
	"wont do", "wont fix", "will not do", "not doing", "not done", "not planned", "not needed", "declined", "rejected", "denied",
	"refused", "cancelled", "canceled", "abandoned", "duplicate", "obsolete", "invalid", "discarded", "dropped", "failed",
}

// declines reports whether the name of a state says no.
func declines(state string) bool {
	plain := strings.NewReplacer("'", "", "’", "").Replace(strings.ToLower(state))
	words := strings.FieldsFunc(plain, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	text := " " + strings.Join(words, " ") + " "
	return slices.ContainsFunc(noes, func(no string) bool { return strings.Contains(text, " "+no+" ") })
}

const maxReason = 500

// reason returns the newest comment.
func (s story) reason() string {
	var last wireComment
	for _, c := range s.comments {
		if c.ID > last.ID && !c.Deleted {
			last = c
		}
	}
	return ticket.Title(last.Text, maxReason)
}

// Statuses implements ticket.Lister: the states of the team's workflows.
func (p *Provider) Statuses(ctx context.Context, project string) ([]ticket.Ground, error) {
	all, err := p.http.workflows(ctx)
	if err != nil {
		return nil, err
	}
	mine := all
	if project != "" {
		g, err := p.http.group(ctx, project)
		if err != nil {
			return nil, err
		}
		mine = slices.DeleteFunc(slices.Clone(all), func(w wireWorkflow) bool {
			return w.ID != g.Default && !slices.Contains(g.WorkflowIDs, w.ID)
		})
	}
	grounds := []ticket.Ground{p.declinedGround(), archivedGround()}
	for _, w := range mine {
		for _, s := range w.States {
			g := stateGround(s, s.Type == done)
			if len(mine) > 1 {
				g.Name = name(w.Name, strconv.FormatInt(w.ID, 10)) + ": " + g.Name
			}
			grounds = append(grounds, g)
		}
	}
	return grounds, nil
}
