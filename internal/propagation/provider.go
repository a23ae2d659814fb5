package propagation

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"admit/internal/access"
	"admit/internal/job"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/ticket"
)

// ProviderParams is what a new ticket provider has.
type ProviderParams struct {
	Kind       string
	Name       string
	Settings   map[string]string
	SaveAnyway bool // whatever the preflight finds
}

// ProviderPatch is what to change of a ticket provider. Settings that are absent
// stay; an empty secret stays as well.
type ProviderPatch struct {
	Name       *string
	Settings   map[string]string
	SaveAnyway bool // whatever the preflight finds
}

// Kinds lists the kinds of ticket provider there are.
func (s *Service) Kinds() []ticket.Spec { return s.Registry.Specs() }

// Providers lists the ticket providers. Resource admins may see them too: they
// choose one.
func (s *Service) Providers(ctx context.Context, actor access.Actor) ([]access.TicketProvider, error) {
	if err := s.mayChoose(ctx, actor); err != nil {
		return nil, err
	}
	return store.Providers(ctx, s.DB.Read())
}

// Provider returns one ticket provider, without its secrets.
func (s *Service) Provider(ctx context.Context, actor access.Actor, id string) (access.TicketProvider, error) {
	if err := actor.May(access.SeeProviders, 0); err != nil {
		return access.TicketProvider{}, err
	}
	return liveProvider(ctx, s.DB.Read(), id)
}

func liveProvider(ctx context.Context, r *sqldb.Reader, id string) (access.TicketProvider, error) {
	p, err := store.Provider(ctx, r, id)
	if err == nil && p.DeletedAt != nil {
		err = access.Errorf(access.NotFound, "not found")
	}
	return p, err
}

// ProviderLoad is how much depends on a ticket provider.
type ProviderLoad struct {
	OpenTickets int
	Users       int // apps and resources that file with it
}

// ProviderLoads returns how much depends on each ticket provider.
func (s *Service) ProviderLoads(ctx context.Context, actor access.Actor) (map[string]ProviderLoad, error) {
	if err := actor.May(access.SeeProviders, 0); err != nil {
		return nil, err
	}
	open, err := store.OpenTicketCounts(ctx, s.DB.Read())
	if err != nil {
		return nil, err
	}
	uses, err := store.ProviderUseCounts(ctx, s.DB.Read())
	if err != nil {
		return nil, err
	}
	loads := map[string]ProviderLoad{}
	for id, n := range open {
		loads[id] = ProviderLoad{OpenTickets: n}
	}
	for id, n := range uses {
		loads[id] = ProviderLoad{OpenTickets: open[id], Users: n}
	}
	return loads, nil
}

// ProviderUses names the apps and resources that file with a ticket provider, as
// "app Payroll".
func (s *Service) ProviderUses(ctx context.Context, actor access.Actor, id string) ([]string, error) {
	if err := actor.May(access.SeeProviders, 0); err != nil {
		return nil, err
	}
	return store.ProviderUses(ctx, s.DB.Read(), id)
}

// CreateProvider adds a ticket provider. A preflight goes before: what it finds
// missing is an Invalid error, unless it is to be saved anyway. Where the system
// lets Admit register a webhook, and can reach it, it gets one.
func (s *Service) CreateProvider(ctx context.Context, actor access.Actor, p ProviderParams) (row access.TicketProvider, err error) {
	if err := actor.May(access.ManageProviders, 0); err != nil {
		return row, err
	}
	var wrong access.Problems
	row.Kind, row.Name = p.Kind, wrong.Line("name", p.Name, true, access.MaxName)
	spec, ok := s.Registry.Spec(p.Kind)
	if !ok {
		wrong.Add("kind", "must be one of %s", s.kindList())
		return row, wrong.Err()
	}
	row.ID, row.Version, row.Health = store.NewID(), 1, access.Untried
	if err := s.seal(&row, spec, p.Settings, &wrong); err != nil {
		return row, err
	}
	if !p.SaveAnyway {
		if err := s.preflight(ctx, row, spec); err != nil {
			return row, err
		}
	}
	err = s.DB.Write(ctx, func(w *store.Write) error {
		row.CreatedAt, row.UpdatedAt, row.NextPollAt = w.Now, w.Now, w.Now
		row.NextCheckAt = new(w.Now.Add(s.cfg.CheckEvery))
		if p.SaveAnyway {
			w.Job(job.Check{ProviderID: row.ID}) // what is missing is shown from the start
		}
		w.Event(providerEvent(actor, access.ProviderCreated, row, "added ticket provider "+row.Name))
		if err := nameTaken(store.AddProvider(ctx, w.Tx, row)); err != nil {
			return err
		}
		return s.firstWebhook(ctx, w, actor, row, spec)
	})
	return row, err
}

// firstWebhook gives a new provider a webhook if its system can register it and
// is likely to reach us: our address is one of the public web.
func (s *Service) firstWebhook(ctx context.Context, w *store.Write, actor access.Actor, row access.TicketProvider, spec ticket.Spec) error {
	if !strings.HasPrefix(s.URL, "https:") {
		return nil
	}
	settings, err := s.settings(row)
	if err != nil {
		return err
	}
	p, err := spec.Open(settings, s.Client)
	if err != nil {
		return fmt.Errorf("open %s: %w", spec.Name, err)
	}
	if _, ok := p.(ticket.Registrar); !ok {
		return nil
	}
	return s.addWebhook(ctx, w, actor, row, p)
}

// UpdateProvider changes a ticket provider. Tickets that are open go on with the
// new settings: they are of the same account.
func (s *Service) UpdateProvider(ctx context.Context, actor access.Actor, id string, p ProviderPatch) (row access.TicketProvider, err error) {
	if err := actor.May(access.ManageProviders, 0); err != nil {
		return row, err
	}
	row, err = s.patched(ctx, id, p)
	if err != nil {
		return row, err
	}
	err = s.DB.Write(ctx, func(w *store.Write) error {
		from := row.Version
		row.Version, row.UpdatedAt, row.NextPollAt = from+1, w.Now, w.Now
		row.NextCheckAt = new(w.Now.Add(s.cfg.CheckEvery))
		w.Job(job.Check{ProviderID: id}, job.Hook{ProviderID: id}) // the account may be allowed more now
		if err := store.ForgetAccounts(ctx, w.Tx, id); err != nil {
			return err
		}
		w.Event(providerEvent(actor, access.ProviderUpdated, row, "changed ticket provider "+row.Name))
		return nameTaken(store.UpdateProvider(ctx, w.Tx, row, from))
	})
	return row, err
}

// patched returns a provider with a patch applied and, unless it is to be saved
// anyway, tried. Somebody who was faster is found when it is stored.
func (s *Service) patched(ctx context.Context, id string, p ProviderPatch) (row access.TicketProvider, err error) {
	if row, err = liveProvider(ctx, s.DB.Read(), id); err != nil {
		return row, err
	}
	spec, ok := s.Registry.Spec(row.Kind)
	if !ok {
		return row, access.Errorf(access.Conflict, "this Admit has no kind %q", row.Kind)
	}
	var wrong access.Problems
	if p.Name != nil {
		row.Name = wrong.Line("name", *p.Name, true, access.MaxName)
	}
	settings, err := s.merge(row, spec, p.Settings)
	if err != nil {
		return row, err
	}
	if err := s.seal(&row, spec, settings, &wrong); err != nil || p.SaveAnyway || len(p.Settings) == 0 {
		return row, err
	}
	return row, s.preflight(ctx, row, spec)
}

// merge returns all settings of a provider with changes applied.
func (s *Service) merge(row access.TicketProvider, spec ticket.Spec, changes map[string]string) (map[string]string, error) {
	all, err := s.settings(row)
	if err != nil {
		return nil, access.Errorf(access.Conflict, "the stored secrets cannot be read: enter them again")
	}
	secrets := map[string]bool{}
	for _, name := range spec.Secrets() {
		secrets[name] = true
	}
	for name, v := range changes {
		if secrets[name] && v == "" {
			continue
		}
		all[name] = v
	}
	return all, nil
}

// seal validates settings, adds what is wrong with them to wrong, and stores them
// in row: secrets encrypted, the rest as they are.
func (s *Service) seal(row *access.TicketProvider, spec ticket.Spec, settings map[string]string, wrong *access.Problems) error {
	clean, err := spec.Validate(settings)
	if err != nil {
		if invalid, ok := err.(*access.Error); ok { //nolint:errorlint // Validate returns it bare
			for field, problem := range invalid.Fields {
				wrong.Add(field, "%s", problem)
			}
		}
	}
	if err := wrong.Err(); err != nil {
		return err
	}
	if _, err := spec.Open(clean, s.Client); err != nil {
		return fmt.Errorf("open %s: %w", spec.Name, err)
	}
	secrets := map[string]string{}
	for _, name := range spec.Secrets() {
		if clean[name] != "" {
			secrets[name] = clean[name]
		}
		delete(clean, name)
	}
	row.Settings, row.Secrets = clean, ""
	if len(secrets) > 0 {
		row.Secrets = s.Box.Seal(place(row.ID), sqldb.JSON(secrets))
	}
	return nil
}

// DeleteProvider removes a ticket provider that nothing files with and that has
// no open tickets.
func (s *Service) DeleteProvider(ctx context.Context, actor access.Actor, id string) error {
	if err := actor.May(access.ManageProviders, 0); err != nil {
		return err
	}
	if id == access.BuiltInProviderID {
		return access.Errorf(access.Conflict, "the built-in queue cannot be deleted")
	}
	if err := s.unused(ctx, s.DB.Read(), id); err != nil {
		return err
	}
	s.unhookNow(ctx, id)
	return s.DB.Write(ctx, func(w *store.Write) error {
		row, err := liveProvider(ctx, &w.Reader, id)
		if err != nil {
			return err
		}
		if err := s.unused(ctx, &w.Reader, id); err != nil {
			return err
		}
		if err := store.DeleteWebhook(ctx, w.Tx, id); err != nil {
			return err
		}
		row.DeletedAt, row.UpdatedAt, row.Secrets = &w.Now, w.Now, ""
		w.Event(providerEvent(actor, access.ProviderDeleted, row, "deleted ticket provider "+row.Name))
		return store.UpdateProvider(ctx, w.Tx, row, row.Version)
	})
}

// unused is a Conflict that names what still files with a provider.
func (s *Service) unused(ctx context.Context, r *sqldb.Reader, id string) error {
	row, err := liveProvider(ctx, r, id)
	if err != nil {
		return err
	}
	open, err := store.CountOpenTickets(ctx, r, id)
	if err != nil {
		return err
	}
	uses, err := store.ProviderUses(ctx, r, id)
	if err != nil {
		return err
	}
	if open > 0 {
		uses = append([]string{fmt.Sprintf("%d open tickets", open)}, uses...)
	}
	if len(uses) > 0 {
		return access.Errorf(access.Conflict, "%s is still used by: %s", row.Name, strings.Join(uses, ", "))
	}
	return nil
}

// CheckProvider signs in to a provider and returns what is missing, by name, to
// file in a project, or, for "", to use it at all. Nothing missing is an empty
// list. It also notes the provider's health.
func (s *Service) CheckProvider(ctx context.Context, actor access.Actor, id, project string) ([]ticket.Finding, error) {
	if err := actor.May(access.ManageProviders, 0); err != nil {
		return nil, err
	}
	p, err := s.openLive(ctx, id)
	if err != nil {
		return nil, err
	}
	findings, err := p.Check(urgently(ctx), project)
	if failure := s.note(ctx, p.TicketProvider, err); failure != nil {
		return []ticket.Finding{{Problem: failure.Msg}}, nil //nolint:nilerr // the failure is what was found
	}
	if project != "" {
		return findings, nil
	}
	return findings, s.saveFindings(ctx, p.TicketProvider, findings)
}

// Projects lists what tickets can be filed in at a provider.
func (s *Service) Projects(ctx context.Context, actor access.Actor, id string) ([]ticket.Project, error) {
	if err := s.mayChoose(ctx, actor); err != nil {
		return nil, err
	}
	p, err := s.openLive(ctx, id)
	if err != nil {
		return nil, err
	}
	return discover(ctx, s, p, "projects", p.Projects)
}

func (s *Service) openLive(ctx context.Context, id string) (account, error) {
	if _, err := liveProvider(ctx, s.DB.Read(), id); err != nil {
		return account{}, err
	}
	p, err := s.open(ctx, id)
	if err == nil {
		return p, nil
	}
	if known, ok := errors.AsType[*access.Error](err); ok {
		return p, known
	}
	return p, &access.Error{Code: access.Conflict, Msg: "this provider cannot be opened: enter its secrets again", Err: err}
}

// EnsureBuiltIn adds the built-in queue if it is not there.
func (s *Service) EnsureBuiltIn(ctx context.Context, kind string) error {
	_, err := store.Provider(ctx, s.DB.Read(), access.BuiltInProviderID)
	if access.CodeOf(err) != access.NotFound {
		return err
	}
	spec, ok := s.Registry.Spec(kind)
	if !ok {
		return fmt.Errorf("add the built-in queue: no kind %q", kind)
	}
	err = s.DB.Write(ctx, func(w *store.Write) error {
		return store.AddProvider(ctx, w.Tx, access.TicketProvider{
			ID: access.BuiltInProviderID, Kind: kind, Name: spec.Name, Settings: map[string]string{}, Version: 1,
			Health: access.Healthy, NextPollAt: w.Now, CreatedAt: w.Now, UpdatedAt: w.Now,
		})
	})
	if access.CodeOf(err) == access.Conflict {
		return nil // another server was faster
	}
	return err
}

func (s *Service) kindList() string {
	var kinds []string
	for _, spec := range s.Registry.Specs() {
		kinds = append(kinds, spec.Kind)
	}
	return strings.Join(kinds, ", ")
}

func nameTaken(err error) error {
	if access.CodeOf(err) != access.Conflict {
		return err
	}
	return &access.Error{Code: access.Conflict, Msg: "name is already in use", Fields: map[string]string{"name": "is already in use"}, Err: err}
}

func providerEvent(actor access.Actor, t access.EventType, p access.TicketProvider, summary string) access.Event {
	e := access.By(actor, t, summary)
	e.ProviderID = &p.ID
	return e
}
