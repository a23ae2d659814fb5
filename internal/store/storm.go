package store

import (
	"context"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
)

const stormColumns = `id, provider_id, cause, actor_id, state, grouping, decided_by, decided_at, created_at`

// StormKey is what the changes of a storm have in common.
type StormKey struct {
	ProviderID string
	Cause      access.Cause
	ActorID    string // "" for nobody
}

func (k StormKey) args() []any { return []any{k.ProviderID, k.Cause, k.ActorID} }

// WaitingStorm returns the storm that waits with this key; ok is false if none
// does.
func WaitingStorm(ctx context.Context, r *sqldb.Reader, k StormKey) (s access.Storm, ok bool, err error) {
	rows, err := sqldb.Select[access.Storm](ctx, r, `SELECT `+stormColumns+` FROM storms
		WHERE provider_id = ? AND cause = ? AND coalesce(actor_id, '') = ? AND state = 'waiting' LIMIT 1`, k.args()...)
	if err != nil || len(rows) == 0 {
		return s, false, err
	}
	return rows[0], true, nil
}

// AddStorm inserts a storm.
func AddStorm(ctx context.Context, tx *sqldb.Tx, s access.Storm) error {
	return sqldb.Insert(ctx, tx, "storms", stormColumns, s)
}

// ReleaseStorm stores the decision about a storm that waits; a Conflict if it
// does not any more.
func ReleaseStorm(ctx context.Context, tx *sqldb.Tx, s access.Storm) error {
	n, err := sqldb.Update(ctx, tx, "storms", `state, grouping, decided_by, decided_at`, s, `id = ? AND state = 'waiting'`, s.ID)
	return one(n, err, "the storm")
}

// Storm returns one storm.
func Storm(ctx context.Context, r *sqldb.Reader, id string) (access.Storm, error) {
	return sqldb.Get[access.Storm](ctx, r, `SELECT `+stormColumns+` FROM storms WHERE id = ?`, id)
}

// WaitingStorms lists the storms that wait, oldest first.
func WaitingStorms(ctx context.Context, r *sqldb.Reader) ([]access.Storm, error) {
	return sqldb.Select[access.Storm](ctx, r, `SELECT `+stormColumns+` FROM storms WHERE state = 'waiting' ORDER BY id`)
}

// StormSize is how much a storm holds back. The names are each that of the
// first by name; they say all where there is one.
type StormSize struct {
	ID        string
	Changes   int
	Removals  int
	Persons   int
	Person    string
	Resources int
	Resource  string
}

// StormSizes counts the changes that storms hold back, by storm.
func StormSizes(ctx context.Context, r *sqldb.Reader, ids []string) (map[string]StormSize, error) {
	list, args := sqldb.In(ids)
	rows, err := sqldb.Select[StormSize](ctx, r, `SELECT storm_id AS id, count(*) AS changes,
		count(*) FILTER (WHERE direction = 'removal') AS removals, count(DISTINCT user_id) AS persons, min(user_name) AS person,
		count(DISTINCT resource_id) AS resources, min(resource_name) AS resource FROM changes WHERE state = 'queued' AND storm_id IN `+list+` GROUP BY storm_id`, args...)
	return byID(rows, func(s StormSize) string { return s.ID }), err
}

// CountUnsent counts the changes with a storm's key that were started after a
// moment and are not sent yet.
func CountUnsent(ctx context.Context, r *sqldb.Reader, k StormKey, since time.Time) (int, error) {
	return count(ctx, r, `SELECT count(*) FROM changes WHERE state = 'queued' AND provider_id = ? AND cause = ? AND coalesce(actor_id, '') = ?
		AND created_at >= ? AND storm_id IS NULL AND tries = 0`, append(k.args(), since)...)
}

// JoinStorm adds to a storm the changes that CountUnsent counts, but for those
// that a server is sending.
func JoinStorm(ctx context.Context, tx *sqldb.Tx, stormID string, k StormKey, since, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE changes SET storm_id = ?, detail = ? WHERE state = 'queued' AND provider_id = ? AND cause = ? AND coalesce(actor_id, '') = ?
		AND created_at >= ? AND storm_id IS NULL AND tries = 0 AND (lease_until IS NULL OR lease_until <= ?)`,
		append(append([]any{stormID, access.HeldBack}, k.args()...), since, now)...)
	return err
}

// FreeStorm clears from the changes of a storm that they were held back. They are
// due now.
func FreeStorm(ctx context.Context, tx *sqldb.Tx, stormID string, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE changes SET detail = '', next_try_at = ? WHERE storm_id = ? AND state = 'queued'`, now, stormID)
	return err
}

// StormChanges returns the changes a storm holds back, removals first.
func StormChanges(ctx context.Context, r *sqldb.Reader, stormID string) ([]access.AccessChange, error) {
	return sqldb.Select[access.AccessChange](ctx, r, `SELECT `+changeColumns+` FROM changes WHERE storm_id = ? AND state = 'queued'
		ORDER BY direction DESC, id`, stormID)
}

// Siblings returns changes that can share the ticket of c, and locks them: they
// wait to be filed at the same place in the same direction, and are of the same
// person or of the same resource, as grouping says.
func Siblings(ctx context.Context, tx *sqldb.Tx, c access.AccessChange, grouping access.Grouping, now time.Time, limit int) ([]access.AccessChange, error) {
	akin, args := sibling(c, grouping)
	return sqldb.SelectLocked[access.AccessChange](ctx, tx, `SELECT `+prefixed("c", changeColumns)+` FROM changes c WHERE c.state = 'queued' AND `+fileable+`
		AND c.id <> ?`+akin+` ORDER BY c.id LIMIT ?`, append(append(append(fileableArgs(now), c.ID), args...), limit)...)
}

// sibling is the condition on a change c that it can share the ticket of another.
func sibling(of access.AccessChange, grouping access.Grouping) (condition string, args []any) {
	same, id := "c.user_id", of.UserID
	if grouping == access.GroupByResource {
		same, id = "c.resource_id", of.ResourceID
	}
	return ` AND c.provider_id = ? AND c.project_id = ? AND c.direction = ? AND coalesce(c.assignee_id, '') = coalesce(?, '') AND ` + same + ` = ?`,
		[]any{of.ProviderID, of.ProjectID, of.Direction, of.AssigneeID, id}
}

// HasElder reports whether a change that is due can share its ticket with an older
// one that is due as well, or is being filed just now: that one goes first, and
// takes it along.
func HasElder(ctx context.Context, r *sqldb.Reader, c access.AccessChange, grouping access.Grouping, now time.Time) (bool, error) {
	akin, args := sibling(c, grouping)
	n, err := count(ctx, r, `SELECT count(*) FROM (SELECT 1 AS elder FROM changes c WHERE c.state = 'queued' AND c.shared_ticket_id IS NULL
		AND c.next_try_at <= ? AND c.id < ? AND NOT EXISTS (SELECT 1 FROM storms s WHERE s.id = c.storm_id AND s.state = 'waiting')`+akin+` LIMIT 1) AS found`,
		append([]any{now, c.ID}, args...)...)
	return n > 0, err
}

// SentSince counts the tickets that were sent to a provider after a moment, and
// tells when the first of them was.
func SentSince(ctx context.Context, r *sqldb.Reader, providerID string, since time.Time) (n int, first *time.Time, err error) {
	type row struct {
		N     int
		First *time.Time
	}
	got, err := sqldb.Get[row](ctx, r, `SELECT count(*) AS n, min(sent_at) AS first FROM tickets WHERE provider_id = ? AND sent_at > ?`, providerID, since)
	return got.N, got.First, err
}
