package shortcut

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"time"

	"admit/internal/ticket"
)

// wireMe is the account a token belongs to.
type wireMe struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Role      string `json:"role"`
	Workspace struct {
		Slug string `json:"url_slug"`
	} `json:"workspace2"`
}

// wireGroup is what Shortcut's pages call a team.
type wireGroup struct {
	ID          string  `json:"id"`
	Name        string  `json:"name"`
	Archived    *bool   `json:"archived"`
	Default     int64   `json:"default_workflow_id"` // 0 without one
	WorkflowIDs []int64 `json:"workflow_ids"`
}

type wireState struct {
	ID       int64  `json:"id"`
	Name     string `json:"name"`
	Type     string `json:"type"` // backlog, unstarted, started, done
	Position int    `json:"position"`
}

func (s wireState) id() string { return strconv.FormatInt(s.ID, 10) }

type wireWorkflow struct {
	ID      int64       `json:"id"`
	Name    string      `json:"name"`
	Default int64       `json:"default_state_id"`
	States  []wireState `json:"states"`
}

type workflows []wireWorkflow

// of returns the workflow new stories of a team are in.
func (all workflows) of(g wireGroup) (wireWorkflow, bool) {
	for _, id := range append([]int64{g.Default}, g.WorkflowIDs...) {
		for _, w := range all {
			if w.ID == id {
				return w, true
			}
		}
	}
	return wireWorkflow{}, false
}

// state returns a state of any workflow.
func (all workflows) state(id int64) wireState {
	for _, w := range all {
		for _, s := range w.States {
			if s.ID == id {
				return s
			}
		}
	}
	return wireState{ID: id}
}

// in returns the states of a workflow.
func (all workflows) in(id int64) []wireState {
	for _, w := range all {
		if w.ID == id {
			return w.States
		}
	}
	return nil
}

// begin returns the state a new story is in: the default of the workflow, unless
// that would say that work has begun.
func (w wireWorkflow) begin() (wireState, bool) {
	for _, s := range w.States {
		if s.ID == w.Default && s.waits() {
			return s, true
		}
	}
	i := slices.IndexFunc(w.States, wireState.waits)
	if i < 0 {
		return wireState{}, false
	}
	return w.States[i], true
}

func (s wireState) waits() bool { return s.Type == unstarted || s.Type == backlog }

type wireMember struct {
	ID       string `json:"id"`
	Role     string `json:"role"`
	Disabled bool   `json:"disabled"`
	State    string `json:"state"` // partial, full, disabled, imported
	Profile  struct {
		Name        string `json:"name"`
		Mention     string `json:"mention_name"`
		Email       string `json:"email_address"`
		Deactivated bool   `json:"deactivated"`
		Agent       bool   `json:"is_agent"`
	} `json:"profile"`
}

// works reports whether somebody can own a story: observers only look on.
func (m wireMember) works() bool {
	gone := m.Disabled || m.Profile.Deactivated || m.Profile.Agent || m.State == "disabled" || m.State == "imported"
	return ticket.IsUUID(m.ID) && m.Role != observer && !gone
}

func (m wireMember) account() ticket.Account {
	return ticket.Account{ID: m.ID, Name: name(m.Profile.Name, cmp.Or(m.Profile.Mention, m.ID)), Email: line(m.Profile.Email)}
}

type wireLabel struct {
	Name string `json:"name"`
}

type wireCustom struct {
	Field string `json:"field_id"`
	Value string `json:"value_id"`
}

type wireComment struct {
	ID      int64  `json:"id"`
	Text    string `json:"text"`
	Deleted bool   `json:"deleted"`
}

// wireHead is what both versions tell of a story in the same words.
type wireHead struct {
	ID         int64     `json:"id"`
	URL        string    `json:"app_url"`
	Archived   *bool     `json:"archived"`
	Completed  *bool     `json:"completed"`
	Started    bool      `json:"started"`
	CreatedAt  time.Time `json:"created_at"`
	UpdatedAt  time.Time `json:"updated_at"`
	Name       string    `json:"name"`
	ExternalID string    `json:"external_id"`
}

func (w wireHead) id() string { return strconv.FormatInt(w.ID, 10) }

// whole reports whether nothing is missing that every story has.
func (w wireHead) whole() bool {
	return w.ID > 0 && w.Archived != nil && w.Completed != nil && !w.CreatedAt.IsZero()
}

// begin returns what the head tells, of one that is whole.
func (w wireHead) begin() story {
	return story{
		id: w.ID, url: w.URL, name: w.Name, key: w.ExternalID, archived: *w.Archived, completed: *w.Completed,
		begun: w.Started, created: w.CreatedAt, updated: w.UpdatedAt,
	}
}

// wireStory is a story of version 3: whole, or slim in a list.
type wireStory struct {
	wireHead

	Type     string        `json:"story_type"`
	Labels   []wireLabel   `json:"labels"`
	OwnerIDs []string      `json:"owner_ids"`
	Group    string        `json:"group_id"`
	Workflow int64         `json:"workflow_id"`
	State    int64         `json:"workflow_state_id"`
	SubTasks []int64       `json:"sub_task_story_ids"`
	Deadline string        `json:"deadline"`
	Estimate *float64      `json:"estimate"`
	Custom   []wireCustom  `json:"custom_fields"`
	Comments []wireComment `json:"comments"` // of a whole story
}

// sane reports what a story lacks that every story has. id is the one that was
// asked for, "" for any.
func (w wireStory) sane(id string) error {
	if !w.whole() || w.State == 0 {
		return errors.New("a story without id, state or time of creation")
	}
	if id != "" && w.id() != id {
		return errors.New("another story than was asked for")
	}
	return nil
}

// story returns the story with the names that version 3 keeps to itself.
func (w wireStory) story(states workflows, people []ticket.Account) story {
	s := w.begin()
	s.begun = s.begun || len(w.SubTasks) > 0
	s.team, s.state, s.labels, s.comments = w.Group, states.state(w.State), w.Labels, w.Comments
	for _, id := range w.OwnerIDs {
		owner := ticket.Account{ID: id, Name: id}
		if i := slices.IndexFunc(people, func(a ticket.Account) bool { return a.ID == id }); i >= 0 {
			owner = people[i]
		}
		s.owners = append(s.owners, owner)
	}
	return s
}

// wireList is a page of stories of version 4.
type wireList struct {
	Entities []wireListed `json:"entities"`
	Total    *int64       `json:"total_items"`
	Next     string       `json:"next_page_url"`
}

// nested is a list inside a story of version 4, of which there may be more.
type nested[T any] struct {
	Entities []T   `json:"entities"`
	Total    int64 `json:"total_items"`
}

type wireNamed struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// wireListed is a story of version 4 with the fields that are asked for.
type wireListed struct {
	wireHead

	Labels   nested[wireLabel]   `json:"labels"`
	Owners   nested[wireNamed]   `json:"owners"`
	Team     wireNamed           `json:"team"`
	State    wireState           `json:"workflow_state"`
	SubTasks nested[struct{}]    `json:"sub_task_stories"`
	Comments nested[wireComment] `json:"comments"`
}

func (w wireListed) sane() error {
	if !w.whole() || w.State.ID == 0 || w.UpdatedAt.IsZero() {
		return errors.New("a story without id, state or times")
	}
	return nil
}

func (w wireListed) story() story {
	s := w.begin()
	s.begun = s.begun || w.SubTasks.Total > 0
	s.team, s.state, s.labels = w.Team.ID, w.State, w.Labels.Entities
	s.moreLabels = w.Labels.Total > int64(len(w.Labels.Entities))
	if int64(len(w.Comments.Entities)) == w.Comments.Total {
		s.comments = w.Comments.Entities // of a part nobody knows whether it is the last
	}
	for _, o := range w.Owners.Entities {
		s.owners = append(s.owners, ticket.Account{ID: o.ID, Name: name(o.Name, o.ID)})
	}
	return s
}

const maxLine = 200

// line makes a text of Shortcut's fit to be shown.
func line(text string) string { return ticket.Title(text, maxLine) }

// name is a name fit to be shown, other where there is none.
func name(text, other string) string { return cmp.Or(line(text), line(other)) }
