package jiratest

import (
	"net/http"
	"strings"
)

// person is somebody with an account.
type person struct {
	id, name, email string
	kind            string // of account; "" for atlassian
	inactive        bool
	assignable      bool
}

// Service is the id of the service account on Cloud.
const Service = "557058:0a1b2c3d-admit"

func somePeople() []*person {
	return []*person{
		{id: Service, name: "Admit", email: Email, kind: "atlassian"},
		{id: "557058:aaaa-alice", name: "Alice Jones", email: "alice@example.com", assignable: true},
		{id: "557058:bbbb-bob", name: "Bob Brown", email: "bob@example.com", assignable: true},
		{id: "557058:bbbb-bobby", name: "Bobby Brown", email: "bobby@example.com", assignable: true},
		{id: "557058:cccc-carol", name: "Carol Left", email: "carol@example.com", assignable: true, inactive: true},
		{id: "557058:dddd-dave", name: "Dave Guest", email: "dave@example.com"},
		{id: "qm:eeee-erin", name: "Erin Customer", email: "erin@example.com", kind: "customer", assignable: true},
		{id: "557058:aaaa-grace", name: "Grace Green", email: "grace@example.com.au", assignable: true},
		{id: "557058:ffff-fake", name: "frank@example.com", email: "other@example.com", assignable: true},
	}
}

// login is what Data Center knows a person by.
func (p *person) login() string {
	name, _, _ := strings.Cut(p.email, "@")
	return name
}

func (s *Server) personByID(id string) *person {
	for _, p := range s.people {
		if s.idOf(p) == id {
			return p
		}
	}
	return nil
}

func (s *Server) idOf(p *person) string {
	if s.cloud {
		return p.id
	}
	return p.login()
}

// show returns a person as the API has it.
func (s *Server) show(p *person) any {
	if p == nil {
		return nil
	}
	o := object{"self": s.URL + s.api() + "/user/" + p.login(), "displayName": p.name, "active": !p.inactive, "timeZone": "America/New_York"}
	if s.cloud {
		kind := p.kind
		if kind == "" {
			kind = "atlassian"
		}
		o["accountId"], o["accountType"] = p.id, kind
	} else {
		o["name"], o["key"] = p.login(), "JIRAUSER"+p.login()
	}
	if !s.cloud || !s.is(HideEmail) {
		o["emailAddress"] = p.email
	}
	return o
}

// searchPeople finds people whose name or address begins with a text. The text may
// also begin any word of the name.
func (s *Server) searchPeople(c call, assignable bool) answer {
	ask, other := "query", "username"
	if !s.cloud {
		ask, other = other, ask
	}
	text := strings.ToLower(strings.TrimSpace(c.text(ask)))
	switch {
	case s.cloud && c.text(other) != "":
		return no(http.StatusBadRequest, "The query parameter 'username' is not supported in GDPR strict mode.")
	case s.cloud && !c.URL.Query().Has(ask):
		return no(http.StatusBadRequest, "Either the 'query' or 'accountId' query parameters need to be provided")
	case !s.cloud && !assignable && !c.URL.Query().Has(ask):
		return no(http.StatusBadRequest, "The username query parameter was not provided")
	}
	if assignable {
		if p := s.projectBy(c.text("project")); p == nil || !s.cloud && p.key != c.text("project") {
			return no(http.StatusNotFound, "No project could be found with key '"+c.text("project")+"'.")
		}
	}
	found := []any{}
	for _, p := range s.people {
		if !c.anonymous && (p.assignable || !assignable) && p.matches(text) && len(found) < c.number("maxResults", 50) {
			found = append(found, s.show(p))
		}
	}
	return ok(found)
}

func (p *person) matches(text string) bool {
	name := strings.ToLower(p.name)
	return strings.HasPrefix(name, text) || strings.Contains(name, " "+text) || strings.HasPrefix(strings.ToLower(p.email), text)
}
