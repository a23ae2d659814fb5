package servicenowtest

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// The catalog items of the instance.
const (
	Item         = "0cf7477237153000158bbfc8bcbe5dec" // can be ordered by Admit
	ItemNoKey    = "1cf7477237153000158bbfc8bcbe5dec" // has no variable for the key
	ItemForeign  = "2cf7477237153000158bbfc8bcbe5dec" // is for other people
	ItemProducer = "3cf7477237153000158bbfc8bcbe5dec" // is a record producer
)

// KeyVariable and TextVariable are Admit's variables of Item.
const (
	KeyVariable  = "admit_key"
	TextVariable = "admit_text"
)

const (
	alice, bob, carol = "alice@example.com", "bob@example.com", "carol@example.com"
	group             = "287ebd7da9fe198100f92cc8d1d2154e"
)

// seed fills a new instance.
func (s *Server) seed() {
	user := func(name, email, login, active string) string {
		return s.put("sys_user", map[string]string{"name": name, "email": email, "user_name": login, "active": active, "time_zone": "Asia/Tokyo"}).values["sys_id"]
	}
	s.me = user("Admit", "admit@example.com", serviceUser, "true")
	s.fulfils[user("Alice Adams", alice, "alice", "true")] = true
	user("Bob Brown", bob, "bob", "true") // has no role
	s.fulfils[user("Carol Cole", carol, "carol", "false")] = true
	user("Twin One", "twin@example.com", "twin1", "true")
	user("Twin Two", "TWIN@example.com", "twin2", "true")
	user("Evil\r\n<b>Eve</b> "+strings.Repeat("x", 10_000), "eve@example.com", "eve", "true")
	s.put("sys_user_group", map[string]string{"sys_id": group, "name": "Access team", "active": "true"})
	s.put("sys_user_group", map[string]string{"name": "Old team", "active": "false"})
	for name, label := range map[string]string{"incident": "Incident", "sc_task": "Catalog Task", "problem": "Problem"} {
		s.put("sys_db_object", map[string]string{"name": name, "label": label})
	}
	s.seedChoices()
	s.seedDictionary()
	s.seedCatalog()
}

func (s *Server) seedChoices() {
	for _, list := range []struct{ table, element, choices string }{
		{"task", "state", "-5:Pending 1:Open 2:Work_in_Progress 3:Closed_Complete 4:Closed_Incomplete 7:Closed_Skipped 9:Rolled_Over"},
		{"sc_task", "state", "-5:Pending 1:Open 2:Work_in_Progress 3:Closed_Complete 4:Closed_Incomplete 7:Closed_Skipped 9:Rolled_Over"},
		{"incident", "state", "1:New 2:In_Progress 3:On_Hold 6:Resolved 7:Closed 8:Canceled 9:Rolled_Over"},
		{"incident", "close_code", "Duplicate:Duplicate Solution_provided:Solution_provided No_resolution_provided:No_resolution_provided Handed_over:Handed_over"},
		{"incident", "category", "inquiry:Inquiry_/_Help hardware:Hardware"},
		{"task", "urgency", "1:1_-_High 2:2_-_Medium 3:3_-_Low"},
		{"task", "impact", "1:1_-_High 2:2_-_Medium 3:3_-_Low"},
		{"task", "priority", "1:1_-_Critical 5:5_-_Planning"},
		{"task", "contact_type", "phone:Phone email:Email"},
		{"task", "approval", "not_requested:Not_Yet_Requested approved:Approved rejected:Rejected"},
		{"sc_request", "request_state", "closed_rejected:Closed_Rejected closed_complete:Closed_Complete in_process:Approved"},
	} {
		for n, pair := range strings.Fields(list.choices) {
			value, label, _ := strings.Cut(pair, ":")
			if list.element == "close_code" {
				value = strings.ReplaceAll(value, "_", " ")
			}
			s.labels[[3]string{list.table, list.element, value}] = strings.ReplaceAll(label, "_", " ")
			for language, mark := range map[string]string{"de": "de ", "en": ""} {
				s.put("sys_choice", map[string]string{
					"name": list.table, "element": list.element, "value": value, "label": mark + strings.ReplaceAll(label, "_", " "),
					"language": language, "inactive": "false", "sequence": strconv.Itoa(n),
				})
			}
		}
	}
}

func (s *Server) seedDictionary() {
	for table, list := range columns {
		if table != "task" && !isClass(table) {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(list)) {
			c := list[name]
			choice := "0"
			if c.choice {
				choice = "3"
			}
			mandatory := strconv.FormatBool(name == "caller_id" || name == "short_description")
			s.put("sys_dictionary", map[string]string{
				"name": table, "element": name, "column_label": c.label, "internal_type": string(c.kind), "max_length": strconv.Itoa(c.length),
				"mandatory": mandatory, "read_only": "false", "choice": choice, "reference": c.to, "active": "true",
			})
		}
	}
}

func (s *Server) seedCatalog() {
	ours := []variable{
		{name: KeyVariable, label: "Admit key", kind: "single_line_text"},
		{name: TextVariable, label: "What to do", kind: "multi_line_text"},
		{name: "system", label: "System", kind: "select_box", mandatory: false, choices: [][2]string{{"", "-- None --"}, {"payroll", "Payroll"}, {"crm", "CRM"}}},
		{name: "urgent", label: "Urgent?", kind: "yes_no"},
		{name: "needed_by", label: "Needed by", kind: "date"},
	}
	s.catalogItems = []item{
		{id: Item, name: "Change of access", kind: "catalog_item", open: true, variables: ours},
		{id: ItemNoKey, name: "Apple iPad 3", kind: "catalog_item", open: true},
		{id: ItemForeign, name: "Board paper", kind: "catalog_item", variables: ours},
		{id: ItemProducer, name: "Report an outage", kind: "record_producer", open: true, variables: ours},
	}
	for _, i := range s.catalogItems {
		s.put("sc_cat_item", map[string]string{"sys_id": i.id, "name": i.name})
	}
}
