package inventory

import (
	"context"
	"fmt"
	"strings"

	"admit/internal/access"
	"admit/internal/store"
)

// endGrants revokes the grants a filter selects because their user, resource or
// app goes, cancels the requests that ask for more, and has the slots looked at.
// The removals that follow are work of Admit itself, for a random fulfiller.
func (s *Service) endGrants(ctx context.Context, w *store.Write, actor access.Actor, f store.RevokeFilter) error {
	grants, err := store.RevokeGrants(ctx, w.Tx, f, nil, w.Now)
	if err != nil {
		return err
	}
	var slots []string
	for _, g := range grants {
		slots = append(slots, g.SlotID)
		w.Event(grantEvent(actor, access.GrantRevokedEv, g, "revoked access"))
	}
	reconcile(w, slots...)
	return s.cancelRequests(ctx, w, actor, f)
}

func (s *Service) cancelRequests(ctx context.Context, w *store.Write, actor access.Actor, f store.RevokeFilter) error {
	ids, err := store.PendingRequestsOf(ctx, &w.Reader, f)
	if err != nil {
		return err
	}
	for _, id := range ids { // as many as somebody has pending: few
		r, err := store.LockRequest(ctx, w.Tx, id, w.Now)
		if err != nil {
			return err
		}
		if err := r.Move(access.Canceled, actor.ID(), w.Now); err != nil {
			return err
		}
		if err := store.UpdateRequest(ctx, w.Tx, r); err != nil {
			return err
		}
		e := access.By(actor, access.RequestCanceled, "canceled a request: what it asks for is gone")
		e.RequestID, e.UserID = &r.ID, &r.TargetUserID
		w.Event(e)
	}
	return nil
}

func grantEvent(actor access.Actor, t access.EventType, g access.Grant, summary string) access.Event {
	e := access.By(actor, t, summary)
	e.GrantID, e.UserID, e.ResourceID, e.RequestID = &g.ID, &g.UserID, &g.ResourceID, g.RequestID
	end := "never"
	if g.ExpiresAt != nil {
		end = g.ExpiresAt.Format("2006-01-02 15:04:05 MST")
	}
	e.Data = map[string]string{"level": g.Level, "source": string(g.Source), "expires_at": end, "reason": g.Reason}
	return e
}

// gone names what cannot be removed because of what needs it.
func gone(what string, uses []string) error {
	if len(uses) == 0 {
		return nil
	}
	return access.Errorf(access.Conflict, "%s is still used by: %s", what, strings.Join(uses, ", "))
}

func quoted(name string) string { return fmt.Sprintf("%q", name) }
