package jiratest

import "net/http"

// The service desk of the project Desk has the id 4 and two types of request, 25
// and 26, whose forms have no labels. That of 26 has no description either.

func (s *Server) routeDesk(add func(string, func(call) answer)) {
	const api = "/rest/servicedeskapi"
	desk := object{"id": "4", "projectId": Desk, "projectKey": "ITH", "projectName": "IT Help"}
	paged := func(values ...any) answer {
		return ok(object{"size": len(values), "start": 0, "limit": 100, "isLastPage": true, "_links": object{}, "values": values})
	}
	none := answer{http.StatusNotFound, object{"errorMessage": "The service desk was not found.", "i18nErrorMessage": object{"i18nKey": "sd.error.servicedesk.notfound", "parameters": []any{}}}}
	add("GET "+api+"/servicedesk", func(call) answer { return paged(desk) })
	add("GET "+api+"/servicedesk/{desk}", func(c call) answer {
		if c.PathValue("desk") != "4" {
			return none
		}
		return ok(desk)
	})
	add("GET "+api+"/servicedesk/{desk}/requesttype", func(c call) answer {
		if c.PathValue("desk") != "4" {
			return none
		}
		return paged(
			object{"id": "25", "name": "Get access", "description": "", "serviceDeskId": "4", "issueTypeId": Task, "groupIds": []string{"1"}},
			object{"id": "26", "name": "Ask", "description": "", "serviceDeskId": "4", "issueTypeId": Task, "groupIds": []string{"1"}},
		)
	})
	add("GET "+api+"/servicedesk/{desk}/requesttype/{type}/field", func(c call) answer {
		if c.PathValue("desk") != "4" || c.PathValue("type") != "25" && c.PathValue("type") != "26" {
			return none
		}
		return ok(object{"requestTypeFields": s.requestFields(c.PathValue("type")), "canRaiseOnBehalfOf": true, "canAddRequestParticipants": true})
	})
	add("POST "+api+"/request", s.createRequest)
}

func (s *Server) requestFields(typ string) []any {
	environment, _ := s.fieldBy(Environment)
	values := []any{}
	for _, one := range environment.allowed {
		o, _ := one.(map[string]any)
		values = append(values, object{"value": o["id"], "label": o["value"], "children": []any{}})
	}
	fields := []any{
		object{"fieldId": "summary", "name": "What do you need?", "required": true, "validValues": []any{}, "jiraSchema": object{"type": "string", "system": "summary"}},
		object{"fieldId": Environment, "name": "Environment", "required": false, "validValues": values, "jiraSchema": environment.schema},
		object{"fieldId": Remarks, "name": "Remarks", "required": false, "validValues": []any{}, "jiraSchema": custom("string", "textarea", 10053)},
	}
	if typ == "25" {
		fields = append(fields, object{"fieldId": "description", "name": "Why?", "required": false, "validValues": []any{}, "jiraSchema": object{"type": "string", "system": "description"}})
	}
	return fields
}

func (s *Server) createRequest(c call) answer {
	refused := func(message string) answer {
		return answer{http.StatusBadRequest, object{"errorMessage": message, "i18nErrorMessage": object{"i18nKey": "sd.error", "parameters": []any{}}}}
	}
	if c.body["serviceDeskId"] != "4" || c.body["requestTypeId"] != "25" {
		return refused("The request type does not exist.")
	}
	if s.cloud != (c.body["isAdfRequest"] == true) {
		return refused("Unrecognized field \"isAdfRequest\"")
	}
	values, _ := c.body["requestFieldValues"].(map[string]any)
	draft := &issue{fields: object{}}
	for name, value := range values {
		if name != "summary" && name != "description" && name != Environment && name != Remarks {
			return refused("The field '" + name + "' is not valid for this request type.")
		}
		if problem := s.put(draft, name, value, true); problem != "" {
			return refused(problem)
		}
	}
	if draft.summary == "" {
		return refused("What do you need? is required.")
	}
	i := s.add(s.projectBy(Desk), issueType{Task, "Task", false})
	i.summary, i.description, i.fields = draft.summary, draft.description, draft.fields
	s.tell("jira:issue_created", i)
	return answer{http.StatusCreated, object{
		"issueId": i.number(), "issueKey": i.key, "requestTypeId": "25", "serviceDeskId": "4", "_links": object{"web": s.URL + "/servicedesk/customer/portal/4/" + i.key},
	}}
}
