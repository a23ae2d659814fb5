package palette

import (
	"slices"
	"strings"
	"unicode"

	"admit/internal/access"
)

type result struct {
	Title string `json:"title"`
	Kind  string `json:"kind"`
	URL   string `json:"url"`
	Hint  string `json:"hint"`

	sought string // matched instead of the title
}

// pages are those a person has a use for.
func pages(actor access.Actor, someAdmin bool) []result {
	page := func(title, url, hint string) result { return result{Title: title, Kind: "Pages", URL: url, Hint: hint} }
	all := []result{
		page("Catalog", "/catalog", "find, ask"), page("My access", "/access", "what you have"),
		page("Approvals", "/approvals", "decide"), page("Work", "/work", "tickets"),
		page("Requests", "/requests", "yours"), page("Apps", "/apps", ""), page("Resources", "/resources", ""),
		page("Your account", "/account", "password, API tokens"),
	}
	if actor.Role != access.Member || someAdmin {
		all = append(all, page("Owners", "/owners", ""), page("Users", "/users", "people"), page("Groups", "/groups", ""))
	}
	if actor.Role != access.Member {
		all = append(all, page("Events", "/events", "audit log"), page("Settings", "/settings", "ticket providers"))
	}
	return all
}

// best returns what matches q, the best first. Without q it is the pages, then
// the newest requests.
func best(all []result, q string) []result {
	if q == "" {
		return all[:min(len(all), shown)]
	}
	type scored struct {
		result
		score int
	}
	var hits []scored
	for _, r := range all {
		if s := score(r, strings.ToLower(q)); s > 0 {
			hits = append(hits, scored{r, s})
		}
	}
	slices.SortStableFunc(hits, func(a, b scored) int { return b.score - a.score })
	out := make([]result, 0, shown)
	for _, h := range hits[:min(len(hits), shown)] {
		out = append(out, h.result)
	}
	return out
}

// score says how well a result matches: the whole name, its beginning, the
// beginning of a word, a part of it, and last the hint.
func score(r result, q string) int {
	name := r.sought
	if name == "" {
		name = r.Title
	}
	name = strings.ToLower(name)
	words := strings.FieldsFunc(name, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) })
	switch {
	case name == q:
		return 5
	case strings.HasPrefix(name, q):
		return 4
	case slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, q) }):
		return 3
	case strings.Contains(name, q):
		return 2
	case strings.Contains(strings.ToLower(r.Hint), q):
		return 1
	}
	return 0
}
