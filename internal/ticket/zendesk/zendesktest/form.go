package zendesktest

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"
)

type option struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type field struct {
	ID            int64    `json:"id"`
	Type          string   `json:"type"`
	Title         string   `json:"title"`
	Description   string   `json:"agent_description"`
	Active        bool     `json:"active"`
	Required      bool     `json:"required"`
	SystemOptions []option `json:"system_field_options,omitempty"`
	CustomOptions []option `json:"custom_field_options,omitempty"`
	Pattern       string   `json:"regexp_for_validation,omitempty"`
}

type form struct {
	ID     int64   `json:"id"`
	Name   string  `json:"name"`
	Active bool    `json:"active"`
	Fields []int64 `json:"ticket_field_ids"`
}

type customStatus struct {
	ID       int64  `json:"id"`
	Category string `json:"status_category"`
	Label    string `json:"agent_label"`
	Active   bool   `json:"active"`
	Default  bool   `json:"default"`
}

// The ids of ticket fields, forms and statuses of one's own.
const (
	System     = 301 // text
	Reason     = 302 // textarea
	Urgent     = 303 // checkbox
	Seats      = 304 // integer
	Cost       = 305 // decimal
	StartDay   = 306 // date
	Region     = 307 // tagger
	Systems    = 308 // multiselect
	CostCenter = 309 // regexp
	Retired    = 310 // inactive
	Colour     = 311 // of no form

	RequestForm = 402
	WontDo      = 507 // solved
	InProgress  = 508 // open
)

func (s *Server) furnishForms() {
	priorities := []option{{"Low", "low"}, {"Normal", "normal"}, {"High", "high"}, {"Urgent", "urgent"}}
	types := []option{{"Question", "question"}, {"Incident", "incident"}, {"Problem", "problem"}, {"Task", "task"}}
	s.fields = []field{
		{ID: 201, Type: "subject", Title: "Subject", Active: true, Required: true},
		{ID: 202, Type: "description", Title: "Description", Active: true, Required: true},
		{ID: 203, Type: "status", Title: "Status", Active: true, Required: true},
		{ID: 204, Type: "tickettype", Title: "Type", Active: true, SystemOptions: types},
		{ID: 205, Type: "priority", Title: "Priority", Active: true, SystemOptions: priorities},
		{ID: 206, Type: "group", Title: "Group", Active: true, Required: true},
		{ID: 207, Type: "assignee", Title: "Assignee", Active: true, Required: true},
		{ID: System, Type: "text", Title: "System", Active: true, Description: "What it is about"},
		{ID: Reason, Type: "textarea", Title: "Reason", Active: true},
		{ID: Urgent, Type: "checkbox", Title: "Urgent", Active: true},
		{ID: Seats, Type: "integer", Title: "Seats", Active: true},
		{ID: Cost, Type: "decimal", Title: "Cost", Active: true},
		{ID: StartDay, Type: "date", Title: "Start", Active: true},
		{ID: Region, Type: "tagger", Title: "Region", Active: true, CustomOptions: []option{{"EMEA", "emea"}, {"APAC", "apac"}}},
		{ID: Systems, Type: "multiselect", Title: "Systems", Active: true, CustomOptions: []option{{"CRM", "crm"}, {"ERP", "erp"}}},
		{ID: CostCenter, Type: "regexp", Title: "Cost center", Active: true, Pattern: `\A[0-9]{4}\z`},
		{ID: Retired, Type: "text", Title: "Retired"},
		{ID: Colour, Type: "text", Title: "Colour", Active: true},
		{ID: 312, Type: "partialcreditcard", Title: "Card", Active: true},
		{ID: 313, Type: "lookup", Title: "Asset", Active: true},
	}
	s.forms = []form{
		{ID: 401, Name: "Default", Active: true, Fields: []int64{201, 202, 203, 204, 205, 206, 207, Colour}},
		{ID: RequestForm, Name: "Access request", Active: true, Fields: []int64{
			201, 202, 203, 204, 205, 206, 207, System, Reason, Urgent, Seats, Cost, StartDay, Region, Systems, CostCenter, Retired, 312, 313,
		}},
		{ID: 403, Name: "Old", Fields: []int64{201, 202}},
	}
	for i, category := range []string{"new", "open", "pending", "hold", "solved"} {
		s.statuses = append(s.statuses, customStatus{ID: int64(501 + i), Category: category, Label: category, Active: true, Default: true})
	}
	s.statuses = append(
		s.statuses,
		customStatus{ID: WontDo, Category: "solved", Label: "Won't do", Active: true},
		customStatus{ID: InProgress, Category: "open", Label: "In progress", Active: true},
		customStatus{ID: 509, Category: "open", Label: "Old"},
	)
}

// Require makes a field one that must be filled in before a ticket is solved.
func (s *Server) Require(id int64) {
	for i := range s.fields {
		if s.fields[i].ID == id {
			s.fields[i].Required = true
		}
	}
}

func (s *Server) serveFields(c *call) {
	if !c.is("GET") {
		c.missing()
		return
	}
	page(c, plain("ticket_fields", s.fields))
}

func (s *Server) serveForms(c *call) {
	switch {
	case s.NoForms:
		c.refuse(http.StatusForbidden, "Forbidden", "You do not have access to this page. Please contact the account owner of this help desk for further help.")
	case c.is("GET"):
		numbered(c, plain("ticket_forms", s.forms))
	default:
		c.missing()
	}
}

func (s *Server) serveStatuses(c *call) {
	switch {
	case s.NoForms:
		c.missing()
	case c.is("GET"):
		numbered(c, plain("custom_statuses", s.statuses))
	default:
		c.missing()
	}
}

// defaultStatus returns the status of one's own that a category stands for.
func (s *Server) defaultStatus(category string) int64 {
	for _, own := range s.statuses {
		if own.Category == category && own.Default && !s.NoForms {
			return own.ID
		}
	}
	return 0
}

// store returns what a field keeps of a value. A choice that it does not have it
// drops without a word; what it cannot read it refuses.
func (f field) store(value any) (any, *problem) {
	text, isText := value.(string)
	bad := &problem{
		key: "base", Description: f.Title + ": is invalid", Error: "InvalidValue", FieldID: f.ID, FieldType: fieldType[f.Type],
	}
	switch f.Type {
	case "checkbox":
		on, ok := value.(bool)
		return ok && on, nil
	case "tagger":
		if !isText || !f.has(text) {
			return nil, nil
		}
	case "multiselect":
		return f.choices(value), nil
	case "date":
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return nil, bad
		}
	case "integer", "decimal":
		return f.number(value, bad)
	case "regexp":
		if !regexp.MustCompile(f.Pattern).MatchString(text) {
			return nil, bad
		}
	default:
		if !isText {
			return nil, bad
		}
	}
	return value, nil
}

func (f field) has(value string) bool {
	return slices.ContainsFunc(f.CustomOptions, func(o option) bool { return o.Value == value })
}

func (f field) choices(value any) any {
	kept := []string{}
	list, _ := value.([]any)
	for _, one := range list {
		if text, ok := one.(string); ok && f.has(text) {
			kept = append(kept, text)
		}
	}
	return kept
}

// number keeps a decimal as a text, as Zendesk does.
func (f field) number(value any, bad *problem) (any, *problem) {
	n, ok := value.(json.Number)
	if text, isText := value.(string); isText {
		n, ok = json.Number(text), true
	}
	if f.Type == "integer" {
		if _, err := n.Int64(); !ok || err != nil {
			return nil, bad
		}
		return n, nil
	}
	x, err := n.Float64()
	if !ok || err != nil {
		return nil, bad
	}
	return strconv.FormatFloat(x, 'f', -1, 64), nil
}

var fieldType = map[string]string{
	"text": "FieldText", "textarea": "FieldTextarea", "checkbox": "FieldCheckbox", "integer": "FieldInteger",
	"decimal": "FieldDecimal", "date": "FieldDate", "tagger": "FieldTagger", "multiselect": "FieldMultiselect", "regexp": "FieldRegexp",
	"assignee": "FieldAssignee", "priority": "FieldPriority", "tickettype": "FieldTicketType",
}
