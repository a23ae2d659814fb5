package store

import (
	"context"

	"admit/internal/access"
	"admit/internal/sqldb"
)

// Holdings lists listed slots with all one needs to show them: a fixed number of
// queries for a page, whatever its size.
func Holdings(ctx context.Context, r *sqldb.Reader, f SlotFilter) (access.List[access.Holding], error) {
	slots, err := Slots(ctx, r, f)
	if err != nil || len(slots.Items) == 0 {
		return access.List[access.Holding]{}, err
	}
	list := access.List[access.Holding]{Items: make([]access.Holding, len(slots.Items)), Next: slots.Next}
	var slotIDs, userIDs, resourceIDs, changeIDs []string
	for i, s := range slots.Items {
		list.Items[i].Slot = s
		slotIDs, userIDs = append(slotIDs, s.ID), add(userIDs, s.UserID)
		resourceIDs = add(resourceIDs, s.ResourceID)
		if s.ChangeID != nil {
			changeIDs = append(changeIDs, *s.ChangeID)
		}
	}
	users, err := UsersByID(ctx, r, userIDs)
	if err != nil {
		return list, err
	}
	grants, err := LiveGrants(ctx, r, slotIDs)
	if err != nil {
		return list, err
	}
	for i := range list.Items {
		h := &list.Items[i]
		h.User, h.Grants = users[h.UserID], grants[h.Slot.ID]
	}
	if err := addPlaces(ctx, r, list.Items, resourceIDs); err != nil {
		return list, err
	}
	return list, addChanges(ctx, r, list.Items, changeIDs)
}

// add appends id unless it is the last one already: lists are often of one
// resource, or of one user.
func add(ids []string, id string) []string {
	if n := len(ids); n > 0 && ids[n-1] == id {
		return ids
	}
	return append(ids, id)
}

// addPlaces fills in resource, app and level.
func addPlaces(ctx context.Context, r *sqldb.Reader, hs []access.Holding, resourceIDs []string) error {
	resources, err := ResourcesByID(ctx, r, resourceIDs)
	if err != nil {
		return err
	}
	var appIDs []string
	for _, x := range resources {
		appIDs = append(appIDs, x.AppID)
	}
	apps, err := AppsByID(ctx, r, appIDs)
	if err != nil {
		return err
	}
	levels, err := Levels(ctx, r, resourceIDs)
	if err != nil {
		return err
	}
	for i := range hs {
		h := &hs[i]
		h.Resource = resources[h.ResourceID]
		h.App = apps[h.Resource.AppID]
		h.LevelName = LevelName(levels[h.ResourceID], h.Level)
	}
	return nil
}

// addChanges fills in the newest change, its newest ticket and their provider.
func addChanges(ctx context.Context, r *sqldb.Reader, hs []access.Holding, changeIDs []string) error {
	if len(changeIDs) == 0 {
		return nil
	}
	changes, err := ChangesByID(ctx, r, changeIDs)
	if err != nil {
		return err
	}
	tickets, err := TicketsOf(ctx, r, changeIDs)
	if err != nil {
		return err
	}
	all, err := sqldb.Select[access.TicketProvider](ctx, r, `SELECT `+providerColumns+` FROM providers`)
	if err != nil {
		return err
	}
	providers := byID(all, func(p access.TicketProvider) string { return p.ID })
	for i := range hs {
		h := &hs[i]
		if h.ChangeID == nil {
			continue
		}
		c := changes[*h.ChangeID]
		h.Change = &c
		if ts := tickets[c.ID]; len(ts) > 0 {
			h.Ticket = &ts[len(ts)-1]
		}
		if c.ProviderID != nil {
			p := providers[*c.ProviderID]
			h.Provider = &p
		}
	}
	return nil
}

// LevelName returns the name of a level among levels; "" for the one level of a
// resource without any.
func LevelName(levels []access.Level, id string) string {
	for _, l := range levels {
		if l.ID == id {
			return l.Name
		}
	}
	return id
}

// CheckLevel notes under field if a resource has no level of this id.
func CheckLevel(ctx context.Context, r *sqldb.Reader, wrong *access.Problems, field, resourceID, level string) error {
	levels, err := Levels(ctx, r, []string{resourceID})
	if err != nil {
		return err
	}
	all := levels[resourceID]
	if len(all) == 0 && level == "" {
		return nil
	}
	for _, l := range all {
		if l.ID == level {
			return nil
		}
	}
	switch {
	case len(all) == 0:
		wrong.Add(field, "must be empty: this resource has no access levels")
	case level == "":
		wrong.Add(field, "is required for this resource")
	default:
		wrong.Add(field, "names an access level this resource does not have")
	}
	return nil
}
