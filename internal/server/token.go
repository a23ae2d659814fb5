package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/riverqueue/river"

	"admit/internal/access"
	"admit/internal/authn"
	"admit/internal/config"
	"admit/internal/sqldb"
	"admit/internal/store"
)

// IssueToken makes an API token for the user with an e-mail, straight in the
// database, while a server runs or not. It returns the token.
func IssueToken(ctx context.Context, cfg config.Config, email, name string, expires *time.Time) (token string, err error) {
	if path, ok := config.FilePath(cfg.DatabaseURL); ok {
		if _, err := os.Stat(path); err != nil {
			return "", access.Errorf(access.NotFound, "there is no database at %s; start the server once first, or name its folder with --data", path)
		}
	}
	db, err := openStore(ctx, cfg, time.Now)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if db.Queue, err = sqldb.NewQueue(db.DB, &river.Config{}); err != nil {
		return "", err
	}
	email, problem := access.NormalEmail(email)
	if problem != "" {
		return "", access.Problems{"user": problem}.Err()
	}
	u, err := store.UserByEmail(ctx, db.Read(), email)
	if access.CodeOf(err) == access.NotFound {
		return "", access.Errorf(access.NotFound, "there is no user %s", email)
	}
	if err != nil {
		return "", fmt.Errorf("find user: %w", err)
	}
	people := authn.New(db, slog.New(slog.DiscardHandler), false, false)
	token, _, err = people.IssueToken(ctx, authn.TokenParams{UserID: u.ID, Name: name, Expires: expires})
	return token, err
}
