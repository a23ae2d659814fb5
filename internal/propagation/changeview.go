package propagation

import (
	"context"

	"admit/internal/access"
	"admit/internal/store"
)

// ChangeView is one change with all that is known of it.
type ChangeView struct {
	WorkItem
	Slot    access.Slot
	History []access.Event // newest first; none for who only has the access
}

// Change returns one change to those who may see it. Whoever has the access, or
// should have it, sees how it stands, not what others said.
func (s *Service) Change(ctx context.Context, actor access.Actor, id string) (v ChangeView, err error) {
	c, err := store.Change(ctx, s.DB.Read(), id)
	if err != nil {
		return v, err
	}
	items, err := s.workItems(ctx, actor, []access.AccessChange{c})
	if err != nil {
		return v, err
	}
	v.WorkItem = items[0]
	if c.UserID == actor.UserID {
		v.Relation |= access.IsSelf
	}
	if err := actor.May(access.SeeChange, v.Relation); err != nil {
		return ChangeView{}, err
	}
	if v.Slot, err = store.Slot(ctx, s.DB.Read(), c.UserID, c.ResourceID, c.Level); err != nil {
		return v, err
	}
	if seesAll := actor.May(access.SeeTicket, v.Relation) == nil; seesAll {
		events, err := store.Events(ctx, s.DB.Read(), store.EventFilter{ChangeID: id})
		v.History = events.Items
		return v, err
	}
	return v, nil
}
