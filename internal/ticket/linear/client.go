package linear

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"admit/internal/ticket"
)

// exchange speaks GraphQL.
type exchange struct{ ticket.Exchange }

// question is a GraphQL document with its variables.
type question struct {
	Query     string         `json:"query"`
	Variables map[string]any `json:"variables,omitempty"`
}

// whole is an answer that knows whether it has what it must have.
type whole interface{ whole() bool }

type reply[T whole] struct {
	Data   *T          `json:"data"`
	Errors []wireError `json:"errors"`
}

// ask sends a query.
func ask[T whole](ctx context.Context, x exchange, document string, variables map[string]any) (T, ticket.Answer, error) {
	return send[T](ctx, x, ticket.Reads, question{document, variables})
}

// tell sends a mutation.
func tell[T whole](ctx context.Context, x exchange, document string, variables map[string]any) (T, error) {
	v, _, err := send[T](ctx, x, ticket.Writes, question{document, variables})
	return v, err
}

func send[T whole](ctx context.Context, x exchange, effect ticket.Effect, q question) (T, ticket.Answer, error) {
	var none T
	got, answer, err := ticket.Do[reply[T]](ctx, x.Exchange, ticket.Call{Path: "/graphql", Body: q, Effect: effect})
	if err != nil {
		return none, answer, x.retyped(err, answer, effect)
	}
	if len(got.Errors) > 0 {
		return none, answer, x.failure(got.Errors, answer, effect)
	}
	if got.Data == nil || !(*got.Data).whole() {
		return none, answer, x.Malformed(effect, errors.New("the answer lacks a part"))
	}
	return *got.Data, answer, nil
}

// retyped reads the GraphQL errors of an answer with the status 400, which
// Linear gives for too many calls as well as for bad input.
func (x exchange) retyped(err error, answer ticket.Answer, effect ticket.Effect) error {
	f := ticket.FailureOf(err)
	if answer.Status < 400 || f.Trouble != ticket.Input {
		return err
	}
	var body struct {
		Errors []wireError `json:"errors"`
	}
	if json.Unmarshal(answer.Body, &body) != nil || len(body.Errors) == 0 {
		return err
	}
	retyped := x.failure(body.Errors, answer, effect)
	retyped.RetryAfter = max(retyped.RetryAfter, f.RetryAfter)
	return retyped
}

// wireError is one error of a GraphQL answer.
type wireError struct {
	Message    string `json:"message"`
	Path       []any  `json:"path"` // which part of the answer is missing
	Extensions struct {
		Type        string `json:"type"` // "invalid input"
		Code        string `json:"code"` // "INPUT_ERROR"
		UserError   bool   `json:"userError"`
		Presentable string `json:"userPresentableMessage"`
	} `json:"extensions"`
}

// troubles are the types and the codes of Linear's errors, in the words of its
// types. What is not here is an error of its own.
var troubles = map[string]ticket.Trouble{
	"ratelimited":               ticket.RateLimited,
	"authentication error":      ticket.Unauthorized,
	"forbidden":                 ticket.Unauthorized,
	"feature not accessible":    ticket.Unauthorized,
	"usage limit exceeded":      ticket.Unauthorized,
	"invalid input":             ticket.Input,
	"input error":               ticket.Input,
	"bad user input":            ticket.Input,
	"user error":                ticket.Input,
	"graphql error":             ticket.Malformed,
	"graphql validation failed": ticket.Malformed,
	"graphql parse failed":      ticket.Malformed,
}

func (e wireError) trouble() ticket.Trouble {
	code := strings.ReplaceAll(e.Extensions.Code, "_", " ")
	for _, word := range []string{e.Extensions.Type, code} {
		if known, ok := troubles[strings.ToLower(strings.TrimSpace(word))]; ok {
			return known
		}
	}
	if e.Extensions.UserError || strings.HasPrefix(e.Message, notFound) {
		return ticket.Input
	}
	return ticket.Down
}

// notFound begins the error for a record that is not there or not to be seen.
const notFound = "Entity not found"

// errTaken is the cause of the refusal of an id that is in use.
var errTaken = errors.New("something with this id exists")

// failure types errors by the worst: one after which something may have been done.
func (x exchange) failure(errs []wireError, answer ticket.Answer, effect ticket.Effect) *ticket.Failure {
	var worst *ticket.Failure
	for _, e := range errs {
		if f := x.typed(e, answer, effect); worst == nil || f.Certainty == ticket.Ambiguous && worst.Certainty != ticket.Ambiguous {
			worst = f
		}
	}
	return worst
}

// typed types an error. An error inside the answer to a mutation came after the
// change: its path is longer than the mutation's name. What the schema does not
// allow is refused before, with the status 400.
func (x exchange) typed(e wireError, answer ticket.Answer, effect ticket.Effect) *ticket.Failure {
	f := &ticket.Failure{Trouble: e.trouble(), Msg: x.Name + ": " + x.Message(e.said())}
	switch {
	case f.Trouble == ticket.RateLimited:
		f.Certainty, f.RetryAfter = ticket.NotSent, answer.Pause()
	case f.Trouble == ticket.Unauthorized:
		f.Certainty = ticket.NotSent
	case f.Trouble == ticket.Input, f.Trouble == ticket.Malformed && answer.Status == http.StatusBadRequest:
		f.Certainty, f.Fields = ticket.Refused, e.fields()
	default:
		f.Certainty = effect.Unknown()
	}
	if effect == ticket.Writes && len(e.Path) > 1 {
		f.Certainty = ticket.Ambiguous
	}
	if strings.HasPrefix(strings.ToLower(e.Message), "conflict on insert") || strings.HasSuffix(e.Extensions.Presentable, "already exists.") {
		f.Err = errTaken
	}
	return f
}

// said returns an error in Linear's words: short, and for people where it has both.
func (e wireError) said() string {
	if e.Message == "" || e.Extensions.Presentable == "" || e.Message == e.Extensions.Presentable {
		return cmp.Or(e.Extensions.Presentable, e.Message, e.Extensions.Type, e.Extensions.Code, "an error without words")
	}
	return e.Message + ": " + e.Extensions.Presentable
}

// words finds what Linear says in an answer that is not a success.
func words(body []byte) string {
	var answer struct {
		Errors []wireError `json:"errors"`
	}
	if json.Unmarshal(body, &answer) != nil || len(answer.Errors) == 0 {
		return ""
	}
	return answer.Errors[0].said()
}

// mentions are the words by which Linear's refusals name what they are about.
var mentions = []struct{ word, field string }{
	{"assigneeId", ticket.AssigneeField},
	{notFound + ": User", ticket.AssigneeField},
	{"labelIds", fieldLabels},
	{notFound + ": IssueLabel", fieldLabels},
	{"projectId", fieldProject},
	{notFound + ": Project", fieldProject},
	{"priority", fieldPriority},
	{"dueDate", fieldDue},
	{"estimate", fieldEstimate},
}

// fields returns the fields a refusal is about, as far as it tells.
func (e wireError) fields() []string {
	var found []string
	said := e.said()
	for _, m := range mentions {
		if strings.Contains(said, m.word) {
			found = appendNew(found, m.field)
		}
	}
	return found
}

// elsewhere reports whether an answer shows that Linear is not at this address.
func elsewhere(err error, answer ticket.Answer) bool {
	f := ticket.FailureOf(err)
	return f.Trouble == ticket.Malformed || f.Trouble == ticket.Input && answer.Status != http.StatusOK
}
