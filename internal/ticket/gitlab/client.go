package gitlab

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"admit/internal/ticket"
)

// exchange speaks version 4 of the REST interface.
type exchange struct{ ticket.Exchange }

// do makes one call and reads the answer as a T.
func do[T any](ctx context.Context, x exchange, c ticket.Call) (T, ticket.Answer, error) {
	v, answer, err := ticket.Do[T](ctx, x.Exchange, c)
	if err != nil {
		err = refined(answer, err)
	}
	return v, answer, err
}

// refined adds to a refusal what GitLab says beside its status. A plain 403 is
// about one project or issue, not about the account; what is wrong with an
// account is told in other words.
func refined(a ticket.Answer, err error) error {
	f := *ticket.FailureOf(err)
	switch a.Status {
	case http.StatusForbidden:
		var said struct {
			Message string `json:"message"`
		}
		if json.Unmarshal(a.Body, &said) == nil && said.Message == "403 Forbidden" && f.Trouble == ticket.Unauthorized {
			f.Trouble, f.Certainty = ticket.Input, ticket.Refused
		}
	case http.StatusBadRequest, http.StatusConflict, http.StatusUnprocessableEntity:
		f.Fields = refusedFields(a.Body)
	}
	return &f
}

// page is one page of a list.
type page[T any] struct {
	Items []T
	next  url.Values // the query of the page behind it; nil at the end
}

// list reads one page, or a smaller one that begins with the same entry if that is
// too much at once. An answer that is no list is never taken for an empty one.
func list[T any](ctx context.Context, x exchange, path string, query url.Values) (page[T], ticket.Answer, error) {
	if !query.Has("per_page") {
		query = maps.Clone(query)
		query.Set("per_page", strconv.Itoa(batch))
	}
	items, answer, err := do[[]T](ctx, x, ticket.Call{Path: path, Query: query})
	if less := smaller(query); less != nil && errors.Is(err, ticket.ErrTooMuch) {
		return list[T](ctx, x, path, less)
	}
	if err == nil && items == nil {
		err = x.Malformed(ticket.Reads, errors.New("null in the place of a list"))
	}
	if err != nil {
		return page[T]{}, answer, err
	}
	return page[T]{Items: items, next: next(answer, query, len(items))}, answer, nil
}

// smaller returns the query of a smaller page that begins with the same entry, nil
// if there is none.
func smaller(query url.Values) url.Values {
	for _, by := range []int{2, 5} {
		if size := sizeOf(query); size > 1 && size%by == 0 {
			query = maps.Clone(query)
			query.Set("per_page", strconv.Itoa(size/by))
			query.Set("page", strconv.Itoa((pageNumber(query)-1)*by+1))
			return query
		}
	}
	return nil
}

// mostPages is how many pages every reads.
const mostPages = 200

// every reads a list to its end. A list that has none is a failure: a part of it
// would be taken for the whole.
func every[T any](ctx context.Context, x exchange, path string, query url.Values) ([]T, error) {
	var all []T
	for range mostPages {
		found, _, err := list[T](ctx, x, path, query)
		if err != nil {
			return nil, err
		}
		all = append(all, found.Items...)
		if found.next == nil {
			return all, nil
		}
		query = found.next
	}
	return nil, x.Malformed(ticket.Reads, errors.New("a list is longer than "+strconv.Itoa(mostPages*batch)))
}

// next returns the query of the next page, nil if there is none. GitLab links to
// it, and tells its number too unless pages have no numbers. A page may be short
// though others follow: what the account may not see is left out afterwards. Of
// a link only the query is used, so it leads nowhere else.
func next(a ticket.Answer, query url.Values, items int) url.Values {
	for link := range strings.SplitSeq(strings.Join(a.Header.Values("Link"), ","), ",") {
		target, rel, _ := strings.Cut(link, ";")
		if !strings.Contains(rel, `rel="next"`) {
			continue
		}
		if u, err := url.Parse(strings.Trim(target, " <>")); err == nil && u.RawQuery != "" {
			return u.Query()
		}
	}
	number := a.Header.Get("X-Next-Page")
	if _, told := a.Header["X-Next-Page"]; !told && a.Header.Get("Link") == "" && items >= sizeOf(query) {
		number = strconv.Itoa(pageNumber(query) + 1) // something in between removed the headers
	}
	if _, err := strconv.Atoi(number); err != nil {
		return nil
	}
	query = maps.Clone(query)
	query.Set("page", number)
	return query
}

// sizeOf returns how many entries a page has at most.
func sizeOf(query url.Values) int {
	n, err := strconv.Atoi(query.Get("per_page"))
	if err != nil {
		return batch
	}
	return n
}

func pageNumber(query url.Values) int {
	n, err := strconv.Atoi(query.Get("page"))
	if err != nil {
		return 1
	}
	return n
}

// mine selects the issues the account created, whatever became of them and of
// their project. Labels are not asked for: a person may take them away.
func mine() url.Values {
	return url.Values{"scope": {"created_by_me"}, "state": {"all"}, "non_archived": {"false"}}
}

// search finds the issues of the account with a word in their description, and
// tells what time it is by GitLab's clock. GitLab searches its database here.
func (x exchange) search(ctx context.Context, word string) ([]wireIssue, time.Time, error) {
	query := mine()
	query.Set("search", word)
	query.Set("in", "description")
	query.Set("order_by", "created_at")
	query.Set("sort", "asc")
	first, answer, err := list[wireIssue](ctx, x, "/issues", query)
	found, err := x.rest(ctx, "/issues", first, err)
	return found, answer.Date(), err
}

// rest returns the first page of a list with all that follow.
func (x exchange) rest(ctx context.Context, path string, first page[wireIssue], err error) ([]wireIssue, error) {
	if err != nil || first.next == nil {
		return first.Items, err
	}
	rest, err := every[wireIssue](ctx, x, path, first.next)
	return append(first.Items, rest...), err
}

// since reads the issues of the account that were created since a time; the zero
// time means all.
func (x exchange) since(ctx context.Context, from time.Time) ([]wireIssue, error) {
	query := mine()
	query.Set("order_by", "created_at")
	query.Set("sort", "asc")
	if !from.IsZero() {
		query.Set("created_after", stamp(from))
	}
	return every[wireIssue](ctx, x, "/issues", query)
}

// one reads an issue.
func (x exchange) one(ctx context.Context, r ref) (wireIssue, error) {
	w, _, err := do[wireIssue](ctx, x, ticket.Call{Path: r.path()})
	if err == nil && w.ref() != r {
		err = x.Malformed(ticket.Reads, errors.New("another issue than the one asked for"))
	}
	return w, err
}

// absent reports whether err says that something does not exist or is hidden.
func absent(a ticket.Answer, err error) bool {
	return err != nil && ticket.FailureOf(err).Trouble == ticket.Input &&
		(a.Status == http.StatusNotFound || a.Status == http.StatusForbidden)
}
