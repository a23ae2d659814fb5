package store

import (
	"context"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
)

// Token is an API token. The token itself is never stored.
type Token struct {
	ID        string
	UserID    string
	Name      string
	Hash      string // hex SHA-256 of the token
	Preview   string // its last characters, to tell tokens apart
	CreatedAt time.Time
	UsedAt    *time.Time
	ExpiresAt *time.Time
	RevokedAt *time.Time
}

const tokenColumns = `id, user_id, name, hash, preview, created_at, used_at, expires_at, revoked_at`

// AddToken inserts an API token.
func AddToken(ctx context.Context, tx *sqldb.Tx, t Token) error {
	return sqldb.Insert(ctx, tx, "api_tokens", tokenColumns, t)
}

// Tokens lists the tokens of a user, or of all for "", newest first.
func Tokens(ctx context.Context, r *sqldb.Reader, userID string) ([]Token, error) {
	var q query
	q.eq("user_id", userID)
	return sqldb.Select[Token](ctx, r, `SELECT `+tokenColumns+` FROM api_tokens`+q.text()+` ORDER BY id DESC`, q.args...)
}

// TokenByID returns one token.
func TokenByID(ctx context.Context, r *sqldb.Reader, id string) (Token, error) {
	return sqldb.Get[Token](ctx, r, `SELECT `+tokenColumns+` FROM api_tokens WHERE id = ?`, id)
}

// TokenByHash returns the live token with a hash, and its user if not deleted.
func TokenByHash(ctx context.Context, r *sqldb.Reader, hash string, now time.Time) (Token, access.User, error) {
	t, err := sqldb.Get[Token](ctx, r, `SELECT `+tokenColumns+` FROM api_tokens
		WHERE hash = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)`, hash, now)
	if err != nil {
		return Token{}, access.User{}, err
	}
	u, err := User(ctx, r, t.UserID)
	if err == nil && u.DeletedAt != nil {
		err = access.Errorf(access.NotFound, "not found")
	}
	return t, u, err
}

// UseToken notes that a token was used.
func UseToken(ctx context.Context, tx *sqldb.Tx, id string, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE api_tokens SET used_at = ? WHERE id = ?`, now, id)
	return err
}

// RevokeToken ends a token for good.
func RevokeToken(ctx context.Context, tx *sqldb.Tx, id string, now time.Time) error {
	n, err := tx.Exec(ctx, `UPDATE api_tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL`, now, id)
	return one(n, err, "the token")
}

// Session returns the data of a session that has not ended; ok is false when
// there is none.
func Session(ctx context.Context, r *sqldb.Reader, token string, now time.Time) (data string, ok bool, err error) {
	rows, err := sqldb.Select[string](ctx, r, `SELECT data FROM sessions WHERE token = ? AND expires_at > ?`, token, now)
	if err != nil || len(rows) == 0 {
		return "", false, err
	}
	return rows[0], true, nil
}

// SaveSession stores a session.
func SaveSession(ctx context.Context, tx *sqldb.Tx, token, data string, expires time.Time) error {
	_, err := tx.Exec(ctx, `INSERT INTO sessions (token, data, expires_at) VALUES (?, ?, ?)
		ON CONFLICT (token) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at`, token, data, expires)
	return err
}

// DeleteSession ends a session.
func DeleteSession(ctx context.Context, tx *sqldb.Tx, token string) error {
	_, err := tx.Exec(ctx, `DELETE FROM sessions WHERE token = ?`, token)
	return err
}

// DeleteOldSessions removes the sessions that have ended.
func DeleteOldSessions(ctx context.Context, tx *sqldb.Tx, now time.Time) error {
	_, err := tx.Exec(ctx, `DELETE FROM sessions WHERE expires_at <= ?`, now)
	return err
}

// Setting returns a setting of the installation, "" if there is none.
func Setting(ctx context.Context, r *sqldb.Reader, name string) (string, error) {
	rows, err := sqldb.Select[string](ctx, r, `SELECT value FROM settings WHERE name = ?`, name)
	if err != nil || len(rows) == 0 {
		return "", err
	}
	return rows[0], nil
}

// SetSetting stores a setting of the installation.
func SetSetting(ctx context.Context, tx *sqldb.Tx, name, value string) error {
	_, err := tx.Exec(ctx, `INSERT INTO settings (name, value) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return err
}

// TakeSetting removes a setting that has this value, and reports whether it had:
// of several takers one wins.
func TakeSetting(ctx context.Context, tx *sqldb.Tx, name, value string) (bool, error) {
	n, err := tx.Exec(ctx, `DELETE FROM settings WHERE name = ? AND value = ?`, name, value)
	return n == 1, err
}
