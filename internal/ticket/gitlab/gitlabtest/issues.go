package gitlabtest

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// listIssues lists issues of a project or of everywhere.
func (s *Server) listIssues(c *call) {
	q := c.r.URL.Query()
	filter, wrong := filterOf(q)
	if wrong != "" {
		say(c, http.StatusBadRequest, m{"error": wrong})
		return
	}
	scope := q.Get("scope")
	if scope == "" && c.project == nil {
		scope = "created_by_me"
	}
	var found []*issue
	for n, i := range s.issues {
		switch {
		case c.project != nil && i.project != c.project, scope == "created_by_me" && i.author != c.user, i.deleted, i.project.role(c.user) == 0:
		case c.project == nil && i.project.archived && q.Get("non_archived") != "false":
		case filter.search != "" && s.indexed >= 0 && n >= s.indexed, !filter.keeps(i):
		default:
			found = append(found, i)
		}
	}
	if q.Get("order_by") == "updated_at" {
		slices.SortStableFunc(found, func(a, b *issue) int { return a.updated.Compare(b.updated) })
	}
	if q.Get("sort") != "asc" {
		slices.Reverse(found)
	}
	answer(s, c, found, func(i *issue) any {
		if !s.sees(c.user, i) {
			return nil // left out after the page was cut
		}
		return s.show(i)
	})
}

type filter struct {
	iids                       map[int64]bool
	labels                     []string
	state, search              string
	updatedAfter, createdAfter time.Time
	updatedBefore              time.Time
	inTitle, inDetails         bool
}

// filterOf reads what is asked for, or says what is wrong with it.
func filterOf(q url.Values) (f filter, wrong string) {
	f.state, f.search = q.Get("state"), strings.ToLower(q.Get("search"))
	oneOf := func(name string, values ...string) {
		if v := q.Get(name); v != "" && !slices.Contains(values, v) {
			wrong = name + " does not have a valid value"
		}
	}
	oneOf("state", "opened", "closed", "all")
	oneOf("scope", "created_by_me", "assigned_to_me", "all", "created-by-me", "assigned-to-me")
	oneOf("order_by", "created_at", "updated_at", "due_date", "priority")
	oneOf("sort", "asc", "desc")
	for name, at := range map[string]*time.Time{
		"updated_after": &f.updatedAfter, "updated_before": &f.updatedBefore, "created_after": &f.createdAfter,
	} {
		if text := q.Get(name); text != "" {
			var err error
			if *at, err = time.Parse(time.RFC3339Nano, text); err != nil {
				wrong = name + " is invalid"
			}
		}
	}
	for _, one := range q["iids[]"] {
		n, err := strconv.ParseInt(one, 10, 64)
		if err != nil {
			wrong = "iids is invalid"
		}
		if f.iids == nil {
			f.iids = map[int64]bool{}
		}
		f.iids[n] = true
	}
	if labels := q.Get("labels"); labels != "" {
		f.labels = strings.Split(labels, ",")
	}
	in := q.Get("in")
	f.inTitle, f.inDetails = in == "" || strings.Contains(in, "title"), in == "" || strings.Contains(in, "description")
	return f, wrong
}

func (f filter) keeps(i *issue) bool {
	if f.search != "" {
		inTitle := f.inTitle && strings.Contains(strings.ToLower(i.title), f.search)
		inDetails := f.inDetails && strings.Contains(strings.ToLower(i.description), f.search)
		if !inTitle && !inDetails {
			return false
		}
	}
	return (f.state == "" || f.state == "all" || f.state == i.state) && (f.iids == nil || f.iids[i.iid]) &&
		!i.updated.Before(f.updatedAfter) && (f.updatedBefore.IsZero() || !i.updated.After(f.updatedBefore)) && !i.created.Before(f.createdAfter) &&
		!slices.ContainsFunc(f.labels, func(l string) bool { return !slices.Contains(i.labels, l) })
}

func (s *Server) getIssue(c *call) { say(c, http.StatusOK, s.show(c.issue)) }

func (s *Server) addIssue(c *call) {
	in, ok := c.input()
	if !ok {
		return
	}
	switch {
	case !in.has("title"):
		say(c, http.StatusBadRequest, m{"error": "title is missing"})
		return
	case c.project.archived || c.project.noIssues:
		c.forbid()
		return
	}
	now := s.tick()
	i := &issue{
		id: s.id(), iid: c.project.lastIID + 1, project: c.project, author: c.user, state: "opened", kind: "issue", severity: "unknown",
		created: now, updated: now,
	}
	if !s.fill(c, i, in) {
		return
	}
	c.project.lastIID++
	s.issues = append(s.issues, i)
	s.tell(i, "open", nil)
	say(c, http.StatusCreated, s.show(i))
}

func (s *Server) setIssue(c *call) {
	in, ok := c.input()
	if !ok {
		return
	}
	if c.project.role(c.user) < Reporter && c.issue.author != c.user {
		c.forbid()
		return
	}
	known := []string{"add_labels", "assignee_ids", "confidential", "description", "due_date", "issue_type", "labels", "milestone_id", "remove_labels", "state_event", "title", "weight"}
	if !slices.ContainsFunc(known, in.has) {
		say(c, http.StatusBadRequest, m{"error": strings.Join(known, ", ") + " are missing, at least one parameter must be provided"})
		return
	}
	if !s.fill(c, c.issue, in) {
		return
	}
	s.touch(c.issue)
	switch event := in.text("state_event"); event {
	case "close":
		s.close(c.issue, c.user)
	case "reopen":
		s.reopen(c.issue)
	case "":
		s.tell(c.issue, "update", nil)
	}
	say(c, http.StatusOK, s.show(c.issue))
}

func (s *Server) deleteIssue(c *call) {
	if c.project.role(c.user) < Maintainer+10 {
		c.forbid()
		return
	}
	c.issue.deleted = true
	c.WriteHeader(http.StatusNoContent)
}

// fill takes in the fields of an issue, or answers why not. Who is not at least a
// reporter may not set most of them: they are left out without a word.
func (s *Server) fill(c *call, i *issue, in input) bool {
	if wrong := invalid(in); wrong != "" {
		say(c, http.StatusBadRequest, m{"error": wrong})
		return false
	}
	messages := m{}
	if title := in.text("title"); in.has("title") && strings.TrimSpace(title) == "" {
		messages["title"] = []string{"can't be blank"}
	} else if utf8.RuneCountInString(title) > 255 {
		messages["title"] = []string{"is too long (maximum is 255 characters)"}
	}
	if len(in.text("description")) > 1048576 {
		messages["description"] = []string{"is too long (1.1 MiB). The maximum size is 1 MiB."}
	}
	if len(messages) > 0 {
		c.refuse(http.StatusBadRequest, messages)
		return false
	}
	if in.has("title") {
		i.title = strings.TrimSpace(in.text("title"))
	}
	if in.has("confidential") {
		i.confidential, _ = in.flag("confidential")
	}
	if c.project.role(c.user) >= Reporter {
		s.fillMore(i, in)
	}
	if in.has("description") {
		i.description = s.commands(i, c.user, in.text("description"))
	}
	return true
}

// invalid says which parameter cannot be read, in GitLab's words.
func invalid(in input) string {
	var wrong []string
	for name, values := range map[string][]string{
		"issue_type":  {"issue", "incident", "task", "test_case"},
		"severity":    {"unknown", "low", "medium", "high", "critical"},
		"state_event": {"close", "reopen"},
	} {
		if in.has(name) && !slices.Contains(values, in.text(name)) {
			wrong = append(wrong, name+" does not have a valid value")
		}
	}
	for _, name := range []string{"assignee_ids", "milestone_id", "weight"} {
		if _, ok := in.ids(name); !ok {
			wrong = append(wrong, name+" is invalid")
		}
	}
	if _, ok := in.flag("confidential"); in.has("confidential") && !ok {
		wrong = append(wrong, "confidential is invalid")
	}
	slices.Sort(wrong)
	return strings.Join(wrong, ", ")
}

func (s *Server) fillMore(i *issue, in input) {
	if in.has("issue_type") {
		i.kind = in.text("issue_type")
	}
	if in.has("severity") && i.kind == "incident" {
		i.severity = in.text("severity")
	}
	if in.has("labels") {
		i.setLabels(strings.Split(in.text("labels"), ","))
	}
	i.setLabels(append(slices.Clone(i.labels), strings.Split(in.text("add_labels"), ",")...))
	if in.has("due_date") {
		i.dueDate = ""
		if _, err := time.Parse(time.DateOnly, in.text("due_date")); err == nil {
			i.dueDate = in.text("due_date")
		}
	}
	if ids, _ := in.ids("milestone_id"); len(ids) == 1 {
		i.milestone = 0
		if slices.ContainsFunc(i.project.milestones, func(one milestone) bool { return one.ID == ids[0] }) {
			i.milestone = ids[0]
		}
	}
	if ids, _ := in.ids("weight"); len(ids) == 1 && !s.options.Free && ids[0] >= 0 {
		i.weight = &ids[0]
	}
	if ids, _ := in.ids("assignee_ids"); len(ids) > 0 {
		s.assign(i, ids)
	}
}

// assign replaces the assignees of an issue by those who may see it; if that is
// nobody, they stay. The id 0 takes all away.
func (s *Server) assign(i *issue, ids []int64) {
	var able []*user
	for _, id := range ids {
		if u := s.user(id); u != nil && i.project.members[id] >= Guest && (!s.options.Free || len(able) == 0) {
			able = append(able, u)
		}
	}
	if len(able) > 0 || slices.Equal(ids, []int64{0}) {
		i.assignees = able
	}
}

// touch moves the time of an issue on.
func (s *Server) touch(i *issue) { i.updated = s.tick() }

func (s *Server) close(i *issue, by *user) {
	if i.state == "closed" {
		return
	}
	s.touch(i)
	now := i.updated
	i.state, i.closed, i.closedBy = "closed", &now, by
	i.notes = append(i.notes, &note{id: s.id(), author: by, body: "closed", system: true, created: now})
	s.tell(i, "close", nil)
}

func (s *Server) reopen(i *issue) {
	if i.state == "opened" {
		return
	}
	s.touch(i)
	i.state, i.closed, i.closedBy, i.duplicateOf = "opened", nil, nil, nil
	s.tell(i, "reopen", nil)
}

var (
	command = regexp.MustCompile(`(?mi)^/(close|reopen|confidential|assign|unassign|label|title|due|lock|shrug|tableflip)(?: ([^\n]*))?(?:\s*\n|$)`)
	code    = regexp.MustCompile("(?ms)^```.+?\n```$")
)

// commands carries out the quick actions of a text and takes them away, as GitLab
// does: not those in code.
func (s *Server) commands(i *issue, by *user, text string) string {
	text = strings.ReplaceAll(text, "\r", "")
	var kept strings.Builder
	act := func(part string) string {
		return command.ReplaceAllStringFunc(part, func(found string) string {
			if verb := command.FindStringSubmatch(found)[1]; strings.EqualFold(verb, "close") {
				s.close(i, by)
			}
			return ""
		})
	}
	at := 0
	for _, block := range code.FindAllStringIndex(text, -1) {
		kept.WriteString(act(text[at:block[0]]) + text[block[0]:block[1]])
		at = block[1]
	}
	kept.WriteString(act(text[at:]))
	return strings.TrimRight(kept.String(), " \n\t")
}
