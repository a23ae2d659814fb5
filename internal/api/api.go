// Package api is the REST API below /v1. Where it overlaps with the published
// Opal v1 API it is wire-compatible with it; tickets, changes, providers and the
// rest are additions. Handlers read the request, call one use case and write its
// answer. Who may do what is the use cases' business: here people only say who
// they are.
//
// One file for a noun, with its wire types beside its handlers.
package api

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"path"
	"reflect"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"admit/internal/access"
	"admit/internal/authn"
	"admit/internal/inventory"
	"admit/internal/propagation"
	"admit/internal/request"
)

// Services is what the API serves.
type Services struct {
	Inventory   *inventory.Service
	Requests    *request.Service
	Propagation *propagation.Service
	Authn       *authn.Service
	Log         *slog.Logger
	Version     string // of Admit, for the OpenAPI document
}

// maxBody is the largest request body, in bytes.
const maxBody = 1 << 20

type api struct {
	Services
	routes router
	huma   huma.API
}

// New returns the handler of everything below /v1/. It expects the full path.
func New(s Services) http.Handler {
	configure()
	a := &api{Services: s, routes: newRouter()}
	a.huma = humago.NewWithPrefix(&a.routes, "/v1", config(s.Version))
	a.huma.UseMiddleware(a.authenticate)
	a.apps()
	a.resources()
	a.holders()
	a.owners()
	a.users()
	a.groups()
	a.requests()
	a.changes()
	a.tickets()
	a.syncs()
	a.providers()
	a.systems()
	a.strays()
	a.storms()
	a.settings()
	a.onCall()
	a.events()
	a.tokens()
	a.docs()
	return http.HandlerFunc(a.serve)
}

// configure sets what huma keeps in package variables, before anything reads
// them: the shape of errors, and lists that are never null.
var configure = sync.OnceFunc(func() { //nolint:gochecknoglobals // the variables are huma's
	huma.NewError = newError
	huma.DefaultArrayNullable = false
})

func config(version string) huma.Config {
	c := huma.DefaultConfig("Admit", version)
	c.Info.Description = about
	c.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	c.CreateHooks = nil // no $schema in answers
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.AllowAdditionalPropertiesByDefault = true // clients of the published API send more than we read
	c.FieldsOptionalByDefault = true
	c.Formats = map[string]huma.Format{"application/json": jsonFormat(), "json": jsonFormat()}
	c.Tags = tags()
	c.Security = []map[string][]string{{"bearer": {}}}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"bearer": {
		Type: "http", Scheme: "bearer",
		Description: "An API token. Make one in the web UI, with `POST /tokens`, or with `admit token create`.",
	}}
	return c
}

// op describes an operation. path is below /v1 and may have parameters.
type op struct {
	method, path, id, tag string
	about                 string // one sentence
	more                  string // what else one must know
	status                int    // of success; 0: 200
}

// Reply is an answer with a body.
type Reply[T any] struct{ Body T }

// handle registers an operation that answers with a body.
func handle[I, T any](a *api, o op, do func(context.Context, access.Actor, *I) (T, error)) {
	huma.Register(a.huma, a.operation(o), func(ctx context.Context, in *I) (*Reply[T], error) {
		body, err := do(ctx, actorOf(ctx), in)
		if err != nil {
			return nil, a.failure(ctx, err)
		}
		return &Reply[T]{body}, nil
	})
}

// handleEmpty registers an operation that answers with nothing but its status.
func handleEmpty[I any](a *api, o op, do func(context.Context, access.Actor, *I) error) {
	huma.Register(a.huma, a.operation(o), func(ctx context.Context, in *I) (*struct{}, error) {
		if err := do(ctx, actorOf(ctx), in); err != nil {
			return nil, a.failure(ctx, err)
		}
		return &struct{}{}, nil
	})
}

func (a *api) operation(o op) huma.Operation {
	if o.status == 0 {
		o.status = http.StatusOK
	}
	body := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Error](), true, "Error")
	failed := func(status int) *huma.Response {
		return &huma.Response{
			Description: statusMeaning(status),
			Content:     map[string]*huma.MediaType{"application/json": {Schema: body}},
		}
	}
	responses := map[string]*huma.Response{"default": failed(http.StatusInternalServerError)}
	statuses := []int{http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden}
	if strings.Contains(o.path, "{") {
		statuses = append(statuses, http.StatusNotFound)
	}
	if o.method != http.MethodGet {
		statuses = append(statuses, http.StatusConflict)
	}
	for _, s := range statuses {
		responses[strconv.Itoa(s)] = failed(s)
	}
	return huma.Operation{
		OperationID: o.id, Method: o.method, Path: o.path, Tags: []string{o.tag},
		Summary: o.about, Description: o.more, DefaultStatus: o.status, Responses: responses, MaxBodyBytes: maxBody + 1,
	}
}

// actorKey is where the context holds who calls.
type actorKey struct{}

func actorOf(ctx context.Context) access.Actor {
	actor, _ := ctx.Value(actorKey{}).(access.Actor)
	return actor
}

// authenticate finds out who calls, before anything else of a request is read.
func (a *api) authenticate(ctx huma.Context, next func(huma.Context)) {
	actor, err := a.Authn.Bearer(ctx.Context(), ctx.Header("Authorization"))
	if err != nil {
		_, w := humago.Unwrap(ctx)
		if access.CodeOf(err) == access.Unauthenticated {
			w.Header().Set("WWW-Authenticate", "Bearer")
		}
		write(w, a.failure(ctx.Context(), err))
		return
	}
	next(huma.WithValue(ctx, actorKey{}, actor))
}

// serve answers one request, whatever it is, in the shape of this API.
func (a *api) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	defer a.recovered(w, r)
	if err := checkText(r.URL); err != nil {
		write(w, a.failure(r.Context(), err))
		return
	}
	mux, status, allow := a.routes.find(r)
	if mux == nil {
		if allow != "" {
			h.Set("Allow", allow)
		}
		write(w, newError(status, statusMeaning(status)))
		return
	}
	mux.ServeHTTP(w, r)
}

// recovered answers a request whose handler panicked. It is deferred.
func (a *api) recovered(w http.ResponseWriter, r *http.Request) {
	if p := recover(); p != nil {
		a.Log.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
		write(w, internalError())
	}
}

// router is two ServeMuxes: the published API has pairs of paths, such as
// /owners/name/{owner_name} and /owners/{owner_id}/users, that one would refuse
// as ambiguous. An id is never "name" or "users", so the first one wins.
type router struct{ named, rest *http.ServeMux }

func newRouter() router { return router{http.NewServeMux(), http.NewServeMux()} }

// HandleFunc registers a handler.
func (m *router) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	if strings.Contains(pattern, "/owners/name/") || strings.Contains(pattern, "/resources/users/") {
		m.named.HandleFunc(pattern, h)
		return
	}
	m.rest.HandleFunc(pattern, h)
}

// ServeHTTP serves what find finds.
func (m *router) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if mux, _, _ := m.find(r); mux != nil {
		mux.ServeHTTP(w, r)
	}
}

// find returns the mux that has a request's path and method, or the status that
// says what is missing, with the methods there are.
func (m *router) find(r *http.Request) (mux *http.ServeMux, status int, allow string) {
	status = http.StatusNotFound
	if path.Clean(r.URL.Path) != r.URL.Path { // a mux would redirect
		return nil, status, ""
	}
	for _, mux := range []*http.ServeMux{m.named, m.rest} {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			return mux, http.StatusOK, ""
		}
		answer := &statusOnly{header: http.Header{}}
		h.ServeHTTP(answer, r)
		if answer.status == http.StatusMethodNotAllowed {
			status, allow = answer.status, answer.header.Get("Allow")
		}
	}
	return nil, status, allow
}

// statusOnly keeps the head of an answer and drops its body.
type statusOnly struct {
	header http.Header
	status int
}

func (s *statusOnly) Header() http.Header         { return s.header }
func (s *statusOnly) Write(b []byte) (int, error) { return len(b), nil }
func (s *statusOnly) WriteHeader(status int)      { s.status = status }

// Paging asks for one page of a list.
type Paging struct {
	Cursor   string `query:"cursor" doc:"The next of the page before. Leave it out for the first page."`
	PageSize int    `query:"page_size" minimum:"1" maximum:"1000" doc:"How many results a page has, at most. 200 if left out."`
}

func (p Paging) page() access.Page { return access.Page{Cursor: p.Cursor, Size: p.PageSize} }

// Page is one page of a list.
type Page[T any] struct {
	Next     *string `json:"next" doc:"The cursor of the next page, null on the last."`
	Previous *string `json:"previous" doc:"Always null: lists are read forwards."`
	Results  []T     `json:"results" required:"true"`
}

// pageOf makes a Page of what a use case lists.
func pageOf[S, T any](list access.List[S], wire func(S) T) Page[T] {
	return Page[T]{Next: optional(list.Next), Results: each(list.Items, wire)}
}

// each maps a list; the result is never nil.
func each[S, T any](items []S, wire func(S) T) []T {
	out := make([]T, len(items))
	for i, item := range items {
		out[i] = wire(item)
	}
	return out
}

// all reads every page of a list.
func all[T any](read func(access.Page) (access.List[T], error)) ([]T, error) {
	var items []T
	p := access.Page{Size: access.MaxPage}
	for {
		list, err := read(p)
		if err != nil {
			return nil, err
		}
		items = append(items, list.Items...)
		if list.Next == "" {
			return items, nil
		}
		p.Cursor = list.Next
	}
}

// optional is nil for "".
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// deref is "" for nil.
func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// renamed gives fields of an Invalid error the names they have on the wire.
func renamed(err error, name func(field string) string) error {
	failed, ok := asError(err)
	if !ok || failed.Fields == nil {
		return err
	}
	fields := map[string]string{}
	for field, problem := range maps.All(failed.Fields) {
		fields[name(field)] = problem
	}
	return &access.Error{Code: failed.Code, Msg: failed.Msg, Fields: fields, Err: failed.Err}
}
