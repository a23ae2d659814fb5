package shortcuttest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"admit/internal/ticket"
	"admit/internal/ticket/shortcut"
	"admit/internal/ticket/shortcut/shortcuttest"
	"admit/internal/ticket/tickettest"
)

// TestOfficialTypes runs the suite with every call and every answer held to the
// types of Shortcut's official client, without the 10,000 tickets and without a
// record.
func TestOfficialTypes(t *testing.T) {
	t.Parallel()
	lib := filepath.Join(official(t), "node_modules", "@shortcut", "client", "lib")
	v3 := readTypes(t, filepath.Join(lib, "generated", "data-contracts.d.mts"))
	v4 := readTypes(t, filepath.Join(lib, "v4", "generated", "data-contracts.d.cts"))
	tickettest.Run(t, func(t *testing.T) tickettest.Subject {
		s := shortcuttest.StartHeld(t, func(next http.Handler) http.Handler { return hold(t, next, v3, v4) })
		subject := tickettest.Behind(t, shortcut.Spec(), s.System(t)).Subject
		subject.Spec.Kind, subject.Fill = "", nil
		p, ok := subject.Provider.(*shortcut.Provider)
		if !ok {
			t.Fatalf("a %T", subject.Provider)
		}
		subject.Provider = told{p}
		return subject
	})
}

// told tells the suite the address of an assignee, of whom Shortcut tells the
// name.
type told struct{ *shortcut.Provider }

func (p told) Read(ctx context.Context, ids []string) ([]ticket.Snapshot, error) {
	found, err := p.Provider.Read(ctx, ids)
	return tell(found), err
}

func (p told) Changed(ctx context.Context, cursor string) (ticket.Page, error) {
	page, err := p.Provider.Changed(ctx, cursor)
	page.Tickets = tell(page.Tickets)
	return page, err
}

func tell(tickets []ticket.Snapshot) []ticket.Snapshot {
	for i := range tickets {
		if tickets[i].Assignee.ID == shortcuttest.Alice {
			tickets[i].Assignee.Email = "alice@example.com"
		}
	}
	return tickets
}

// official returns the folder of the official clients.
func official(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../../../../test/official")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "@shortcut", "client")); err != nil {
		const missing = "no official client: run scripts/official.sh"
		if os.Getenv("CI") != "" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	return dir
}

// operation says which types a call has: of what is sent, and of a good answer.
type operation struct{ method, path, in, out string }

var operations = []operation{
	{"GET", "/api/v3/member", "", "MemberInfo"},
	{"GET", "/api/v3/members", "", "Member[]"},
	{"GET", "/api/v3/groups", "", "Group[]"},
	{"GET", "/api/v3/groups/*", "", "Group"},
	{"GET", "/api/v3/workflows", "", "Workflow[]"},
	{"GET", "/api/v3/custom-fields", "", "CustomField[]"},
	{"POST", "/api/v3/stories", "CreateStoryParams", "Story"},
	{"POST", "/api/v3/stories/search", "SearchStories", "StorySlim[]"},
	{"PUT", "/api/v3/stories/bulk", "UpdateStories", "StorySlim[]"},
	{"GET", "/api/v3/stories/*", "", "Story"},
	{"PUT", "/api/v3/stories/*", "UpdateStory", "Story"},
	{"POST", "/api/v3/stories/*/comments", "CreateStoryComment", "StoryComment"},
	{"GET", "/api/v4/*/stories", "", "StoryEntityListWrapper"},
}

func hold(t *testing.T, next http.Handler, v3, v4 types) http.Handler {
	t.Helper()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		known := v3
		if strings.HasPrefix(r.URL.Path, "/api/v4") {
			known = v4
		}
		found := false
		for _, o := range operations {
			if match, _ := filepath.Match(o.path, r.URL.Path); !match || o.method != r.Method || found {
				continue
			}
			found = true
			const redirect = 300
			if rec.Code < redirect {
				known.hold(t, "answer to "+r.Method+" "+r.URL.Path, o.out, rec.Body.Bytes())
				known.hold(t, "body of "+r.Method+" "+r.URL.Path, o.in, body)
			}
		}
		if !found {
			t.Errorf("the official client has no %s %s, or its types are not looked at", r.Method, r.URL.Path)
		}
		maps.Copy(w.Header(), rec.Header())
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	})
}

// types are the interfaces of a file of TypeScript, by name.
type types map[string]map[string]property

type property struct {
	optional bool
	kind     string
}

var (
	comments   = regexp.MustCompile(`(?s)/\*\*.*?\*/`)
	interfaces = regexp.MustCompile(`(?s)\ninterface (\w+) \{\n(.*?)\n\}`)
	properties = regexp.MustCompile(`(?m)^  "?([\w-]+)"?(\??): (.+);$`)
)

func readTypes(t *testing.T, file string) types {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	known := types{}
	for _, i := range interfaces.FindAllStringSubmatch(comments.ReplaceAllString(string(text), ""), -1) {
		known[i[1]] = map[string]property{}
		for _, p := range properties.FindAllStringSubmatch(i[2], -1) {
			known[i[1]][p[1]] = property{p[2] != "", p[3]}
		}
	}
	const fewest = 100
	if len(known) < fewest {
		t.Fatalf("%s has only %d types that can be read", file, len(known))
	}
	return known
}

// hold fails the test unless JSON is of a type; "" is nothing at all.
func (k types) hold(t *testing.T, what, kind string, body []byte) {
	t.Helper()
	if kind == "" {
		if len(body) > 0 {
			t.Errorf("official types: %s: %.200s; want nothing", what, body)
		}
		return
	}
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Errorf("official types: %s: %v", what, err)
		return
	}
	if problem := k.problem(v, kind, ""); problem != "" {
		t.Errorf("official types: %s: %s\n%.500s", what, problem, body)
	}
}

// problem says where a value is not of a type, or "".
func (k types) problem(v any, kind, path string) string {
	if list, ok := strings.CutSuffix(kind, "[]"); ok && !strings.Contains(topLevel(kind), "|") {
		entries, isList := v.([]any)
		if !isList {
			return path + " is no list"
		}
		list = strings.TrimSuffix(strings.TrimPrefix(list, "("), ")")
		for i, entry := range entries {
			if problem := k.problem(entry, list, fmt.Sprintf("%s[%d]", path, i)); problem != "" {
				return problem
			}
		}
		return ""
	}
	var first string
	for one := range strings.SplitSeq(kind, " | ") {
		problem := k.single(v, strings.TrimSpace(one), path)
		if problem == "" {
			return ""
		}
		if first == "" {
			first = problem
		}
	}
	return first
}

// topLevel leaves out what is in parentheses.
func topLevel(kind string) string {
	before, rest, _ := strings.Cut(kind, "(")
	_, after, _ := strings.Cut(rest, ")")
	return before + after
}

func (k types) single(v any, kind, path string) string {
	var ok bool
	switch kind {
	case "any":
		ok = true
	case "null":
		ok = v == nil
	case "string":
		_, ok = v.(string)
	case "number":
		_, ok = v.(float64)
	case "boolean":
		_, ok = v.(bool)
	default:
		if object, is := k[kind]; is {
			return k.object(v, object, path)
		}
		ok = kind == fmt.Sprintf("%q", v) || kind == fmt.Sprint(v)
	}
	if !ok {
		return fmt.Sprintf("%s is %v, want %s", path, v, kind)
	}
	return ""
}

func (k types) object(v any, object map[string]property, path string) string {
	fields, ok := v.(map[string]any)
	if !ok {
		return path + " is no object"
	}
	for name, p := range object {
		value, there := fields[name]
		switch {
		case !there && !p.optional:
			return path + " lacks " + name
		case there:
			if problem := k.problem(value, p.kind, path+"."+name); problem != "" {
				return problem
			}
		}
	}
	for name := range fields {
		if _, known := object[name]; !known && name != "$schema" {
			return path + " has a " + name + ", which is not known"
		}
	}
	return ""
}
