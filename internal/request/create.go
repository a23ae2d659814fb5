package request

import (
	"context"
	"fmt"
	"strings"

	"admit/internal/access"
	"admit/internal/store"
)

// Params is what somebody asks for.
type Params struct {
	TargetUserID string // "": oneself
	Items        []Wish
	Reason       string
	Minutes      *int // nil: without end
}

// Wish is one resource asked for.
type Wish struct{ ResourceID, Level string }

// maxItems is the most resources of one request.
const maxItems = 50

// Create asks for access. Resources whose policy needs no review are approved at
// once; when all are, so is the request.
func (s *Service) Create(ctx context.Context, actor access.Actor, p Params) (access.Request, error) {
	if err := actor.May(access.Ask, 0); err != nil {
		return access.Request{}, err
	}
	if p.TargetUserID == "" {
		p.TargetUserID = actor.UserID
	}
	var r access.Request
	err := s.DB.Write(ctx, func(w *store.Write) error {
		resources, err := check(ctx, w, actor, &p)
		if err != nil {
			return err
		}
		r = access.Request{
			ID: store.NewID(), RequesterID: actor.UserID, TargetUserID: p.TargetUserID, Reason: p.Reason, Minutes: p.Minutes,
			State: access.Pending, CreatedAt: w.Now, UpdatedAt: w.Now,
		}
		items := make([]access.RequestItem, len(p.Items))
		var names []string
		for i, wish := range p.Items {
			items[i] = access.RequestItem{ID: store.NewID(), RequestID: r.ID, ResourceID: wish.ResourceID, Level: wish.Level, State: access.Pending}
			names = append(names, resources[wish.ResourceID].Name)
		}
		if err := store.AddRequest(ctx, w.Tx, r, items); err != nil {
			return err
		}
		e := event(actor, access.RequestCreated, r, "asked for "+strings.Join(names, ", "))
		e.Data = map[string]string{"reason": r.Reason, "minutes": minutesText(r.Minutes)}
		if len(items) == 1 {
			e.ResourceID = &items[0].ResourceID
		}
		w.Event(e)
		return autoApprove(ctx, w, &r, items, resources)
	})
	return r, err
}

// check validates p, completes it, and returns the resources asked for.
func check(ctx context.Context, w *store.Write, actor access.Actor, p *Params) (map[string]access.Resource, error) {
	var wrong access.Problems
	p.Reason = wrong.Prose("reason", p.Reason, true, access.MaxText)
	if err := checkTarget(ctx, w, &wrong, actor, p.TargetUserID); err != nil {
		return nil, err
	}
	if len(p.Items) == 0 {
		wrong.Add("resources", "must name at least one resource")
	}
	if len(p.Items) > maxItems {
		wrong.Add("resources", "must name at most %d resources", maxItems)
		return nil, wrong.Err()
	}
	ids := make([]string, len(p.Items))
	for i, wish := range p.Items {
		ids[i] = wish.ResourceID
	}
	resources, err := store.ResourcesByID(ctx, &w.Reader, ids)
	if err != nil {
		return nil, err
	}
	seen := map[Wish]bool{}
	for i, wish := range p.Items {
		if seen[wish] {
			wrong.Add(wishField(i), "is named twice")
		}
		seen[wish] = true
		if err := checkWish(ctx, w, &wrong, resources[wish.ResourceID], *p, i); err != nil {
			return nil, err
		}
	}
	return resources, wrong.Err()
}

// checkTarget lets people ask for themselves; admins for anybody.
func checkTarget(ctx context.Context, w *store.Write, wrong *access.Problems, actor access.Actor, targetID string) error {
	if targetID == actor.UserID {
		return nil
	}
	if actor.Role != access.Admin {
		return access.Errorf(access.Forbidden, "you may ask for yourself only")
	}
	u, err := store.User(ctx, &w.Reader, targetID)
	if access.CodeOf(err) == access.NotFound || err == nil && u.DeletedAt != nil {
		wrong.Add("target_user_id", "names a user that does not exist")
		return nil
	}
	return err
}

// wishField names an item of a request in what is wrong with it.
func wishField(i int) string { return fmt.Sprintf("resources[%d]", i) }

// checkWish says what is wrong with the item i, which asks for r.
func checkWish(ctx context.Context, w *store.Write, wrong *access.Problems, r access.Resource, p Params, i int) error {
	field, wish := wishField(i), p.Items[i]
	if r.ID == "" || r.DeletedAt != nil {
		wrong.Add(field, "names a resource that does not exist")
		return nil
	}
	if !r.Requestable {
		wrong.Add(field, "%s cannot be asked for", r.Name)
	}
	if problem := r.DurationProblem(p.Minutes); problem != "" {
		wrong.Add("duration_minutes", "%s (%s)", problem, r.Name)
	}
	if err := store.CheckLevel(ctx, &w.Reader, wrong, field+".access_level_remote_id", r.ID, wish.Level); err != nil {
		return err
	}
	pending, err := store.PendingFor(ctx, &w.Reader, p.TargetUserID, wish.ResourceID, wish.Level)
	if err != nil {
		return err
	}
	if pending {
		wrong.Add(field, "is already asked for: a request for %s is pending", r.Name)
	}
	return nil
}

// autoApprove approves the items whose policy needs no review.
func autoApprove(ctx context.Context, w *store.Write, r *access.Request, items []access.RequestItem, resources map[string]access.Resource) error {
	d := &deciding{Write: w, actor: access.System(), request: *r, comment: "approved by policy"}
	for _, i := range items {
		d.items = append(d.items, store.ItemFor{RequestItem: i})
		if resources[i.ResourceID].AutoApprove {
			d.mine = append(d.mine, store.ItemFor{RequestItem: i})
		}
	}
	if len(d.mine) == 0 {
		return nil
	}
	err := d.approve(ctx)
	*r = d.request
	return err
}

func minutesText(minutes *int) string {
	if minutes == nil {
		return "without end"
	}
	return fmt.Sprint(*minutes)
}
