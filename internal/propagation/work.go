package propagation

import (
	"context"

	"admit/internal/access"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/ticket"
)

// WorkItem is a change with all one needs to show it on the page Work.
type WorkItem struct {
	access.AccessChange
	Ticket     *access.Ticket         // the newest; nil before there is one
	Provider   *access.TicketProvider // nil for bookkeeping
	Waiver     *access.Waiver         // that waits for somebody to agree
	Risk       access.Risk            // of its resource
	WaitingFor access.Waiting
	Relation   access.Relation // what the actor is to it
	Desk       bool            // its ticket is worked on in Admit itself
	Last       bool            // it is done, and the last change of its access
}

// TicketView is a ticket with its change.
type TicketView struct {
	access.Ticket
	Change     access.AccessChange
	Lines      []access.AccessChange // all changes it is for, if there are several
	Provider   access.TicketProvider
	Waiver     *access.Waiver // that waits for somebody to agree
	WaitingFor access.Waiting
	Relation   access.Relation // what the actor is to it
	Desk       bool            // it is worked on in Admit itself
	Talk       []ticket.Remark // of a Desk, what was said
	History    []access.Event  // newest first
}

// Work lists access changes, newest first. Those who may not see all see the
// ones assigned to them and those of what they administer.
func (s *Service) Work(ctx context.Context, actor access.Actor, f store.ChangeFilter) (access.List[WorkItem], error) {
	if err := actor.May(access.SeeWork, 0); err != nil {
		return access.List[WorkItem]{}, err
	}
	f.VisibleTo = visibleTo(actor)
	list, err := store.Changes(ctx, s.DB.Read(), f)
	if err != nil {
		return access.List[WorkItem]{}, err
	}
	items, err := s.workItems(ctx, actor, list.Items)
	return access.List[WorkItem]{Items: items, Next: list.Next}, err
}

// WorkCounts counts the live changes the actor may see, by state.
func (s *Service) WorkCounts(ctx context.Context, actor access.Actor) (map[access.ChangeState]int, error) {
	if err := actor.May(access.SeeWork, 0); err != nil {
		return nil, err
	}
	return store.WorkCounts(ctx, s.DB.Read(), visibleTo(actor))
}

func visibleTo(actor access.Actor) string {
	if actor.Role == access.Admin || actor.Role == access.Auditor {
		return ""
	}
	return actor.UserID
}

func (s *Service) workItems(ctx context.Context, actor access.Actor, changes []access.AccessChange) ([]WorkItem, error) {
	var ids, doneIDs, providerIDs, resourceIDs []string
	for _, c := range changes {
		ids, resourceIDs = append(ids, c.ID), append(resourceIDs, c.ResourceID)
		if c.State == access.Done {
			doneIDs = append(doneIDs, c.ID)
		}
		if c.ProviderID != nil {
			providerIDs = append(providerIDs, *c.ProviderID)
		}
	}
	tickets, err := store.TicketsOf(ctx, s.DB.Read(), ids)
	if err != nil {
		return nil, err
	}
	providers, err := store.ProvidersByID(ctx, s.DB.Read(), unique(providerIDs))
	if err != nil {
		return nil, err
	}
	administered, err := store.Administered(ctx, s.DB.Read(), actor.UserID, unique(resourceIDs))
	if err != nil {
		return nil, err
	}
	resources, err := store.ResourcesByID(ctx, s.DB.Read(), unique(resourceIDs))
	if err != nil {
		return nil, err
	}
	waivers, err := store.AskedWaivers(ctx, s.DB.Read(), ids)
	if err != nil {
		return nil, err
	}
	last, err := store.LastChanges(ctx, s.DB.Read(), doneIDs)
	if err != nil {
		return nil, err
	}
	desks := s.desks(providers)
	items := make([]WorkItem, len(changes))
	for i, c := range changes {
		items[i].AccessChange, items[i].Risk, items[i].Last = c, resources[c.ResourceID].Risk, last[c.ID]
		if ts := tickets[c.ID]; len(ts) > 0 {
			items[i].Ticket = &ts[len(ts)-1]
		}
		if c.ProviderID != nil {
			p := providers[*c.ProviderID]
			items[i].Provider, items[i].Desk = &p, desks[p.ID]
		}
		items[i].Relation = relationTo(actor, administered[c.ResourceID], items[i].Ticket)
		if waiver, ok := waivers[c.ID]; ok {
			items[i].Waiver = &waiver
		}
		items[i].WaitingFor = access.WaitingFor(c, items[i].Ticket, items[i].Provider, items[i].Waiver)
	}
	return items, nil
}

// CountWork counts the access changes of Work a filter selects, at most limit.
func (s *Service) CountWork(ctx context.Context, actor access.Actor, f store.ChangeFilter, limit int) (int, error) {
	if err := actor.May(access.SeeWork, 0); err != nil {
		return 0, err
	}
	f.VisibleTo = visibleTo(actor)
	return store.CountChanges(ctx, s.DB.Read(), f, limit)
}

// WorkAssignees lists who has the tickets of the access changes of Work that a
// filter selects, whoever it looks for itself.
func (s *Service) WorkAssignees(ctx context.Context, actor access.Actor, f store.ChangeFilter) ([]access.User, error) {
	if err := actor.May(access.SeeWork, 0); err != nil {
		return nil, err
	}
	f.VisibleTo = visibleTo(actor)
	return store.Assignees(ctx, s.DB.Read(), f, access.MaxPage)
}

// desks tells which providers' tickets are worked on in Admit itself. One that
// cannot be opened is none: its tickets are followed, not worked on.
func (s *Service) desks(providers map[string]access.TicketProvider) map[string]bool {
	desks := map[string]bool{}
	for id, row := range providers {
		if p, err := s.openRow(row); err == nil {
			_, desks[id] = p.Provider.(ticket.Desk)
		}
	}
	return desks
}

func relationTo(actor access.Actor, administers bool, t *access.Ticket) access.Relation {
	rel := actor.Roles()
	if administers {
		rel |= access.IsResourceAdmin | access.IsSomeAdmin
	}
	if t != nil && t.AssigneeID != nil && *t.AssigneeID == actor.UserID {
		rel |= access.IsAssignee
	}
	return rel
}

// Tickets lists tickets, newest first, to those who may see them.
func (s *Service) Tickets(ctx context.Context, actor access.Actor, f store.TicketFilter) (access.List[TicketView], error) {
	if err := actor.May(access.SeeWork, 0); err != nil {
		return access.List[TicketView]{}, err
	}
	f.VisibleTo = visibleTo(actor)
	list, err := store.Tickets(ctx, s.DB.Read(), f)
	if err != nil {
		return access.List[TicketView]{}, err
	}
	var changeIDs, providerIDs []string
	for _, t := range list.Items {
		changeIDs, providerIDs = append(changeIDs, t.ChangeID), append(providerIDs, t.ProviderID)
	}
	changes, err := store.ChangesByID(ctx, s.DB.Read(), changeIDs)
	if err != nil {
		return access.List[TicketView]{}, err
	}
	providers, err := store.ProvidersByID(ctx, s.DB.Read(), unique(providerIDs))
	if err != nil {
		return access.List[TicketView]{}, err
	}
	waivers, err := store.AskedWaivers(ctx, s.DB.Read(), changeIDs)
	if err != nil {
		return access.List[TicketView]{}, err
	}
	views := make([]TicketView, len(list.Items))
	for i, t := range list.Items {
		views[i] = view(t, changes[t.ChangeID], providers[t.ProviderID], waivers)
	}
	return access.List[TicketView]{Items: views, Next: list.Next}, nil
}

func view(t access.Ticket, c access.AccessChange, p access.TicketProvider, waivers map[string]access.Waiver) TicketView {
	v := TicketView{Ticket: t, Change: c, Provider: p}
	if waiver, ok := waivers[c.ID]; ok {
		v.Waiver = &waiver
	}
	v.WaitingFor = access.WaitingFor(c, &t, &p, v.Waiver)
	return v
}

// Ticket returns one ticket with its history.
func (s *Service) Ticket(ctx context.Context, actor access.Actor, id string) (TicketView, error) {
	t, c, rel, err := ticketFor(ctx, s.DB.Read(), actor, id)
	if err != nil {
		return TicketView{}, err
	}
	row, err := store.Provider(ctx, s.DB.Read(), t.ProviderID)
	if err != nil {
		return TicketView{}, err
	}
	waivers, err := store.AskedWaivers(ctx, s.DB.Read(), []string{c.ID})
	if err != nil {
		return TicketView{}, err
	}
	v := view(t, c, row, waivers)
	v.Relation = rel
	if v.Lines, err = store.ChangesOn(ctx, s.DB.Read(), t); err != nil {
		return v, err
	}
	if len(v.Lines) == 1 {
		v.Lines = nil
	}
	events, err := store.Events(ctx, s.DB.Read(), store.EventFilter{ChangeID: c.ID})
	if err != nil {
		return v, err
	}
	v.History = events.Items
	p, err := s.openRow(row)
	if err != nil { // the ticket can be seen all the same
		s.Log.WarnContext(ctx, "ticket provider not opened", "provider", row.Name, "error", err)
		return v, nil
	}
	desk, ok := p.Provider.(ticket.Desk)
	if v.Desk = ok; ok && t.RemoteID != "" {
		v.Talk, err = desk.Talk(ctx, t.RemoteID)
	}
	return v, err
}

// ticketFor loads a ticket the actor may see, with what they are to it.
func ticketFor(ctx context.Context, r *sqldb.Reader, actor access.Actor, id string) (access.Ticket, access.AccessChange, access.Relation, error) {
	t, err := store.Ticket(ctx, r, id)
	if err != nil {
		return t, access.AccessChange{}, 0, err
	}
	c, err := store.Change(ctx, r, t.ChangeID)
	if err != nil {
		return t, c, 0, err
	}
	rel, err := store.Relations(ctx, r, actor.UserID, c.ResourceID)
	if err != nil {
		return t, c, 0, err
	}
	if t.AssigneeID != nil && *t.AssigneeID == actor.UserID {
		rel |= access.IsAssignee
	}
	rel |= actor.Roles()
	return t, c, rel, actor.May(access.SeeTicket, rel)
}
