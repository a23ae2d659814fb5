package ticket_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"admit/internal/ticket"
)

func at(minute int) time.Time { return time.Date(2026, 11, 23, 12, minute, 0, 0, time.UTC) }

func seen(minutes ...int) []ticket.Snapshot {
	var all []ticket.Snapshot
	for _, m := range minutes {
		all = append(all, ticket.Snapshot{UpdatedAt: at(m)})
	}
	return all
}

func TestCursorRaisesItsFloor(t *testing.T) {
	t.Parallel()
	dawn := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	cases := []struct {
		name string
		from ticket.Cursor
		date time.Time
		seen []ticket.Snapshot
		want time.Time
	}{
		{"idle: the floor rises with the time", ticket.Cursor{Floor: at(0), Date: at(5)}, at(9), nil, at(4)},
		{"a change raises it", ticket.Cursor{Floor: at(0), Date: at(5)}, at(9), seen(7, 8), at(8)},
		{"an old change does not lower it", ticket.Cursor{Floor: at(6), Date: at(9)}, at(9), seen(1), at(6)},
		{"no date: only a change raises it", ticket.Cursor{Floor: at(0)}, time.Time{}, seen(8), at(8)},
		{"no date, no change", ticket.Cursor{Floor: at(3), Date: at(5)}, time.Time{}, nil, at(3)},
		{"never beyond the web server's time", ticket.Cursor{Floor: at(8), Date: at(5)}, at(9), seen(30), at(9)},
		{"a clock that jumped ahead is followed back", ticket.Cursor{Floor: at(50), Date: at(55)}, at(10), nil, at(10)},
		{"never before time began", ticket.Cursor{}, time.Time{}, nil, dawn},
		{"the first one begins with the newest change", ticket.Cursor{}, at(9), seen(8), at(8)},
	}
	for _, c := range cases {
		got := c.from.Advance(c.date, c.seen, "")
		if !got.Floor.Equal(c.want) || got.Inside() || !got.From.IsZero() {
			t.Errorf("%s: %+v, want the floor at %v", c.name, got, c.want)
		}
		if again, err := ticket.ParseCursor("System", got.String()); err != nil || !cmp.Equal(again, got) {
			t.Errorf("%s: written and read again it is %+v, %v; want %+v", c.name, again, err, got)
		}
	}
}

// TestCursorOfAPass goes through a pass of three pages while time goes by.
func TestCursorOfAPass(t *testing.T) {
	t.Parallel()
	const overlap = 2 * time.Minute
	c := ticket.Cursor{Floor: at(10), Date: at(10)}
	if !c.Since(overlap).Equal(at(8)) {
		t.Errorf("begins at %v, want the floor less the overlap", c.Since(overlap))
	}
	for i, page := range []string{"two", "three"} {
		c = c.Advance(at(20+i), seen(15+i), page)
		if !c.Inside() || c.Page != page || !c.Since(overlap).Equal(at(8)) {
			t.Errorf("inside: %+v, which begins at %v; want where the pass began", c, c.Since(overlap))
		}
		if again, err := ticket.ParseCursor("System", c.String()); err != nil || !cmp.Equal(again, c) {
			t.Errorf("written and read again it is %+v, %v; want %+v", again, err, c)
		}
	}
	c = c.Advance(at(30), seen(29), "")
	if c.Inside() || !c.Floor.Equal(at(20)) || !c.Since(overlap).Equal(at(18)) {
		t.Errorf("after the pass: %+v; want the floor where the first page raised it", c)
	}
}

func TestParseCursorRefuses(t *testing.T) {
	t.Parallel()
	far := ticket.Cursor{Floor: at(0), Date: time.Date(9500, 1, 1, 0, 0, 0, 0, time.UTC)}
	old := ticket.Cursor{Floor: time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC)}
	half := ticket.Cursor{Floor: at(0), Page: "2"}
	other := ticket.Cursor{Floor: at(0), From: at(0)}
	for _, text := range []string{
		"", "x", "e30", "bnVsbA", "!", strings.Repeat("A", 1<<20), ticket.Cursor{}.String(), far.String(), old.String(), half.String(), other.String(),
	} {
		_, err := ticket.ParseCursor("System", text)
		if f, ok := errors.AsType[*ticket.Failure](err); !ok || f.Trouble != ticket.Input || f.Certainty != ticket.NotSent || !strings.Contains(f.Msg, "System") {
			t.Errorf("%.40q: %v, want a failure", text, err)
		}
	}
}

func FuzzParseCursor(f *testing.F) {
	f.Add(ticket.Cursor{Floor: at(0)}.String())
	f.Add(ticket.Cursor{Floor: at(0), Date: at(1), From: at(0), Page: "2"}.String())
	f.Add("e30")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ticket.ParseCursor("System", text)
		if err != nil {
			return
		}
		if again, err := ticket.ParseCursor("System", c.String()); err != nil || !cmp.Equal(c, again) {
			t.Errorf("%q: %+v and %+v, %v", text, c, again, err)
		}
		if next, err := ticket.ParseCursor("System", c.Advance(at(0), seen(1), "p").String()); err != nil || !next.Inside() {
			t.Errorf("%q: the cursor after it is %+v, %v", text, next, err)
		}
	})
}
