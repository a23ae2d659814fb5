package settings_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"admit/internal/access"
	"admit/internal/calendar"
	"admit/internal/mail"
	"admit/internal/propagation"
	"admit/internal/web/settings"
	"admit/internal/web/webtest"
)

const followingPath = "/settings/following"

// shown is what the form of a page holds.
func shown(page webtest.Answer) url.Values {
	form := url.Values{}
	for _, each := range page.Find("main form input, main form textarea").EachIter() {
		name, _ := each.Attr("name")
		value, isInput := each.Attr("value")
		if !isInput {
			value = each.Text()
		}
		form.Set(name, value)
	}
	return form
}

func stored(t *testing.T, c *webtest.Company) propagation.Settings {
	t.Helper()
	is, err := c.Propagation.Settings(t.Context(), c.Actor(webtest.Ada))
	if err != nil {
		t.Fatal(err)
	}
	return is
}

func TestFollowingIsSavedAsItIsShown(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, settings.Register)
	ada := c.As(webtest.Ada)
	page := ada.Get(followingPath).Is(http.StatusOK).Says("main", "Now: Monday to Friday, 09:00 to 17:00, UTC", "Mail is not set up: reminders stand in the ticket only", "ADMIT_SMTP_URL", "mail_from")
	page.Has(1, `input[name=monday][value="09:00-17:00"]`).Has(1, `input[name="clocks.removal.high.remind"][value="2h"][aria-label="Take away, high risk: remind after"]`)
	before := stored(t, c)
	ada.Post(followingPath, shown(page)).LeadsTo(followingPath)
	if diff := cmp.Diff(before, stored(t, c)); diff != "" {
		t.Error("saving what is shown changed it:", diff)
	}
	ada.Get(followingPath).Says(".toast", "Saved").Has(1, `.tabs a[href="`+followingPath+`"][aria-current]`)
}

func TestFollowingIsChanged(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, settings.Register)
	ada := c.As(webtest.Ada)
	form := shown(ada.Get(followingPath))
	for name, value := range map[string]string{
		"storm_above": " 25 ", "tickets_per_hour": "200", "calendar.zone": "Europe/Berlin", "monday": "09:00-12:00, 13:00 - 17:30", "tuesday": "", "sunday": "22:00-06:00",
		"calendar.holidays": "2026-12-25\r\n\r\n 2026-12-26 \r\n", "clocks.removal.high.remind": "90m", "clocks.removal.high.late": "2h 30m", "clocks.grant.low.late": "",
		"clocks.grant.low.remind": "0",
	} {
		form.Set(name, value)
	}
	ada.Post(followingPath, form).LeadsTo(followingPath)
	is := stored(t, c)
	week := []calendar.Hours{
		{Day: "monday", From: "09:00", To: "12:00"},
		{Day: "monday", From: "13:00", To: "17:30"},
		{Day: "wednesday", From: "09:00", To: "17:00"},
		{Day: "thursday", From: "09:00", To: "17:00"},
		{Day: "friday", From: "09:00", To: "17:00"},
		{Day: "sunday", From: "22:00", To: "06:00"},
	}
	want := calendar.Calendar{Zone: "Europe/Berlin", Week: week, Holidays: []string{"2026-12-25", "2026-12-26"}}
	if diff := cmp.Diff(want, is.Calendar); diff != "" || is.StormAbove != 25 || is.TicketsPerHour != 200 {
		t.Error(is.StormAbove, is.TicketsPerHour, diff)
	}
	high, low := is.Targets(access.ToRemove, access.HighRisk), is.Targets(access.ToGrant, access.LowRisk)
	if time.Duration(high.Remind) != 90*time.Minute || time.Duration(high.Late) != 150*time.Minute || low.Late != 0 || low.Remind != 0 {
		t.Errorf("targets %v and %v", high, low)
	}
	for _, day := range []string{"monday", "wednesday", "thursday", "friday", "sunday"} {
		form.Del(day)
	}
	ada.Post(followingPath, form).LeadsTo(followingPath)
	if week := stored(t, c).Calendar.Week; len(week) > 0 {
		t.Errorf("round the clock is %v", week)
	}
}

func TestFollowingNamesEveryMistake(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, settings.Register)
	ada := c.As(webtest.Ada)
	form := shown(ada.Get(followingPath))
	before := stored(t, c)
	typed := map[string]string{
		"storm_above": "-1", "tickets_per_hour": "<b>many</b>", "calendar.zone": "Mars/Olympus", "monday": "nine to five", "tuesday": "09:00-12:00,11:00-17:00",
		"wednesday": "09:00-09:00", "calendar.holidays": "2026-12-25\n25.12.2026", "clocks.removal.high.remind": "soon", "clocks.grant.low.late": "-5h",
		"clocks.grant.high.remind": "99999999999h", "clocks.removal.low.remind": "40h",
	}
	for name, value := range typed {
		form.Set(name, value)
	}
	page := ada.Post(followingPath, form).Is(http.StatusUnprocessableEntity)
	for name, said := range map[string]string{
		"storm_above": "Must be a number from 0", "tickets_per_hour": "Must be a number from 0", "calendar.zone": "time zone such as Europe/Berlin",
		"monday": "Must be hours such as 09:00-17:00", "tuesday": "overlap", "wednesday": "Must not be when it begins", "calendar.holidays": "line “25.12.2026” must be a day",
		"clocks.removal.high.remind": "such as 16h or 90m", "clocks.grant.low.late": "Must be from 0 to 2000h", "clocks.grant.high.remind": "such as 16h or 90m",
		"clocks.removal.low.remind": "must not be after a change is late",
	} {
		if got := page.Find(`[id="` + name + `-error"]`).Text(); !strings.Contains(strings.ToLower(got), strings.ToLower(said)) {
			t.Errorf("%s says %q", name, got)
		}
	}
	page.Says(".error-summary", "12 things to correct", "Take away, high risk: remind after")
	kept := shown(page)
	for name, value := range typed {
		if kept.Get(name) != value {
			t.Errorf("%s has %q, want what was typed", name, kept.Get(name))
		}
	}
	for _, hostile := range []string{strings.Repeat("09:00-10:00,", 1000), "\x00\xff", "--,-,,", "24:00-00:00"} {
		form.Set("monday", hostile)
		ada.Post(followingPath, form).Is(http.StatusUnprocessableEntity).Has(1, `[id="monday-error"]`)
	}
	form.Set("calendar.holidays", strings.Repeat("2026-12-25\n", 1001))
	ada.Post(followingPath, form).Is(http.StatusUnprocessableEntity).Says(`[id="calendar.holidays-error"]`, "at most 1000")
	if diff := cmp.Diff(before, stored(t, c)); diff != "" {
		t.Error("something was saved:", diff)
	}
}

func TestFollowingIsForAdmins(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, settings.Register)
	sender, err := mail.New("smtp://mail.example.com", "admit@example.com", mail.Options{Now: c.DB.Time})
	if err != nil {
		t.Fatal(err)
	}
	c.Propagation.Mail = sender
	otto := c.As(webtest.Otto)
	page := otto.Get(followingPath).Is(http.StatusOK).Says("main", "only an admin can change this", "Mail is set up").SaysNot("main", "Save", "example.com")
	page.Has(0, "main form input:not([disabled]), main form textarea:not([disabled])").Has(0, "main form button")
	form := shown(page)
	otto.Post(followingPath, form).Is(http.StatusForbidden)
	for _, who := range []string{webtest.Ana, webtest.Josh} {
		c.As(who).Get(followingPath).Is(http.StatusForbidden)
		c.As(who).Post(followingPath, form).Is(http.StatusForbidden)
	}
}
