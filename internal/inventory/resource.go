package inventory

import (
	"context"
	"slices"

	"admit/internal/access"
	"admit/internal/store"
)

// ResourceView is a resource with what is always shown with it.
type ResourceView struct {
	access.Resource
	App       access.App
	Levels    []access.Level
	Reviewers []access.Owner
	Relation  access.Relation // what the actor is to it
}

// ResourceParams is what a new resource has.
type ResourceParams struct {
	AppID             string
	Name, Description string
	AdminOwnerID      string // "": the app's
	Patch             ResourcePatch
}

// ResourcePatch is what to change of a resource; nil leaves a field as it is.
type ResourcePatch struct {
	ID                              string
	Name, Description, AdminOwnerID *string
	Requestable, AutoApprove        *bool
	MaxMinutes, RecommendedMinutes  *int            // negative: without end
	ReviewerIDs                     *[]string       // owners
	Levels                          *[]access.Level // ResourceID is ignored
	OverridesTickets                *bool
	Risk                            *access.Risk
	Tickets                         TicketPatch
}

// Resources lists resources.
func (s *Service) Resources(ctx context.Context, actor access.Actor, f store.ResourceFilter) (access.List[ResourceView], error) {
	if err := actor.May(access.SeeCatalog, 0); err != nil {
		return access.List[ResourceView]{}, err
	}
	list, err := store.Resources(ctx, s.DB.Read(), f)
	if err != nil {
		return access.List[ResourceView]{}, err
	}
	views, err := s.views(ctx, list.Items)
	return access.List[ResourceView]{Items: views, Next: list.Next}, err
}

// Resource returns one resource that is not deleted.
func (s *Service) Resource(ctx context.Context, actor access.Actor, id string) (ResourceView, error) {
	if err := actor.May(access.SeeCatalog, 0); err != nil {
		return ResourceView{}, err
	}
	r, err := store.Resource(ctx, s.DB.Read(), id)
	if err == nil && r.DeletedAt != nil {
		err = access.Errorf(access.NotFound, "not found")
	}
	if err != nil {
		return ResourceView{}, err
	}
	views, err := s.views(ctx, []access.Resource{r})
	if err != nil {
		return ResourceView{}, err
	}
	rel, err := store.Relations(ctx, s.DB.Read(), actor.UserID, id)
	views[0].Relation = actor.Roles() | rel
	return views[0], err
}

// ResourceSizes counts who is listed on resources.
func (s *Service) ResourceSizes(ctx context.Context, actor access.Actor, ids []string) (map[string]int, error) {
	if err := s.seePeople(ctx, actor); err != nil {
		return nil, err
	}
	return store.ResourceSizes(ctx, s.DB.Read(), ids)
}

// views adds what is shown with resources, in three queries.
func (s *Service) views(ctx context.Context, resources []access.Resource) ([]ResourceView, error) {
	var ids, appIDs []string
	for _, r := range resources {
		ids, appIDs = append(ids, r.ID), append(appIDs, r.AppID)
	}
	apps, err := store.AppsByID(ctx, s.DB.Read(), appIDs)
	if err != nil {
		return nil, err
	}
	levels, err := store.Levels(ctx, s.DB.Read(), ids)
	if err != nil {
		return nil, err
	}
	reviewers, err := store.Reviewers(ctx, s.DB.Read(), ids)
	if err != nil {
		return nil, err
	}
	views := make([]ResourceView, len(resources))
	for i, r := range resources {
		views[i] = ResourceView{Resource: r, App: apps[r.AppID], Levels: levels[r.ID], Reviewers: reviewers[r.ID]}
	}
	return views, nil
}

// CreateResource adds a resource. Without reviewers named, its admin owner
// reviews.
func (s *Service) CreateResource(ctx context.Context, actor access.Actor, p ResourceParams) (ResourceView, error) {
	var id string
	if err := actor.May(access.ManageInventory, 0); err != nil {
		return ResourceView{}, err
	}
	err := s.DB.Write(ctx, func(w *store.Write) error {
		r := access.Resource{AppID: p.AppID, Name: p.Name, Description: p.Description, AdminOwnerID: p.AdminOwnerID, Risk: access.NormalRisk}
		r.Requestable, r.TicketsOnGrant, r.TicketsOnRemoval = true, true, true
		app, err := liveApp(ctx, w, p.AppID)
		switch {
		case access.CodeOf(err) == access.NotFound:
			return access.Problems{"app_id": "names an app that does not exist"}.Err()
		case err != nil:
			return err
		case r.AdminOwnerID == "":
			r.AdminOwnerID = app.AdminOwnerID
		}
		if own := p.Patch.OverridesTickets; own != nil && *own {
			r.TicketPolicy = app.TicketPolicy // an override starts from what would hold without
		}
		if p.Patch.ReviewerIDs == nil {
			p.Patch.ReviewerIDs = &[]string{r.AdminOwnerID}
		}
		p.Patch.apply(&r)
		if err := checkResource(ctx, w, &r, p.Patch); err != nil {
			return err
		}
		r.ID, r.CreatedAt, r.UpdatedAt = store.NewID(), w.Now, w.Now
		id = r.ID
		if err := store.AddResource(ctx, w.Tx, r); err != nil {
			return named(err, "name", "is already in use in this app")
		}
		w.Event(resourceEvent(actor, access.ResourceCreated, r, "created resource "+r.Name))
		return setLists(ctx, w, r.ID, p.Patch)
	})
	if err != nil {
		return ResourceView{}, err
	}
	return s.Resource(ctx, actor, id)
}

// UpdateResources changes resources, all of them or none. Resource admins may
// change their own. Of several patches the problems of each are named by its
// place: "[1].name".
func (s *Service) UpdateResources(ctx context.Context, actor access.Actor, patches []ResourcePatch) error {
	return s.DB.Write(ctx, func(w *store.Write) error {
		return eachOf(patches, func(p ResourcePatch) error { return updateResource(ctx, w, actor, p) })
	})
}

func updateResource(ctx context.Context, w *store.Write, actor access.Actor, p ResourcePatch) error {
	rel, err := store.Relations(ctx, &w.Reader, actor.UserID, p.ID)
	if err != nil {
		return err
	}
	if err := actor.May(access.EditResource, rel); err != nil {
		return err
	}
	r, err := liveResource(ctx, w, p.ID)
	if err != nil {
		return err
	}
	was := r.TicketPolicy
	if p.OverridesTickets != nil && *p.OverridesTickets && !r.OverridesTickets {
		app, err := store.App(ctx, &w.Reader, r.AppID)
		if err != nil {
			return err
		}
		r.TicketPolicy = app.TicketPolicy // an override starts from what held before
	}
	p.apply(&r)
	if err := checkResource(ctx, w, &r, p); err != nil {
		return err
	}
	r.UpdatedAt = w.Now
	if err := store.UpdateResource(ctx, w.Tx, r); err != nil {
		return named(err, "name", "is already in use in this app")
	}
	e := resourceEvent(actor, access.ResourceUpdated, r, "changed resource "+r.Name)
	e.Data = ticketChanges(was, r.TicketPolicy)
	w.Event(e)
	hookChanged(w, was, r.TicketPolicy)
	return setLists(ctx, w, r.ID, p)
}

// DeleteResource takes a resource out of Admit. What people hold is not wanted
// any more: a removal is carried out for each.
func (s *Service) DeleteResource(ctx context.Context, actor access.Actor, id string) error {
	if err := actor.May(access.ManageInventory, 0); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		r, err := liveResource(ctx, w, id)
		if err != nil {
			return err
		}
		if err := s.endGrants(ctx, w, actor, store.RevokeFilter{ResourceID: id}); err != nil {
			return err
		}
		r.DeletedAt, r.UpdatedAt = &w.Now, w.Now
		w.Event(resourceEvent(actor, access.ResourceDeleted, r, "deleted resource "+r.Name))
		return store.UpdateResource(ctx, w.Tx, r)
	})
}

func liveResource(ctx context.Context, w *store.Write, id string) (access.Resource, error) {
	r, err := store.Resource(ctx, &w.Reader, id)
	if err == nil && r.DeletedAt != nil {
		err = access.Errorf(access.NotFound, "not found")
	}
	return r, err
}

func (p ResourcePatch) apply(r *access.Resource) {
	set(&r.Name, p.Name)
	set(&r.Description, p.Description)
	set(&r.AdminOwnerID, p.AdminOwnerID)
	set(&r.Requestable, p.Requestable)
	set(&r.AutoApprove, p.AutoApprove)
	set(&r.OverridesTickets, p.OverridesTickets)
	set(&r.Risk, p.Risk)
	setMinutes(&r.MaxMinutes, p.MaxMinutes)
	setMinutes(&r.RecommendedMinutes, p.RecommendedMinutes)
	p.Tickets.apply(&r.TicketPolicy)
}

func setMinutes(dst **int, v *int) {
	switch {
	case v == nil:
	case *v < 0:
		*dst = nil
	default:
		*dst = v
	}
}

func checkResource(ctx context.Context, w *store.Write, r *access.Resource, p ResourcePatch) error {
	var wrong access.Problems
	r.Name = wrong.Line("name", r.Name, true, access.MaxName)
	r.Description = wrong.Prose("description", r.Description, false, access.MaxText)
	if err := checkAdminOwner(ctx, w, &wrong, r.AdminOwnerID); err != nil {
		return err
	}
	if m := r.MaxMinutes; m != nil && (*m < 1 || *m > access.MaxDuration) {
		wrong.Add("max_duration", "must be between one minute and a year")
	}
	if m := r.RecommendedMinutes; m != nil && (*m < 1 || *m > access.MaxDuration || r.MaxMinutes != nil && *m > *r.MaxMinutes) {
		wrong.Add("recommended_duration", "must be between one minute and the maximum")
	}
	if !slices.Contains(access.Risks, r.Risk) {
		wrong.Add("risk", "must be low, normal or high")
	}
	if err := checkReviewers(ctx, w, &wrong, p.ReviewerIDs); err != nil {
		return err
	}
	checkLevels(&wrong, p.Levels)
	if err := checkHeldLevels(ctx, w, &wrong, r.ID, p.Levels); err != nil {
		return err
	}
	if r.OverridesTickets {
		if err := checkTickets(ctx, w, &wrong, &r.TicketPolicy); err != nil {
			return err
		}
	}
	return wrong.Err()
}

func checkReviewers(ctx context.Context, w *store.Write, wrong *access.Problems, ids *[]string) error {
	if ids == nil || len(*ids) == 0 {
		return nil
	}
	owners, err := store.Owners(ctx, &w.Reader, store.OwnerFilter{IDs: *ids, Page: access.Page{Size: access.MaxPage}})
	if err != nil {
		return err
	}
	known := map[string]int{}
	for _, o := range owners.Items {
		known[o.ID] = 1
	}
	for _, id := range *ids {
		switch known[id] {
		case 0:
			wrong.Add("reviewers", "names an owner that does not exist: %s", quoted(id))
		case 2:
			wrong.Add("reviewers", "names an owner twice")
		}
		known[id] = 2
	}
	return nil
}

func checkLevels(wrong *access.Problems, levels *[]access.Level) {
	if levels == nil {
		return
	}
	seen := map[string]bool{}
	for i := range *levels {
		l := &(*levels)[i]
		l.ID = wrong.Line("access_levels", l.ID, true, access.MaxName)
		l.Name = wrong.Line("access_levels", l.Name, false, access.MaxName)
		if l.Name == "" {
			l.Name = l.ID
		}
		if seen[l.ID] {
			wrong.Add("access_levels", "names %s twice", quoted(l.ID))
		}
		seen[l.ID] = true
	}
}

// checkHeldLevels notes access levels that are to go although people hold them.
func checkHeldLevels(ctx context.Context, w *store.Write, wrong *access.Problems, resourceID string, levels *[]access.Level) error {
	if levels == nil || resourceID == "" {
		return nil
	}
	held, err := store.HeldLevels(ctx, &w.Reader, resourceID)
	if err != nil {
		return err
	}
	stay := map[string]bool{"": len(*levels) == 0}
	for _, l := range *levels {
		stay[l.ID] = true
	}
	for _, id := range held {
		if !stay[id] && id == "" {
			wrong.Add("access_levels", "cannot be added while people hold the resource without a level; remove them first")
		} else if !stay[id] {
			wrong.Add("access_levels", "leaves out %s, which people hold; remove them first", quoted(id))
		}
	}
	return nil
}

func setLists(ctx context.Context, w *store.Write, resourceID string, p ResourcePatch) error {
	if p.ReviewerIDs != nil {
		if err := store.SetReviewers(ctx, w.Tx, resourceID, *p.ReviewerIDs); err != nil {
			return err
		}
	}
	if p.Levels != nil {
		return store.SetLevels(ctx, w.Tx, resourceID, *p.Levels)
	}
	return nil
}

func resourceEvent(actor access.Actor, t access.EventType, r access.Resource, summary string) access.Event {
	e := access.By(actor, t, summary)
	e.AppID, e.ResourceID = &r.AppID, &r.ID
	return e
}
