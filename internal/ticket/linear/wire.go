package linear

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"admit/internal/ticket"
)

// The answers of Linear, as far as they are read here.

// page is one page of a connection.
type page[T any] struct {
	Nodes    []T       `json:"nodes"`
	PageInfo *pageInfo `json:"pageInfo"`
}

type pageInfo struct {
	HasNextPage bool   `json:"hasNextPage"`
	EndCursor   string `json:"endCursor"`
}

// next returns where the next page begins, "" after the last one.
func (p page[T]) next() string {
	if p.PageInfo == nil || !p.PageInfo.HasNextPage {
		return ""
	}
	return p.PageInfo.EndCursor
}

// sound reports whether the page is there at all, and can be followed.
func (p page[T]) sound() bool {
	return p.Nodes != nil && (p.PageInfo == nil || !p.PageInfo.HasNextPage || p.PageInfo.EndCursor != "")
}

type wireIssue struct {
	ID          string           `json:"id"`
	Identifier  string           `json:"identifier"`
	URL         string           `json:"url"`
	Title       string           `json:"title"`
	Description string           `json:"description"`
	CreatedAt   instant          `json:"createdAt"`
	UpdatedAt   instant          `json:"updatedAt"`
	StartedAt   instant          `json:"startedAt"`
	Trashed     bool             `json:"trashed"`
	Team        wireTeam         `json:"team"`
	State       wireState        `json:"state"`
	Assignee    wireUser         `json:"assignee"`
	Comments    page[wireRemark] `json:"comments"`
	Children    page[node]       `json:"children"`
	History     page[wireChange] `json:"history"`

	// Only of Details.
	Priority float64  `json:"priority"`
	LabelIDs []string `json:"labelIds"`
	DueDate  string   `json:"dueDate"`
	Estimate *float64 `json:"estimate"`
	Project  node     `json:"project"`
}

type node struct {
	ID string `json:"id"`
}

type wireTeam struct {
	ID         string          `json:"id"`
	Name       string          `json:"name"`
	Key        string          `json:"key"`
	Visibility string          `json:"visibility"`
	RetiredAt  instant         `json:"retiredAt"`
	ArchivedAt instant         `json:"archivedAt"`
	Estimation string          `json:"issueEstimationType"`
	Members    page[node]      `json:"members"`
	States     page[wireState] `json:"states"`
}

type wireState struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Type     string   `json:"type"`
	Position float64  `json:"position"`
	Team     wireTeam `json:"team"`
}

type wireUser struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	Email      string `json:"email"`
	Active     bool   `json:"active"`
	Guest      bool   `json:"guest"`
	App        bool   `json:"app"`
	Assignable bool   `json:"isAssignable"`
}

// works reports whether tickets may be given to this user. A guest sees few
// teams and belongs to somebody else.
func (u wireUser) works() bool {
	return ticket.IsUUID(u.ID) && u.Active && !u.Guest && !u.App && u.Assignable
}

func (u wireUser) account() ticket.Account {
	if !ticket.IsUUID(u.ID) {
		return ticket.Account{}
	}
	return ticket.Account{ID: u.ID, Name: line(u.Name), Email: line(u.Email)}
}

// wireRemark is a comment of somebody else.
type wireRemark struct {
	Body string `json:"body"`
	User node   `json:"user"`
}

// wireChange is an entry of an issue's history.
type wireChange struct {
	CreatedAt instant  `json:"createdAt"`
	ToStateID string   `json:"toStateId"`
	Actor     wireUser `json:"actor"`
}

type wireLabel struct {
	ID        string  `json:"id"`
	Name      string  `json:"name"`
	RetiredAt instant `json:"retiredAt"`
	Parent    struct {
		Name string `json:"name"`
	} `json:"parent"`
}

type wireProject struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Status struct {
		Type string `json:"type"`
	} `json:"status"`
}

type wireHook struct {
	ID             string   `json:"id"`
	URL            string   `json:"url"`
	Enabled        bool     `json:"enabled"`
	Secret         string   `json:"secret"`
	ResourceTypes  []string `json:"resourceTypes"`
	AllPublicTeams bool     `json:"allPublicTeams"`
	TeamIDs        []string `json:"teamIds"`
	Team           node     `json:"team"`
}

// The answers as a whole.

type issuesAnswer struct {
	Issues page[wireIssue] `json:"issues"`
}

func (a issuesAnswer) whole() bool { return a.Issues.sound() }

type endingAnswer struct {
	Issues   page[wireIssue] `json:"issues"`
	Comments page[node]      `json:"comments"`
}

func (a endingAnswer) whole() bool { return a.Issues.sound() && a.Comments.sound() }

// done is the answer of a mutation of which nothing else is wanted.
type done struct {
	Success bool `json:"success"`
}

type createAnswer struct {
	Create struct {
		done
		Issue *wireIssue `json:"issue"`
	} `json:"issueCreate"`
}

func (a createAnswer) whole() bool { return a.Create.Success && a.Create.Issue != nil }

type commentAnswer struct {
	Create done `json:"commentCreate"`
}

func (a commentAnswer) whole() bool { return a.Create.Success }

type assignAnswer struct {
	Update struct {
		done
		Issue struct {
			node
			Assignee node `json:"assignee"`
		} `json:"issue"`
	} `json:"issueUpdate"`
}

func (a assignAnswer) whole() bool { return a.Update.Success && a.Update.Issue.ID != "" }

type endAnswer struct {
	Comment *done `json:"commentCreate"`
	Update  struct {
		done
		Issue struct {
			State node `json:"state"`
		} `json:"issue"`
	} `json:"issueUpdate"`
}

func (a endAnswer) whole() bool {
	return a.Update.Success && a.Update.Issue.State.ID != "" && (a.Comment == nil || a.Comment.Success)
}

type viewerAnswer struct {
	Viewer wireUser `json:"viewer"`
}

func (a viewerAnswer) whole() bool { return a.Viewer.ID != "" }

type teamsAnswer struct {
	Teams page[wireTeam] `json:"teams"`
}

func (a teamsAnswer) whole() bool          { return a.Teams.sound() }
func (a teamsAnswer) page() page[wireTeam] { return a.Teams }

type usersAnswer struct {
	Users page[wireUser] `json:"users"`
}

func (a usersAnswer) whole() bool { return a.Users.sound() }

type accountAnswer struct {
	Users page[wireUser] `json:"users"`
	Teams page[wireTeam] `json:"teams"`
}

func (a accountAnswer) whole() bool { return a.Users.sound() && a.Teams.sound() }

type statesAnswer struct {
	States page[wireState] `json:"workflowStates"`
}

func (a statesAnswer) whole() bool           { return a.States.sound() }
func (a statesAnswer) page() page[wireState] { return a.States }

type labelsAnswer struct {
	Labels page[wireLabel] `json:"issueLabels"`
}

func (a labelsAnswer) whole() bool           { return a.Labels.sound() }
func (a labelsAnswer) page() page[wireLabel] { return a.Labels }

type projectsAnswer struct {
	Projects page[wireProject] `json:"projects"`
}

func (a projectsAnswer) whole() bool             { return a.Projects.sound() }
func (a projectsAnswer) page() page[wireProject] { return a.Projects }

type hooksAnswer struct {
	Hooks page[wireHook] `json:"webhooks"`
	Teams page[wireTeam] `json:"teams"`
}

func (a hooksAnswer) whole() bool { return a.Hooks.sound() && a.Teams.sound() }

type hookCreateAnswer struct {
	Create hookDone `json:"webhookCreate"`
}

func (a hookCreateAnswer) whole() bool { return a.Create.Success && a.Create.Hook.ID != "" }

type hookUpdateAnswer struct {
	Update hookDone `json:"webhookUpdate"`
}

func (a hookUpdateAnswer) whole() bool { return a.Update.Success && a.Update.Hook.ID != "" }

type hookDone struct {
	done
	Hook node `json:"webhook"`
}

type hookDeleteAnswer struct {
	Delete done `json:"webhookDelete"`
}

func (a hookDeleteAnswer) whole() bool { return a.Delete.Success }

// instant is a time, zero for null.
type instant struct{ time.Time }

// UnmarshalJSON implements json.Unmarshaler.
func (i *instant) UnmarshalJSON(b []byte) error {
	var text *string
	if err := json.Unmarshal(b, &text); err != nil {
		return errors.New("a time is not a text")
	}
	if text == nil {
		return nil
	}
	at, err := time.Parse(time.RFC3339, *text)
	if err != nil || !ticket.Plausible(at) {
		return fmt.Errorf("a time cannot be read: %q", ticket.Clip(*text, 40))
	}
	i.Time = at.UTC()
	return nil
}

const maxLine = 250

// line makes text that came from Linear fit for one line.
func line(text string) string { return ticket.Title(text, maxLine) }

func appendNew[T comparable](list []T, item T) []T {
	if slices.Contains(list, item) {
		return list
	}
	return append(list, item)
}
