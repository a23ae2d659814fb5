package inventory

import (
	"context"
	"slices"

	"admit/internal/access"
	"admit/internal/job"
	"admit/internal/store"
)

// UserParams is what a new user has.
type UserParams struct {
	Email, FirstName, LastName, Position string
	Role                                 access.Role // "": Member
}

// UserPatch is what to change of a user; nil leaves a field as it is.
type UserPatch struct {
	Email, FirstName, LastName, Position *string
	Role                                 *access.Role
}

// Users lists users.
func (s *Service) Users(ctx context.Context, actor access.Actor, f store.UserFilter) (access.List[access.User], error) {
	if err := s.seePeople(ctx, actor); err != nil {
		return access.List[access.User]{}, err
	}
	return store.Users(ctx, s.DB.Read(), f)
}

// User returns one user.
func (s *Service) User(ctx context.Context, actor access.Actor, id string) (access.User, error) {
	rel, err := store.SomeAdmin(ctx, s.DB.Read(), actor.UserID)
	if err != nil {
		return access.User{}, err
	}
	if actor.UserID != id {
		if err := actor.May(access.SeePeople, rel); err != nil {
			return access.User{}, err
		}
	}
	return store.User(ctx, s.DB.Read(), id)
}

// UserByEmail returns the user with an e-mail, unless deleted.
func (s *Service) UserByEmail(ctx context.Context, actor access.Actor, email string) (access.User, error) {
	email, problem := access.NormalEmail(email)
	if problem != "" {
		return access.User{}, access.Problems{"email": problem}.Err()
	}
	if email != actor.Email {
		if err := s.seePeople(ctx, actor); err != nil {
			return access.User{}, err
		}
	}
	return store.UserByEmail(ctx, s.DB.Read(), email)
}

// CreateUser adds a user.
func (s *Service) CreateUser(ctx context.Context, actor access.Actor, p UserParams) (u access.User, err error) {
	if err := actor.May(access.ManageInventory, 0); err != nil {
		return u, err
	}
	if p.Role == "" {
		p.Role = access.Member
	}
	u = access.User{Email: p.Email, FirstName: p.FirstName, LastName: p.LastName, Position: p.Position, Role: p.Role}
	if err := checkUser(&u); err != nil {
		return u, err
	}
	err = s.DB.Write(ctx, func(w *store.Write) error {
		u.ID, u.CreatedAt, u.UpdatedAt = store.NewID(), w.Now, w.Now
		if err := store.AddUsers(ctx, w.Tx, u); err != nil {
			return named(err, "email", "is already in use")
		}
		w.Event(userEvent(actor, access.UserCreated, u, "created user "+u.Email))
		return nil
	})
	return u, err
}

// UpdateUser changes a user.
func (s *Service) UpdateUser(ctx context.Context, actor access.Actor, id string, p UserPatch) (u access.User, err error) {
	if err := actor.May(access.ManageInventory, 0); err != nil {
		return u, err
	}
	err = s.DB.Write(ctx, func(w *store.Write) error {
		if u, err = liveUser(ctx, w, id); err != nil {
			return err
		}
		was := u
		set(&u.Email, p.Email)
		set(&u.FirstName, p.FirstName)
		set(&u.LastName, p.LastName)
		set(&u.Position, p.Position)
		set(&u.Role, p.Role)
		if err := checkUser(&u); err != nil {
			return err
		}
		if err := keepAnAdmin(ctx, w, was, u.Role); err != nil {
			return err
		}
		u.UpdatedAt = w.Now
		if err := store.UpdateUser(ctx, w.Tx, u); err != nil {
			return named(err, "email", "is already in use")
		}
		e := userEvent(actor, access.UserUpdated, u, "changed user "+u.Email)
		e.Data = map[string]string{"email": was.Email + " -> " + u.Email, "role": string(was.Role) + " -> " + string(u.Role)}
		w.Event(e)
		return nil
	})
	return u, err
}

// DeleteUser takes a user out of Admit. What they hold is not wanted any more:
// a removal is carried out for each. Their pending requests are canceled.
func (s *Service) DeleteUser(ctx context.Context, actor access.Actor, id string) error {
	if err := actor.May(access.ManageInventory, 0); err != nil {
		return err
	}
	if actor.UserID == id {
		return access.Errorf(access.Conflict, "you cannot delete yourself")
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		u, err := liveUser(ctx, w, id)
		if err != nil {
			return err
		}
		if err := keepAnAdmin(ctx, w, u, access.Member); err != nil {
			return err
		}
		if err := s.endGrants(ctx, w, actor, store.RevokeFilter{UserID: id}); err != nil {
			return err
		}
		if err := store.LeaveLists(ctx, w.Tx, id); err != nil {
			return err
		}
		u.DeletedAt, u.UpdatedAt = &w.Now, w.Now
		if err := store.UpdateUser(ctx, w.Tx, u); err != nil {
			return err
		}
		w.Event(userEvent(actor, access.UserDeleted, u, "deleted user "+u.Email))
		w.Job(job.Leave{UserID: u.ID})
		return nil
	})
}

func liveUser(ctx context.Context, w *store.Write, id string) (access.User, error) {
	u, err := store.User(ctx, &w.Reader, id)
	if err == nil && u.DeletedAt != nil {
		err = access.Errorf(access.NotFound, "not found")
	}
	return u, err
}

// keepAnAdmin refuses a change that would leave nobody to administer Admit.
func keepAnAdmin(ctx context.Context, w *store.Write, was access.User, role access.Role) error {
	if was.Role != access.Admin || role == access.Admin {
		return nil
	}
	n, err := store.CountUsers(ctx, &w.Reader, access.Admin)
	if err == nil && n < 2 {
		err = access.Errorf(access.Conflict, "%s is the last admin; make somebody else an admin first", was.Email)
	}
	return err
}

func checkUser(u *access.User) error {
	var wrong access.Problems
	u.Email = wrong.Email("email", u.Email)
	u.FirstName = wrong.Line("first_name", u.FirstName, false, access.MaxName)
	u.LastName = wrong.Line("last_name", u.LastName, false, access.MaxName)
	u.Position = wrong.Line("position", u.Position, false, access.MaxName)
	if !slices.Contains(access.Roles, u.Role) {
		wrong.Add("role", "must be one of admin, auditor, member")
	}
	return wrong.Err()
}

// named turns a Conflict of a unique column into a problem of its field.
func named(err error, field, problem string) error {
	if access.CodeOf(err) != access.Conflict {
		return err
	}
	return &access.Error{Code: access.Conflict, Msg: field + " " + problem, Fields: map[string]string{field: problem}, Err: err}
}

func userEvent(actor access.Actor, t access.EventType, u access.User, summary string) access.Event {
	e := access.By(actor, t, summary)
	e.UserID = &u.ID
	return e
}
