package propagation

import (
	"context"

	"admit/internal/access"
	"admit/internal/job"
	"admit/internal/store"
	"admit/internal/ticket"
)

// The scopes of a sync.
const (
	ScopeResource = "resource"
	ScopeApp      = "app"
	ScopeTicket   = "ticket"
)

// StartSync has the tickets of a resource, an app or one ticket read now. Its
// progress is in the Sync it returns and can be followed with SyncByID.
func (s *Service) StartSync(ctx context.Context, actor access.Actor, scope, id string) (sync store.Sync, err error) {
	err = s.DB.Write(ctx, func(w *store.Write) error {
		e, err := s.maySync(ctx, w, actor, scope, id)
		if err != nil {
			return err
		}
		sync = store.Sync{
			ID: store.NewID(), Scope: scope, ScopeID: id, State: "running", StartedBy: actor.ID(), CreatedAt: w.Now, UpdatedAt: w.Now,
		}
		e.Type, e.Summary = access.SyncStarted, "started a sync"
		w.Event(e)
		w.Job(job.Sync{SyncID: sync.ID})
		return store.AddSync(ctx, w.Tx, sync)
	})
	return sync, err
}

// maySync authorises a sync and starts its event.
func (s *Service) maySync(ctx context.Context, w *store.Write, actor access.Actor, scope, id string) (access.Event, error) {
	e := access.By(actor, access.SyncStarted, "")
	switch scope {
	case ScopeResource:
		rel, err := store.Relations(ctx, &w.Reader, actor.UserID, id)
		if err != nil {
			return e, err
		}
		e.ResourceID = &id
		if err := actor.May(access.SyncResource, rel); err != nil {
			return e, err
		}
		_, err = store.Resource(ctx, &w.Reader, id)
		return e, err
	case ScopeApp:
		rel, err := store.AppRelations(ctx, &w.Reader, actor.UserID, id)
		if err != nil {
			return e, err
		}
		e.AppID = &id
		if err := actor.May(access.SyncResource, rel); err != nil {
			return e, err
		}
		_, err = store.App(ctx, &w.Reader, id)
		return e, err
	case ScopeTicket:
		t, c, rel, err := ticketFor(ctx, &w.Reader, actor, id)
		if err != nil {
			return e, err
		}
		e.TicketID, e.ChangeID, e.ResourceID = &t.ID, &c.ID, &c.ResourceID
		return e, actor.May(access.SyncTicket, rel)
	}
	return e, access.Errorf(access.Invalid, "a sync is of a resource, an app or a ticket")
}

// SyncByID returns a sync to those who may see what it is of.
func (s *Service) SyncByID(ctx context.Context, actor access.Actor, id string) (store.Sync, error) {
	sync, err := store.SyncByID(ctx, s.DB.Read(), id)
	if err != nil {
		return sync, err
	}
	var rel access.Relation
	switch sync.Scope {
	case ScopeResource:
		rel, err = store.Relations(ctx, s.DB.Read(), actor.UserID, sync.ScopeID)
	case ScopeApp:
		rel, err = store.AppRelations(ctx, s.DB.Read(), actor.UserID, sync.ScopeID)
	case ScopeTicket:
		_, _, rel, err = ticketFor(ctx, s.DB.Read(), actor, sync.ScopeID)
	}
	if err != nil {
		return store.Sync{}, err
	}
	return sync, actor.May(access.SeeTicket, rel)
}

// LastSync returns the newest sync of a resource or an app; ok is false when
// there is none. The caller may already see the thing.
func (s *Service) LastSync(ctx context.Context, scopeID string) (store.Sync, bool, error) {
	return store.LastSync(ctx, s.DB.Read(), scopeID)
}

// SyncTicket reads one ticket now and returns it as it is then.
func (s *Service) SyncTicket(ctx context.Context, actor access.Actor, id string) (TicketView, error) {
	t, _, rel, err := ticketFor(ctx, s.DB.Read(), actor, id)
	if err != nil {
		return TicketView{}, err
	}
	if err := actor.May(access.SyncTicket, rel); err != nil {
		return TicketView{}, err
	}
	if t.RemoteID != "" {
		p, err := s.open(ctx, t.ProviderID)
		if err != nil {
			return TicketView{}, err
		}
		if err := s.read(ctx, p, []access.Ticket{t}); err != nil {
			return TicketView{}, unavailable(err)
		}
	}
	return s.Ticket(ctx, actor, id)
}

// unavailable words a provider's failure for the person who waits for it.
func unavailable(err error) error {
	f, ok := err.(*ticket.Failure) //nolint:errorlint // read returns it bare
	if !ok {
		return err
	}
	return &access.Error{Code: access.Unavailable, Msg: f.Msg, Err: err}
}

// RunSync works a sync: it reads the open tickets in its scope, batch by batch,
// and keeps count.
func (s *Service) RunSync(ctx context.Context, syncID string) error {
	sync, err := store.SyncByID(ctx, s.DB.Read(), syncID)
	if err != nil || sync.State != "running" {
		return gone(err)
	}
	byProvider, total, err := s.inScope(ctx, sync)
	if err != nil {
		return err
	}
	sync.Total, sync.Checked, sync.Changed, sync.Detail = total, 0, 0, ""
	sync.State = "done"
	for providerID, tickets := range byProvider {
		if err := s.syncProvider(ctx, &sync, providerID, tickets); err != nil {
			sync.State, sync.Detail = "failed", ticket.FailureOf(err).Msg
		}
	}
	return s.saveSync(ctx, sync)
}

func (s *Service) syncProvider(ctx context.Context, sync *store.Sync, providerID string, tickets []access.Ticket) error {
	p, err := s.open(ctx, providerID)
	if err != nil {
		return err
	}
	var missing []access.Ticket
	for start := 0; start < len(tickets); start += p.spec.Batch {
		part := tickets[start:min(start+p.spec.Batch, len(tickets))]
		news, absent, err := s.readOnly(ctx, p, part)
		if err != nil {
			return err
		}
		missing = append(missing, absent...)
		sync.Checked += len(part)
		sync.Changed += news + len(absent)
		if start+p.spec.Batch < len(tickets) {
			running := *sync
			running.State = "running"
			if err := s.saveSync(ctx, running); err != nil {
				return err
			}
		}
	}
	return s.missing(ctx, p, len(tickets), missing)
}

// inScope returns the tickets a sync reads, by provider: those open, and those
// that ended lately, for they may have been reopened.
func (s *Service) inScope(ctx context.Context, sync store.Sync) (map[string][]access.Ticket, int, error) {
	f := store.TicketFilter{Filed: true, EndedAfter: new(s.DB.Time().Add(-s.cfg.WatchFor)), Page: access.Page{Size: access.MaxPage}}
	switch sync.Scope {
	case ScopeResource:
		f.ResourceID = sync.ScopeID
	case ScopeApp:
		f.AppID = sync.ScopeID
	case ScopeTicket:
		f.IDs = []string{sync.ScopeID}
	}
	byProvider, total := map[string][]access.Ticket{}, 0
	for {
		list, err := store.Tickets(ctx, s.DB.Read(), f)
		if err != nil {
			return nil, 0, err
		}
		for _, t := range list.Items {
			byProvider[t.ProviderID] = append(byProvider[t.ProviderID], t)
			total++
		}
		if list.Next == "" {
			return byProvider, total, nil
		}
		f.Page.Cursor = list.Next
	}
}

func (s *Service) saveSync(ctx context.Context, sync store.Sync) error {
	return s.DB.Write(ctx, func(w *store.Write) error {
		sync.UpdatedAt = w.Now
		if sync.State != "running" {
			e := access.By(access.System(), access.SyncEnded, "finished a sync")
			switch sync.Scope {
			case ScopeResource:
				e.ResourceID = &sync.ScopeID
			case ScopeApp:
				e.AppID = &sync.ScopeID
			case ScopeTicket:
				e.TicketID = &sync.ScopeID
			}
			w.Event(e)
		}
		return store.UpdateSync(ctx, w.Tx, sync)
	})
}
