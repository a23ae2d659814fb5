package gitlabtest

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// person is a user in a list or an issue.
type person struct {
	ID          int64   `json:"id"`
	Username    string  `json:"username"`
	PublicEmail *string `json:"public_email,omitempty"` // none in older ones
	Name        string  `json:"name"`
	State       string  `json:"state"`
	Locked      bool    `json:"locked"`
	Avatar      *string `json:"avatar_url"`
	WebURL      string  `json:"web_url"`
	Email       string  `json:"email,omitempty"` // for administrators
	Level       int     `json:"access_level,omitempty"`
	Bot         bool    `json:"bot,omitempty"`
	Admin       bool    `json:"is_admin,omitempty"`
}

func (s *Server) person(u *user) *person {
	if u == nil {
		return nil
	}
	shown := &person{ID: u.id, Username: u.username, Name: u.name, State: "active", WebURL: s.URL + "/" + u.username}
	if u.blocked {
		shown.State = "blocked"
	}
	if !s.options.Private {
		mail := u.publicEmail()
		shown.PublicEmail = &mail
	}
	return shown
}

func (u *user) publicEmail() string {
	if !u.public {
		return ""
	}
	return u.email
}

// matches reports whether a search by this user finds another: by a part of the
// name, or by the whole address, if that may be seen.
func (u *user) matches(query string, by *user) bool {
	query = strings.ToLower(query)
	mail := u.publicEmail()
	if by.admin {
		mail = u.email
	}
	return strings.Contains(strings.ToLower(u.name), query) || strings.Contains(strings.ToLower(u.username), query) ||
		mail != "" && strings.EqualFold(mail, query)
}

func (s *Server) getUser(c *call) {
	shown := s.person(c.user)
	shown.Bot, shown.Email, shown.Admin = c.user.bot, c.user.email, c.user.admin
	say(c, http.StatusOK, shown)
}

func (s *Server) getToken(c *call) {
	t := s.tokens[c.r.Header.Get("Private-Token")]
	say(c, http.StatusOK, m{"id": 1, "name": "Admit", "revoked": false, "active": true, "scopes": t.scopes, "user_id": c.user.id, "expires_at": time.Now().Add(t.lasts).Format(time.DateOnly)})
}

func (s *Server) listUsers(c *call) {
	query := c.r.URL.Query().Get("search")
	found := slices.DeleteFunc(slices.Clone(s.users), func(u *user) bool { return !u.matches(query, c.user) })
	answer(s, c, found, func(u *user) any {
		shown := s.person(u)
		if c.user.admin {
			shown.Email = u.email
		}
		return shown
	})
}

func (s *Server) getPerson(c *call) {
	n, _ := strconv.ParseInt(c.r.PathValue("user"), 10, 64)
	u := s.user(n)
	if u == nil {
		c.notFound("User")
		return
	}
	shown, mail := s.person(u), u.publicEmail()
	shown.PublicEmail = &mail
	say(c, http.StatusOK, shown)
}

func (s *Server) listProjects(c *call) {
	q := c.r.URL.Query()
	level, err := strconv.Atoi(q.Get("min_access_level"))
	if err != nil || q.Get("pagination") == "keyset" && q.Get("order_by") != "id" {
		say(c, http.StatusMethodNotAllowed, m{"error": "Keyset pagination is not yet available for this type of request"})
		return
	}
	after, _ := strconv.ParseInt(q.Get("id_after"), 10, 64)
	found := slices.DeleteFunc(slices.Clone(s.projects), func(p *project) bool {
		return p.id <= after || p.role(c.user) < level || p.archived && q.Get("archived") == "false" || p.noIssues && q.Get("with_issues_enabled") == "true"
	})
	size, err := strconv.Atoi(q.Get("per_page"))
	if err != nil || size > 100 {
		size = 100
	}
	if len(found) > size { // keyset: pages have no numbers, only a link
		found = found[:size]
		next := maps.Clone(q)
		next.Set("id_after", strconv.FormatInt(found[size-1].id, 10))
		c.Header().Set("Link", "<"+s.URL+"/api/v4/projects?"+next.Encode()+`>; rel="next"`)
	}
	rows := make([]any, len(found))
	for i, p := range found {
		rows[i] = s.showProject(p)
	}
	say(c, http.StatusOK, rows)
}

func (s *Server) getProject(c *call) { say(c, http.StatusOK, s.showProject(c.project)) }

func (s *Server) showProject(p *project) m {
	access := "enabled"
	if p.noIssues {
		access = "disabled"
	}
	return m{
		"id": p.id, "name": p.path[strings.LastIndexByte(p.path, '/')+1:], "name_with_namespace": p.name, "path_with_namespace": p.path,
		"archived": p.archived, "issues_enabled": !p.noIssues, "issues_access_level": access, "web_url": s.URL + "/" + p.path,
	}
}

func (s *Server) member(p *project, u *user) any {
	shown := s.person(u)
	shown.Level = p.members[u.id]
	return shown
}

func (s *Server) listMembers(c *call) {
	query := c.r.URL.Query().Get("query")
	found := slices.DeleteFunc(slices.Clone(s.users), func(u *user) bool {
		return c.project.members[u.id] == 0 || !u.matches(query, c.user)
	})
	answer(s, c, found, func(u *user) any { return s.member(c.project, u) })
}

func (s *Server) getMember(c *call) {
	n, _ := strconv.ParseInt(c.r.PathValue("user"), 10, 64)
	if c.project.members[n] == 0 {
		c.refuse(http.StatusNotFound, "404 Not found")
		return
	}
	say(c, http.StatusOK, s.member(c.project, s.user(n)))
}

func (s *Server) listLabels(c *call) {
	answer(s, c, c.project.labels, func(name string) any {
		return m{"id": 1, "name": name, "color": "#d9534f", "text_color": "#FFFFFF", "description": nil, "is_project_label": true}
	})
}

func (s *Server) listMilestones(c *call) {
	state := c.r.URL.Query().Get("state")
	found := slices.DeleteFunc(slices.Clone(c.project.milestones), func(one milestone) bool { return state != "" && one.State != state })
	answer(s, c, found, func(one milestone) any { return one })
}

func (s *Server) adminsOnly(c *call) { c.forbid() }
