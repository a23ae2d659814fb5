package jiratest

import (
	"net/http"
	"slices"
	"strings"
)

type project struct {
	id, key, name, kind string
	archived            bool
}

func someProjects() []*project {
	return []*project{
		{id: Access, key: "ACC", name: "Access", kind: "software"},
		{id: Operations, key: "OPS", name: "Operations", kind: "software"},
		{id: Desk, key: "ITH", name: "IT Help", kind: "service_desk"},
		{id: Archived, key: "OLD", name: "Attic", kind: "business", archived: true},
	}
}

func (s *Server) projectBy(idOrKey string) *project {
	for _, p := range s.projects {
		if p.id == idOrKey || p.key == idOrKey {
			return p
		}
	}
	return nil
}

func (s *Server) showProject(p *project) object {
	return object{
		"self": s.URL + s.api() + "/project/" + p.id, "id": p.id, "key": p.key, "name": p.name,
		"projectTypeKey": p.kind, "archived": p.archived,
	}
}

// status is a status of every workflow here.
type status struct{ id, name, category string }

// The statuses.
var (
	toDo       = status{"10200", "To Do", "new"}
	inProgress = status{"10201", "In Progress", "indeterminate"}
	doneStatus = status{"10202", "Done", "done"}
	wontDo     = status{"10203", "Won't do", "done"}
	parked     = status{"10204", "Parked", "undefined"}
	byCAB      = status{"10205", "Rejected by CAB", "done"}
)

var statuses = []status{toDo, inProgress, doneStatus, wontDo, parked, byCAB}

var categories = map[string]int{"undefined": 1, "new": 2, "done": 3, "indeterminate": 4}

func (s *Server) showStatus(st status) object {
	return object{
		"self": s.URL + s.api() + "/status/" + st.id, "id": st.id, "name": st.name, "description": "",
		"statusCategory": object{"id": categories[st.category], "key": st.category, "name": st.category, "colorName": "green"},
	}
}

type resolution struct{ id, name string }

// The resolutions.
var (
	resolvedDone = resolution{"10300", "Done"}
	resolvedNo   = resolution{"10301", "Won\u2019t Do"}
	duplicate    = resolution{"10302", "Duplicate"}
	deferred     = resolution{"10304", "Deferred"}
)

var resolutions = []resolution{duplicate, resolvedDone, resolvedNo, deferred}

func (s *Server) showResolution(r resolution) object {
	return object{"self": s.URL + s.api() + "/resolution/" + r.id, "id": r.id, "name": r.name, "description": ""}
}

func (s *Server) showResolutions() []any {
	list := []any{}
	for _, r := range resolutions {
		list = append(list, s.showResolution(r))
	}
	return list
}

// field is a field of the screen that issues are created with.
type field struct {
	id, name string
	required bool
	standard bool // has a default value
	schema   object
	allowed  []any
}

func custom(kind, of string, n int) object {
	return object{"type": kind, "custom": "com.atlassian.jira.plugin.system.customfieldtypes:" + of, "customId": n}
}

func list(o object, items string) object { o["items"] = items; return o }

func option(id, value string) object { return object{"id": id, "value": value} }

// The fields that tests fill in.
const (
	Environment = "customfield_10050" // a choice
	Systems     = "customfield_10051" // choices
	CostCentre  = "customfield_10052" // a line
	Remarks     = "customfield_10053" // a paragraph
	Seats       = "customfield_10054" // a number
)

func (s *Server) fields() []field {
	all := []field{
		{id: "project", name: "Project", required: true, schema: object{"type": "project", "system": "project"}},
		{id: "issuetype", name: "Issue Type", required: true, schema: object{"type": "issuetype", "system": "issuetype"}},
		{id: "summary", name: "Summary", required: true, schema: object{"type": "string", "system": "summary"}},
		{id: "reporter", name: "Reporter", required: true, schema: object{"type": "user", "system": "reporter"}, standard: true},
		{id: "description", name: "Description", schema: object{"type": "string", "system": "description"}},
		{id: "assignee", name: "Assignee", schema: object{"type": "user", "system": "assignee"}},
		{id: "labels", name: "Labels", schema: list(object{"type": "array", "system": "labels"}, "string")},
		{
			id: "priority", name: "Priority", required: true, standard: true, schema: object{"type": "priority", "system": "priority"},
			allowed: []any{object{"id": "1", "name": "Highest"}, object{"id": "3", "name": "Medium"}},
		},
		{id: "duedate", name: "Due date", schema: object{"type": "date", "system": "duedate"}},
		{
			id: "components", name: "Components", schema: list(object{"type": "array", "system": "components"}, "component"),
			allowed: []any{object{"id": "10400", "name": "Payroll"}, object{"id": "10401", "name": "VPN"}},
		},
		{
			id: Environment, name: "Environment", schema: custom("option", "select", 10050),
			allowed: []any{option("10501", "Production"), option("10502", "Test")},
		},
		{
			id: Systems, name: "Systems", schema: list(custom("array", "multicheckboxes", 10051), "option"),
			allowed: []any{option("10511", "SAP"), option("10512", "Salesforce")},
		},
		{id: CostCentre, name: "Cost centre", schema: custom("string", "textfield", 10052)},
		{id: Remarks, name: "Remarks", schema: custom("string", "textarea", 10053)},
		{id: Seats, name: "Seats", schema: custom("number", "float", 10054)},
		{id: "customfield_10055", name: "Approvers", schema: list(custom("array", "multiuserpicker", 10055), "user"), required: s.is(OddRequired)},
		{id: "customfield_10056", name: "Empty choice", schema: custom("option", "select", 10056), allowed: []any{}},
	}
	return slices.DeleteFunc(all, func(f field) bool { return f.id == "labels" && s.is(NoLabels) })
}

func (s *Server) fieldBy(id string) (field, bool) {
	all := s.fields()
	i := slices.IndexFunc(all, func(f field) bool { return f.id == id })
	if i < 0 {
		return field{}, false
	}
	return all[i], true
}

// show returns a field as createmeta has it.
func (f field) show() object {
	o := object{
		"fieldId": f.id, "key": f.id, "name": f.name, "required": f.required, "hasDefaultValue": f.standard,
		"operations": []string{"set"}, "schema": f.schema,
	}
	if f.allowed != nil {
		o["allowedValues"] = f.allowed
	}
	return o
}

func (s *Server) routeMeta(add func(string, func(call) answer)) {
	api := s.api()
	add("GET "+api+"/serverInfo", s.serverInfo)
	add("GET "+api+"/myself", func(call) answer { return ok(s.show(s.people[0])) })
	add("GET "+api+"/mypermissions", s.permissions)
	add("GET "+api+"/user/search", func(c call) answer { return s.searchPeople(c, false) })
	add("GET "+api+"/user/assignable/search", func(c call) answer { return s.searchPeople(c, true) })
	add("GET "+api+"/status", func(call) answer { return ok(s.showStatuses()) })
	add("GET "+api+"/project/{project}", s.oneProject)
	add("GET "+api+"/project/{project}/statuses", s.projectStatuses)
	add("GET "+api+"/issue/createmeta/{project}/issuetypes", s.types)
	add("GET "+api+"/issue/createmeta/{project}/issuetypes/{type}", s.screen)
	if s.cloud {
		add("GET "+api+"/project/search", s.searchProjects)
		add("GET "+api+"/resolution/search", func(c call) answer { return s.values(c, s.showResolutions()) })
		return
	}
	add("GET "+api+"/resolution", func(call) answer { return ok(s.showResolutions()) })
	add("GET "+api+"/project", func(call) answer {
		list := []any{}
		for _, p := range s.projects {
			list = append(list, s.showProject(p))
		}
		return ok(list)
	})
}

func (s *Server) serverInfo(call) answer {
	kind := "Server"
	if s.cloud {
		kind = "Cloud"
	}
	return ok(object{
		"baseUrl": s.URL, "version": "10.3.2", "versionNumbers": []int{s.version, 3, 2}, "deploymentType": kind,
		"buildNumber": 100300, "serverTitle": "Jira",
	})
}

func (s *Server) permissions(c call) answer {
	if id := c.text("projectId"); id != "" && s.projectBy(id) == nil {
		return no(http.StatusNotFound, "No project could be found with id '"+id+"'.")
	}
	if s.cloud && c.text("permissions") == "" {
		return no(http.StatusBadRequest, "The 'permissions' query parameter is required.")
	}
	held := object{}
	for _, key := range []string{"BROWSE_PROJECTS", "CREATE_ISSUES", "ASSIGN_ISSUES", "ADD_COMMENTS", "TRANSITION_ISSUES", "EDIT_ISSUES", "DELETE_ISSUES"} {
		if !s.cloud || slices.Contains(strings.Split(c.text("permissions"), ","), key) {
			held[key] = object{"id": "1", "key": key, "name": key, "type": "PROJECT", "description": "", "havePermission": !s.denied[key] && !c.anonymous}
		}
	}
	return ok(object{"permissions": held})
}

func (s *Server) searchProjects(c call) answer {
	values := []any{}
	for _, p := range s.projects {
		if !p.archived && !c.anonymous {
			values = append(values, s.showProject(p))
		}
	}
	return s.values(c, values)
}

// values returns a page of a list of Cloud's. Pages are small, so that there is
// more than one.
func (s *Server) values(c call, all []any) answer {
	at := min(c.number("startAt", 0), len(all))
	end := min(at+min(c.number("maxResults", 50), 2), len(all))
	return ok(object{
		"self": s.URL + c.URL.Path, "startAt": at, "maxResults": 2, "total": len(all), "isLast": end == len(all), "values": all[at:end],
	})
}

func (s *Server) oneProject(c call) answer {
	p := s.projectBy(c.PathValue("project"))
	if p == nil || c.anonymous || s.denied["BROWSE_PROJECTS"] {
		return no(http.StatusNotFound, "No project could be found with key '"+c.PathValue("project")+"'.")
	}
	return ok(s.showProject(p))
}

func (s *Server) showStatuses() []any {
	list := []any{}
	for _, st := range statuses {
		list = append(list, s.showStatus(st))
	}
	return list
}

func (s *Server) projectStatuses(c call) answer {
	if s.projectBy(c.PathValue("project")) == nil {
		return no(http.StatusNotFound, "No project could be found with key '"+c.PathValue("project")+"'.")
	}
	types := []any{}
	for _, t := range issueTypes {
		types = append(types, object{"self": s.URL, "id": t.id, "name": t.name, "subtask": t.subtask, "statuses": s.showStatuses()})
	}
	return ok(types)
}

type issueType struct {
	id, name string
	subtask  bool
}

var issueTypes = []issueType{{Bug, "Bug", false}, {Subtask, "Sub-task", true}, {Task, "Task", false}}

func typeBy(id string) (issueType, bool) {
	i := slices.IndexFunc(issueTypes, func(t issueType) bool { return t.id == id })
	if i < 0 {
		return issueType{}, false
	}
	return issueTypes[i], true
}

// rows returns a page of createmeta, which has another form on each Jira.
func (s *Server) rows(c call, name string, all []any) answer {
	at := min(c.number("startAt", 0), len(all))
	size := min(c.number("maxResults", 50), 4) // small pages, so that there is more than one
	end := min(at+size, len(all))
	if s.cloud {
		return ok(object{"startAt": at, "maxResults": size, "total": len(all), name: all[at:end]})
	}
	return ok(object{"startAt": at, "maxResults": size, "total": len(all), "isLast": end == len(all), "values": all[at:end]})
}

func (s *Server) types(c call) answer {
	p := s.projectBy(c.PathValue("project"))
	if p == nil || c.anonymous {
		return no(http.StatusBadRequest, "No project could be found with key '"+c.PathValue("project")+"'.")
	}
	all := []any{}
	for _, t := range issueTypes {
		if !s.denied["CREATE_ISSUES"] {
			all = append(all, object{"self": s.URL, "id": t.id, "name": t.name, "description": "", "subtask": t.subtask})
		}
	}
	return s.rows(c, "issueTypes", all)
}

func (s *Server) screen(c call) answer {
	_, known := typeBy(c.PathValue("type"))
	if s.projectBy(c.PathValue("project")) == nil || !known || c.anonymous {
		return no(http.StatusBadRequest, "The issue type is not valid in the project.")
	}
	all := []any{}
	for _, f := range s.fields() {
		all = append(all, f.show())
	}
	return s.rows(c, "fields", all)
}
