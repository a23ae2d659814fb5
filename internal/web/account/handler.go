// Package account is the page of the person who is signed in: who they are,
// their password and their API tokens.
package account

import (
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"admit/internal/access"
	"admit/internal/authn"
	"admit/internal/store"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// Register adds the pages.
func Register(s *site.Site) {
	s.Handle("GET /account", func(v *site.Visit) error { return show(v, http.StatusOK, view{}) })
	s.Handle("POST /account/password", setPassword)
	s.Handle("POST /account/tokens", createToken)
	s.Handle("GET /account/tokens/{id}/revoke", askRevoke)
	s.Handle("POST /account/tokens/{id}/revoke", revoke)
}

// show completes the view and shows it.
func show(v *site.Visit, status int, w view) error {
	ctx := v.R.Context()
	u, err := v.Inventory.User(ctx, v.Actor, v.Actor.UserID)
	if err != nil {
		return err
	}
	tokens, err := v.Authn.Tokens(ctx, v.Actor, "")
	if err != nil {
		return err
	}
	if w.hasPassword, err = v.Authn.HasPassword(ctx, v.Actor); err != nil {
		return err
	}
	w.user, w.tokens, w.now = u, liveTokens(tokens, v.Now), v.Now
	if w.life == "" {
		w.life = defaultLife
	}
	return v.ShowStatus(status, ui.Shell{Title: "Your account"}, page(w))
}

func setPassword(v *site.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	if form.Get("password") != form.Get("again") {
		return show(v, http.StatusUnprocessableEntity, view{passwordWrong: part.Mistake("again", "is not the same as the new password")})
	}
	err = v.Authn.SetPassword(v.R.Context(), v.Actor, form.Get("old_password"), form.Get("password"))
	if err == nil {
		return v.Done("/account", site.Said("Your password is changed."))
	}
	mistakes, ok := part.MistakesOf(err)
	if !ok {
		return err
	}
	return show(v, http.StatusUnprocessableEntity, view{passwordWrong: mistakes})
}

// createToken answers with the token itself: it is shown this once, and stored
// nowhere, not even in the session.
func createToken(v *site.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	w := view{name: form.Get("name"), life: form.Get("life")}
	expires, ok := w.expires(v.Now)
	if !ok {
		w.tokenWrong = part.Mistake("life", "is not one of the choices")
		return show(v, http.StatusUnprocessableEntity, w)
	}
	token, _, err := v.Authn.CreateToken(v.R.Context(), v.Actor, authn.TokenParams{Name: w.name, Expires: expires})
	if err == nil {
		return show(v, http.StatusOK, view{token: token, tokenName: w.name})
	}
	if w.tokenWrong, ok = part.MistakesOf(err); !ok {
		return err
	}
	if !utf8.ValidString(w.name) {
		w.name = ""
	}
	return show(v, http.StatusUnprocessableEntity, w)
}

// expires is when a token of the chosen life ends; nil is never.
func (w view) expires(now time.Time) (*time.Time, bool) {
	if w.life == "never" {
		return nil, true
	}
	days, err := strconv.Atoi(w.life)
	if err != nil || days < 1 || days > 366 {
		return nil, false
	}
	end := now.AddDate(0, 0, days)
	return &end, true
}

func askRevoke(v *site.Visit) error {
	t, err := own(v)
	if err != nil {
		return err
	}
	s := ui.Shell{Title: "Revoke a token", Crumbs: []ui.Link{{Label: "Your account", URL: "/account"}}}
	return v.Show(s, askPage(t))
}

func revoke(v *site.Visit) error {
	t, err := own(v)
	if err != nil {
		return err
	}
	if err := v.Authn.RevokeToken(v.R.Context(), v.Actor, t.ID); err != nil {
		return err
	}
	return v.Done("/account", site.Said("The token "+t.Name+" is revoked. Whatever used it is refused from now on."))
}

// own returns a live token of the visitor.
func own(v *site.Visit) (store.Token, error) {
	id, err := v.ID("id")
	if err != nil {
		return store.Token{}, err
	}
	all, err := v.Authn.Tokens(v.R.Context(), v.Actor, "")
	if err != nil {
		return store.Token{}, err
	}
	for _, t := range all {
		if t.ID == id && t.RevokedAt == nil {
			return t, nil
		}
	}
	return store.Token{}, access.Errorf(access.NotFound, "you have no such token")
}
