package authn

import (
	"context"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
	"admit/internal/store"
)

// TokenParams is what a new API token has.
type TokenParams struct {
	UserID  string // "": the actor's own
	Name    string
	Expires *time.Time
}

// CreateToken makes an API token and returns it. It is shown this once: only its
// hash is stored.
func (s *Service) CreateToken(ctx context.Context, actor access.Actor, p TokenParams) (token string, row store.Token, err error) {
	if p.UserID == "" {
		p.UserID = actor.UserID
	}
	if err := actor.May(manage(actor, p.UserID), 0); err != nil {
		return "", row, err
	}
	return s.issue(ctx, actor, p)
}

// IssueToken is CreateToken for whoever holds the database: the command line.
func (s *Service) IssueToken(ctx context.Context, p TokenParams) (token string, row store.Token, err error) {
	actor := access.System()
	actor.Via = "cli"
	return s.issue(ctx, actor, p)
}

func manage(actor access.Actor, userID string) access.Action {
	if actor.UserID == userID {
		return access.ManageOwnTokens
	}
	return access.ManageTokens
}

func (s *Service) issue(ctx context.Context, actor access.Actor, p TokenParams) (token string, row store.Token, err error) {
	var wrong access.Problems
	p.Name = wrong.Line("name", p.Name, true, access.MaxName)
	if p.Expires != nil && !p.Expires.After(s.DB.Time()) {
		wrong.Add("expires_at", "must be in the future")
	}
	if err := wrong.Err(); err != nil {
		return "", row, err
	}
	token = newToken("admit_")
	err = s.DB.Write(ctx, func(w *store.Write) error {
		u, err := store.User(ctx, &w.Reader, p.UserID)
		if err == nil && u.DeletedAt != nil {
			err = access.Errorf(access.NotFound, "not found")
		}
		if err != nil {
			return err
		}
		row = store.Token{
			ID: store.NewID(), UserID: u.ID, Name: p.Name, Hash: hash(token), Preview: token[len(token)-4:],
			CreatedAt: w.Now, ExpiresAt: p.Expires,
		}
		e := access.By(actor, access.TokenCreated, "created API token "+p.Name+" for "+u.Email)
		e.UserID = &u.ID
		w.Event(e)
		return store.AddToken(ctx, w.Tx, row)
	})
	return token, row, err
}

// Tokens lists the API tokens of a user, "" for the actor.
func (s *Service) Tokens(ctx context.Context, actor access.Actor, userID string) ([]store.Token, error) {
	if userID == "" {
		userID = actor.UserID
	}
	if err := actor.May(manage(actor, userID), 0); err != nil {
		return nil, err
	}
	return store.Tokens(ctx, s.DB.Read(), userID)
}

// RevokeToken ends an API token for good.
func (s *Service) RevokeToken(ctx context.Context, actor access.Actor, id string) error {
	return s.DB.Write(ctx, func(w *store.Write) error {
		t, err := store.TokenByID(ctx, &w.Reader, id)
		if err != nil {
			return err
		}
		if err := actor.May(manage(actor, t.UserID), 0); err != nil {
			return err
		}
		e := access.By(actor, access.TokenRevoked, "revoked API token "+t.Name)
		e.UserID = &t.UserID
		w.Event(e)
		return store.RevokeToken(ctx, w.Tx, id, w.Now)
	})
}

// useEvery is how exactly the last use of a token is known.
const useEvery = time.Minute

// Bearer returns who an Authorization header names. The token is found by its
// digest, so comparing takes no time that tells anything.
func (s *Service) Bearer(ctx context.Context, header string) (access.Actor, error) {
	scheme, token, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || token == "" || len(token) > 200 {
		return access.Actor{}, access.Errorf(access.Unauthenticated, "send an API token: Authorization: Bearer TOKEN")
	}
	now := s.DB.Time()
	row, u, err := store.TokenByHash(ctx, s.DB.Read(), hash(strings.TrimSpace(token)), now)
	if access.CodeOf(err) == access.NotFound {
		return access.Actor{}, access.Errorf(access.Unauthenticated, "this API token is not valid")
	}
	if err != nil {
		return access.Actor{}, err
	}
	if row.UsedAt == nil || now.Sub(*row.UsedAt) > useEvery {
		if err := s.DB.InTx(ctx, func(tx *sqldb.Tx) error { return store.UseToken(ctx, tx, row.ID, now) }); err != nil {
			s.Log.WarnContext(ctx, "use of a token not recorded", "error", err)
		}
	}
	actor := access.ActorFor(u, "api")
	actor.TokenName = row.Name
	return actor, nil
}
