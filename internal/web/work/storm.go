package work

import (
	"net/http"
	"strconv"
	"time"

	"admit/internal/access"
	"admit/internal/propagation"
	"admit/internal/store"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// banner tells of a storm that waits.
type banner struct{ title, text, label, url string }

// banners are the storms that wait and hold something back, for those who may
// know.
func banners(v *site.Visit) ([]banner, error) {
	storms, err := v.Propagation.Storms(v.R.Context(), v.Actor)
	if access.CodeOf(err) == access.Forbidden {
		return nil, nil
	}
	var all []banner
	for _, s := range storms {
		if s.Changes == 0 {
			continue
		}
		b := banner{title: wouldOpen(s), text: sizes(s) + ". Nothing is filed until an admin decides.", label: "Look", url: stormURL(s)}
		if mayRelease(v) {
			b.text, b.label = sizes(s)+". Nothing is filed until you decide.", "Decide"
		}
		all = append(all, b)
	}
	return all, err
}

func mayRelease(v *site.Visit) bool { return v.Actor.May(access.ReleaseStorm, 0) == nil }

func stormURL(s propagation.StormView) string { return "/storms/" + s.Storm.ID }

// wouldOpen is what a storm is about, in a line.
func wouldOpen(s propagation.StormView) string {
	return act(s) + " would open " + ui.Plural(s.Changes, "ticket") + " in " + s.ProviderName
}

func act(s propagation.StormView) string {
	removal, grant := s.Removals == s.Changes, s.Removals == 0
	switch {
	case removal && s.Persons == 1:
		return "Taking access away from " + s.Person
	case removal && s.Resources == 1:
		return "Taking " + s.Resource + " away"
	case removal:
		return "Taking access away"
	case grant && s.Persons == 1:
		return "Giving access to " + s.Person
	case grant && s.Resources == 1:
		return "Giving " + s.Resource
	case grant:
		return "Giving access"
	}
	return "Giving access and taking it away"
}

// sizes says how many a storm is about.
func sizes(s propagation.StormView) string {
	people := ui.Number(s.Persons) + " people"
	if s.Persons == 1 {
		people = "1 person"
	}
	return people + ", " + ui.Plural(s.Resources, "thing")
}

// because says what a storm follows from.
func because(s propagation.StormView) string {
	switch s.Cause {
	case access.ByAdmin:
		if s.ActorName != "" {
			return s.ActorName + " decided it by hand"
		}
		return "An admin decided it by hand"
	case access.ByExpiry:
		return "The time it was given for is over"
	case access.BySelf:
		return "It was given back"
	case access.BySystem:
		return "A person, a resource or an app was removed"
	case access.ByRequest:
	}
	return "Many changes came at once"
}

// stormModel is the page of a storm.
type stormModel struct {
	propagation.StormView
	url        string
	waits      bool
	mayRelease bool
	problem    string // why nothing was filed
	choices    []choice
	rows       []row
	pager      ui.Pager
	now        time.Time
}

// choice is one way to let a storm go.
type choice struct {
	grouping    access.Grouping
	tickets     int
	title, text string
}

// button names what it does.
func (c choice) button() ui.Button {
	return ui.Button{Label: "File " + ui.Plural(c.tickets, "ticket"), Busy: "Filing…"}
}

// choices are the ways to share tickets. One that makes as many as each its own
// is none.
func choices(s propagation.StormView) []choice {
	own := s.Tickets[access.GroupNone]
	all := []choice{{access.GroupNone, own, "Each its own ticket", "Every change is assigned, done and recorded by itself."}}
	for _, c := range []choice{
		{access.GroupByPerson, s.Tickets[access.GroupByPerson], "One for each person", "What one person loses is a list in one ticket."},
		{access.GroupByResource, s.Tickets[access.GroupByResource], "One for each resource", "Who loses one resource is a list in one ticket."},
	} {
		if c.tickets < own {
			all = append(all, c)
		}
	}
	return all
}

func showStorm(v *site.Visit) error { return stormPage(v, http.StatusOK, "") }

func stormPage(v *site.Visit, status int, problem string) error {
	id, err := v.ID("id")
	if err != nil {
		return err
	}
	ctx := v.R.Context()
	s, err := v.Propagation.Storm(ctx, v.Actor, id)
	if err != nil {
		return err
	}
	m := stormModel{
		StormView: s, url: stormURL(s), waits: s.State == access.StormWaiting, mayRelease: mayRelease(v), problem: problem, choices: choices(s), now: v.Now,
	}
	f := store.ChangeFilter{StormID: id, Held: m.waits, Page: part.Page(v)}
	list, err := v.Propagation.Work(ctx, v.Actor, f)
	if err != nil {
		return err
	}
	for _, item := range list.Items {
		m.rows = append(m.rows, rowOf(item, v.Actor, m.url))
	}
	m.pager = part.Pager(v, list.Next, part.Shown(len(m.rows), "change", f.Page, list.Next))
	shell := ui.Shell{Title: "Held back", Active: ui.NavWork, Crumbs: []ui.Link{{Label: "Work", URL: "/work"}}}
	return v.ShowStatus(status, shell, stormView(m))
}

func releaseStorm(v *site.Visit) error {
	id, form, err := v.Posted()
	if err != nil {
		return err
	}
	changes, err := strconv.Atoi(form.Get("changes"))
	if err != nil {
		return access.Errorf(access.Invalid, "the form says no number of changes")
	}
	g := access.Grouping(form.Get("grouping"))
	before, err := v.Propagation.Storm(v.R.Context(), v.Actor, id)
	if err != nil {
		return err
	}
	if before.State != access.StormWaiting && mayRelease(v) {
		return stormPage(v, http.StatusUnprocessableEntity, "Somebody was faster: it is decided already.")
	}
	err = v.Propagation.ReleaseStorm(v.R.Context(), v.Actor, id, changes, g)
	if access.CodeOf(err) == access.Conflict {
		_, sentence, _ := site.Problems(err)
		return stormPage(v, http.StatusUnprocessableEntity, site.Sentence(sentence))
	}
	if err != nil {
		return err
	}
	if changes == 0 {
		return v.Done("/work", site.Said("Nothing is held back any more."))
	}
	return v.Done("/work", site.Said("Filing "+ui.Plural(before.Tickets[g], "ticket")+" for "+ui.Plural(changes, "change")+" in "+before.ProviderName+"."))
}
