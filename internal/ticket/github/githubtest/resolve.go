package githubtest

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// queries are what may be asked.
func (s *Server) queries() object {
	return object{
		"__typename": "Query",
		"viewer":     s.viewer(),
		"node":       lazy(func(args map[string]any) any { return s.node(args["id"]) }),
		"nodes":      lazy(s.nodes),
		"search":     lazy(s.search),
	}
}

func (s *Server) viewer() object {
	u := s.userObject(s.user(Service))
	u["issues"] = lazy(s.ownIssues)
	u["repositories"] = lazy(func(args map[string]any) any {
		var all []any
		for _, r := range s.repos {
			if r.Role != "" {
				all = append(all, s.repoObject(r))
			}
		}
		return page(all, args)
	})
	return u
}

const mostNodes = 100

func (s *Server) nodes(args map[string]any) any {
	ids, _ := args["ids"].([]any)
	if len(ids) > mostNodes {
		return problem{"ARGUMENT_LIMIT", fmt.Sprintf("You may not provide more than 100 node ids; you provided %d.", len(ids))}
	}
	list := make([]any, len(ids))
	for n, id := range ids {
		list[n] = s.node(id)
	}
	return list
}

func (s *Server) node(id any) any {
	text, _ := id.(string)
	if i := s.issues[text]; s.sees(i) {
		if s.access.Blocked {
			return problem{"FORBIDDEN", "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization."}
		}
		return s.issueObject(i)
	}
	for _, r := range s.repos {
		if r.Role == "" {
			continue
		}
		if r.ID == text {
			return s.repoObject(r)
		}
		for _, l := range r.labels {
			if l.id == text {
				return s.labelObject(r, l)
			}
		}
		for _, m := range r.milestones {
			if m.id == text {
				return s.milestoneObject(r, m)
			}
		}
	}
	for _, u := range s.users {
		if u.id == text {
			return s.userObject(u)
		}
	}
	return notFound(id)
}

func (s *Server) userObject(u *user) object {
	if u == nil {
		return nil
	}
	o := object{"__typename": "User", "id": u.id, "login": u.login, "name": nil, "email": u.email}
	if u.name != "" {
		o["name"] = u.name
	}
	if u.bot {
		o["__typename"] = "Bot"
	}
	return o
}

// nullable keeps a user that is not there from being an object.
func (s *Server) nullable(u *user) any {
	if u == nil {
		return nil
	}
	return s.userObject(u)
}

func (s *Server) repoObject(r *Repo) object {
	return object{
		"__typename": "Repository", "id": r.ID, "name": r.Name, "nameWithOwner": r.Owner + "/" + r.Name, "hasIssuesEnabled": !r.NoIssues,
		"isArchived": r.Archived, "isDisabled": false, "viewerPermission": r.Role,
		"owner": object{"__typename": "Organization", "login": r.Owner},
		"labels": lazy(func(args map[string]any) any {
			var all []any
			for _, l := range r.labels {
				all = append(all, s.labelObject(r, l))
			}
			return page(all, args)
		}),
		"milestones": lazy(func(args map[string]any) any {
			var all []any
			for _, m := range r.milestones {
				all = append(all, s.milestoneObject(r, m))
			}
			return page(all, args)
		}),
		"assignableUsers": lazy(func(args map[string]any) any {
			query, _ := args["query"].(string)
			var all []any
			for _, login := range r.assignable {
				if u := s.user(login); has(u.login, query) || has(u.name, query) {
					all = append(all, s.userObject(u))
				}
			}
			return page(all, args)
		}),
		"issues": lazy(func(args map[string]any) any {
			filter, _ := args["filterBy"].(map[string]any)
			var newest *issue
			for _, i := range s.issues {
				if i.repo == r && s.sees(i) && i.author.login == filter["createdBy"] && (newest == nil || i.seq > newest.seq) {
					newest = i
				}
			}
			var all []any
			if newest != nil {
				all = append(all, s.issueObject(newest))
			}
			return page(all, args)
		}),
	}
}

func has(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}

func (s *Server) labelObject(r *Repo, l *label) object {
	return object{"__typename": "Label", "id": l.id, "name": l.name, "description": nil, "repository": s.shortRepo(r)}
}

func (s *Server) milestoneObject(r *Repo, m *label) object {
	return object{"__typename": "Milestone", "id": m.id, "title": m.name, "number": m.number, "repository": s.shortRepo(r)}
}

func (s *Server) shortRepo(r *Repo) object {
	return object{
		"__typename": "Repository", "id": r.ID, "name": r.Name, "nameWithOwner": r.Owner + "/" + r.Name,
		"owner": object{"__typename": "Organization", "login": r.Owner},
	}
}

func (s *Server) issueObject(i *issue) object {
	o := object{
		"__typename": "Issue", "id": i.id, "number": i.number, "title": i.title, "body": i.body, "url": s.htmlURL(i), "state": i.state,
		"viewerDidAuthor": i.author.login == Service,
		"stateReason": lazy(func(args map[string]any) any {
			switch {
			case i.reason == "":
				return nil
			case i.reason == "DUPLICATE" && args["enableDuplicate"] != true:
				return "NOT_PLANNED"
			}
			return i.reason
		}),
		"createdAt": stamp(i.created), "updatedAt": stamp(i.updated), "closedAt": stamp(i.closed), "repository": s.shortRepo(i.repo),
		"subIssuesSummary": object{"__typename": "SubIssuesSummary", "total": i.subIssues},
		"assignees": lazy(func(args map[string]any) any {
			var all []any
			for _, u := range i.assignees {
				all = append(all, s.userObject(u))
			}
			return page(all, args)
		}),
		"labels": lazy(func(args map[string]any) any {
			var all []any
			for _, l := range i.labels {
				all = append(all, s.labelObject(i.repo, l))
			}
			return page(all, args)
		}),
		"comments": lazy(func(args map[string]any) any { return page(s.comments(i), args) }),
	}
	var closing []any
	if i.closedBy != nil {
		closing = []any{object{"__typename": "ClosedEvent", "actor": s.nullable(i.closedBy)}}
	}
	o["timelineItems"] = lazy(func(args map[string]any) any { return page(closing, args) })
	return o
}

func (s *Server) comments(i *issue) []any {
	var all []any
	for _, c := range i.comments {
		all = append(all, object{
			"__typename": "IssueComment", "id": c.id, "body": c.body, "author": s.nullable(c.author),
			"viewerDidAuthor": c.author.login == Service, "createdAt": stamp(c.created),
		})
	}
	return all
}

// number reads an argument that is one.
func number(v any) (int, bool) {
	n, err := strconv.ParseFloat(fmt.Sprint(v), 64)
	return int(n), err == nil && v != nil
}

// page cuts a list that is in memory as a connection does. Its cursors are
// positions: only lists that do not change meanwhile are cut by it.
func page(all []any, args map[string]any) any {
	first, hasFirst := number(args["first"])
	last, hasLast := number(args["last"])
	switch {
	case !hasFirst && !hasLast:
		return problem{"MISSING_PAGINATION_BOUNDARIES", "You must provide a `first` or `last` value to properly paginate the connection."}
	case first > mostNodes || last > mostNodes:
		return problem{"EXCESSIVE_PAGINATION", "Requesting more than 100 records exceeds the `first` limit of 100 records."}
	}
	from, to, total := 0, len(all), len(all)
	if text, ok := args["after"].(string); ok {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return badCursor(text)
		}
		from = min(n, total)
	}
	if hasFirst {
		to = min(from+first, total)
	}
	if hasLast {
		from = max(total-last, 0)
	}
	return connection(all[from:to], to < total, strconv.Itoa(to), total)
}

func connection(nodes []any, more bool, end string, total int) object {
	info := object{"__typename": "PageInfo", "hasNextPage": more, "endCursor": nil}
	if len(nodes) > 0 {
		info["endCursor"] = end
	}
	return object{"nodes": append([]any{}, nodes...), "pageInfo": info, "totalCount": total, "issueCount": total}
}

// ownIssues lists what the account wrote. A cursor holds the place in the order:
// the time and the issue it stands behind.
func (s *Server) ownIssues(args map[string]any) any {
	count, ok := number(args["first"])
	if !ok || count > mostNodes {
		return problem{"EXCESSIVE_PAGINATION", "Requesting more than 100 records exceeds the `first` limit of 100 records."}
	}
	by, _ := args["orderBy"].(map[string]any)
	all, at := s.inOrder, func(i *issue) time.Time { return i.created }
	if by["field"] == "UPDATED_AT" {
		all, at = s.latest(), func(i *issue) time.Time { return i.updated }
	}
	var since time.Time
	if filter, ok := args["filterBy"].(map[string]any); ok {
		var err error
		if since, err = time.Parse(time.RFC3339, fmt.Sprint(filter["since"])); err != nil {
			return problem{"", "since is no time"}
		}
	}
	step := 1
	behind, ok := placeOf(args["after"])
	if !ok {
		return badCursor(args["after"])
	}
	if by["direction"] == "DESC" {
		step = -1
	}
	var nodes []any
	end := ""
	for n := range all {
		i := all[n]
		if step < 0 {
			i = all[len(all)-1-n]
		}
		switch {
		case i.author.login != Service || i.updated.Before(since) || behind != nil && behind.compare(i, at)*step <= 0:
		case !s.shows(i) || slices.Contains(s.access.Hidden, i.repo.Name):
		case len(nodes) == count:
			return connection(nodes, true, end, len(all))
		default:
			nodes = append(nodes, s.issueObject(i))
			end = base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "cursor:v2:%d:%d", at(i).Unix(), i.seq))
		}
	}
	return connection(nodes, false, end, len(all))
}

// place is where a page begins: behind an issue.
type place struct {
	unix int64
	seq  int
}

// placeOf reads a cursor; without one there is no place.
func placeOf(cursor any) (p *place, ok bool) {
	encoded, ok := cursor.(string)
	if !ok {
		return nil, cursor == nil
	}
	p = &place{}
	text, err := base64.StdEncoding.DecodeString(encoded)
	if err == nil {
		_, err = fmt.Sscanf(string(text), "cursor:v2:%d:%d", &p.unix, &p.seq)
	}
	return p, err == nil
}

func badCursor(cursor any) problem {
	return problem{"INVALID_CURSOR_ARGUMENTS", fmt.Sprintf("`%v` does not appear to be a valid cursor.", cursor)}
}

// compare tells on which side of the place an issue stands.
func (p *place) compare(i *issue, at func(*issue) time.Time) int {
	return cmp.Or(cmp.Compare(at(i).Unix(), p.unix), cmp.Compare(i.seq, p.seq))
}

var quoted = regexp.MustCompile(`"([^"]*)"`)

// search finds issues and people by words. It is as generous as GitHub's: who
// has another address with the same name before the @ is found too.
func (s *Server) search(args map[string]any) any {
	text, _ := args["query"].(string)
	word := ""
	if m := quoted.FindStringSubmatch(text); m != nil {
		word = m[1]
	}
	var all []any
	switch args["type"] {
	case "USER":
		name, _, _ := strings.Cut(word, "@")
		for _, u := range s.users {
			if u.email != "" && name != "" && has(u.email, name) {
				all = append(all, s.userObject(u))
			}
		}
	case "ISSUE":
		for _, i := range s.inOrder {
			if word != "" && s.shows(i) && has(i.body, word) && (i.author.login == Service || !strings.Contains(text, "author:@me")) {
				all = append(all, s.issueObject(i))
			}
		}
	}
	return page(all, args)
}

// mutations are what may be done.
func (s *Server) mutations() object {
	return object{
		"__typename": "Mutation",
		"addComment": lazy(func(args map[string]any) any {
			in, _ := args["input"].(map[string]any)
			i, wrong := s.subject(in["subjectId"])
			body, _ := in["body"].(string)
			switch {
			case wrong != nil:
				return *wrong
			case strings.TrimSpace(body) == "":
				return problem{"UNPROCESSABLE", "Body can't be blank"}
			case len([]rune(body)) > 65_536:
				return problem{"UNPROCESSABLE", "Body is too long (maximum is 65536 characters)"}
			}
			s.comment(i, s.user(Service), body)
			return object{"__typename": "AddCommentPayload", "subject": object{"__typename": "Issue", "id": i.id}}
		}),
		"closeIssue": lazy(func(args map[string]any) any {
			in, _ := args["input"].(map[string]any)
			i, wrong := s.subject(in["issueId"])
			if wrong != nil {
				return *wrong
			}
			reason, _ := in["stateReason"].(string)
			s.end(i, s.user(Service), cmp.Or(reason, "COMPLETED"))
			return object{"__typename": "CloseIssuePayload", "issue": s.issueObject(i)}
		}),
	}
}

// subject finds the issue that is to be changed.
func (s *Server) subject(id any) (*issue, *problem) {
	text, _ := id.(string)
	i := s.issues[text]
	switch {
	case !s.sees(i):
		p := notFound(id)
		return nil, &p
	case s.access.ReadOnly:
		return nil, &problem{"FORBIDDEN", "Resource not accessible by personal access token"}
	}
	return i, nil
}
