package ticket

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"
)

// Cursor is how far the changes of a system have been read, by the system's own
// clock. A pass goes from a little before Floor to the newest change, one page
// at a time. It is what most providers keep in Page.Cursor.
type Cursor struct {
	Floor time.Time `json:"f"`           // by the system's clock it was at least this late ...
	Date  time.Time `json:"d,omitzero"`  // ... when its web server's clock said this
	From  time.Time `json:"o,omitzero"`  // inside a pass: the Floor it began with
	Page  string    `json:"p,omitempty"` // inside a pass: where the next page begins
}

// Inside reports whether a pass has begun and not ended.
func (c Cursor) Inside() bool { return c.Page != "" }

// Since returns the time a search for changes begins with, the same for every
// page of a pass. overlap is how long a change may take from its time stamp to
// where a search sees it, and how far the clocks of several servers are apart.
func (c Cursor) Since(overlap time.Duration) time.Time {
	if c.Inside() {
		return c.From.Add(-overlap)
	}
	return c.Floor.Add(-overlap)
}

// Advance returns the cursor behind one page: its tickets, the Date of the
// answer that brought it, and where the next page of the pass begins, "" at the
// end. The first page of a pass raises the floor. Two things tell how late it
// must be by the system's clock: a change that was seen, and the time that went
// by on its web server's clock since the floor was set. Without the second, a
// system where nothing happens would show its last changes again in each poll.
// The floor never passes the web server's own time, so that a clock that was
// wrong for a moment does no lasting harm.
func (c Cursor) Advance(date time.Time, seen []Snapshot, page string) Cursor {
	next := c
	if !c.Inside() {
		next.Floor, next.Date, next.From = c.raised(date, seen), date.UTC(), c.Floor
		if !Plausible(date) {
			next.Date = time.Time{}
		}
	}
	if next.Page = page; page == "" {
		next.From = time.Time{}
	}
	return next
}

func (c Cursor) raised(date time.Time, seen []Snapshot) time.Time {
	floor, known := c.Floor, Plausible(date)
	if known && !c.Date.IsZero() {
		floor = floor.Add(max(date.Sub(c.Date), 0))
	}
	for _, s := range seen {
		if s.UpdatedAt.After(floor) {
			floor = s.UpdatedAt
		}
	}
	if known && floor.After(date) {
		floor = date
	}
	if dawn := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC); floor.Before(dawn) {
		floor = dawn
	}
	return floor.UTC()
}

// String returns the cursor as the engine keeps it.
func (c Cursor) String() string {
	b, err := json.Marshal(c)
	if err != nil {
		return "" // only for a year beyond 9999, which parsing refuses
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// ParseCursor reads what String wrote. system is the name for the message.
func ParseCursor(system, text string) (Cursor, error) {
	var c Cursor
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if err == nil && (c.Floor.IsZero() || c.Inside() == c.From.IsZero()) {
		err = errors.New("a part of it is missing")
	}
	for _, t := range []time.Time{c.Floor, c.Date, c.From} {
		if err == nil && !t.IsZero() && !Plausible(t) {
			err = errors.New("a time in it cannot be")
		}
	}
	if err != nil {
		return Cursor{}, BadCursor(system, err)
	}
	return c, nil
}

// BadCursor is the failure of a cursor that a system's provider did not make.
func BadCursor(system string, cause error) error {
	return &Failure{Certainty: NotSent, Trouble: Input, Msg: "the cursor is not one of " + system + "'s", Err: cause}
}

// Plausible reports whether t can be a time at which something happened.
func Plausible(t time.Time) bool { return t.Year() > 1970 && t.Year() < 9000 }
