package access

import (
	"encoding/base64"
	"encoding/json"
)

// Page asks for one page of a list.
type Page struct {
	Cursor string // as a List gave it; "" for the first page
	Size   int    // 0: DefaultPage; more than MaxPage is MaxPage
}

// Sizes of pages.
const (
	DefaultPage = 200
	MaxPage     = 1000
)

// Limit is the number of rows to show.
func (p Page) Limit() int {
	switch {
	case p.Size <= 0:
		return DefaultPage
	case p.Size > MaxPage:
		return MaxPage
	}
	return p.Size
}

// After returns the n sort keys the page starts after, or nil for the first
// page. A cursor that is not ours is Invalid.
func (p Page) After(n int) ([]string, error) {
	if p.Cursor == "" {
		return nil, nil
	}
	var keys []string
	text, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	if err == nil {
		err = json.Unmarshal(text, &keys)
	}
	if err != nil || len(keys) != n {
		return nil, &Error{Code: Invalid, Msg: "the input is not valid", Fields: map[string]string{"cursor": "is not one this list gave"}}
	}
	return keys, nil
}

// Cursor encodes the sort keys of the last row of a page.
func Cursor(keys ...string) string {
	text, err := json.Marshal(keys)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// List is one page of a list.
type List[T any] struct {
	Items []T
	Next  string // cursor of the next page; "" on the last
}

// Cut makes a List of rows fetched with one row more than the limit. key gives
// the sort keys of a row.
func Cut[T any](rows []T, p Page, key func(T) []string) List[T] {
	if len(rows) <= p.Limit() {
		return List[T]{Items: rows}
	}
	rows = rows[:p.Limit()]
	return List[T]{Items: rows, Next: Cursor(key(rows[len(rows)-1])...)}
}
