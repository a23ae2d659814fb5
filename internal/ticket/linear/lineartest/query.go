package lineartest

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

type root func(s *Server, args map[string]any) (any, *Error)

var queries = map[string]root{
	"viewer": func(s *Server, _ map[string]any) (any, *Error) { return s.user(s.viewer), nil },
	"issue": func(s *Server, args map[string]any) (any, *Error) {
		i, refusal := s.issue(args["id"])
		if refusal != nil {
			return nil, refusal
		}
		return s.issueOf(i), nil
	},
	"issues": (*Server).findIssues,
	"users": func(s *Server, args map[string]any) (any, *Error) {
		return s.page("User", objects(filtered(s.users, func(u *user) bool { return u.active || args["includeDisabled"] == true }), s.user), args)
	},
	"teams": func(s *Server, args map[string]any) (any, *Error) {
		return s.page("Team", objects(filtered(s.teams, s.visible), s.teamOf), args)
	},
	"team": func(s *Server, args map[string]any) (any, *Error) {
		tm := find(s.teams, func(tm *team) bool { return tm.id == args["id"] && s.visible(tm) })
		if tm == nil {
			return nil, notFound("Team")
		}
		return s.teamOf(tm), nil
	},
	"workflowState": func(s *Server, args map[string]any) (any, *Error) {
		st := find(s.states, func(st *state) bool { return st.id == args["id"] && s.visible(st.team) })
		if st == nil {
			return nil, notFound("WorkflowState")
		}
		return s.stateOf(st), nil
	},
	"workflowStates": func(s *Server, args map[string]any) (any, *Error) {
		return s.page("WorkflowState", objects(filtered(s.states, func(st *state) bool { return s.visible(st.team) }), s.stateOf), args)
	},
	"issueLabels": func(s *Server, args map[string]any) (any, *Error) {
		return s.page("IssueLabel", objects(filtered(s.labels, func(l *label) bool { return l.team == nil || s.visible(l.team) }), s.labelOf), args)
	},
	"projects": func(s *Server, args map[string]any) (any, *Error) {
		return s.page("Project", objects(s.projects, s.projectOf), args)
	},
	"comments": func(s *Server, args map[string]any) (any, *Error) {
		return s.page("Comment", objects(filtered(s.comments, func(c *comment) bool { return s.sees(c.issue) }), s.commentOf), args)
	},
	"webhooks": func(s *Server, args map[string]any) (any, *Error) {
		if !s.viewer.admin {
			return nil, &Error{Message: "You need to be an admin to read webhooks", Type: "forbidden", Code: "FORBIDDEN"}
		}
		return s.page("Webhook", objects(s.hooks, s.hookOf), args)
	},
}

// sees reports whether the account may see an issue.
func (s *Server) sees(i *issue) bool { return !i.hidden && s.visible(i.team) }

// issue finds an issue by its id or by what people call it.
func (s *Server) issue(name any) (*issue, *Error) {
	i := find(s.issues, func(i *issue) bool {
		return s.sees(i) && (i.id == name || i.identifier() == name || slices.ContainsFunc(i.previous, func(p string) bool { return p == name }))
	})
	if i == nil {
		return nil, notFound("Issue")
	}
	return i, nil
}

// findIssues has short ways for tests with many issues: for a search by ids, and
// in the order of the last change.
func (s *Server) findIssues(args map[string]any) (any, *Error) {
	list := s.issues
	if args["orderBy"] == "updatedAt" {
		list = s.latest()
	}
	if ids, ok := within(args, "filter", "id", "in").([]any); ok {
		list = nil
		for _, id := range ids {
			name, _ := id.(string)
			if !isUUID(name) {
				return nil, invalid("each value in id must be a UUID.")
			}
			if i, ok := s.byID[name]; ok && !slices.Contains(list, i) {
				list = append(list, i)
			}
		}
	}
	return s.page("Issue", objects(filtered(list, s.sees), s.issueOf), args)
}

// latest returns the issues, the last changed first.
func (s *Server) latest() []*issue {
	if s.sorted == nil {
		s.sorted = slices.Clone(s.issues)
		slices.SortFunc(s.sorted, func(a, b *issue) int {
			return cmp.Or(b.updated.Compare(a.updated), strings.Compare(a.id, b.id))
		})
	}
	return s.sorted
}

func within(v any, path ...string) any {
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}

// list is a connection below a record.
func (s *Server) list(typ string, members func() []object) lazy {
	return func(args map[string]any) (any, *Error) { return s.page(typ, members(), args) }
}

// page cuts a page out of a list: filtered, the newest first, behind the member
// that after names. A cursor is the id of a member.
func (s *Server) page(typ string, list []object, args map[string]any) (any, *Error) {
	first, refusal := size(args)
	if refusal != nil {
		return nil, refusal
	}
	if by := cmp.Or(text(args["orderBy"]), "createdAt"); typ != "Issue" || by == "createdAt" { // else sorted already
		slices.Reverse(list) // of one moment, the last made comes first
		slices.SortStableFunc(list, func(a, b object) int { return strings.Compare(text(b[by]), text(a[by])) })
	}
	if after := text(args["after"]); after != "" {
		at := slices.IndexFunc(list, func(o object) bool { return o["id"] == after })
		if at < 0 {
			return nil, invalid("after is not a valid cursor.")
		}
		list = list[at+1:]
	}
	kept := make([]object, 0, first)
	for _, o := range list {
		ok, refusal := matches(o, args["filter"])
		if refusal != nil {
			return nil, refusal
		}
		if ok && (o["archivedAt"] == nil || args["includeArchived"] == true) {
			kept = append(kept, o)
		}
		if len(kept) > first {
			break
		}
	}
	more := len(kept) > first
	kept = kept[:min(len(kept), first)]
	info := object{"__typename": "PageInfo", "hasNextPage": more, "hasPreviousPage": args["after"] != nil, "startCursor": nil, "endCursor": nil}
	if len(kept) > 0 {
		info["startCursor"], info["endCursor"] = kept[0]["id"], kept[len(kept)-1]["id"]
	}
	return object{"__typename": typ + "Connection", "nodes": kept, "pageInfo": info}, nil
}

func size(args map[string]any) (int, *Error) {
	for name := range args {
		switch name {
		case "first", "after", "filter", "orderBy", "includeArchived", "includeDisabled":
		case "last", "before", "sort":
			if args[name] != nil {
				return 0, badDocument("the fake does not have the argument " + name)
			}
		default:
			return 0, badDocument("Unknown argument \"" + name + "\"")
		}
	}
	if args["first"] == nil {
		return 50, nil
	}
	first, ok := whole(args["first"])
	if !ok || first < 1 {
		return 0, invalid("first must be a positive number.")
	}
	if first > 250 {
		return 0, invalid("first must not be greater than 250.")
	}
	return int(first), nil
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// matches holds a record against a filter. What the fake does not know it
// refuses: a condition that is not looked at would let a wrong filter pass.
func matches(o object, filter any) (bool, *Error) {
	conditions, _ := filter.(map[string]any)
	for name, condition := range conditions {
		if condition == nil {
			continue
		}
		ok, refusal := holds(o, name, condition)
		if refusal != nil || !ok {
			return false, refusal
		}
	}
	return true, nil
}

func holds(o object, name string, condition any) (bool, *Error) {
	if list, ok := condition.([]any); ok && (name == "or" || name == "and") {
		for _, part := range list {
			ok, refusal := matches(o, part)
			if refusal != nil || ok == (name == "or") {
				return ok, refusal
			}
		}
		return name == "and", nil
	}
	value, known := o[name]
	inner, ok := condition.(map[string]any)
	if !known || !ok {
		return false, badDocument("the fake cannot filter by " + name)
	}
	if f, isLazy := value.(lazy); isLazy {
		var refusal *Error
		if value, refusal = f(nil); refusal != nil {
			return false, refusal
		}
	}
	switch v := value.(type) {
	case object:
		if is, asked := inner["null"]; asked {
			return is == false, nil
		}
		return matches(v, inner)
	case []object:
		return some(v, inner)
	case nil:
		if is, asked := inner["null"]; asked {
			return is == true, nil
		}
		return false, nil
	}
	return compares(value, inner)
}

func some(list []object, condition map[string]any) (bool, *Error) {
	part, ok := condition["some"]
	if !ok || len(condition) != 1 {
		return false, badDocument("the fake knows only some of a collection")
	}
	for _, o := range list {
		if ok, refusal := matches(o, part); refusal != nil || ok {
			return ok, refusal
		}
	}
	return false, nil
}

func compares(value any, condition map[string]any) (bool, *Error) {
	for op, want := range condition {
		var ok bool
		switch op {
		case "eq":
			ok = value == want
		case "neq":
			ok = value != want
		case "in":
			list, _ := want.([]any)
			ok = slices.Contains(list, value)
		case "eqIgnoreCase":
			ok = strings.EqualFold(text(value), text(want))
		case "containsIgnoreCase":
			ok = strings.Contains(strings.ToLower(text(value)), strings.ToLower(text(want)))
		case "gte":
			at, err := time.Parse(time.RFC3339, text(want))
			if err != nil {
				return false, invalid("a date is not valid.")
			}
			ok = text(value) >= text(stamp(at))
		default:
			return false, badDocument("the fake does not know the comparator " + op)
		}
		if !ok {
			return false, nil
		}
	}
	return true, nil
}
