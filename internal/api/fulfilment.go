package api

import (
	"cmp"

	"admit/internal/access"
	"admit/internal/inventory"
)

// Words for what is nothing to write down.
const (
	atRandom  = "random"
	groupNone = "none"
)

// Fulfilment says who gets tickets, and whether several changes share one.
type Fulfilment struct {
	Assign       string `json:"assign" required:"true" enum:"random,least_open,round_robin,person,queue,on_call" doc:"Who gets a ticket. Of the resource's admin owner: anybody at random, who has the fewest open ones, or who had one longest ago. Or one person, nobody (people of the project share them out), or whoever is on call."`
	AssignTo     string `json:"assign_to,omitempty" format:"uuid" doc:"For person: the user."`
	Schedule     string `json:"schedule,omitempty" doc:"For on_call: the id of the schedule at the on-call service."`
	ScheduleName string `json:"schedule_name,omitempty" doc:"What people call it."`
	ByHandToo    bool   `json:"by_hand_too" required:"true" doc:"Whether it holds for what an admin does by hand too. Otherwise that admin gets the ticket."`
	Group        string `json:"group" required:"true" enum:"none,person,resource" doc:"Which removals that wait to be filed share a ticket: none, those of a person, or those of a resource."`
}

// FulfilmentInput changes who gets tickets; what is left out stays as it is.
type FulfilmentInput struct {
	Assign       *string `json:"assign,omitempty" enum:"random,least_open,round_robin,person,queue,on_call" doc:"Left out, it is person when assign_to is given, and on_call when schedule is."`
	AssignTo     *string `json:"assign_to,omitempty" format:"uuid"`
	Schedule     *string `json:"schedule,omitempty"`
	ScheduleName *string `json:"schedule_name,omitempty"`
	ByHandToo    *bool   `json:"by_hand_too,omitempty"`
	Group        *string `json:"group,omitempty" enum:"none,person,resource"`
}

func fulfilmentOf(f access.Fulfilment) Fulfilment {
	return Fulfilment{
		Assign: cmp.Or(string(f.Assign), atRandom), AssignTo: f.UserID, Schedule: f.Schedule, ScheduleName: f.ScheduleName,
		ByHandToo: f.ByHandToo, Group: cmp.Or(string(f.Group), groupNone),
	}
}

func (f FulfilmentInput) patch() inventory.FulfilmentPatch {
	p := inventory.FulfilmentPatch{AssignTo: f.AssignTo, Schedule: f.Schedule, ScheduleName: f.ScheduleName, ByHandToo: f.ByHandToo}
	if f.Assign != nil {
		p.Assign = new(access.AssignRule(*f.Assign))
		if *f.Assign == atRandom {
			*p.Assign = access.AtRandom
		}
	}
	if f.Group != nil {
		p.Group = new(groupingOf(*f.Group))
	}
	return p
}

func groupingOf(word string) access.Grouping {
	if word == groupNone {
		return access.GroupNone
	}
	return access.Grouping(word)
}

// check notes under prefix what another field given makes meaningless. Dropping
// it would promise an assignee whom no ticket ever gets.
func (f FulfilmentInput) check(prefix string, wrong *access.Problems) {
	rule := deref(f.Assign)
	if rule == "" && deref(f.AssignTo) != "" {
		rule = string(access.ToPerson)
	}
	for _, x := range []struct {
		name  string
		value *string
		needs access.AssignRule
	}{{"assign_to", f.AssignTo, access.ToPerson}, {"schedule", f.Schedule, access.OnCall}, {"schedule_name", f.ScheduleName, access.OnCall}} {
		if rule != "" && rule != string(x.needs) && deref(x.value) != "" {
			wrong.Add(prefix+x.name, "must be left out unless assign is %s", x.needs)
		}
	}
}
