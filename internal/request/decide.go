package request

import (
	"context"
	"time"

	"admit/internal/access"
	"admit/internal/job"
	"admit/internal/store"
)

// Verdict is how somebody decides.
type Verdict struct {
	Comment  string
	Override bool // as an admin, whether or not a reviewer
}

// deciding is one decision under way, inside its transaction.
type deciding struct {
	*store.Write
	actor    access.Actor
	request  access.Request
	items    []store.ItemFor // all of the request
	mine     []store.ItemFor // the pending ones the actor decides on
	comment  string
	override bool
}

// Approve approves the items of a request the actor reviews, or with Override
// all of them. When every item is approved, so is the request, and its access is
// granted from that moment on. Of several deciders one wins; the others get a
// Conflict.
func (s *Service) Approve(ctx context.Context, actor access.Actor, id string, v Verdict) error {
	return s.decide(ctx, actor, id, v, false, (*deciding).approve)
}

// Deny denies a request, with a comment that says why.
func (s *Service) Deny(ctx context.Context, actor access.Actor, id string, v Verdict) error {
	return s.decide(ctx, actor, id, v, true, func(d *deciding, ctx context.Context) error {
		if err := d.end(ctx, access.Denied); err != nil {
			return err
		}
		e := event(actor, access.RequestDenied, d.request, "denied the request")
		e.Data = d.data()
		d.Event(e)
		return d.review(ctx, access.Denied)
	})
}

// decide locks a pending request, checks the rules, and lets act decide on the
// items that are the actor's to decide.
func (s *Service) decide(ctx context.Context, actor access.Actor, id string, v Verdict, needComment bool,
	act func(*deciding, context.Context) error,
) error {
	return s.DB.Write(ctx, func(w *store.Write) error {
		d := &deciding{Write: w, actor: actor, override: v.Override}
		var decided, err error
		if d.request, decided = store.LockRequest(ctx, w.Tx, id, w.Now); access.CodeOf(decided) != access.Conflict && decided != nil {
			return decided
		}
		if d.items, err = store.ItemsFor(ctx, &w.Reader, actor.UserID, id); err != nil {
			return err
		}
		if err := d.allowed(); err != nil {
			return err // before it is told that the request is decided
		}
		if decided != nil {
			return decided
		}
		var wrong access.Problems
		d.comment = wrong.Prose("comment", v.Comment, needComment, access.MaxText)
		if err := wrong.Err(); err != nil {
			return err
		}
		for _, i := range d.items {
			if i.State == access.Pending && (d.override || i.Reviews) {
				d.mine = append(d.mine, i)
			}
		}
		if len(d.mine) == 0 {
			return access.Errorf(access.Conflict, "you have already decided on your part of this request")
		}
		return act(d, ctx)
	})
}

func (d *deciding) allowed() error {
	rel := relation(d.actor, d.request, d.items)
	if err := d.actor.May(access.SeeRequest, rel); err != nil {
		return err
	}
	if err := access.ReviewProblem(d.actor, d.request, rel&access.IsReviewer != 0 && !d.override, d.override); err != nil {
		return err
	}
	return d.actor.May(access.Decide, rel)
}

// approve approves the actor's items, and the request when none is left.
func (d *deciding) approve(ctx context.Context) error {
	if err := d.review(ctx, access.Approved); err != nil {
		return err
	}
	if err := store.SetItems(ctx, d.Tx, itemIDs(d.mine), access.Approved); err != nil {
		return err
	}
	left := 0
	for _, i := range d.items {
		if i.State == access.Pending {
			left++
		}
	}
	if left > len(d.mine) {
		e := event(d.actor, access.RequestReviewed, d.request, "approved part of the request")
		e.Data = d.data()
		d.Event(e)
		return nil
	}
	if err := d.request.Move(access.Approved, d.actor.ID(), d.Now); err != nil {
		return err
	}
	if err := store.UpdateRequest(ctx, d.Tx, d.request); err != nil {
		return err
	}
	e := event(d.actor, access.RequestApproved, d.request, "approved the request")
	e.Data = d.data()
	if len(d.items) == 1 {
		e.ResourceID = &d.items[0].ResourceID
	}
	d.Event(e)
	return grant(ctx, d.Write, d.actor, d.request, d.items)
}

func (d *deciding) data() map[string]string {
	override := "no"
	if d.override {
		override = "yes"
	}
	return map[string]string{"comment": d.comment, "override": override}
}

// review records the decision on the actor's items.
func (d *deciding) review(ctx context.Context, to access.RequestState) error {
	reviews := make([]access.Review, len(d.mine))
	for i, item := range d.mine {
		reviews[i] = access.Review{
			ID: store.NewID(), RequestID: d.request.ID, ItemID: item.ID, ReviewerID: d.actor.ID(), Decision: to,
			Override: d.override, Comment: d.comment, CreatedAt: d.Now,
		}
	}
	return store.AddReviews(ctx, d.Tx, reviews...)
}

// end moves the request and its pending items to an end state.
func (d *deciding) end(ctx context.Context, to access.RequestState) error {
	if err := d.request.Move(to, d.actor.ID(), d.Now); err != nil {
		return err
	}
	if err := store.SetItems(ctx, d.Tx, itemIDs(d.items), to); err != nil {
		return err
	}
	return store.UpdateRequest(ctx, d.Tx, d.request)
}

// grant gives what an approved request asked for, from now on.
func grant(ctx context.Context, w *store.Write, actor access.Actor, r access.Request, items []store.ItemFor) error {
	var expires *time.Time
	if r.Minutes != nil {
		t := w.Now.Add(time.Duration(*r.Minutes) * time.Minute)
		expires = &t
	}
	grants := make([]access.Grant, len(items))
	slots := make([]string, len(items))
	for i, item := range items {
		slot, err := store.WantSlot(ctx, w.Tx, r.TargetUserID, item.ResourceID, item.Level, w.Now)
		if err != nil {
			return err
		}
		slots[i] = slot.ID
		grants[i] = access.Grant{
			ID: store.NewID(), SlotID: slot.ID, UserID: r.TargetUserID, ResourceID: item.ResourceID, Level: item.Level,
			Source: access.FromRequest, RequestID: &r.ID, GrantedBy: actor.ID(), Reason: r.Reason,
			State: access.GrantLive, CreatedAt: w.Now, ExpiresAt: expires,
		}
		e := event(actor, access.GrantCreated, r, "granted access")
		e.GrantID, e.ResourceID = &grants[i].ID, &grants[i].ResourceID
		w.Event(e)
	}
	for _, j := range job.Reconciles(slots) {
		w.Job(j)
	}
	return store.AddGrants(ctx, w.Tx, grants...)
}

func itemIDs(items []store.ItemFor) []string {
	ids := make([]string, len(items))
	for i, item := range items {
		ids[i] = item.ID
	}
	return ids
}
