package calendar_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"admit/internal/calendar"
)

func clockOf(t testing.TB, c calendar.Calendar) calendar.Clock {
	t.Helper()
	clock, err := c.Clock()
	if err != nil {
		t.Fatal(err)
	}
	return clock
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// when reads "2026-11-06 16:00" in a zone, or with an offset of its own:
// "2026-10-25 02:30 +02".
func when(t testing.TB, name, text string) time.Time {
	t.Helper()
	if at, err := time.Parse("2006-01-02 15:04 -07", text); err == nil {
		return at
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", text, zone(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestCount counts there, and back.
func TestCount(t *testing.T) {
	t.Parallel()
	office := calendar.Default().Week
	nights := on("22:00", "06:00", everyDay...)
	always := on("00:00", "24:00", everyDay...)
	for name, c := range map[string]struct {
		zone     string
		week     []calendar.Hours
		holidays []string
		from     string
		d        time.Duration
		want     string
	}{
		"within a day":                     {"Europe/Berlin", office, nil, "2026-11-02 09:30", 2 * time.Hour, "2026-11-02 11:30"},
		"to the end of a day":              {"Europe/Berlin", office, nil, "2026-11-06 16:00", time.Hour, "2026-11-06 17:00"},
		"over a weekend":                   {"Europe/Berlin", office, nil, "2026-11-06 16:00", 2 * time.Hour, "2026-11-09 10:00"},
		"from a night":                     {"Europe/Berlin", office, nil, "2026-11-03 03:00", time.Hour, "2026-11-03 10:00"},
		"from a weekend":                   {"Europe/Berlin", office, nil, "2026-11-07 12:00", 8 * time.Hour, "2026-11-09 17:00"},
		"a week":                           {"Europe/Berlin", office, nil, "2026-11-02 09:00", 40 * time.Hour, "2026-11-06 17:00"},
		"a minute more than a week":        {"Europe/Berlin", office, nil, "2026-11-02 09:00", 40*time.Hour + time.Minute, "2026-11-09 09:01"},
		"around a holiday":                 {"Europe/Berlin", office, []string{"2026-12-25"}, "2026-12-24 16:00", 2 * time.Hour, "2026-12-28 10:00"},
		"a year":                           {"Europe/Berlin", office, nil, "2026-01-01 00:00", 261 * 8 * time.Hour, "2026-12-31 17:00"},
		"over a leap day":                  {"UTC", office, nil, "2028-02-28 16:00", 9 * time.Hour, "2028-02-29 17:00"},
		"no leap day in 2100":              {"UTC", always, nil, "2100-02-28 12:00", 24 * time.Hour, "2100-03-01 12:00"},
		"a leap day off":                   {"UTC", office, []string{"2028-02-29"}, "2028-02-28 16:00", 2 * time.Hour, "2028-03-01 10:00"},
		"lunch":                            {"UTC", join(on("09:00", "12:00", "monday"), on("13:00", "17:00", "monday")), nil, "2026-11-02 11:00", 2 * time.Hour, "2026-11-02 14:00"},
		"round the clock":                  {"", nil, nil, "2026-11-06 16:00", 100 * time.Hour, "2026-11-10 20:00"},
		"round the clock but for holidays": {"Europe/Berlin", nil, []string{"2026-11-07"}, "2026-11-06 23:00", 2 * time.Hour, "2026-11-08 01:00"},

		"a night":                         {"Europe/Berlin", nights, nil, "2026-11-06 23:00", 6 * time.Hour, "2026-11-07 05:00"},
		"from within a night":             {"Europe/Berlin", nights, nil, "2026-11-07 05:00", 2 * time.Hour, "2026-11-07 23:00"},
		"a night of Sunday":               {"Europe/Berlin", on("22:00", "06:00", "sunday"), nil, "2026-11-09 05:00", 2 * time.Hour, "2026-11-15 23:00"},
		"a night off":                     {"Europe/Berlin", nights, []string{"2026-11-07"}, "2026-11-07 05:00", 2 * time.Hour, "2026-11-08 23:00"},
		"clocks go forward in a night":    {"Europe/Berlin", nights, nil, "2026-03-28 22:00", 7 * time.Hour, "2026-03-29 06:00"},
		"clocks go back in a night":       {"Europe/Berlin", nights, nil, "2026-10-24 22:00", 9 * time.Hour, "2026-10-25 06:00"},
		"a day of 23 hours":               {"America/New_York", always, nil, "2026-03-08 00:00", 23 * time.Hour, "2026-03-09 00:00"},
		"a day of 25 hours":               {"America/New_York", always, nil, "2026-11-01 00:00", 25 * time.Hour, "2026-11-02 00:00"},
		"begins when clocks go forward":   {"Europe/Berlin", on("02:30", "08:00", everyDay...), nil, "2026-03-29 00:00", time.Hour, "2026-03-29 04:00"},
		"never comes":                     {"Europe/Berlin", on("02:10", "02:50", everyDay...), nil, "2026-03-28 03:00", 10 * time.Minute, "2026-03-30 02:20"},
		"begins in an hour that is twice": {"Europe/Berlin", on("02:30", "08:00", everyDay...), nil, "2026-10-25 00:00", 90 * time.Minute, "2026-10-25 03:00"},
		"ends in an hour that is twice":   {"Europe/Berlin", on("00:00", "02:30", everyDay...), nil, "2026-10-25 00:00", 150 * time.Minute, "2026-10-25 02:30 +02"},
		"half an hour of summer":          {"Australia/Lord_Howe", on("00:00", "08:00", everyDay...), nil, "2026-04-05 00:00", 8*time.Hour + 30*time.Minute, "2026-04-05 08:00"},
		"midnight never comes":            {"America/Sao_Paulo", on("00:00", "08:00", everyDay...), nil, "2018-11-03 09:00", 7 * time.Hour, "2018-11-04 08:00"},
		"midnight comes twice":            {"America/St_Johns", on("00:00", "08:00", everyDay...), nil, "2010-11-06 09:00", 9 * time.Hour, "2010-11-07 08:00"},
		"a day never comes":               {"Pacific/Apia", on("09:00", "17:00", everyDay...), nil, "2011-12-29 09:00", 10 * time.Hour, "2011-12-31 11:00"},
		"three quarters":                  {"Asia/Kathmandu", office, nil, "2026-11-06 11:15 +00", 2 * time.Hour, "2026-11-09 05:15 +00"},
		"far in the east":                 {"Pacific/Chatham", office, nil, "2026-11-02 09:00", 8 * time.Hour, "2026-11-02 17:00"},
		"asked from elsewhere":            {"Asia/Tokyo", office, nil, "2026-11-02 00:00 +00", 9 * time.Hour, "2026-11-03 01:00 +00"},
		"the end of a leap year":          {"Europe/Berlin", office, nil, "2040-12-31 08:00", 9 * time.Hour, "2041-01-01 10:00"},
		"the end of one in the south":     {"Australia/Sydney", nights, nil, "2040-12-31 08:00", 9 * time.Hour, "2041-01-01 23:00"},
		"before there were zones":         {"Europe/Berlin", office, nil, "1800-01-01 09:00", 9 * time.Hour, "1800-01-02 10:00"},
	} {
		clock := clockOf(t, calendar.Calendar{Zone: c.zone, Week: c.week, Holidays: c.holidays})
		from, want := when(t, c.zone, c.from), when(t, c.zone, c.want)
		got := clock.Add(from, c.d)
		if !got.Equal(want) || got.Location() != from.Location() {
			t.Errorf("%s: %v after %v is %v, want %v", name, c.d, from, got, want)
		}
		if d := clock.Between(from, want); d != c.d {
			t.Errorf("%s: between %v and %v are %v, want %v", name, from, want, d, c.d)
		}
	}
}

func TestNothingToCount(t *testing.T) {
	t.Parallel()
	now := time.Now() // with what its own clock read
	for _, clock := range []calendar.Clock{{}, clockOf(t, calendar.Default())} {
		for _, d := range []time.Duration{0, -1, math.MinInt64} {
			if got := clock.Add(now, d); !got.Equal(now) {
				t.Errorf("%v after %v is %v", d, now, got)
			}
		}
		if got := clock.Between(now.AddDate(0, 0, 7), now); got != 0 {
			t.Errorf("backwards: %v", got)
		}
		if got := clock.Between(now, now); got != 0 {
			t.Errorf("at once: %v", got)
		}
	}
}

// TestItEnds asks for more than there is.
func TestItEnds(t *testing.T) {
	t.Parallel()
	var years []string // two and a half, without a day of work
	for day := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); len(years) < 1000; day = day.AddDate(0, 0, 1) {
		years = append(years, day.Format(time.DateOnly))
	}
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	closed := clockOf(t, calendar.Calendar{Zone: "Europe/Berlin", Week: calendar.Default().Week, Holidays: years})
	if got, want := closed.Add(from, time.Hour), when(t, "Europe/Berlin", "2028-09-27 10:00"); !got.Equal(want) {
		t.Errorf("an hour after years off is %v, want %v", got, want)
	}
	rare := clockOf(t, calendar.Calendar{Zone: "Europe/Berlin", Week: on("09:00", "09:01", "monday")})
	last := from.Add(math.MaxInt64)
	if got := rare.Add(from, math.MaxInt64); !got.Equal(last) {
		t.Errorf("what takes for ever ends %v, want %v", got, last)
	}
	for _, clock := range []calendar.Clock{{}, closed, rare} {
		first, far := time.Time{}, time.Date(200_000, 1, 1, 0, 0, 0, 0, time.UTC)
		if got, want := clock.Between(first, far), clock.Between(first, first.Add(math.MaxInt64)); got != want || got <= 0 {
			t.Errorf("between the first year and one that is far: %v, want %v", got, want)
		}
	}
}

func TestBetweenWithout(t *testing.T) {
	t.Parallel()
	at := func(text string) time.Time { return when(t, "UTC", text) }
	a, b := at("2026-11-02 09:00"), at("2026-11-04 17:00") // 24 hours of work
	for name, c := range map[string]struct {
		without []calendar.Span
		want    time.Duration
	}{
		"nothing":       {nil, 24 * time.Hour},
		"an hour":       {[]calendar.Span{{at("2026-11-02 10:00"), at("2026-11-02 11:00")}}, 23 * time.Hour},
		"a night":       {[]calendar.Span{{at("2026-11-02 16:00"), at("2026-11-03 10:00")}}, 22 * time.Hour},
		"after work":    {[]calendar.Span{{at("2026-11-02 17:00"), at("2026-11-03 09:00")}}, 24 * time.Hour},
		"all":           {[]calendar.Span{{at("2026-01-01 00:00"), at("2027-01-01 00:00")}}, 0},
		"before":        {[]calendar.Span{{at("2026-01-01 00:00"), at("2026-02-01 00:00")}}, 24 * time.Hour},
		"after":         {[]calendar.Span{{at("2027-01-01 00:00"), at("2027-02-01 00:00")}}, 24 * time.Hour},
		"into it":       {[]calendar.Span{{at("2026-01-01 00:00"), at("2026-11-02 12:00")}}, 21 * time.Hour},
		"still going":   {[]calendar.Span{{From: at("2026-11-04 12:00")}}, 19 * time.Hour},
		"begins after":  {[]calendar.Span{{From: at("2026-11-05 12:00")}}, 24 * time.Hour},
		"backwards":     {[]calendar.Span{{at("2026-11-02 12:00"), at("2026-11-02 10:00")}}, 24 * time.Hour},
		"never":         {[]calendar.Span{{}}, 0},
		"overlapping":   {[]calendar.Span{{at("2026-11-02 11:00"), at("2026-11-02 14:00")}, {at("2026-11-02 10:00"), at("2026-11-02 12:00")}}, 20 * time.Hour},
		"within others": {[]calendar.Span{{at("2026-11-02 10:00"), at("2026-11-02 14:00")}, {at("2026-11-02 11:00"), at("2026-11-02 12:00")}, {at("2026-11-02 13:00"), at("2026-11-02 15:00")}}, 19 * time.Hour},
	} {
		given := slices.Clone(c.without)
		if got := clockOf(t, calendar.Default()).BetweenWithout(a, b, c.without); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if !slices.Equal(given, c.without) {
			t.Errorf("%s: the spans were changed", name)
		}
	}
}

// zones are some of the odd ones.
var zones = []string{
	"UTC", "Europe/Berlin", "America/New_York", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Chatham", "Pacific/Apia",
	"America/Sao_Paulo", "Africa/Casablanca", "Asia/Tehran", "Antarctica/Troll", "Pacific/Kiritimati", "America/Havana", "Asia/Gaza", "Europe/Dublin",
}

// anyCalendar makes a valid one of hours that begin and end with minutes
// divisible by step.
func anyCalendar(r *rand.Rand, step int) calendar.Calendar {
	c := calendar.Calendar{Zone: zones[r.IntN(len(zones))]}
	clock := func(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60%24, minute%60) }
	for range 1 + r.IntN(12) {
		from := r.IntN(24*60/step) * step
		to := from + step*(1+r.IntN(10*60/step))
		more := calendar.Calendar{Zone: c.Zone, Week: append(slices.Clone(c.Week), on(clock(from), clock(to), everyDay[r.IntN(7)])...)}
		if len(more.Validate()) == 0 {
			c = more
		}
	}
	for range r.IntN(30) {
		c.Holidays = append(c.Holidays, anyTime(r).Format(time.DateOnly))
	}
	return c
}

// anyTime is one of some years with leap days and changes of clocks in all
// zones.
func anyTime(r *rand.Rand) time.Time {
	return time.Unix(1_230_768_000+r.Int64N(9*366*24*3600), r.Int64N(2)*r.Int64N(1e9)).UTC() // 2009 to 2017
}

// TestLaws holds the counting to what must be so.
func TestLaws(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		c := anyCalendar(r, 1)
		clock := clockOf(t, c)
		a, b := anyTime(r), anyTime(r)
		d, e := time.Duration(r.Int64N(int64(2000*time.Hour))), time.Duration(r.Int64N(int64(time.Hour)))
		due := clock.Add(a, d)
		if due.Sub(a) == math.MaxInt64 {
			continue // so little work that it never ends
		}
		if got := clock.Between(a, due); got != d {
			t.Fatalf("seed %d, %s: between %v and %v are %v, want %v", seed, c, a, due, got, d)
		}
		if d > 0 && clock.Between(a, due.Add(-1)) != d-1 {
			t.Fatalf("seed %d, %s: %v is not the first moment %v after %v", seed, c, due, d, a)
		}
		if clock.Add(due, e) != clock.Add(a, d+e) {
			t.Fatalf("seed %d, %s: %v and then %v after %v is not both at once", seed, c, d, e, a)
		}
		if later := a.Add(e); clock.Add(a, d).After(clock.Add(later, d)) || clock.Add(a, d).After(clock.Add(a, d+e)) {
			t.Fatalf("seed %d, %s: %v after %v goes backwards", seed, c, d, a)
		}
		if b.Before(a) {
			a, b = b, a
		}
		middle := a.Add(time.Duration(r.Int64N(int64(b.Sub(a)) + 1)))
		if clock.Between(a, b) != clock.Between(a, middle)+clock.Between(middle, b) {
			t.Fatalf("seed %d, %s: %v to %v does not add up at %v", seed, c, a, b, middle)
		}
		span := []calendar.Span{{middle, middle.Add(e)}}
		if got, want := clock.BetweenWithout(a, b, span), clock.Between(a, b)-clock.Between(middle, earlier(middle.Add(e), b)); got != want {
			t.Fatalf("seed %d, %s: %v to %v without %v is %v, want %v", seed, c, a, b, span, got, want)
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// TestLikeAWatch compares the counting with looking at a clock on the wall every
// quarter of an hour. Hours begin and end when clocks strike: where they show
// that twice, one look does not tell which it is.
func TestLikeAWatch(t *testing.T) {
	t.Parallel()
	const look = 15 * time.Minute
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 2))
		c := anyCalendar(r, 60)
		switch c.Zone {
		case "America/St_Johns", "Asia/Gaza", "Antarctica/Troll":
			continue // clocks were changed at a minute past midnight, or by two hours
		}
		clock, watch := clockOf(t, c), watchOf(t, c)
		a := anyTime(r).Truncate(look)
		b := a.Add(time.Duration(r.IntN(300*24)) * time.Hour)
		var want time.Duration
		for at := a; at.Before(b); at = at.Add(look) {
			if watch(at) {
				want += look
			}
		}
		if got := clock.Between(a, b); got != want {
			t.Errorf("seed %d, %s: between %v and %v are %v, want %v", seed, c, a, b, got, want)
		}
	}
}

// watchOf returns what tells whether people work, by one look at a clock.
func watchOf(t *testing.T, c calendar.Calendar) func(time.Time) bool {
	t.Helper()
	loc := zone(t, c.Zone)
	begun := func(day time.Time, at string) bool {
		return slices.ContainsFunc(c.Week, func(h calendar.Hours) bool {
			crosses := h.To <= h.From
			switch today := at < "24:00"; {
			case h.Day != everyDay[(day.Weekday()+6)%7] || slices.Contains(c.Holidays, day.Format(time.DateOnly)):
				return false
			case today:
				return h.From <= at && (crosses || at < h.To)
			default: // the day after
				return crosses && at[3:] < h.To
			}
		})
	}
	return func(at time.Time) bool {
		local := at.In(loc)
		day := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
		clock := local.Format("15:04")
		return begun(day, clock) || begun(day.AddDate(0, 0, -1), "24h"+clock)
	}
}

func BenchmarkAddAYear(b *testing.B) {
	clock := clockOf(b, calendar.Calendar{Zone: "Europe/Berlin", Week: calendar.Default().Week, Holidays: []string{"2027-12-25", "2028-01-01"}})
	from := time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)
	for b.Loop() {
		clock.Add(from, 52*40*time.Hour)
	}
}

func BenchmarkBetweenAYear(b *testing.B) {
	clock := clockOf(b, calendar.Calendar{Zone: "Europe/Berlin", Week: calendar.Default().Week})
	from := time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)
	for b.Loop() {
		clock.Between(from, from.AddDate(1, 0, 0))
	}
}

func BenchmarkClock(b *testing.B) {
	c := calendar.Calendar{Zone: "Europe/Berlin", Week: calendar.Default().Week}
	for b.Loop() {
		clockOf(b, c)
	}
}
