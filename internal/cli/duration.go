package cli

import (
	"strconv"
	"strings"
	"time"

	"admit/internal/access"
)

const day = 24 * time.Hour

// parseDuration reads a duration as people write it: 30m, 8h, 90d or 2w, also
// several together such as 1d12h. ok is false for anything else, for nothing
// and for what is not longer than nothing.
func parseDuration(text string) (d time.Duration, ok bool) {
	units := map[byte]time.Duration{'w': 7 * day, 'd': day, 'h': time.Hour, 'm': time.Minute, 's': time.Second}
	for text != "" {
		end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
		if end <= 0 {
			return 0, false
		}
		n, err := strconv.ParseInt(text[:end], 10, 32)
		unit, known := units[text[end]]
		if err != nil || !known || n > int64((1<<62)/unit)-int64(d/unit) {
			return 0, false
		}
		d += time.Duration(n) * unit
		text = text[end+1:]
	}
	return d, d > 0
}

const (
	durationHelp = "must be a duration such as 30m, 8h, 90d or 2w"
	forever      = "indefinite"
)

// parseMinutes reads how long access lasts, in whole minutes; without is what
// the API sends for "without end".
func parseMinutes(text string, without int) (minutes int, problem string) {
	if text == forever {
		return without, ""
	}
	d, ok := parseDuration(text)
	switch {
	case !ok:
		return 0, durationHelp + ", or " + forever
	case d%time.Minute != 0:
		return 0, "must be whole minutes"
	case d/time.Minute > access.MaxDuration:
		return 0, "must be at most a year"
	}
	return int(d / time.Minute), ""
}

// parseMoment reads when something ends: a duration from now, a day, or a time.
// A day is meant with all its hours.
func parseMoment(text string, now time.Time) (t time.Time, problem string) {
	if d, ok := parseDuration(text); ok {
		return now.Add(d), ""
	}
	if t, err := time.ParseInLocation(time.DateOnly, text, now.Location()); err == nil {
		return t.AddDate(0, 0, 1), ""
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, ""
	}
	return time.Time{}, durationHelp + ", a day such as 2027-01-31, or a time such as 2027-01-31T18:00:00Z"
}

// span writes minutes as people do: "8h", "90d", or "indefinite".
func span(minutes *int) string {
	if minutes == nil || *minutes < 0 {
		return forever
	}
	n := *minutes
	switch {
	case n%(24*60) == 0:
		return strconv.Itoa(n/(24*60)) + "d"
	case n%60 == 0:
		return strconv.Itoa(n/60) + "h"
	}
	return strconv.Itoa(n) + "m"
}

// moment writes a time as people do, in their own zone.
func (s *session) moment(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.In(s.Now().Location()).Format("2006-01-02 15:04")
}
