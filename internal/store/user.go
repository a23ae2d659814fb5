package store

import (
	"context"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
)

const userColumns = `id, email, first_name, last_name, position, role, created_at, updated_at, deleted_at`

// UserFilter selects users. Deleted users are left out unless asked for by id.
type UserFilter struct {
	IDs     []string
	Emails  []string
	Search  string // part of the name or e-mail
	GroupID string
	OwnerID string
	Role    access.Role
	Page    access.Page
}

// Users lists users by e-mail.
func Users(ctx context.Context, r *sqldb.Reader, f UserFilter) (access.List[access.User], error) {
	var q query
	if f.IDs == nil {
		q.and("deleted_at IS NULL")
	}
	in(&q, "id", f.IDs)
	in(&q, "email", f.Emails)
	if f.Search != "" {
		like := sqldb.Contains(f.Search)
		q.and(`(lower(first_name || ' ' || last_name) LIKE ? ESCAPE '\' OR email LIKE ? ESCAPE '\')`, like, like)
	}
	if f.GroupID != "" {
		q.and("id IN (SELECT user_id FROM group_users WHERE group_id = ?)", f.GroupID)
	}
	if f.OwnerID != "" {
		q.and("id IN (SELECT user_id FROM owner_users WHERE owner_id = ?)", f.OwnerID)
	}
	q.eq("role", string(f.Role))
	if err := q.page(f.Page, ">", "email", "id"); err != nil {
		return access.List[access.User]{}, err
	}
	rows, err := sqldb.Select[access.User](ctx, r, `SELECT `+userColumns+` FROM users`+q.text()+
		` ORDER BY email, id LIMIT ?`, append(q.args, f.Page.Limit()+1)...)
	return access.Cut(rows, f.Page, func(u access.User) []string { return []string{u.Email, u.ID} }), err
}

// User returns one user, deleted or not.
func User(ctx context.Context, r *sqldb.Reader, id string) (access.User, error) {
	return sqldb.Get[access.User](ctx, r, `SELECT `+userColumns+` FROM users WHERE id = ?`, id)
}

// UsersByID returns users, deleted or not, by their id.
func UsersByID(ctx context.Context, r *sqldb.Reader, ids []string) (map[string]access.User, error) {
	list, args := sqldb.In(ids)
	rows, err := sqldb.Select[access.User](ctx, r, `SELECT `+userColumns+` FROM users WHERE id IN `+list, args...)
	return byID(rows, func(u access.User) string { return u.ID }), err
}

// UserByEmail returns the user with an e-mail, unless deleted.
func UserByEmail(ctx context.Context, r *sqldb.Reader, email string) (access.User, error) {
	return sqldb.Get[access.User](ctx, r, `SELECT `+userColumns+` FROM users WHERE email = ? AND deleted_at IS NULL`, email)
}

// AddUsers inserts users.
func AddUsers(ctx context.Context, tx *sqldb.Tx, users ...access.User) error {
	return sqldb.Insert(ctx, tx, "users", userColumns, users...)
}

// UpdateUser stores what may change of a user.
func UpdateUser(ctx context.Context, tx *sqldb.Tx, u access.User) error {
	n, err := sqldb.Update(ctx, tx, "users", `email, first_name, last_name, position, role, updated_at, deleted_at`, u,
		`id = ? AND deleted_at IS NULL`, u.ID)
	return one(n, err, "the user")
}

// CountUsers counts the users with a role, or all for "".
func CountUsers(ctx context.Context, r *sqldb.Reader, role access.Role) (int, error) {
	if role == "" {
		return count(ctx, r, `SELECT count(*) FROM users WHERE deleted_at IS NULL`)
	}
	return count(ctx, r, `SELECT count(*) FROM users WHERE deleted_at IS NULL AND role = ?`, role)
}

// PasswordHash returns a user's password hash, "" if they have none.
func PasswordHash(ctx context.Context, r *sqldb.Reader, userID string) (string, error) {
	return sqldb.Get[string](ctx, r, `SELECT password_hash FROM users WHERE id = ? AND deleted_at IS NULL`, userID)
}

// SetPasswordHash stores a user's password hash.
func SetPasswordHash(ctx context.Context, tx *sqldb.Tx, userID, hash string, now time.Time) error {
	n, err := tx.Exec(ctx, `UPDATE users SET password_hash = ?, updated_at = ? WHERE id = ? AND deleted_at IS NULL`, hash, now, userID)
	return one(n, err, "the user")
}

func byID[T any](rows []T, id func(T) string) map[string]T {
	m := make(map[string]T, len(rows))
	for _, row := range rows {
		m[id(row)] = row
	}
	return m
}

func groupBy[T any](rows []T, key func(T) string) map[string][]T {
	m := map[string][]T{}
	for _, row := range rows {
		m[key(row)] = append(m[key(row)], row)
	}
	return m
}
