package jiratest

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// query is JQL, as far as it is known here. Anything else is refused, so that a
// test notices it.
type query struct {
	matches func(*issue) bool
	compare func(a, b *issue) int
	ids     []string // the issues it names; nil: all
}

var clauses = []struct {
	form *regexp.Regexp
	make func(s *Server, part []string) func(*issue) bool
}{
	{regexp.MustCompile(`^labels = "?([\w-]+)"?$`), func(_ *Server, part []string) func(*issue) bool {
		return func(i *issue) bool { return slices.Contains(i.labels, part[1]) }
	}},
	{regexp.MustCompile(`^updated >= (\d+)$`), func(_ *Server, part []string) func(*issue) bool {
		ms, _ := strconv.ParseInt(part[1], 10, 64)
		return func(i *issue) bool { return !i.updated.Before(time.UnixMilli(ms)) }
	}},
	{regexp.MustCompile(`^id in \(([\d,]+)\)$`), func(*Server, []string) func(*issue) bool {
		return func(*issue) bool { return true } // see query.ids
	}},
	{regexp.MustCompile(`^\(creator = currentUser\(\) AND description ~ "(\w+)"\)$`), func(s *Server, part []string) func(*issue) bool {
		return func(i *issue) bool { return i.creator == s.people[0] && strings.Contains(flat(i.description), part[1]) }
	}},
}

func (s *Server) parse(jql string) (query, bool) {
	where, order, _ := strings.Cut(jql, " ORDER BY ")
	q := query{compare: orders[order]}
	if order != "" && q.compare == nil {
		return q, false
	}
	if q.compare == nil {
		q.compare = func(a, b *issue) int { return cmp.Compare(b.id, a.id) }
	}
	parts, both := strings.Split(where, " OR "), false
	if len(parts) == 1 {
		parts, both = strings.Split(where, " AND "), true
	}
	var tests []func(*issue) bool
	for _, part := range parts {
		test := s.clause(part)
		if test == nil {
			return q, false
		}
		tests = append(tests, test)
	}
	if m := clauses[2].form.FindStringSubmatch(where); m != nil {
		q.ids = strings.Split(m[1], ",")
	}
	q.matches = func(i *issue) bool {
		return slices.ContainsFunc(tests, func(test func(*issue) bool) bool { return test(i) != both }) != both
	}
	return q, true
}

func (s *Server) clause(part string) func(*issue) bool {
	for _, c := range clauses {
		if m := c.form.FindStringSubmatch(part); m != nil {
			return c.make(s, m)
		}
	}
	return nil
}

var orders = map[string]func(a, b *issue) int{
	"created ASC":  func(a, b *issue) int { return cmp.Or(a.created.Compare(b.created), cmp.Compare(a.id, b.id)) },
	"updated DESC": func(a, b *issue) int { return cmp.Or(b.updated.Compare(a.updated), cmp.Compare(b.id, a.id)) },
}

// found is what was looked up, for as long as nothing changes.
type found struct {
	jql    string
	list   []*issue
	shown  map[shownAs][]byte
	shared map[any][]byte // in JSON
}

// find returns what a search sees, in order.
func (s *Server) find(q query, c call) []*issue {
	jql, _ := c.body["jql"].(string)
	if s.found.jql == jql && !c.anonymous {
		return s.found.list
	}
	issues := s.issues
	if q.ids != nil {
		issues = nil
		for _, id := range q.ids {
			if i := s.any(id); i != nil {
				issues = append(issues, i)
			}
		}
	}
	var list []*issue
	for _, i := range issues {
		unseen := i.hidden || c.anonymous || s.denied["BROWSE_PROJECTS"] || s.lagging > 0 && i.id >= s.lagging
		if !unseen && q.matches(i) {
			list = append(list, i)
		}
	}
	slices.SortFunc(list, q.compare)
	if !c.anonymous {
		s.found.jql, s.found.list = jql, list
	}
	return list
}

// searchCloud pages by tokens, which are rows here: the worst that a token can be.
func (s *Server) searchCloud(c call) answer {
	jql, _ := c.body["jql"].(string)
	q, valid := s.parse(jql)
	if !valid || strings.HasPrefix(jql, "ORDER BY") || jql == "" {
		return no(http.StatusBadRequest, "Error in the JQL Query: "+jql)
	}
	at := 0
	if token, _ := c.body["nextPageToken"].(string); token != "" {
		b, err := base64.StdEncoding.DecodeString(token)
		if _, err2 := fmt.Sscanf(string(b), "row %d", &at); err != nil || err2 != nil || s.is(ExpirePages) {
			return no(http.StatusBadRequest, "The provided next page token is invalid or expired")
		}
	}
	list := s.find(q, c)
	size := int(number(c.body["maxResults"], 50))
	end := min(at+size, len(list))
	got := object{"isLast": end == len(list)}
	if end < len(list) {
		got["nextPageToken"] = base64.StdEncoding.EncodeToString([]byte("row " + strconv.Itoa(end)))
	}
	return s.showIssues(got, list[min(at, end):end], texts(c.body["fields"]), texts(c.body["properties"]))
}

func (s *Server) searchRows(c call) answer {
	jql, _ := c.body["jql"].(string)
	q, valid := s.parse(jql)
	if !valid {
		return no(http.StatusBadRequest, "Error in the JQL Query: "+jql)
	}
	if c.body["validateQuery"] != false {
		for _, id := range q.ids {
			if s.issueBy(id) == nil {
				return no(http.StatusBadRequest, "An issue with key '"+id+"' does not exist for field 'id'.")
			}
		}
	}
	list := s.find(q, c)
	at := int(number(c.body["startAt"], 0))
	size := int(min(number(c.body["maxResults"], 50), 1000))
	end := min(at+size, len(list))
	got := object{"startAt": at, "maxResults": size, "total": len(list)}
	return s.showIssues(got, list[min(at, end):end], texts(c.body["fields"]), nil)
}

func (s *Server) bulkFetch(c call) answer {
	wanted := texts(c.body["issueIdsOrKeys"])
	if len(wanted) == 0 || len(wanted) > 100 {
		return no(http.StatusBadRequest, "The number of issues must be between 1 and 100.")
	}
	var found []*issue
	failed := []any{}
	for _, one := range wanted {
		i := s.issueBy(one)
		switch {
		case i == nil || c.anonymous:
		case i.number() == s.lost:
			failed = append(failed, object{"id": one, "errorMessage": "The issue could not be read, try again."})
		case !slices.Contains(found, i):
			found = append(found, i)
		}
	}
	slices.SortFunc(found, func(a, b *issue) int { return cmp.Compare(a.id, b.id) })
	return s.showIssues(object{"issueErrors": failed}, found, texts(c.body["fields"]), texts(c.body["properties"]))
}

func number(value any, standard float64) float64 {
	if n, isNumber := value.(float64); isNumber {
		return n
	}
	return standard
}

func texts(value any) []string {
	list, _ := value.([]any)
	var all []string
	for _, one := range list {
		text, _ := one.(string)
		all = append(all, text)
	}
	return all
}

// flat returns what people read of a text.
func flat(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case []any:
		var b strings.Builder
		for _, one := range v {
			b.WriteString(flat(one))
		}
		return b.String()
	case map[string]any:
		return flatNode(v)
	}
	return ""
}

func flatNode(node map[string]any) string {
	switch node["type"] {
	case "text":
		text, _ := node["text"].(string)
		return text
	case "hardBreak":
		return "\n"
	case "paragraph", "heading", "codeBlock":
		return flat(node["content"]) + "\n"
	}
	return flat(node["content"])
}
