// Package calendar counts working time: when so much of it has passed, and how
// much lies between two moments.
package calendar

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Calendar says when people work, as it is written down. The zero Calendar is
// round the clock. To count with one, take its Clock.
type Calendar struct {
	Zone     string   `json:"zone,omitempty" yaml:"zone,omitempty"`         // "Europe/Berlin"; "" is UTC
	Week     []Hours  `json:"week,omitempty" yaml:"week,omitempty"`         // in any order; none: all hours of every day
	Holidays []string `json:"holidays,omitempty" yaml:"holidays,omitempty"` // "2026-12-25": hours that begin on such a day are off
}

// Hours are a stretch of work that begins on one day of each week. If it ends
// at or before the time it begins, it ends on the next day.
type Hours struct {
	Day  string `json:"day" yaml:"day"`   // "monday"
	From string `json:"from" yaml:"from"` // "09:00"
	To   string `json:"to" yaml:"to"`     // "17:00"; "24:00" is the end of the day
}

// The most entries of a Calendar.
const (
	mostHours    = 100
	mostHolidays = 1000
)

const wholeDay = 24 * 60 // in minutes

// Default is Monday to Friday, 9 to 17 in UTC.
func Default() Calendar {
	c := Calendar{Zone: "UTC"}
	for day := time.Monday; day <= time.Friday; day++ {
		c.Week = append(c.Week, Hours{Day: strings.ToLower(day.String()), From: "09:00", To: "17:00"})
	}
	return c
}

// Validate returns what is wrong with a Calendar by the name of the field, such
// as "week[2].from", and nothing if it can be counted with.
func (c Calendar) Validate() map[string]string {
	_, wrong := c.read()
	return wrong
}

// Clock returns what counts by a Calendar, or an error that names every problem.
func (c Calendar) Clock() (Clock, error) {
	clock, wrong := c.read()
	if len(wrong) == 0 {
		return clock, nil
	}
	var said []string
	for _, field := range slices.Sorted(maps.Keys(wrong)) {
		said = append(said, field+" "+wrong[field])
	}
	return Clock{}, errors.New("the calendar is not valid: " + strings.Join(said, "; "))
}

// problems are what is wrong, by field.
type problems map[string]string

func (c Calendar) read() (Clock, problems) {
	wrong := problems{}
	var clock Clock
	var ok bool
	if clock.zone, ok = zone(c.Zone); !ok {
		wrong["zone"] = "must be a time zone such as Europe/Berlin"
	}
	clock.week = readWeek(c.Week, wrong)
	clock.holidays = readHolidays(c.Holidays, wrong)
	if len(c.Week) == 0 && len(clock.holidays) > 0 {
		for day := range clock.week {
			clock.week[day] = []hours{{0, wholeDay}}
		}
	}
	for _, day := range clock.week {
		for _, h := range day {
			clock.total += time.Duration(h.to-h.from) * time.Minute
		}
	}
	return clock, wrong
}

// zone finds a time zone. Only names of the official list are taken: a machine
// may know others, and "Local" would mean another one on each.
func zone(name string) (*time.Location, bool) {
	if name == "" {
		return time.UTC, true
	}
	if name == "Local" || name[0] < 'A' || name[0] > 'Z' {
		return nil, false
	}
	loc, err := time.LoadLocation(name)
	return loc, err == nil
}

func readWeek(list []Hours, wrong problems) (week [7][]hours) {
	if len(list) > mostHours {
		wrong["week"] = fmt.Sprintf("must have at most %d entries", mostHours)
		return week
	}
	var taken [7 * wholeDay]uint8 // by minute of the week: 1 + the entry that has it
	for i, entry := range list {
		field := fmt.Sprintf("week[%d]", i)
		day, h, ok := entry.read(field, wrong)
		if !ok {
			continue
		}
		for minute := h.from; minute < h.to; minute++ {
			at := (int(day)*wholeDay + minute) % len(taken)
			if taken[at] != 0 {
				wrong[field] = fmt.Sprintf("overlaps with week[%d]", taken[at]-1)
				break
			}
			taken[at] = uint8(i + 1)
		}
		week[day] = append(week[day], h)
	}
	for _, day := range week {
		slices.SortFunc(day, func(a, b hours) int { return a.from - b.from })
	}
	return week
}

func (h Hours) read(field string, wrong problems) (day time.Weekday, read hours, ok bool) {
	const clock = "must be a time such as 09:00"
	day, isDay := weekday(h.Day)
	if !isDay {
		wrong[field+".day"] = "must be a day such as monday"
	}
	from, isFrom := minutes(h.From)
	if isFrom = isFrom && from < wholeDay; !isFrom {
		wrong[field+".from"] = clock
	}
	to, isTo := minutes(h.To)
	switch {
	case !isTo:
		wrong[field+".to"] = clock
	case isFrom && to == from:
		wrong[field+".to"] = "must not be when it begins: a whole day is 00:00 to 24:00"
		return 0, hours{}, false
	case to < from:
		to += wholeDay
	}
	return day, hours{from, to}, isDay && isFrom && isTo
}

func weekday(name string) (time.Weekday, bool) {
	for day := time.Sunday; day <= time.Saturday; day++ {
		if strings.EqualFold(day.String(), name) {
			return day, true
		}
	}
	return 0, false
}

// minutes reads a time of day as minutes since midnight.
func minutes(text string) (int, bool) {
	if text == "24:00" {
		return wholeDay, true
	}
	t, err := time.Parse("15:04", text)
	return t.Hour()*60 + t.Minute(), err == nil && len(text) == len("15:04")
}

func readHolidays(list []string, wrong problems) []date {
	if len(list) > mostHolidays {
		wrong["holidays"] = fmt.Sprintf("must have at most %d days", mostHolidays)
		return nil
	}
	var days []date
	for i, text := range list {
		t, err := time.Parse(time.DateOnly, text)
		if err != nil {
			wrong[fmt.Sprintf("holidays[%d]", i)] = "must be a day such as 2026-12-25"
			continue
		}
		days = append(days, dateOf(t))
	}
	slices.Sort(days)
	return slices.Compact(days)
}
