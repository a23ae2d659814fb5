package store

import (
	"context"
	"time"

	"admit/internal/sqldb"
)

// Sync is one forced read of tickets, with its progress.
type Sync struct {
	ID        string
	Scope     string // "resource", "app", "ticket", "provider"
	ScopeID   string
	State     string // "running", "done", "failed"
	Total     int    // tickets to read
	Checked   int    // tickets read so far
	Changed   int    // of those, how many had news
	Detail    string // what went wrong, in words
	StartedBy *string
	CreatedAt time.Time
	UpdatedAt time.Time
}

const syncColumns = `id, scope, scope_id, state, total, checked, changed, detail, started_by, created_at, updated_at`

// AddSync inserts a sync.
func AddSync(ctx context.Context, tx *sqldb.Tx, s Sync) error {
	return sqldb.Insert(ctx, tx, "syncs", syncColumns, s)
}

// UpdateSync stores the progress of a sync.
func UpdateSync(ctx context.Context, tx *sqldb.Tx, s Sync) error {
	n, err := sqldb.Update(ctx, tx, "syncs", `state, total, checked, changed, detail, updated_at`, s, `id = ?`, s.ID)
	return one(n, err, "the sync")
}

// SyncByID returns one sync.
func SyncByID(ctx context.Context, r *sqldb.Reader, id string) (Sync, error) {
	return sqldb.Get[Sync](ctx, r, `SELECT `+syncColumns+` FROM syncs WHERE id = ?`, id)
}

// LastSync returns the newest sync of something; ok is false when there is none.
func LastSync(ctx context.Context, r *sqldb.Reader, scopeID string) (s Sync, ok bool, err error) {
	rows, err := sqldb.Select[Sync](ctx, r, `SELECT `+syncColumns+` FROM syncs WHERE scope_id = ? ORDER BY id DESC LIMIT 1`, scopeID)
	if err != nil || len(rows) == 0 {
		return Sync{}, false, err
	}
	return rows[0], true, nil
}
