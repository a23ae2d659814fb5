package lineartest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

var mutations = map[string]root{
	"issueCreate":   (*Server).createIssue,
	"issueUpdate":   (*Server).updateIssue,
	"issueDelete":   (*Server).deleteIssue,
	"commentCreate": (*Server).createComment,
	"webhookCreate": (*Server).createHook,
	"webhookUpdate": (*Server).updateHook,
	"webhookDelete": (*Server).deleteHook,
}

var uuidForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func isUUID(text string) bool { return uuidForm.MatchString(text) }

func inputOf(args map[string]any) map[string]any {
	input, _ := args["input"].(map[string]any)
	return input
}

// kept is an input without what is lost.
func (s *Server) kept(input map[string]any) map[string]any {
	for _, name := range s.drops {
		delete(input, name)
	}
	return input
}

func payload(typ, name string, value any) object {
	return object{"__typename": typ, "success": true, "lastSyncId": float64(now().Unix()), name: value}
}

// taken is the refusal of an id that is in use, word for word.
func taken(kind, id string) *Error {
	return &Error{Message: "conflict on insert of " + kind, Type: "invalid input", Code: "INPUT_ERROR", Presentable: "Entity " + kind + " with id " + id + " already exists."}
}

func (s *Server) createIssue(args map[string]any) (any, *Error) {
	input := s.kept(inputOf(args))
	i := &issue{id: newID(), creator: s.viewer, title: text(input["title"]), description: text(input["description"])}
	if id, given := input["id"]; given {
		if i.id = text(id); !isUUID(i.id) {
			return nil, invalid("id must be a UUID.")
		}
	}
	if !isUUID(text(input["teamId"])) {
		return nil, invalid("teamId must be a UUID.")
	}
	i.team = find(s.teams, func(tm *team) bool { return tm.id == input["teamId"] && s.visible(tm) })
	if i.team == nil {
		return nil, notFound("Team")
	}
	if i.team.retired {
		return nil, &Error{Message: "Team is retired", Type: "invalid input", Code: "INPUT_ERROR", Presentable: "The team is retired and takes no new issues."}
	}
	if i.title == "" {
		return nil, invalid("title should not be empty.")
	}
	i.state = s.first(i.team, "unstarted")
	if refusal := s.fillIn(i, input); refusal != nil {
		return nil, refusal
	}
	if _, ok := s.byID[i.id]; ok {
		return nil, taken("Issue", i.id)
	}
	s.file(i)
	s.tell(i, "create")
	return payload("IssuePayload", "issue", s.issueOf(i)), nil
}

// fillIn sets what a new or a changed issue can be given.
func (s *Server) fillIn(i *issue, input map[string]any) *Error {
	for name, value := range input {
		var refusal *Error
		switch name {
		case "id", "teamId", "title", "description", "stateId":
		case "assigneeId":
			refusal = s.assign(i, value)
		case "labelIds":
			list, _ := value.([]any)
			refusal = s.tag(i, list)
		case "projectId":
			refusal = s.plan(i, text(value))
		case "priority":
			n, ok := whole(value)
			if i.priority = n; !ok || n < 0 || n > 4 {
				refusal = invalid("priority must not be greater than 4.")
			}
		case "estimate":
			n, ok := whole(value)
			if i.estimate = float64(n); !ok || n < 0 {
				refusal = invalid("estimate must not be less than 0.")
			}
		case "dueDate":
			if _, err := time.Parse(time.DateOnly, text(value)); err != nil {
				refusal = invalid("dueDate must be a valid date.")
			}
			i.due = value
		default:
			refusal = badDocument("the fake does not know the input " + name)
		}
		if refusal != nil {
			return refusal
		}
	}
	return nil
}

// assign gives an issue to somebody, or to nobody for null.
func (s *Server) assign(i *issue, id any) *Error {
	if id == nil {
		i.assignee = nil
		return nil
	}
	if !isUUID(text(id)) {
		return invalid("assigneeId must be a UUID.")
	}
	u := find(s.users, func(u *user) bool { return u.id == id && u.active })
	if u == nil {
		return notFound("User")
	}
	if i.team.visibility == "private" && !slices.Contains(i.team.members, u) || u.guest || u.app {
		return &Error{Message: "assigneeId is not valid", Type: "invalid input", Code: "INPUT_ERROR", Presentable: "The user cannot be assigned to issues of this team."}
	}
	i.assignee = u
	return nil
}

func (s *Server) tag(i *issue, ids []any) *Error {
	i.labels = nil
	groups := map[*label]*label{}
	for _, id := range ids {
		if !isUUID(text(id)) {
			return invalid("each value in labelIds must be a UUID.")
		}
		l := find(s.labels, func(l *label) bool { return l.id == id })
		bad := &Error{Type: "invalid input", Code: "INPUT_ERROR"}
		switch {
		case l == nil:
			bad.Message, bad.Presentable = "Entity not found: IssueLabel", "labelIds contained an entry that could not be found."
			return bad
		case l.group:
			bad.Message, bad.Presentable = "labelIds contain parent labels", fmt.Sprintf("The label '%s' is a group and cannot be assigned to issues directly.", l.name)
			return bad
		case l.team != nil && l.team != i.team:
			bad.Message, bad.Presentable = "labelIds for incorrect team", fmt.Sprintf("The label '%s' is not associated with the same team as the issue.", l.name)
			return bad
		case l.parent != nil && groups[l.parent] != nil:
			bad.Message = "labelIds not exclusive child labels"
			bad.Presentable = fmt.Sprintf("The label '%s' is in the same group as '%s'. Only one label in a group can be applied to an issue.", l.name, groups[l.parent].name)
			return bad
		case l.parent != nil:
			groups[l.parent] = l
		}
		i.labels = append(i.labels, l)
	}
	return nil
}

func (s *Server) plan(i *issue, id string) *Error {
	if !isUUID(id) {
		return invalid("projectId must be a UUID.")
	}
	p := find(s.projects, func(p *project) bool { return p.id == id })
	if p == nil {
		return notFound("Project")
	}
	if !slices.Contains(p.teams, i.team) {
		return &Error{Message: "Discrepancy between issue team and projectId", Type: "invalid input", Code: "INPUT_ERROR", Presentable: "The project is not of the issue's team."}
	}
	i.project = p
	return nil
}

func (s *Server) updateIssue(args map[string]any) (any, *Error) {
	i, refusal := s.issue(args["id"])
	if refusal != nil {
		return nil, refusal
	}
	input := s.kept(inputOf(args))
	if id, ok := input["stateId"]; ok {
		st := find(s.states, func(st *state) bool { return st.id == id && st.team == i.team })
		if st == nil {
			return nil, notFound("WorkflowState")
		}
		s.move(i, st, s.viewer)
	}
	if title, ok := input["title"]; ok {
		i.title = text(title)
	}
	if refusal := s.fillIn(i, input); refusal != nil {
		return nil, refusal
	}
	s.touch(i)
	s.tell(i, "update")
	return payload("IssuePayload", "issue", s.issueOf(i)), nil
}

func (s *Server) deleteIssue(args map[string]any) (any, *Error) {
	i, refusal := s.issue(args["id"])
	if refusal != nil {
		return nil, refusal
	}
	i.trashed, i.archived = true, now()
	s.touch(i)
	s.tell(i, "remove")
	return payload("IssueArchivePayload", "entity", s.issueOf(i)), nil
}

func (s *Server) createComment(args map[string]any) (any, *Error) {
	input := inputOf(args)
	i, refusal := s.issue(input["issueId"])
	if refusal != nil {
		return nil, refusal
	}
	id := newID()
	if given, ok := input["id"]; ok {
		if id = text(given); !isUUID(id) {
			return nil, invalid("id must be a UUID.")
		}
	}
	if slices.ContainsFunc(s.comments, func(c *comment) bool { return c.id == id }) {
		return nil, taken("Comment", id)
	}
	if strings.TrimSpace(text(input["body"])) == "" {
		return nil, invalid("body should not be empty.")
	}
	c := s.say(i, s.viewer, id, text(input["body"]))
	s.touch(i)
	s.tellComment(c)
	return payload("CommentPayload", "comment", s.commentOf(c)), nil
}
