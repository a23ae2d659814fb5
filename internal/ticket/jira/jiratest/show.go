package jiratest

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// showField returns a field of an issue in JSON. What many issues share is
// encoded once, as long as nothing changes.
func (s *Server) showField(i *issue, name string) []byte {
	switch name {
	case "status":
		return s.shared(i.status, func() any { return s.showStatus(i.status) })
	case "resolution":
		if i.resolution == nil {
			return []byte("null")
		}
		return s.shared(*i.resolution, func() any { return s.showResolution(*i.resolution) })
	case "assignee":
		return s.shared(i.assignee, func() any { return s.show(i.assignee) })
	case "creator", "reporter":
		return s.shared(i.creator, func() any { return s.show(i.creator) })
	case "project":
		return s.shared(i.project, func() any { return s.showProject(i.project) })
	case "issuetype":
		return s.shared(i.typ, func() any { return i.typ.show() })
	case "created":
		return s.shared(i.created, func() any { return stamp(i.created) })
	case "updated":
		return s.shared(i.updated, func() any { return stamp(i.updated) })
	}
	return encoded(s.ownField(i, name))
}

// ownField returns a field that no other issue shares.
func (s *Server) ownField(i *issue, name string) any {
	switch name {
	case "summary":
		return i.summary
	case "labels":
		return append([]string{}, i.labels...)
	case "description":
		return i.description
	case "timespent":
		if i.spent == 0 {
			return nil
		}
		return i.spent
	case "subtasks":
		return s.showSubtasks(i)
	case "comment":
		return s.showComments(i)
	}
	return i.fields[name]
}

func encoded(value any) []byte {
	b, _ := json.Marshal(value)
	return b
}

func (s *Server) shared(of any, value func() any) []byte {
	if s.found.shared == nil {
		s.found.shared = map[any][]byte{}
	}
	b, known := s.found.shared[of]
	if !known {
		b = encoded(value())
		s.found.shared[of] = b
	}
	return b
}

// system are the fields every issue has.
var system = []string{
	"summary", "status", "resolution", "assignee", "creator", "reporter", "labels", "created", "updated", "project", "issuetype",
	"description", "timespent", "subtasks", "comment",
}

func (t issueType) show() object { return object{"id": t.id, "name": t.name, "subtask": t.subtask} }

func (s *Server) showSubtasks(i *issue) []any {
	children := []any{}
	for _, child := range i.subtasks {
		children = append(children, object{"id": child.number(), "key": child.key, "self": s.URL, "fields": object{
			"summary": child.summary, "status": s.showStatus(child.status), "issuetype": child.typ.show(),
		}})
	}
	return children
}

func (s *Server) showComments(i *issue) object {
	comments := []any{}
	for _, c := range i.comments {
		comments = append(comments, s.showComment(c))
	}
	return object{"comments": comments, "maxResults": len(comments), "total": len(comments), "startAt": 0}
}

func (s *Server) showComment(c comment) object {
	return object{"id": strconv.Itoa(c.id), "body": c.body, "author": s.show(c.author), "created": stamp(c.at), "updated": stamp(c.at)}
}

// showIssue returns an issue with these fields and properties in JSON. A field
// that an issue does not have is left out.
func (s *Server) showIssue(i *issue, names, properties []string) json.RawMessage {
	b := []byte(`{"id":"` + i.number() + `","key":"` + i.key + `","self":"` + s.URL + s.api() + `/issue/` + i.number() + `"`)
	if slices.Contains(names, "*all") {
		names = slices.Concat(system, slices.Collect(maps.Keys(i.fields)))
	}
	if len(names) > 0 {
		b = append(b, `,"fields":{`...)
		for _, name := range names {
			if _, custom := i.fields[name]; !custom && !slices.Contains(system, name) {
				continue
			}
			if b[len(b)-1] != '{' {
				b = append(b, ',')
			}
			b = append(append(b, `"`+name+`":`...), s.showField(i, name)...)
		}
		b = append(b, '}')
	}
	if len(properties) > 0 {
		b = append(append(b, `,"properties":`...), encoded(pick(i.properties, properties))...)
	}
	return append(b, '}')
}

// page is an object with a list of issues in it, each as it is sent.
type page struct {
	object
	issues [][]byte
}

// shownAs is an issue and how it is shown.
type shownAs struct {
	issue *issue
	how   string
}

// showIssues adds a page of issues to an object. An issue that was shown like
// this since something last changed is shown as it was.
func (s *Server) showIssues(o object, list []*issue, names, properties []string) answer {
	if s.found.shown == nil {
		s.found.shown = map[shownAs][]byte{}
	}
	p := page{object: o}
	how := strings.Join(names, ",") + "/" + strings.Join(properties, ",")
	for _, i := range list {
		shown, before := s.found.shown[shownAs{i, how}]
		if !before {
			shown = s.showIssue(i, names, properties)
			s.found.shown[shownAs{i, how}] = shown
		}
		p.issues = append(p.issues, shown)
	}
	return ok(p)
}

// bytes is the page in JSON, put together without reading the issues again.
func (p page) bytes() []byte {
	head := encoded(p.object)
	b := slices.Concat(head[:len(head)-1], []byte(`,"issues":[`))
	for n, one := range p.issues {
		if n > 0 {
			b = append(b, ',')
		}
		b = append(b, one...)
	}
	return append(b, "]}"...)
}

func write(w http.ResponseWriter, a answer) {
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.WriteHeader(a.status)
	if p, isPage := a.body.(page); isPage {
		_, _ = w.Write(p.bytes())
		return
	}
	_ = json.NewEncoder(w).Encode(a.body)
}

// pick returns the parts of o with these names.
func pick(o object, names []string) object {
	got := object{}
	for _, name := range names {
		if value, ok := o[name]; ok {
			got[name] = value
		}
	}
	return got
}
