package builtin

import (
	"context"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/ticket"
)

// Take implements ticket.Desk.
func (q *Queue) Take(ctx context.Context, id string, by ticket.Account) error {
	return q.change(ctx, id, func(_ *sqldb.Tx, t *store.QueueTicket) error {
		t.Status, t.AssigneeID = "in_progress", &by.ID
		return nil
	})
}

// Say implements ticket.Desk.
func (q *Queue) Say(ctx context.Context, id string, by ticket.Account, text string) error {
	return q.db.InTx(ctx, func(tx *sqldb.Tx) error {
		if _, err := load(ctx, tx, id); err != nil {
			return err
		}
		return store.AddQueueComment(ctx, tx, q.comment(id, by, text))
	})
}

func (q *Queue) comment(id string, by ticket.Account, text string) store.QueueComment {
	return store.QueueComment{ID: store.NewID(), QueueTicketID: id, AuthorID: person(by), Text: storable(text), CreatedAt: q.moment()}
}

// Finish implements ticket.Desk.
func (q *Queue) Finish(ctx context.Context, id string, by ticket.Account, outcome ticket.Outcome, reason string) error {
	reason = strings.TrimSpace(reason)
	return q.change(ctx, id, func(_ *sqldb.Tx, t *store.QueueTicket) error {
		switch {
		case outcome == ticket.Yes:
			t.Status = "done"
		case outcome == ticket.No && reason == "":
			return access.Problems{"reason": "is required when a ticket is not done"}.Err()
		case outcome == ticket.No:
			t.Status = "declined"
		default:
			return access.Problems{"outcome": "must be done or declined"}.Err()
		}
		t.Reason, t.ClosedBy = reason, person(by)
		return nil
	})
}

// Talk implements ticket.Desk.
func (q *Queue) Talk(ctx context.Context, id string) ([]ticket.Remark, error) {
	rows, err := store.QueueComments(ctx, q.db.Read(), id)
	if err != nil {
		return nil, err
	}
	var authors []string
	for _, c := range rows {
		if c.AuthorID != nil {
			authors = append(authors, *c.AuthorID)
		}
	}
	users, err := store.UsersByID(ctx, q.db.Read(), authors)
	if err != nil {
		return nil, err
	}
	remarks := make([]ticket.Remark, len(rows))
	for i, c := range rows {
		remarks[i] = ticket.Remark{Text: c.Text, At: c.CreatedAt}
		if c.AuthorID != nil {
			remarks[i].Author = account(users[*c.AuthorID])
		}
	}
	return remarks, nil
}

// change applies fn to an open ticket and stores it, unless somebody else was
// faster.
func (q *Queue) change(ctx context.Context, id string, fn func(*sqldb.Tx, *store.QueueTicket) error) error {
	return q.db.InTx(ctx, func(tx *sqldb.Tx) error {
		t, err := load(ctx, tx, id)
		if err != nil {
			return err
		}
		if ended(t) {
			return access.Errorf(access.Conflict, "this ticket is already closed: %s", statuses[t.Status].name)
		}
		was := t.Status
		if err := fn(tx, &t); err != nil {
			return err
		}
		t.UpdatedAt = q.moment()
		return store.UpdateQueueTicket(ctx, tx, t, was)
	})
}

// moment is now, as every database keeps it.
func (q *Queue) moment() time.Time { return q.now().UTC().Truncate(time.Microsecond) }

func load(ctx context.Context, tx *sqldb.Tx, id string) (store.QueueTicket, error) {
	rows, err := store.QueueTickets(ctx, &tx.Reader, []string{storable(id)})
	if err == nil && len(rows) == 0 {
		err = access.Errorf(access.NotFound, "not found")
	}
	if err != nil {
		return store.QueueTicket{}, err
	}
	return rows[0], nil
}

func ended(t store.QueueTicket) bool { return statuses[t.Status].outcome != ticket.Open }

func person(a ticket.Account) *string {
	if a.ID == "" {
		return nil
	}
	return &a.ID
}
