package jira

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"admit/internal/ticket"
)

// The answers of Jira, as far as they are read here.

// issueFields asks for what wireFields holds.
var issueFields = []string{"summary", "status", "resolution", "assignee", "labels", "created", "updated", "project", "subtasks", "timespent"}

type wireIssue struct {
	ID         id                         `json:"id"`
	Key        string                     `json:"key"`
	Fields     wireFields                 `json:"fields"`
	Properties map[string]json.RawMessage `json:"properties"`
}

type wireFields struct {
	Summary    string       `json:"summary"`
	Status     wireStatus   `json:"status"`
	Resolution *named       `json:"resolution"`
	Assignee   *wireUser    `json:"assignee"`
	Labels     []string     `json:"labels"`
	Created    instant      `json:"created"`
	Updated    instant      `json:"updated"`
	Project    wireProject  `json:"project"`
	Subtasks   []wireIssue  `json:"subtasks"`
	TimeSpent  float64      `json:"timespent"`
	Comment    wireComments `json:"comment"`

	Description json.RawMessage `json:"description"`
}

// fieldsIn returns the fields of an answer that is one issue, as Jira sent them,
// by their ids.
func fieldsIn(body []byte) map[string]json.RawMessage {
	var w struct {
		Fields map[string]json.RawMessage `json:"fields"`
	}
	_ = json.Unmarshal(body, &w) // it was read before
	return w.Fields
}

type wireComments struct {
	Comments []wireComment `json:"comments"`
}

type wireComment struct {
	Body json.RawMessage `json:"body"` // a document on Cloud, wiki markup elsewhere
}

// named is anything that has an id and a name: a resolution, an option.
type named struct {
	ID    id     `json:"id"`
	Name  string `json:"name"`
	Value string `json:"value"` // what an option has in place of a name
}

// word is what people call it.
func (n named) word() string {
	if n.Name == "" {
		return line(n.Value)
	}
	return line(n.Name)
}

type wireStatus struct {
	ID       id     `json:"id"`
	Name     string `json:"name"`
	Category struct {
		Key string `json:"key"`
	} `json:"statusCategory"`
}

// wireUser is a person: known by an account id on Cloud, by a name on Data Center.
type wireUser struct {
	AccountID   string `json:"accountId"`
	AccountType string `json:"accountType"`
	Name        string `json:"name"`
	DisplayName string `json:"displayName"`
	Email       string `json:"emailAddress"`
	Active      *bool  `json:"active"`
}

// works reports whether somebody signs in with the account: it is no app, no
// customer of a service desk, and not switched off.
func (u wireUser) works() bool {
	return (u.AccountType == "" || u.AccountType == "atlassian") && (u.Active == nil || *u.Active)
}

// isHidden reports whether somebody of Cloud hides an e-mail address, and not
// behind a name that is one.
func (u wireUser) isHidden() bool {
	return u.AccountType != "" && u.works() && u.Email == "" && !strings.Contains(u.DisplayName, "@")
}

type wireProject struct {
	ID       id     `json:"id"`
	Key      string `json:"key"`
	Name     string `json:"name"`
	Type     string `json:"projectTypeKey"`
	Archived bool   `json:"archived"`
}

// isDesk reports whether the project is one of Jira Service Management.
func (p wireProject) isDesk() bool { return p.Type == "service_desk" }

type wireTransition struct {
	ID        id                   `json:"id"`
	Name      string               `json:"name"`
	To        wireStatus           `json:"to"`
	Available *bool                `json:"isAvailable"`
	Fields    map[string]wireField `json:"fields"`
}

// wireField is a field of a screen. Data Center and Cloud say fieldId, a request
// type too, but with validValues and jiraSchema.
type wireField struct {
	ID          string   `json:"fieldId"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Required    bool     `json:"required"`
	HasDefault  bool     `json:"hasDefaultValue"`
	Schema      schema   `json:"schema"`
	Allowed     []named  `json:"allowedValues"`
	DeskSchema  schema   `json:"jiraSchema"`
	DeskValues  []choice `json:"validValues"`
}

type schema struct {
	Type   string `json:"type"`
	Items  string `json:"items"`
	System string `json:"system"`
	Custom string `json:"custom"`
}

type choice struct {
	Value id     `json:"value"`
	Label string `json:"label"`
}

// id is the id of a record: a number, in quotes or not. It is empty for
// anything else.
type id string

// UnmarshalJSON implements json.Unmarshaler.
func (i *id) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	if *i = ""; isID(text) {
		*i = id(text)
	}
	return nil
}

// isID reports whether text is a record's id as Jira writes it.
func isID(text string) bool {
	n, err := strconv.ParseInt(text, 10, 64)
	return err == nil && n >= 0 && text == strconv.FormatInt(n, 10)
}

// number returns the id as a number, 0 for none.
func (i id) number() int64 {
	return ticket.ParseID(string(i))
}

// instant is a time, which Jira writes with a zone that has no colon.
type instant struct{ time.Time }

// UnmarshalJSON implements json.Unmarshaler.
func (i *instant) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return errors.New("a time is not a text")
	}
	for _, layout := range []string{"2006-01-02T15:04:05.999-0700", time.RFC3339} {
		if at, err := time.Parse(layout, text); err == nil && ticket.Plausible(at) {
			i.Time = at.UTC()
			return nil
		}
	}
	return fmt.Errorf("a time cannot be read: %q", ticket.Clip(text, 40))
}

// refusal is how Jira refuses: for the whole, and by field. The last two are
// those of Jira Service Management and of what stands before Jira.
type refusal struct {
	Messages []string                   `json:"errorMessages"`
	Errors   map[string]json.RawMessage `json:"errors"`
	Message  string                     `json:"errorMessage"`
	Plain    string                     `json:"message"`
}

func refusalOf(body []byte) refusal {
	var r refusal
	_ = json.Unmarshal(body, &r) // a part may be of another form: what could be read counts
	return r
}

// fields returns the names of the fields it is about.
func (r refusal) fields() []string { return slices.Sorted(maps.Keys(r.Errors)) }

// words finds what Jira says in a refusal.
func words(body []byte) string {
	r := refusalOf(body)
	said := slices.Clone(r.Messages)
	for _, field := range r.fields() {
		text := string(bytes.Trim(r.Errors[field], `"`))
		_ = json.Unmarshal(r.Errors[field], &text) // as it is written if it is no text
		said = append(said, field+": "+text)
	}
	for _, one := range []string{r.Message, r.Plain} {
		if one != "" {
			said = append(said, one)
		}
	}
	return strings.Join(said, "; ")
}

// line makes text that came from Jira fit for one line.
func line(text string) string { return ticket.Title(text, maxTitle) }
