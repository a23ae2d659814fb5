package jiratest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// touch notes that an issue changed, and tells of it.
func (s *Server) touch(i *issue) {
	i.updated = s.now()
	s.tell("jira:issue_updated", i)
}

func (s *Server) editIssue(c call) answer {
	i := s.issueBy(c.PathValue("issue"))
	if i == nil {
		return no(http.StatusNotFound, gone)
	}
	if s.is(NoEdit) || s.denied["EDIT_ISSUES"] {
		return no(http.StatusForbidden, "You do not have permission to edit issues in this project.")
	}
	draft := *i
	draft.fields, draft.properties = maps.Clone(i.fields), maps.Clone(i.properties)
	wrong := map[string]string{}
	fields, _ := c.body["fields"].(map[string]any)
	for name, value := range fields {
		if problem := s.put(&draft, name, value, false); problem != "" {
			wrong[name] = problem
		}
	}
	update, _ := c.body["update"].(map[string]any)
	for name, operations := range update {
		if problem := s.operate(&draft, name, operations); problem != "" {
			wrong[name] = problem
		}
	}
	s.setProperties(&draft, c.body["properties"], wrong)
	if len(wrong) > 0 {
		return noField(wrong)
	}
	*i = draft
	s.touch(i)
	return answer{http.StatusNoContent, nil}
}

// operate adds labels: the one operation of an edit that is known here.
func (s *Server) operate(i *issue, name string, operations any) string {
	list, isList := operations.([]any)
	if name != "labels" || !isList || s.is(NoLabels) {
		return fmt.Sprintf(notOnScreen, name)
	}
	for _, one := range list {
		operation, _ := one.(map[string]any)
		labels, problem := labelsOf([]any{operation["add"]})
		if problem != "" || len(operation) != 1 {
			return "The operation is not valid. " + problem
		}
		if !slices.Contains(i.labels, labels[0]) {
			i.labels = append(slices.Clone(i.labels), labels[0])
		}
	}
	return ""
}

func (s *Server) assignIssue(c call) answer {
	i := s.issueBy(c.PathValue("issue"))
	if i == nil {
		return no(http.StatusNotFound, gone)
	}
	name := "name"
	if s.cloud {
		name = "accountId"
	}
	value, sent := c.body[name]
	id, isText := value.(string)
	who := s.personByID(id)
	switch {
	case !sent || len(c.body) != 1 || !isText && value != nil:
		return no(http.StatusBadRequest, "The user is not given by "+name+".")
	case s.denied["ASSIGN_ISSUES"]:
		return no(http.StatusForbidden, "You do not have permission to assign issues in this project.")
	case value == nil && s.is(AlwaysAssigned):
		return noField(map[string]string{"assignee": "Issues must be assigned."})
	case value != nil && who == nil:
		return no(http.StatusBadRequest, "The user does not exist.") // and does not say which field it is about
	case value != nil && (!who.assignable || who.inactive):
		return noField(map[string]string{"assignee": "User '" + id + "' cannot be assigned issues."})
	}
	i.assignee = who
	s.touch(i)
	return answer{http.StatusNoContent, nil}
}

func (s *Server) addComment(c call) answer {
	i := s.issueBy(c.PathValue("issue"))
	if i == nil {
		return no(http.StatusNotFound, gone)
	}
	if s.denied["ADD_COMMENTS"] {
		return no(http.StatusForbidden, "You do not have the permission to comment on this issue.")
	}
	if problem := s.badText(c.body["body"]); problem != "" {
		return noField(map[string]string{"comment": problem})
	}
	made := s.say(i, c.body["body"], s.people[0])
	s.touch(i)
	return answer{http.StatusCreated, s.showComment(made)}
}

func (s *Server) say(i *issue, body any, by *person) comment {
	s.lastComment++
	made := comment{id: s.lastComment, body: body, author: by, at: s.now()}
	i.comments = append(i.comments, made)
	return made
}

// transition is a step of the workflow. Those that end have a screen with the
// field Resolution.
type transition struct {
	id, name string
	to       status
	from     []string // categories
	screen   bool
	does     *resolution // what the step sets by itself
}

func (s *Server) steps(i *issue) []transition {
	open := []string{"new", "indeterminate"}
	all := []transition{
		{id: "11", name: "Start progress", to: inProgress, from: []string{"new"}},
		{id: "21", name: "Close", to: doneStatus, from: open, screen: !s.is(NoRefusals) && !s.is(TeamManaged), does: &resolvedDone},
		{id: "31", name: "Won't do", to: wontDo, from: open, does: &resolvedNo},
		{id: "41", name: "Reopen", to: toDo, from: []string{"done", "undefined"}},
	}
	return slices.DeleteFunc(all, func(t transition) bool {
		return !slices.Contains(t.from, i.status.category) || t.to == wontDo && (s.is(NoRefusals) || s.is(Overruled)) || s.denied["TRANSITION_ISSUES"]
	})
}

func (s *Server) listTransitions(c call) answer {
	i := s.issueBy(c.PathValue("issue"))
	if i == nil || c.anonymous {
		return no(http.StatusNotFound, gone)
	}
	list := []any{}
	for _, t := range s.steps(i) {
		o := object{"id": t.id, "name": t.name, "to": s.showStatus(t.to), "hasScreen": t.screen, "isAvailable": true}
		if c.text("expand") == "transitions.fields" {
			o["fields"] = s.screenOf(t)
		}
		list = append(list, o)
	}
	return ok(object{"expand": "transitions", "transitions": list})
}

func (s *Server) screenOf(t transition) object {
	if !t.screen {
		return object{}
	}
	return object{"resolution": object{
		"key": "resolution", "name": "Resolution", "required": true, "hasDefaultValue": false, "operations": []string{"set"},
		"schema": object{"type": "resolution", "system": "resolution"}, "allowedValues": s.showResolutions(),
	}}
}

func (s *Server) takeTransition(c call) answer {
	i := s.issueBy(c.PathValue("issue"))
	if i == nil {
		return no(http.StatusNotFound, gone)
	}
	at := slices.IndexFunc(s.steps(i), func(t transition) bool { return t.id == idOf(c.body["transition"]) })
	if at < 0 {
		return no(http.StatusBadRequest, "It seems that you have tried to perform a workflow operation that is not valid for the current state of this issue.")
	}
	step := s.steps(i)[at]
	chosen, refusal := s.chosen(step, c.body["fields"])
	if refusal != nil {
		return *refusal
	}
	if s.is(Overruled) {
		chosen = &resolvedDone
	}
	s.move(i, step.to, chosen)
	s.touch(i)
	return answer{http.StatusNoContent, nil}
}

// chosen reads the resolution of a step. A step without a screen takes none.
func (s *Server) chosen(t transition, sent any) (*resolution, *answer) {
	fields, _ := sent.(map[string]any)
	for name := range fields {
		if name != "resolution" || !t.screen {
			a := noField(map[string]string{name: fmt.Sprintf(notOnScreen, name)})
			return nil, &a
		}
	}
	if !t.screen {
		return t.does, nil
	}
	for _, r := range resolutions {
		if r.id == idOf(fields["resolution"]) {
			return &r, nil
		}
	}
	a := noField(map[string]string{"resolution": "Resolution is required."})
	return nil, &a
}

// move changes the status of an issue.
func (s *Server) move(i *issue, to status, with *resolution) {
	i.status, i.resolution = to, with
	if s.is(TeamManaged) {
		i.resolution = nil
	}
}
