package gitlabtest

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// shown is an issue as GitLab shows it.
type shown struct {
	ID           int64           `json:"id"`
	IID          int64           `json:"iid"`
	ProjectID    int64           `json:"project_id"`
	Title        string          `json:"title"`
	Description  string          `json:"description"`
	State        string          `json:"state"`
	CreatedAt    string          `json:"created_at"`
	UpdatedAt    string          `json:"updated_at"`
	ClosedAt     *string         `json:"closed_at"`
	ClosedBy     *person         `json:"closed_by"`
	Labels       []string        `json:"labels"`
	Milestone    *milestone      `json:"milestone"`
	Assignees    []*person       `json:"assignees"`
	Author       *person         `json:"author"`
	Type         string          `json:"type"`
	Assignee     *person         `json:"assignee"`
	Notes        int             `json:"user_notes_count"`
	Merges       int             `json:"merge_requests_count"`
	DueDate      *string         `json:"due_date"`
	Confidential bool            `json:"confidential"`
	Locked       *bool           `json:"discussion_locked"`
	IssueType    string          `json:"issue_type"`
	WebURL       string          `json:"web_url"`
	Time         shownTime       `json:"time_stats"`
	Weight       json.RawMessage `json:"weight,omitempty"`
	HasTasks     bool            `json:"has_tasks"`
	Links        shownLinks      `json:"_links"`
	References   shownNames      `json:"references"`
	Severity     string          `json:"severity"`
	MovedTo      *int64          `json:"moved_to_id"`
}

type shownTime struct {
	Estimate int64   `json:"time_estimate"`
	Spent    int64   `json:"total_time_spent"`
	InWords  *string `json:"human_total_time_spent"`
}

type shownLinks struct {
	Self        string  `json:"self"`
	Notes       string  `json:"notes"`
	DuplicateOf *string `json:"closed_as_duplicate_of"`
}

type shownNames struct {
	Short    string `json:"short"`
	Relative string `json:"relative"`
	Full     string `json:"full"`
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func (s *Server) show(i *issue) any {
	number := strconv.FormatInt(i.iid, 10)
	self := s.URL + "/api/v4/projects/" + strconv.FormatInt(i.project.id, 10) + "/issues/" + number
	w := shown{
		ID: i.id, IID: i.iid, ProjectID: i.project.id, Title: i.title, Description: i.description, State: i.state,
		CreatedAt: stamp(i.created), UpdatedAt: stamp(i.updated), ClosedBy: s.person(i.closedBy), Author: s.person(i.author),
		Labels: append([]string{}, i.labels...), Assignees: []*person{}, Type: strings.ToUpper(i.kind), Confidential: i.confidential,
		IssueType: i.kind, WebURL: s.URL + "/" + i.project.path + "/-/issues/" + number, Time: shownTime{Spent: i.spent}, HasTasks: true,
		Links:      shownLinks{Self: self, Notes: self + "/notes"},
		References: shownNames{"#" + number, "#" + number, i.project.path + "#" + number},
		Severity:   strings.ToUpper(i.severity),
	}
	for _, u := range i.assignees {
		w.Assignees = append(w.Assignees, s.person(u))
		w.Assignee = w.Assignees[0]
	}
	for _, n := range i.notes {
		if !n.system {
			w.Notes++
		}
	}
	if i.closed != nil {
		closed := stamp(*i.closed)
		w.ClosedAt = &closed
	}
	if i.dueDate != "" {
		w.DueDate = &i.dueDate
	}
	if i.movedTo != nil {
		w.MovedTo = &i.movedTo.id
	}
	if i.duplicateOf != nil {
		w.Links.DuplicateOf = &self
	}
	if n := slices.IndexFunc(i.project.milestones, func(one milestone) bool { return one.ID == i.milestone }); n >= 0 {
		w.Milestone = &i.project.milestones[n]
	}
	if !s.options.Free { // none, but there
		w.Weight = json.RawMessage("null")
		if i.weight != nil {
			w.Weight = json.RawMessage(strconv.FormatInt(*i.weight, 10))
		}
	}
	return w
}
