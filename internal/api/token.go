package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"admit/internal/access"
	"admit/internal/authn"
	"admit/internal/store"
)

// Token is an API token, without the token itself.
type Token struct {
	ID          string     `json:"token_id" required:"true" format:"uuid"`
	CreatedAt   time.Time  `json:"created_at" required:"true"`
	Label       string     `json:"token_label" required:"true" doc:"Its name."`
	CreatorID   string     `json:"creator_user_id" required:"true" format:"uuid" doc:"The user it is of."`
	UserID      string     `json:"user_id" required:"true" format:"uuid"`
	LastUsedAt  *time.Time `json:"last_used_at" doc:"To the minute."`
	AccessLevel string     `json:"access_level" required:"true" enum:"FULL_ACCESS" doc:"A token may do what its user may."`
	ExpiresAt   *time.Time `json:"expires_at"`
	Preview     string     `json:"token_preview" required:"true" doc:"Its last characters, to tell tokens apart."`
}

func tokenOf(t store.Token) Token {
	return Token{
		ID: t.ID, CreatedAt: t.CreatedAt, Label: t.Name, CreatorID: t.UserID, UserID: t.UserID, LastUsedAt: t.UsedAt,
		AccessLevel: "FULL_ACCESS", ExpiresAt: t.ExpiresAt, Preview: t.Preview,
	}
}

// NewToken is an API token at the one moment it is shown.
type NewToken struct {
	Token

	Secret string `json:"token" required:"true" doc:"The token. It is shown this once."`
}

type tokensInput struct {
	UserID string   `query:"user_id" format:"uuid" doc:"The user whose tokens to list: the caller if left out. Admins may list anybody's."`
	IDs    []string `query:"token_ids" format:"uuid" doc:"Only these tokens, separated by commas."`
	Paging
}

type tokenInput struct {
	ID string `path:"token_id" format:"uuid"`
}

type tokenCreateInput struct {
	Body struct {
		Name      string     `json:"name" required:"true"`
		UserID    string     `json:"user_id,omitempty" format:"uuid" doc:"Whose it is: the caller's if left out. Admins may make one for anybody."`
		ExpiresAt *time.Time `json:"expires_at,omitempty" doc:"Without end if left out."`
	}
}

func (a *api) tokens() {
	handle(a, op{
		method: http.MethodGet, path: "/tokens", id: "getTokens", tag: "tokens", about: "Lists the API tokens of a user.",
		more: "Revoked ones are left out. The list has one page, whatever its size.",
	}, a.listTokens)
	handle(a, op{method: http.MethodPost, path: "/tokens", id: "createToken", tag: "tokens", about: "Makes an API token.", more: "It is shown this once."}, a.createToken)
	handleEmpty(a, op{method: http.MethodDelete, path: "/tokens/{token_id}", id: "deleteToken", tag: "tokens", about: "Revokes an API token for good."},
		func(ctx context.Context, actor access.Actor, in *tokenInput) error {
			return a.Authn.RevokeToken(ctx, actor, in.ID)
		})
}

func (a *api) listTokens(ctx context.Context, actor access.Actor, in *tokensInput) (Page[Token], error) {
	rows, err := a.Authn.Tokens(ctx, actor, in.UserID)
	rows = slices.DeleteFunc(rows, func(t store.Token) bool {
		return t.RevokedAt != nil || in.Cursor != "" || in.IDs != nil && !slices.Contains(in.IDs, t.ID)
	})
	return Page[Token]{Results: each(rows, tokenOf)}, err
}

func (a *api) createToken(ctx context.Context, actor access.Actor, in *tokenCreateInput) (NewToken, error) {
	b := in.Body
	secret, row, err := a.Authn.CreateToken(ctx, actor, authn.TokenParams{UserID: b.UserID, Name: b.Name, Expires: b.ExpiresAt})
	return NewToken{tokenOf(row), secret}, err
}
