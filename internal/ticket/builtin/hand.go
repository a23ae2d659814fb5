package builtin

import (
	"context"

	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/ticket"
)

// Assign implements ticket.Assigner. Unlike Take it says nothing of whether work
// has begun.
func (q *Queue) Assign(ctx context.Context, id string, to ticket.Account) error {
	return failure(q.change(ctx, id, func(tx *sqldb.Tx, t *store.QueueTicket) error {
		t.AssigneeID = person(to)
		return known(ctx, tx, to)
	}))
}

// known returns why a ticket cannot be given to somebody, or nil.
func known(ctx context.Context, tx *sqldb.Tx, to ticket.Account) error {
	if to.ID == "" {
		return nil
	}
	users, err := store.UsersByID(ctx, &tx.Reader, []string{storable(to.ID)})
	if u, ok := users[to.ID]; err == nil && (!ok || u.DeletedAt != nil) {
		err = ticket.Refusal("there is no such user any more", ticket.AssigneeField)
	}
	return err
}

// Complete implements ticket.Completer. Comment and end are one transaction.
func (q *Queue) Complete(ctx context.Context, id, text string) error {
	return failure(q.db.InTx(ctx, func(tx *sqldb.Tx) error {
		t, err := load(ctx, tx, id)
		if err != nil || ended(t) {
			return err
		}
		was := t.Status
		t.Status, t.UpdatedAt = "done", q.moment()
		if err := store.AddQueueComment(ctx, tx, q.comment(id, ticket.Account{}, text)); err != nil {
			return err
		}
		return store.UpdateQueueTicket(ctx, tx, t, was)
	}))
}
