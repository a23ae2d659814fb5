package store

import (
	"context"
	"time"

	"admit/internal/sqldb"
)

// A DoneLink lets one person, who has no account at the provider, say once how a
// ticket ended. The link itself is not stored: it is the ID, sealed.
type DoneLink struct {
	ID        string
	TicketID  string
	UserID    string
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    *time.Time
}

const doneLinkColumns = `id, ticket_id, user_id, created_at, expires_at, used_at`

// AddDoneLink inserts a link.
func AddDoneLink(ctx context.Context, tx *sqldb.Tx, l DoneLink) error {
	return sqldb.Insert(ctx, tx, "done_links", doneLinkColumns, l)
}

// DoneLinkByID returns one link.
func DoneLinkByID(ctx context.Context, r *sqldb.Reader, id string) (DoneLink, error) {
	return sqldb.Get[DoneLink](ctx, r, `SELECT `+doneLinkColumns+` FROM done_links WHERE id = ?`, id)
}

// OpenDoneLink returns the link for a ticket and a user that works still; ok is
// false if there is none.
func OpenDoneLink(ctx context.Context, r *sqldb.Reader, ticketID, userID string, now time.Time) (l DoneLink, ok bool, err error) {
	rows, err := sqldb.Select[DoneLink](ctx, r, `SELECT `+doneLinkColumns+` FROM done_links
		WHERE ticket_id = ? AND user_id = ? AND used_at IS NULL AND expires_at > ? LIMIT 1`, ticketID, userID, now)
	if err != nil || len(rows) == 0 {
		return l, false, err
	}
	return rows[0], true, nil
}

// UseDoneLink notes that a link was used; a Conflict if it was already.
func UseDoneLink(ctx context.Context, tx *sqldb.Tx, id string, now time.Time) error {
	n, err := tx.Exec(ctx, `UPDATE done_links SET used_at = ? WHERE id = ? AND used_at IS NULL`, now, id)
	return one(n, err, "the link")
}
