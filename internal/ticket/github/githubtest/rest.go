package githubtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const docs = "https://docs.github.com/rest"

// rest serves what REST is used for.
func (s *Server) rest() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, f func(http.ResponseWriter, *http.Request)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			s.mu.Lock()
			defer s.mu.Unlock()
			f(w, r)
		})
	}
	handle("GET /user", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, s.userJSON(s.user(Service), true)) })
	handle("GET /repos/{owner}/{repo}/issue-types", s.in(s.issueTypes))
	handle("POST /repos/{owner}/{repo}/issues", s.in(s.createIssue))
	handle("GET /repos/{owner}/{repo}/issues/{number}", s.in(s.getIssue))
	handle("PATCH /repos/{owner}/{repo}/issues/{number}", s.in(s.updateIssue))
	handle("DELETE /repos/{owner}/{repo}/labels/{name}", s.in(s.deleteLabel))
	handle("GET /repos/{owner}/{repo}/hooks", s.in(s.listHooks))
	handle("POST /repos/{owner}/{repo}/hooks", s.in(s.createHook))
	handle("PATCH /repos/{owner}/{repo}/hooks/{id}", s.in(s.updateHook))
	handle("DELETE /repos/{owner}/{repo}/hooks/{id}", s.in(s.deleteHook))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusNotFound, "Not Found") })
	return mux
}

type object = map[string]any

func say(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	if body != nil {
		_ = json.NewEncoder(w).Encode(body) // the caller may be gone
	}
}

func refuse(w http.ResponseWriter, status int, message string) {
	say(w, status, object{"message": message, "documentation_url": docs, "status": strconv.Itoa(status)})
}

// invalid is a 422 about one field.
func invalid(w http.ResponseWriter, resource, field, code, message string) {
	problem := object{"resource": resource, "field": field, "code": code}
	if message != "" {
		problem["message"] = message
	}
	say(w, http.StatusUnprocessableEntity, object{"message": "Validation Failed", "documentation_url": docs, "errors": []any{problem}})
}

// in finds the repository a call is about.
func (s *Server) in(f func(http.ResponseWriter, *http.Request, *Repo)) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		repo := s.repo(r.PathValue("owner"), r.PathValue("repo"))
		if repo == nil {
			refuse(w, http.StatusNotFound, "Not Found")
			return
		}
		f(w, r, repo)
	}
}

func (s *Server) issueTypes(w http.ResponseWriter, _ *http.Request, repo *Repo) {
	types := []object{}
	for n, name := range repo.Types {
		types = append(types, typeJSON(n+1, name))
	}
	say(w, http.StatusOK, types)
}

func typeJSON(n int, name string) object {
	return object{"id": n, "node_id": fmt.Sprintf("IT_kwDO%d", n), "name": name, "description": nil, "color": "gray", "is_enabled": true}
}

// wireDraft is an issue to make.
type wireDraft struct {
	Title     any      `json:"title"`
	Body      string   `json:"body"`
	Assignees []string `json:"assignees"`
	Labels    []string `json:"labels"`
	Milestone *int     `json:"milestone"`
	Type      string   `json:"type"`
}

func (s *Server) createIssue(w http.ResponseWriter, r *http.Request, repo *Repo) {
	var d wireDraft
	if err := json.NewDecoder(r.Body).Decode(&d); err != nil {
		refuse(w, http.StatusBadRequest, "Problems parsing JSON")
		return
	}
	title, _ := d.Title.(string)
	switch {
	case s.access.ReadOnly:
		refuse(w, http.StatusForbidden, "Resource not accessible by personal access token")
	case repo.Archived:
		refuse(w, http.StatusForbidden, "Repository was archived so is read-only.")
	case repo.NoIssues:
		refuse(w, http.StatusGone, "Issues has been disabled in this repository.")
	case strings.TrimSpace(title) == "":
		invalid(w, "Issue", "title", "missing_field", "")
	case utf8.RuneCountInString(title) > 256:
		invalid(w, "Issue", "title", "custom", "title is too long (maximum is 256 characters)")
	case utf8.RuneCountInString(d.Body) > 65_536:
		invalid(w, "Issue", "body", "custom", "body is too long (maximum is 65536 characters)")
	default:
		s.file(w, repo, title, d)
	}
}

// file makes an issue. Without a right to push, all but the texts is dropped.
func (s *Server) file(w http.ResponseWriter, repo *Repo, title string, d wireDraft) {
	i := &issue{}
	if repo.mayPush() {
		if field := s.fill(i, repo, d); field != "" {
			invalid(w, "Issue", field, "invalid", "")
			return
		}
	}
	made := s.add(repo, s.user(Service), title, d.Body)
	made.assignees, made.milestone, made.typ, made.labels = i.assignees, i.milestone, i.typ, i.labels
	s.tell(made, "issues", "opened", nil)
	say(w, http.StatusCreated, s.issueJSON(made))
}

func (r *Repo) mayPush() bool { return r.Role != "READ" && r.Role != "TRIAGE" }

// fill takes over what a draft names, and returns the field that names what is
// not there. A label that is not there is made.
func (s *Server) fill(i *issue, repo *Repo, d wireDraft) string {
	for _, login := range d.Assignees {
		u := s.user(login)
		if u == nil || !slices.Contains(repo.assignable, u.login) {
			return "assignees"
		}
		i.assignees = append(i.assignees, u)
	}
	if d.Milestone != nil {
		at := slices.IndexFunc(repo.milestones, func(m *label) bool { return m.number == *d.Milestone })
		if at < 0 {
			return "milestone"
		}
		i.milestone = repo.milestones[at]
	}
	if d.Type != "" {
		if !slices.Contains(repo.Types, d.Type) {
			return "type"
		}
		i.typ = d.Type
	}
	for _, name := range d.Labels {
		i.labels = append(i.labels, s.label(repo, name))
	}
	return ""
}

func (s *Server) label(repo *Repo, name string) *label {
	for _, l := range repo.labels {
		if strings.EqualFold(l.name, name) {
			return l
		}
	}
	n := s.next()
	l := &label{id: fmt.Sprintf("LA_kwDO%06d", n), name: name, number: n}
	repo.labels = append(repo.labels, l)
	return l
}

func (s *Server) getIssue(w http.ResponseWriter, r *http.Request, repo *Repo) {
	if target, ok := s.moved[r.URL.Path]; ok {
		w.Header().Set("Location", "http://"+r.Host+target)
		say(w, http.StatusMovedPermanently, object{"message": "Moved Permanently", "url": "http://" + r.Host + target, "documentation_url": docs})
		return
	}
	if i := s.numbered(w, r, repo); i != nil {
		say(w, http.StatusOK, s.issueJSON(i))
	}
}

// numbered finds the issue a call is about.
func (s *Server) numbered(w http.ResponseWriter, r *http.Request, repo *Repo) *issue {
	for _, i := range s.issues {
		if i.repo == repo && strconv.Itoa(i.number) == r.PathValue("number") && s.sees(i) {
			return i
		}
	}
	refuse(w, http.StatusNotFound, "Not Found")
	return nil
}

// updateIssue replaces the assignees of an issue. Who has no right to push, sees
// them unchanged.
func (s *Server) updateIssue(w http.ResponseWriter, r *http.Request, repo *Repo) {
	i := s.numbered(w, r, repo)
	if i == nil {
		return
	}
	var d struct {
		Assignees *[]string `json:"assignees"`
	}
	change := &issue{}
	switch err := json.NewDecoder(r.Body).Decode(&d); {
	case err != nil:
		refuse(w, http.StatusBadRequest, "Problems parsing JSON")
	case s.access.ReadOnly:
		refuse(w, http.StatusForbidden, "Resource not accessible by personal access token")
	case repo.Archived:
		refuse(w, http.StatusForbidden, "Repository was archived so is read-only.")
	case d.Assignees == nil || !repo.mayPush():
		say(w, http.StatusOK, s.issueJSON(i))
	case s.fill(change, repo, wireDraft{Assignees: *d.Assignees}) != "":
		invalid(w, "Issue", "assignees", "invalid", "")
	default:
		i.assignees = change.assignees
		s.touch(i, "issues", "assigned")
		say(w, http.StatusOK, s.issueJSON(i))
	}
}

func (s *Server) deleteLabel(w http.ResponseWriter, r *http.Request, repo *Repo) {
	if s.access.ReadOnly {
		refuse(w, http.StatusForbidden, "Resource not accessible by personal access token")
		return
	}
	before := len(repo.labels)
	repo.labels = slices.DeleteFunc(repo.labels, func(l *label) bool { return l.name == r.PathValue("name") })
	if len(repo.labels) == before {
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) hooksOf(w http.ResponseWriter, repo *Repo) bool {
	if s.access.NoHooks {
		refuse(w, http.StatusNotFound, "Not Found")
	}
	return !s.access.NoHooks
}

func (s *Server) listHooks(w http.ResponseWriter, r *http.Request, repo *Repo) {
	if !s.hooksOf(w, repo) {
		return
	}
	size, page := 30, 1
	if n, err := strconv.Atoi(r.URL.Query().Get("per_page")); err == nil {
		size = min(n, 100)
	}
	if n, err := strconv.Atoi(r.URL.Query().Get("page")); err == nil {
		page = n
	}
	list := []object{}
	for n, h := range repo.hooks {
		if n >= (page-1)*size && n < page*size {
			list = append(list, s.hookJSON(repo, h))
		}
	}
	say(w, http.StatusOK, list)
}

type wireHook struct {
	Name   string            `json:"name"`
	Active *bool             `json:"active"`
	Events []string          `json:"events"`
	Config map[string]string `json:"config"`
}

func (s *Server) createHook(w http.ResponseWriter, r *http.Request, repo *Repo) {
	if !s.hooksOf(w, repo) {
		return
	}
	var d wireHook
	if err := json.NewDecoder(r.Body).Decode(&d); err != nil || d.Name != "" && d.Name != "web" {
		invalid(w, "Hook", "name", "invalid", "")
		return
	}
	if !strings.HasPrefix(d.Config["url"], "http") {
		invalid(w, "Hook", "url", "missing_field", "")
		return
	}
	same := func(h *hook) bool {
		return h.config["url"] == d.Config["url"] && h.config["content_type"] == d.Config["content_type"]
	}
	if slices.ContainsFunc(repo.hooks, same) {
		say(w, http.StatusUnprocessableEntity, object{
			"message": "Validation Failed", "documentation_url": docs,
			"errors": []any{object{"resource": "Hook", "code": "custom", "message": "Hook already exists on this repository"}},
		})
		return
	}
	h := &hook{id: s.next(), active: d.Active == nil || *d.Active, events: d.Events, config: d.Config, created: now()}
	if len(h.events) == 0 {
		h.events = []string{"push"}
	}
	repo.hooks = append(repo.hooks, h)
	s.post(h, "ping", object{"zen": "Keep it logically awesome.", "hook_id": h.id, "hook": s.hookJSON(repo, h)})
	say(w, http.StatusCreated, s.hookJSON(repo, h))
}

func (s *Server) updateHook(w http.ResponseWriter, r *http.Request, repo *Repo) {
	h := s.hookWith(w, r, repo)
	if h == nil {
		return
	}
	var d wireHook
	body, _ := io.ReadAll(r.Body)
	if err := json.Unmarshal(body, &d); err != nil {
		invalid(w, "Hook", "config", "invalid", "")
		return
	}
	if d.Active != nil {
		h.active = *d.Active
	}
	if d.Events != nil {
		h.events = d.Events
	}
	if d.Config != nil {
		h.config = d.Config // as a whole: a secret that is not sent again is gone
	}
	say(w, http.StatusOK, s.hookJSON(repo, h))
}

func (s *Server) deleteHook(w http.ResponseWriter, r *http.Request, repo *Repo) {
	if h := s.hookWith(w, r, repo); h != nil {
		repo.hooks = slices.DeleteFunc(repo.hooks, func(other *hook) bool { return other == h })
		w.WriteHeader(http.StatusNoContent)
	}
}

func (s *Server) hookWith(w http.ResponseWriter, r *http.Request, repo *Repo) *hook {
	if !s.hooksOf(w, repo) {
		return nil
	}
	for _, h := range repo.hooks {
		if strconv.Itoa(h.id) == r.PathValue("id") {
			return h
		}
	}
	refuse(w, http.StatusNotFound, "Not Found")
	return nil
}

func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.Format(time.RFC3339)
}
