package propagation

import (
	"context"
	"maps"
	"slices"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/ticket"
)

// Statuses lists what can decide the outcome of a provider's tickets in a
// project, or in all for "": what the system tells of, and what its tickets were
// closed with. Each has the outcome it reads as without a word of an admin.
func (s *Service) Statuses(ctx context.Context, actor access.Actor, id, project string) ([]ticket.Ground, error) {
	if err := actor.May(access.SeeProviders, 0); err != nil {
		return nil, err
	}
	p, err := s.openLive(ctx, id)
	if err != nil {
		return nil, err
	}
	var all []ticket.Ground
	if lister, ok := p.Provider.(ticket.Lister); ok {
		listed, err := discover(ctx, s, p, "statuses\x00"+project, func(ctx context.Context) ([]ticket.Ground, error) { return lister.Statuses(ctx, project) })
		if err != nil {
			return nil, err
		}
		all = slices.Clone(listed)
	}
	seen, err := store.UnclearTickets(ctx, s.DB.Read(), id, access.MaxPage)
	if err != nil {
		return nil, err
	}
	for _, t := range seen {
		for _, g := range t.Grounds {
			known := func(x ticket.Ground) bool { return x.Key == g.Key }
			if !slices.ContainsFunc(all, known) {
				all = append(all, ticket.Ground{Key: g.Key, Name: g.Name, Outcome: ticket.Outcome(g.Outcome)})
			}
		}
	}
	return all, nil
}

// mostOutcomes bounds the map of a provider.
const mostOutcomes = 500

// SetOutcomes says what grounds of a provider's tickets mean, by their key: open,
// yes, no or unclear; "" takes a word back. Others stay as they are. Tickets that
// wait for that word are read again.
func (s *Service) SetOutcomes(ctx context.Context, actor access.Actor, id string, said map[string]string) (row access.TicketProvider, err error) {
	if err := actor.May(access.ManageProviders, 0); err != nil {
		return row, err
	}
	if err := checkOutcomes(said); err != nil {
		return row, err
	}
	err = s.DB.Write(ctx, func(w *store.Write) error {
		if err := store.LockProvider(ctx, w.Tx, id); err != nil {
			return err
		}
		if row, err = liveProvider(ctx, &w.Reader, id); err != nil {
			return err
		}
		all, changed := outcomesWith(row.Outcomes, said)
		if len(all) > mostOutcomes {
			return access.Errorf(access.Conflict, "no more than %d words can be given a meaning", mostOutcomes)
		}
		row.Outcomes = all
		e := providerEvent(actor, access.ProviderMapped, row, "said what the statuses of "+row.Name+" mean")
		e.Data = changed
		w.Event(e)
		waiting, err := store.UnclearTickets(ctx, &w.Reader, id, access.MaxPage)
		if err != nil {
			return err
		}
		readAgain(w, row.ID, waiting)
		return store.SetOutcomes(ctx, w.Tx, id, all)
	})
	return row, err
}

// outcomesWith returns a map with changes applied, and those that change
// something.
func outcomesWith(was, said map[string]string) (all, changed map[string]string) {
	all, changed = map[string]string{}, map[string]string{}
	maps.Copy(all, was)
	for key, outcome := range said {
		if all[key] == outcome {
			continue
		}
		changed[key] = outcome
		if all[key] = outcome; outcome == "" {
			delete(all, key)
		}
	}
	return all, changed
}

func checkOutcomes(said map[string]string) error {
	var wrong access.Problems
	known := []string{"", string(ticket.Open), string(ticket.Yes), string(ticket.No), string(ticket.Unclear)}
	for key, outcome := range said {
		if wrong.Line("outcomes", key, true, access.MaxName) != key {
			wrong.Add("outcomes", "has a key with blanks around it")
		}
		if !slices.Contains(known, outcome) {
			wrong.Add("outcomes."+key, "must be open, yes, no or unclear, or nothing to take it back")
		}
	}
	return wrong.Err()
}
