package authn

import (
	"context"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"admit/internal/sqldb"
	"admit/internal/store"
)

const sessionUser = "user_id"

// newSessions returns sessions that live in the database, under the hash of
// their token.
func newSessions(db *store.DB, secure bool) *scs.SessionManager {
	m := scs.New()
	m.Store = sessionStore{db}
	m.HashTokenInStore = true
	m.Lifetime = 3 * 24 * time.Hour // and no idle time: that would write the session at every page
	m.Cookie.Name = "admit_session"
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Secure = secure
	if secure {
		m.Cookie.Name = "__Host-admit_session"
	}
	return m
}

// sessionStore is scs's store on our database.
type sessionStore struct{ db *store.DB }

var _ scs.CtxStore = sessionStore{}

func (s sessionStore) FindCtx(ctx context.Context, token string) (data []byte, found bool, err error) {
	text, ok, err := store.Session(ctx, s.db.Read(), token, s.db.Time())
	if err != nil || !ok {
		return nil, false, err
	}
	data, err = base64.StdEncoding.DecodeString(text)
	return data, err == nil, err
}

func (s sessionStore) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	return s.db.InTx(ctx, func(tx *sqldb.Tx) error {
		return store.SaveSession(ctx, tx, token, base64.StdEncoding.EncodeToString(data), expiry)
	})
}

func (s sessionStore) DeleteCtx(ctx context.Context, token string) error {
	return s.db.InTx(ctx, func(tx *sqldb.Tx) error { return store.DeleteSession(ctx, tx, token) })
}

// The methods without a context are not used by scs when the others exist.

func (s sessionStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

func (s sessionStore) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

func (s sessionStore) Delete(token string) error { return s.DeleteCtx(context.Background(), token) }

// Cleanup removes the sessions that have ended.
func (s *Service) Cleanup(ctx context.Context) error {
	return s.DB.InTx(ctx, func(tx *sqldb.Tx) error { return store.DeleteOldSessions(ctx, tx, s.DB.Time()) })
}
