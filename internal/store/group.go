package store

import (
	"context"

	"admit/internal/access"
	"admit/internal/sqldb"
)

const groupColumns = `id, name, description, created_at, updated_at`

// GroupFilter selects groups.
type GroupFilter struct {
	IDs    []string
	Search string // part of the name
	Page   access.Page
}

// Groups lists groups by name.
func Groups(ctx context.Context, r *sqldb.Reader, f GroupFilter) (access.List[access.Group], error) {
	var q query
	in(&q, "id", f.IDs)
	if f.Search != "" {
		q.and(`lower(name) LIKE ? ESCAPE '\'`, sqldb.Contains(f.Search))
	}
	if err := q.page(f.Page, ">", "name", "id"); err != nil {
		return access.List[access.Group]{}, err
	}
	rows, err := sqldb.Select[access.Group](ctx, r, `SELECT `+groupColumns+` FROM groups`+q.text()+
		` ORDER BY name, id LIMIT ?`, append(q.args, f.Page.Limit()+1)...)
	return access.Cut(rows, f.Page, func(g access.Group) []string { return []string{g.Name, g.ID} }), err
}

// Group returns one group.
func Group(ctx context.Context, r *sqldb.Reader, id string) (access.Group, error) {
	return sqldb.Get[access.Group](ctx, r, `SELECT `+groupColumns+` FROM groups WHERE id = ?`, id)
}

// AddGroup inserts a group.
func AddGroup(ctx context.Context, tx *sqldb.Tx, g access.Group) error {
	return sqldb.Insert(ctx, tx, "groups", groupColumns, g)
}

// UpdateGroup stores what may change of a group.
func UpdateGroup(ctx context.Context, tx *sqldb.Tx, g access.Group) error {
	n, err := sqldb.Update(ctx, tx, "groups", `name, description, updated_at`, g, `id = ?`, g.ID)
	return one(n, err, "the group")
}

// DeleteGroup removes a group that is no owner's source.
func DeleteGroup(ctx context.Context, tx *sqldb.Tx, id string) error {
	n, err := tx.Exec(ctx, `DELETE FROM groups WHERE id = ?`, id)
	return one(n, err, "the group")
}

// SetGroupUsers replaces the users of a group.
func SetGroupUsers(ctx context.Context, tx *sqldb.Tx, groupID string, userIDs []string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM group_users WHERE group_id = ?`, groupID); err != nil {
		return err
	}
	type row struct{ GroupID, UserID string }
	rows := make([]row, len(userIDs))
	for i, id := range userIDs {
		rows[i] = row{groupID, id}
	}
	return sqldb.Insert(ctx, tx, "group_users", "group_id, user_id", rows...)
}

// GroupSizes counts the users of each group.
func GroupSizes(ctx context.Context, r *sqldb.Reader) (map[string]int, error) {
	return sizes(ctx, r, `SELECT group_id AS id, count(*) AS n FROM group_users GROUP BY group_id`)
}

func sizes(ctx context.Context, r *sqldb.Reader, text string, args ...any) (map[string]int, error) {
	type row struct {
		ID string
		N  int
	}
	rows, err := sqldb.Select[row](ctx, r, text, args...)
	m := make(map[string]int, len(rows))
	for _, x := range rows {
		m[x.ID] = x.N
	}
	return m, err
}
