package store

import (
	"context"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
)

const slotColumns = `id, user_id, resource_id, level, wanted, believed, proof, as_of, listed, change_id, waived_until, created_at`

// WantSlot returns the slot of a user, resource and level, making it if there is
// none, and marks it wanted. The caller adds the grant that wants it.
func WantSlot(ctx context.Context, tx *sqldb.Tx, userID, resourceID, level string, now time.Time) (access.Slot, error) {
	return sqldb.Get[access.Slot](ctx, &tx.Reader, `
		INSERT INTO slots (id, user_id, resource_id, level, wanted, believed, proof, listed, created_at)
		VALUES (?, ?, ?, ?, TRUE, 'absent', 'none', TRUE, ?)
		ON CONFLICT (user_id, resource_id, level) DO UPDATE SET wanted = TRUE, listed = TRUE
		RETURNING `+slotColumns, NewID(), userID, resourceID, level, now)
}

// Slot returns the slot of a user, resource and level.
func Slot(ctx context.Context, r *sqldb.Reader, userID, resourceID, level string) (access.Slot, error) {
	return sqldb.Get[access.Slot](ctx, r, `SELECT `+slotColumns+` FROM slots
		WHERE user_id = ? AND resource_id = ? AND level = ?`, userID, resourceID, level)
}

// SlotsByID returns slots by id, locked against other writers. Whoever moves a
// change takes its slot first, then its ticket, then the change itself, so that
// nobody overwrites what they have not read, and nobody waits in a circle.
func SlotsByID(ctx context.Context, tx *sqldb.Tx, ids []string) ([]access.Slot, error) {
	list, args := sqldb.In(ids)
	return sqldb.SelectLocked[access.Slot](ctx, tx, `SELECT `+slotColumns+` FROM slots WHERE id IN `+list+` ORDER BY id`, args...)
}

// LockSlots is SlotsByID for the locks alone.
func LockSlots(ctx context.Context, tx *sqldb.Tx, ids []string) error {
	list, args := sqldb.In(ids)
	_, err := sqldb.SelectLocked[string](ctx, tx, `SELECT id FROM slots WHERE id IN `+list+` ORDER BY id`, args...)
	return err
}

// UpdateSlot stores what Reconcile may change of a slot.
func UpdateSlot(ctx context.Context, tx *sqldb.Tx, s access.Slot) error {
	n, err := sqldb.Update(ctx, tx, "slots", `wanted, believed, proof, as_of, listed, change_id, waived_until`, s, `id = ?`, s.ID)
	return one(n, err, "the slot")
}

// SlotFilter selects listed slots: those wanted, believed or under way.
type SlotFilter struct {
	ResourceID string
	UserID     string
	IDs        []string
	Search     string // part of the user's name or e-mail
	Page       access.Page
}

// AdriftSlots finds lost wake-ups: slots where wanted and believed differ and
// nothing is under way, where wanted is not what the live grants say, or where a
// change leads away from what is wanted and was not told to stop, or to go on.
func AdriftSlots(ctx context.Context, r *sqldb.Reader, limit int) ([]string, error) {
	return sqldb.Select[string](ctx, r, `SELECT s.id FROM slots s WHERE s.listed AND (
		s.wanted <> EXISTS (SELECT 1 FROM grants g WHERE g.slot_id = s.id AND g.state = 'live')
		OR s.wanted AND s.waived_until IS NOT NULL
		OR (s.believed <> CASE WHEN s.wanted THEN 'present' ELSE 'absent' END
			AND s.waived_until IS NULL
			AND NOT EXISTS (SELECT 1 FROM changes c WHERE c.slot_id = s.id AND c.state IN `+liveStates+`))
		OR EXISTS (SELECT 1 FROM changes c WHERE c.slot_id = s.id AND c.state IN `+liveStates+`
			AND (c.state IN ('queued', 'open', 'attention') AND NOT c.reversed AND (c.direction = 'grant') <> s.wanted
				OR c.state = 'open' AND c.reversed AND (c.direction = 'grant') = s.wanted)))
		LIMIT ?`, limit)
}

// CountHolders counts the listed slots of a resource or, with app set, of an app.
func CountHolders(ctx context.Context, r *sqldb.Reader, resourceID, appID string) (int, error) {
	if appID != "" {
		return count(ctx, r, `SELECT count(*) FROM slots s JOIN resources r ON r.id = s.resource_id WHERE s.listed AND r.app_id = ?`, appID)
	}
	return count(ctx, r, `SELECT count(*) FROM slots WHERE listed AND resource_id = ?`, resourceID)
}
