package oncall

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"admit/internal/access"
	"admit/internal/ticket"
)

// wireReference is what PagerDuty says of anything when it names it. Its summary
// is how it is shown to people.
type wireReference struct {
	ID      string `json:"id"`
	Summary string `json:"summary"` // may be null
}

// wireCall is an entry of the list of who is on call: a user, at a level of an
// escalation policy.
type wireCall struct {
	Policy   wireReference `json:"escalation_policy"`
	Schedule wireReference `json:"schedule"` // null if the policy names the user
	Level    int           `json:"escalation_level"`
	User     wireUser      `json:"user"`
}

// wireUser is a user in full, if asked for and not deleted: else a reference.
type wireUser struct {
	Summary string `json:"summary"`
	Name    string `json:"name"`
	Email   string `json:"email"`
}

// by returns the id of the schedule or the policy by which somebody is on call.
func (c wireCall) by(kind string) string {
	if kind == policies {
		return c.Policy.ID
	}
	return c.Schedule.ID
}

var errOtherSchedule = errors.New("another schedule than was asked for")

const (
	onPage = 100    // the most that lists have on a page
	most   = 10_000 // the most that they tell
)

// page is what PagerDuty says of a page, whatever it has.
type page struct {
	More   bool `json:"more"`
	Offset *int `json:"offset"`
}

// all reads a list to its end. name is where an answer keeps it.
func all[T any](ctx context.Context, x ticket.Exchange, path, name string, query url.Values) ([]T, error) {
	var list []T
	query.Set("limit", strconv.Itoa(onPage))
	for offset := 0; offset < most; offset += onPage {
		query.Set("offset", strconv.Itoa(offset))
		raw, answer, err := ticket.Do[map[string]json.RawMessage](ctx, x, ticket.Call{Path: path, Query: query})
		if err != nil {
			return nil, err
		}
		var found []T
		if err := json.Unmarshal(raw[name], &found); err != nil || found == nil {
			return nil, x.Malformed(ticket.Reads, errors.Join(errors.New("no list of "+name), err))
		}
		at, err := ticket.Decode[page](x, answer, ticket.Reads)
		if err == nil && at.Offset != nil && *at.Offset != offset {
			err = x.Malformed(ticket.Reads, errors.New("another page than was asked for"))
		}
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
		if !at.More || len(found) == 0 {
			break
		}
	}
	return list, nil
}

// words finds what PagerDuty says in a refusal.
func words(body []byte) string {
	var said struct {
		Error struct {
			Message string   `json:"message"`
			Errors  []string `json:"errors"`
		} `json:"error"`
	}
	_ = json.Unmarshal(body, &said) // best effort: then there is nothing to say
	return strings.TrimPrefix(strings.Join(append([]string{said.Error.Message}, said.Error.Errors...), "; "), "; ")
}

// line makes a name fit to be shown.
func line(text string) string { return ticket.Title(text, access.MaxName) }
