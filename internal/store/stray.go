package store

import (
	"context"

	"admit/internal/access"
	"admit/internal/sqldb"
)

const (
	strayChangeable = `identifier, url, title, status, outcome, settled_at`
	strayColumns    = `id, provider_id, remote_id, key, slot_id, change_id, found_at, ` + strayChangeable
)

// StrayFilter selects strays that are not settled.
type StrayFilter struct {
	ProviderID string
	Page       access.Page
}

// Strays lists strays, the newest first.
func Strays(ctx context.Context, r *sqldb.Reader, f StrayFilter) (access.List[access.Stray], error) {
	q := &query{}
	q.and("settled_at IS NULL")
	q.eq("provider_id", f.ProviderID)
	if err := q.page(f.Page, "<", "id"); err != nil {
		return access.List[access.Stray]{}, err
	}
	rows, err := sqldb.Select[access.Stray](ctx, r, `SELECT `+strayColumns+` FROM strays`+q.text()+` ORDER BY id DESC LIMIT ?`,
		append(q.args, f.Page.Limit()+1)...)
	return access.Cut(rows, f.Page, func(s access.Stray) []string { return []string{s.ID} }), err
}

// Stray returns one stray.
func Stray(ctx context.Context, r *sqldb.Reader, id string) (access.Stray, error) {
	return sqldb.Get[access.Stray](ctx, r, `SELECT `+strayColumns+` FROM strays WHERE id = ?`, id)
}

// StraysByRemoteID returns a provider's strays, settled or not, by their id there.
func StraysByRemoteID(ctx context.Context, r *sqldb.Reader, providerID string, remoteIDs []string) (map[string]access.Stray, error) {
	list, args := sqldb.In(remoteIDs)
	rows, err := sqldb.Select[access.Stray](ctx, r, `SELECT `+strayColumns+` FROM strays
		WHERE provider_id = ? AND remote_id IN `+list, append([]any{providerID}, args...)...)
	return byID(rows, func(s access.Stray) string { return s.RemoteID }), err
}

// AddStrays inserts strays. One that is known already is a Conflict.
func AddStrays(ctx context.Context, tx *sqldb.Tx, strays ...access.Stray) error {
	return sqldb.Insert(ctx, tx, "strays", strayColumns, strays...)
}

// UpdateStray stores a stray that is not settled yet; a Conflict if it is, or is
// gone.
func UpdateStray(ctx context.Context, tx *sqldb.Tx, s access.Stray) error {
	n, err := sqldb.Update(ctx, tx, "strays", strayChangeable, s, `id = ? AND settled_at IS NULL`, s.ID)
	return one(n, err, "the stray ticket")
}

// DeleteStray removes a stray that is none.
func DeleteStray(ctx context.Context, tx *sqldb.Tx, id string) error {
	_, err := tx.Exec(ctx, `DELETE FROM strays WHERE id = ?`, id)
	return err
}

// SlotIDs returns the ids of all slots.
func SlotIDs(ctx context.Context, r *sqldb.Reader) ([]string, error) {
	return sqldb.Select[string](ctx, r, `SELECT id FROM slots`)
}

// ChangesOfSlot returns the newest changes of a slot, the newest first.
func ChangesOfSlot(ctx context.Context, r *sqldb.Reader, slotID string, limit int) ([]access.AccessChange, error) {
	return sqldb.Select[access.AccessChange](ctx, r, `SELECT `+changeColumns+` FROM changes
		WHERE resource_id = (SELECT resource_id FROM slots WHERE id = ?) AND slot_id = ? ORDER BY id DESC LIMIT ?`, slotID, slotID, limit)
}
