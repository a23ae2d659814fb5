package api

import (
	"context"
	"net/http"
	"time"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/store"
)

// User is a person.
type User struct {
	ID        string     `json:"user_id" required:"true" format:"uuid"`
	Email     string     `json:"email" required:"true"`
	FullName  string     `json:"full_name" required:"true"`
	FirstName string     `json:"first_name" required:"true"`
	LastName  string     `json:"last_name" required:"true"`
	Position  string     `json:"position" required:"true" doc:"The job title."`
	Role      string     `json:"role" required:"true" enum:"admin,auditor,member"`
	DeletedAt *time.Time `json:"deleted_at,omitempty"`
}

func userOf(u access.User) User {
	return User{
		ID: u.ID, Email: u.Email, FullName: u.Name(), FirstName: u.FirstName, LastName: u.LastName,
		Position: u.Position, Role: string(u.Role), DeletedAt: u.DeletedAt,
	}
}

// Me is who calls.
type Me struct {
	User

	TokenName string `json:"token_name" required:"true" doc:"The name of the API token in use."`
}

// Invitation is a link with which a user sets their password.
type Invitation struct {
	URL   string `json:"url" required:"true"`
	Token string `json:"token" required:"true"`
}

type usersInput struct {
	Search string   `query:"search" doc:"Only users with this in their name or e-mail."`
	Role   string   `query:"role" enum:"admin,auditor,member"`
	TagIDs []string `query:"tag_ids,explode" format:"uuid" doc:"There are no tags: the list is empty."`
	Paging
}

type userInput struct {
	ID string `path:"user_id" format:"uuid"`
}

type userQueryInput struct {
	ID    string `query:"user_id" format:"uuid" doc:"Goes before the e-mail when both are given."`
	Email string `query:"email"`
}

type userCreateInput struct {
	Body struct {
		Email     string `json:"email" required:"true"`
		FirstName string `json:"first_name,omitempty"`
		LastName  string `json:"last_name,omitempty"`
		Position  string `json:"position,omitempty"`
		Role      string `json:"role,omitempty" enum:"admin,auditor,member" doc:"member if left out."`
	}
}

type userUpdateInput struct {
	ID   string `path:"user_id" format:"uuid"`
	Body struct {
		Email     *string `json:"email,omitempty"`
		FirstName *string `json:"first_name,omitempty"`
		LastName  *string `json:"last_name,omitempty"`
		Position  *string `json:"position,omitempty"`
		Role      *string `json:"role,omitempty" enum:"admin,auditor,member"`
	}
}

func (a *api) users() {
	handle(a, op{method: http.MethodGet, path: "/me", id: "getMe", tag: "users", about: "Returns who the API token is of."}, a.me)
	handle(a, op{method: http.MethodGet, path: "/users", id: "getUsers", tag: "users", about: "Lists the users."},
		func(ctx context.Context, actor access.Actor, in *usersInput) (Page[User], error) {
			if in.TagIDs != nil {
				return Page[User]{Results: []User{}}, nil
			}
			list, err := a.Inventory.Users(ctx, actor, store.UserFilter{Search: in.Search, Role: access.Role(in.Role), Page: in.page()})
			return pageOf(list, userOf), err
		})
	handle(a, op{method: http.MethodGet, path: "/user", id: "getUser", tag: "users", about: "Returns the user with an id or an e-mail."}, a.findUser)
	handle(a, op{
		method: http.MethodGet, path: "/users/{user_id}", id: "getUserByID", tag: "users", about: "Returns a user.",
		more: "A deleted user is still found here, so that what happened stays readable.",
	}, func(ctx context.Context, actor access.Actor, in *userInput) (User, error) {
		u, err := a.Inventory.User(ctx, actor, in.ID)
		return userOf(u), err
	})
	handle(a, op{method: http.MethodPost, path: "/users", id: "createUser", tag: "users", about: "Adds a user."}, a.createUser)
	handle(a, op{method: http.MethodPut, path: "/users/{user_id}", id: "updateUser", tag: "users", about: "Changes a user.", more: "What is left out stays as it is."}, a.updateUser)
	handleEmpty(a, op{
		method: http.MethodDelete, path: "/users/{user_id}", id: "deleteUser", tag: "users", about: "Deletes a user.",
		more: "What they hold is not wanted any more: a removal is carried out for each. Their pending requests are canceled.",
	}, func(ctx context.Context, actor access.Actor, in *userInput) error {
		return a.Inventory.DeleteUser(ctx, actor, in.ID)
	})
	handle(a, op{
		method: http.MethodPost, path: "/users/{user_id}/invite", id: "inviteUser", tag: "users",
		about: "Makes a link with which a user sets their password.", more: "It works once, for three days, and is shown only here.",
	}, a.invite)
}

func (a *api) me(ctx context.Context, actor access.Actor, _ *struct{}) (Me, error) {
	u, err := a.Inventory.User(ctx, actor, actor.UserID)
	return Me{userOf(u), actor.TokenName}, err
}

func (a *api) findUser(ctx context.Context, actor access.Actor, in *userQueryInput) (u User, err error) {
	var found access.User
	switch {
	case in.ID != "":
		found, err = a.Inventory.User(ctx, actor, in.ID)
	case in.Email != "":
		found, err = a.Inventory.UserByEmail(ctx, actor, in.Email)
	default:
		err = access.Problems{"email": "or user_id is required"}.Err()
	}
	return userOf(found), err
}

func (a *api) createUser(ctx context.Context, actor access.Actor, in *userCreateInput) (User, error) {
	b := in.Body
	u, err := a.Inventory.CreateUser(ctx, actor, inventory.UserParams{
		Email: b.Email, FirstName: b.FirstName, LastName: b.LastName, Position: b.Position, Role: access.Role(b.Role),
	})
	return userOf(u), err
}

func (a *api) updateUser(ctx context.Context, actor access.Actor, in *userUpdateInput) (User, error) {
	b := in.Body
	u, err := a.Inventory.UpdateUser(ctx, actor, in.ID, inventory.UserPatch{
		Email: b.Email, FirstName: b.FirstName, LastName: b.LastName, Position: b.Position, Role: (*access.Role)(b.Role),
	})
	return userOf(u), err
}

func (a *api) invite(ctx context.Context, actor access.Actor, in *userInput) (Invitation, error) {
	token, err := a.Authn.Invite(ctx, actor, in.ID)
	return Invitation{URL: a.Propagation.URL + "/invite?token=" + token, Token: token}, err
}
