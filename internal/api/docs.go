package api

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// about introduces the API, in the OpenAPI document and on its page.
const about = `Admit files a ticket for every access change that people must make, and follows it until it is done.

Send an API token with every request: "Authorization: Bearer TOKEN". What it may do is what its user may do.
Where this API overlaps with the published Opal v1 API, names, shapes and codes are the same: for that part its clients need a new URL and a token, nothing else.
Unknown fields are ignored, but for the ways out of a change, migrations, storms and settings: there they are refused by name. Times are RFC 3339 in UTC, durations are whole minutes, ids are UUIDs. Lists are read page by page: send "next" of one page as "cursor" of the next.
A failure is {"code","message","fields"}: programs decide by the code, people read the message, and fields names everything that is wrong with the input at once.`

func tags() []*huma.Tag {
	return []*huma.Tag{
		{Name: "apps", Description: "Systems people get access to, with their ticket settings."},
		{Name: "resources", Description: "Things in an app one can have: roles, groups, databases. Who has them, and how far each change is."},
		{Name: "owners", Description: "Named, ordered lists of users. They administer and review."},
		{Name: "users", Description: "People."},
		{Name: "groups", Description: "Named sets of users. An owner can take its users from one."},
		{Name: "requests", Description: "Asking for access, and deciding."},
		{Name: "changes", Description: "The work of making an end system agree with what is wanted."},
		{Name: "tickets", Description: "The records of access changes at ticket providers."},
		{Name: "syncs", Description: "Having tickets read now."},
		{Name: "ticket providers", Description: "Configured accounts on ticket systems, and the built-in queue."},
		{Name: "storms", Description: "Many tickets of one cause, held back until an admin lets them go."},
		{Name: "settings", Description: "How tickets are followed in the whole installation."},
		{Name: "events", Description: "The audit log. It only grows."},
		{Name: "tokens", Description: "API tokens."},
	}
}

//go:embed docs.html
var docsHTML string

//go:embed docs.css
var docsCSS []byte

// docs serves the OpenAPI document and a page made from it, to everybody.
func (a *api) docs() {
	static := func(path, contentType string, makeBody func() ([]byte, error)) {
		once := sync.OnceValues(makeBody) // when first asked for: the server starts at once
		a.routes.HandleFunc("GET /v1"+path, func(w http.ResponseWriter, r *http.Request) {
			body, err := once()
			if err != nil {
				write(w, a.failure(r.Context(), err))
				return
			}
			h := w.Header()
			h.Set("Content-Type", contentType)
			h.Set("Cache-Control", "no-cache")
			h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
			_, _ = w.Write(body) // the caller is gone
		})
	}
	static("/openapi.json", "application/json", func() ([]byte, error) { return json.Marshal(a.huma.OpenAPI()) })
	static("/docs", "text/html; charset=utf-8", a.docsPage)
	static("/docs.css", "text/css; charset=utf-8", func() ([]byte, error) { return docsCSS, nil })
}

func (a *api) docsPage() ([]byte, error) {
	page, err := template.New("docs").Parse(docsHTML)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = page.Execute(&b, pageFor(a.huma.OpenAPI()))
	return b.Bytes(), err
}

// docsPage is what the page of the documentation shows.
type docsPage struct {
	Version string
	About   []string // paragraphs
	Groups  []docsGroup
	Schemas []docsSchema
}

type docsGroup struct {
	Name, Anchor, About string
	Operations          []docsOperation
}

type docsOperation struct {
	ID, Method, Path, About, More string
	Params                        []docsField
	Reply, ReplyLink              string // the type of the answer, and its schema; "" for none
	BodyFields                    []docsField
	Status                        string
	Failures                      []docsFailure
}

type docsFailure struct{ Status, Meaning string }

type docsField struct {
	Name, In, Type, About string
	Link                  string // the schema the type is of, "" for none
	Required, Deprecated  bool
}

type docsSchema struct {
	Name   string
	Fields []docsField
}

func pageFor(o *huma.OpenAPI) docsPage {
	p := docsPage{Version: o.Info.Version, About: strings.Split(o.Info.Description, "\n")}
	p.About = slices.DeleteFunc(p.About, func(s string) bool { return s == "" })
	for _, t := range o.Tags {
		g := docsGroup{Name: t.Name, Anchor: strings.ReplaceAll(t.Name, " ", "-"), About: t.Description}
		for path, item := range o.Paths {
			for _, operation := range []*huma.Operation{item.Get, item.Post, item.Put, item.Delete} {
				if operation != nil && operation.Tags[0] == t.Name {
					g.Operations = append(g.Operations, docsOf(o, path, operation))
				}
			}
		}
		order := map[string]int{http.MethodGet: 0, http.MethodPost: 1, http.MethodPut: 2, http.MethodDelete: 3}
		slices.SortFunc(g.Operations, func(a, b docsOperation) int {
			if c := strings.Compare(a.Path, b.Path); c != 0 {
				return c
			}
			return order[a.Method] - order[b.Method]
		})
		p.Groups = append(p.Groups, g)
	}
	for name, s := range o.Components.Schemas.Map() {
		if !strings.HasSuffix(name, "InputBody") {
			p.Schemas = append(p.Schemas, docsSchema{name, fieldsOf(s)})
		}
	}
	slices.SortFunc(p.Schemas, func(a, b docsSchema) int { return strings.Compare(a.Name, b.Name) })
	return p
}

func docsOf(o *huma.OpenAPI, path string, operation *huma.Operation) docsOperation {
	d := docsOperation{ID: operation.OperationID, Method: operation.Method, Path: "/v1" + path, About: operation.Summary, More: operation.Description}
	for _, p := range operation.Parameters {
		t, link := typeOf(p.Schema)
		d.Params = append(d.Params, docsField{Name: p.Name, In: p.In, Type: t, Link: link, About: describe(p.Schema, p.Description), Required: p.Required})
	}
	if b := operation.RequestBody; b != nil {
		s := b.Content["application/json"].Schema
		if s.Ref != "" {
			s = o.Components.Schemas.SchemaFromRef(s.Ref)
		}
		d.BodyFields = fieldsOf(s)
	}
	for status, r := range operation.Responses {
		switch {
		case strings.HasPrefix(status, "2"):
			d.Status = status
			if r.Content != nil {
				d.Reply, d.ReplyLink = typeOf(r.Content["application/json"].Schema)
			}
		case status != "default":
			d.Failures = append(d.Failures, docsFailure{status, r.Description})
		}
	}
	slices.SortFunc(d.Failures, func(a, b docsFailure) int { return strings.Compare(a.Status, b.Status) })
	return d
}

func fieldsOf(s *huma.Schema) []docsField {
	fields := make([]docsField, 0, len(s.Properties))
	for name, p := range s.Properties {
		t, link := typeOf(p)
		fields = append(fields, docsField{
			Name: name, Type: t, Link: link, About: describe(p, p.Description), Required: slices.Contains(s.Required, name), Deprecated: p.Deprecated,
		})
	}
	slices.SortFunc(fields, func(a, b docsField) int {
		switch {
		case a.Deprecated != b.Deprecated:
			return boolOrder(a.Deprecated)
		case a.Required != b.Required:
			return -boolOrder(a.Required)
		}
		return strings.Compare(a.Name, b.Name)
	})
	return fields
}

func boolOrder(last bool) int {
	if last {
		return 1
	}
	return -1
}

// typeOf names a type, and the schema to link to if it is one.
func typeOf(s *huma.Schema) (name, link string) {
	switch {
	case s == nil:
		return "", ""
	case s.Ref != "":
		return refName(s.Ref), refName(s.Ref)
	case s.Type == huma.TypeArray:
		name, link = typeOf(s.Items)
		return "list of " + name, link
	case s.Format == "uuid":
		return "id", ""
	case s.Format == "date-time":
		return "time", ""
	case s.Type == "":
		return "anything", ""
	}
	return s.Type, ""
}

// describe adds the values a field may have to its description.
func describe(s *huma.Schema, text string) string {
	if s == nil {
		return text
	}
	values := s.Enum
	if s.Items != nil && len(values) == 0 {
		values = s.Items.Enum
	}
	if len(values) == 0 {
		return text
	}
	var words []string
	for _, v := range values {
		if word, ok := v.(string); ok {
			words = append(words, word)
		}
	}
	return strings.TrimSpace("One of " + strings.Join(words, ", ") + ". " + text)
}

func refName(ref string) string { return ref[strings.LastIndex(ref, "/")+1:] }
