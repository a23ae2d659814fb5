package zendesktest

import (
	"encoding/base64"
	"maps"
	"net/http"
	"strconv"
)

const maxPage = 100

// list is what a call answers with a page of. position tells where in the list
// the rows behind a cursor begin, and mark what a cursor behind a row says.
type list[T any] struct {
	name     string
	rows     []T
	mark     func(row int) string
	position func(mark string) (int, bool)
	show     func(row T) any // as it is sent
	sideload func(rows []T) map[string]any
}

// plain is a list that does not change while it is read.
func plain[T any](name string, rows []T) list[T] {
	return list[T]{
		name: name, rows: rows, mark: strconv.Itoa,
		position: func(mark string) (int, bool) {
			n, err := strconv.Atoi(mark)
			return n + 1, err == nil && n >= 0 && n < len(rows)
		},
		show:     func(row T) any { return row },
		sideload: func([]T) map[string]any { return nil },
	}
}

// page answers with a page by cursor if the call asks for a size, and by number
// if not.
func page[T any](c *call, l list[T]) {
	query := c.URL.Query()
	size, err := strconv.Atoi(query.Get("page[size]"))
	if !query.Has("page[size]") {
		numbered(c, l)
		return
	}
	if err != nil || size < 1 || size > maxPage {
		c.refuseOne("InvalidPaginationParameter", "page[size] must be between 1 and 100")
		return
	}
	from := 0
	if after := query.Get("page[after]"); after != "" {
		mark, err := base64.StdEncoding.DecodeString(after)
		at, ok := l.position(string(mark))
		if err != nil || !ok {
			c.refuseOne("InvalidCursor", "the cursor is not valid")
			return
		}
		from = at
	}
	to := min(from+size, len(l.rows))
	meta := map[string]any{"has_more": to < len(l.rows), "after_cursor": nil, "before_cursor": nil}
	links := map[string]any{"next": nil, "prev": nil}
	if to > from {
		after := base64.StdEncoding.EncodeToString([]byte(l.mark(to - 1)))
		meta["after_cursor"] = after
		if to < len(l.rows) {
			links["next"] = c.link("page[after]", after)
		}
	}
	c.Say(http.StatusOK, l.body(l.rows[from:to], map[string]any{"meta": meta, "links": links}))
}

// refuseOne refuses a call as the newer parts of the API do.
func (c *call) refuseOne(code, detail string) {
	c.Say(http.StatusBadRequest, map[string]any{"errors": []any{map[string]string{"code": code, "title": code, "detail": detail}}})
}

// link is the address of a call with another value.
func (c *call) link(name, value string) string {
	query := c.URL.Query()
	query.Set(name, value)
	return "http://" + c.Host + c.URL.Path + "?" + query.Encode()
}

// numbered is the older way: pages with numbers. Some lists know no other, and do
// not hear of a size.
func numbered[T any](c *call, l list[T]) {
	n, err := strconv.Atoi(c.URL.Query().Get("page"))
	if err != nil || n < 1 {
		n = 1
	}
	from := min((n-1)*maxPage, len(l.rows))
	to := min(from+maxPage, len(l.rows))
	more := map[string]any{"count": len(l.rows), "next_page": nil, "previous_page": nil}
	if to < len(l.rows) {
		more["next_page"] = c.link("page", strconv.Itoa(n+1))
	}
	c.Say(http.StatusOK, l.body(l.rows[from:to], more))
}

func (l list[T]) body(rows []T, more map[string]any) map[string]any {
	shown := make([]any, len(rows))
	for i, row := range rows {
		shown[i] = l.show(row)
	}
	more[l.name] = shown
	maps.Copy(more, l.sideload(rows))
	return more
}
