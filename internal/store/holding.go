package store

import (
	"context"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
)

// Holdings lists listed slots with all one needs to show them: a fixed number of
// queries for a page, whatever its size.
func Holdings(ctx context.Context, r *sqldb.Reader, f SlotFilter) (access.List[access.Holding], error) {
	slots, err := slotsWithUsers(ctx, r, f)
	if err != nil || len(slots.Items) == 0 {
		return access.List[access.Holding]{}, err
	}
	list := access.List[access.Holding]{Items: make([]access.Holding, len(slots.Items)), Next: slots.Next}
	var slotIDs, resourceIDs, changeIDs []string
	for i, s := range slots.Items {
		list.Items[i] = access.Holding{Slot: s.Slot, User: s.user()}
		slotIDs, resourceIDs = append(slotIDs, s.ID), add(resourceIDs, s.ResourceID)
		if s.ChangeID != nil {
			changeIDs = append(changeIDs, *s.ChangeID)
		}
	}
	grants, err := grantsOfPage(ctx, r, f, slotIDs)
	if err != nil {
		return list, err
	}
	for i := range list.Items {
		list.Items[i].Grants = grants[list.Items[i].Slot.ID]
	}
	if err := addPlaces(ctx, r, list.Items, resourceIDs); err != nil {
		return list, err
	}
	return list, addChanges(ctx, r, list.Items, changeIDs)
}

// slotWithUser is a slot with its user, whose columns have a prefix of their own.
type slotWithUser struct {
	access.Slot
	Email, FirstName, LastName, Position string
	Role                                 access.Role
	UserCreatedAt, UserUpdatedAt         time.Time
	UserDeletedAt                        *time.Time
}

func (s slotWithUser) user() access.User {
	return access.User{
		ID: s.UserID, Email: s.Email, FirstName: s.FirstName, LastName: s.LastName, Position: s.Position, Role: s.Role,
		CreatedAt: s.UserCreatedAt, UpdatedAt: s.UserUpdatedAt, DeletedAt: s.UserDeletedAt,
	}
}

// slotsWithUsers lists listed slots with their users, the newest first.
func slotsWithUsers(ctx context.Context, r *sqldb.Reader, f SlotFilter) (access.List[slotWithUser], error) {
	var q query
	q.and("s.listed")
	q.eq("s.resource_id", f.ResourceID)
	q.eq("s.user_id", f.UserID)
	in(&q, "s.id", f.IDs)
	if f.Search != "" {
		like := sqldb.Contains(f.Search)
		q.and(`(lower(u.first_name || ' ' || u.last_name) LIKE ? ESCAPE '\' OR u.email LIKE ? ESCAPE '\')`, like, like)
	}
	if err := q.page(f.Page, "<", "s.id"); err != nil {
		return access.List[slotWithUser]{}, err
	}
	rows, err := sqldb.Select[slotWithUser](ctx, r, `SELECT `+prefixed("s", slotColumns)+`,
		u.email, u.first_name, u.last_name, u.position, u.role,
		u.created_at AS user_created_at, u.updated_at AS user_updated_at, u.deleted_at AS user_deleted_at
		FROM slots s JOIN users u ON u.id = s.user_id`+q.text()+` ORDER BY s.id DESC LIMIT ?`, append(q.args, f.Page.Limit()+1)...)
	return access.Cut(rows, f.Page, func(s slotWithUser) []string { return []string{s.ID} }), err
}

// grantsOfPage returns the live grants of a page's slots, oldest first, by slot.
// A page that leaves nothing out is a range of the index, which is read faster
// than as many single ids.
func grantsOfPage(ctx context.Context, r *sqldb.Reader, f SlotFilter, slotIDs []string) (map[string][]access.Grant, error) {
	if f.Search != "" || f.IDs != nil {
		return LiveGrants(ctx, r, slotIDs)
	}
	var q query
	q.and("s.listed")
	q.eq("s.resource_id", f.ResourceID)
	q.eq("s.user_id", f.UserID)
	q.and("s.id >= ? AND s.id <= ?", slotIDs[len(slotIDs)-1], slotIDs[0]) // newest first
	rows, err := sqldb.Select[access.Grant](ctx, r, `SELECT `+prefixed("g", grantColumns)+`
		FROM slots s JOIN grants g ON g.slot_id = s.id AND g.state = 'live'`+q.text()+` ORDER BY g.slot_id, g.id`, q.args...)
	return groupBy(rows, func(g access.Grant) string { return g.SlotID }), err
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
	waivers, err := AskedWaivers(ctx, r, changeIDs)
	if err != nil {
		return err
	}
	for i := range hs {
		h := &hs[i]
		if h.ChangeID == nil {
			continue
		}
		c := changes[*h.ChangeID]
		h.Change = &c
		if waiver, ok := waivers[c.ID]; ok {
			h.Waiver = &waiver
		}
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
