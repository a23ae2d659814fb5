package site

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/a-h/templ"

	"admit/internal/access"
	"admit/internal/web/ui"
)

const flashKey = "flash"

// Show answers with a page in its frame.
func (v *Visit) Show(s ui.Shell, content templ.Component) error {
	return v.ShowStatus(http.StatusOK, s, content)
}

// ShowStatus is Show with another status, such as 422 for a form with mistakes.
func (v *Visit) ShowStatus(status int, s ui.Shell, content templ.Component) error {
	s, err := v.shell(s)
	if err != nil {
		return err
	}
	return v.write(status, ui.Layout(s), content)
}

// ShowBare answers with a page without navigation.
func (v *Visit) ShowBare(status int, title string, content templ.Component) error {
	return v.write(status, ui.Bare(title, v.takeFlash()), content)
}

// write renders the whole page before the first byte goes out, so that a failure
// can still become an error page.
func (v *Visit) write(status int, frame, content templ.Component) error {
	var b strings.Builder
	if err := frame.Render(templ.WithChildren(v.R.Context(), content), &b); err != nil {
		return err
	}
	h := v.W.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	v.W.WriteHeader(status)
	_, err := v.W.Write([]byte(b.String()))
	if err != nil {
		v.Log.DebugContext(v.R.Context(), "page not sent", "error", err)
	}
	return nil
}

// JSON answers with JSON.
func (v *Visit) JSON(value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	v.W.Header().Set("Content-Type", "application/json")
	_, err = v.W.Write(text)
	return err
}

// Done leads on to another page after an action, which shows the results.
func (v *Visit) Done(to string, results ...ui.Flash) error {
	if len(results) > 0 {
		text, err := json.Marshal(results)
		if err != nil {
			return err
		}
		v.Authn.Sessions.Put(v.R.Context(), flashKey, string(text))
	}
	if v.R.Header.Get("HX-Request") == "true" {
		v.W.Header().Set("HX-Redirect", to)
		v.W.WriteHeader(http.StatusOK)
		return nil
	}
	http.Redirect(v.W, v.R, to, http.StatusSeeOther)
	return nil
}

// Said is a result in one sentence, for Done.
func Said(text string) ui.Flash { return ui.Flash{Kind: ui.Done, Text: text} }

func (v *Visit) takeFlash() []ui.Flash {
	text := v.Authn.Sessions.PopString(v.R.Context(), flashKey)
	var all []ui.Flash
	if text == "" || json.Unmarshal([]byte(text), &all) != nil {
		return nil
	}
	return all
}

// maxForm is the largest form, in bytes.
const maxForm = 256 << 10

// Form returns what was posted.
func (v *Visit) Form() (url.Values, error) {
	v.R.Body = http.MaxBytesReader(v.W, v.R.Body, maxForm)
	if err := v.R.ParseForm(); err != nil {
		return nil, access.Errorf(access.Invalid, "the form could not be read; it may be too large")
	}
	return v.R.PostForm, nil //nolint:forbidigo // the field of a request, not the function of that name
}

// Query is one value of the URL's query.
func (v *Visit) Query(name string) string { return v.R.URL.Query().Get(name) }

// Local returns a path of our own, or fallback: where a form says to go on to is
// never trusted to lead elsewhere.
func Local(path, fallback string) string {
	u, err := url.Parse(path)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsRune(path, '\\') {
		return fallback
	}
	return path
}

// Address is where the visitor comes from, for limits and the audit log.
func (v *Visit) Address() string {
	if v.TrustProxy { // what the proxy itself added stands last; what is before it anybody can write
		all := strings.Split(v.R.Header.Get("X-Forwarded-For"), ",")
		if last := strings.TrimSpace(all[len(all)-1]); last != "" {
			return last
		}
	}
	host, _, err := net.SplitHostPort(v.R.RemoteAddr)
	if err != nil {
		return v.R.RemoteAddr
	}
	return host
}

// signInFirst leads to the sign-in page and back here.
func (v *Visit) signInFirst() error {
	if v.R.Method != http.MethodGet || v.refresh() {
		return access.Errorf(access.Unauthenticated, "sign in first")
	}
	to := "/sign-in"
	if v.Demo {
		to = "/personas"
	}
	http.Redirect(v.W, v.R, to+"?next="+url.QueryEscape(v.R.URL.RequestURI()), http.StatusSeeOther)
	return nil
}

// Problems returns what is wrong with the fields of a form, and the sentence for
// what belongs to none; ok is false for an error that is not the visitor's to
// mend.
func Problems(err error) (fields map[string]string, sentence string, ok bool) {
	e, found := errors.AsType[*access.Error](err)
	if !found {
		return nil, "", false
	}
	switch e.Code {
	case access.Invalid, access.Conflict, access.Forbidden, access.RateLimited, access.Unavailable, access.Unauthenticated:
		if len(e.Fields) > 0 {
			return e.Fields, "", true
		}
		return nil, e.Msg, true
	case access.NotFound:
	}
	return nil, "", false
}

// statuses is how errors are answered.
var statuses = map[access.Code]struct {
	status      int
	code, title string
}{
	access.Invalid:         {http.StatusBadRequest, "400", "That did not work"},
	access.Unauthenticated: {http.StatusUnauthorized, "401", "Sign in first"},
	access.Forbidden:       {http.StatusForbidden, "403", "You may not do this"},
	access.NotFound:        {http.StatusNotFound, "404", "There is nothing here"},
	access.Conflict:        {http.StatusConflict, "409", "Somebody was faster"},
	access.RateLimited:     {http.StatusTooManyRequests, "429", "Too many tries"},
	access.Unavailable:     {http.StatusServiceUnavailable, "503", "Not available right now"},
}

// fail shows an error. What is not meant for people is logged, and shown as
// "internal error".
func (v *Visit) fail(err error) {
	ctx := v.R.Context()
	look, known := statuses[access.CodeOf(err)]
	var text string
	if e, ok := errors.AsType[*access.Error](err); ok && known {
		text = sentence(e)
	} else {
		look.status, look.code, look.title, known = http.StatusInternalServerError, "500", "Something broke on our side", false
		text = "Nothing was saved. The error is in the server's log."
	}
	if !known && !errors.Is(err, context.Canceled) {
		v.Log.ErrorContext(ctx, "page failed", "path", v.R.URL.Path, "error", err)
	}
	page := errorPage(look.code, look.title, text)
	if v.Actor.UserID != "" && look.status != http.StatusInternalServerError {
		if err := v.ShowStatus(look.status, ui.Shell{Title: look.title}, page); err == nil {
			return
		}
	}
	if err := v.ShowBare(look.status, look.title, page); err != nil {
		http.Error(v.W, "internal error", http.StatusInternalServerError)
	}
}

// sentence makes a message a sentence.
func sentence(e *access.Error) string {
	return Sentence((&access.Error{Msg: e.Msg, Fields: e.Fields}).Error())
}

// Sentence begins a text with a capital and ends it with a full stop.
func Sentence(text string) string {
	if text == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[size:]
	if strings.ContainsRune(".!?", rune(text[len(text)-1])) {
		return text
	}
	return text + "."
}

// Outside reports whether an address of a ticket provider may stand in a link.
func Outside(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http")
}
