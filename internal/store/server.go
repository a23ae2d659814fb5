package store

import (
	"context"
	"time"

	"admit/internal/sqldb"
)

// ServerSilence is how long a server may not be seen until it counts as gone.
// What it leased is free then.
const ServerSilence = 20 * time.Second

// SeeServer notes that a server is alive.
func SeeServer(ctx context.Context, tx *sqldb.Tx, id string, now time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO servers (id, seen_at) VALUES (?, ?)
		ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at`, id, now)
	return err
}

// ForgetServers removes the servers that were last seen before a moment.
func ForgetServers(ctx context.Context, tx *sqldb.Tx, before time.Time) error {
	_, err := tx.Exec(ctx, `DELETE FROM servers WHERE seen_at < ?`, before)
	return err
}
