package authn

import (
	"cmp"
	"context"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/store"
)

// setupSetting holds the hash of the set-up link's token.
const setupSetting = "setup"

// SetupToken returns a new token for the link with which the first admin signs
// up, or "" if there are users already. An older link stops working.
func (s *Service) SetupToken(ctx context.Context) (string, error) {
	n, err := store.CountUsers(ctx, s.DB.Read(), "")
	if err != nil || n > 0 {
		return "", err
	}
	token := newToken("")
	return token, s.DB.Write(ctx, func(w *store.Write) error {
		return store.SetSetting(ctx, w.Tx, setupSetting, hash(token))
	})
}

// SetupOpen reports whether a token is that of the set-up link.
func (s *Service) SetupOpen(ctx context.Context, token string) (bool, error) {
	stored, err := store.Setting(ctx, s.DB.Read(), setupSetting)
	return err == nil && stored != "" && stored == hash(token), err
}

// SetupParams is what the first admin enters.
type SetupParams struct{ Email, FirstName, LastName, Password string }

// SetUp makes the first admin and signs them in. It works once.
func (s *Service) SetUp(ctx context.Context, token string, p SetupParams) (access.User, error) {
	// Without the link nobody gets as far as the costly part.
	if open, err := s.SetupOpen(ctx, token); err != nil || !open {
		return access.User{}, cmp.Or(err, linkOver())
	}
	var wrong access.Problems
	u := access.User{
		ID: store.NewID(), Email: wrong.Email("email", p.Email), Role: access.Admin,
		FirstName: wrong.Line("first_name", p.FirstName, false, access.MaxName),
		LastName:  wrong.Line("last_name", p.LastName, false, access.MaxName),
	}
	checkPassword(&wrong, p.Password)
	if err := wrong.Err(); err != nil {
		return u, err
	}
	hashed, err := s.hashPassword(ctx, p.Password)
	if err != nil {
		return u, err
	}
	err = s.DB.Write(ctx, func(w *store.Write) error {
		ok, err := store.TakeSetting(ctx, w.Tx, setupSetting, hash(token))
		if err != nil {
			return err
		}
		if !ok {
			return linkOver()
		}
		u.CreatedAt, u.UpdatedAt = w.Now, w.Now
		if err := store.AddUsers(ctx, w.Tx, u); err != nil {
			return err
		}
		e := access.By(access.ActorFor(u, "web"), access.SetUp, "set Admit up as the first admin")
		e.UserID = &u.ID
		w.Event(e)
		return store.SetPasswordHash(ctx, w.Tx, u.ID, hashed, w.Now)
	})
	if err != nil {
		return u, err
	}
	return u, s.start(ctx, u)
}

func linkOver() error {
	return access.Errorf(access.NotFound, "this link does not work any more; ask for a new one")
}

// Invite returns a token for a link with which a user sets their password. It
// works once, for three days.
func (s *Service) Invite(ctx context.Context, actor access.Actor, userID string) (string, error) {
	if err := actor.May(access.ManageInventory, 0); err != nil {
		return "", err
	}
	token := newToken("")
	return token, s.DB.Write(ctx, func(w *store.Write) error {
		u, err := store.User(ctx, &w.Reader, userID)
		if err == nil && u.DeletedAt != nil {
			err = access.Errorf(access.NotFound, "not found")
		}
		if err != nil {
			return err
		}
		e := access.By(actor, access.UserInvited, "made a sign-in link for "+u.Email)
		e.UserID = &u.ID
		w.Event(e)
		return store.SetSetting(ctx, w.Tx, inviteName(token), userID+" "+w.Now.Add(linkLife).Format(time.RFC3339))
	})
}

func inviteName(token string) string { return "invite/" + hash(token) }

// Invited returns the user a link is for.
func (s *Service) Invited(ctx context.Context, token string) (access.User, error) {
	u, _, err := s.invited(ctx, token)
	return u, err
}

func (s *Service) invited(ctx context.Context, token string) (u access.User, value string, err error) {
	if value, err = store.Setting(ctx, s.DB.Read(), inviteName(token)); err != nil {
		return u, "", err
	}
	id, until, ok := strings.Cut(value, " ")
	end, parseErr := time.Parse(time.RFC3339, until)
	if !ok || parseErr != nil || s.DB.Time().After(end) {
		return u, "", linkOver()
	}
	u, err = store.User(ctx, s.DB.Read(), id)
	if err == nil && u.DeletedAt != nil {
		err = linkOver()
	}
	return u, value, err
}

// Accept sets the password of the user a link is for and signs them in.
func (s *Service) Accept(ctx context.Context, token, password string) (access.User, error) {
	u, value, err := s.invited(ctx, token)
	if err != nil {
		return u, err
	}
	if err := s.setPassword(ctx, access.ActorFor(u, "web"), password, func(w *store.Write) error {
		took, err := store.TakeSetting(ctx, w.Tx, inviteName(token), value)
		if err == nil && !took {
			err = linkOver()
		}
		return err
	}); err != nil {
		return u, err
	}
	return u, s.start(ctx, u)
}
