package servicenowtest

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

const layout = "2006-01-02 15:04:05"

// record is a row of a table. class is the table it is in.
type record struct {
	class   string
	values  map[string]string
	journal []string // work notes and comments, as people see them
	hidden  bool     // no access rule lets the service user see it
	late    bool     // not on the read replica yet

	id, mark, updated string // of values, in small letters: what every search looks at
}

// keep notes what every search looks at. It must be called after each change.
func (s *Server) keep(r *record) {
	r.id, r.mark, r.updated = r.values["sys_id"], strings.ToLower(r.values["correlation_display"]), r.values["sys_updated_on"]
	s.kept = kept{}
	if isClass(r.class) {
		s.moved[r] = true
	}
}

// kind is the type of a column.
type kind string

const (
	text      kind = "string"
	journal   kind = "journal_input"
	date      kind = "due_date"
	integer   kind = "integer"
	boolean   kind = "boolean"
	reference kind = "reference"
)

// columnOf describes a column: its type, its length, its label, and what it
// refers to.
type columnOf struct {
	kind   kind
	length int
	label  string
	to     string
	choice bool
}

// columns are the tables, as far as anything looks at them. All but the last
// group extend task.
var columns = map[string]map[string]columnOf{
	"task": {
		"sys_id": {kind: text, length: 32}, "sys_class_name": {kind: text, length: 80}, "number": {kind: text, length: 40},
		"state": {kind: integer, choice: true, label: "State"}, "active": {kind: boolean}, "approval": {kind: text, length: 40, choice: true},
		"short_description": {kind: text, length: 160, label: "Short description"}, "description": {kind: text, length: 4000, label: "Description"},
		"close_notes": {kind: text, length: 4000, label: "Resolution notes"}, "correlation_id": {kind: text, length: 100, label: "Correlation ID"},
		"correlation_display": {kind: text, length: 100}, "assigned_to": {kind: reference, to: "sys_user", label: "Assigned to"},
		"assignment_group": {kind: reference, to: "sys_user_group", label: "Assignment group"}, "closed_by": {kind: reference, to: "sys_user"},
		"opened_by": {kind: reference, to: "sys_user"}, "parent": {kind: reference, to: "task"}, "work_notes": {kind: journal}, "comments": {kind: journal},
		"urgency": {kind: integer, choice: true, label: "Urgency"}, "impact": {kind: integer, choice: true, label: "Impact"},
		"priority": {kind: integer, choice: true, label: "Priority"}, "contact_type": {kind: text, length: 40, choice: true, label: "Channel"},
		"due_date": {kind: date, label: "Due date"}, "u_cost_center": {kind: text, length: 40, label: "Cost center"},
		"sys_created_on": {kind: date}, "sys_created_by": {kind: text, length: 40}, "sys_updated_on": {kind: date}, "sys_updated_by": {kind: text, length: 40},
		"sys_mod_count": {kind: integer},
	},
	"incident": {
		"close_code": {kind: text, length: 40, choice: true, label: "Resolution code"}, "resolved_by": {kind: reference, to: "sys_user"},
		"caller_id": {kind: reference, to: "sys_user", label: "Caller"}, "category": {kind: text, length: 40, choice: true, label: "Category"},
		"subcategory": {kind: text, length: 40, choice: true, label: "Subcategory"},
	},
	"sc_task": {"request_item": {kind: reference, to: "sc_req_item"}, "request": {kind: reference, to: "sc_request"}},
	"sc_req_item": {
		"request": {kind: reference, to: "sc_request"}, "cat_item": {kind: reference, to: "sc_cat_item"}, "stage": {kind: text, length: 80},
	},
	"sc_request": {"request_state": {kind: text, length: 40, choice: true}},

	"sys_user":       {"sys_id": {}, "name": {}, "email": {}, "user_name": {}, "active": {}, "time_zone": {}},
	"sys_user_group": {"sys_id": {}, "name": {}, "active": {}},
	"sys_db_object":  {"sys_id": {}, "name": {}, "label": {}},
	"sys_choice":     {"sys_id": {}, "name": {}, "element": {}, "value": {}, "label": {}, "language": {}, "inactive": {}, "sequence": {}},
	"sys_dictionary": {
		"sys_id": {}, "name": {}, "element": {}, "column_label": {}, "internal_type": {}, "max_length": {}, "mandatory": {}, "read_only": {},
		"choice": {}, "reference": {}, "active": {},
	},
	"sys_data_policy2":     {"sys_id": {}, "active": {}, "conditions": {}},
	"sys_data_policy_rule": {"sys_id": {}, "table": {}, "field": {}, "mandatory": {}, "sys_data_policy": {kind: reference, to: "sys_data_policy2"}},
	"sc_cat_item":          {"sys_id": {}, "name": {}},
	"sc_item_option":       {"sys_id": {}, "value": {}},
	"sc_item_option_mtom": {
		"sys_id": {}, "request_item": {kind: reference, to: "sc_req_item"}, "sc_item_option": {kind: reference, to: "sc_item_option"},
	},
}

// classes are the tables that extend task.
var classes = []string{"incident", "sc_task", "sc_req_item", "sc_request"}

func isClass(table string) bool { return slices.Contains(classes, table) }

// column finds a column of a table or of the one it extends.
func column(table, name string) (columnOf, bool) {
	c, ok := columns[table][name]
	if !ok && isClass(table) {
		c, ok = columns["task"][name]
	}
	return c, ok
}

// hasColumn follows a path of references: request.state, ref_incident.close_code.
func (s *Server) hasColumn(table, path string) bool {
	if rest, ok := strings.CutPrefix(path, "ref_"); ok && table == "task" {
		class, field, found := strings.Cut(rest, ".")
		return found && isClass(class) && s.hasColumn(class, field)
	}
	first, rest, dotted := strings.Cut(path, ".")
	c, ok := column(table, first)
	if !dotted || !ok {
		return ok
	}
	return c.kind == reference && s.hasColumn(c.to, rest)
}

// value follows a path of references from a record.
func (s *Server) value(r *record, path string) string {
	if rest, ok := strings.CutPrefix(path, "ref_"); ok {
		class, field, _ := strings.Cut(rest, ".")
		if class != r.class {
			return ""
		}
		return s.value(r, field)
	}
	first, rest, dotted := strings.Cut(path, ".")
	if !dotted {
		return r.values[first]
	}
	if to := s.byID[r.values[first]]; to != nil && !to.hidden {
		return s.value(to, rest)
	}
	return ""
}

// put stores a new record, with what every one has filled in.
func (s *Server) put(class string, values map[string]string) *record {
	r := &record{class: class, values: maps.Clone(values), late: s.lagging}
	if r.values["sys_id"] == "" {
		r.values["sys_id"] = newID()
	}
	if isClass(class) {
		s.count[class]++
		now := s.now()
		for field, value := range map[string]string{
			"sys_class_name": class, "number": numbers[class] + fmt.Sprintf("%07d", 10_000+s.count[class]), "state": "1", "active": "true",
			"approval": "not requested", "sys_created_on": now, "sys_updated_on": now, "sys_created_by": serviceUser, "sys_updated_by": serviceUser,
			"sys_mod_count": "0", "opened_by": s.me,
		} {
			if r.values[field] == "" {
				r.values[field] = value
			}
		}
	}
	s.keep(r)
	s.tables[class] = append(s.tables[class], r)
	s.byID[r.values["sys_id"]] = r
	for _, field := range indexed {
		if to := r.values[field]; to != "" {
			s.index[field+to] = append(s.index[field+to], r)
		}
	}
	return r
}

// indexed are references that never change once they are set.
var indexed = []string{"request", "request_item", "sc_item_option"}

// with returns the records of a table that refer to another by an indexed column.
func (s *Server) with(class, field, id string) []*record {
	var rows []*record
	for _, r := range s.index[field+id] {
		if r.class == class && s.byID[r.values["sys_id"]] == r {
			rows = append(rows, r)
		}
	}
	return rows
}

var numbers = map[string]string{"incident": "INC", "sc_task": "SCTASK", "sc_req_item": "RITM", "sc_request": "REQ"}

func (s *Server) now() string { return time.Now().UTC().Format(layout) }

func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// write sets fields of a record as a user, with the rules of the platform and the
// delivered business rules. What cannot be kept is dropped without a word. The
// error is a data policy's.
func (s *Server) write(r *record, values map[string]string, user string) error {
	next := maps.Clone(r.values)
	var notes []string
	for field, value := range values {
		c, ok := column(r.class, field)
		if !ok || strings.HasPrefix(field, "sys_") || field == "number" || user == serviceUser && s.protected[field] {
			continue
		}
		if c.kind == journal {
			if value != "" {
				notes = append(notes, value)
			}
			continue
		}
		next[field] = s.fit(c, field, value)
	}
	if s.aborting && user == serviceUser {
		return aborted
	}
	s.rules(r, next, user)
	if err := s.policy(r.class, next); err != nil {
		return err
	}
	if len(notes) == 0 && maps.Equal(next, r.values) {
		return nil
	}
	r.values, r.journal = next, append(r.journal, notes...)
	count, _ := strconv.Atoi(next["sys_mod_count"])
	next["sys_mod_count"] = strconv.Itoa(count + 1)
	next["sys_updated_on"], next["sys_updated_by"] = s.now(), user
	s.keep(r)
	s.tell(r)
	return s.flow(r)
}

// flow ends an order, and its request, when the last of its tasks has ended.
func (s *Server) flow(r *record) error {
	item := s.byID[r.values["request_item"]]
	open := func(t *record) bool { return t.values["active"] == "true" }
	if !s.flowing || r.class != "sc_task" || item == nil || slices.ContainsFunc(s.with("sc_task", "request_item", item.id), open) {
		return nil
	}
	if request := s.byID[item.values["request"]]; request != nil {
		if err := s.write(request, map[string]string{"state": "3", "request_state": "closed_complete"}, "system"); err != nil {
			return err
		}
	}
	return s.write(item, map[string]string{"state": "3"}, "system")
}

// fit is a value as a column keeps it.
func (s *Server) fit(c columnOf, field, value string) string {
	switch c.kind {
	case date:
		for _, l := range []string{layout, time.DateOnly} {
			if at, err := time.Parse(l, value); err == nil {
				return at.Format(layout)
			}
		}
		return ""
	case integer:
		if _, err := strconv.Atoi(value); err != nil {
			return ""
		}
	case boolean:
		return strconv.FormatBool(value == "true" || value == "1")
	case reference:
		to := s.byID[value]
		if to == nil || !s.in(c.to, to) || field == "assigned_to" && !s.fulfils[value] {
			return ""
		}
	case text:
		// A short column is one of the database; a long one takes any length (KB0685779).
		if runes := []rune(value); c.length < 4000 && len(runes) > c.length {
			return string(runes[:c.length])
		}
	case journal: // is no value
	}
	return value
}

// rules are the business rules: who ends a ticket, and what is active.
func (s *Server) rules(r *record, next map[string]string, user string) {
	before, state := r.values["state"], next["state"]
	if before == state {
		return
	}
	ended := slices.Contains([]string{"3", "4", "7"}, state)
	if r.class == "incident" {
		ended = state == "7" || state == "8"
	}
	ended = ended || state == OddState
	next["active"] = strconv.FormatBool(!ended)
	by := s.user(user)
	next["closed_by"], next["resolved_by"] = "", ""
	if ended {
		next["closed_by"] = by
	}
	if r.class == "incident" && state == "6" {
		next["resolved_by"] = by
	} else if r.class != "incident" {
		delete(next, "resolved_by")
	}
}

// user returns the sys_id of somebody, by the User ID.
func (s *Server) user(name string) string {
	for _, u := range s.tables["sys_user"] {
		if u.values["user_name"] == name {
			return u.values["sys_id"]
		}
	}
	return ""
}

// policy is the delivered data policy for resolved incidents, and those a test
// has added.
func (s *Server) policy(class string, next map[string]string) error {
	var missing []string
	for _, field := range s.required {
		if c, ok := column(class, field); ok && next[field] == "" {
			missing = append(missing, c.label)
		}
	}
	if class == "incident" && (next["state"] == "6" || next["state"] == "7") {
		for _, field := range []string{"close_code", "close_notes"} {
			if c, _ := column(class, field); next[field] == "" {
				missing = append(missing, c.label)
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return refusal{403, "Operation Failed", "Data Policy Exception: The following fields are mandatory: " + strings.Join(missing, ", ")}
}

// shift moves a time as another time zone would read it.
func shift(value string, by time.Duration) string {
	at, err := time.Parse(layout, value)
	if err != nil {
		return value
	}
	return at.Add(-by).Format(layout)
}
