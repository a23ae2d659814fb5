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

// decision is a checked Verdict.
type decision struct {
	comment  string
	override bool
}

// Approve approves the items of a request the actor reviews, or with Override
// all of them. When every item is approved, so is the request, and its access is
// granted from that moment on. Of several deciders one wins; the others get a
// Conflict.
func (s *Service) Approve(ctx context.Context, actor access.Actor, id string, v Verdict) error {
	return s.decide(ctx, actor, id, v, false, func(w *store.Write, r *access.Request, mine []access.RequestItem, d decision) error {
		all, err := store.Items(ctx, &w.Reader, []string{id})
		if err != nil {
			return err
		}
		return approveItems(ctx, w, actor, r, all[id], mine, d)
	})
}

// Deny denies a request, with a comment that says why.
func (s *Service) Deny(ctx context.Context, actor access.Actor, id string, v Verdict) error {
	return s.decide(ctx, actor, id, v, true, func(w *store.Write, r *access.Request, mine []access.RequestItem, d decision) error {
		if err := end(ctx, w, actor, r, access.Denied); err != nil {
			return err
		}
		if err := review(ctx, w, actor, r, mine, access.Denied, d); err != nil {
			return err
		}
		e := event(actor, access.RequestDenied, *r, "denied the request")
		e.Data = map[string]string{"comment": d.comment, "override": yesNo(d.override)}
		w.Event(e)
		return nil
	})
}

// decide loads and locks a pending request, checks the rules, and hands the
// items the actor decides on to act.
func (s *Service) decide(ctx context.Context, actor access.Actor, id string, v Verdict, needComment bool,
	act func(*store.Write, *access.Request, []access.RequestItem, decision) error,
) error {
	return s.DB.Write(ctx, func(w *store.Write) error {
		seen, err := store.Request(ctx, &w.Reader, id)
		if err != nil {
			return err
		}
		if err := mayDecide(ctx, w, actor, seen, v.Override); err != nil {
			return err
		}
		var wrong access.Problems
		comment := wrong.Prose("comment", v.Comment, needComment, access.MaxText)
		if err := wrong.Err(); err != nil {
			return err
		}
		r, err := store.LockRequest(ctx, w.Tx, id, w.Now)
		if err != nil {
			return err
		}
		mine, err := itemsFor(ctx, w, actor, id, v.Override)
		if err != nil {
			return err
		}
		if len(mine) == 0 {
			return access.Errorf(access.Conflict, "you have already decided on your part of this request")
		}
		return act(w, &r, mine, decision{comment, v.Override})
	})
}

func mayDecide(ctx context.Context, w *store.Write, actor access.Actor, r access.Request, override bool) error {
	rel, err := store.RequestRelations(ctx, &w.Reader, actor.UserID, r.ID)
	if err != nil {
		return err
	}
	if r.RequesterID == actor.UserID || r.TargetUserID == actor.UserID {
		rel |= access.IsRequester
	}
	if err := actor.May(access.SeeRequest, rel); err != nil {
		return err
	}
	if err := access.ReviewProblem(actor, r, rel&access.IsReviewer != 0 && !override, override); err != nil {
		return err
	}
	return actor.May(access.Decide, rel)
}

// itemsFor returns the pending items the actor decides on.
func itemsFor(ctx context.Context, w *store.Write, actor access.Actor, requestID string, override bool) ([]access.RequestItem, error) {
	items, err := store.Items(ctx, &w.Reader, []string{requestID})
	if err != nil {
		return nil, err
	}
	mine, err := store.ReviewableItems(ctx, &w.Reader, actor.UserID, requestID)
	if err != nil {
		return nil, err
	}
	var out []access.RequestItem
	for _, i := range items[requestID] {
		if i.State == access.Pending && (override || mine[i.ID]) {
			out = append(out, i)
		}
	}
	return out, nil
}

// approveItems approves some items, and the request when none is left.
func approveItems(ctx context.Context, w *store.Write, actor access.Actor, r *access.Request, all, now []access.RequestItem, d decision) error {
	if err := review(ctx, w, actor, r, now, access.Approved, d); err != nil {
		return err
	}
	if err := store.SetItems(ctx, w.Tx, itemIDs(now), access.Approved); err != nil {
		return err
	}
	left := 0
	for _, i := range all {
		if i.State == access.Pending {
			left++
		}
	}
	data := map[string]string{"comment": d.comment, "override": yesNo(d.override)}
	if left > len(now) {
		e := event(actor, access.RequestReviewed, *r, "approved part of the request")
		e.Data = data
		w.Event(e)
		return nil
	}
	if err := r.Move(access.Approved, actor.ID(), w.Now); err != nil {
		return err
	}
	if err := store.UpdateRequest(ctx, w.Tx, *r); err != nil {
		return err
	}
	e := event(actor, access.RequestApproved, *r, "approved the request")
	e.Data = data
	if len(all) == 1 {
		e.ResourceID = &all[0].ResourceID
	}
	w.Event(e)
	return grant(ctx, w, actor, *r, all)
}

// grant gives what an approved request asked for, from now on.
func grant(ctx context.Context, w *store.Write, actor access.Actor, r access.Request, items []access.RequestItem) error {
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

// review records decisions on items.
func review(ctx context.Context, w *store.Write, actor access.Actor, r *access.Request, items []access.RequestItem, to access.RequestState, d decision) error {
	reviews := make([]access.Review, len(items))
	for i, item := range items {
		reviews[i] = access.Review{
			ID: store.NewID(), RequestID: r.ID, ItemID: item.ID, ReviewerID: actor.ID(), Decision: to,
			Override: d.override, Comment: d.comment, CreatedAt: w.Now,
		}
	}
	return store.AddReviews(ctx, w.Tx, reviews...)
}

// end moves a request and its pending items to an end state.
func end(ctx context.Context, w *store.Write, actor access.Actor, r *access.Request, to access.RequestState) error {
	items, err := store.Items(ctx, &w.Reader, []string{r.ID})
	if err != nil {
		return err
	}
	if err := r.Move(to, actor.ID(), w.Now); err != nil {
		return err
	}
	if err := store.SetItems(ctx, w.Tx, itemIDs(items[r.ID]), to); err != nil {
		return err
	}
	return store.UpdateRequest(ctx, w.Tx, *r)
}

func itemIDs(items []access.RequestItem) []string {
	ids := make([]string, len(items))
	for i, item := range items {
		ids[i] = item.ID
	}
	return ids
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
