package store

import (
	"context"
	"time"

	"admit/internal/sqldb"
)

// QueueTicket is a ticket of the built-in queue.
type QueueTicket struct {
	ID         string
	Number     int // shown as W-NUMBER
	Key        string
	Title      string
	Body       string
	Status     string // "open", "in_progress", "done", "declined", "canceled"
	AssigneeID *string
	ClosedBy   *string
	Reason     string // why it was declined or canceled
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// QueueComment is a remark on a ticket of the built-in queue.
type QueueComment struct {
	ID            string
	QueueTicketID string
	AuthorID      *string // nil: Admit itself
	Text          string
	CreatedAt     time.Time
}

const (
	queueTicketColumns  = `id, number, key, title, body, status, assignee_id, closed_by, reason, created_at, updated_at`
	queueCommentColumns = `id, queue_ticket_id, author_id, text, created_at`
)

// AddQueueTicket inserts a ticket under the next number and returns it. A key
// that was used before yields the ticket it made.
func AddQueueTicket(ctx context.Context, tx *sqldb.Tx, t QueueTicket) (QueueTicket, error) {
	before, err := QueueTicketsByKey(ctx, &tx.Reader, t.Key)
	if err != nil || len(before) > 0 {
		return first(before), err
	}
	t.Number, err = sqldb.Get[int](ctx, &tx.Reader, `UPDATE queue_numbers SET value = value + 1 WHERE name = 'ticket' RETURNING value`)
	if err != nil {
		return QueueTicket{}, err
	}
	return t, sqldb.Insert(ctx, tx, "queue_tickets", queueTicketColumns, t)
}

func first(rows []QueueTicket) QueueTicket {
	if len(rows) == 0 {
		return QueueTicket{}
	}
	return rows[0]
}

// QueueTicketsByKey returns the ticket with a key, if there is one.
func QueueTicketsByKey(ctx context.Context, r *sqldb.Reader, key string) ([]QueueTicket, error) {
	return sqldb.Select[QueueTicket](ctx, r, `SELECT `+queueTicketColumns+` FROM queue_tickets WHERE key = ?`, key)
}

// QueueTickets returns tickets of the built-in queue by id.
func QueueTickets(ctx context.Context, r *sqldb.Reader, ids []string) ([]QueueTicket, error) {
	list, args := sqldb.In(ids)
	return sqldb.Select[QueueTicket](ctx, r, `SELECT `+queueTicketColumns+` FROM queue_tickets WHERE id IN `+list+` ORDER BY number`, args...)
}

// QueueTicketsSince returns tickets of the built-in queue that changed after a
// moment, oldest change first.
func QueueTicketsSince(ctx context.Context, r *sqldb.Reader, since time.Time, afterID string, limit int) ([]QueueTicket, error) {
	return sqldb.Select[QueueTicket](ctx, r, `SELECT `+queueTicketColumns+` FROM queue_tickets
		WHERE (updated_at, id) > (?, ?) ORDER BY updated_at, id LIMIT ?`, since, afterID, limit)
}

// UpdateQueueTicket stores what may change of a ticket that had status from.
func UpdateQueueTicket(ctx context.Context, tx *sqldb.Tx, t QueueTicket, from string) error {
	n, err := sqldb.Update(ctx, tx, "queue_tickets", `status, assignee_id, closed_by, reason, updated_at`, t, `id = ? AND status = ?`, t.ID, from)
	return one(n, err, "the ticket")
}

// AddQueueComment inserts a comment.
func AddQueueComment(ctx context.Context, tx *sqldb.Tx, c QueueComment) error {
	return sqldb.Insert(ctx, tx, "queue_comments", queueCommentColumns, c)
}

// QueueComments returns the comments of a ticket, oldest first.
func QueueComments(ctx context.Context, r *sqldb.Reader, queueTicketID string) ([]QueueComment, error) {
	return sqldb.Select[QueueComment](ctx, r, `SELECT `+queueCommentColumns+` FROM queue_comments WHERE queue_ticket_id = ? ORDER BY id`, queueTicketID)
}
