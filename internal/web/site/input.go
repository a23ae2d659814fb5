package site

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"admit/internal/access"
)

// ID is an id in the path. What cannot be one names nothing.
func (v *Visit) ID(name string) (string, error) {
	id, err := uuid.Parse(v.R.PathValue(name))
	if err != nil {
		return "", access.Errorf(access.NotFound, "there is nothing here, or it is not for you")
	}
	return id.String(), nil
}

// Posted is the id in the path and what was posted there.
func (v *Visit) Posted() (id string, form url.Values, err error) {
	if id, err = v.ID("id"); err != nil {
		return "", nil, err
	}
	form, err = v.Form()
	return id, form, err
}

// QueryID is an id in the query, "" if there is none. What cannot be one is
// Invalid.
func (v *Visit) QueryID(name string) (string, error) {
	text := v.Query(name)
	if text == "" {
		return "", nil
	}
	id, err := uuid.Parse(text)
	if err != nil {
		return "", access.Errorf(access.Invalid, "the address has a %s that is none", name)
	}
	return id.String(), nil
}

// maxSearch is the longest search, in characters.
const maxSearch = 200

// Search is a text somebody searches for, in the query.
func (v *Visit) Search(name string) string { return Clean(v.Query(name)) }

// Clean makes any input one line of text that every database can compare with,
// cut to a sane length.
func Clean(input string) string {
	text := strings.Map(func(r rune) rune {
		if r < ' ' || r == utf8.RuneError {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(input, " "))
	if runes := []rune(text); len(runes) > maxSearch {
		text = string(runes[:maxSearch])
	}
	return strings.TrimSpace(text)
}

// With returns the URL of this visit with some values of its query changed; ""
// takes one out. The place in a list, cursor and before, is dropped.
func (v *Visit) With(changes map[string]string) string {
	q := v.R.URL.Query()
	q.Del("cursor")
	q.Del("before")
	for name, value := range changes {
		if value == "" {
			q.Del(name)
			continue
		}
		q.Set(name, value)
	}
	if len(q) == 0 {
		return v.R.URL.Path
	}
	return v.R.URL.Path + "?" + q.Encode()
}
