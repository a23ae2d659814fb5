package palette_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"admit/internal/web/palette"
	"admit/internal/web/webtest"
)

type hit struct{ Title, Kind, URL, Hint string }

func find(t *testing.T, b *webtest.Browser, q string) []hit {
	t.Helper()
	answer := b.Get("/palette?q=" + q).Is(http.StatusOK)
	var hits []hit
	if err := json.Unmarshal([]byte(answer.Body), &hits); err != nil {
		t.Fatalf("%v: %s", err, answer.Body)
	}
	return hits
}

func has(hits []hit, kind, title string) bool {
	return slices.ContainsFunc(hits, func(h hit) bool { return h.Kind == kind && h.Title == title })
}

func TestPaletteFindsWhatOneMaySee(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, palette.Register)
	r := c.Ask(webtest.Josh, "please", nil, c.Wish("My Role"))
	josh, ada := c.As(webtest.Josh), c.As(webtest.Ada)

	all := find(t, josh, "")
	if !has(all, "Pages", "Catalog") || has(all, "Pages", "Settings") || !has(all, "My requests", "Request for My Role") {
		t.Errorf("without a word: %+v", all)
	}
	hits := find(t, josh, "my+role")
	if len(hits) < 3 || hits[0].Title != "My Role" || hits[0].URL != "/resources/"+c.Resources["My Role"] || !has(hits, "Ask", "Ask for My Role") {
		t.Errorf("my role: %+v", hits)
	}
	if i := slices.IndexFunc(hits, func(h hit) bool { return h.Kind == "My requests" }); i < 0 || hits[i].URL != "/requests/"+r.ID {
		t.Errorf("the request is not found: %+v", hits)
	}
	if hits := find(t, josh, "vault"); has(hits, "Ask", "Ask for Secret vault") {
		t.Errorf("offers to ask for what nobody may ask for: %+v", hits)
	}
	if hits := find(t, josh, "rita"); len(hits) > 0 {
		t.Errorf("Josh finds people: %+v", hits)
	}
	if hits := find(t, ada, "rita"); !has(hits, "Users", "Rita Okafor") {
		t.Errorf("Ada does not find Rita: %+v", hits)
	}
	if hits := find(t, ada, "request+for"); len(hits) > 0 {
		t.Errorf("Ada finds requests of others as hers: %+v", hits)
	}
}

func TestPaletteTakesAnything(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, palette.Register)
	josh := c.As(webtest.Josh)
	for _, q := range []string{"%ffq%00", "%25", "'", strings.Repeat("x", 5_000)} {
		if hits := find(t, josh, q); len(hits) > 1 {
			t.Errorf("%.20q finds %+v", q, hits)
		}
	}
	if body := josh.Get("/palette?q=zzzz").Body; body != "[]" {
		t.Errorf("nothing is %s", body)
	}
	c.Nobody().Get("/palette?q=x").Is(http.StatusSeeOther)
}
