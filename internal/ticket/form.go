package ticket

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Former is a provider whose tickets have more to fill in than title, text and
// assignee. The system is asked what there is; it is offered to the admin who
// chooses where an app files its tickets.
type Former interface {
	// Types lists the types a ticket of project can have, by name: task, incident,
	// a request type. It is empty where tickets have no types.
	Types(ctx context.Context, project string) ([]Type, error)
	// Form lists what a ticket of this type can be given, the required fields
	// first. Title, text and assignee are not in it, nor is what Admit needs for
	// itself. typ is "" where there are no types.
	Form(ctx context.Context, project, typ string) ([]FormField, error)
}

// Type is a type of ticket.
type Type struct{ ID, Name string }

// FormField is one thing a ticket can be given.
type FormField struct {
	ID       string // the key in Draft.Fields
	Name     string // the system's word
	Help     string
	Entry    Entry
	Required bool     // the system refuses a ticket without it, and fills in nothing itself
	Options  []Option // of Choice and Choices
}

// Option is one thing to choose.
type Option struct{ ID, Name string }

// Entry is how the value of a field is entered, and how it is written in
// Draft.Fields.
type Entry string

// The entries.
const (
	Line      Entry = "line"      // one line of text
	Paragraph Entry = "paragraph" // Markdown
	Choice    Entry = "choice"    // an Option.ID
	Choices   Entry = "choices"   // Option.IDs, each on a line
	Tags      Entry = "tags"      // free words, each on a line
	Number    Entry = "number"    // a decimal number
	Date      Entry = "date"      // 2006-01-02; an admin enters days after filing
	Flag      Entry = "flag"      // "true" or "false"
)

// Lister is a provider whose system tells which statuses it has, so that an
// admin can say what each means instead of typing it.
type Lister interface {
	// Statuses lists what can decide the outcome of a ticket of project, with the
	// outcome it reads as by default; project may be empty: then of all. The keys
	// are those of Snapshot.Grounds.
	Statuses(ctx context.Context, project string) ([]Ground, error)
}

// Problem says what is wrong with what an admin enters for a field, or "". A
// date is entered as a number of days after filing.
func (f FormField) Problem(value string) string {
	if value == "" {
		if f.Required {
			return "is required"
		}
		return ""
	}
	known := func(id string) bool { return slices.ContainsFunc(f.Options, func(o Option) bool { return o.ID == id }) }
	switch f.Entry {
	case Choice:
		if !known(value) {
			return "must be one of the choices"
		}
	case Choices:
		for id := range strings.SplitSeq(value, "\n") {
			if !known(id) {
				return "must be some of the choices"
			}
		}
	case Number:
		if _, err := strconv.ParseFloat(value, 64); err != nil || !json.Valid([]byte(value)) { // neither NaN nor 0x1p4
			return "must be a number"
		}
	case Date:
		if n, err := strconv.Atoi(value); err != nil || n < 0 || n > mostDays {
			return "must be a number of days after filing, at most 3650"
		}
	case Flag:
		if value != "true" && value != "false" {
			return "must be true or false"
		}
	case Line, Paragraph, Tags:
	}
	return ""
}

const mostDays = 3650
