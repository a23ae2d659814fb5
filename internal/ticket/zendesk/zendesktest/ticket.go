package zendesktest

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// maxComment is the most bytes of a comment.
const maxComment = 65_536

// Ticket is a ticket.
type Ticket struct {
	ID           int64
	ExternalID   string
	Subject      string
	Status       string
	CustomStatus int64
	Group        int64
	Assignee     int64
	Form         int64
	Requester    int64
	Priority     string
	Type         string
	DueAt        string
	Tags         []string
	Values       map[int64]any
	Comments     []Comment
	CreatedAt    time.Time
	UpdatedAt    time.Time

	assigneeUpdatedAt, assignedAt, statusUpdatedAt time.Time // assignedAt is the first time
	deleted, hidden                                bool
}

// Comment is a comment.
type Comment struct {
	ID        int64     `json:"id"`
	Type      string    `json:"type"`
	Author    int64     `json:"author_id"`
	Body      string    `json:"body"`
	HTMLBody  string    `json:"html_body"`
	Public    bool      `json:"public"`
	CreatedAt time.Time `json:"created_at"`
}

// change is what a call asks for.
type change struct {
	Subject      *string       `json:"subject"`
	Comment      *newComment   `json:"comment"`
	ExternalID   *string       `json:"external_id"`
	Status       *string       `json:"status"`
	Group        *int64        `json:"group_id"`
	Assignee     assignee      `json:"assignee_id"`
	Form         *int64        `json:"ticket_form_id"`
	Priority     *string       `json:"priority"`
	Type         *string       `json:"type"`
	DueAt        *string       `json:"due_at"`
	Tags         *[]string     `json:"tags"`
	CustomFields []customValue `json:"custom_fields"`
	Safe         bool          `json:"safe_update"`
	Stamp        string        `json:"updated_stamp"`
}

// assignee is whom a change gives a ticket to: 0 for null, which takes it away.
type assignee struct {
	id    int64
	given bool
}

func (a *assignee) UnmarshalJSON(b []byte) error {
	a.given = true
	return json.Unmarshal(b, &a.id)
}

type newComment struct {
	Body     string `json:"body"`
	HTMLBody string `json:"html_body"`
	Public   *bool  `json:"public"`
}

type customValue struct {
	ID    int64 `json:"id"`
	Value any   `json:"value"`
}

// asked reads the body of a call. Zendesk leaves out what it does not know; here
// that is a mistake of whoever calls.
func (s *Server) asked(c *call) (change, bool) {
	var body struct {
		Ticket *change `json:"ticket"`
	}
	read := json.NewDecoder(bytes.NewReader(c.Sent))
	read.DisallowUnknownFields()
	read.UseNumber()
	if err := read.Decode(&body); err != nil {
		s.t.Errorf("%s %s: %v", c.Method, c.URL.Path, err)
	}
	if body.Ticket == nil {
		c.refuse(http.StatusBadRequest, "ParameterMissing", "Parameter ticket is required")
		return change{}, false
	}
	return *body.Ticket, true
}

func (s *Server) serveTickets(c *call) {
	switch {
	case c.is("POST"):
		s.create(c)
	case c.is("GET"):
		s.listTickets(c)
	case c.is("GET", "show_many"):
		s.showMany(c)
	case c.is("GET", "*"), c.is("PUT", "*"), c.is("DELETE", "*"), c.is("GET", "*", "comments"):
		t := s.tickets[c.ID(1)]
		if t == nil || t.deleted || t.hidden {
			c.missing()
			return
		}
		s.serveTicket(c, t)
	default:
		c.missing()
	}
}

func (s *Server) serveTicket(c *call, t *Ticket) {
	switch {
	case len(c.Path) == 3:
		page(c, plain("comments", t.Comments))
	case c.Method == http.MethodGet:
		c.Say(http.StatusOK, s.answer(t))
	case c.Method == http.MethodDelete:
		s.remove(t)
		c.done()
	default:
		s.update(c, t)
	}
}

func (s *Server) create(c *call) {
	key := c.Header.Get("Idempotency-Key")
	if used, ok := s.keys[key]; ok && key != "" && time.Since(used.at) < s.KeyLife {
		if used.body != string(c.Sent) {
			c.refuse(http.StatusBadRequest, "IdempotentRequestError", "Request parameters don't match the given idempotency key")
			return
		}
		c.W.Header().Set("X-Idempotency-Lookup", "hit")
		c.Say(http.StatusCreated, json.RawMessage(used.answer))
		return
	}
	ask, ok := s.asked(c)
	if !ok {
		return
	}
	t := &Ticket{Status: "new", Requester: c.me.ID, Form: s.forms[0].ID, Values: map[int64]any{}, CreatedAt: now()}
	if s.NoForms {
		t.Form = 0
	}
	problems := s.apply(t, ask, c.me.ID)
	if ask.Comment == nil {
		problems = append(problems, problem{key: "base", Description: "Description: cannot be blank", Error: "BlankValue"})
	}
	if len(problems) > 0 {
		c.invalid(problems)
		return
	}
	if s.Mangle != nil {
		s.Mangle(t)
	}
	s.add(t)
	answer, _ := json.Marshal(s.answer(t)) // of its own making
	if key != "" {
		c.W.Header().Set("X-Idempotency-Lookup", "miss")
		s.keys[key] = usedKey{string(c.Sent), answer, time.Now()}
	}
	c.Say(http.StatusCreated, json.RawMessage(answer))
}

func (s *Server) add(t *Ticket) {
	t.ID = s.newID()
	s.tickets[t.ID] = t
	s.order = append(s.order, t.ID)
	s.tell(t, "created")
}

func (s *Server) update(c *call, t *Ticket) {
	ask, ok := s.asked(c)
	if !ok {
		return
	}
	if ask.Safe {
		stamp, err := time.Parse(time.RFC3339, ask.Stamp)
		if err != nil {
			c.refuse(http.StatusUnprocessableEntity, "InvalidValue", "updated_stamp is not valid")
			return
		}
		if stamp.Before(t.UpdatedAt) {
			c.refuse(http.StatusConflict, "UpdateConflict", "Safe Update prevented the update due to outdated ticket data. Please fetch the latest ticket data and try again.")
			return
		}
	}
	if problems := s.change(t, ask, c.me.ID); len(problems) > 0 {
		c.invalid(problems)
		return
	}
	c.Say(http.StatusOK, s.answer(t))
}

// change changes a ticket as somebody, or returns why not.
func (s *Server) change(t *Ticket, ask change, by int64) []problem {
	if t.Status == "closed" {
		return []problem{{key: "status", Description: "Status: closed prevents ticket update", Error: "ClosedTicket"}}
	}
	after := *t
	after.Values = maps.Clone(t.Values)
	problems := s.apply(&after, ask, by)
	if after.Status == "solved" && t.Status != "solved" {
		problems = append(problems, s.unsolvable(&after)...)
	}
	if len(problems) > 0 {
		return problems
	}
	if after.Assignee == by {
		after.assigneeUpdatedAt = after.UpdatedAt
	}
	before := *t
	*t = after
	s.tellChange(before, t, ask.Comment != nil)
	return nil
}

// unsolvable returns what a ticket lacks to be solved.
func (s *Server) unsolvable(t *Ticket) []problem {
	var problems []problem
	need := func(f field) {
		problems = append(problems, problem{
			key: "base", Description: f.Title + ": is required when solving a ticket", FieldID: f.ID, FieldType: fieldType[f.Type],
		})
	}
	for _, f := range s.fields {
		switch {
		case !f.Required || !s.onForm(t.Form, f.ID):
		case f.Type == "assignee" && t.Assignee == 0, f.CustomOptions != nil && t.Values[f.ID] == nil, f.ID >= System && t.Values[f.ID] == nil:
			need(f)
		}
	}
	return problems
}

func (s *Server) onForm(form, id int64) bool {
	for _, f := range s.forms {
		if f.ID == form {
			return slices.Contains(f.Fields, id)
		}
	}
	return true
}

// apply sets what was asked for, and returns what is wrong with it.
func (s *Server) apply(t *Ticket, ask change, by int64) []problem {
	var problems []problem
	wrong := func(key, text string) {
		problems = append(problems, problem{key: key, Description: text, Error: "InvalidValue"})
	}
	set(&t.Subject, ask.Subject)
	set(&t.ExternalID, ask.ExternalID)
	set(&t.Priority, ask.Priority)
	set(&t.Type, ask.Type)
	set(&t.Group, ask.Group)
	if ask.Assignee.given && (ask.Assignee.id != 0 || !s.NoReturn) {
		t.Assignee = ask.Assignee.id
	}
	set(&t.Form, ask.Form)
	set(&t.DueAt, ask.DueAt)
	if t.Group != 0 && (s.groups[t.Group] == nil || s.groups[t.Group].Deleted) {
		wrong("group", "Group: is not valid")
	}
	if t.Assignee != 0 && !s.assignable(t.Assignee, t.Group) {
		wrong("assignee", "Assignee: is not a member of the group, or cannot be assigned tickets")
	}
	if !slices.Contains([]string{"", "low", "normal", "high", "urgent"}, t.Priority) {
		wrong("priority", "Priority: "+t.Priority+" is not recognized")
	}
	if !slices.Contains([]string{"", "problem", "incident", "question", "task"}, t.Type) {
		wrong("type", "Type: "+t.Type+" is not recognized")
	}
	if !s.NoForms && !slices.ContainsFunc(s.forms, func(f form) bool { return f.ID == t.Form && f.Active }) {
		wrong("ticket_form_id", "Ticket form: is not valid")
	}
	if t.Type != "task" {
		t.DueAt = "" // without a word
	}
	if ask.Tags != nil && !s.NoTags {
		t.Tags = tags(*ask.Tags)
	}
	problems = append(problems, s.applyStatus(t, ask)...)
	problems = append(problems, s.applyFields(t, ask.CustomFields)...)
	problems = append(problems, s.applyComment(t, ask.Comment, by)...)
	t.UpdatedAt = now()
	if t.Assignee != 0 && t.assignedAt.IsZero() {
		t.assignedAt = t.UpdatedAt
	}
	return problems
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// tags keeps tags as Zendesk does: in lower case, each once.
func tags(asked []string) []string {
	var kept []string
	for _, tag := range asked {
		for one := range strings.FieldsSeq(strings.ToLower(tag)) {
			if !slices.Contains(kept, one) {
				kept = append(kept, one)
			}
		}
	}
	return kept
}

func (s *Server) applyStatus(t *Ticket, ask change) []problem {
	before := t.Status
	set(&t.Status, ask.Status)
	if !slices.Contains([]string{"new", "open", "pending", "hold", "solved", "closed"}, t.Status) {
		return []problem{{key: "status", Description: "Status: " + t.Status + " is not valid", Error: "InvalidValue"}}
	}
	if t.Status == "new" && t.Assignee != 0 {
		t.Status = "open" // as soon as somebody has it
	}
	if t.Status != before || t.statusUpdatedAt.IsZero() {
		t.statusUpdatedAt = now()
	}
	if t.Status != before || t.CustomStatus == 0 {
		t.CustomStatus = s.defaultStatus(t.Status)
		if t.Status == "closed" {
			t.CustomStatus = s.defaultStatus("solved")
		}
	}
	return nil
}

func (s *Server) applyFields(t *Ticket, asked []customValue) []problem {
	var problems []problem
	for _, v := range asked {
		at := slices.IndexFunc(s.fields, func(f field) bool { return f.ID == v.ID && f.Active })
		if at < 0 {
			continue // without a word
		}
		f := s.fields[at]
		kept, wrong := f.store(v.Value)
		if wrong != nil {
			problems = append(problems, *wrong)
			continue
		}
		t.Values[f.ID] = kept
		if text, ok := kept.(string); ok && f.Type == "tagger" {
			t.Tags = tags(append(t.Tags, text)) // a choice is a tag, too
		}
	}
	return problems
}

func (s *Server) applyComment(t *Ticket, asked *newComment, by int64) []problem {
	if asked == nil {
		return nil
	}
	html := asked.HTMLBody
	if html == "" {
		html = "<p>" + escape(asked.Body) + "</p>"
	}
	text := textOf(html)
	switch {
	case strings.TrimSpace(text) == "":
		return []problem{{key: "comment", Description: "Comment: cannot be blank", Error: "BlankValue"}}
	case len(html) > maxComment:
		return []problem{{key: "comment", Description: "Comment: is too long (maximum is 65536 characters)", Error: "InvalidValue"}}
	}
	public := len(t.Comments) == 0 || t.Comments[0].Public
	set(&public, asked.Public)
	t.Comments = append(slices.Clone(t.Comments), Comment{
		ID: s.newID(), Type: "Comment", Author: by, Body: text, HTMLBody: html, Public: public, CreatedAt: now(),
	})
	return nil
}

func (s *Server) remove(t *Ticket) {
	t.deleted, t.UpdatedAt = true, now()
	s.tell(t, "soft_deleted")
}
