// Package authn finds out who somebody is: by password and session, by API
// token, or by a one-time link. What they may do is access.Actor's business.
package authn

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"admit/internal/access"
	"admit/internal/store"
)

// Service holds the use cases of signing in.
type Service struct {
	DB       *store.DB
	Sessions *scs.SessionManager
	Log      *slog.Logger
	Demo     bool // personas may sign in without a password

	tries *limiter
	cost  Cost
	sem   chan struct{} // bounds how many passwords are hashed at once
}

// New returns a Service. secure says that people come by https.
func New(db *store.DB, log *slog.Logger, secure, demo bool) *Service {
	return NewWithCost(db, log, secure, demo, DefaultCost())
}

// NewWithCost is New with a chosen cost of hashing; tests choose a low one.
func NewWithCost(db *store.DB, log *slog.Logger, secure, demo bool, cost Cost) *Service {
	s := &Service{DB: db, Log: log, Demo: demo, tries: newLimiter(db.Now), cost: cost, sem: make(chan struct{}, maxHashes)}
	s.Sessions = newSessions(db, secure)
	return s
}

// newToken returns a random token with a prefix that tells what it is for.
func newToken(prefix string) string {
	return prefix + strings.ToLower(rand.Text())
}

// hash is how tokens are stored: they are random and long, so a plain digest
// does.
func hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Personas lists the people of a demo who may sign in by a click.
func (s *Service) Personas(ctx context.Context) ([]access.User, error) {
	if !s.Demo {
		return nil, access.Errorf(access.NotFound, "not found")
	}
	list, err := store.Users(ctx, s.DB.Read(), store.UserFilter{})
	return list.Items, err
}

// Duties returns what the people of a demo are besides their role: reviewers,
// and admins of something.
func (s *Service) Duties(ctx context.Context) (map[string]access.Relation, error) {
	if !s.Demo {
		return nil, access.Errorf(access.NotFound, "not found")
	}
	return store.Duties(ctx, s.DB.Read())
}

// Persona signs a person of a demo in without a password.
func (s *Service) Persona(ctx context.Context, email string) (access.User, error) {
	if !s.Demo {
		return access.User{}, access.Errorf(access.NotFound, "not found")
	}
	u, err := store.UserByEmail(ctx, s.DB.Read(), email)
	if err != nil {
		return u, err
	}
	return u, s.start(ctx, u)
}

// start records that a user signs in and starts their session: in this order, so
// that nobody comes in unseen.
func (s *Service) start(ctx context.Context, u access.User) error {
	if err := s.DB.Write(ctx, func(w *store.Write) error {
		e := access.By(access.ActorFor(u, "web"), access.SignedIn, "signed in")
		e.UserID = &u.ID
		w.Event(e)
		return nil
	}); err != nil {
		return err
	}
	if err := s.Sessions.RenewToken(ctx); err != nil {
		return err
	}
	s.Sessions.Put(ctx, sessionUser, u.ID)
	return nil
}

// SignOut ends the session.
func (s *Service) SignOut(ctx context.Context) error {
	actor, ok, err := s.Actor(ctx)
	if err != nil {
		return err
	}
	if err := s.Sessions.Destroy(ctx); err != nil || !ok {
		return err
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		e := access.By(actor, access.SignedOut, "signed out")
		e.UserID = actor.ID()
		w.Event(e)
		return nil
	})
}

// Actor returns who is signed in by the session of ctx; ok is false for nobody.
// A user deleted meanwhile is nobody.
func (s *Service) Actor(ctx context.Context) (actor access.Actor, ok bool, err error) {
	id := s.Sessions.GetString(ctx, sessionUser)
	if id == "" {
		return access.Actor{}, false, nil
	}
	u, err := store.User(ctx, s.DB.Read(), id)
	if access.CodeOf(err) == access.NotFound || err == nil && u.DeletedAt != nil {
		return access.Actor{}, false, nil
	}
	return access.ActorFor(u, "web"), err == nil, err
}

// linkLife is how long a one-time link works.
const linkLife = 72 * time.Hour
