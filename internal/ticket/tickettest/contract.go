package tickettest

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// Official returns the path of an official schema. Those of ADMIT_SPECS were
// given to us, those of ADMIT_TEST_OFFICIAL come from packages that
// scripts/official.sh fetches. A test that needs one is skipped without it,
// unless CI is set.
func Official(t testing.TB, file string) string {
	t.Helper()
	for _, dir := range []string{os.Getenv("ADMIT_TEST_OFFICIAL"), os.Getenv("ADMIT_SPECS"), above("../shared/specs"), above("test/official/schema")} {
		path := filepath.Join(dir, file)
		if _, err := os.Stat(path); dir != "" && err == nil {
			return path
		}
	}
	missing := "no official schema " + file + ": run scripts/official.sh, and set ADMIT_SPECS"
	if os.Getenv("CI") != "" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return ""
}

// above finds a path seen from the root of the repository.
func above(path string) string {
	dir, err := os.Getwd()
	for err == nil && dir != filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, path)
		}
		dir = filepath.Dir(dir)
	}
	return ""
}

// Contract is an official description of an HTTP interface. Both sides of every
// exchange are held to it.
type Contract struct {
	router routers.Router
}

// OpenAPI loads a description from an official schema: the paths that keep
// accepts. change may mend what the document itself gets wrong; nil for nothing.
func OpenAPI(t testing.TB, file string, keep func(path string) bool, change func(*openapi3.T)) *Contract {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile(Official(t, file))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range slices.Collect(maps.Keys(doc.Paths.Map())) {
		if !keep(path) {
			doc.Paths.Delete(path)
		}
	}
	doc.Servers = openapi3.Servers{{URL: "/"}}
	if change != nil {
		change(doc)
	}
	router, err := legacy.NewRouter(doc, openapi3.DisableExamplesValidation(), openapi3.DisableSchemaPatternValidation(), openapi3.DisableSchemaDefaultsValidation())
	if err != nil {
		t.Fatal(err)
	}
	return &Contract{router}
}

// Hold wraps a fake server: a request that the description does not allow fails
// the test, and so does an answer. A path that it does not have is answered 404
// and fails the test too.
func (c *Contract) Hold(t testing.TB, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		route, params, err := c.router.FindRoute(r)
		if err != nil {
			t.Errorf("official schema: %s %s: %v", r.Method, r.URL.Path, err)
			http.NotFound(w, r)
			return
		}
		in := &openapi3filter.RequestValidationInput{
			Request: r, PathParams: params, Route: route,
			Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, MultiError: true},
		}
		if err := openapi3filter.ValidateRequest(r.Context(), in); err != nil {
			t.Errorf("official schema: request %s %s: %v\n%s", r.Method, r.URL, err, short(body))
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		answer := &openapi3filter.ResponseValidationInput{
			RequestValidationInput: in, Status: rec.Code, Header: rec.Header(), Options: in.Options,
		}
		answer.SetBodyBytes(rec.Body.Bytes())
		if err := openapi3filter.ValidateResponse(r.Context(), answer); err != nil {
			t.Errorf("official schema: answer %d to %s %s: %v\n%s", rec.Code, r.Method, r.URL, err, short(rec.Body.Bytes()))
		}
		maps.Copy(w.Header(), rec.Header())
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	})
}

func short(body []byte) string {
	const most = 1000
	return string(body[:min(len(body), most)])
}

// GraphQL loads an official GraphQL schema. change may mend the document; nil
// for nothing.
func GraphQL(t testing.TB, file string, change func(string) string) *ast.Schema {
	t.Helper()
	text, err := os.ReadFile(Official(t, file))
	if err != nil {
		t.Fatal(err)
	}
	input := string(text)
	if change != nil {
		input = change(input)
	}
	schema, err := gqlparser.LoadSchema(&ast.Source{Name: file, Input: input})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// Valid fails the test if a GraphQL document is not valid, and returns it.
func Valid(t testing.TB, schema *ast.Schema, query string) *ast.QueryDocument {
	t.Helper()
	doc, err := gqlparser.LoadQueryWithRules(schema, query, nil)
	if err != nil {
		t.Errorf("official schema: %v\n%s", err, strings.TrimSpace(query))
	}
	return doc
}
