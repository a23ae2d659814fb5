package github

import (
	"slices"
	"time"
)

// The answers of GraphQL, as far as they are read here. What is not there for
// us is null: a pointer, or a zero value.

type nodeList[T any] struct {
	Nodes    []T      `json:"nodes"`
	PageInfo pageInfo `json:"pageInfo"`
}

type pageInfo struct {
	HasNextPage bool   `json:"hasNextPage"`
	EndCursor   string `json:"endCursor"`
}

type wireIssue struct {
	Typename      string                `json:"__typename"`
	ID            string                `json:"id"`
	Number        int                   `json:"number"`
	Title         string                `json:"title"`
	Body          string                `json:"body"`
	URL           string                `json:"url"`
	State         string                `json:"state"`
	StateReason   string                `json:"stateReason"`
	CreatedAt     time.Time             `json:"createdAt"`
	UpdatedAt     time.Time             `json:"updatedAt"`
	ClosedAt      *time.Time            `json:"closedAt"`
	Repository    wireRepository        `json:"repository"`
	ViewerWrote   bool                  `json:"viewerDidAuthor"`
	Assignees     nodeList[*wireUser]   `json:"assignees"`
	Labels        nodeList[*named]      `json:"labels"`
	Comments      nodeList[*wireRemark] `json:"comments"`
	Last          nodeList[*wireRemark] `json:"last"`
	SubIssues     subIssues             `json:"subIssuesSummary"`
	TimelineItems nodeList[*wireClosed] `json:"timelineItems"`
}

// named is a label or a type, whose id is a number in REST.
type named struct {
	Name string `json:"name"`
}

type subIssues struct {
	Total int `json:"total"`
}

type wireRemark struct {
	Body            string    `json:"body"`
	ViewerDidAuthor bool      `json:"viewerDidAuthor"`
	Author          *wireUser `json:"author"`
	CreatedAt       time.Time `json:"createdAt"`
}

type wireClosed struct {
	Actor *wireUser `json:"actor"`
}

// wireUser is a person, or a program that acts like one.
type wireUser struct {
	Typename string `json:"__typename"`
	ID       string `json:"id"`
	Login    string `json:"login"`
	Name     string `json:"name"`
	Email    string `json:"email"`
}

type wireRepository struct {
	Typename         string `json:"__typename"`
	ID               string `json:"id"`
	NameWithOwner    string `json:"nameWithOwner"`
	HasIssuesEnabled bool   `json:"hasIssuesEnabled"`
	IsArchived       bool   `json:"isArchived"`
	IsDisabled       bool   `json:"isDisabled"`
	ViewerPermission string `json:"viewerPermission"`
	Name             string `json:"name"`
	Owner            struct {
		Login string `json:"login"`
	} `json:"owner"`
}

// path is where REST has the repository, "" if it has no name that can be one.
func (r wireRepository) path() string {
	if !isWord(r.Owner.Login) || !isWord(r.Name) {
		return ""
	}
	return "/repos/" + r.Owner.Login + "/" + r.Name
}

// isThere reports whether this is a repository that REST can be asked about: what
// an id leads to may be gone, or something else.
func (r wireRepository) isThere() bool { return r.Typename == "Repository" && r.path() != "" }

// problem says why no issue can be filed in the repository, "" if nothing
// stands against it.
func (r wireRepository) problem() string {
	switch {
	case r.IsArchived:
		return "the repository " + line(r.NameWithOwner) + " is archived"
	case r.IsDisabled:
		return "the repository " + line(r.NameWithOwner) + " is disabled"
	case !r.HasIssuesEnabled:
		return "issues are switched off in the repository " + line(r.NameWithOwner) + ": switch them on in its settings"
	}
	return ""
}

// mayPush reports whether the account has the right that GitHub wants for
// assigning and labelling a new issue; with less, with Triage too, it drops both
// without a word.
func (r wireRepository) mayPush() bool {
	return slices.Contains([]string{"ADMIN", "MAINTAIN", "WRITE"}, r.ViewerPermission)
}

// wirePart is anything that is named by its id.
type wirePart struct {
	wireRepository
	Login      string         `json:"login"`
	FullName   string         `json:"fullName"`
	Email      string         `json:"email"`
	Title      string         `json:"title"`
	Number     int            `json:"number"`
	Repository wireRepository `json:"repository"` // of a label, a milestone or an issue
}

func (p wirePart) isPerson() bool { return p.Typename == "User" && p.Login != "" }

// isIssue reports whether this is an issue that REST can be asked about.
func (p wirePart) isIssue() bool {
	return p.Typename == "Issue" && p.Number > 0 && p.Repository.path() != ""
}

func (p wirePart) user() wireUser {
	return wireUser{Typename: p.Typename, ID: p.ID, Login: p.Login, Name: p.FullName, Email: p.Email}
}

// The answers of REST.

// wireFiled is an issue that was just made.
type wireFiled struct {
	NodeID      string      `json:"node_id"`
	Number      int         `json:"number"`
	HTMLURL     string      `json:"html_url"`
	Title       string      `json:"title"`
	Body        string      `json:"body"`
	State       string      `json:"state"`
	StateReason string      `json:"state_reason"`
	Labels      []named     `json:"labels"`
	Assignees   []wireLogin `json:"assignees"`
	Milestone   *struct {
		Number int `json:"number"`
	} `json:"milestone"`
	Type      *named    `json:"type"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

type wireLogin struct {
	Login  string `json:"login"`
	NodeID string `json:"node_id"`
}

// wireDraft is an issue to make.
type wireDraft struct {
	Title     string   `json:"title"`
	Body      string   `json:"body"`
	Assignees []string `json:"assignees,omitempty"`
	Labels    []string `json:"labels,omitempty"`
	Milestone int      `json:"milestone,omitempty"`
	Type      string   `json:"type,omitempty"`
}

// wireAssignees is a change of an issue: whom it is assigned to, and nobody else.
type wireAssignees struct {
	Assignees []string `json:"assignees"`
}

type wireType struct {
	Name    string `json:"name"`
	Enabled *bool  `json:"is_enabled"`
}
