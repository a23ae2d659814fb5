package servicenowtest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
)

// variable is a question of a catalog item.
type variable struct {
	name, label, kind string
	mandatory         bool
	choices           [][2]string // value and label
}

// item is an entry of the catalog. One that is not open is for other people.
type item struct {
	id, name, kind string
	open           bool
	attachment     bool
	variables      []variable
}

func (i item) shown(whole bool) map[string]any {
	out := map[string]any{
		"sys_id": i.id, "name": i.name, "short_description": i.name, "type": i.kind, "sys_class_name": "sc_cat_item",
		"mandatory_attachment": i.attachment, "order": 0, "price": "$0.00",
	}
	if !whole {
		return out
	}
	variables := []any{}
	for n, v := range i.variables {
		one := map[string]any{
			"name": v.name, "label": v.label, "friendly_type": v.kind, "mandatory": v.mandatory, "read_only": false, "value": "", "help_text": "", "type": 6,
		}
		choices := []any{}
		for _, c := range v.choices {
			choices = append(choices, map[string]string{"value": c[0], "label": c[1]})
		}
		one["choices"] = choices
		if n == 1 { // a variable set
			one = map[string]any{"name": "set", "label": "More", "friendly_type": "container_start", "mandatory": false, "children": []any{one}}
		}
		variables = append(variables, one)
	}
	out["variables"] = variables
	return out
}

// catalog answers the Service Catalog API. What it refuses, and how, is in the
// script of order_now, which KB0717979 shows.
func (s *Server) catalog(r *http.Request, id string, ordering bool) (int, []byte, error) {
	if s.denied["sc_cat_item"] {
		return 0, nil, noReading
	}
	at := slices.IndexFunc(s.catalogItems, func(i item) bool { return i.id == id && i.open })
	switch {
	case id == "" && r.Method == http.MethodGet:
		return s.page(r)
	case id != "" && at < 0 && ordering:
		return 0, nil, refusal{http.StatusBadRequest, "Security constraints prevent ordering of Item", ""}
	case id != "" && at < 0:
		return 0, nil, refusal{http.StatusBadRequest, "Invalid Request", "User does not have access to the catalog item"}
	case ordering && r.Method == http.MethodPost:
		return s.order(r, s.catalogItems[at])
	case !ordering && r.Method == http.MethodGet:
		return http.StatusOK, encoded(s.catalogItems[at].shown(true)), nil
	}
	return 0, nil, noResource
}

func (s *Server) page(r *http.Request) (int, []byte, error) {
	v := r.URL.Query()
	limit, _ := strconv.Atoi(cmp.Or(v.Get("sysparm_limit"), "10"))
	offset, _ := strconv.Atoi(v.Get("sysparm_offset"))
	out := []any{}
	for _, i := range s.catalogItems {
		if i.open {
			out = append(out, i.shown(false))
		}
	}
	return http.StatusOK, encoded(out[min(offset, len(out)):min(offset+limit, len(out))]), nil
}

func (s *Server) order(r *http.Request, i item) (int, []byte, error) {
	var asked struct {
		Quantity  string            `json:"sysparm_quantity"`
		Variables map[string]string `json:"variables"`
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		return 0, nil, refusal{http.StatusBadRequest, "Exception while reading request", err.Error()}
	}
	if n, err := strconv.Atoi(asked.Quantity); err != nil || n < 1 {
		return 0, nil, refusal{http.StatusBadRequest, "Invalid Quantity value", ""}
	}
	for _, v := range i.variables {
		if v.mandatory && asked.Variables[v.name] == "" {
			return 0, nil, refusal{http.StatusBadRequest, "Mandatory Variables are required", ""}
		}
	}
	request := s.put("sc_request", map[string]string{"request_state": "in_process", "approval": "approved"})
	id := request.values["sys_id"]
	ritm := s.put("sc_req_item", map[string]string{
		"request": id, "cat_item": i.id, "short_description": i.name, "approval": "approved", "parent": id, "stage": "fulfillment",
	})
	for _, v := range i.variables { // what the item does not have is dropped
		if value := asked.Variables[v.name]; value != "" {
			option := s.put("sc_item_option", map[string]string{"value": value})
			s.put("sc_item_option_mtom", map[string]string{"request_item": ritm.values["sys_id"], "sc_item_option": option.values["sys_id"]})
		}
	}
	for range s.tasksPerOrder {
		s.put("sc_task", map[string]string{
			"request": id, "request_item": ritm.values["sys_id"], "parent": ritm.values["sys_id"], "short_description": "Make the change",
			"sys_created_by": "system", "sys_updated_by": "system",
		})
	}
	s.tell(ritm)
	return http.StatusOK, encoded(map[string]any{
		"sys_id": id, "number": request.values["number"], "request_number": request.values["number"], "request_id": id,
		"parent_id": nil, "parent_table": "task", "table": "sc_request", "$$uiNotification": []any{},
	}), nil
}

func encoded(value any) []byte {
	b, _ := json.Marshal(value)
	return b
}
