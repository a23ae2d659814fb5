package requests

import (
	"slices"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/request"
	"admit/internal/web/part"
	"admit/internal/web/ui"
)

var states = []access.RequestState{access.Pending, access.Approved, access.Denied, access.Canceled}

func isState(s access.RequestState) bool { return slices.Contains(states, s) }

type listView struct {
	rows   []row
	filter ui.Filter
	pager  ui.Pager
	all    bool // not only one's own
	sought bool
	csv    string
	now    time.Time
}

type row struct {
	id, title, sub string
	person         ui.Person
	length         string
	state          string
	waiting        string   // who decides, while it is pending
	carried        *carried // how it is carried out, once approved
	at             time.Time
}

// carried is how an approved request stands, in words.
type carried struct {
	tone        ui.Tone
	icon, label string
}

func filter(state access.RequestState, all bool) ui.Filter {
	scope := ""
	if all {
		scope = scopeAll
	}
	options := make([]ui.Option, len(states))
	for i, s := range states {
		options[i] = ui.Option{Value: string(s), Label: strings.ToUpper(string(s[:1])) + string(s[1:])}
	}
	return ui.Filter{Action: "/requests", Target: "requests", Selects: []ui.Select{
		{Field: ui.Field{Name: "scope", Label: "Whose requests"}, Value: scope, Empty: "Mine", Options: []ui.Option{{Value: scopeAll, Label: "All I may see"}}},
		{Field: ui.Field{Name: "state", Label: "State"}, Value: string(state), Empty: "Any state", Options: options},
	}}
}

func rows(views []request.View) []row {
	all := make([]row, len(views))
	for i, r := range views {
		all[i] = row{
			id: r.ID, title: things(r), sub: apps(r), person: part.Person(r.Target, false), length: length(r.Minutes),
			state: string(r.State), at: r.CreatedAt,
		}
		if r.State == access.Pending {
			all[i].waiting = strings.TrimSuffix("Waits for "+deciders(r), ",")
		}
		if r.State == access.Approved {
			all[i].carried = carriedOut(r)
		}
	}
	return all
}

// things names what a request asks for.
func things(r request.View) string {
	names := make([]string, len(r.Items))
	for i, item := range r.Items {
		names[i] = thing(item)
	}
	if len(names) > 3 {
		return strings.Join(names[:2], ", ") + " and " + ui.Number(len(names)-2) + " more"
	}
	return strings.Join(names, ", ")
}

func thing(i request.ItemView) string {
	if i.LevelName != "" {
		return i.Resource.Name + " (" + i.LevelName + ")"
	}
	return i.Resource.Name
}

func apps(r request.View) string {
	var names []string
	for _, i := range r.Items {
		if !slices.Contains(names, i.App.Name) {
			names = append(names, i.App.Name)
		}
	}
	return strings.Join(names, ", ")
}

func length(minutes *int) string {
	if minutes == nil {
		return "No end"
	}
	return ui.Duration(time.Duration(*minutes) * time.Minute)
}

// deciders names who a pending request waits for.
func deciders(r request.View) string {
	var users []access.User
	for _, i := range r.Items {
		if i.State != access.Pending {
			continue
		}
		for _, u := range i.Reviewers {
			if !slices.ContainsFunc(users, func(x access.User) bool { return x.ID == u.ID }) {
				users = append(users, u)
			}
		}
	}
	return anyOf(users)
}

// anyOf names people of whom one has to act.
func anyOf(users []access.User) string {
	const most = 3
	if len(users) == 0 {
		return "an admin of Admit, since nobody else reviews it,"
	}
	names := make([]string, len(users))
	for i, u := range users {
		names[i] = u.Name()
	}
	if n := len(names); n > most {
		return strings.Join(names[:most], ", ") + " or " + ui.Plural(n-most, "other")
	} else if n > 1 {
		return strings.Join(names[:n-1], ", ") + " or " + names[n-1]
	}
	return names[0]
}

// carriedOut sums up the changes of an approved request: what needs a person
// comes first.
func carriedOut(r request.View) *carried {
	done, live := 0, 0
	for _, i := range r.Items {
		switch {
		case i.Change == nil:
		case i.Change.State == access.NeedsAttention:
			return &carried{ui.Bad, "triangle-alert", "Needs attention"}
		case i.Change.State.Live():
			live++
		case i.Change.State == access.Done:
			done++
		}
	}
	switch {
	case live > 0:
		return &carried{ui.Warn, "ticket", "Being carried out"}
	case done > 0:
		return &carried{ui.Good, "refresh-cw", "Carried out"}
	}
	return nil
}
