package store

import (
	"context"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
)

const (
	changeChangeable = `state, attention, detail, reversed, via_ticket, provider_id, project_id, assignee_id, rerouted, losses, attested_by,
		shared_ticket_id, storm_id, tries, next_try_at, lease_until, lease_by, clock_at, reminded_at, late_at, state_at, ended_at`
	changeColumns = `id, slot_id, user_id, resource_id, app_id, level, direction, cause, actor_id, request_id, grant_id,
		user_email, user_name, resource_name, app_name, level_name, created_at, ` + changeChangeable

	// liveStates is the condition of the index changes_live, word for word.
	liveStates = `('queued', 'filing', 'open', 'canceling', 'claimed', 'attention')`
)

// AddChanges inserts access changes. A second live change for a slot is a
// Conflict.
func AddChanges(ctx context.Context, tx *sqldb.Tx, changes ...access.AccessChange) error {
	return sqldb.Insert(ctx, tx, "changes", changeColumns, changes...)
}

// Change returns one access change.
func Change(ctx context.Context, r *sqldb.Reader, id string) (access.AccessChange, error) {
	return sqldb.Get[access.AccessChange](ctx, r, `SELECT `+changeColumns+` FROM changes WHERE id = ?`, id)
}

// LockChange returns a change with its slot locked: nobody else moves it before
// the transaction ends.
func LockChange(ctx context.Context, tx *sqldb.Tx, id string) (access.AccessChange, error) {
	if _, err := sqldb.SelectLocked[string](ctx, tx, `SELECT id FROM slots WHERE id = (SELECT slot_id FROM changes WHERE id = ?)`, id); err != nil {
		return access.AccessChange{}, err
	}
	return Change(ctx, &tx.Reader, id)
}

// UpdateChange stores a change that was in state from; a Conflict if it is not
// any more. The caller holds the slot.
func UpdateChange(ctx context.Context, tx *sqldb.Tx, c access.AccessChange, from access.ChangeState) error {
	n, err := sqldb.Update(ctx, tx, "changes", changeChangeable, c, `id = ? AND state = ?`, c.ID, from)
	return one(n, err, "the access change")
}

// UpdateLeased is UpdateChange for whoever leased the change; a Conflict if
// somebody else moved it or leased it since.
func UpdateLeased(ctx context.Context, tx *sqldb.Tx, c access.AccessChange, from access.ChangeState, l Lease) error {
	n, err := sqldb.Update(ctx, tx, "changes", changeChangeable, c, `id = ? AND state = ? AND lease_until = ? AND lease_by = ?`, c.ID, from, l.Until, l.Server)
	return one(n, err, "the access change")
}

// LiveChanges returns the live change of each of these slots that has one.
func LiveChanges(ctx context.Context, r *sqldb.Reader, slotIDs []string) (map[string]access.AccessChange, error) {
	list, args := sqldb.In(slotIDs)
	rows, err := sqldb.Select[access.AccessChange](ctx, r, `SELECT `+changeColumns+` FROM changes
		WHERE state IN `+liveStates+` AND slot_id IN `+list, args...)
	return byID(rows, func(c access.AccessChange) string { return c.SlotID }), err
}

// ChangesByID returns access changes by id.
func ChangesByID(ctx context.Context, r *sqldb.Reader, ids []string) (map[string]access.AccessChange, error) {
	list, args := sqldb.In(ids)
	rows, err := sqldb.Select[access.AccessChange](ctx, r, `SELECT `+changeColumns+` FROM changes WHERE id IN `+list, args...)
	return byID(rows, func(c access.AccessChange) string { return c.ID }), err
}

// LastChanges returns which of these changes are the newest of their slots.
func LastChanges(ctx context.Context, r *sqldb.Reader, ids []string) (map[string]bool, error) {
	last := make(map[string]bool, len(ids))
	if len(ids) == 0 {
		return last, nil
	}
	list, args := sqldb.In(ids)
	rows, err := sqldb.Select[string](ctx, r, `SELECT c.id FROM changes c JOIN slots s ON s.id = c.slot_id WHERE s.change_id = c.id AND c.id IN `+list, args...)
	for _, id := range rows {
		last[id] = true
	}
	return last, err
}

// A Lease is a hold on a change by one server, for filing its ticket.
type Lease struct {
	Server string
	Until  time.Time
}

// fileable holds for a change c that may be filed at a moment: it is due, has a
// ticket of its own, its storm is over, and no server that is alive has it. Its
// values are those of fileableArgs.
const fileable = `c.state IN ('queued', 'filing') AND c.shared_ticket_id IS NULL AND (c.next_try_at IS NULL OR c.next_try_at <= ?)
	AND (c.lease_until IS NULL OR c.lease_until <= ? OR NOT EXISTS (SELECT 1 FROM servers s WHERE s.id = c.lease_by AND s.seen_at > ?))
	AND NOT EXISTS (SELECT 1 FROM storms s WHERE s.id = c.storm_id AND s.state = 'waiting')`

func fileableArgs(now time.Time) []any { return []any{now, now, now.Add(-ServerSilence)} }

// LeaseChange takes a change for filing, if nobody else holds it and it is due.
// ok is false when there is nothing to do now.
func LeaseChange(ctx context.Context, tx *sqldb.Tx, id string, now time.Time, l Lease) (c access.AccessChange, ok bool, err error) {
	rows, err := sqldb.Select[access.AccessChange](ctx, &tx.Reader, `UPDATE changes AS c SET lease_until = ?, lease_by = ?
		WHERE c.id = ? AND `+fileable+` RETURNING `+changeColumns, append([]any{l.Until, l.Server, id}, fileableArgs(now)...)...)
	if err != nil || len(rows) == 0 {
		return access.AccessChange{}, false, err
	}
	return rows[0], true, nil
}

// ChangesOn returns the changes a ticket is for: its own, and those that are
// lines in it.
func ChangesOn(ctx context.Context, r *sqldb.Reader, t access.Ticket) ([]access.AccessChange, error) {
	return sqldb.Select[access.AccessChange](ctx, r, `SELECT `+changeColumns+` FROM changes WHERE id = ? OR shared_ticket_id = ? ORDER BY id`,
		t.ChangeID, t.ID)
}

// Elsewhere returns the live changes of an app or, with one, of a resource, whose
// tickets are elsewhere than the ticket policy says now.
func Elsewhere(ctx context.Context, r *sqldb.Reader, appID, resourceID string) ([]string, error) {
	from, args := elsewhere(appID, resourceID)
	return sqldb.Select[string](ctx, r, `SELECT c.id `+from+` ORDER BY c.id`, args...)
}

// PlaceElsewhere is where some of the changes are that Elsewhere returns, and where
// their policy files now.
type PlaceElsewhere struct {
	ProviderID    *string
	ProjectID     string
	ToProviderID  string
	ToProjectName string
	Changes       int
}

// PlacesElsewhere counts what Elsewhere returns by where it is, the most first.
func PlacesElsewhere(ctx context.Context, r *sqldb.Reader, appID, resourceID string) ([]PlaceElsewhere, error) {
	from, args := elsewhere(appID, resourceID)
	return sqldb.Select[PlaceElsewhere](ctx, r, `SELECT c.provider_id, c.project_id, c.ticket_provider_id AS to_provider_id,
		c.ticket_project_name AS to_project_name, count(*) AS changes `+from+`
		GROUP BY c.provider_id, c.project_id, c.ticket_provider_id, c.ticket_project_name ORDER BY changes DESC, c.provider_id, c.project_id`, args...)
}

// elsewhere selects what Elsewhere returns, with its values.
func elsewhere(appID, resourceID string) (from string, args []any) {
	var q query
	q.and(`c.via_ticket AND c.state IN ('queued', 'open', 'attention')`)
	q.eq("c.app_id", appID)
	q.eq("c.resource_id", resourceID)
	return `FROM (SELECT c.id, c.provider_id, c.project_id, ` + policyColumns + `
		FROM changes c JOIN resources r ON r.id = c.resource_id JOIN apps a ON a.id = c.app_id` + q.text() + `) AS c
		WHERE c.tickets_enabled AND c.ticket_provider_id IS NOT NULL
		AND (coalesce(c.provider_id, '') <> c.ticket_provider_id OR c.project_id <> c.ticket_project_id)`, q.args
}

// SlotsOfLines returns the slots of the changes that are lines in tickets.
func SlotsOfLines(ctx context.Context, r *sqldb.Reader, ticketIDs []string) ([]string, error) {
	list, args := sqldb.In(ticketIDs)
	return sqldb.Select[string](ctx, r, `SELECT slot_id FROM changes WHERE shared_ticket_id IN `+list, args...)
}

// ReleaseLease gives a change back that was leased.
func ReleaseLease(ctx context.Context, tx *sqldb.Tx, id string, l Lease) error {
	_, err := tx.Exec(ctx, `UPDATE changes SET lease_until = NULL WHERE id = ? AND lease_until = ? AND lease_by = ?`, id, l.Until, l.Server)
	return err
}

// ReleaseLeases ends every lease. Only the sole server of a database may, when
// it starts: whoever held them is gone.
func ReleaseLeases(ctx context.Context, tx *sqldb.Tx) error {
	_, err := tx.Exec(ctx, `UPDATE changes SET lease_until = NULL WHERE lease_until IS NOT NULL`)
	return err
}

// ChangesToFile returns changes that wait to be filed and are due, removals
// first. Those leased are left out.
func ChangesToFile(ctx context.Context, r *sqldb.Reader, now time.Time, limit int) ([]string, error) {
	return sqldb.Select[string](ctx, r, `SELECT c.id FROM changes c WHERE `+fileable+` AND c.next_try_at <= ?
		ORDER BY c.direction DESC, c.next_try_at LIMIT ?`, append(fileableArgs(now), now, limit)...)
}

// ChangesToCancel returns changes whose ticket has waited to be closed by us
// since before a moment.
func ChangesToCancel(ctx context.Context, r *sqldb.Reader, before time.Time, limit int) ([]string, error) {
	return sqldb.Select[string](ctx, r, `SELECT id FROM changes WHERE state = 'canceling' AND state_at <= ? ORDER BY id LIMIT ?`, before, limit)
}

// ChangeFilter selects access changes.
type ChangeFilter struct {
	IDs        []string
	Live       bool // only those under way
	States     []access.ChangeState
	AppID      string
	ResourceID string
	UserID     string // whose access it is
	ProviderID string
	RequestID  string
	AssigneeID string // who has its live ticket
	Unassigned bool   // nobody has its live ticket
	Late       bool   // only those under way that are late
	Stuck      bool   // only those that a person must decide about, or that wait for a provider in trouble
	Held       bool   // only those that a storm holds back
	StormID    string // that came with it
	Direction  access.Direction
	EndedAfter *time.Time // only those that have ended, after a moment
	Search     string     // part of the person's, the resource's or the app's name, or of the ticket's identifier
	VisibleTo  string     // only what this user is assigned or administers
	Page       access.Page
}

// where is the condition on changes c, without the page.
func (f ChangeFilter) where() *query {
	q := &query{}
	if f.Live {
		q.and("c.state IN " + liveStates)
	}
	in(q, "c.id", f.IDs)
	in(q, "c.state", f.States)
	q.eq("c.app_id", f.AppID)
	q.eq("c.resource_id", f.ResourceID)
	q.eq("c.user_id", f.UserID)
	q.eq("c.provider_id", f.ProviderID)
	q.eq("c.request_id", f.RequestID)
	if f.AssigneeID != "" {
		q.and(`EXISTS (SELECT 1 FROM tickets t WHERE `+carries+` AND t.state <> 'lost' AND t.assignee_id = ?)`, f.AssigneeID)
	}
	if f.Unassigned {
		q.and(`EXISTS (SELECT 1 FROM tickets t WHERE ` + carries + ` AND t.state = 'open' AND t.assignee_name = '')`)
	}
	if f.Late {
		q.and(lateChange)
	}
	if f.Stuck {
		q.and(stuckChange)
	}
	if f.Held {
		q.and(heldChange)
	}
	q.eq("c.storm_id", f.StormID)
	q.eq("c.direction", string(f.Direction))
	if f.EndedAfter != nil {
		q.and("c.ended_at > ?", f.EndedAfter)
	}
	if f.Search != "" {
		like := sqldb.Contains(f.Search)
		q.and(`(lower(c.user_name) LIKE ? ESCAPE '\' OR lower(c.user_email) LIKE ? ESCAPE '\' OR lower(c.resource_name) LIKE ? ESCAPE '\'
			OR lower(c.app_name) LIKE ? ESCAPE '\'
			OR EXISTS (SELECT 1 FROM tickets t WHERE `+carries+` AND lower(t.identifier) LIKE ? ESCAPE '\'))`, like, like, like, like, like)
	}
	if f.VisibleTo != "" {
		q.and(visibleChange, f.VisibleTo, f.VisibleTo)
	}
	return q
}

// lateChange holds for a change c under way that is late. One that has ended
// keeps since when it was.
const lateChange = `(c.late_at IS NOT NULL AND c.state IN ` + liveStates + `)`

// stuckChange holds for a change c that a person must decide about, or whose
// ticket waits for a provider that is in trouble.
const stuckChange = `(c.state = 'attention' OR c.state IN ('queued', 'filing')
	AND EXISTS (SELECT 1 FROM providers p WHERE p.id = c.provider_id AND p.trouble <> ''))`

// heldChange holds for a change c that a storm holds back.
const heldChange = `(c.state = 'queued' AND EXISTS (SELECT 1 FROM storms s WHERE s.id = c.storm_id AND s.state = 'waiting'))`

// Changes lists access changes, the newest first.
func Changes(ctx context.Context, r *sqldb.Reader, f ChangeFilter) (access.List[access.AccessChange], error) {
	q := f.where()
	if err := q.page(f.Page, "<", "c.id"); err != nil {
		return access.List[access.AccessChange]{}, err
	}
	rows, err := sqldb.Select[access.AccessChange](ctx, r, `SELECT `+prefixed("c", changeColumns)+` FROM changes c`+q.text()+
		` ORDER BY c.id DESC LIMIT ?`, append(q.args, f.Page.Limit()+1)...)
	return access.Cut(rows, f.Page, func(c access.AccessChange) []string { return []string{c.ID} }), err
}

// CountChanges counts the access changes a filter selects, at most limit.
func CountChanges(ctx context.Context, r *sqldb.Reader, f ChangeFilter, limit int) (int, error) {
	q := f.where()
	return count(ctx, r, `SELECT count(*) FROM (SELECT c.id FROM changes c`+q.text()+` LIMIT ?) AS matched`, append(q.args, limit)...)
}

// Assignees returns who has tickets of the access changes a filter selects, by
// name, at most limit. Whom and what the filter itself looks for is left out.
func Assignees(ctx context.Context, r *sqldb.Reader, f ChangeFilter, limit int) ([]access.User, error) {
	f.AssigneeID, f.Search = "", ""
	q := f.where()
	return sqldb.Select[access.User](ctx, r, `SELECT `+userColumns+` FROM users WHERE id IN (SELECT t.assignee_id
		FROM changes c JOIN tickets t ON `+carries+` AND t.state <> 'lost'`+q.text()+`)
		ORDER BY first_name, last_name, id LIMIT ?`, append(q.args, limit)...)
}

// carries holds for the tickets t of a change c, and for the one in which it is
// a line.
const carries = `(t.change_id = c.id OR t.id = c.shared_ticket_id)`

// visibleChange holds for a change c whose ticket a user has, or whose resource
// or app they administer.
const visibleChange = `(EXISTS (SELECT 1 FROM tickets t WHERE ` + carries + ` AND t.assignee_id = ?)
	OR EXISTS (SELECT 1 FROM resources r JOIN apps a ON a.id = r.app_id
		JOIN owner_users o ON o.owner_id IN (r.admin_owner_id, a.admin_owner_id)
		WHERE r.id = c.resource_id AND o.user_id = ?))`

// WorkCounts counts live changes by state, of those a user may see, or of all
// for "".
func WorkCounts(ctx context.Context, r *sqldb.Reader, visibleTo string) (map[access.ChangeState]int, error) {
	q := query{}
	q.and("c.state IN " + liveStates)
	if visibleTo != "" {
		q.and(visibleChange, visibleTo, visibleTo)
	}
	rows, err := sizes(ctx, r, `SELECT c.state AS id, count(*) AS n FROM changes c`+q.text()+` GROUP BY c.state`, q.args...)
	counts := make(map[access.ChangeState]int, len(rows))
	for s, n := range rows {
		counts[access.ChangeState(s)] = n
	}
	return counts, err
}

// ChangesOfRequests returns the access changes requests caused, oldest first, by
// request.
func ChangesOfRequests(ctx context.Context, r *sqldb.Reader, requestIDs []string) (map[string][]access.AccessChange, error) {
	list, args := sqldb.In(requestIDs)
	rows, err := sqldb.Select[access.AccessChange](ctx, r, `SELECT `+changeColumns+` FROM changes
		WHERE request_id IN `+list+` ORDER BY request_id, id`, args...)
	return groupBy(rows, func(c access.AccessChange) string {
		if c.RequestID == nil {
			return ""
		}
		return *c.RequestID
	}), err
}
