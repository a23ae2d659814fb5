package propagation

import (
	"context"

	"admit/internal/access"
	"admit/internal/store"
)

// What people say of a change beside what its ticket says.

// AttestChange completes a change that needs attention by the word of a person:
// the end system is as wanted. Nobody says that of their own access.
func (s *Service) AttestChange(ctx context.Context, actor access.Actor, changeID, reason string) error {
	var wrong access.Problems
	reason = wrong.Prose("reason", reason, true, access.MaxText)
	if err := wrong.Err(); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		c, err := s.inAttention(ctx, w, actor, changeID, access.AttestChange)
		if err != nil {
			return err
		}
		if c.UserID == actor.UserID {
			return access.Errorf(access.Forbidden, "this is your own access: somebody else must say that it is so")
		}
		return s.attest(ctx, w, actor, c, reason)
	})
}

// attest completes a change by the word of a person.
func (s *Service) attest(ctx context.Context, w *store.Write, actor access.Actor, c access.AccessChange, reason string) error {
	c.AttestedBy = actor.ID()
	e := changeEvent(actor, access.ChangeAttested, c, "said that the "+sentence(c)+" is done: "+reason)
	w.Event(e)
	return s.moveChange(ctx, w, &c, access.ClaimedDone, "says "+actor.Name+": "+reason, nil)
}

// DisputeChange says of a change that is done that it is not so: the green mark
// goes, and a person must decide. Whoever should have the access may say it too.
func (s *Service) DisputeChange(ctx context.Context, actor access.Actor, changeID, reason string) error {
	var wrong access.Problems
	reason = wrong.Prose("reason", reason, true, access.MaxText)
	if err := wrong.Err(); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		c, err := store.LockChange(ctx, w.Tx, changeID)
		if err != nil {
			return err
		}
		rel, err := store.Relations(ctx, &w.Reader, actor.UserID, c.ResourceID)
		if err != nil {
			return err
		}
		if c.UserID == actor.UserID && c.Direction == access.ToGrant {
			rel |= access.IsSelf
		}
		if err := actor.May(access.DisputeChange, rel); err != nil {
			return err
		}
		if newest, err := s.newest(ctx, w, c); err != nil || !newest || c.State != access.Done {
			return conflictOr(err, "only the last change of an access can be disputed, once it is done")
		}
		w.Event(changeEvent(actor, access.ChangeDisputed, c, "said that the "+sentence(c)+" is not so: "+reason))
		return s.dispute(ctx, w, c, actor.Name+" says: "+reason)
	})
}

func conflictOr(err error, words string) error {
	if err != nil {
		return err
	}
	return access.Errorf(access.Conflict, "%s", words)
}

// dispute takes the green mark of a change away. An older one than the newest of
// its slot stays as it is: it is not what is believed.
func (s *Service) dispute(ctx context.Context, w *store.Write, c access.AccessChange, why string) error {
	if newest, err := s.newest(ctx, w, c); err != nil || !newest {
		return err
	}
	if err := s.doubt(ctx, w, c.SlotID); err != nil {
		return err
	}
	c.AttestedBy = nil
	return s.askPerson(ctx, w, c, access.Disputed, why)
}

// newest reports whether a change is the newest of its slot.
func (s *Service) newest(ctx context.Context, w *store.Write, c access.AccessChange) (bool, error) {
	slots, err := store.SlotsByID(ctx, w.Tx, []string{c.SlotID})
	if err != nil || len(slots) == 0 {
		return false, err
	}
	return slots[0].ChangeID != nil && *slots[0].ChangeID == c.ID, nil
}
