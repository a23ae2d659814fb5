package zendesk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"admit/internal/ticket"
)

// The answers of the API, as far as they are read here.

type wireTicket struct {
	ID           number      `json:"id"`
	ExternalID   string      `json:"external_id"`
	Subject      string      `json:"subject"`
	Status       string      `json:"status"`
	CustomStatus number      `json:"custom_status_id"`
	Group        number      `json:"group_id"`
	Assignee     number      `json:"assignee_id"`
	Form         number      `json:"ticket_form_id"`
	Priority     string      `json:"priority"`
	Type         string      `json:"type"`
	DueAt        instant     `json:"due_at"`
	Tags         []string    `json:"tags"`
	CustomFields []wireValue `json:"custom_fields"`
	CreatedAt    instant     `json:"created_at"`
	UpdatedAt    instant     `json:"updated_at"`
	Dates        wireDates   `json:"dates"` // where they were asked for
}

// wireDates says when what happened to a ticket.
type wireDates struct {
	AssigneeUpdatedAt   instant `json:"assignee_updated_at"`   // last by the assignee
	InitiallyAssignedAt instant `json:"initially_assigned_at"` // the first time
	StatusUpdatedAt     instant `json:"status_updated_at"`     // last by anybody
}

// wireValue is the value of a custom field: a text, a number, a flag, a list of
// texts or null.
type wireValue struct {
	ID    number          `json:"id"`
	Value json.RawMessage `json:"value"`
}

// texts returns the value as FormField writes it, one entry for each line.
func (v wireValue) texts() []string {
	var stored any
	read := json.NewDecoder(bytes.NewReader(v.Value))
	read.UseNumber()
	if read.Decode(&stored) != nil || stored == nil {
		return nil
	}
	list, ok := stored.([]any)
	if !ok {
		return []string{fmt.Sprint(stored)}
	}
	texts := make([]string, len(list))
	for i, one := range list {
		texts[i] = fmt.Sprint(one)
	}
	return texts
}

// wireList is a page of tickets with the people in them.
type wireList struct {
	Tickets []wireTicket `json:"tickets"`
	Users   []wireUser   `json:"users"`
	Meta    wireMeta     `json:"meta"`
}

// wireMeta says where a list goes on.
type wireMeta struct {
	HasMore bool   `json:"has_more"`
	After   string `json:"after_cursor"`
}

// whole reports whether the answer has a list of tickets at all.
func (l wireList) whole() error {
	if l.Tickets == nil {
		return errors.New("no list of tickets")
	}
	if l.Meta.HasMore && l.Meta.After == "" {
		return errors.New("a list that goes on nowhere")
	}
	return nil
}

type wireUser struct {
	ID          number `json:"id"`
	Name        string `json:"name"`
	Email       string `json:"email"`
	Role        string `json:"role"`
	RoleType    *int   `json:"role_type"`
	Active      bool   `json:"active"`
	Suspended   bool   `json:"suspended"`
	Restriction string `json:"ticket_restriction"`
	CustomRole  number `json:"custom_role_id"`
}

type wireRole struct {
	ID            number `json:"id"`
	Name          string `json:"name"`
	Configuration struct {
		Edit     *bool `json:"ticket_editing"`
		EditTags *bool `json:"ticket_tag_editing"`
	} `json:"configuration"`
}

// The kinds of agents that cannot be assigned tickets.
const (
	lightAgent  = 1
	chatAgent   = 2
	contributor = 3
)

// works reports whether tickets can be assigned to somebody: an agent or an
// admin who is not switched off.
func (u wireUser) works() bool {
	if u.ID == 0 || !u.Active || u.Suspended || u.Role != "agent" && u.Role != "admin" {
		return false
	}
	return u.RoleType == nil || !slices.Contains([]int{lightAgent, chatAgent, contributor}, *u.RoleType)
}

func (u wireUser) account() ticket.Account {
	return ticket.Account{ID: u.ID.String(), Name: line(u.Name), Email: line(u.Email)}
}

type wireGroup struct {
	ID      number `json:"id"`
	Name    string `json:"name"`
	Deleted bool   `json:"deleted"`
}

type wireForm struct {
	ID     number   `json:"id"`
	Name   string   `json:"name"`
	Active bool     `json:"active"`
	Fields []number `json:"ticket_field_ids"`
}

type wireField struct {
	ID            number       `json:"id"`
	Type          string       `json:"type"`
	Title         string       `json:"title"`
	Description   string       `json:"agent_description"`
	Active        bool         `json:"active"`
	Required      bool         `json:"required"` // when a ticket is solved
	SystemOptions []wireOption `json:"system_field_options"`
	CustomOptions []wireOption `json:"custom_field_options"`
}

type wireOption struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type wireStatus struct {
	ID       number `json:"id"`
	Category string `json:"status_category"`
	Label    string `json:"agent_label"`
	Active   bool   `json:"active"`
}

type wireWebhook struct {
	ID            string             `json:"id,omitempty"`
	Name          string             `json:"name"`
	Endpoint      string             `json:"endpoint"`
	Method        string             `json:"http_method"`
	Format        string             `json:"request_format"`
	Status        string             `json:"status"`
	Subscriptions []string           `json:"subscriptions"`
	Proof         *wireAuthorization `json:"authentication,omitempty"`
}

// wireAuthorization is what a webhook proves with who it is.
type wireAuthorization struct {
	Type     string            `json:"type"`
	Data     map[string]string `json:"data"`
	Position string            `json:"add_position"`
}

// wireDraft is a ticket to create.
type wireDraft struct {
	Subject      string      `json:"subject"`
	Comment      wireComment `json:"comment"`
	ExternalID   string      `json:"external_id"`
	Group        number      `json:"group_id"`
	Assignee     number      `json:"assignee_id,omitempty"`
	Form         number      `json:"ticket_form_id,omitempty"`
	Priority     string      `json:"priority,omitempty"`
	Type         string      `json:"type,omitempty"`
	DueAt        string      `json:"due_at,omitempty"`
	Tags         []string    `json:"tags"`
	CustomFields []wireValue `json:"custom_fields,omitempty"`
}

// wireComment is a note that only agents see.
type wireComment struct {
	HTML   string `json:"html_body"`
	Public bool   `json:"public"`
}

// wireNote adds a note to a ticket, and changes nothing else.
type wireNote struct {
	Comment wireComment `json:"comment"`
}

// wireEnd solves a ticket.
type wireEnd struct {
	wireNote
	wireStamp

	Status   string   `json:"status"`
	Tags     []string `json:"tags,omitzero"`
	Assignee number   `json:"assignee_id,omitempty"`
}

// wireAssignment gives a ticket to somebody of its group, or to nobody.
type wireAssignment struct {
	wireStamp

	Assignee *number `json:"assignee_id"`
	Group    number  `json:"group_id,omitempty"`
}

// wireStamp makes Zendesk refuse a change if the ticket has changed since.
type wireStamp struct {
	Safe  bool   `json:"safe_update"`
	Stamp string `json:"updated_stamp"`
}

func (w wireTicket) stamp() wireStamp { return wireStamp{true, w.UpdatedAt.Format(time.RFC3339)} }

// number is an id. 0 is none.
type number int64

// UnmarshalJSON implements json.Unmarshaler: ids come as numbers, and as texts
// in deliveries. What is no id is none.
func (n *number) UnmarshalJSON(b []byte) error {
	*n = parseID(strings.Trim(string(b), `"`))
	return nil
}

func (n number) String() string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(int64(n), 10)
}

// parseID reads an id as Zendesk writes it, 0 if it is none.
func parseID(text string) number { return number(ticket.ParseID(text)) }

// instant is a time; null is none, and so is what cannot be one: a due date that
// somebody typed wrong must not hide the tickets beside it.
type instant struct{ time.Time }

// UnmarshalJSON implements json.Unmarshaler.
func (i *instant) UnmarshalJSON(b []byte) error {
	at, err := time.Parse(time.RFC3339, strings.Trim(string(b), `"`))
	if err == nil && ticket.Plausible(at) {
		i.Time = at.UTC()
	}
	return nil
}

// line makes text that came from Zendesk fit for one line.
func line(text string) string { return ticket.Title(text, maxLine) }

// maxLine is the most characters of a text from Zendesk that is shown.
const maxLine = 255
