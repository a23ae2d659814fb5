package store

import (
	"context"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
)

const waiverColumns = `id, change_id, slot_id, reason, until_at, asked_by, asked_at, agreed_by, agreed_at, ended_at`

// AddWaiver inserts a waiver. A second one that waits for the same change is a
// Conflict.
func AddWaiver(ctx context.Context, tx *sqldb.Tx, w access.Waiver) error {
	return sqldb.Insert(ctx, tx, "waivers", waiverColumns, w)
}

// AskedWaiver returns the waiver of a change that waits for somebody to agree; ok
// is false if there is none.
func AskedWaiver(ctx context.Context, r *sqldb.Reader, changeID string) (w access.Waiver, ok bool, err error) {
	rows, err := sqldb.Select[access.Waiver](ctx, r, `SELECT `+waiverColumns+` FROM waivers
		WHERE change_id = ? AND agreed_at IS NULL AND ended_at IS NULL`, changeID)
	if err != nil || len(rows) == 0 {
		return w, false, err
	}
	return rows[0], true, nil
}

// AskedWaivers returns the waivers of changes that wait for somebody to agree, by
// change.
func AskedWaivers(ctx context.Context, r *sqldb.Reader, changeIDs []string) (map[string]access.Waiver, error) {
	list, args := sqldb.In(changeIDs)
	rows, err := sqldb.Select[access.Waiver](ctx, r, `SELECT `+waiverColumns+` FROM waivers
		WHERE agreed_at IS NULL AND ended_at IS NULL AND change_id IN `+list, args...)
	return byID(rows, func(w access.Waiver) string { return w.ChangeID }), err
}

// UpdateWaiver stores a decision about a waiver that waits, or the end of one; a
// Conflict if it has ended.
func UpdateWaiver(ctx context.Context, tx *sqldb.Tx, w access.Waiver) error {
	n, err := sqldb.Update(ctx, tx, "waivers", `agreed_by, agreed_at, ended_at`, w, `id = ? AND ended_at IS NULL`, w.ID)
	return one(n, err, "the waiver")
}

// EndWaivers ends what waivers of a slot are left: its removal comes back, or it
// is wanted again.
func EndWaivers(ctx context.Context, tx *sqldb.Tx, slotID string, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE waivers SET ended_at = ? WHERE slot_id = ? AND ended_at IS NULL`, now, slotID)
	return err
}

// WaiversOver returns the slots whose waiver is over.
func WaiversOver(ctx context.Context, r *sqldb.Reader, now time.Time, limit int) ([]string, error) {
	return sqldb.Select[string](ctx, r, `SELECT id FROM slots WHERE waived_until <= ? LIMIT ?`, now, limit)
}
