package gitlabtest

import (
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

// onType is what a comment is on.
const onType = "noteable_type" //nolint:misspell // GitLab spells it so

func (s *Server) showNote(n *note) any {
	return m{
		"id": n.id, "type": nil, "body": n.body, "author": s.person(n.author), "created_at": stamp(n.created), "updated_at": stamp(n.created),
		"system": n.system, onType: "Issue", "internal": false, "confidential": false,
	}
}

func (s *Server) listNotes(c *call) {
	notes := slices.Clone(c.issue.notes)
	if c.r.URL.Query().Get("sort") != "asc" {
		slices.Reverse(notes)
	}
	answer(s, c, notes, s.showNote)
}

func (s *Server) addNote(c *call) {
	in, ok := c.input()
	if !ok {
		return
	}
	body := in.text("body")
	switch {
	case !in.has("body"):
		say(c, http.StatusBadRequest, m{"error": "body is missing"})
		return
	case strings.TrimSpace(body) == "":
		c.refuse(http.StatusBadRequest, m{"note": []string{"can't be blank"}})
		return
	case utf8.RuneCountInString(body) > 1_000_000:
		c.refuse(http.StatusBadRequest, m{"note": []string{"is too long (maximum is 1000000 characters)"}})
		return
	}
	n := s.comment(c.issue, c.user, body)
	if n == nil { // nothing but commands
		say(c, http.StatusAccepted, m{"commands_changes": m{}, "summary": []string{"Applied."}})
		return
	}
	say(c, http.StatusCreated, s.showNote(n))
}

// comment adds what somebody says, without the quick actions in it.
func (s *Server) comment(i *issue, by *user, body string) *note {
	body = strings.TrimSpace(s.commands(i, by, body))
	s.touch(i)
	if body == "" {
		return nil
	}
	n := &note{id: s.id(), author: by, body: body, created: i.updated}
	i.notes = append(i.notes, n)
	s.tell(i, "create", n)
	return n
}

func (s *Server) moveIssue(c *call) {
	in, ok := c.input()
	if !ok {
		return
	}
	ids, _ := in.ids("to_project_id")
	if len(ids) != 1 || s.project(ids[0]) == nil {
		c.notFound("Project")
		return
	}
	to := s.project(ids[0])
	if c.project.role(c.user) < Reporter || to.role(c.user) < Reporter {
		c.refuse(http.StatusBadRequest, "Unable to move. You have insufficient permissions.")
		return
	}
	say(c, http.StatusCreated, s.show(s.move(c.issue, to, c.user)))
}

// move closes an issue and makes another one of it, with the same author and
// times.
func (s *Server) move(old *issue, to *project, by *user) *issue {
	next := *old
	next.id, next.iid, next.project = s.id(), to.lastIID+1, to
	next.notes, next.milestone = slices.Clone(old.notes), 0
	next.labels = slices.DeleteFunc(slices.Clone(old.labels), func(l string) bool { return !slices.Contains(to.labels, l) })
	to.lastIID++
	s.issues = append(s.issues, &next)
	old.movedTo = &next
	s.tell(&next, "open", nil)
	s.close(old, by)
	s.touch(old)
	return &next
}
