package calendar_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"admit/internal/calendar"
)

// on makes hours of some days.
func on(from, to string, days ...string) []calendar.Hours {
	var week []calendar.Hours
	for _, day := range days {
		week = append(week, calendar.Hours{Day: day, From: from, To: to})
	}
	return week
}

func join(parts ...[]calendar.Hours) []calendar.Hours {
	var week []calendar.Hours
	for _, part := range parts {
		week = append(week, part...)
	}
	return week
}

var everyDay = []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}

func TestValidate(t *testing.T) {
	t.Parallel()
	const clock, day = "must be a time such as 09:00", "must be a day such as 2026-12-25"
	for name, c := range map[string]struct {
		calendar calendar.Calendar
		want     map[string]string
	}{
		"nothing":      {},
		"the default":  {calendar.Default(), nil},
		"capitals":     {calendar.Calendar{Week: on("09:00", "17:00", "Monday", "TUESDAY")}, nil},
		"a whole week": {calendar.Calendar{Week: on("00:00", "24:00", everyDay...)}, nil},
		"nights":       {calendar.Calendar{Week: on("22:00", "06:00", everyDay...)}, nil},
		"all wrong": {
			calendar.Calendar{
				Zone:     "Mars/Olympus",
				Week:     []calendar.Hours{{Day: "someday", From: "9:00", To: "25:00"}, {Day: "monday", From: "24:00"}, {Day: "monday", From: "07:00", To: "07:00"}},
				Holidays: []string{"2026-12-25", "25.12.2026", "2026-02-29", "2028-02-29", ""},
			},
			map[string]string{
				"zone": "must be a time zone such as Europe/Berlin", "week[0].day": "must be a day such as monday", "week[0].from": clock, "week[0].to": clock,
				"week[1].from": clock, "week[1].to": clock, "week[2].to": "must not be when it begins: a whole day is 00:00 to 24:00",
				"holidays[1]": day, "holidays[2]": day, "holidays[4]": day,
			},
		},
		"a day twice": {
			calendar.Calendar{Week: join(on("09:00", "12:00", "monday"), on("12:00", "17:00", "monday"), on("11:59", "12:01", "monday"))},
			map[string]string{"week[2]": "overlaps with week[0]"},
		},
		"a night into a morning": {
			calendar.Calendar{Week: join(on("05:00", "10:00", "sunday"), on("22:00", "06:00", "saturday"))},
			map[string]string{"week[1]": "overlaps with week[0]"},
		},
		"too much": {
			calendar.Calendar{Week: make([]calendar.Hours, 101), Holidays: make([]string, 1001)},
			map[string]string{"week": "must have at most 100 entries", "holidays": "must have at most 1000 days"},
		},
	} {
		got := c.calendar.Validate()
		if len(got)+len(c.want) > 0 && !cmp.Equal(got, c.want) {
			t.Errorf("%s: %s", name, cmp.Diff(c.want, got))
		}
		if _, err := c.calendar.Clock(); (err != nil) != (len(c.want) > 0) {
			t.Errorf("%s: clock: %v", name, err)
		}
	}
}

func TestZone(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"": true, "UTC": true, "Europe/Berlin": true, "America/Argentina/Buenos_Aires": true, "Asia/Kathmandu": true, "Etc/GMT+12": true,
		"Local": false, "localtime": false, "posix/Europe/Berlin": false, "right/Europe/Berlin": false, "Europe": false, "../Europe/Berlin": false,
		"Europe/Berlin\x00": false, "Europe\\Berlin": false, "/etc/localtime": false, "CEST": false, "+02:00": false, "Ümlaut": false,
	} {
		if _, wrong := (calendar.Calendar{Zone: name}).Validate()["zone"]; wrong == want {
			t.Errorf("zone %q: allowed %v, want %v", name, !wrong, want)
		}
	}
}

func TestClockNamesEveryProblem(t *testing.T) {
	t.Parallel()
	_, err := calendar.Calendar{Zone: "x", Holidays: []string{"y"}}.Clock()
	const want = "the calendar is not valid: holidays[0] must be a day such as 2026-12-25; zone must be a time zone such as Europe/Berlin"
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestWritten(t *testing.T) {
	t.Parallel()
	want := calendar.Calendar{Zone: "Europe/Berlin", Week: on("09:00", "17:30", "monday"), Holidays: []string{"2026-12-25"}}
	var fromJSON, fromYAML calendar.Calendar
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &fromJSON); err != nil {
		t.Fatal(err)
	}
	const byHand = "zone: Europe/Berlin\nweek:\n  - {day: monday, from: 09:00, to: 17:30}\nholidays: [2026-12-25]\n"
	if err := yaml.Unmarshal([]byte(byHand), &fromYAML); err != nil {
		t.Fatal(err)
	}
	for form, got := range map[string]calendar.Calendar{"JSON": fromJSON, "YAML": fromYAML} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", form, diff)
		}
	}
	if empty, err := json.Marshal(calendar.Calendar{}); err != nil || string(empty) != "{}" {
		t.Errorf("nothing is %s, %v", empty, err)
	}
}

func TestString(t *testing.T) {
	t.Parallel()
	weekdays, weekend := everyDay[:5], everyDay[5:]
	for want, c := range map[string]calendar.Calendar{
		"Round the clock":                                                   {},
		"Round the clock, UTC, except 2 holidays":                           {Holidays: []string{"2026-12-25", "2026-12-26", "2026-12-26"}},
		"Monday to Friday, 09:00 to 17:00, UTC":                             calendar.Default(),
		"Monday to Friday, 09:00 to 17:00, Europe/Berlin, except 1 holiday": {Zone: "Europe/Berlin", Week: on("09:00", "17:00", weekdays...), Holidays: []string{"2026-12-25"}},
		"Monday to Friday, 09:00 to 12:00 and 13:00 to 17:00; Saturday and Sunday, 22:00 to 06:00, UTC": {
			Week: join(on("22:00", "06:00", weekend...), on("13:00", "17:00", weekdays...), on("09:00", "12:00", weekdays...)),
		},
		"Every day, all day, UTC": {Week: on("00:00", "24:00", everyDay...)},
		"Monday, Wednesday to Friday and Sunday, 18:00 to 24:00; Tuesday, 01:00 to 02:00, 03:00 to 04:00 and 05:00 to 06:00, UTC": {
			Week: join(on("18:00", "00:00", "sunday", "friday", "thursday", "wednesday", "monday"), on("03:00", "04:00", "tuesday"), on("05:00", "06:00", "tuesday"), on("01:00", "02:00", "tuesday")),
		},
		"a calendar that is not valid": {Zone: "x"},
	} {
		if got := fmt.Sprint(c); got != want {
			t.Errorf("said %q, want %q", got, want)
		}
	}
}

// FuzzCalendar reads anything: what is valid can be counted with, and what is
// not is said.
func FuzzCalendar(f *testing.F) {
	f.Add(`{"zone":"Europe/Berlin","week":[{"day":"monday","from":"09:00","to":"17:00"}],"holidays":["2026-12-25"]}`, int64(time.Hour), int64(1_793_613_600))
	f.Add(`{"week":[{"day":"Sunday","from":"23:59","to":"23:58"}]}`, int64(1<<62), int64(-1<<40))
	f.Add(`{"zone":"Local","week":[{},{}],"holidays":["0000-01-01","9999-12-31"]}`, int64(1), int64(1<<50))
	f.Fuzz(func(t *testing.T, text string, d, at int64) {
		var c calendar.Calendar
		if json.Unmarshal([]byte(text), &c) != nil {
			return
		}
		clock, err := c.Clock()
		wrong := c.Validate()
		if (err == nil) != (len(wrong) == 0) || c.String() == "" {
			t.Fatalf("%s: %v, and %v", c, err, wrong)
		}
		const millennia = 100_000 * 366 * 24 * 3600
		if err != nil || at < -millennia || at > millennia {
			return
		}
		from := time.Unix(at, 0)
		due := clock.Add(from, time.Duration(d))
		if due.Before(from) {
			t.Errorf("%s: %v after %v is %v", c, time.Duration(d), from, due)
		}
		if got := clock.Between(from, due); got > max(time.Duration(d), 0) {
			t.Errorf("%s: %v between %v and %v, want %v", c, got, from, due, time.Duration(d))
		}
	})
}
