package inventory

import (
	"context"
	"slices"

	"admit/internal/access"
	"admit/internal/store"
)

// FulfilmentPatch is what to change of who gets tickets; nil leaves a field as it
// is. A person or a schedule without a rule means the rule that needs it.
type FulfilmentPatch struct {
	Assign                           *access.AssignRule
	AssignTo, Schedule, ScheduleName *string
	ByHandToo                        *bool
	Group                            *access.Grouping
}

func (p FulfilmentPatch) apply(f *access.Fulfilment) {
	switch {
	case p.Assign != nil:
		f.Assign = *p.Assign
	case p.AssignTo != nil:
		f.Assign = access.ToPerson
	case p.Schedule != nil:
		f.Assign = access.OnCall
	}
	set(&f.UserID, p.AssignTo)
	set(&f.Schedule, p.Schedule)
	set(&f.ScheduleName, p.ScheduleName)
	set(&f.ByHandToo, p.ByHandToo)
	set(&f.Group, p.Group)
}

// checkFulfilment checks who gets tickets. What a rule does not need is cleared.
func checkFulfilment(ctx context.Context, w *store.Write, wrong *access.Problems, f *access.Fulfilment) error {
	if !slices.Contains(access.AssignRules, f.Assign) {
		wrong.Add("tickets.assign", "must be empty, least_open, round_robin, person, queue or on_call")
	}
	if !slices.Contains(access.Groupings, f.Group) {
		wrong.Add("tickets.group", "must be empty, person or resource")
	}
	f.Schedule = wrong.Line("tickets.schedule", f.Schedule, f.Assign == access.OnCall, access.MaxName)
	f.ScheduleName = wrong.Line("tickets.schedule_name", f.ScheduleName, false, access.MaxName)
	if f.Assign != access.OnCall {
		f.Schedule, f.ScheduleName = "", ""
	}
	if f.Assign != access.ToPerson {
		f.UserID = ""
		return nil
	}
	u, err := store.User(ctx, &w.Reader, f.UserID)
	if access.CodeOf(err) == access.NotFound || err == nil && u.DeletedAt != nil {
		wrong.Add("tickets.assign_to", "must name a user")
		return nil
	}
	return err
}
