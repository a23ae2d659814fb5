package freshservicetest

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Ticket is one ticket.
type Ticket struct {
	ID, Group, Responder              int64
	Subject, Description, Category    string
	Status, Priority, Urgency, Impact int64
	Tags                              []string
	Custom                            map[string]any
	Notes                             []string // as HTML
	Deleted, Spam                     bool
	DueBy, CreatedAt, UpdatedAt       time.Time

	plain, plainOf string // the description as text, and which
}

// input are the parameters of a new or changed ticket that the fake knows.
type input struct {
	Subject     *string        `json:"subject"`
	Description *string        `json:"description"`
	Email       *string        `json:"email"`
	Status      *int64         `json:"status"`
	Priority    *int64         `json:"priority"`
	Urgency     *int64         `json:"urgency"`
	Impact      *int64         `json:"impact"`
	Category    *string        `json:"category"`
	Group       *int64         `json:"group_id"`
	Workspace   *int64         `json:"workspace_id"`
	Responder   responder      `json:"responder_id"`
	Tags        *[]string      `json:"tags"`
	DueBy       *time.Time     `json:"due_by"`
	FirstDue    *time.Time     `json:"fr_due_by"`
	Custom      map[string]any `json:"custom_fields"`
}

// responder is the agent a ticket is given to: 0 for null, which takes it away.
type responder struct {
	id    int64
	given bool
}

func (r *responder) UnmarshalJSON(b []byte) error {
	r.given = true
	return json.Unmarshal(b, &r.id)
}

func (s *Server) serveTickets(c *call) {
	switch {
	case c.Is("GET", "tickets"):
		s.list(c)
		return
	case c.Is("GET", "tickets", "filter"):
		s.filter(c)
		return
	case c.Is("POST", "tickets"):
		s.create(c)
		return
	case len(c.Path) < 2 || s.tickets[c.ID(1)] == nil:
		c.missing()
		return
	case s.hidden[c.ID(1)]:
		c.denied()
		return
	}
	t := s.tickets[c.ID(1)]
	switch {
	case c.Is("GET", "tickets", "*"):
		if c.knows("include") && c.embeds("conversations", "requester", "requested_for", "stats", "tags") {
			c.Say(http.StatusOK, map[string]any{"ticket": s.wire(t, c.query.Get("include") == "tags")})
		}
	case c.Is("PUT", "tickets", "*"):
		s.update(c, t)
	case c.Is("POST", "tickets", "*", "notes"):
		s.addNote(c, t)
	case c.Is("GET", "tickets", "*", "conversations"):
		if c.knows("per_page", "page") {
			c.Say(http.StatusOK, map[string]any{"conversations": paged(c, t.conversations())})
		}
	default:
		c.missing()
	}
}

// wrong returns what Freshservice would refuse. made says that it is about a new
// ticket.
func (s *Server) wrong(in input, made bool) []problem {
	var wrong []problem
	refuse := func(bad bool, field, message, code string) {
		if bad {
			wrong = append(wrong, problem{field, message, code})
		}
	}
	const longest, longestTag = 255, 32
	missing := func(text *string) bool { return made && (text == nil || *text == "") }
	refuse(missing(in.Subject) || in.Subject != nil && utf8.RuneCountInString(*in.Subject) > longest, "subject", "It should be a/an String", "invalid_value")
	refuse(missing(in.Description), "description", "It should be a/an String", "missing_field")
	refuse(missing(in.Email), "email", "It should be a valid email address", "missing_field")
	refuse(made && (in.Status == nil || in.Priority == nil), "status", "It should be one of these values: '2,3,4,5,8'", "missing_field")
	refuse(in.Status != nil && !slices.Contains([]int64{2, 3, 4, 5, 8}, *in.Status), "status", "It should be one of these values: '2,3,4,5,8'", "invalid_value")
	for field, value := range map[string]*int64{"priority": in.Priority, "urgency": in.Urgency, "impact": in.Impact} {
		refuse(value != nil && (*value < 1 || *value > 4), field, "It should be one of these values: '1,2,3,4'", "invalid_value")
	}
	refuse(made && (in.Group == nil || s.groupOf(*in.Group) == nil), "group_id", "There is no group matching the given group_id", "invalid_value")
	if in.Responder.id != 0 {
		a := s.agentOf(in.Responder.id)
		refuse(a == nil || !a.active, "responder_id", "There is no agent matching the given responder_id", "invalid_value")
	}
	if in.Tags != nil {
		for _, tag := range *in.Tags {
			refuse(tag == "" || utf8.RuneCountInString(tag) > longestTag || strings.Contains(tag, ","), "tags", "It should not have more than 32 characters", "invalid_value")
		}
	}
	refuse((in.DueBy == nil) != (in.FirstDue == nil), "fr_due_by", "Should be given with due_by", "missing_field")
	refuse(in.DueBy != nil && in.DueBy.Before(time.Now()), "due_by", "It should be greater than created_at", "invalid_value")
	for name, value := range in.Custom {
		refuse(!isCustom(name, value), name, "It should be one of these values", "invalid_value")
	}
	return wrong
}

func (s *Server) create(c *call) {
	var in input
	if !c.read(&in) {
		return
	}
	if wrong := s.wrong(in, true); len(wrong) > 0 {
		c.invalid(wrong...)
		return
	}
	t := &Ticket{Urgency: 1, Impact: 1, Custom: map[string]any{"vendor": nil, "risk": nil}}
	s.add(t, time.Now())
	t.take(in)
	if s.Mangle != nil {
		s.Mangle(t)
	}
	s.tell(t.ID)
	c.Say(http.StatusCreated, map[string]any{"ticket": s.wire(t, true)})
}

// add keeps a new ticket.
func (s *Server) add(t *Ticket, at time.Time) {
	s.next++
	t.ID, t.CreatedAt, t.UpdatedAt = s.next, at, at
	if t.DueBy.IsZero() {
		t.DueBy = at.Add(72 * time.Hour)
	}
	s.tickets[t.ID] = t
	s.order = append(s.order, t.ID)
}

// take puts what was asked for into a ticket.
func (t *Ticket) take(in input) {
	for to, value := range map[*int64]*int64{
		&t.Status: in.Status, &t.Priority: in.Priority, &t.Urgency: in.Urgency, &t.Impact: in.Impact, &t.Group: in.Group,
	} {
		if value != nil {
			*to = *value
		}
	}
	for to, value := range map[*string]*string{&t.Subject: in.Subject, &t.Description: in.Description, &t.Category: in.Category} {
		if value != nil {
			*to = *value
		}
	}
	if in.Responder.given {
		t.Responder = in.Responder.id
	}
	if in.Tags != nil {
		t.Tags = *in.Tags
	}
	if in.DueBy != nil {
		t.DueBy = *in.DueBy
	}
	maps.Copy(t.Custom, in.Custom)
}

func (s *Server) update(c *call, t *Ticket) {
	var in input
	if !c.read(&in) {
		return
	}
	if wrong := s.wrong(in, false); len(wrong) > 0 {
		c.invalid(wrong...)
		return
	}
	ends := in.Status != nil && (*in.Status == 4 || *in.Status == 5)
	if name := s.ForClosure; ends && name != "" && t.Custom[name] == nil && in.Custom[name] == nil {
		c.invalid(problem{name, "It should not be blank as this is a mandatory field", "invalid_value"})
		return
	}
	t.take(in)
	if ends && s.OnEnd != nil {
		s.OnEnd(t)
	}
	if s.OnChange != nil {
		s.OnChange(t)
	}
	s.touch(t)
	c.Say(http.StatusOK, map[string]any{"ticket": s.wire(t, true)})
}

func (s *Server) touch(t *Ticket) {
	t.UpdatedAt = time.Now()
	s.tell(t.ID)
}

func (s *Server) addNote(c *call, t *Ticket) {
	var in struct {
		Body    string `json:"body"`
		Private *bool  `json:"private"`
	}
	if !c.read(&in) {
		return
	}
	if in.Body == "" {
		c.invalid(problem{"body", "It should be a/an String", "missing_field"})
		return
	}
	t.Notes = append(t.Notes, in.Body)
	s.touch(t)
	all := t.conversations()
	c.Say(http.StatusCreated, map[string]any{"conversation": all[len(all)-1]})
}

func (t *Ticket) conversations() []map[string]any {
	all := []map[string]any{}
	for i, note := range t.Notes {
		all = append(all, map[string]any{
			"id": t.ID*1000 + int64(i) + 1, "body": note, "body_text": textOf(note), "private": true, "incoming": false, "user_id": Admit, "source": 2,
			"ticket_id": t.ID, "created_at": stamp(t.CreatedAt), "updated_at": stamp(t.CreatedAt),
		})
	}
	return all
}

// list shows the tickets of the last 30 days, or those that changed since a
// time, in the order of their creation, without their tags.
func (s *Server) list(c *call) {
	if !c.knows("email", "requester_id", "updated_since", "include", "order_type", "per_page", "page", "workspace_id", "filter", "type") || !c.embeds("stats", "requester", "requested_for") {
		return
	}
	if email := c.query.Get("email"); email != "" && !strings.EqualFold(email, Email) {
		c.invalid(problem{"email", "There is no contact matching the given email", "invalid_value"})
		return
	}
	if w := c.query.Get("workspace_id"); w != "" && w != "0" && w != "2" && w != "3" {
		c.invalid(problem{"workspace_id", "There is no workspace matching the given workspace_id", "invalid_value"})
		return
	}
	since, err := time.Parse(time.RFC3339, c.query.Get("updated_since"))
	if c.query.Has("updated_since") && err != nil {
		c.invalid(problem{"updated_since", "It should be a valid date", "invalid_value"})
		return
	}
	const month = 30 * 24 * time.Hour
	var found []*Ticket
	changed, begin := c.query.Has("updated_since"), time.Now().Add(-month)
	for _, id := range s.order {
		t := s.tickets[id]
		if (changed || t.CreatedAt.After(begin)) && !t.UpdatedAt.Truncate(time.Second).Before(since) && s.visible(t) && s.inWorkspace(c, s.groupOf(t.Group)) {
			found = append(found, t)
		}
	}
	if c.query.Get("order_type") != "asc" {
		slices.Reverse(found)
	}
	tickets := []shown{}
	for _, t := range paged(c, found) {
		tickets = append(tickets, s.wire(t, false))
	}
	c.Say(http.StatusOK, map[string]any{"tickets": tickets})
}

// visible reports whether lists show a ticket.
func (s *Server) visible(t *Ticket) bool {
	return !t.Deleted && !t.Spam && !s.hidden[t.ID] && (!s.stale || t.ID <= s.seen)
}

var byTag = regexp.MustCompile(`^"tag:'([^']*)'"$`)

// filter finds tickets by a tag, the one thing the fake's filter knows. Its
// index is behind.
func (s *Server) filter(c *call) {
	parts := byTag.FindStringSubmatch(c.query.Get("query"))
	if !c.knows("query", "workspace_id", "page", "per_page") {
		return
	}
	if parts == nil || len(c.query.Get("query")) > 512 {
		c.invalid(problem{"query", "Given query is invalid", "invalid_query"})
		return
	}
	found := []shown{}
	for _, id := range s.order {
		t := s.tickets[id]
		if s.visible(t) && slices.Contains(t.Tags, parts[1]) && time.Since(t.CreatedAt) >= s.IndexLag && s.inWorkspace(c, s.groupOf(t.Group)) {
			found = append(found, s.wire(t, false))
		}
	}
	c.Say(http.StatusOK, map[string]any{"tickets": paged(c, found), "total": len(found)})
}

func isCustom(name string, value any) bool {
	switch name {
	case "risk":
		return value == "High" || value == "Low"
	case "vendor":
		_, ok := value.(string)
		return ok
	case "seats":
		_, ok := value.(float64)
		return ok
	case "urgent_access":
		_, ok := value.(bool)
		return ok
	}
	return false
}

// form are the fields of a ticket.
func form() []map[string]any {
	field := func(id int64, name, label, kind string, required bool, choices ...map[string]any) map[string]any {
		return map[string]any{
			"id": id, "workspace_id": 2, "name": name, "label": label, "description": "", "field_type": kind, "required": required,
			"required_for_closure": false, "default_field": strings.HasPrefix(kind, "default_"), "choices": append([]map[string]any{}, choices...),
			"nested_fields": []any{}, "required_for_agents": required, "required_for_customers": false,
		}
	}
	choice := func(id int64, value string) map[string]any {
		return map[string]any{"id": id, "value": value}
	}
	levels := []map[string]any{choice(1, "Low"), choice(2, "Medium"), choice(3, "High")}
	return []map[string]any{
		field(1, "requester", "Requester", "default_requester", true),
		field(2, "subject", "Subject", "default_subject", true),
		field(3, "status", "Status", "default_status", true, choice(2, "Open"), choice(3, "Pending"), choice(4, "Resolved"), choice(5, "Closed"), choice(8, "Handed over")),
		field(4, "priority", "Priority", "default_priority", true, append(levels, choice(4, "Urgent"))...),
		field(5, "urgency", "Urgency", "default_urgency", false, levels...),
		field(6, "impact", "Impact", "default_impact", false, levels...),
		field(7, "group", "Group", "default_group", false),
		field(8, "category", "Category", "default_category", false, choice(31, "Hardware"), choice(32, "Software")),
		field(9, "risk", "Risk", "custom_dropdown", false, choice(41, "High"), choice(42, "Low")),
		field(10, "vendor", "Vendor", "custom_text", false),
		field(11, "seats", "Seats", "custom_number", false),
		field(12, "urgent_access", "Urgent access", "custom_checkbox", false),
	}
}

// decode reads a number as a ticket's id.
func decode(text string) int64 {
	n, _ := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	return n
}
