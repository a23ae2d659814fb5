package freshservicetest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// The people and groups of the account.
const (
	Admit  = 21000000001 // the service user
	Alice  = 21000000002
	Bob    = 21000000003 // is in no group
	Access = 21000000101
	Other  = 21000000102
	Second = 21000000103 // is in workspace 3
)

type agent struct {
	id                 int64
	first, last, email string
	active             bool
}

type group struct {
	id, workspace int64
	name          string
	members       []int64
}

func (s *Server) furnish() {
	s.agents = []*agent{
		{Admit, "Admit", "", Email, true},
		{Alice, "Alice", "Example", "alice@example.com", true},
		{Bob, "Bob", "Example", "bob@example.com", true},
		{21000000004, "Gone", "Example", "gone@example.com", false},
	}
	s.groups = []*group{
		{Other, 2, "Other", []int64{Alice}},
		{Access, 2, "Access", []int64{Admit, Alice, 21000000004}},
		{Second, 3, "Second", []int64{Alice}},
	}
}

func (a *agent) wire() map[string]any {
	return map[string]any{
		"id": a.id, "first_name": a.first, "last_name": a.last, "email": a.email, "active": a.active, "workspace_ids": []int64{2},
		"occasional": false, "job_title": nil, "time_zone": "UTC", "language": "en",
	}
}

func (s *Server) serveAgents(c *call) {
	switch {
	case c.Is("GET", "agents"):
		if !c.knows("email", "active", "workspace_id", "per_page", "page") {
			return
		}
		found := []map[string]any{}
		for _, a := range s.agents {
			if email := c.query.Get("email"); email == "" || strings.EqualFold(email, a.email) {
				found = append(found, a.wire())
			}
		}
		c.Say(http.StatusOK, map[string]any{"agents": paged(c, found)})
	case c.Is("GET", "agents", "*"):
		if a := s.agentOf(c.ID(1)); a != nil {
			c.Say(http.StatusOK, map[string]any{"agent": a.wire()})
			return
		}
		c.missing()
	default:
		c.missing()
	}
}

func (s *Server) agentOf(id int64) *agent {
	i := slices.IndexFunc(s.agents, func(a *agent) bool { return a.id == id })
	if i < 0 {
		return nil
	}
	return s.agents[i]
}

func (s *Server) groupOf(id int64) *group {
	i := slices.IndexFunc(s.groups, func(g *group) bool { return g.id == id })
	if i < 0 {
		return nil
	}
	return s.groups[i]
}

func (g *group) wire() map[string]any {
	return map[string]any{
		"id": g.id, "name": g.name, "description": nil, "escalate_to": nil, "members": g.members, "observers": []int64{}, "leaders": []int64{},
		"workspace_id": g.workspace, "restricted": false, "auto_ticket_assign": false,
	}
}

func (s *Server) serveGroups(c *call) {
	switch {
	case c.Is("GET", "groups"):
		if !c.knows("workspace_id", "per_page", "page") {
			return
		}
		found := []map[string]any{}
		for _, g := range s.groups {
			if s.inWorkspace(c, g) {
				found = append(found, g.wire())
			}
		}
		c.Say(http.StatusOK, map[string]any{"groups": paged(c, found)})
	case c.Is("GET", "groups", "*") && s.groupOf(c.ID(1)) != nil:
		c.Say(http.StatusOK, map[string]any{"group": s.groupOf(c.ID(1)).wire()})
	default:
		c.missing()
	}
}

// inWorkspace reports whether a group is in the workspace a call asks for: the
// primary one, if it names none.
func (s *Server) inWorkspace(c *call, g *group) bool {
	const primary = "2"
	wanted := c.query.Get("workspace_id")
	if wanted == "" {
		wanted = primary
	}
	return g == nil || wanted == "0" || wanted == strconv.FormatInt(g.workspace, 10)
}
