package gitlab

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"admit/internal/ticket"
)

// The answers of GitLab, as far as they are read here.

type wireIssue struct {
	ID          int64           `json:"id"`
	IID         int64           `json:"iid"`
	ProjectID   int64           `json:"project_id"`
	Title       string          `json:"title"`
	Description string          `json:"description"`
	State       string          `json:"state"`
	Type        string          `json:"issue_type"`
	Severity    string          `json:"severity"`
	Labels      []string        `json:"labels"`
	Assignees   []wireUser      `json:"assignees"`
	Author      wireUser        `json:"author"`
	ClosedBy    wireUser        `json:"closed_by"`
	CreatedAt   time.Time       `json:"created_at"`
	UpdatedAt   time.Time       `json:"updated_at"`
	MovedTo     int64           `json:"moved_to_id"`
	DueDate     string          `json:"due_date"`
	Secret      bool            `json:"confidential"`
	Weight      json.RawMessage `json:"weight"` // nothing at all where the license has none
	Milestone   wireMilestone   `json:"milestone"`
	URL         string          `json:"web_url"`
	Merges      int             `json:"merge_requests_count"`
	References  struct {
		Full string `json:"full"`
	} `json:"references"`
	Time struct {
		Spent int64 `json:"total_time_spent"`
	} `json:"time_stats"`
	Links struct {
		DuplicateOf string `json:"closed_as_duplicate_of"`
	} `json:"_links"`
}

func (w wireIssue) ref() ref { return ref{Project: w.ProjectID, IID: w.IID, ID: w.ID} }

// whole reports whether nothing is missing that every issue has.
func (w wireIssue) whole() bool {
	return w.ref().valid() && w.State != "" && ticket.Plausible(w.CreatedAt) && ticket.Plausible(w.UpdatedAt)
}

// key returns the key the issue carries: the last word of its description that
// can be one. What people wrote comes before it.
func (w wireIssue) key() string {
	text := w.Description
	for text != "" {
		line := text[strings.LastIndexByte(text, '\n')+1:]
		text = strings.TrimSuffix(text[:len(text)-len(line)], "\n")
		all := strings.FieldsFunc(line, func(r rune) bool { return !isWord(r) })
		for _, word := range slices.Backward(all) {
			if ticket.IsTicketKey(word) {
				return word
			}
		}
	}
	return ""
}

func isWord(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r > 0x7f
}

type wireUser struct {
	ID          int64   `json:"id"`
	Username    string  `json:"username"`
	Name        string  `json:"name"`
	State       string  `json:"state"`
	PublicEmail *string `json:"public_email"` // nil: this GitLab does not tell here
	Email       string  `json:"email"`        // told to administrators only
	Level       int     `json:"access_level"` // of a member
	Admin       bool    `json:"is_admin"`
}

// email returns the address GitLab tells.
func (u wireUser) email() string {
	if u.Email == "" && u.PublicEmail != nil {
		return *u.PublicEmail
	}
	return u.Email
}

type wireProject struct {
	ID            int64  `json:"id"`
	Name          string `json:"name_with_namespace"`
	Archived      bool   `json:"archived"`
	IssuesEnabled *bool  `json:"issues_enabled"`
	IssuesAccess  string `json:"issues_access_level"`
}

type wireLabel struct {
	Name string `json:"name"`
}

type wireMilestone struct {
	ID    int64  `json:"id"`
	Title string `json:"title"`
}

type wireNote struct {
	ID     int64    `json:"id"`
	Body   string   `json:"body"`
	System bool     `json:"system"`
	Author wireUser `json:"author"`
}

// wireDraft is an issue to create. What is left out GitLab fills in itself.
type wireDraft struct {
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Type        string   `json:"issue_type,omitempty"`
	Labels      string   `json:"labels"` // with commas between
	AssigneeIDs []int64  `json:"assignee_ids,omitempty"`
	DueDate     string   `json:"due_date,omitempty"`
	Secret      *bool    `json:"confidential,omitempty"`
	MilestoneID int64    `json:"milestone_id,omitempty"`
	Weight      *float64 `json:"weight,omitempty"`
	Severity    string   `json:"severity,omitempty"`
}

// wireChange is a change of an issue.
type wireChange struct {
	StateEvent  string  `json:"state_event,omitempty"`
	AddLabels   string  `json:"add_labels,omitempty"`
	AssigneeIDs []int64 `json:"assignee_ids,omitempty"`
}

// ref names an issue. Project and IID are where it is found, ID is its own
// throughout the system. None of them ever changes; an issue that is moved goes
// on as another one.
type ref struct{ Project, IID, ID int64 }

func (r ref) valid() bool { return r.Project > 0 && r.IID > 0 && r.ID > 0 }

func (r ref) path() string { return projectPath(r.Project) + "/issues/" + decimal(r.IID) }

// String returns the ref as Snapshot.ID has it: 12-34-5678.
func (r ref) String() string {
	return decimal(r.Project) + "-" + decimal(r.IID) + "-" + decimal(r.ID)
}

// parseRef reads what String wrote.
func parseRef(text string) (ref, bool) {
	const parts = 3
	part := strings.Split(text, "-")
	if len(part) != parts {
		return ref{}, false
	}
	r := ref{ticket.ParseID(part[0]), ticket.ParseID(part[1]), ticket.ParseID(part[2])}
	return r, r.valid()
}

func projectPath(id int64) string { return "/projects/" + decimal(id) }

// words finds what GitLab says in a refusal: a text, a list, or texts by field.
func words(body []byte) string {
	if !bytes.HasPrefix(bytes.TrimSpace(body), []byte("{")) {
		return ""
	}
	var answer struct {
		Message     any    `json:"message"`
		Error       any    `json:"error"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return ""
	}
	var said []string
	for _, part := range []string{flat(answer.Message), flat(answer.Error), answer.Description} {
		if part != "" {
			said = append(said, part)
		}
	}
	return strings.Join(said, ": ")
}

func flat(v any) string {
	var parts []string
	switch v := v.(type) {
	case string:
		return v
	case []any:
		for _, one := range v {
			parts = append(parts, flat(one))
		}
		return strings.Join(parts, ", ")
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, name+" "+flat(v[name]))
		}
		return strings.Join(parts, "; ")
	}
	return ""
}

// refusedFields finds which fields a refusal is about. GitLab names them in an
// object, or in a sentence each: "labels is invalid, due_date is invalid".
func refusedFields(body []byte) []string {
	var answer struct {
		Message any    `json:"message"`
		Error   string `json:"error"`
	}
	_ = json.Unmarshal(body, &answer) // one that is of another type is passed over
	var said []string
	if by, ok := answer.Message.(map[string]any); ok {
		said = slices.Sorted(maps.Keys(by))
	}
	for sentence := range strings.SplitSeq(answer.Error, ", ") {
		name, _, _ := strings.Cut(sentence, " ")
		said = append(said, name)
	}
	var fields []string
	for _, name := range said {
		if id := fieldOf(name); id != "" && !slices.Contains(fields, id) {
			fields = append(fields, id)
		}
	}
	return fields
}

// fieldOf returns what a parameter of GitLab's fills in, "" for others.
func fieldOf(parameter string) string {
	switch parameter {
	case "assignee_ids", "assignee_id", "assignees":
		return ticket.AssigneeField
	case "milestone_id", fieldMilestone:
		return fieldMilestone
	case fieldLabels, fieldDueDate, fieldConfidential, fieldWeight, fieldSeverity:
		return parameter
	}
	return ""
}
