package servicenow

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"admit/internal/ticket"
)

// exchange speaks the REST interfaces of ServiceNow.
type exchange struct{ ticket.Exchange }

// envelope is around every answer. A search that ran too long answers 200 with
// what it had found until then, and an error behind it.
type envelope[T any] struct {
	Result *T         `json:"result"`
	Error  *wireError `json:"error"`
}

// do makes one call and reads the result of the answer as a T.
func do[T any](ctx context.Context, x exchange, c ticket.Call) (T, ticket.Answer, error) {
	var none T
	v, answer, err := ticket.Do[envelope[T]](ctx, x.Exchange, c)
	switch {
	case err != nil && isPolicy(answer):
		f := *ticket.FailureOf(err)
		f.Trouble, f.Certainty = ticket.Input, ticket.Refused
		return none, answer, &f
	case err != nil && answer.Status == http.StatusForbidden && words(answer.Body) != "":
		f := *ticket.FailureOf(err)
		f.Err = errNotAllowed
		return none, answer, &f
	case err != nil:
		return none, answer, err
	case v.Error != nil:
		return none, answer, &ticket.Failure{
			Certainty: c.Effect.Unknown(), Trouble: ticket.Down, Msg: x.Message("ServiceNow stopped half-way: " + v.Error.text()),
		}
	case v.Result == nil:
		return none, answer, x.Malformed(c.Effect, errors.New("an answer without a result"))
	}
	return *v.Result, answer, nil
}

// errNotAllowed is the cause of a refusal by access rules, which say so; what only
// answers 403 stands before ServiceNow.
var errNotAllowed = errors.New("an access rule of ServiceNow stands against it")

// allowed drops the refusal of something that is only nice to know.
func allowed(err error) error {
	if errors.Is(err, errNotAllowed) {
		return nil
	}
	return err
}

// isPolicy reports whether a refusal is about the content of one record. Other
// answers of 403 are about rights.
// Source: "Data Policy Exception: The following fields are mandatory: ..." and
// "Operation against file 'incident' was aborted by Business Rule '...'" with 403.
func isPolicy(a ticket.Answer) bool {
	said := words(a.Body)
	return a.Status == http.StatusForbidden && (strings.Contains(said, policyWords) || strings.Contains(said, "aborted by Business Rule"))
}

const policyWords = "Data Policy Exception"

// search finds records of a table. query is an encoded query.
type search struct {
	table  string
	query  string
	fields []string
	most   int
	offset int
	raw    bool // no labels are needed
}

// found is one page of records.
type found struct {
	rows  []row
	total int // how many match, before the rights of the asking user are looked at; -1: not told
	ticket.Answer
}

// search makes a search. With an error comes what answered, if anything did.
func (x exchange) search(ctx context.Context, s search) (found, error) {
	query := asking(s.fields)
	query.Set("sysparm_query", s.query)
	query.Set("sysparm_limit", strconv.Itoa(s.most))
	query.Set("sysparm_suppress_pagination_header", "true")
	if s.raw {
		query.Set("sysparm_display_value", "false")
	}
	if s.offset > 0 {
		query.Set("sysparm_offset", strconv.Itoa(s.offset))
	}
	rows, answer, err := do[[]row](ctx, x, ticket.Call{Path: tablePath(s.table), Query: query})
	if err != nil {
		return found{Answer: answer}, err
	}
	if len(rows) > s.most {
		return found{Answer: answer}, x.Malformed(ticket.Reads, errors.New("more records than were asked for"))
	}
	total, err := strconv.Atoi(answer.Header.Get("X-Total-Count"))
	if err != nil || total < 0 {
		total = -1
	}
	return found{rows, total, answer}, nil
}

// goesOn reports whether more may follow a page. The limit cuts before rights
// are looked at, so that a page can be short and not the last.
func (f found) goesOn(s search) bool {
	if f.total < 0 {
		return len(f.rows) >= s.most
	}
	return f.total > s.offset+s.most
}

// asking is the query of every call on a table: these fields, each with what is
// stored and what people see. What is stored is in UTC, whoever asks.
func asking(fields []string) url.Values {
	return url.Values{
		"sysparm_fields":                 {strings.Join(fields, ",")},
		"sysparm_display_value":          {"all"},
		"sysparm_exclude_reference_link": {"true"},
	}
}

func tablePath(table string) string { return "/api/now/table/" + table }

// insert makes a record and returns these fields of what was stored.
func (x exchange) insert(ctx context.Context, table string, values map[string]string, fields []string) (row, error) {
	r, _, err := do[row](ctx, x, ticket.Call{Path: tablePath(table), Query: asking(fields), Body: values, Effect: ticket.Writes})
	return x.stored(r, err)
}

// update changes a record and returns these fields of what was stored.
func (x exchange) update(ctx context.Context, table, id string, values map[string]string, fields []string) (row, error) {
	r, _, err := do[row](ctx, x, ticket.Call{
		Method: http.MethodPatch, Path: tablePath(table) + "/" + id, Query: asking(fields), Body: values, Effect: ticket.Writes,
	})
	if r, err = x.stored(r, err); err == nil && r.get("sys_id") != id {
		err = x.Malformed(ticket.Writes, errors.New("another record answers"))
	}
	return r, err
}

func (x exchange) stored(r row, err error) (row, error) {
	if err == nil && !isID(r.get("sys_id")) {
		err = x.Malformed(ticket.Writes, errors.New("the stored record has no sys_id"))
	}
	return r, err
}

// safe reports whether a value can stand in an encoded query as it is: no
// operator, no list, no script.
func safe(value string) bool {
	odd := func(r rune) bool { return r < ' ' || r == 0x7f || r == '^' || r == '\uFFFD' }
	return !strings.ContainsFunc(value, odd) && !strings.Contains(strings.ToLower(value), "javascript:")
}

func notSent(msg string, cause error) error {
	return &ticket.Failure{Certainty: ticket.NotSent, Trouble: ticket.Malformed, Msg: msg, Err: cause}
}

// noWay refuses a project.
const noWay = "ServiceNow has no such way to file: choose one of the list"

// ambiguous is err for the case that something was changed before it.
func ambiguous(err error) error {
	f := *ticket.FailureOf(err)
	f.Certainty = ticket.Ambiguous
	return &f
}
