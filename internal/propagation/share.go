package propagation

import (
	"context"
	"slices"
	"time"

	"admit/internal/access"
	"admit/internal/store"
)

// maxLines is how many changes share one ticket at most.
const maxLines = 50

// findLines finds, for a change whose ticket is about to be made, the changes
// that are to share it: of one person or of one resource, as the app's policy
// says, or as an admin said who let a storm go.
func (s *Service) findLines(ctx context.Context, w *store.Write, f *filing) ([]access.AccessChange, error) {
	group, err := s.groupingOf(ctx, w, f.change)
	if err != nil || group == access.GroupNone {
		return nil, err
	}
	return store.Siblings(ctx, w.Tx, f.change, group, w.Now, maxLines-1)
}

// groupingOf returns which changes share a ticket with one. Only removals do.
func (s *Service) groupingOf(ctx context.Context, w *store.Write, c access.AccessChange) (access.Grouping, error) {
	if c.Direction != access.ToRemove || c.ProviderID == nil {
		return access.GroupNone, nil
	}
	if c.StormID != nil {
		storm, err := store.Storm(ctx, &w.Reader, *c.StormID)
		return storm.Grouping, err
	}
	policy, err := store.FulfilmentOf(ctx, &w.Reader, c.ResourceID)
	return policy.Group, err
}

// elderPause is after how long a change looks again that an older one takes along.
const elderPause = 2 * time.Second

// leavesToElder reports whether a change is to be taken along by an older one: of
// those that share a ticket the oldest makes it, also when several servers look.
func (s *Service) leavesToElder(ctx context.Context, w *store.Write, changeID string) (bool, error) {
	c, err := store.Change(ctx, &w.Reader, changeID)
	if err != nil || c.State != access.Queued {
		return false, gone(err)
	}
	group, err := s.groupingOf(ctx, w, c)
	if err != nil || group == access.GroupNone {
		return false, err
	}
	return store.HasElder(ctx, &w.Reader, c, group, w.Now)
}

// share makes changes lines in a ticket that is about to be sent. They are not
// filed by themselves any more. A change that somebody moved meanwhile makes it a
// Conflict, and the next try looks anew.
func (s *Service) share(ctx context.Context, w *store.Write, f *filing, lines []access.AccessChange) error {
	for i := range lines {
		line := &lines[i]
		if err := line.Move(access.Filing, w.Now); err != nil {
			return err
		}
		line.SharedTicketID, line.NextTryAt, line.LeaseUntil = &f.ticket.ID, nil, nil
		if err := store.UpdateChange(ctx, w.Tx, *line, access.Queued); err != nil {
			return err
		}
	}
	f.lines = lines
	return nil
}

// openLines opens the lines of a ticket that is filed.
func (s *Service) openLines(ctx context.Context, w *store.Write, f *filing, t access.Ticket, how access.EventType) error {
	for _, line := range f.lines {
		if line.State != access.Filing {
			continue
		}
		if err := line.Move(access.Open, w.Now); err != nil {
			return err
		}
		line.Detail = ""
		s.wind(&line)
		if err := store.UpdateChange(ctx, w.Tx, line, access.Filing); err != nil {
			return err
		}
		w.Event(ticketEvent(access.System(), how, line, t, "filed "+t.Identifier+" for the "+sentence(line)+assignedTo(t)))
	}
	return nil
}

// linesOf returns the live changes that are lines in a ticket of another.
func linesOf(ctx context.Context, w *store.Write, t access.Ticket) ([]access.AccessChange, error) {
	all, err := store.ChangesOn(ctx, &w.Reader, t)
	return slices.DeleteFunc(all, func(c access.AccessChange) bool { return c.ID == t.ChangeID || !c.State.Live() }), err
}
