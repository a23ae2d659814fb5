package calendar

import (
	"fmt"
	"strings"
	"time"
)

// String says a Calendar in words: "Monday to Friday, 09:00 to 17:00,
// Europe/Berlin".
func (c Calendar) String() string {
	clock, wrong := c.read()
	switch {
	case len(wrong) > 0:
		return "a calendar that is not valid"
	case clock.total == 0:
		return "Round the clock"
	}
	said := "Round the clock"
	if len(c.Week) > 0 {
		said = strings.Join(clock.groups(), "; ")
	}
	said += ", " + clock.zone.String()
	switch off := len(clock.holidays); off {
	case 0:
		return said
	case 1:
		return said + ", except 1 holiday"
	default:
		return fmt.Sprintf("%s, except %d holidays", said, off)
	}
}

// groups says the hours of a week, days with the same ones together.
func (c Clock) groups() []string {
	var order []string
	days := map[string][]int{} // by what is said of their hours; 0 is Monday
	for i := range 7 {
		said := hoursText(c.week[(i+int(time.Monday))%7])
		if said == "" {
			continue
		}
		if days[said] == nil {
			order = append(order, said)
		}
		days[said] = append(days[said], i)
	}
	for i, said := range order {
		order[i] = daysText(days[said]) + ", " + said
	}
	return order
}

func hoursText(day []hours) string {
	var said []string
	for _, h := range day {
		if h == (hours{0, wholeDay}) {
			return "all day"
		}
		said = append(said, clockText(h.from)+" to "+clockText(h.to))
	}
	return list(said)
}

// clockText writes minutes since midnight; midnight itself is where a day ends.
func clockText(minute int) string {
	if minute > wholeDay {
		minute -= wholeDay
	}
	return fmt.Sprintf("%02d:%02d", minute/60, minute%60)
}

// daysText names days of the week, in order, by the runs they make.
func daysText(days []int) string {
	if len(days) == 7 {
		return "Every day"
	}
	name := func(day int) string { return time.Weekday((day + int(time.Monday)) % 7).String() }
	var said []string
	for len(days) > 0 {
		run := 1
		for run < len(days) && days[run] == days[0]+run {
			run++
		}
		if run > 2 {
			said = append(said, name(days[0])+" to "+name(days[run-1]))
		} else {
			for _, day := range days[:run] {
				said = append(said, name(day))
			}
		}
		days = days[run:]
	}
	return list(said)
}

// list joins words as a sentence does.
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
