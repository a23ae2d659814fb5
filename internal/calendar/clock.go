package calendar

import (
	"math"
	"slices"
	"time"
)

// Clock counts the working time of a Calendar. The zero Clock is round the
// clock.
//
// Hours begin and end by the clocks of the zone, and count as long as they
// really last: a night shift is an hour shorter when clocks are put forward. A
// time that clocks pass over is when they are put forward; one that they show
// twice is the first.
type Clock struct {
	zone     *time.Location
	week     [7][]hours    // by the day they begin on, in order; they do not overlap
	holidays []date        // in order
	total    time.Duration // of a week; 0: round the clock
}

// hours are some hours of work, in minutes since the midnight they begin after.
type hours struct{ from, to int }

// Span is a stretch of time. Without an end it goes on.
type Span struct{ From, To time.Time }

// Add returns the first moment at which d of working time has passed since from,
// and from itself if d is not positive. What takes longer than a Duration can
// tell, 292 years, ends then.
func (c Clock) Add(from time.Time, d time.Duration) time.Time {
	if d <= 0 {
		return from
	}
	if c.total == 0 {
		return from.Add(d)
	}
	start := from.Round(0).In(c.zone)
	last := start.Add(math.MaxInt64)
	for day := dateOf(start) - 1; c.at(day, 0).Before(last); day++ {
		// Something is left for the last week: it ends with hours, not before the next.
		if n := min(date((d-1)/c.total), c.alike(day, start, last)); n > 0 {
			d -= time.Duration(n) * c.total
			day += 7*n - 1
			continue
		}
		for _, h := range c.on(day) {
			begin := later(c.at(day, h.from), start)
			worked := max(c.at(day, h.to).Sub(begin), 0)
			if worked >= d {
				return earlier(begin.Add(d), last).In(from.Location())
			}
			d -= worked
		}
	}
	return last.In(from.Location())
}

// Between returns the working time from a to b, 0 if b is not after a. It counts
// no further than a Duration can tell, 292 years.
func (c Clock) Between(a, b time.Time) time.Duration {
	a, b = a.Round(0), b.Round(0)
	if c.total == 0 || !a.Before(b) {
		return max(b.Sub(a), 0)
	}
	a, b = a.In(c.zone), a.Add(b.Sub(a)).In(c.zone)
	var sum time.Duration
	for day := dateOf(a) - 1; c.at(day, 0).Before(b); day++ {
		if n := c.alike(day, a, b); n > 0 {
			sum += time.Duration(n) * c.total
			day += 7*n - 1
			continue
		}
		for _, h := range c.on(day) {
			sum += max(earlier(c.at(day, h.to), b).Sub(later(c.at(day, h.from), a)), 0)
		}
	}
	return sum
}

// BetweenWithout is Between without the working time within some spans, such as
// outages. They may overlap.
func (c Clock) BetweenWithout(a, b time.Time, without []Span) time.Duration {
	a, b = a.Round(0), b.Round(0)
	b = a.Add(b.Sub(a))
	var sum time.Duration
	for _, s := range slices.SortedFunc(slices.Values(without), func(x, y Span) int { return x.From.Compare(y.From) }) {
		if s.To.IsZero() {
			s.To = later(s.From, b)
		}
		if s.From.Before(s.To) {
			sum += c.Between(a, earlier(s.From, b))
			a = later(a, s.To)
		}
	}
	return sum + c.Between(a, b)
}

// on returns the hours that begin on a day.
func (c Clock) on(day date) []hours {
	if _, off := slices.BinarySearch(c.holidays, day); off {
		return nil
	}
	return c.week[day.weekday()]
}

// alike returns how many weeks from day on can be counted as one: all their
// hours lie between a and b, clocks are not changed, and no day is off.
func (c Clock) alike(day date, a, b time.Time) date {
	start := c.at(day, 0)
	ahead := offset(start)
	if start.Before(a) || !start.Equal(wall(day, 0).Add(-ahead)) {
		return 0
	}
	if _, end := start.ZoneBounds(); !end.IsZero() {
		b = earlier(b, end)
	}
	// The hours of the last day may end on the next, which must be a whole one.
	until := dateIn(b, ahead) - 1
	if i, _ := slices.BinarySearch(c.holidays, day); i < len(c.holidays) {
		until = min(until, c.holidays[i])
	}
	return max(until-day, 0) / 7
}
