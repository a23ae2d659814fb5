package requesttracker

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"admit/internal/ticket"
)

// The answers of REST 2.0, as far as they are read here.

// page is one page of a collection. Total is null where Request Tracker does
// not know what the user may see.
type page[T any] struct {
	Items []T  `json:"items"`
	Total *int `json:"total"`
}

// goesOn reports whether more may follow this page. Where the number is not
// known, a page may have gaps, and only an empty one is the last. Where it is, it
// may count what was made since.
func (p page[T]) goesOn() bool {
	if p.Total == nil {
		return len(p.Items) > 0
	}
	return len(p.Items) >= batch
}

type wireTicket struct {
	ID            id          `json:"id"`
	Subject       string      `json:"Subject"`
	Status        string      `json:"Status"`
	Queue         wireQueue   `json:"Queue"`
	Owner         wireUser    `json:"Owner"`
	Creator       wireUser    `json:"Creator"`
	LastUpdatedBy wireUser    `json:"LastUpdatedBy"`
	Created       instant     `json:"Created"`
	Started       instant     `json:"Started"`
	Resolved      instant     `json:"Resolved"`
	LastUpdated   instant     `json:"LastUpdated"`
	CustomFields  fieldValues `json:"CustomFields"`

	// These come with a single ticket only.
	Due      instant         `json:"Due"`
	Priority json.RawMessage `json:"Priority"` // a number, in quotes or not
	Links    []link          `json:"_hyperlinks"`
}

// ticketFields asks for what a wireTicket holds. Without fields[Owner]=id the
// id of a user is a login name.
const ticketFields = "Subject,Status,Queue,Owner,Creator,LastUpdatedBy,Created,Started,Resolved,LastUpdated,CustomFields"

const userFields = "id,Name,RealName,EmailAddress"

// wireDraft is a ticket to create. The owner's id may be a number or a login.
type wireDraft struct {
	Queue        string         `json:"Queue"`
	Subject      string         `json:"Subject"`
	Content      string         `json:"Content"`
	ContentType  string         `json:"ContentType"`
	Owner        string         `json:"Owner,omitempty"`
	Due          string         `json:"Due,omitempty"`
	Priority     string         `json:"Priority,omitempty"`
	CustomFields map[string]any `json:"CustomFields"` // by name or id: a text, or several
}

type wireComment struct {
	Content     string `json:"Content"`
	ContentType string `json:"ContentType"`
	Status      string `json:"Status,omitempty"`
}

// wireOwner is a change of a ticket's owner, who is named by id or login.
type wireOwner struct {
	Owner string `json:"Owner"`
}

// wireUser is a person. Request Tracker sends "" in the place of nobody.
type wireUser struct {
	ID           id     `json:"id"`
	Name         string `json:"Name"`
	RealName     string `json:"RealName"`
	EmailAddress string `json:"EmailAddress"`
	Timezone     string `json:"Timezone"`
	Privileged   flag   `json:"Privileged"`
}

// UnmarshalJSON implements json.Unmarshaler.
func (u *wireUser) UnmarshalJSON(b []byte) error {
	if string(b) == `""` {
		return nil
	}
	type plain wireUser // without this method
	return json.Unmarshal(b, (*plain)(u))
}

type wireQueue struct {
	ID                 id      `json:"id"`
	Name               string  `json:"Name"`
	Disabled           flag    `json:"Disabled"`
	Links              []link  `json:"_hyperlinks"`
	TicketCustomFields []named `json:"TicketCustomFields"`
}

// mayCreate reports whether the asking user may file tickets in the queue.
func (q wireQueue) mayCreate() bool {
	for _, l := range q.Links {
		if l.Ref == "create" && l.Type == "ticket" {
			return true
		}
	}
	return false
}

func (q wireQueue) hasField(name string) bool {
	for _, f := range q.TicketCustomFields {
		if strings.EqualFold(f.Name, name) {
			return true
		}
	}
	return false
}

type wireField struct {
	Record       string `json:"type"` // "customfield"; without it this would be taken for Type
	ID           id     `json:"id"`
	Description  string `json:"Description"`
	Name         string `json:"Name"`
	Type         string `json:"Type"`
	MaxValues    flag   `json:"MaxValues"`
	LookupType   string `json:"LookupType"`
	Disabled     flag   `json:"Disabled"`
	UniqueValues flag   `json:"UniqueValues"`
	Pattern      string `json:"Pattern"`
	Values       names  `json:"Values"` // those of a single field only
}

// fieldFields asks for what a wireField holds.
const fieldFields = "Name,Description,Type,MaxValues,LookupType,Disabled,UniqueValues,Pattern"

// ticketFieldType is the LookupType of a custom field of tickets.
const ticketFieldType = "RT::Queue-RT::Ticket"

// names is a list of texts. Request Tracker sends "" in the place of none.
type names []string

// UnmarshalJSON implements json.Unmarshaler.
func (n *names) UnmarshalJSON(b []byte) error {
	if string(b) == `""` {
		return nil
	}
	return json.Unmarshal(b, (*[]string)(n))
}

type link struct {
	Ref  string `json:"ref"`
	Type string `json:"type"`
	To   string `json:"to"` // the status a link of the lifecycle leads to
}

type named struct {
	Name string `json:"name"`
}

// fieldValues are the custom fields of a ticket. Request Tracker sends "" in
// the place of an empty list.
type fieldValues []struct {
	ID     id                `json:"id"`
	Name   string            `json:"name"`
	Values []json.RawMessage `json:"values"`
}

// UnmarshalJSON implements json.Unmarshaler.
func (v *fieldValues) UnmarshalJSON(b []byte) error {
	if string(b) == `""` {
		return nil
	}
	type plain fieldValues // without this method
	return json.Unmarshal(b, (*plain)(v))
}

// of returns the value of the field with this name if it has exactly one.
func (v fieldValues) of(name string) string {
	for _, f := range v {
		if !strings.EqualFold(f.Name, name) || len(f.Values) != 1 {
			continue
		}
		var text string
		if json.Unmarshal(f.Values[0], &text) == nil {
			return text
		}
	}
	return ""
}

// id is the id of a record: a number, in quotes or not. It is empty for the
// few records that are named by a word.
type id string

// UnmarshalJSON implements json.Unmarshaler.
func (i *id) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	if isID(text) {
		*i = id(text)
	}
	return nil
}

// isID reports whether text is a record's id as Request Tracker writes it.
func isID(text string) bool { return ticket.ParseID(text) > 0 }

// number returns the id as a number, 0 for none.
func (i id) number() int64 { return ticket.ParseID(string(i)) }

// flag is true for 1, "1" and true.
type flag bool

// UnmarshalJSON implements json.Unmarshaler.
func (f *flag) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	*f = text == "1" || text == "true"
	return nil
}

// instant is a time. Request Tracker writes 1970 for never.
type instant struct{ time.Time }

// UnmarshalJSON implements json.Unmarshaler.
func (i *instant) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return errors.New("a time is not a text")
	}
	if text == "" {
		return nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return fmt.Errorf("a time cannot be read: %q", ticket.Clip(text, 40))
	}
	if !ticket.Plausible(at) {
		return nil
	}
	i.Time = at.UTC()
	return nil
}

// words finds what Request Tracker says in a refusal.
func words(body []byte) string {
	var answer struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return ""
	}
	return answer.Message
}
