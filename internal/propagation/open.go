package propagation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/ticket"
)

type openKey struct {
	id      string
	version int
}

// account is a provider ready to be called.
type account struct {
	access.TicketProvider
	ticket.Provider
	spec ticket.Spec
}

// outcomes is what an admin says the system's words mean.
func (a account) outcomes() ticket.Outcomes {
	said := make(ticket.Outcomes, len(a.TicketProvider.Outcomes))
	for key, outcome := range a.TicketProvider.Outcomes {
		said[key] = ticket.Outcome(outcome)
	}
	return said
}

// Create, Find, Read and Changed are the provider's, with outcomes read as the
// admins of this account say.
func (a account) Create(ctx context.Context, d ticket.Draft) (ticket.Snapshot, error) {
	made, err := a.Provider.Create(ctx, d)
	return a.outcomes().Apply(made), err
}

func (a account) Find(ctx context.Context, key string) ([]ticket.Snapshot, error) {
	return a.applied(a.Provider.Find(ctx, key))
}

func (a account) Read(ctx context.Context, ids []string) ([]ticket.Snapshot, error) {
	return a.applied(a.Provider.Read(ctx, ids))
}

func (a account) Changed(ctx context.Context, cursor string) (ticket.Page, error) {
	page, err := a.Provider.Changed(ctx, cursor)
	page.Tickets, err = a.applied(page.Tickets, err)
	return page, err
}

func (a account) applied(tickets []ticket.Snapshot, err error) ([]ticket.Snapshot, error) {
	said := a.outcomes()
	for i, t := range tickets {
		tickets[i] = said.Apply(t)
	}
	return tickets, err
}

// open returns a provider by id, deleted or not: its tickets must be followed to
// their end. What was opened is kept until its settings change.
func (s *Service) open(ctx context.Context, id string) (account, error) {
	row, err := store.Provider(ctx, s.DB.Read(), id)
	if err != nil {
		return account{}, fmt.Errorf("open ticket provider: %w", err)
	}
	return s.openRow(row)
}

// openRow is open for a row that is loaded already.
func (s *Service) openRow(row access.TicketProvider) (account, error) {
	spec, ok := s.Registry.Spec(row.Kind)
	if !ok {
		return account{}, fmt.Errorf("open ticket provider %s: this Admit has no kind %q", row.Name, row.Kind)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := openKey{row.ID, row.Version}
	if p, ok := s.opened[key]; ok {
		s.meter(row, spec)
		return account{row, p, spec}, nil
	}
	settings, err := s.settings(row)
	if err != nil {
		return account{}, err
	}
	p, err := spec.Open(settings, s.meter(row, spec).client())
	if err != nil {
		return account{}, fmt.Errorf("open ticket provider %s: %w", row.Name, err)
	}
	maps.DeleteFunc(s.opened, func(k openKey, _ ticket.Provider) bool { return k.id == row.ID })
	s.opened[key] = p
	return account{row, p, spec}, nil
}

// settings returns all settings of a provider, secrets included.
func (s *Service) settings(p access.TicketProvider) (map[string]string, error) {
	all := maps.Clone(p.Settings)
	if all == nil {
		all = map[string]string{}
	}
	secrets, err := s.openSecrets(p)
	maps.Copy(all, secrets)
	return all, err
}

func (s *Service) openSecrets(p access.TicketProvider) (map[string]string, error) {
	secrets := map[string]string{}
	if p.Secrets == "" {
		return secrets, nil
	}
	text, err := s.Box.Open(place(p.ID), p.Secrets)
	if err == nil {
		err = json.Unmarshal([]byte(text), &secrets)
	}
	if err != nil {
		return nil, fmt.Errorf("read the secrets of %s: %w", p.Name, err)
	}
	return secrets, nil
}

func place(providerID string) string { return "provider/" + providerID }

// note records how a call to a provider went: its health, and when to ask it
// again. It returns the failure, or nil.
func (s *Service) note(ctx context.Context, p access.TicketProvider, err error) *ticket.Failure {
	var f *ticket.Failure
	health, trouble := access.Healthy, ""
	if err != nil {
		f = ticket.FailureOf(err)
		_, held := errors.AsType[*ticket.Busy](err) // by our own budget
		if held || f.Trouble == ticket.Input || errors.Is(err, context.Canceled) {
			return f // says nothing about the provider
		}
		health, trouble = healthOf(f.Trouble), f.Msg
	}
	if health == p.Health && trouble == p.Trouble {
		return f
	}
	if saveErr := s.saveHealth(ctx, p, health, trouble); saveErr != nil {
		s.Log.WarnContext(ctx, "provider health not saved", "provider", p.Name, "error", saveErr)
	}
	return f
}

func (s *Service) saveHealth(ctx context.Context, p access.TicketProvider, h access.Health, trouble string) error {
	return s.DB.Write(ctx, func(w *store.Write) error {
		news, err := store.SetProviderHealth(ctx, w.Tx, p.ID, h, trouble, w.Now)
		if err != nil {
			return err
		}
		if err := outage(ctx, w, p.ID, h); err != nil {
			return err
		}
		if !news || h == p.Health || h == access.Healthy && p.Health == access.Untried {
			return err
		}
		e := access.By(access.System(), access.ProviderTroubled, p.Name+" is in trouble: "+trouble)
		if h == access.Healthy {
			e = access.By(access.System(), access.ProviderHealed, p.Name+" works again")
		}
		e.ProviderID = &p.ID
		w.Event(e)
		return nil
	})
}

// outage notes that a provider does not work from now on, or works again: that
// time is not its fulfillers'.
func outage(ctx context.Context, w *store.Write, providerID string, h access.Health) error {
	if h == access.Healthy || h == access.RateLimit {
		return store.EndOutage(ctx, w.Tx, providerID, w.Now)
	}
	return store.BeginOutage(ctx, w.Tx, providerID, w.Now)
}

func healthOf(t ticket.Trouble) access.Health {
	switch t {
	case ticket.Unauthorized:
		return access.Unauthorized
	case ticket.RateLimited:
		return access.RateLimit
	case ticket.Malformed:
		return access.Malformed
	case ticket.Down, ticket.Input:
		return access.Down
	}
	return access.Down
}
