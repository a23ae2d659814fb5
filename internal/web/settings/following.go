package settings

import (
	"net/http"
	"net/url"

	"admit/internal/access"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// followingModel is the page of how tickets are followed.
type followingModel struct {
	storm, hourly, zone ui.Input
	days                []ui.Input
	holidays            ui.Textarea
	targets             []targetRow
	works               string // when people do, as it is saved, in words
	mail                bool   // is set up
	mayManage           bool
}

// targetRow is after how long something happens to changes of a kind.
type targetRow struct {
	direction, risk string
	remind, late    ui.Input
}

func following(v *site.Visit) error {
	is, err := v.Propagation.Settings(v.R.Context(), v.Actor)
	if err != nil {
		return err
	}
	m := followingForm(v, written(is), nil)
	m.works = is.Calendar.String()
	return v.Show(followingShell(), followingView(m))
}

func saveFollowing(v *site.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	t := read(form)
	err = v.Propagation.SaveSettings(v.R.Context(), v.Actor, t.settings)
	if fields, _, ok := site.Problems(err); ok && len(fields) > 0 {
		m := followingForm(v, form, t.blame(fields))
		return v.ShowStatus(http.StatusUnprocessableEntity, followingShell(), followingView(m))
	}
	if err != nil {
		return err
	}
	return v.Done("/settings/following", site.Said("Saved. It holds for what happens from now on."))
}

func followingShell() ui.Shell {
	return ui.Shell{Title: "Following tickets", Active: ui.NavSettings, Crumbs: []ui.Link{{Label: "Settings", URL: "/settings"}}}
}

// followingForm draws the controls with what they hold, and what is wrong with
// it, by name.
func followingForm(v *site.Visit, values url.Values, wrong map[string]string) followingModel {
	m := followingModel{mail: v.Propagation.Mail.Enabled(), mayManage: v.Actor.May(access.ManageSettings, 0) == nil}
	field := func(name, label, help string) ui.Field {
		return ui.Field{Name: name, Label: label, Help: help, Error: part.Capital(wrong[name]), Disabled: !m.mayManage}
	}
	input := func(name, label, help, placeholder string) ui.Input {
		return ui.Input{Field: field(name, label, help), Value: values.Get(name), Placeholder: placeholder, Autocomplete: "off"}
	}
	m.storm = input(stormName, "More tickets at once than this wait for an admin", "Counted for one cause, such as a person who leaves. Empty or 0: none wait.", "100")
	m.hourly = input(hourlyName, "Tickets an hour at most", "At one ticket provider; the rest wait their turn. Empty or 0: as many as there are.", "no cap")
	m.zone = input(zoneName, "Time zone", "", "UTC")
	for _, day := range weekdays {
		m.days = append(m.days, input(day, part.Capital(day), "", "free"))
	}
	m.holidays = ui.Textarea{Field: field(holidaysName, "Holidays", "One day on each line, such as 2026-12-25."), Value: values.Get(holidaysName), Mono: true}
	for _, d := range directions {
		for _, r := range risks {
			what := d.label + ", " + r.label + ": "
			m.targets = append(m.targets, targetRow{
				direction: d.label, risk: r.label,
				remind: input(targetName(d.direction, r.risk, remindName), what+"remind after", "", "never"),
				late:   input(targetName(d.direction, r.risk, lateName), what+"late after", "", "never"),
			})
		}
	}
	return m
}

// mistakes lists what is wrong, in the order of the page.
func (m followingModel) mistakes() []ui.Problem {
	all := []ui.Field{m.storm.Field, m.hourly.Field, m.zone.Field}
	for _, d := range m.days {
		all = append(all, d.Field)
	}
	all = append(all, m.holidays.Field)
	for _, t := range m.targets {
		all = append(all, t.remind.Field, t.late.Field)
	}
	return ui.Problems(all...)
}
