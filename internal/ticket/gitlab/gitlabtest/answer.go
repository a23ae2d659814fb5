package gitlabtest

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// call is one call of somebody who is signed in.
type call struct {
	http.ResponseWriter
	r       *http.Request
	user    *user
	project *project // of the path, if it has one
	issue   *issue   // likewise
}

type handler func(c *call)

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{
		"GET /user":                              s.getUser,
		"GET /personal_access_tokens/self":       s.getToken,
		"GET /users":                             s.listUsers,
		"GET /users/{user}":                      s.getPerson,
		"GET /projects":                          s.listProjects,
		"GET /projects/{id}":                     s.getProject,
		"GET /projects/{id}/members/all":         s.listMembers,
		"GET /projects/{id}/members/all/{user}":  s.getMember,
		"GET /projects/{id}/labels":              s.listLabels,
		"GET /projects/{id}/milestones":          s.listMilestones,
		"GET /projects/{id}/hooks":               s.listHooks,
		"POST /projects/{id}/hooks":              s.addHook,
		"PUT /projects/{id}/hooks/{hook}":        s.setHook,
		"DELETE /projects/{id}/hooks/{hook}":     s.deleteHook,
		"GET /issues":                            s.listIssues,
		"GET /projects/{id}/issues":              s.listIssues,
		"POST /projects/{id}/issues":             s.addIssue,
		"GET /projects/{id}/issues/{iid}":        s.getIssue,
		"PUT /projects/{id}/issues/{iid}":        s.setIssue,
		"POST /projects/{id}/issues/{iid}/move":  s.moveIssue,
		"GET /projects/{id}/issues/{iid}/notes":  s.listNotes,
		"POST /projects/{id}/issues/{iid}/notes": s.addNote,
		"DELETE /projects/{id}/issues/{iid}":     s.deleteIssue,
		"GET /issues/{global}":                   s.adminsOnly,
		"GET /projects/{id}/hooks/{hook}":        s.getHook,
	} {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" /api/v4"+path, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, h) })
	}
	mux.HandleFunc("/api/v4/", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusNotFound, m{"error": "404 Not Found"}) })
	return mux
}

type m map[string]any

func say(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// refuse answers as GitLab does: {"message": ...}.
func (c *call) refuse(status int, message any) { say(c, status, m{"message": message}) }

func (c *call) notFound(what string) { c.refuse(http.StatusNotFound, "404 "+what+" Not Found") }

func (c *call) forbid() { c.refuse(http.StatusForbidden, "403 Forbidden") }

// serve signs in, finds what the path names, and keeps calls one after the other.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, h handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
	c := &call{ResponseWriter: w, r: r}
	if s.busy {
		w.Header().Set("RateLimit-Limit", "2000")
		w.Header().Set("RateLimit-Remaining", "0")
		w.Header().Set("RateLimit-Reset", strconv.FormatInt(time.Now().Add(time.Minute).Unix(), 10))
		w.Header().Set("Retry-After", "60")
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = w.Write([]byte("Retry later\n"))
		return
	}
	t := s.tokens[r.Header.Get("Private-Token")]
	if t == nil {
		c.refuse(http.StatusUnauthorized, "401 Unauthorized")
		return
	}
	reads := r.Method == http.MethodGet && slices.Contains(t.scopes, "read_api")
	if !slices.Contains(t.scopes, "api") && !reads && r.URL.Path != "/api/v4/personal_access_tokens/self" {
		say(w, http.StatusForbidden, m{
			"error": "insufficient_scope", "scope": "api read_api",
			"error_description": "The request requires higher privileges than provided by the access token.",
		})
		return
	}
	c.user = t.user
	if s.locate(c) {
		h(c)
	}
}

// locate finds the project and the issue of the path.
func (s *Server) locate(c *call) bool {
	if id := c.r.PathValue("id"); id != "" {
		n, _ := strconv.ParseInt(id, 10, 64)
		if c.project = s.project(n); c.project == nil || c.project.role(c.user) == 0 {
			c.notFound("Project")
			return false
		}
	}
	if iid := c.r.PathValue("iid"); iid != "" {
		n, err := strconv.ParseInt(iid, 10, 64)
		if err != nil {
			say(c, http.StatusBadRequest, m{"error": "issue_iid is invalid"})
			return false
		}
		c.issue = find(s.issues, func(i *issue) bool { return i.project == c.project && i.iid == n })
		if c.issue == nil || !s.sees(c.user, c.issue) {
			c.notFound("Issue")
			return false
		}
	}
	return true
}

// input reads the body or the query. Of either, numbers and flags may be texts.
func (c *call) input() (input, bool) {
	in := input{}
	for name, values := range c.r.URL.Query() {
		in[name] = values[0]
	}
	if strings.HasPrefix(c.r.Header.Get("Content-Type"), "application/json") {
		if err := json.NewDecoder(c.r.Body).Decode(&in); err != nil {
			say(c, http.StatusBadRequest, m{"error": "The request body is invalid"})
			return nil, false
		}
	}
	for name, v := range in {
		if text, ok := v.(string); ok && strings.ContainsRune(text, 0) {
			c.refuse(http.StatusBadRequest, "400 Bad request - "+name+" is invalid")
			return nil, false
		}
	}
	return in, true
}

type input map[string]any

func (in input) has(name string) bool { _, ok := in[name]; return ok }

func (in input) text(name string) string {
	switch v := in[name].(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case []any:
		parts := make([]string, len(v))
		for i, one := range v {
			parts[i] = input{"": one}.text("")
		}
		return strings.Join(parts, ",")
	}
	return ""
}

func (in input) flag(name string) (value, ok bool) {
	value, err := strconv.ParseBool(in.text(name))
	return value, err == nil
}

func (in input) ids(name string) ([]int64, bool) {
	var all []int64
	for one := range strings.SplitSeq(in.text(name), ",") {
		if one == "" {
			continue
		}
		n, err := strconv.ParseInt(one, 10, 64)
		if err != nil {
			return nil, false
		}
		all = append(all, n)
	}
	return all, true
}

// answer writes one page of a list, and where the others are. Of what is left
// out afterwards nothing is told: the page is only shorter.
func answer[T any](s *Server, c *call, all []T, show func(T) any) {
	query := c.r.URL.Query()
	size, number := 20, 1
	if n, err := strconv.Atoi(query.Get("per_page")); err == nil && n > 0 {
		size = min(n, 100)
	}
	if n, err := strconv.Atoi(query.Get("page")); err == nil && n > 0 {
		number = n
	}
	from := min((number-1)*size, len(all))
	to := min(from+size, len(all))
	link := func(n int, rel string) string {
		to := maps.Clone(query)
		to.Set("page", strconv.Itoa(n))
		to.Set("per_page", strconv.Itoa(size))
		return "<" + s.URL + c.r.URL.Path + "?" + to.Encode() + `>; rel="` + rel + `"`
	}
	links := []string{link(1, "first")}
	h := c.Header()
	h.Set("X-Page", strconv.Itoa(number))
	h.Set("X-Per-Page", strconv.Itoa(size))
	h.Set("X-Next-Page", "")
	if len(all) <= 10_000 { // more are not counted
		h.Set("X-Total", strconv.Itoa(len(all)))
		h.Set("X-Total-Pages", strconv.Itoa((len(all)+size-1)/size))
	}
	if to < len(all) {
		h.Set("X-Next-Page", strconv.Itoa(number+1))
		links = append(links, link(number+1, "next"))
	}
	h.Set("Link", strings.Join(links, ", "))
	rows := make([]any, 0, to-from)
	for _, one := range all[from:to] {
		if row := show(one); row != nil {
			rows = append(rows, row)
		}
	}
	say(c, http.StatusOK, rows)
}
