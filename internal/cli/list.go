package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"admit/internal/access"
)

// listing is a list as the API answered it: raw is the whole answer, items the
// array in it. Of several pages raw is the last one, with the items of all.
type listing struct {
	raw   json.RawMessage
	items json.RawMessage
	more  bool // there are more than were asked for
}

// limit adds the flag --limit to a list command.
func limit(cmd *cobra.Command) *int {
	return cmd.Flags().Int("limit", access.DefaultPage, "most rows to show; 0 for all")
}

// list reads a list, page after page, until it has limit items, or all of them
// if limit is 0.
func (s *session) list(ctx context.Context, path string, filter query, limit int) (listing, error) {
	if limit < 0 {
		return listing{}, access.Problems{"--limit": "must not be negative"}.Err()
	}
	filter = maps.Clone(filter)
	if filter == nil {
		filter = query{}
	}
	var items []json.RawMessage
	for {
		size := access.MaxPage
		if limit > 0 {
			size = min(size, limit-len(items))
		}
		filter["page_size"] = strconv.Itoa(size)
		raw, err := s.do(ctx, get(path, filter))
		if err != nil {
			return listing{}, err
		}
		page, err := readPage(raw)
		if err != nil {
			return listing{}, err
		}
		first := len(items) == 0
		items = append(items, page.items...)
		full := limit > 0 && len(items) >= limit
		// A server that sends nothing and promises more would keep us here for ever.
		if page.next == "" || full || len(page.items) == 0 {
			return page.listing(items, limit, first), nil
		}
		filter["cursor"] = page.next
	}
}

// page is one answer of a list, taken apart. Lists differ in the names of their
// array and their cursor; each has one array.
type page struct {
	raw   json.RawMessage
	parts map[string]json.RawMessage
	array string // the name of the array in parts
	items []json.RawMessage
	next  string
}

func readPage(raw json.RawMessage) (page, error) {
	p := page{raw: raw}
	parts, err := decode[map[string]json.RawMessage](raw)
	if err != nil {
		return p, err
	}
	p.parts = parts
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		if bytes.HasPrefix(parts[name], []byte("[")) {
			p.array = name
		}
	}
	if p.items, err = decode[[]json.RawMessage](parts[p.array]); err != nil {
		return p, err
	}
	for _, name := range []string{"next", "cursor"} {
		var cursor *string
		if json.Unmarshal(parts[name], &cursor) == nil && cursor != nil && *cursor != "" {
			p.next = *cursor
		}
	}
	return p, nil
}

func (p page) listing(items []json.RawMessage, limit int, only bool) listing {
	l := listing{raw: p.raw, items: p.parts[p.array], more: p.next != ""}
	if limit > 0 && len(items) > limit { // a list without pages
		items, only, l.more = items[:limit], false, true
	}
	if only {
		return l
	}
	p.parts[p.array] = joined(items)
	whole, err := json.Marshal(p.parts)
	if err != nil {
		return l
	}
	return listing{raw: whole, items: p.parts[p.array], more: l.more}
}

func joined(items []json.RawMessage) json.RawMessage {
	return slices.Concat([]byte("["), bytes.Join(asBytes(items), []byte(",")), []byte("]"))
}

func asBytes(items []json.RawMessage) [][]byte {
	all := make([][]byte, len(items))
	for i, item := range items {
		all[i] = item
	}
	return all
}
