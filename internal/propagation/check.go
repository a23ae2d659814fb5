package propagation

import (
	"context"
	"fmt"
	"slices"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/ticket"
)

// Check makes the preflight of a provider, of the account and of every project
// that is filed in, and stores what it found. What is newly missing leaves an
// event, so that it is known before a ticket needs it.
func (s *Service) Check(ctx context.Context, providerID string) error {
	p, err := s.open(ctx, providerID)
	if err != nil {
		return gone(err)
	}
	found, err := s.checkAll(ctx, p)
	if failure := s.note(ctx, p.TicketProvider, err); failure != nil {
		return nil //nolint:nilerr // trouble is shown on the provider; the next preflight is the retry
	}
	return s.saveFindings(ctx, p.TicketProvider, found)
}

func (s *Service) checkAll(ctx context.Context, p account) ([]ticket.Finding, error) {
	found, err := p.Check(ctx, "")
	if err != nil || len(found) > 0 {
		return found, err
	}
	projects, err := store.FiledProjects(ctx, s.DB.Read(), p.ID)
	if err != nil {
		return nil, err
	}
	for _, project := range projects {
		more, err := p.Check(ctx, project)
		if err != nil {
			return nil, err
		}
		for _, f := range more {
			if !slices.Contains(found, f) {
				found = append(found, f)
			}
		}
	}
	return found, nil
}

func (s *Service) saveFindings(ctx context.Context, row access.TicketProvider, found []ticket.Finding) error {
	list := make([]access.Finding, len(found))
	for i, f := range found {
		list[i] = access.Finding{Field: f.Field, Problem: f.Problem}
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		if len(list) > 0 && !slices.Equal(list, row.Findings) {
			w.Event(providerEvent(access.System(), access.ProviderLacking, row, row.Name+" lacks something: "+list[0].Problem))
		}
		return store.SetFindings(ctx, w.Tx, row.ID, list, w.Now)
	})
}

// preflight tries settings that are not stored yet. What is missing is an
// Invalid error by the names of the settings; what belongs to none is named
// "preflight". Nothing is stored or noted.
func (s *Service) preflight(ctx context.Context, row access.TicketProvider, spec ticket.Spec) error {
	settings, err := s.settings(row)
	if err != nil {
		return err
	}
	p, err := spec.Open(settings, s.Client)
	if err != nil {
		return fmt.Errorf("open %s: %w", spec.Name, err)
	}
	found, err := p.Check(ctx, "")
	if err != nil {
		found = []ticket.Finding{{Problem: ticket.FailureOf(err).Msg}}
	}
	var wrong access.Problems
	for _, f := range found {
		field := "preflight"
		if f.Field != "" {
			field = "settings." + f.Field
		}
		wrong.Add(field, "%s", f.Problem)
	}
	if len(wrong) == 0 {
		return nil
	}
	wrong.Add("preflight", "found what is missing; it can be saved all the same")
	return wrong.Err()
}
