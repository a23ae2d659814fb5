package store

import (
	"context"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
)

const ownerColumns = `id, name, description, source_group_id, created_at, updated_at`

// OwnerFilter selects owners.
type OwnerFilter struct {
	IDs           []string
	Name          string // exactly
	Search        string // part of the name
	SourceGroupID string
	UserID        string // whose user list names this user
	Page          access.Page
}

// Owners lists owners by name.
func Owners(ctx context.Context, r *sqldb.Reader, f OwnerFilter) (access.List[access.Owner], error) {
	var q query
	q.and("deleted_at IS NULL")
	in(&q, "id", f.IDs)
	q.eq("name", f.Name)
	if f.Search != "" {
		q.and(`lower(name) LIKE ? ESCAPE '\'`, sqldb.Contains(f.Search))
	}
	q.eq("source_group_id", f.SourceGroupID)
	if f.UserID != "" {
		q.and("id IN (SELECT owner_id FROM owner_users WHERE user_id = ?)", f.UserID)
	}
	if err := q.page(f.Page, ">", "name", "id"); err != nil {
		return access.List[access.Owner]{}, err
	}
	rows, err := sqldb.Select[access.Owner](ctx, r, `SELECT `+ownerColumns+` FROM owners`+q.text()+
		` ORDER BY name, id LIMIT ?`, append(q.args, f.Page.Limit()+1)...)
	return access.Cut(rows, f.Page, func(o access.Owner) []string { return []string{o.Name, o.ID} }), err
}

// Owner returns one owner.
func Owner(ctx context.Context, r *sqldb.Reader, id string) (access.Owner, error) {
	return sqldb.Get[access.Owner](ctx, r, `SELECT `+ownerColumns+` FROM owners WHERE id = ? AND deleted_at IS NULL`, id)
}

// AddOwner inserts an owner.
func AddOwner(ctx context.Context, tx *sqldb.Tx, o access.Owner) error {
	return sqldb.Insert(ctx, tx, "owners", ownerColumns, o)
}

// UpdateOwner stores what may change of an owner.
func UpdateOwner(ctx context.Context, tx *sqldb.Tx, o access.Owner) error {
	n, err := sqldb.Update(ctx, tx, "owners", `name, description, source_group_id, updated_at`, o, `id = ?`, o.ID)
	return one(n, err, "the owner")
}

// RetireOwner removes an owner that only deleted apps and resources still name.
func RetireOwner(ctx context.Context, tx *sqldb.Tx, id string, now time.Time) error {
	if err := SetOwnerUsers(ctx, tx, id, nil); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `UPDATE owners SET deleted_at = ?, source_group_id = NULL WHERE id = ? AND deleted_at IS NULL`, now, id)
	return one(n, err, "the owner")
}

// SetOwnerUsers replaces the users of an owner, in this order.
func SetOwnerUsers(ctx context.Context, tx *sqldb.Tx, ownerID string, userIDs []string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM owner_users WHERE owner_id = ?`, ownerID); err != nil {
		return err
	}
	type row struct {
		OwnerID, UserID string
		Position        int
	}
	rows := make([]row, len(userIDs))
	for i, id := range userIDs {
		rows[i] = row{ownerID, id, i}
	}
	return sqldb.Insert(ctx, tx, "owner_users", "owner_id, user_id, position", rows...)
}

// OwnerUsers lists the users of an owner in order, without deleted ones.
func OwnerUsers(ctx context.Context, r *sqldb.Reader, ownerID string) ([]access.User, error) {
	return sqldb.Select[access.User](ctx, r, `SELECT `+prefixed("u", userColumns)+`
		FROM owner_users o JOIN users u ON u.id = o.user_id
		WHERE o.owner_id = ? AND u.deleted_at IS NULL ORDER BY o.position`, ownerID)
}

// OwnerSizes counts the users of each owner.
func OwnerSizes(ctx context.Context, r *sqldb.Reader) (map[string]int, error) {
	return sizes(ctx, r, `SELECT owner_id AS id, count(*) AS n FROM owner_users GROUP BY owner_id`)
}

// OwnersInUse returns what an owner is named by, as "app NAME" and so on.
func OwnersInUse(ctx context.Context, r *sqldb.Reader, ownerID string) ([]string, error) {
	return sqldb.Select[string](ctx, r, `
		SELECT 'app ' || name AS use FROM apps WHERE admin_owner_id = ? AND deleted_at IS NULL
		UNION ALL SELECT 'resource ' || name FROM resources WHERE admin_owner_id = ? AND deleted_at IS NULL
		UNION ALL SELECT 'reviews of ' || r.name FROM resource_reviewers v JOIN resources r ON r.id = v.resource_id
			WHERE v.owner_id = ? AND r.deleted_at IS NULL
		LIMIT 20`, ownerID, ownerID, ownerID)
}

// LeaveLists takes a deleted user off every owner and group.
func LeaveLists(ctx context.Context, tx *sqldb.Tx, userID string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM owner_users WHERE user_id = ?`, userID); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `DELETE FROM group_users WHERE user_id = ?`, userID)
	return err
}

// FollowGroup makes the owners whose source is a group name its users: those
// they had keep their place, new ones come last.
func FollowGroup(ctx context.Context, tx *sqldb.Tx, groupID string, now time.Time) error {
	if _, err := tx.Exec(ctx, `DELETE FROM owner_users
		WHERE owner_id IN (SELECT id FROM owners WHERE source_group_id = ?)
		AND user_id NOT IN (SELECT user_id FROM group_users WHERE group_id = ?)`, groupID, groupID); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO owner_users (owner_id, user_id, position)
		SELECT o.id, g.user_id, row_number() OVER (PARTITION BY o.id ORDER BY g.user_id)
			+ coalesce((SELECT max(position) FROM owner_users m WHERE m.owner_id = o.id), 0)
		FROM owners o JOIN group_users g ON g.group_id = o.source_group_id
		WHERE o.source_group_id = ?
		AND NOT EXISTS (SELECT 1 FROM owner_users u WHERE u.owner_id = o.id AND u.user_id = g.user_id)`, groupID); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE owners SET updated_at = ? WHERE source_group_id = ?`, now, groupID)
	return err
}

// Relations returns what a user is to a resource, and to its app.
func Relations(ctx context.Context, r *sqldb.Reader, userID, resourceID string) (access.Relation, error) {
	n, err := count(ctx, r, `SELECT count(*) FROM resources r JOIN apps a ON a.id = r.app_id
		WHERE r.id = ? AND EXISTS (SELECT 1 FROM owner_users u
			WHERE u.user_id = ? AND u.owner_id IN (r.admin_owner_id, a.admin_owner_id))`, resourceID, userID)
	if err != nil || n == 0 {
		return 0, err
	}
	return access.IsResourceAdmin | access.IsSomeAdmin, nil
}

// Administered returns which of these resources a user administers.
func Administered(ctx context.Context, r *sqldb.Reader, userID string, resourceIDs []string) (map[string]bool, error) {
	list, args := sqldb.In(resourceIDs)
	rows, err := sqldb.Select[string](ctx, r, `SELECT r.id FROM resources r JOIN apps a ON a.id = r.app_id
		WHERE EXISTS (SELECT 1 FROM owner_users u WHERE u.user_id = ? AND u.owner_id IN (r.admin_owner_id, a.admin_owner_id))
		AND r.id IN `+list, append([]any{userID}, args...)...)
	all := make(map[string]bool, len(rows))
	for _, id := range rows {
		all[id] = true
	}
	return all, err
}

// AppRelations returns what a user is to an app.
func AppRelations(ctx context.Context, r *sqldb.Reader, userID, appID string) (access.Relation, error) {
	n, err := count(ctx, r, `SELECT count(*) FROM apps a JOIN owner_users u ON u.owner_id = a.admin_owner_id
		WHERE a.id = ? AND u.user_id = ?`, appID, userID)
	if err != nil || n == 0 {
		return 0, err
	}
	return access.IsResourceAdmin | access.IsSomeAdmin, nil
}

// SomeAdmin returns IsSomeAdmin if a user administers any app or resource.
func SomeAdmin(ctx context.Context, r *sqldb.Reader, userID string) (access.Relation, error) {
	n, err := count(ctx, r, `SELECT count(*) FROM owner_users u WHERE u.user_id = ? AND (
		EXISTS (SELECT 1 FROM resources r WHERE r.admin_owner_id = u.owner_id AND r.deleted_at IS NULL)
		OR EXISTS (SELECT 1 FROM apps a WHERE a.admin_owner_id = u.owner_id AND a.deleted_at IS NULL))`, userID)
	if err != nil || n == 0 {
		return 0, err
	}
	return access.IsSomeAdmin, nil
}

// Duties returns who reviews requests and who administers anything, by user.
func Duties(ctx context.Context, r *sqldb.Reader) (map[string]access.Relation, error) {
	type row struct {
		UserID               string
		Reviews, Administers bool
	}
	rows, err := sqldb.Select[row](ctx, r, `SELECT u.user_id,
		EXISTS (SELECT 1 FROM resource_reviewers v JOIN resources r ON r.id = v.resource_id
			WHERE v.owner_id = u.owner_id AND r.deleted_at IS NULL) AS reviews,
		EXISTS (SELECT 1 FROM resources r WHERE r.admin_owner_id = u.owner_id AND r.deleted_at IS NULL) AS administers
		FROM owner_users u`)
	m := map[string]access.Relation{}
	for _, x := range rows {
		if x.Reviews {
			m[x.UserID] |= access.IsReviewer
		}
		if x.Administers {
			m[x.UserID] |= access.IsResourceAdmin
		}
	}
	return m, err
}
