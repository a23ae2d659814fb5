package servicenow

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"admit/internal/ticket"
)

// row is a record: the fields that were asked for and may be read. A field that
// does not exist is left out without a word, as is one that may not be read.
type row map[string]cell

// cell is a field: what is stored, and what people see.
type cell struct{ value, label string }

// UnmarshalJSON implements json.Unmarshaler. A field is a text, or an object of
// the texts that were asked for.
func (c *cell) UnmarshalJSON(b []byte) error {
	var usual bool
	if *c, usual = pair(b); usual {
		return nil
	}
	if b = bytes.TrimSpace(b); len(b) > 0 && b[0] == '{' {
		var both struct {
			Value string `json:"value"`
			Label string `json:"display_value"`
		}
		if err := json.Unmarshal(b, &both); err != nil {
			return err
		}
		*c = cell{both.Value, both.Label}
		return nil
	}
	text, err := scalar(b)
	*c = cell{text, text}
	return err
}

// pair reads a field as ServiceNow writes nearly all of them, with nothing escaped
// in it. A read of a hundred tickets has thousands.
func pair(b []byte) (cell, bool) {
	rest, begins := bytes.CutPrefix(b, []byte(`{"display_value":"`))
	label, rest, both := bytes.Cut(rest, []byte(`","value":"`))
	value, ends := bytes.CutSuffix(rest, []byte(`"}`))
	if !begins || !both || !ends || bytes.ContainsAny(label, `"\`) || bytes.ContainsAny(value, `"\`) || !utf8.Valid(b) {
		return cell{}, false
	}
	return cell{string(value), string(label)}, true
}

// scalar reads a text, a number or a truth as text, and null as "".
func scalar(b []byte) (string, error) {
	switch text := string(b); {
	case text == "null":
		return "", nil
	case text == "true", text == "false":
		return text, nil
	case len(b) > 0 && (b[0] == '-' || b[0] >= '0' && b[0] <= '9'):
		return text, nil
	}
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return "", errors.New("a field is neither a text nor a number")
	}
	return text, nil
}

// get returns what is stored in a field, "" if it is not there.
func (r row) get(field string) string { return r[field].value }

// label returns what people see of a field, on one line.
func (r row) label(field string) string {
	if l := line(r[field].label); l != "" {
		return l
	}
	return line(r[field].value)
}

// layout is how ServiceNow writes a time, which is in UTC.
const layout = "2006-01-02 15:04:05"

// time reads a field as a time; it is zero for anything else.
func (r row) time(field string) time.Time {
	at, err := time.Parse(layout, r.get(field))
	if err != nil || !ticket.Plausible(at) {
		return time.Time{}
	}
	return at
}

// person reads a reference to a person, which people see by name.
func (r row) person(field string) ticket.Account {
	id := r.get(field)
	if !isID(id) {
		return ticket.Account{}
	}
	return ticket.Account{ID: id, Name: r.label(field), Email: line(r.get(field + ".email"))}
}

// personFields are what person reads.
func personFields(field string) []string { return []string{field, field + ".email"} }

// line makes text that came from ServiceNow fit for one line.
func line(text string) string { return ticket.Clip(ticket.OneLine(text), 200) }

// wireError is the error of an answer:
// {"error":{"message":"No Record found","detail":"Record doesn't exist or ACL
// restricts the record retrieval"},"status":"failure"}.
type wireError struct {
	Message string `json:"message"`
	Detail  string `json:"detail"`
}

func (e wireError) text() string {
	return strings.Trim(e.Message+": "+e.Detail, ": ")
}

// words finds what ServiceNow says in a refusal.
func words(body []byte) string {
	var answer struct {
		Error wireError `json:"error"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return ""
	}
	return answer.Error.text()
}

// same reports whether a value was stored as it was sent, but for what columns do
// to line ends, blanks and numbers.
func same(sent, stored string) bool {
	squash := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	if squash(sent) == squash(stored) {
		return true
	}
	a, err := strconv.ParseFloat(sent, 64)
	b, err2 := strconv.ParseFloat(stored, 64)
	return err == nil && err2 == nil && a == b
}
