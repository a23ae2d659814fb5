package ticket

import (
	"errors"
	"fmt"
	"time"
)

// Certainty says what is known about the effect of a call that failed. Only
// NotSent may be repeated freely.
type Certainty string

// The certainties.
const (
	Ambiguous Certainty = "ambiguous" // it may have happened
	NotSent   Certainty = "not_sent"  // nothing left this machine, or the system refused before looking: down, busy, signed out
	Refused   Certainty = "refused"   // the system looked and said no; nothing was made
)

// Trouble says whose turn it is after a failure.
type Trouble string

// The troubles. All but Input concern the whole provider and never change what
// is believed about one ticket.
const (
	Down         Trouble = "down"          // not reachable, or an error of its own
	Unauthorized Trouble = "unauthorized"  // credentials or rights
	RateLimited  Trouble = "rate_limited"  // too many calls; see RetryAfter
	Malformed    Trouble = "malformed"     // the answer was not what the system's documentation says
	Input        Trouble = "invalid_input" // this one ticket's content was refused
)

// Failure is the error of a Provider.
type Failure struct {
	Certainty  Certainty
	Trouble    Trouble
	Msg        string        // for people: the system's own words where it gave some; never a secret
	RetryAfter time.Duration // as the system asked; 0 if it did not
	Fields     []string      // what of a Draft was refused: AssigneeField, FormField.IDs; empty if the system does not tell
	Err        error         // the cause, for logs
}

// AssigneeField names the assignee in Failure.Fields and Snapshot.Dropped.
const AssigneeField = "assignee"

// Error implements error.
func (f *Failure) Error() string {
	if f.Err != nil {
		return fmt.Sprintf("%s: %v", f.Msg, f.Err)
	}
	return f.Msg
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// Refusal is the failure of what is refused: nothing was made, and asking again
// is no use. fields are what of a Draft it is about.
func Refusal(msg string, fields ...string) error {
	return &Failure{Certainty: Refused, Trouble: Input, Msg: msg, Fields: fields}
}

// IsRefusal reports whether the system, or its provider, looked and said no.
func IsRefusal(err error) bool {
	f := FailureOf(err)
	return err != nil && f.Trouble == Input && f.Certainty == Refused
}

// FailureOf returns err as a Failure. An error of any other type is Ambiguous
// and Down: the cautious reading.
func FailureOf(err error) *Failure {
	if f, ok := errors.AsType[*Failure](err); ok {
		return f
	}
	return &Failure{Certainty: Ambiguous, Trouble: Down, Msg: "the ticket system could not be reached", Err: err}
}
