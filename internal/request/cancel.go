package request

import (
	"context"

	"admit/internal/access"
	"admit/internal/store"
)

// Cancel withdraws a pending request.
func (s *Service) Cancel(ctx context.Context, actor access.Actor, id string) error {
	return s.DB.Write(ctx, func(w *store.Write) error {
		if err := s.mayOn(ctx, w, actor, id, access.CancelRequest); err != nil {
			return err
		}
		r, err := store.LockRequest(ctx, w.Tx, id, w.Now)
		if err != nil {
			return err
		}
		d := &deciding{Write: w, actor: actor, request: r}
		if d.items, err = store.ItemsFor(ctx, &w.Reader, actor.UserID, id); err != nil {
			return err
		}
		w.Event(event(actor, access.RequestCanceled, r, "canceled the request"))
		return d.end(ctx, access.Canceled)
	})
}

// Comment adds a remark to a request, decided or not.
func (s *Service) Comment(ctx context.Context, actor access.Actor, id, text string) error {
	return s.DB.Write(ctx, func(w *store.Write) error {
		if err := s.mayOn(ctx, w, actor, id, access.CommentRequest); err != nil {
			return err
		}
		var wrong access.Problems
		text = wrong.Prose("comment", text, true, access.MaxText)
		if err := wrong.Err(); err != nil {
			return err
		}
		r, err := store.Request(ctx, &w.Reader, id)
		if err != nil {
			return err
		}
		e := event(actor, access.RequestCommented, r, "commented on the request")
		e.Data = map[string]string{"comment": text}
		w.Event(e)
		return store.AddComment(ctx, w.Tx, access.Comment{
			ID: store.NewID(), RequestID: id, AuthorID: actor.UserID, Text: text, CreatedAt: w.Now,
		})
	})
}

// mayOn authorises an action on a request one must be able to see.
func (s *Service) mayOn(ctx context.Context, w *store.Write, actor access.Actor, id string, do access.Action) error {
	r, err := store.Request(ctx, &w.Reader, id)
	if err != nil {
		return err
	}
	items, err := store.ItemsFor(ctx, &w.Reader, actor.UserID, id)
	if err != nil {
		return err
	}
	rel := relation(actor, r, items)
	if err := actor.May(access.SeeRequest, rel); err != nil {
		return err
	}
	return actor.May(do, rel)
}
