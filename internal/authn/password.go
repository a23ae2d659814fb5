package authn

import (
	"context"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"admit/internal/access"
	"admit/internal/store"
)

// Cost is what hashing a password takes.
type Cost = argon2id.Params

// DefaultCost is OWASP's first choice for argon2id: 19 MiB, two passes.
func DefaultCost() Cost {
	return Cost{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

// maxHashes is how many passwords are hashed at once, so that a flood of
// sign-ins does not take all memory.
const maxHashes = 4

const minPassword, maxPassword = 10, 200

// unknownUser is the hash checked for an e-mail nobody has, so that an answer
// takes as long as for one somebody has.
const unknownUser = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$qLml1d9hN2dQkmQIyxaJbWwkkXiG1SOlyJEzvL6FvZo"

// SignIn checks a password and starts a session. from is the client's address.
// Too many tries for one e-mail or from one address are refused for a while.
func (s *Service) SignIn(ctx context.Context, email, password, from string) (access.User, error) {
	email, problem := access.NormalEmail(email)
	if problem != "" {
		return access.User{}, wrongPassword()
	}
	if !s.tries.allow("address/"+from, perAddress) || !s.tries.allow("email/"+email, perEmail) {
		return access.User{}, access.Errorf(access.RateLimited, "too many tries; wait a minute and try again")
	}
	u, stored, err := s.credentials(ctx, email)
	if err != nil {
		return u, err
	}
	ok, err := s.check(ctx, password, stored)
	if err != nil {
		return u, err
	}
	if !ok || u.ID == "" {
		s.refused(ctx, email, from)
		return access.User{}, wrongPassword()
	}
	s.tries.forget("email/" + email)
	return u, s.start(ctx, u)
}

// credentials returns the user with an e-mail and their hash; for nobody, a hash
// that nothing matches.
func (s *Service) credentials(ctx context.Context, email string) (access.User, string, error) {
	u, err := store.UserByEmail(ctx, s.DB.Read(), email)
	if access.CodeOf(err) == access.NotFound {
		return access.User{}, unknownUser, nil
	}
	if err != nil {
		return u, "", err
	}
	stored, err := store.PasswordHash(ctx, s.DB.Read(), u.ID)
	if err == nil && stored == "" {
		return access.User{}, unknownUser, nil
	}
	return u, stored, err
}

func wrongPassword() error {
	return access.Errorf(access.Unauthenticated, "the e-mail or the password is wrong")
}

func (s *Service) refused(ctx context.Context, email, from string) {
	err := s.DB.Write(ctx, func(w *store.Write) error {
		e := access.By(access.Actor{Name: email, Via: "web"}, access.SignInFailed, "failed to sign in")
		e.Data = map[string]string{"from": from}
		w.Event(e)
		return nil
	})
	if err != nil {
		s.Log.WarnContext(ctx, "failed sign-in not recorded", "error", err)
	}
}

func (s *Service) check(ctx context.Context, password, stored string) (bool, error) {
	release, err := s.turn(ctx)
	if err != nil {
		return false, err
	}
	defer release()
	return argon2id.ComparePasswordAndHash(password, stored)
}

func (s *Service) hashPassword(ctx context.Context, password string) (string, error) {
	release, err := s.turn(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	return argon2id.CreateHash(password, &s.cost)
}

// turn waits for one of the places where passwords are hashed.
func (s *Service) turn(ctx context.Context) (release func(), err error) {
	select {
	case s.sem <- struct{}{}:
		return func() { <-s.sem }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// HasPassword reports whether the actor has a password. People of a demo and
// those who have not used their link yet have none.
func (s *Service) HasPassword(ctx context.Context, actor access.Actor) (bool, error) {
	if actor.UserID == "" {
		return false, access.Errorf(access.Unauthenticated, "sign in first")
	}
	stored, err := store.PasswordHash(ctx, s.DB.Read(), actor.UserID)
	return stored != "", err
}

// SetPassword changes the actor's own password.
func (s *Service) SetPassword(ctx context.Context, actor access.Actor, old, password string) error {
	if actor.UserID == "" {
		return access.Errorf(access.Unauthenticated, "sign in first")
	}
	stored, err := store.PasswordHash(ctx, s.DB.Read(), actor.UserID)
	if err != nil {
		return err
	}
	if stored != "" {
		if !s.tries.allow("email/"+actor.Email, perEmail) {
			return access.Errorf(access.RateLimited, "too many tries; wait a minute and try again")
		}
		if ok, err := s.check(ctx, old, stored); err != nil || !ok {
			return access.Problems{"old_password": "is wrong"}.Err()
		}
	}
	return s.setPassword(ctx, actor, password, func(*store.Write) error { return nil })
}

// setPassword sets the actor's password in one transaction with first, which may
// forbid it.
func (s *Service) setPassword(ctx context.Context, actor access.Actor, password string, first func(*store.Write) error) error {
	var wrong access.Problems
	checkPassword(&wrong, password)
	if err := wrong.Err(); err != nil {
		return err
	}
	hashed, err := s.hashPassword(ctx, password)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		if err := first(w); err != nil {
			return err
		}
		e := access.By(actor, access.PasswordChanged, "set a password")
		e.UserID = actor.ID()
		w.Event(e)
		return store.SetPasswordHash(ctx, w.Tx, actor.UserID, hashed, w.Now)
	})
}

func checkPassword(wrong *access.Problems, password string) {
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password):
		wrong.Add("password", "must be valid UTF-8 text")
	case n < minPassword:
		wrong.Add("password", "must have at least %d characters", minPassword)
	case n > maxPassword:
		wrong.Add("password", "must have at most %d characters", maxPassword)
	}
}
