package shortcuttest

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// The people, teams and states of the workspace.
const (
	Admit    = "00000000-0000-4000-8000-000000000001" // the service user
	Alice    = "00000000-0000-4000-8000-000000000002"
	Bob      = "00000000-0000-4000-8000-000000000003"
	Olga     = "00000000-0000-4000-8000-000000000004" // an observer
	Gone     = "00000000-0000-4000-8000-000000000005" // disabled
	Access   = "00000000-0000-4000-8000-000000000101" // the team with a state that says no
	Platform = "00000000-0000-4000-8000-000000000102" // a team whose workflow has none
	Old      = "00000000-0000-4000-8000-000000000103" // archived
	Empty    = "00000000-0000-4000-8000-000000000104" // without a workflow
	Priority = "00000000-0000-4000-8000-000000000201" // a custom field
	High     = "00000000-0000-4000-8000-000000000211" // and a value of it
	Low      = "00000000-0000-4000-8000-000000000212"
	Severity = "00000000-0000-4000-8000-000000000202" // a custom field of bugs

	Ready   = 500000011
	Doing   = 500000012
	Done    = 500000013
	WontDo  = 500000014
	Waiting = 500000021
	Solved  = 500000023
)

var birth = time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC)

type member struct {
	id, name, email, role string
	disabled              bool
}

type group struct {
	id, name string
	archived bool
	flows    []int64
}

type flow struct {
	id     int64
	name   string
	begin  int64
	states []state
}

type state struct {
	id         int64
	name, kind string
}

type field struct {
	id, name string
	types    []string
	values   map[string]string
}

func (s *Server) furnish() {
	s.members = []*member{
		{id: Admit, name: "Admit", email: "admit@example.com"},
		{id: Alice, name: "Alice Example", email: "alice@example.com", role: "member"},
		{id: Bob, name: "Bob Example", email: "bob@example.com", role: "admin"},
		{id: Olga, name: "Olga Observer", email: "olga@example.com", role: "observer"},
		{id: Gone, name: "Gone Example", email: "gone@example.com", role: "member", disabled: true},
	}
	s.groups = []*group{
		{id: Platform, name: "Platform", flows: []int64{500000002}},
		{id: Access, name: "Access", flows: []int64{500000001}},
		{id: Old, name: "Old", archived: true, flows: []int64{500000001}},
		{id: Empty, name: "Empty"},
	}
	s.flows = []*flow{
		{500000001, "Requests", Ready, []state{
			{500000010, "Backlog", "backlog"},
			{Ready, "Ready", "unstarted"},
			{Doing, "In Progress", "started"},
			{Done, "Completed", "done"},
			{WontDo, "Won't Do", "done"},
		}},
		{500000002, "Kanban", Waiting, []state{
			{Waiting, "Waiting", "unstarted"},
			{500000022, "Working", "started"},
			{Solved, "Solved", "done"},
		}},
	}
	s.fields = []*field{
		{Priority, "Priority", nil, map[string]string{High: "High", Low: "Low"}},
		{Severity, "Severity", []string{"bug"}, map[string]string{"00000000-0000-4000-8000-000000000221": "Severe"}},
	}
}

func icon(id string) map[string]any {
	return map[string]any{"entity_type": "icon", "id": id, "created_at": stamp(birth), "updated_at": stamp(birth), "url": "https://media.app.shortcut.com/icon/" + id}
}

func (s *Server) me() map[string]any {
	return map[string]any{
		"id": Admit, "is_owner": false, "mention_name": "admit", "name": "Admit", "role": s.Role,
		"workspace2":    map[string]any{"id": "00000000-0000-4000-8000-000000000902", "estimate_scale": []int{1, 2, 3, 5, 8}, "name": "Example", "url_slug": Workspace, "default_workflow_id": 500000001, "created_at": stamp(birth), "utc_offset": "+00:00"},
		"organization2": map[string]any{"id": "00000000-0000-4000-8000-000000000901"},
	}
}

func (s *Server) allMembers() []map[string]any {
	var all []map[string]any
	for _, m := range s.members {
		kind, role := "full", m.role
		if m.disabled {
			kind = "disabled"
		}
		if m.id == Admit {
			role = s.Role
		}
		all = append(all, map[string]any{
			"role": role, "entity_type": "member", "disabled": m.disabled, "global_id": "v2:m:" + m.id, "state": kind,
			"updated_at": stamp(birth), "created_without_invite": false, "group_ids": []string{}, "id": m.id, "created_at": stamp(birth),
			"profile": map[string]any{
				"entity_type": "profile", "deactivated": false, "two_factor_auth_activated": true, "mention_name": m.name[:1] + m.id[33:],
				"name": m.name, "is_agent": false, "gravatar_hash": "0", "id": m.id, "display_icon": icon(m.id), "is_owner": false, "email_address": m.email,
			},
		})
	}
	return all
}

func (s *Server) memberOf(id string) *member {
	i := slices.IndexFunc(s.members, func(m *member) bool { return m.id == id })
	if i < 0 {
		return nil
	}
	return s.members[i]
}

func (g *group) wire() map[string]any {
	w := map[string]any{
		"app_url": "https://app.shortcut.com/" + Workspace + "/team/" + g.id, "description": "", "archived": g.archived, "entity_type": "group",
		"color": nil, "num_stories_started": 0, "mention_name": g.name, "name": g.name, "global_id": "v2:g:" + g.id, "color_key": "blue",
		"num_stories": 0, "num_epics_started": 0, "updated_at": stamp(birth), "num_stories_backlog": 0, "id": g.id, "display_icon": nil,
		"default_workflow_id": nil, "member_ids": []string{Alice}, "workflow_ids": append([]int64{}, g.flows...), "created_at": stamp(birth),
	}
	if len(g.flows) > 0 {
		w["default_workflow_id"] = g.flows[0]
	}
	return w
}

func (s *Server) allGroups(archived string) []map[string]any {
	all := []map[string]any{}
	for _, g := range s.groups {
		if archived == "" || archived == fmt.Sprint(g.archived) {
			all = append(all, g.wire())
		}
	}
	return all
}

func (s *Server) groupOf(id string) *group {
	i := slices.IndexFunc(s.groups, func(g *group) bool { return g.id == id })
	if i < 0 {
		return nil
	}
	return s.groups[i]
}

func (s *Server) oneGroup(c *call) {
	g := s.groupOf(c.Path[1])
	if g == nil {
		c.missing()
		return
	}
	c.Say(http.StatusOK, g.wire())
}

func (s *Server) allFlows() []map[string]any {
	var all []map[string]any
	for _, f := range s.flows {
		var states []map[string]any
		for i, st := range f.states {
			states = append(states, map[string]any{
				"description": "", "entity_type": "workflow-state", "color": "#000000", "verb": nil, "name": st.name, "global_id": fmt.Sprint("v2:ws:", st.id),
				"num_stories": 0, "type": st.kind, "updated_at": stamp(birth), "id": st.id, "num_story_templates": 0, "position": i, "created_at": stamp(birth),
			})
		}
		slices.Reverse(states) // the position counts
		all = append(all, map[string]any{
			"description": "", "entity_type": "workflow", "project_ids": []int64{}, "states": states, "name": f.name, "updated_at": stamp(birth),
			"auto_assign_owner": true, "id": f.id, "team_id": 1, "created_at": stamp(birth), "default_state_id": f.begin,
		})
	}
	return all
}

// Drop takes a state out of its workflow.
func (s *Server) Drop(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, _ := s.stateOf(id)
	f.states = slices.DeleteFunc(f.states, func(st state) bool { return st.id == id })
}

// stateOf returns a state with its workflow.
func (s *Server) stateOf(id int64) (*flow, state) {
	for _, f := range s.flows {
		for _, st := range f.states {
			if st.id == id {
				return f, st
			}
		}
	}
	return nil, state{}
}

func (s *Server) allFields() []map[string]any {
	var all []map[string]any
	for i, f := range s.fields {
		values := []map[string]any{}
		for id, value := range f.values {
			values = append(values, map[string]any{
				"id": id, "value": value, "position": len(values), "color_key": nil, "entity_type": "custom-field-enum-value", "enabled": true,
			})
		}
		w := map[string]any{
			"description": "How much it matters", "entity_type": "custom-field", "name": f.name, "fixed_position": false, "updated_at": stamp(birth),
			"id": f.id, "values": values, "field_type": "enum", "position": i, "enabled": true, "created_at": stamp(birth),
		}
		if f.types != nil {
			w["story_types"] = f.types
		}
		all = append(all, w)
	}
	return all
}
