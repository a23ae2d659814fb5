package ticketform

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/a-h/templ"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// loadPeople fills in the e-mail of the stored person, and whom one can choose.
func (f *Form) loadPeople(v *site.Visit) error {
	switch f.Who.Assign {
	case access.OnCall:
		return f.loadSchedules(v)
	case access.ToPerson:
	case access.AtRandom, access.LeastOpen, access.RoundRobin, access.ToNobody:
		return nil
	}
	if f.Person == "" && f.Who.UserID != "" {
		found, err := v.Inventory.Users(v.R.Context(), v.Actor, store.UserFilter{IDs: []string{f.Who.UserID}})
		if err != nil {
			return err
		}
		for _, u := range found.Items {
			f.Person = u.Email
		}
	}
	var err error
	f.People, err = part.Offer(v, site.Clean(f.Person))
	return err
}

// loadSchedules fills in whose turns one can choose, or why none are known.
func (f *Form) loadSchedules(v *site.Visit) error {
	ctx, stop := context.WithTimeout(v.R.Context(), patience)
	defer stop()
	found, err := v.Propagation.Schedules(ctx, v.Actor)
	if access.CodeOf(err) == access.Unavailable {
		f.OnCallTrouble = troubleOf(err)
		found, err = nil, nil
	}
	for _, s := range found {
		f.Schedules = append(f.Schedules, ui.Option{Value: s.ID, Label: s.Name})
	}
	known := slices.ContainsFunc(f.Schedules, func(o ui.Option) bool { return o.Value == f.Who.Schedule })
	if f.Who.Schedule != "" && !known { // what is stored stays a choice
		f.Schedules = append(f.Schedules, ui.Option{Value: f.Who.Schedule, Label: cmp.Or(f.Who.ScheduleName, f.Who.Schedule)})
	}
	return err
}

// rules are the rules of who gets tickets, in words.
var rules = map[access.AssignRule]ui.Option{
	access.AtRandom:   {Label: "A random admin", Help: "Any of the admins of the resource."},
	access.LeastOpen:  {Label: "Who has the least to do", Help: "The admin of the resource with the fewest open tickets."},
	access.RoundRobin: {Label: "In turn", Help: "The admin whose last ticket of the resource is the oldest."},
	access.ToPerson:   {Label: "One person", Help: "Always the same, an admin of the resource or not."},
	access.ToNobody:   {Label: "Nobody", Help: "It stays unassigned: those who look after the project share the tickets out."},
	access.OnCall:     {Label: "Who is on call", Help: "By a schedule of your on-call service, at the moment of filing."},
}

// groupings are the ways to share tickets, in words.
var groupings = map[access.Grouping]ui.Option{
	access.GroupNone:       {Label: "Each change has a ticket of its own"},
	access.GroupByPerson:   {Label: "One ticket for all removals of a person", Help: "Of those that wait at the same time, as when somebody leaves."},
	access.GroupByResource: {Label: "One ticket for all removals from a resource", Help: "Of those that wait at the same time, as when a resource is closed down."},
}

func (f Form) assignField() ui.Field {
	return ui.Field{
		Name: fieldAssign, Label: "Who gets the tickets", Required: true, Error: f.Mistakes.Of(fieldAssign),
		Help:  "Where nobody it chooses has an account at the provider, the admins of the resource are asked, then those of the app.",
		Attrs: f.again("change", "#ticket-people"),
	}
}

func (f Form) assignRadio() ui.Radio {
	r := ui.Radio{Field: f.assignField(), Value: string(f.Who.Assign)}
	for _, rule := range access.AssignRules {
		o := rules[rule]
		o.Value = string(rule)
		r.Options = append(r.Options, o)
	}
	return r
}

func (f Form) personField() ui.Field {
	attrs := templ.Attributes{"list": "ticket-assignees"}
	maps.Copy(attrs, f.again("input delay:200ms", "#ticket-assignees"))
	return ui.Field{
		Name: fieldAssignTo, Label: "Person", Required: true, Error: f.Mistakes.Of(fieldAssignTo),
		Help: "Type a name or an e-mail address, and choose.", Attrs: attrs,
	}
}

func (f Form) scheduleField() ui.Field {
	return ui.Field{
		Name: fieldSchedule, Label: "Schedule", Required: true, Error: f.Mistakes.Of(fieldSchedule),
		Help: "Or an escalation policy. A schedule that no escalation policy uses has nobody on call.",
	}
}

func (f Form) byHandField() ui.Field {
	return ui.Field{
		Name: fieldByHandToo, Label: "Also for changes an admin makes by hand",
		Help: "Otherwise the ticket of such a change goes to that admin.",
	}
}

func (f Form) groupField() ui.Field {
	return ui.Field{Name: fieldGroup, Label: "Several changes at once", Required: true, Error: f.Mistakes.Of(fieldGroup)}
}

func (f Form) groupRadio() ui.Radio {
	r := ui.Radio{Field: f.groupField(), Value: string(f.Who.Group)}
	for _, g := range access.Groupings {
		o := groupings[g]
		o.Value = string(g)
		r.Options = append(r.Options, o)
	}
	return r
}

// goesTo says who gets the tickets.
func goesTo(rule access.AssignRule) string {
	switch rule {
	case access.AtRandom:
		return "It goes to a random admin of the resource."
	case access.LeastOpen:
		return "It goes to the admin of the resource with the fewest open tickets."
	case access.RoundRobin:
		return "It goes to the admins of the resource in turn."
	case access.ToPerson:
		return "It always goes to the same person."
	case access.ToNobody:
		return "It is assigned to nobody."
	case access.OnCall:
		return "It goes to whoever is on call."
	}
	return ""
}

// ByHand says who gets the ticket of what the reader does by hand, to go on with
// in a sentence about it.
func ByHand(p access.TicketPolicy) string {
	if p.Fulfilment.ByHandToo {
		return "goes to whom the settings choose"
	}
	return "is assigned to you"
}
