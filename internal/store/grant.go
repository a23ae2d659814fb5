package store

import (
	"context"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
)

const grantColumns = `id, slot_id, user_id, resource_id, level, source, request_id, granted_by, reason, state,
	created_at, expires_at, ended_at, ended_by`

// AddGrants inserts grants.
func AddGrants(ctx context.Context, tx *sqldb.Tx, grants ...access.Grant) error {
	return sqldb.Insert(ctx, tx, "grants", grantColumns, grants...)
}

// LiveGrants returns the live grants of slots, oldest first, by slot.
func LiveGrants(ctx context.Context, r *sqldb.Reader, slotIDs []string) (map[string][]access.Grant, error) {
	list, args := sqldb.In(slotIDs)
	rows, err := sqldb.Select[access.Grant](ctx, r, `SELECT `+grantColumns+` FROM grants
		WHERE state = 'live' AND slot_id IN `+list+` ORDER BY slot_id, id`, args...)
	return groupBy(rows, func(g access.Grant) string { return g.SlotID }), err
}

// LastEndedGrants returns, for each of these slots, the grant that ended last.
func LastEndedGrants(ctx context.Context, r *sqldb.Reader, slotIDs []string) (map[string]access.Grant, error) {
	list, args := sqldb.In(slotIDs)
	rows, err := sqldb.Select[access.Grant](ctx, r, `SELECT `+grantColumns+` FROM grants
		WHERE state <> 'live' AND slot_id IN `+list+` ORDER BY slot_id, ended_at, id`, args...)
	return byID(rows, func(g access.Grant) string { return g.SlotID }), err
}

// SetGrantEnd changes when a live grant ends. nil is without end.
func SetGrantEnd(ctx context.Context, tx *sqldb.Tx, grantID string, expiresAt *time.Time) error {
	n, err := tx.Exec(ctx, `UPDATE grants SET expires_at = ? WHERE id = ? AND state = 'live'`, expiresAt, grantID)
	return one(n, err, "the grant")
}

// RevokeFilter selects live grants to revoke. All its fields may be empty, but
// not at once.
type RevokeFilter struct{ SlotID, UserID, ResourceID, AppID string }

// RevokeGrants ends the live grants a filter selects and returns them. by is nil
// for Admit itself.
func RevokeGrants(ctx context.Context, tx *sqldb.Tx, f RevokeFilter, by *string, now time.Time) ([]access.Grant, error) {
	var q query
	q.and("state = 'live'")
	q.eq("slot_id", f.SlotID)
	q.eq("user_id", f.UserID)
	q.eq("resource_id", f.ResourceID)
	if f.AppID != "" {
		q.and("resource_id IN (SELECT id FROM resources WHERE app_id = ?)", f.AppID)
	}
	if len(q.where) == 1 {
		return nil, access.Errorf(access.Invalid, "revoke needs to know which grants")
	}
	args := append([]any{now, by}, q.args...)
	return sqldb.Select[access.Grant](ctx, &tx.Reader, `UPDATE grants SET state = 'revoked', ended_at = ?, ended_by = ?`+
		q.text()+` RETURNING `+grantColumns, args...)
}

// GrantsDue reports whether any live grant has reached its end.
func GrantsDue(ctx context.Context, r *sqldb.Reader, now time.Time) (bool, error) {
	due, err := sqldb.Select[string](ctx, r, `SELECT id FROM grants
		WHERE state = 'live' AND expires_at IS NOT NULL AND expires_at <= ? LIMIT 1`, now)
	return len(due) > 0, err
}

// Expired is a grant that just ended by its clock.
type Expired struct{ ID, SlotID string }

// ExpireGrants ends every live grant whose time is up and returns them. One
// statement, however many there are.
func ExpireGrants(ctx context.Context, tx *sqldb.Tx, now time.Time) ([]Expired, error) {
	return sqldb.Select[Expired](ctx, &tx.Reader, `UPDATE grants SET state = 'expired', ended_at = ?
		WHERE state = 'live' AND expires_at IS NOT NULL AND expires_at <= ? RETURNING id, slot_id`, now, now)
}

// GrantsByID returns grants by id.
func GrantsByID(ctx context.Context, r *sqldb.Reader, ids []string) ([]access.Grant, error) {
	list, args := sqldb.In(ids)
	return sqldb.Select[access.Grant](ctx, r, `SELECT `+grantColumns+` FROM grants WHERE id IN `+list+` ORDER BY id`, args...)
}
