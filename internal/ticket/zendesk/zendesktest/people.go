package zendesktest

import (
	"net/http"
	"slices"
	"strings"
)

// User is a person with a seat or a customer.
type User struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	Email       string `json:"email"`
	Role        string `json:"role"`
	RoleType    *int   `json:"role_type"`
	Active      bool   `json:"active"`
	Suspended   bool   `json:"suspended"`
	Restriction string `json:"ticket_restriction,omitempty"`
	CustomRole  int64  `json:"custom_role_id,omitempty"`

	groups []int64
}

// Group is a group of agents.
type Group struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	Deleted bool   `json:"deleted"`
}

// The ids of what every account here has.
const (
	Access    = 101 // a group
	Elsewhere = 102 // another one
	Service   = 11  // the service user
	Alice     = 12  // an agent of Access
	Bob       = 13  // an agent, not of Access
	Carol     = 14  // a customer
	Dave      = 15  // a light agent of Access
)

func (s *Server) furnish() {
	full, light := 0, 1
	add := func(u User) {
		u.Active = true
		s.users[u.ID] = &u
	}
	add(User{ID: Service, Name: "Admit", Email: Email, Role: "agent", RoleType: &full, CustomRole: staff, groups: []int64{Access, Elsewhere}})
	add(User{ID: Alice, Name: "Alice Example", Email: "alice@example.com", Role: "agent", RoleType: &full, groups: []int64{Access}})
	add(User{ID: Bob, Name: "Bob Example", Email: "bob@example.com", Role: "agent", RoleType: &full, groups: []int64{Elsewhere}})
	add(User{ID: Carol, Name: "Carol Example", Email: "carol@example.com", Role: "end-user"})
	add(User{ID: Dave, Name: "Dave Example", Email: "dave@example.com", Role: "agent", RoleType: &light, groups: []int64{Access}})
	s.groups[Access] = &Group{ID: Access, Name: "Access"}
	s.groups[Elsewhere] = &Group{ID: Elsewhere, Name: "Elsewhere"}
	s.groups[103] = &Group{ID: 103, Name: "Gone", Deleted: true}
	s.furnishForms()
}

// Promote makes the service user an admin, also where another process calls next.
func (s *Server) Promote() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Role = "admin"
}

// User returns a person to change.
func (s *Server) User(id int64) *User { return s.users[id] }

// Group returns a group to change.
func (s *Server) Group(id int64) *Group { return s.groups[id] }

// AddGroup adds a group.
func (s *Server) AddGroup(id int64, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.groups[id] = &Group{ID: id, Name: name}
}

// Join adds somebody to a group, whether it is there or not.
func (s *Server) Join(user, group int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users[user].groups = append(s.users[user].groups, group)
}

// Leave takes somebody out of a group.
func (s *Server) Leave(user, group int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.users[user]
	u.groups = slices.DeleteFunc(u.groups, func(g int64) bool { return g == group })
}

func (s *Server) serveUsers(c *call) {
	switch {
	case c.is("GET", "me"):
		me := *c.me
		if me.ID == Service {
			me.Role = s.Role
		}
		c.Say(http.StatusOK, map[string]any{"user": me})
	case c.is("GET", "search"):
		s.searchUsers(c)
	case c.is("GET", "*", "group_memberships"):
		s.memberships(c)
	case c.is("GET"):
		roles := c.URL.Query()["role[]"]
		page(c, plain("users", s.usersWho(func(u *User) bool { return len(roles) == 0 || slices.Contains(roles, u.Role) })))
	default:
		c.missing()
	}
}

// usersWho returns people by id.
func (s *Server) usersWho(fits func(*User) bool) []*User {
	found := []*User{}
	for _, u := range s.users {
		if fits(u) {
			found = append(found, u)
		}
	}
	slices.SortFunc(found, func(a, b *User) int { return int(a.ID - b.ID) })
	return found
}

// searchUsers finds whole words of names and addresses, and email:"..." exactly
// up to capitals. A bare star finds everybody.
func (s *Server) searchUsers(c *call) {
	query := c.URL.Query().Get("query")
	if query == "" {
		c.refuse(http.StatusBadRequest, "ParameterMissing", "query is missing")
		return
	}
	email, byEmail := strings.CutPrefix(query, "email:")
	email = strings.Trim(email, `"`)
	page(c, plain("users", s.usersWho(func(u *User) bool {
		if byEmail {
			return email == "*" || strings.EqualFold(u.Email, email)
		}
		words := strings.Fields(strings.ToLower(u.Name + " " + u.Email))
		return query == "*" || slices.Contains(words, strings.ToLower(query))
	})))
}

func (s *Server) memberships(c *call) {
	u := s.users[c.ID(1)]
	if u == nil {
		c.missing()
		return
	}
	type membership struct {
		ID    int64 `json:"id"`
		User  int64 `json:"user_id"`
		Group int64 `json:"group_id"`
	}
	rows := []membership{}
	for i, g := range u.groups {
		rows = append(rows, membership{ID: u.ID*10 + int64(i), User: u.ID, Group: g})
	}
	numbered(c, plain("group_memberships", rows))
}

// staff is the role of agents.
const staff = 21

func (s *Server) serveRoles(c *call) {
	if s.NoForms || !c.is("GET") {
		c.missing()
		return
	}
	c.Say(http.StatusOK, map[string]any{"custom_roles": []any{map[string]any{
		"id": staff, "name": "Staff", "role_type": 0, "configuration": map[string]any{"ticket_editing": true, "ticket_tag_editing": !s.NoTags},
	}}})
}

func (s *Server) serveGroups(c *call) {
	switch {
	case c.is("GET"), c.is("GET", "assignable"):
		groups := []*Group{}
		for _, g := range s.groups {
			if !g.Deleted {
				groups = append(groups, g)
			}
		}
		slices.SortFunc(groups, func(a, b *Group) int { return int(b.ID - a.ID) })
		page(c, plain("groups", groups))
	case c.is("GET", "*", "users"):
		if s.groups[c.ID(1)] == nil {
			c.missing()
			return
		}
		page(c, plain("users", s.usersWho(func(u *User) bool { return slices.Contains(u.groups, c.ID(1)) })))
	default:
		c.missing()
	}
}

// assignable reports whether somebody can have tickets of a group.
func (s *Server) assignable(user, group int64) bool {
	u := s.users[user]
	return u != nil && u.Active && !u.Suspended && u.Role != "end-user" &&
		(u.RoleType == nil || *u.RoleType != 1) && slices.Contains(u.groups, group)
}
