package part

import (
	"maps"
	"net/url"
	"strings"

	"admit/internal/access"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

const (
	pageSize = 50
	mostBack = 20 // pages one can go back one by one
)

// Page returns the page of a list that a URL asks for.
func Page(v *site.Visit) access.Page {
	return access.Page{Cursor: v.Query("cursor"), Size: pageSize}
}

// Pager links to the pages beside this one. Cursors lead forward only, so the
// URL remembers those of the pages before.
func Pager(v *site.Visit, next, summary string) ui.Pager {
	q := v.R.URL.Query()
	here, before := q.Get("cursor"), split(q.Get("before"))
	p := ui.Pager{Summary: summary}
	if next != "" {
		trail := before
		if here != "" {
			trail = append(trail, here)
		}
		p.Next = at(v.R.URL.Path, q, next, trail[max(0, len(trail)-mostBack):])
	}
	if here != "" {
		to, trail := "", before
		if n := len(before); n > 0 {
			to, trail = before[n-1], before[:n-1]
		}
		p.Prev = at(v.R.URL.Path, q, to, trail)
	}
	return p
}

func split(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ",")
}

func at(path string, q url.Values, cursor string, before []string) string {
	to := maps.Clone(q)
	to.Del("format")
	set(to, "cursor", cursor)
	set(to, "before", strings.Join(before, ","))
	if len(to) == 0 {
		return path
	}
	return path + "?" + to.Encode()
}

func set(q url.Values, name, value string) {
	if value == "" {
		q.Del(name)
		return
	}
	q.Set(name, value)
}

// Shown says how many of a list are on this page, and of how many.
func Shown(n int, noun string, p access.Page, next string) string {
	if next == "" && p.Cursor == "" {
		return ui.Plural(n, noun)
	}
	return ui.Plural(n, noun) + " on this page"
}
