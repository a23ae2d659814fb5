// Package signin is how people come in and leave: by password, by a one-time
// link, and in a demo by choosing whom to be.
package signin

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"admit/internal/access"
	"admit/internal/authn"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

const home = "/catalog"

// Register adds the pages.
func Register(s *site.Site) {
	s.Handle("GET /{$}", func(v *site.Visit) error { return v.Done(home) })
	s.HandleOpen("GET /sign-in", signInPage)
	s.HandleOpen("POST /sign-in", signIn)
	s.HandleOpen("POST /sign-out", signOut)
	s.HandleOpen("GET /setup", setupPage)
	s.HandleOpen("POST /setup", setup)
	s.HandleOpen("GET /invite", invitePage)
	s.HandleOpen("POST /invite", invite)
	s.HandleOpen("GET /personas", personasPage)
	s.HandleOpen("POST /personas", persona)
}

func signInPage(v *site.Visit) error {
	next := site.Local(v.Query("next"), home)
	if v.Actor.UserID != "" {
		return v.Done(next)
	}
	return v.ShowBare(http.StatusOK, "Sign in", signInForm(signInView{next: next, demo: v.Demo}))
}

func signIn(v *site.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	view := signInView{next: site.Local(form.Get("next"), home), email: shown(form.Get("email")), demo: v.Demo}
	_, err = v.Authn.SignIn(v.R.Context(), form.Get("email"), form.Get("password"), v.Address())
	if err == nil {
		return v.Done(view.next)
	}
	if view.wrong = wrong(err, &view.sentence); !view.wrong {
		return err
	}
	return v.ShowBare(statusOf(err), "Sign in", signInForm(view))
}

// wrong reports whether an error is one a form explains, and sets its sentence.
func wrong(err error, sentence *string) bool {
	_, text, ok := site.Problems(err)
	if ok && text != "" {
		*sentence = strings.ToUpper(text[:1]) + text[1:] + "."
	}
	return ok
}

func statusOf(err error) int {
	switch access.CodeOf(err) {
	case access.RateLimited:
		return http.StatusTooManyRequests
	case access.Unavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusUnprocessableEntity
	}
}

// shown is what of an input is shown again.
func shown(s string) string {
	if !utf8.ValidString(s) || len(s) > access.MaxText {
		return ""
	}
	return s
}

func signOut(v *site.Visit) error {
	if err := v.Authn.SignOut(v.R.Context()); err != nil {
		return err
	}
	to := "/sign-in"
	if v.Demo {
		to = "/personas"
	}
	return v.Done(to, site.Said("You are signed out."))
}

func linkOver() error {
	return access.Errorf(access.NotFound, "this link does not work any more; ask for a new one")
}

func setupPage(v *site.Visit) error {
	token := v.Query("token")
	open, err := v.Authn.SetupOpen(v.R.Context(), token)
	if err != nil {
		return err
	}
	if !open {
		return linkOver()
	}
	return v.ShowBare(http.StatusOK, "Set up Admit", setupForm(setupView{token: token}))
}

func setup(v *site.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	p := authn.SetupParams{
		Email: form.Get("email"), FirstName: form.Get("first_name"), LastName: form.Get("last_name"), Password: form.Get("password"),
	}
	_, err = v.Authn.SetUp(v.R.Context(), form.Get("token"), p)
	if err == nil {
		return v.Done("/apps", site.Said("Welcome. You are the first admin. Add your people, then an app."))
	}
	view := setupView{token: shown(form.Get("token")), email: shown(p.Email), first: shown(p.FirstName), last: shown(p.LastName)}
	var ok bool
	if view.wrong, ok = part.MistakesOf(err); !ok {
		return err
	}
	return v.ShowBare(http.StatusUnprocessableEntity, "Set up Admit", setupForm(view))
}

func invitePage(v *site.Visit) error {
	token := v.Query("token")
	u, err := v.Authn.Invited(v.R.Context(), token)
	if err != nil {
		return err
	}
	return v.ShowBare(http.StatusOK, "Welcome", inviteForm(inviteView{token: token, name: u.Name(), email: u.Email}))
}

func invite(v *site.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	token := form.Get("token")
	_, err = v.Authn.Accept(v.R.Context(), token, form.Get("password"))
	if err == nil {
		return v.Done(home, site.Said("Your password is set. Find what you need, and ask for it."))
	}
	mistakes, ok := part.MistakesOf(err)
	if !ok {
		return err
	}
	u, err := v.Authn.Invited(v.R.Context(), token)
	if err != nil {
		return err
	}
	view := inviteView{token: token, name: u.Name(), email: u.Email, wrong: mistakes}
	return v.ShowBare(http.StatusUnprocessableEntity, "Welcome", inviteForm(view))
}

func personasPage(v *site.Visit) error {
	people, err := v.Authn.Personas(v.R.Context())
	if err != nil {
		return err
	}
	duties, err := v.Authn.Duties(v.R.Context())
	if err != nil {
		return err
	}
	view := personasView{next: site.Local(v.Query("next"), ""), people: personas(people, duties, v.Actor.UserID)}
	return v.ShowBare(http.StatusOK, "Who do you want to be?", personaList(view))
}

func persona(v *site.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	email, problem := access.NormalEmail(form.Get("email"))
	if problem != "" {
		return access.Errorf(access.NotFound, "nobody in this demo has that e-mail")
	}
	u, err := v.Authn.Persona(v.R.Context(), email)
	if err != nil {
		return err
	}
	duties, err := v.Authn.Duties(v.R.Context())
	if err != nil {
		return err
	}
	d := dutyOf(u, duties[u.ID])
	return v.Done(site.Local(form.Get("next"), d.home), ui.Flash{Kind: ui.Note, Text: "You are " + u.Name() + ". " + d.advice})
}
