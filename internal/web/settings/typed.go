package settings

import (
	"fmt"
	"maps"
	"net/url"
	"strconv"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/calendar"
	"admit/internal/propagation"
)

// How the settings of the engine are typed. A control is named as the use case
// names its field, but for the hours of a day and the holidays, which are one
// text here and lists there.
const (
	stormName    = "storm_above"
	hourlyName   = "tickets_per_hour"
	zoneName     = "calendar.zone"
	holidaysName = "calendar.holidays"
	remindName   = "remind"
	lateName     = "late"
)

func targetName(d access.Direction, risk access.Risk, name string) string {
	return "clocks." + string(d) + "." + string(risk) + "." + name
}

// weekdays are in the order they are shown, and called as a calendar calls them.
var weekdays = []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}

var directions = []struct {
	direction access.Direction
	label     string
}{{access.ToRemove, "Take away"}, {access.ToGrant, "Give"}}

var risks = []struct {
	risk  access.Risk
	label string
}{{access.HighRisk, "high risk"}, {access.NormalRisk, "normal risk"}, {access.LowRisk, "low risk"}}

// written is how settings are typed.
func written(is propagation.Settings) url.Values {
	form := url.Values{
		stormName: {number(is.StormAbove)}, hourlyName: {number(is.TicketsPerHour)}, zoneName: {is.Calendar.Zone},
		holidaysName: {strings.Join(is.Calendar.Holidays, "\n")},
	}
	hours := map[string][]string{}
	for _, h := range is.Calendar.Week {
		day := strings.ToLower(h.Day)
		hours[day] = append(hours[day], h.From+"-"+h.To)
	}
	for day, all := range hours {
		form.Set(day, strings.Join(all, ", "))
	}
	for _, d := range directions {
		for _, r := range risks {
			at := is.Targets(d.direction, r.risk)
			form.Set(targetName(d.direction, r.risk, remindName), span(at.Remind))
			form.Set(targetName(d.direction, r.risk, lateName), span(at.Late))
		}
	}
	return form
}

// number writes a number of which 0 is none.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func span(d propagation.Duration) string {
	if d == 0 {
		return ""
	}
	return d.String()
}

// typed is what was typed, as far as it can be read. What cannot becomes a value
// that the use case refuses, so that all mistakes are told at once.
type typed struct {
	settings propagation.Settings
	days     []string          // of each entry of the week
	unread   map[string]string // what was expected, by control
}

func read(form url.Values) typed {
	t := typed{unread: map[string]string{}}
	is := &t.settings
	is.StormAbove, is.TicketsPerHour = t.number(form, stormName), t.number(form, hourlyName)
	is.Calendar.Zone = strings.TrimSpace(form.Get(zoneName))
	for _, day := range weekdays {
		for _, text := range listed(form.Get(day), ",") {
			from, to, _ := strings.Cut(text, "-")
			is.Calendar.Week = append(is.Calendar.Week, calendar.Hours{Day: day, From: strings.TrimSpace(from), To: strings.TrimSpace(to)})
			t.days = append(t.days, day)
		}
	}
	is.Calendar.Holidays = listed(form.Get(holidaysName), "\n")
	is.Clocks = map[access.Direction]map[access.Risk]propagation.Targets{}
	for _, d := range directions {
		is.Clocks[d.direction] = map[access.Risk]propagation.Targets{}
		for _, r := range risks {
			is.Clocks[d.direction][r.risk] = propagation.Targets{
				Remind: t.span(form, targetName(d.direction, r.risk, remindName)), Late: t.span(form, targetName(d.direction, r.risk, lateName)),
			}
		}
	}
	return t
}

// listed are the parts of a text, without empty ones.
func listed(text, separator string) []string {
	var all []string
	for each := range strings.SplitSeq(text, separator) {
		if each = strings.TrimSpace(each); each != "" {
			all = append(all, each)
		}
	}
	return all
}

func (t typed) number(form url.Values, name string) int {
	text := strings.TrimSpace(form.Get(name))
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return n
}

func (t typed) span(form url.Values, name string) propagation.Duration {
	text := strings.TrimSpace(form.Get(name))
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.unread[name] = "must be hours and minutes such as 16h or 90m"
		return -1
	}
	return propagation.Duration(d)
}

// blame gives what is wrong with fields to the controls it was typed in.
func (t typed) blame(fields map[string]string) map[string]string {
	wrong := maps.Clone(fields)
	maps.Copy(wrong, t.unread)
	if problem, ok := fields["calendar.week"]; ok {
		wrong[weekdays[0]] = problem
	}
	for i, day := range t.days {
		entry := fmt.Sprintf("calendar.week[%d]", i)
		if strings.HasPrefix(fields[entry], "overlaps") {
			wrong[day] = "these hours overlap with others"
		} else if problem, ok := fields[entry+".to"]; ok && strings.HasPrefix(problem, "must not") {
			wrong[day] = problem
		} else if ok || fields[entry+".from"] != "" {
			wrong[day] = "must be hours such as 09:00-17:00, or several with commas"
		}
	}
	for i, holiday := range t.settings.Calendar.Holidays {
		if problem, ok := fields[fmt.Sprintf("%s[%d]", holidaysName, i)]; ok {
			wrong[holidaysName] = "the line “" + holiday + "” " + problem
			break
		}
	}
	return wrong
}
