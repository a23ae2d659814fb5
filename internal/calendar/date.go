package calendar

import "time"

// date is a day of the calendar, as the number of days since 1970-01-01.
type date int64

const secondsADay = 24 * 60 * 60

// dateOf returns the date of t where t is.
func dateOf(t time.Time) date { return dateIn(t, offset(t)) }

// dateIn returns the date of t where clocks are so far ahead of UTC.
func dateIn(t time.Time, ahead time.Duration) date {
	seconds := t.Add(ahead).Unix()
	return date((seconds - modulo(seconds, secondsADay)) / secondsADay)
}

func (d date) weekday() time.Weekday {
	return time.Weekday(modulo(int64(d)+int64(time.Thursday), 7)) // 1970-01-01 was one
}

// offset is how far clocks are ahead of UTC where t is.
func offset(t time.Time) time.Duration {
	_, seconds := t.Zone()
	return time.Duration(seconds) * time.Second
}

// wall is a time of a day, in minutes, as if it was in UTC.
func wall(day date, minute int) time.Time {
	return time.Unix(int64(day)*secondsADay+int64(minute)*60, 0).UTC()
}

// farthest is more than clocks anywhere have ever been ahead of UTC.
const farthest = 16 * time.Hour

// at returns the first moment when clocks show that time of a day, in minutes,
// or a later one. So times keep their order whatever is done to the clocks.
func (c Clock) at(day date, minute int) time.Time {
	wanted := wall(day, minute)
	for t := wanted.Add(-farthest).In(c.zone); ; {
		_, end := t.ZoneBounds()
		if !end.IsZero() && !end.After(t) {
			end = t.Add(24 * time.Hour) // ZoneBounds ends leap years a day early, and nothing is changed on that day
		}
		found := later(wanted.Add(-offset(t)).In(c.zone), t)
		if end.IsZero() || found.Before(end) {
			return found
		}
		t = end
	}
}

// modulo is the rest of a division that rounds down.
func modulo(n, by int64) int64 { return (n%by + by) % by }

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
