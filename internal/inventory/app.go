package inventory

import (
	"context"

	"admit/internal/access"
	"admit/internal/store"
)

// TicketPatch is what to change of a ticket policy; nil leaves a field as it is.
type TicketPatch struct {
	Enabled, OnGrant, OnRemoval *bool
	ProviderID                  *string // "" for none
	ProjectID, ProjectName      *string
	Instructions                *string
	Form                        *access.TicketForm
	Fulfilment                  *access.Fulfilment // all of it
	FulfilmentPatch                                // or a part
}

// AppParams is what a new app has.
type AppParams struct {
	Name, Description string
	AdminOwnerID      string
	Tickets           TicketPatch
}

// AppPatch is what to change of an app; nil leaves a field as it is.
type AppPatch struct {
	Name, Description, AdminOwnerID *string
	Tickets                         TicketPatch
}

// Apps lists apps.
func (s *Service) Apps(ctx context.Context, actor access.Actor, f store.AppFilter) (access.List[access.App], error) {
	if err := actor.May(access.SeeCatalog, 0); err != nil {
		return access.List[access.App]{}, err
	}
	return store.Apps(ctx, s.DB.Read(), f)
}

// AppSizes counts the resources of every app.
func (s *Service) AppSizes(ctx context.Context, actor access.Actor) (map[string]int, error) {
	if err := actor.May(access.SeeCatalog, 0); err != nil {
		return nil, err
	}
	return store.AppSizes(ctx, s.DB.Read())
}

// AppHolders counts what people hold in an app: as many removals follow when it
// is deleted.
func (s *Service) AppHolders(ctx context.Context, actor access.Actor, id string) (int, error) {
	if err := actor.May(access.ManageInventory, 0); err != nil {
		return 0, err
	}
	return store.CountHolders(ctx, s.DB.Read(), "", id)
}

// AppRelation returns what the actor is to an app.
func (s *Service) AppRelation(ctx context.Context, actor access.Actor, id string) (access.Relation, error) {
	rel, err := store.AppRelations(ctx, s.DB.Read(), actor.UserID, id)
	return rel | actor.Roles(), err
}

// App returns one app that is not deleted.
func (s *Service) App(ctx context.Context, actor access.Actor, id string) (access.App, error) {
	if err := actor.May(access.SeeCatalog, 0); err != nil {
		return access.App{}, err
	}
	a, err := store.App(ctx, s.DB.Read(), id)
	if err == nil && a.DeletedAt != nil {
		return access.App{}, access.Errorf(access.NotFound, "not found")
	}
	return a, err
}

// CreateApp adds a custom app.
func (s *Service) CreateApp(ctx context.Context, actor access.Actor, p AppParams) (a access.App, err error) {
	if err := actor.May(access.ManageInventory, 0); err != nil {
		return a, err
	}
	a = access.App{Name: p.Name, Description: p.Description, AdminOwnerID: p.AdminOwnerID}
	a.TicketsOnGrant, a.TicketsOnRemoval = true, true
	p.Tickets.apply(&a.TicketPolicy)
	err = s.DB.Write(ctx, func(w *store.Write) error {
		if err := checkApp(ctx, w, &a); err != nil {
			return err
		}
		a.ID, a.CreatedAt, a.UpdatedAt = store.NewID(), w.Now, w.Now
		if err := store.AddApp(ctx, w.Tx, a); err != nil {
			return named(err, "name", "is already in use")
		}
		w.Event(appEvent(actor, access.AppCreated, a, "created app "+a.Name))
		hookChanged(w, access.TicketPolicy{}, a.TicketPolicy)
		return nil
	})
	return a, err
}

// UpdateApp changes an app. Tickets that are open stay with the provider they
// were filed with.
func (s *Service) UpdateApp(ctx context.Context, actor access.Actor, id string, p AppPatch) (a access.App, err error) {
	if err := actor.May(access.EditApp, 0); err != nil {
		return a, err
	}
	err = s.DB.Write(ctx, func(w *store.Write) error {
		if a, err = liveApp(ctx, w, id); err != nil {
			return err
		}
		was := a.TicketPolicy
		set(&a.Name, p.Name)
		set(&a.Description, p.Description)
		set(&a.AdminOwnerID, p.AdminOwnerID)
		p.Tickets.apply(&a.TicketPolicy)
		if err := checkApp(ctx, w, &a); err != nil {
			return err
		}
		a.UpdatedAt = w.Now
		if err := store.UpdateApp(ctx, w.Tx, a); err != nil {
			return named(err, "name", "is already in use")
		}
		e := appEvent(actor, access.AppUpdated, a, "changed app "+a.Name)
		e.Data = ticketChanges(was, a.TicketPolicy)
		w.Event(e)
		hookChanged(w, was, a.TicketPolicy)
		return nil
	})
	return a, err
}

// DeleteApp takes an app and its resources out of Admit. What people hold there
// is not wanted any more: a removal is carried out for each.
func (s *Service) DeleteApp(ctx context.Context, actor access.Actor, id string) error {
	if err := actor.May(access.ManageInventory, 0); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		a, err := liveApp(ctx, w, id)
		if err != nil {
			return err
		}
		if err := s.endGrants(ctx, w, actor, store.RevokeFilter{AppID: id}); err != nil {
			return err
		}
		if err := store.DeleteResourcesOf(ctx, w.Tx, id, w.Now); err != nil {
			return err
		}
		a.DeletedAt, a.UpdatedAt = &w.Now, w.Now
		w.Event(appEvent(actor, access.AppDeleted, a, "deleted app "+a.Name))
		return store.UpdateApp(ctx, w.Tx, a)
	})
}

func liveApp(ctx context.Context, w *store.Write, id string) (access.App, error) {
	a, err := store.App(ctx, &w.Reader, id)
	if err == nil && a.DeletedAt != nil {
		err = access.Errorf(access.NotFound, "not found")
	}
	return a, err
}

func checkApp(ctx context.Context, w *store.Write, a *access.App) error {
	var wrong access.Problems
	a.Name = wrong.Line("name", a.Name, true, access.MaxName)
	a.Description = wrong.Prose("description", a.Description, false, access.MaxText)
	if err := checkAdminOwner(ctx, w, &wrong, a.AdminOwnerID); err != nil {
		return err
	}
	if err := checkTickets(ctx, w, &wrong, &a.TicketPolicy); err != nil {
		return err
	}
	return wrong.Err()
}

func checkAdminOwner(ctx context.Context, w *store.Write, wrong *access.Problems, ownerID string) error {
	if ownerID == "" {
		wrong.Add("admin_owner_id", "is required")
		return nil
	}
	_, err := store.Owner(ctx, &w.Reader, ownerID)
	if access.CodeOf(err) == access.NotFound {
		wrong.Add("admin_owner_id", "names an owner that does not exist")
		return nil
	}
	return err
}

// checkTickets checks a ticket policy. Whether the project exists is the
// provider's to say: see the provider's Check.
func checkTickets(ctx context.Context, w *store.Write, wrong *access.Problems, t *access.TicketPolicy) error {
	t.TicketProjectID = wrong.Line("tickets.project_id", t.TicketProjectID, false, access.MaxName)
	t.TicketProjectName = wrong.Line("tickets.project_name", t.TicketProjectName, false, access.MaxName)
	t.TicketInstructions = wrong.Prose("tickets.instructions", t.TicketInstructions, false, access.MaxText)
	checkForm(wrong, &t.TicketForm)
	if err := checkFulfilment(ctx, w, wrong, &t.Fulfilment); err != nil {
		return err
	}
	if t.TicketProviderID != nil {
		p, err := store.Provider(ctx, &w.Reader, *t.TicketProviderID)
		if access.CodeOf(err) == access.NotFound || err == nil && p.DeletedAt != nil {
			wrong.Add("tickets.provider_id", "names a ticket provider that does not exist")
		} else if err != nil {
			return err
		}
	}
	if !t.TicketsEnabled {
		return nil
	}
	if t.TicketProviderID == nil {
		wrong.Add("tickets.provider_id", "is required when tickets are on")
	}
	if t.TicketProjectID == "" {
		wrong.Add("tickets.project_id", "is required when tickets are on")
	}
	if !t.TicketsOnGrant && !t.TicketsOnRemoval {
		wrong.Add("tickets.on_grant", "must be on, or tickets.on_removal, when tickets are on")
	}
	return nil
}

// apply changes a policy. What tickets are filled in with belongs to a project: it
// does not go along to another.
func (p TicketPatch) apply(t *access.TicketPolicy) {
	was := *t
	set(&t.TicketsEnabled, p.Enabled)
	set(&t.TicketsOnGrant, p.OnGrant)
	set(&t.TicketsOnRemoval, p.OnRemoval)
	set(&t.TicketProjectID, p.ProjectID)
	set(&t.TicketProjectName, p.ProjectName)
	set(&t.TicketInstructions, p.Instructions)
	set(&t.TicketForm, p.Form)
	set(&t.Fulfilment, p.Fulfilment)
	p.FulfilmentPatch.apply(&t.Fulfilment)
	if p.ProviderID != nil {
		t.TicketProviderID = optional(*p.ProviderID)
	}
	if filesElsewhere(was, *t) && p.Form == nil {
		t.TicketForm.TypeID, t.TicketForm.TypeName, t.TicketForm.Fields = "", "", nil
	}
	if t.TicketProjectName == "" {
		t.TicketProjectName = t.TicketProjectID
	}
}

// ticketChanges says, for the audit log, what a ticket policy was and is.
func ticketChanges(was, is access.TicketPolicy) map[string]string {
	say := func(t access.TicketPolicy) string {
		switch {
		case !t.TicketsEnabled:
			return "off"
		case t.TicketsOnGrant && t.TicketsOnRemoval:
			return "grant and removal, project " + t.TicketProjectID
		case t.TicketsOnGrant:
			return "grant, project " + t.TicketProjectID
		}
		return "removal, project " + t.TicketProjectID
	}
	if say(was) == say(is) {
		return nil
	}
	return map[string]string{"tickets": say(was) + " -> " + say(is)}
}

func appEvent(actor access.Actor, t access.EventType, a access.App, summary string) access.Event {
	e := access.By(actor, t, summary)
	e.AppID = &a.ID
	return e
}
