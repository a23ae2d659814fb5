package cli

import (
	"context"
	"maps"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// wireSettings is how tickets are followed.
type wireSettings struct {
	StormAbove     int `json:"storm_above"`
	TicketsPerHour int `json:"tickets_per_hour"`
	Calendar       struct {
		Zone     string      `json:"zone"`
		Week     []wireHours `json:"week"`
		Holidays []string    `json:"holidays"`
	} `json:"calendar"`
	Clocks map[string]map[string]wireClock `json:"clocks"`
}

type wireHours struct {
	Day  string `json:"day"`
	From string `json:"from"`
	To   string `json:"to"`
}

type wireClock struct {
	Remind string `json:"remind"`
	Late   string `json:"late"`
}

const settingsPath = "/settings/engine"

func (s *session) settings() *cobra.Command {
	return group("settings", "How tickets are followed in the whole installation", "", s.showSettings(), s.setSettings())
}

func (s *session) showSettings() *cobra.Command {
	return command("show", "Show how tickets are followed", func(cmd *cobra.Command, _ []string) error {
		return s.printSettings(cmd.Context(), get(settingsPath, nil))
	})
}

func (s *session) setSettings() *cobra.Command {
	var f *form
	cmd := command("set", "Change how tickets are followed", func(cmd *cobra.Command, _ []string) error {
		body, err := f.change(cmd.Context())
		if err != nil {
			return err
		}
		if file, ok := body["file"].(object); ok {
			delete(body, "file")
			maps.Copy(file, body)
			body = file
		}
		return s.printSettings(cmd.Context(), put(settingsPath, body))
	})
	cmd.Long = `Change how tickets are followed; what is not named stays. When people work, and
after how much of that time they are reminded and a change is late, a file says:

  {"calendar": {"zone": "Europe/Berlin", "holidays": ["2026-12-25"],
                "week": [{"day": "monday", "from": "09:00", "to": "17:00"}]},
   "clocks": {"removal": {"high": {"remind": "2h", "late": "4h"}}}}

admit settings show --output json prints all there is.`
	f = s.form(cmd).number("storm-above", "storm_above", "more tickets than this of one cause at once wait for an admin; 0: none wait").
		number("tickets-per-hour", "tickets_per_hour", "how many one ticket provider gets within an hour; 0: no cap").
		file("file", "file", "a file of JSON with these and other settings")
	return cmd
}

// printSettings makes a call that answers with the settings, and prints them.
func (s *session) printSettings(ctx context.Context, c call) error {
	raw, err := s.do(ctx, c)
	if err != nil {
		return err
	}
	columns := []column[wireSettings]{
		{head: "STORM ABOVE", cell: func(x wireSettings) string { return atMost(x.StormAbove) }},
		{head: "TICKETS PER HOUR", cell: func(x wireSettings) string { return atMost(x.TicketsPerHour) }},
		{head: "ZONE", cell: func(x wireSettings) string { return x.Calendar.Zone }},
		{head: "WORKING TIME", cell: wireSettings.week},
		{head: "HOLIDAYS", cell: func(x wireSettings) string { return strings.Join(x.Calendar.Holidays, ", ") }},
	}
	for _, direction := range []string{"grant", "removal"} {
		for _, risk := range []string{"low", "normal", "high"} {
			columns = append(columns, column[wireSettings]{
				head: strings.ToUpper(direction + ", " + risk + " risk"),
				cell: func(x wireSettings) string { return x.Clocks[direction][risk].String() },
			})
		}
	}
	return printOne(ctx, s, raw, always(columns...))
}

func atMost(n int) string {
	if n == 0 {
		return "no limit"
	}
	return strconv.Itoa(n)
}

func (x wireSettings) week() string {
	var days []string
	for _, h := range x.Calendar.Week {
		days = append(days, h.Day+" "+h.From+" to "+h.To)
	}
	return or(strings.Join(days, ", "), "round the clock")
}

// String says when people hear of a change.
func (c wireClock) String() string {
	never := func(text string) string {
		if text == "0s" {
			return "never"
		}
		return text
	}
	return "reminder after " + never(c.Remind) + ", late after " + never(c.Late)
}
