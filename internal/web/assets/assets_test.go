package assets

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

func get(t *testing.T, path, encoding string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

// requireBuilt skips a test that needs dist; CI builds it first.
func requireBuilt(t *testing.T) {
	t.Helper()
	if Built() {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatal("dist is empty: run `make build` first")
	}
	t.Skip("dist is empty: run `make build` first")
}

func TestURLCarriesTheHash(t *testing.T) {
	t.Parallel()
	requireBuilt(t)
	url := URL("app.css")
	if !strings.HasPrefix(url, Prefix+"app.") || !strings.HasSuffix(url, ".css") || url == Prefix+"app.css" {
		t.Errorf("URL = %q, want a hash between name and extension", url)
	}
}

func TestHandlerServesBuiltFiles(t *testing.T) {
	t.Parallel()
	requireBuilt(t)
	for _, c := range []struct{ name, contentType string }{
		{"app.css", "text/css; charset=utf-8"},
		{"app.js", "text/javascript; charset=utf-8"},
		{"icons.svg", "image/svg+xml"},
		{"favicon.svg", "image/svg+xml"},
	} {
		for accept, want := range map[string]string{"": "", "gzip": "gzip", "gzip, br": "br"} {
			res := get(t, URL(c.name), accept)
			if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != c.contentType {
				t.Errorf("%s: %d %q", c.name, res.StatusCode, res.Header.Get("Content-Type"))
			}
			if got := res.Header.Get("Content-Encoding"); got != want {
				t.Errorf("%s with %q: encoding %q, want %q", c.name, accept, got, want)
			}
			if !strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
				t.Errorf("%s is not immutable", c.name)
			}
		}
	}
	if res := get(t, Prefix+"app.css", ""); res.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("an address without a hash may be kept: %q", res.Header.Get("Cache-Control"))
	}
}

func TestHandlerRefusesUnknownFiles(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"nope.css", "app.000000000000.css", ".gitkeep", "app.css.br", "../assets.go"} {
		if res := get(t, Prefix+path, ""); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", path, res.StatusCode)
		}
	}
}

// A page with its style and script is to stay under 100 kB over the wire;
// 60 kB of that are for the assets.
func TestAssetsAreSmall(t *testing.T) {
	t.Parallel()
	requireBuilt(t)
	total := 0
	for name, f := range files() {
		if f.gzip == nil || f.brotli == nil {
			t.Errorf("%s has no compressed form", name)
		}
		total += len(f.gzip)
	}
	if total > 60_000 {
		t.Errorf("assets are %d bytes compressed, want at most 60000", total)
	}
}

// A sprite that is not well-formed XML draws nothing, and no browser says so.
func TestSpriteHoldsEveryIcon(t *testing.T) {
	t.Parallel()
	requireBuilt(t)
	var sprite struct {
		Symbols []struct {
			ID    string `xml:"id,attr"`
			Shape string `xml:",innerxml"`
		} `xml:"symbol"`
	}
	if err := xml.Unmarshal(files()["icons.svg"].plain, &sprite); err != nil {
		t.Fatal(err)
	}
	drawn := map[string]bool{}
	for _, symbol := range sprite.Symbols {
		drawn[symbol.ID] = symbol.Shape != ""
	}
	text, err := os.ReadFile("src/icons.json")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	if err := json.Unmarshal(text, &names); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if !drawn[name] {
			t.Errorf("the sprite has no %q", name)
		}
	}
}

func TestIndexOfAnEmptyDist(t *testing.T) {
	t.Parallel()
	got := index(fstest.MapFS{"dist/.gitkeep": {}})
	if len(got) != 0 {
		t.Errorf("index = %v, want nothing", got)
	}
}
