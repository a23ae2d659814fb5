package jiratest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// issue is a ticket.
type issue struct {
	id          int64
	key         string
	keys        []string // it had before
	project     *project
	typ         issueType
	status      status
	resolution  *resolution
	summary     string
	description any
	labels      []string
	assignee    *person
	creator     *person
	created     time.Time
	updated     time.Time
	fields      object // the others, as they are shown
	properties  object
	comments    []comment
	subtasks    []*issue
	spent       int
	hidden      bool
}

type comment struct {
	id     int
	body   any
	author *person
	at     time.Time
}

func (i *issue) number() string { return strconv.FormatInt(i.id, 10) }

// issueBy finds an issue that the service account may see, also by a key it had.
func (s *Server) issueBy(idOrKey string) *issue {
	if i := s.any(idOrKey); i != nil && !i.hidden && !s.denied["BROWSE_PROJECTS"] {
		return i
	}
	return nil
}

func (s *Server) any(idOrKey string) *issue {
	id, _ := strconv.ParseInt(idOrKey, 10, 64)
	if at, found := slices.BinarySearchFunc(s.issues, id, func(i *issue, id int64) int { return int(i.id - id) }); found {
		return s.issues[at]
	}
	key := strings.ToUpper(idOrKey)
	for _, i := range s.issues {
		if !strings.Contains(key, "-") {
			return nil
		}
		if i.key == key || slices.Contains(i.keys, key) {
			return i
		}
	}
	return nil
}

// add stores a new issue.
func (s *Server) add(p *project, t issueType) *issue { return s.addAt(p, t, s.now()) }

func (s *Server) addAt(p *project, t issueType, at time.Time) *issue {
	s.lastID++
	s.lastNo[p.key]++
	i := &issue{
		id: s.lastID, key: fmt.Sprintf("%s-%d", p.key, s.lastNo[p.key]), project: p, typ: t, status: toDo, creator: s.people[0],
		created: at, updated: at, fields: object{}, properties: object{},
	}
	s.issues = append(s.issues, i)
	return i
}

func (s *Server) routeIssues(add func(string, func(call) answer)) {
	api := s.api()
	add("POST "+api+"/issue", s.createIssue)
	add("GET "+api+"/issue/{issue}", s.oneIssue)
	add("PUT "+api+"/issue/{issue}", s.editIssue)
	add("PUT "+api+"/issue/{issue}/assignee", s.assignIssue)
	add("POST "+api+"/issue/{issue}/comment", s.addComment)
	add("GET "+api+"/issue/{issue}/transitions", s.listTransitions)
	add("POST "+api+"/issue/{issue}/transitions", s.takeTransition)
	if s.cloud {
		add("POST "+api+"/issue/bulkfetch", s.bulkFetch)
		add("POST "+api+"/search/jql", s.searchCloud)
		return
	}
	add("POST "+api+"/search", s.searchRows)
}

func (s *Server) oneIssue(c call) answer {
	i := s.issueBy(c.PathValue("issue"))
	if i == nil || c.anonymous {
		return no(http.StatusNotFound, gone)
	}
	return ok(s.showIssue(i, commas(c.URL.Query(), "fields", "*all"), commas(c.URL.Query(), "properties", "")))
}

func commas(q url.Values, name, standard string) []string {
	if !q.Has(name) {
		return strings.Fields(standard)
	}
	return strings.Split(strings.Join(q[name], ","), ",")
}

// createIssue checks all that it is sent, as Jira does, before it makes anything.
func (s *Server) createIssue(c call) answer {
	fields, _ := c.body["fields"].(map[string]any)
	p := s.projectBy(idOf(fields["project"]))
	if p == nil || s.denied["CREATE_ISSUES"] || p.archived {
		return noField(map[string]string{"project": "valid project is required"})
	}
	typ, known := typeBy(idOf(fields["issuetype"]))
	if !known {
		return noField(map[string]string{"issuetype": "The issue type selected is invalid."})
	}
	if typ.subtask {
		return noField(map[string]string{"issuetype": "Issue type is a sub-task but parent issue key or id not specified."})
	}
	draft := &issue{fields: object{}, properties: object{}}
	wrong := map[string]string{}
	for _, f := range s.fields() {
		if _, sent := fields[f.id]; f.required && !f.standard && !sent {
			wrong[f.id] = f.name + " is required."
		}
	}
	for name, value := range fields {
		if problem := s.put(draft, name, value, true); problem != "" {
			wrong[name] = problem
		}
	}
	s.setProperties(draft, c.body["properties"], wrong)
	if len(wrong) > 0 {
		return noField(wrong)
	}
	i := s.add(p, typ)
	i.summary, i.description, i.labels, i.assignee, i.properties = draft.summary, draft.description, draft.labels, draft.assignee, draft.properties
	i.fields = draft.fields
	if _, ok := i.fields["priority"]; !ok {
		i.fields["priority"] = object{"id": "3", "name": "Medium"}
	}
	s.forget(i)
	s.tell("jira:issue_created", i)
	return answer{http.StatusCreated, object{"id": i.number(), "key": i.key, "self": s.URL + s.api() + "/issue/" + i.number()}}
}

// forget does what a strange configuration does to a new issue.
func (s *Server) forget(i *issue) {
	if s.is(DropAssignee) {
		i.assignee = nil
	}
	if s.is(DropField) {
		delete(i.fields, Environment)
	}
	if s.is(DropLabels) {
		i.labels = nil
	}
}

func (s *Server) setProperties(i *issue, sent any, wrong map[string]string) {
	list, _ := sent.([]any)
	if len(list) > 0 && !s.cloud {
		wrong["properties"] = "Issue properties cannot be set here."
	}
	for _, one := range list {
		property, _ := one.(map[string]any)
		key, _ := property["key"].(string)
		if key == "" || len(key) > 255 {
			wrong["properties"] = "The property key is invalid."
			continue
		}
		i.properties[key] = property["value"]
	}
}

const notOnScreen = "Field '%s' cannot be set. It is not on the appropriate screen, or unknown."

// put sets one field, or says what is wrong with the value.
func (s *Server) put(i *issue, name string, value any, creating bool) string {
	f, known := s.fieldBy(name)
	if !known {
		return fmt.Sprintf(notOnScreen, name)
	}
	text, isText := value.(string)
	switch name {
	case "project", "issuetype", "reporter":
		if !creating {
			return fmt.Sprintf(notOnScreen, name)
		}
	case "summary":
		i.summary = text
		return badSummary(text, isText)
	case "description":
		i.description = value
		return s.badText(value)
	case "assignee":
		return s.putAssignee(i, value)
	case "labels":
		labels, problem := labelsOf(value)
		i.labels = labels
		return problem
	default:
		shown, problem := s.convert(f, value)
		if problem == "" {
			i.fields[name] = shown
		}
		return problem
	}
	return ""
}

func badSummary(text string, isText bool) string {
	switch {
	case !isText:
		return "Operation value must be a string"
	case strings.TrimSpace(text) == "":
		return "You must specify a summary of the issue."
	case strings.ContainsAny(text, "\r\n"):
		return "The summary is invalid because it contains newline characters."
	case utf8.RuneCountInString(text) > 255:
		return "Summary can't exceed 255 characters."
	}
	return ""
}

// badText looks at a long text: a document on Cloud, wiki markup elsewhere.
func (s *Server) badText(value any) string {
	if !s.cloud {
		text, isText := value.(string)
		if !isText {
			return "Operation value must be a string"
		}
		if utf8.RuneCountInString(text) > maxText {
			return "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
		}
		return ""
	}
	doc, isDoc := value.(map[string]any)
	if !isDoc || doc["type"] != "doc" || doc["version"] != 1.0 || !goodNodes(doc["content"], true) {
		return "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
	}
	if b, _ := json.Marshal(doc); utf8.RuneCount(b) > maxText {
		return "CONTENT_LIMIT_EXCEEDED"
	}
	return ""
}

const maxText = 32_767

func (s *Server) putAssignee(i *issue, value any) string {
	name := "name"
	if s.cloud {
		name = "id"
	}
	o, _ := value.(map[string]any)
	id, isText := o[name].(string)
	if id2, ok := o["accountId"].(string); s.cloud && ok {
		id, isText = id2, true
	}
	if !isText {
		return "expected Object containing a '" + name + "' property"
	}
	who := s.personByID(id)
	if who == nil {
		return "User '" + id + "' does not exist."
	}
	if !who.assignable || who.inactive || s.denied["ASSIGN_ISSUES"] {
		return "User '" + id + "' cannot be assigned issues."
	}
	i.assignee = who
	return ""
}

func labelsOf(value any) ([]string, string) {
	list, isList := value.([]any)
	if !isList {
		return nil, "data was not an array"
	}
	var labels []string
	for _, one := range list {
		label, isText := one.(string)
		switch {
		case !isText:
			return nil, "string expected at index 0"
		case label == "" || strings.ContainsAny(label, " \t\n"):
			return nil, "The label '" + label + "' contains spaces which is invalid."
		case len(label) > 255:
			return nil, "The label '" + label + "' exceeds the maximum length."
		}
		labels = append(labels, label)
	}
	slices.Sort(labels)
	return slices.Compact(labels), ""
}

// convert returns a value as it is shown later.
func (s *Server) convert(f field, value any) (any, string) {
	kind, _ := f.schema["type"].(string)
	of, _ := f.schema["custom"].(string)
	switch kind {
	case "string":
		if strings.HasSuffix(of, ":textarea") {
			return value, s.badText(value)
		}
		text, isText := value.(string)
		if !isText || len(text) > 255 {
			return nil, "Operation value must be a string"
		}
		return text, ""
	case "number":
		if _, isNumber := value.(float64); !isNumber {
			return nil, "Operation value must be a number"
		}
		return value, ""
	case "date":
		text, _ := value.(string)
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return nil, "Error parsing date string: " + text
		}
		return text, ""
	case "option", "priority":
		return choose(f, value)
	case "array":
		return chooseAll(f, value)
	}
	return nil, fmt.Sprintf(notOnScreen, f.id)
}

func choose(f field, value any) (any, string) {
	for _, one := range f.allowed {
		if shown, _ := one.(map[string]any); shown["id"] == idOf(value) {
			return shown, ""
		}
	}
	return nil, "Option id '" + idOf(value) + "' is not valid"
}

func chooseAll(f field, value any) (any, string) {
	list, isList := value.([]any)
	if !isList {
		return nil, "data was not an array"
	}
	chosen := []any{}
	for _, one := range list {
		shown, problem := choose(f, one)
		if problem != "" {
			return nil, problem
		}
		chosen = append(chosen, shown)
	}
	return chosen, ""
}

// idOf reads {"id": "1"}.
func idOf(value any) string {
	o, _ := value.(map[string]any)
	id, _ := o["id"].(string)
	return id
}

// goodNodes reports whether the nodes of a document are such as Jira takes.
func goodNodes(value any, top bool) bool {
	nodes, isList := value.([]any)
	if !isList {
		return value == nil && !top
	}
	for _, one := range nodes {
		node, _ := one.(map[string]any)
		kind, _ := node["type"].(string)
		text, isText := node["text"].(string)
		block := slices.Contains([]string{"paragraph", "heading", "bulletList", "orderedList", "blockquote", "codeBlock", "rule"}, kind)
		inner := slices.Contains([]string{"text", "hardBreak", "listItem", "paragraph", "bulletList", "orderedList", "codeBlock"}, kind)
		if top && !block || !top && !inner || kind == "text" && (!isText || text == "") || kind != "text" && isText || !goodNodes(node["content"], false) {
			return false
		}
	}
	return true
}
