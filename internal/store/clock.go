package store

import (
	"context"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
)

// ClocksDue reports whether the clock of any change is due.
func ClocksDue(ctx context.Context, r *sqldb.Reader, now time.Time) (bool, error) {
	n, err := count(ctx, r, `SELECT count(*) FROM (SELECT 1 AS due FROM changes WHERE clock_at <= ? LIMIT 1) AS found`, now)
	return n > 0, err
}

// DueClocks moves on the clock of every change that is due and returns them.
func DueClocks(ctx context.Context, tx *sqldb.Tx, now, next time.Time) ([]string, error) {
	return sqldb.Select[string](ctx, &tx.Reader, `UPDATE changes SET clock_at = ? WHERE clock_at <= ? RETURNING id`, next, now)
}

// Clocked is a change with what its clock depends on.
type Clocked struct {
	access.AccessChange
	Risk           access.Risk
	TicketProvider string // of its newest ticket; "" for none
	TicketAssignee *string
	OwnerID        string // the resource's admin owner
	AppOwnerID     string // and the app's
}

// ClockedChanges returns changes with what their clocks depend on.
func ClockedChanges(ctx context.Context, r *sqldb.Reader, ids []string) ([]Clocked, error) {
	list, args := sqldb.In(ids)
	const newest = `FROM tickets t WHERE ` + carries + ` ORDER BY t.id DESC LIMIT 1)`
	return sqldb.Select[Clocked](ctx, r, `SELECT `+prefixed("c", changeColumns)+`, r.risk, r.admin_owner_id AS owner_id, a.admin_owner_id AS app_owner_id,
		coalesce((SELECT t.provider_id `+newest+`, '') AS ticket_provider, (SELECT t.assignee_id `+newest+` AS ticket_assignee
		FROM changes c JOIN resources r ON r.id = c.resource_id JOIN apps a ON a.id = c.app_id WHERE c.id IN `+list+` ORDER BY c.id`, args...)
}

// SetClock stores the clock of a change that is in state still.
func SetClock(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) (bool, error) {
	n, err := sqldb.Update(ctx, tx, "changes", `clock_at, reminded_at, late_at`, c, `id = ? AND state = ? AND state_at = ?`, c.ID, c.State, c.StateAt)
	return n == 1, err
}

// An Outage is a time in which a provider did not work.
type Outage struct {
	ID         string
	ProviderID string
	FromAt     time.Time
	ToAt       *time.Time // nil: it lasts
}

// BeginOutage notes that a provider does not work since a moment, unless that is
// noted already.
func BeginOutage(ctx context.Context, tx *sqldb.Tx, providerID string, from time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO outages (id, provider_id, from_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, NewID(), providerID, from)
	return err
}

// EndOutage notes that a provider works again.
func EndOutage(ctx context.Context, tx *sqldb.Tx, providerID string, to time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE outages SET to_at = ? WHERE provider_id = ? AND to_at IS NULL`, to, providerID)
	return err
}

// Outages returns when these providers did not work since a moment, by provider.
func Outages(ctx context.Context, r *sqldb.Reader, providerIDs []string, since time.Time) (map[string][]Outage, error) {
	list, args := sqldb.In(providerIDs)
	rows, err := sqldb.Select[Outage](ctx, r, `SELECT id, provider_id, from_at, to_at FROM outages
		WHERE provider_id IN `+list+` AND (to_at IS NULL OR to_at > ?) ORDER BY provider_id, from_at`, append(args, since)...)
	return groupBy(rows, func(o Outage) string { return o.ProviderID }), err
}

// DeleteOldOutages removes the outages that were over before a moment.
func DeleteOldOutages(ctx context.Context, tx *sqldb.Tx, before time.Time) error {
	_, err := tx.Exec(ctx, `DELETE FROM outages WHERE to_at < ?`, before)
	return err
}
