package servicenowtest

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"admit/internal/ticket/markdown"
	"admit/internal/ticket/tickettest"
)

// System is the instance as the suite uses it, with incidents.
func (s *Server) System(t testing.TB) tickettest.System {
	t.Helper()
	return s.SystemOf(t, "incident")
}

// SystemOf is the same with another way to file: "sc_task", or "catalog:" and the
// sys_id of an item.
func (s *Server) SystemOf(t testing.TB, project string) tickettest.System {
	t.Helper()
	system := tickettest.System{
		URL:          s.URL,
		Settings:     map[string]string{"base_url": s.URL, "user": User, "password": Password, "key_variable": KeyVariable},
		Project:      project,
		Assignable:   alice,
		Unassignable: bob,
		Text:         s.text,
		Rendered:     markdown.Text,
		Creates: func(r *http.Request, _ []byte) bool {
			return r.Method == http.MethodPost && (strings.HasPrefix(r.URL.Path, "/api/now/table/") || strings.HasSuffix(r.URL.Path, "/order_now"))
		},
		Field: "due_date", Value: "2030-05-06", Bad: "no date",
		FieldOf: func(t *testing.T, id string) string {
			day, _, _ := strings.Cut(s.Stored(t, id)["due_date"], " ")
			return day
		},
		NoLag:    true,
		Lag:      s.lag,
		Fill:     func(t *testing.T, n int) []string { return s.fill(t, project, n) },
		Hide:     func(t *testing.T, id string) { s.at(t, id, func(r *record) { r.hidden = true }) },
		Show:     s.Show,
		Delivery: s.Delivery,
		Listen:   s.Listen,
		Fulfiller: tickettest.Fulfiller{
			Start:   s.start,
			Done:    s.done,
			Decline: s.decline,
			Odd:     s.odd,
			Reopen:  s.reopen,
			Delete:  s.remove,
		},
	}
	if strings.HasPrefix(project, "catalog:") {
		system.Field, system.Value, system.Bad = "variables.system", "payroll", ""
		system.FieldOf = s.answered
		// The item of an order is looked for right after it was placed: no search
		// that lags could serve that.
		system.Lag = nil
	}
	return system
}

// at does something with a record while nobody looks.
func (s *Server) at(t *testing.T, id string, f func(*record)) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.record(id)
	if r == nil {
		t.Fatalf("there is no record %s", id)
	}
	s.kept = kept{}
	f(r)
}

// record finds a record by its sys_id, or the item of an order by the order's id.
func (s *Server) record(id string) *record {
	request, isOrder := strings.CutPrefix(id, "order:")
	if !isOrder {
		return s.byID[id]
	}
	for _, r := range s.with("sc_req_item", "request", request) {
		return r
	}
	return nil
}

// Stored returns what is stored of a record.
func (s *Server) Stored(t *testing.T, id string) map[string]string {
	t.Helper()
	values := map[string]string{}
	s.at(t, id, func(r *record) { maps.Copy(values, r.values) })
	return values
}

// Set writes fields of a record as a person does, or a flow: "system".
func (s *Server) Set(t *testing.T, user, id string, values map[string]string) {
	t.Helper()
	s.at(t, id, func(r *record) {
		if err := s.write(r, values, user); err != nil {
			t.Fatal(err)
		}
	})
}

// Show gives the right to see a record back.
func (s *Server) Show(t *testing.T, id string) {
	t.Helper()
	s.at(t, id, func(r *record) { r.hidden = false })
}

// Age makes a record's last change so much older.
func (s *Server) Age(t *testing.T, id string, by time.Duration) {
	t.Helper()
	s.at(t, id, func(r *record) {
		r.values["sys_updated_on"] = shift(r.values["sys_updated_on"], by)
		r.values["sys_created_on"] = shift(r.values["sys_created_on"], by)
		s.keep(r)
	})
}

// TasksOf returns the sys_ids of an order's catalog tasks.
func (s *Server) TasksOf(id string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	if item := s.record(id); item != nil {
		for _, r := range s.with("sc_task", "request_item", item.values["sys_id"]) {
			ids = append(ids, r.values["sys_id"])
		}
	}
	return ids
}

// Me returns the sys_id of somebody, by the User ID.
func (s *Server) Me(user string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.user(user)
}

// RequestOf returns the sys_id of an order's request.
func (s *Server) RequestOf(t *testing.T, id string) string { return s.Stored(t, id)["request"] }

func (s *Server) isIncident(t *testing.T, id string) bool {
	return s.Stored(t, id)["sys_class_name"] == "incident"
}

// each does something with the catalog tasks of an order, or with the ticket
// itself if it is none.
func (s *Server) each(t *testing.T, id string, values map[string]string) {
	t.Helper()
	tasks := s.TasksOf(id)
	if len(tasks) == 0 {
		tasks = []string{id}
	}
	for _, one := range tasks {
		s.Set(t, "alice", one, values)
	}
}

func (s *Server) start(t *testing.T, id string) {
	s.each(t, id, map[string]string{"state": "2"})
}

func (s *Server) done(t *testing.T, id string) {
	if s.isIncident(t, id) {
		s.Set(t, "alice", id, map[string]string{"state": "6", "close_code": "Solution provided", "close_notes": "Done."})
		return
	}
	s.end(t, id, "3", "closed_complete")
}

func (s *Server) decline(t *testing.T, id string) {
	if s.isIncident(t, id) {
		s.Set(t, "alice", id, map[string]string{"state": "8", "close_notes": "Not allowed."})
		return
	}
	s.end(t, id, "4", "closed_incomplete")
}

func (s *Server) odd(t *testing.T, id string) {
	s.each(t, id, map[string]string{"state": "3"})
	s.Set(t, "alice", id, map[string]string{"state": OddState})
}

// end closes the work, and with it the flow closes the order and the request.
func (s *Server) end(t *testing.T, id, state, requestState string) {
	s.each(t, id, map[string]string{"state": state, "close_notes": "So it is."})
	if s.Stored(t, id)["sys_class_name"] != "sc_req_item" {
		return
	}
	s.Set(t, "system", id, map[string]string{"state": state, "close_notes": "So it is."})
	s.Set(t, "system", s.RequestOf(t, id), map[string]string{"state": state, "request_state": requestState})
}

func (s *Server) reopen(t *testing.T, id string) {
	s.each(t, id, map[string]string{"state": "2"})
	s.Set(t, "alice", id, map[string]string{"state": "2"})
	if s.Stored(t, id)["sys_class_name"] == "sc_req_item" {
		s.Set(t, "system", s.RequestOf(t, id), map[string]string{"state": "1", "request_state": "in_process"})
	}
}

func (s *Server) remove(t *testing.T, id string) {
	s.at(t, id, func(r *record) {
		s.tables[r.class] = slices.DeleteFunc(s.tables[r.class], func(one *record) bool { return one == r })
		delete(s.byID, r.values["sys_id"])
		s.keep(r)
	})
}

func (s *Server) lag(_ *testing.T, on bool) {
	s.change(func() {
		s.lagging = on
		if on {
			return
		}
		for _, list := range s.tables {
			for _, r := range list {
				r.late = false
			}
		}
	})
}

// fill makes open tickets of Admit's, all in one second or two.
func (s *Server) fill(t *testing.T, project string, n int) []string {
	t.Helper()
	class, item := project, ""
	if i, ok := strings.CutPrefix(project, "catalog:"); ok {
		class, item = "sc_req_item", i
	}
	ids := make([]string, n)
	s.change(func() {
		for i := range ids {
			values := map[string]string{
				"short_description": "Give access", "description": "Do it.", "correlation_id": newID(), "correlation_display": "Admit", "cat_item": item,
			}
			if item != "" {
				values["request"] = s.put("sc_request", map[string]string{"request_state": "in_process"}).values["sys_id"]
			}
			if ids[i] = s.put(class, values).values["sys_id"]; item != "" {
				ids[i] = "order:" + values["request"] // its flow has not begun
			}
		}
	})
	return ids
}

// text is all that people read in a ticket.
func (s *Server) text(t *testing.T, id string) string {
	t.Helper()
	var parts []string
	s.at(t, id, func(r *record) {
		parts = append([]string{r.values["short_description"], r.values["description"], r.values["close_notes"]}, r.journal...)
	})
	return strings.Join(parts, "\n")
}

// answered is what was answered to the question "system".
func (s *Server) answered(t *testing.T, id string) string {
	for _, value := range s.Answers(id) {
		if value == "payroll" || value == "crm" {
			return value
		}
	}
	return ""
}

// Answers returns the values of an order's variables.
func (s *Server) Answers(id string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var values []string
	for _, r := range s.with("sc_item_option_mtom", "request_item", s.record(id).values["sys_id"]) {
		values = append(values, s.value(r, "sc_item_option.value"))
	}
	return values
}

// Unmark takes off an order what Create wrote on it, as if it had come no
// further than the order.
func (s *Server) Unmark(t *testing.T, id string) {
	t.Helper()
	s.at(t, id, func(r *record) {
		r.values["correlation_id"], r.values["correlation_display"] = "", ""
		s.keep(r)
	})
}
