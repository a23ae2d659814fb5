package propagation

import (
	"context"
	"slices"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/ticket"
)

// Types lists the types a ticket of a project can have; none where there are no
// types.
func (s *Service) Types(ctx context.Context, actor access.Actor, id, project string) ([]ticket.Type, error) {
	p, former, err := s.former(ctx, actor, id)
	if err != nil || former == nil || project == "" {
		return nil, err
	}
	return discover(ctx, s, p, "types\x00"+project, func(ctx context.Context) ([]ticket.Type, error) { return former.Types(ctx, project) })
}

// Form lists what a ticket of a project and type can be filled in with.
func (s *Service) Form(ctx context.Context, actor access.Actor, id, project, typ string) ([]ticket.FormField, error) {
	p, former, err := s.former(ctx, actor, id)
	if err != nil || former == nil || project == "" {
		return nil, err
	}
	return discover(ctx, s, p, "form\x00"+project+"\x00"+typ, func(ctx context.Context) ([]ticket.FormField, error) {
		return former.Form(ctx, project, typ)
	})
}

// former opens a provider for somebody who chooses where to file; its tickets
// may have nothing to fill in: then it returns nil.
func (s *Service) former(ctx context.Context, actor access.Actor, id string) (account, ticket.Former, error) {
	if err := s.mayChoose(ctx, actor); err != nil {
		return account{}, nil, err
	}
	p, err := s.openLive(ctx, id)
	if err != nil {
		return p, nil, err
	}
	former, _ := p.Provider.(ticket.Former)
	return p, former, nil
}

// mayChoose authorises those who choose where an app or a resource files its
// tickets.
func (s *Service) mayChoose(ctx context.Context, actor access.Actor) error {
	rel, err := store.SomeAdmin(ctx, s.DB.Read(), actor.UserID)
	if err != nil {
		return err
	}
	if rel != 0 {
		return nil
	}
	return actor.May(access.SeeProviders, 0)
}

// CheckPolicy makes the preflight of a ticket policy: what its provider lacks to
// file in its project with its form. A finding of a field is named "fields.ID",
// one of the type "type". It calls the provider, so it is asked before the policy
// is stored, not while.
func (s *Service) CheckPolicy(ctx context.Context, actor access.Actor, t access.TicketPolicy) ([]ticket.Finding, error) {
	if err := s.mayChoose(ctx, actor); err != nil {
		return nil, err
	}
	if !t.TicketsEnabled || t.TicketProviderID == nil {
		return nil, nil
	}
	p, err := s.openLive(ctx, *t.TicketProviderID)
	if err != nil {
		return nil, err
	}
	found, err := s.checkPolicy(urgently(ctx), p, t)
	if failure := s.note(ctx, p.TicketProvider, err); failure != nil {
		return []ticket.Finding{{Problem: failure.Msg}}, nil //nolint:nilerr // the failure is what was found
	}
	return found, nil
}

func (s *Service) checkPolicy(ctx context.Context, p account, t access.TicketPolicy) ([]ticket.Finding, error) {
	found, err := p.Check(ctx, t.TicketProjectID)
	former, ok := p.Provider.(ticket.Former)
	if err != nil || len(found) > 0 || !ok {
		return found, err
	}
	types, err := former.Types(ctx, t.TicketProjectID)
	if err != nil {
		return nil, err
	}
	if problem := typeProblem(types, t.TicketForm.TypeID); problem != "" {
		return []ticket.Finding{{Field: "type", Problem: problem}}, nil
	}
	form, err := former.Form(ctx, t.TicketProjectID, t.TicketForm.TypeID)
	if err != nil {
		return nil, err
	}
	return formProblems(form, t.TicketForm.Fields), nil
}

func typeProblem(types []ticket.Type, id string) string {
	known := func(t ticket.Type) bool { return t.ID == id }
	switch {
	case len(types) == 0 && id != "":
		return "tickets of this project have no types"
	case len(types) > 0 && id == "":
		return "choose the type of the tickets"
	case len(types) > 0 && !slices.ContainsFunc(types, known):
		return "this type is not there any more: choose another"
	}
	return ""
}

// formProblems holds what an admin filled in against what the system asks for.
func formProblems(form []ticket.FormField, values []access.TicketField) []ticket.Finding {
	var found []ticket.Finding
	add := func(id, problem string) {
		found = append(found, ticket.Finding{Field: "fields." + id, Problem: problem})
	}
	value := map[string]string{}
	for _, v := range values {
		value[v.ID] = v.Value
		if !slices.ContainsFunc(form, func(f ticket.FormField) bool { return f.ID == v.ID }) {
			add(v.ID, "is not a field of these tickets any more")
		}
	}
	for _, f := range form {
		if problem := f.Problem(value[f.ID]); problem != "" {
			add(f.ID, problem)
		}
	}
	return found
}
