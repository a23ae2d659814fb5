// Package done is the page that a link in a mail leads to: somebody without an
// account at a ticket provider, and without a session here, says once how a
// ticket ended. To read it uses nothing up, for mail scanners follow links.
package done

import (
	"net/http"

	"admit/internal/access"
	"admit/internal/propagation"
	"admit/internal/ticket"
	"admit/internal/web/part"
	"admit/internal/web/site"
)

// Register adds the page.
func Register(s *site.Site) {
	s.HandleOpen("GET /done/{token}", show)
	s.HandleOpen("POST /done/{token}", answer)
}

// load returns what the link is for, with the headers that keep it to whom it was
// sent.
func load(v *site.Visit) (token string, page propagation.DonePage, err error) {
	v.W.Header().Set("X-Robots-Tag", "noindex, nofollow")
	token = v.R.PathValue("token")
	page, err = v.Propagation.DonePageOf(v.R.Context(), token)
	return token, page, err
}

func show(v *site.Visit) error {
	token, page, err := load(v)
	if err != nil {
		return over(v, err)
	}
	return ask(v, http.StatusOK, token, page, "", part.Mistakes{})
}

// ask shows what must be so, and asks how it went. Where nothing is left to ask
// it says why.
func ask(v *site.Visit, status int, token string, page propagation.DonePage, reason string, wrong part.Mistakes) error {
	switch {
	case len(page.Changes) > 0:
		return v.ShowBare(status, "Say how it went", askPage(modelOf(token, page, reason, wrong)))
	case page.Own:
		return v.ShowBare(http.StatusForbidden, "Your own access", ended("Your own access", "Nobody says of their own access that it is so: somebody else is asked."))
	}
	return v.ShowBare(http.StatusGone, "Nothing is left to do", ended("Nothing is left to do", "What "+page.Ticket.Identifier+" asked for is done already, or not wanted any more. Thank you all the same."))
}

func answer(v *site.Visit) error {
	token, page, err := load(v)
	if err != nil {
		return over(v, err)
	}
	form, err := v.Form()
	if err != nil {
		return err
	}
	outcome, reason := ticket.Outcome(form.Get("outcome")), form.Get("reason")
	err = v.Propagation.AnswerDonePage(v.R.Context(), token, outcome, reason)
	if err == nil {
		return v.ShowBare(http.StatusOK, "Thank you", thanks(modelOf(token, page, "", part.Mistakes{}), outcome == ticket.Yes))
	}
	wrong, ok := part.MistakesOf(err)
	if !ok {
		return err
	}
	token, page, gone := load(v) // somebody may have been faster
	if gone != nil {
		return over(v, gone)
	}
	return ask(v, http.StatusUnprocessableEntity, token, page, reason, wrong)
}

// over says why a link does not work.
func over(v *site.Visit, err error) error {
	_, sentence, ok := site.Problems(err)
	switch {
	case access.CodeOf(err) == access.NotFound:
		return v.ShowBare(http.StatusNotFound, "This link is not valid", ended("This link is not valid", "It may be cut off: open it once more from the mail, or copy all of it."))
	case ok && access.CodeOf(err) == access.Conflict:
		return v.ShowBare(http.StatusGone, part.Capital(sentence), ended(part.Capital(sentence), "Each link works once, and for two weeks. If there is something to say still, say it to the admin who looks after this app."))
	}
	return err
}
