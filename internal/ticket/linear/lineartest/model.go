package lineartest

import (
	"fmt"
	"slices"
	"time"
)

type user struct {
	id, name, email           string
	active, guest, app, admin bool
	at                        time.Time
	seen                      object
}

type team struct {
	id, name, key, visibility, estimation string
	retired                               bool
	members                               []*user
	numbers                               int
	at                                    time.Time
}

type state struct {
	id, name, kind string
	team           *team
	position       float64
	at             time.Time
}

type label struct {
	id, name string
	team     *team
	parent   *label
	group    bool
	at       time.Time
}

type project struct {
	id, name, status string
	teams            []*team
	at               time.Time
}

type issue struct {
	id, title, description string
	team                   *team
	number                 int
	previous               []string
	state                  *state
	assignee, creator      *user
	parent                 *issue
	labels                 []*label
	project                *project
	priority               int64
	estimate               any
	due                    any
	trashed, hidden        bool

	created, updated, archived, started, completed, canceled time.Time

	history  []*change
	comments []*comment
	children []*issue
	seen     object // as it is shown; nil after a change
}

type change struct {
	id       string
	at       time.Time
	from, to *state
	actor    *user
}

type comment struct {
	id, body string
	issue    *issue
	user     *user
	at       time.Time
}

func (i *issue) identifier() string { return fmt.Sprintf("%s-%d", i.team.key, i.number) }

func (i *issue) url() string { return "https://linear.app/example/issue/" + i.identifier() }

// first returns the first state of a kind.
func (s *Server) first(tm *team, kind string) *state {
	return find(s.states, func(st *state) bool { return st.team == tm && st.kind == kind })
}

// file adds an issue.
func (s *Server) file(i *issue) *issue {
	i.team.numbers++
	i.number, i.created, i.updated = i.team.numbers, now(), now()
	s.issues, s.sorted = append(s.issues, i), nil
	s.byID[i.id] = i
	return i
}

func (s *Server) touch(i *issue) { i.updated, i.seen, s.sorted = now(), nil, nil }

func (s *Server) say(i *issue, by *user, id, text string) *comment {
	c := &comment{id: id, body: text, issue: i, user: by, at: now()}
	s.comments, i.comments = append(s.comments, c), append(i.comments, c)
	return c
}

// move changes an issue's state, with the times that belong to it.
func (s *Server) move(i *issue, to *state, by *user) {
	if i.state == to {
		return
	}
	i.history = append(i.history, &change{id: newID(), at: now(), from: i.state, to: to, actor: by})
	i.state, i.completed, i.canceled = to, time.Time{}, time.Time{}
	switch to.kind {
	case "started":
		i.started = now()
	case "completed":
		i.completed = now()
	case "canceled", "duplicate":
		i.canceled = now()
	}
}

// transfer moves an issue to another team: a new number, and the state of the
// same name there.
func (s *Server) transfer(i *issue, to *team) {
	i.previous = append(i.previous, i.identifier())
	name := i.state.name
	i.team = to
	to.numbers++
	i.number = to.numbers
	i.state = find(s.states, func(st *state) bool { return st.team == to && st.name == name })
	i.labels = slices.DeleteFunc(i.labels, func(l *label) bool { return l.team != nil })
}

// visible reports whether the account may see a team.
func (s *Server) visible(tm *team) bool {
	return tm.visibility == "public" || slices.Contains(tm.members, s.viewer)
}

// object is a record as a document may ask for it. A value is a scalar, an
// object, a list of objects, or a function for what is made only when asked for.
type object map[string]any

type lazy func(args map[string]any) (any, *Error)

func one(f func() any) lazy { return func(map[string]any) (any, *Error) { return f(), nil } }

func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Format("2006-01-02T15:04:05.000Z")
}

func orNil[T any](p *T, f func(*T) object) any {
	if p == nil {
		return nil
	}
	return f(p)
}

func (s *Server) user(u *user) object {
	if u.seen != nil {
		return u.seen
	}
	u.seen = object{
		"__typename": "User", "id": u.id, "name": u.name, "displayName": u.name, "email": u.email, "active": u.active,
		"guest": u.guest, "app": u.app, "admin": u.admin, "isMe": u == s.viewer, "isAssignable": !u.app,
		"createdAt": stamp(u.at), "updatedAt": stamp(u.at), "archivedAt": nil, "url": "https://linear.app/example/profiles/" + u.id,
	}
	return u.seen
}

func (s *Server) teamOf(tm *team) object {
	retired := any(nil)
	if tm.retired {
		retired = stamp(tm.at)
	}
	return object{
		"__typename": "Team", "id": tm.id, "name": tm.name, "displayName": tm.name, "key": tm.key, "visibility": tm.visibility,
		"issueEstimationType": tm.estimation, "retiredAt": retired, "archivedAt": nil, "createdAt": stamp(tm.at), "updatedAt": stamp(tm.at),
		"members": s.list("User", func() []object { return objects(tm.members, s.user) }),
		"states": s.list("WorkflowState", func() []object {
			return objects(filtered(s.states, func(st *state) bool { return st.team == tm }), s.stateOf)
		}),
	}
}

func (s *Server) stateOf(st *state) object {
	return object{
		"__typename": "WorkflowState", "id": st.id, "name": st.name, "type": st.kind, "position": st.position, "color": "#bec2c8",
		"team": one(func() any { return s.teamOf(st.team) }), "createdAt": stamp(st.at), "updatedAt": stamp(st.at), "archivedAt": nil,
	}
}

func (s *Server) labelOf(l *label) object {
	return object{
		"__typename": "IssueLabel", "id": l.id, "name": l.name, "isGroup": l.group, "retiredAt": nil, "color": "#bec2c8",
		"team": one(func() any { return orNil(l.team, s.teamOf) }), "parent": one(func() any { return orNil(l.parent, s.labelOf) }),
		"createdAt": stamp(l.at), "updatedAt": stamp(l.at), "archivedAt": nil,
	}
}

func (s *Server) projectOf(p *project) object {
	return object{
		"__typename": "Project", "id": p.id, "name": p.name, "createdAt": stamp(p.at), "updatedAt": stamp(p.at), "archivedAt": nil,
		"status":          object{"__typename": "ProjectStatus", "id": p.id, "name": p.status, "type": p.status},
		"accessibleTeams": one(func() any { return objects(p.teams, s.teamOf) }), // for filters
	}
}

func (s *Server) issueOf(i *issue) object {
	if i.seen != nil {
		return i.seen
	}
	o := object{
		"__typename": "Issue", "id": i.id, "identifier": i.identifier(), "number": float64(i.number), "url": i.url(), "title": i.title,
		"description": i.description, "priority": float64(i.priority), "estimate": i.estimate, "dueDate": i.due,
		"createdAt": stamp(i.created), "updatedAt": stamp(i.updated), "archivedAt": stamp(i.archived), "startedAt": stamp(i.started),
		"completedAt": stamp(i.completed), "canceledAt": stamp(i.canceled), "trashed": nil,
		"labelIds":            idsOf(i.labels),
		"previousIdentifiers": append([]string{}, i.previous...),
		"team":                one(func() any { return s.teamOf(i.team) }),
		"state":               one(func() any { return s.stateOf(i.state) }),
		"assignee":            one(func() any { return orNil(i.assignee, s.user) }),
		"creator":             one(func() any { return orNil(i.creator, s.user) }),
		"parent":              one(func() any { return orNil(i.parent, s.issueOf) }),
		"project":             one(func() any { return orNil(i.project, s.projectOf) }),
		"comments":            s.list("Comment", func() []object { return objects(i.comments, s.commentOf) }),
		"children":            s.list("Issue", func() []object { return objects(i.children, s.issueOf) }),
		"history":             s.list("IssueHistory", func() []object { return objects(i.history, s.changeOf) }),
	}
	if i.trashed {
		o["trashed"] = true
	}
	i.seen = o
	return o
}

func (s *Server) changeOf(c *change) object {
	return object{
		"__typename": "IssueHistory", "id": c.id, "createdAt": stamp(c.at), "updatedAt": stamp(c.at), "archivedAt": nil,
		"fromStateId": c.from.id, "toStateId": c.to.id, "actor": one(func() any { return orNil(c.actor, s.user) }),
	}
}

func (s *Server) commentOf(c *comment) object {
	return object{
		"__typename": "Comment", "id": c.id, "body": c.body, "createdAt": stamp(c.at), "updatedAt": stamp(c.at), "archivedAt": nil,
		"user": one(func() any { return orNil(c.user, s.user) }), "issue": one(func() any { return s.issueOf(c.issue) }), "issueId": c.issue.id,
		"url": c.issue.url() + "#comment-" + c.id[:8],
	}
}

func (s *Server) hookOf(h *hook) object {
	return object{
		"__typename": "Webhook", "id": h.id, "url": h.url, "enabled": h.enabled, "secret": h.secret, "label": h.label,
		"resourceTypes": h.kinds, "allPublicTeams": h.allPublic, "teamIds": nil, "team": one(func() any { return orNil(h.team, s.teamOf) }),
		"createdAt": stamp(h.at), "updatedAt": stamp(h.at), "archivedAt": nil,
	}
}

func objects[T any](list []*T, f func(*T) object) []object {
	shown := make([]object, len(list))
	for i, one := range list {
		shown[i] = f(one)
	}
	return shown
}

func filtered[T any](list []T, keep func(T) bool) []T {
	var kept []T
	for _, one := range list {
		if keep(one) {
			kept = append(kept, one)
		}
	}
	return kept
}

func idsOf(labels []*label) []string {
	ids := []string{}
	for _, l := range labels {
		ids = append(ids, l.id)
	}
	return ids
}
