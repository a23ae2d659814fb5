// Package changes is the page and the dialog of one access change, and the ways
// out of each of its states: give its ticket to somebody else, file it elsewhere,
// say that it is so or not so, give it up.
package changes

import (
	"context"
	"net/http"
	"net/url"

	"admit/internal/access"
	"admit/internal/propagation"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// Register adds the pages to a site.
func Register(s *site.Site) {
	s.Handle("GET /changes/{id}", show)
	for way, d := range dialogs {
		s.Handle("GET /changes/{id}/"+string(way), func(v *site.Visit) error { return ask(v, way, d) })
		s.Handle("POST /changes/{id}/"+string(way), func(v *site.Visit) error { return answer(v, way, d) })
	}
	s.Handle("POST /changes/{id}/agree", decide("The removal is given up for that time.", (*propagation.Service).AgreeWaiver))
	s.Handle("POST /changes/{id}/refuse", decide("It is not given up: the removal still needs attention.", (*propagation.Service).RefuseWaiver))
}

func load(v *site.Visit) (propagation.ChangeView, error) {
	id, err := v.ID("id")
	if err != nil {
		return propagation.ChangeView{}, err
	}
	return v.Propagation.Change(v.R.Context(), v.Actor, id)
}

func show(v *site.Visit) error {
	c, err := load(v)
	if err != nil {
		return err
	}
	return page(v, http.StatusOK, c, outcome{})
}

// outcome is what came of the last action, where there are no toasts.
type outcome struct{ said, problem string }

func page(v *site.Visit, status int, c propagation.ChangeView, o outcome) error {
	m, err := modelOf(v, c, o)
	if err != nil {
		return err
	}
	return v.ShowStatus(status, shell(v, c, "Change: "+part.Sought(c.AccessChange)), view(m))
}

// shell is the frame of a page about a change: of Work, or, for who only has the
// access, of their own.
func shell(v *site.Visit, c propagation.ChangeView, title string) ui.Shell {
	s := ui.Shell{Title: title, Active: ui.NavWork, Crumbs: []ui.Link{{Label: "Work", URL: "/work"}}}
	if v.Actor.May(access.SeeTicket, c.Relation) != nil {
		s.Active, s.Crumbs = ui.NavAccess, []ui.Link{{Label: "My access", URL: "/access"}}
	}
	return s
}

// dialog is a way out of where a change stands, as pages.
type dialog struct {
	// form shows what is to be filled in. It loads what one can choose from.
	form func(v *site.Visit, f *form) error
	// do is what is done with what was filled in, and what is said then.
	do func(v *site.Visit, f *form) (said string, err error)
}

// dialogs are those of all ways.
var dialogs = map[part.Way]dialog{
	part.GiveAway:      {giveAwayForm, giveAway},
	part.SendElsewhere: {sendForm, send},
	part.ItIsSo:        {attestForm, attest},
	part.ItIsNotSo:     {disputeForm, dispute},
	part.GiveUp:        {giveUpForm, giveUp},
}

// form is a dialog under way: what it is about, and what was entered.
type form struct {
	change propagation.ChangeView
	way    part.Way
	next   string // where one goes on to; "" for the change
	in     url.Values
	wrong  part.Mistakes
	look   look
}

func begin(v *site.Visit, way part.Way) (*form, error) {
	c, err := load(v)
	if err != nil {
		return nil, err
	}
	f := &form{change: c, way: way, next: site.Local(v.Query("next"), ""), in: url.Values{}}
	return f, part.MayGo(c.WorkItem, v.Actor, way)
}

// ask shows the dialog of a way. Where the change is somewhere else by now, its
// page says so.
func ask(v *site.Visit, way part.Way, d dialog) error {
	f, err := begin(v, way)
	if err != nil {
		return err
	}
	if !offered(v, f) {
		return v.Done(part.ChangeURL(f.change.ID))
	}
	return f.show(v, http.StatusOK, d)
}

func (f *form) show(v *site.Visit, status int, d dialog) error {
	if err := d.form(v, f); err != nil {
		return err
	}
	return v.ShowStatus(status, shell(v, f.change, f.look.title), formView(f))
}

// answer does what was filled in. Mistakes and conflicts show in place, with what
// was typed.
func answer(v *site.Visit, way part.Way, d dialog) error {
	f, err := begin(v, way)
	if err != nil {
		return inPlace(v, f, err)
	}
	if f.in, err = v.Form(); err != nil {
		return err
	}
	if f.in.Has("choose") { // another provider, whose projects are to be chosen from
		return f.show(v, http.StatusOK, d)
	}
	said, err := d.do(v, f)
	if err == nil {
		return done(v, f.change.ID, f.next, said)
	}
	var ok bool
	if f.wrong, ok = part.MistakesOf(err); !ok {
		return inPlace(v, f, err)
	}
	return f.show(v, http.StatusUnprocessableEntity, d)
}

// done shows the change as it is now, in a dialog, or leads on.
func done(v *site.Visit, id, next, said string) error {
	if v.R.Header.Get("HX-Request") != "true" {
		return v.Done(site.Local(next, part.ChangeURL(id)), site.Said(said))
	}
	c, err := v.Propagation.Change(v.R.Context(), v.Actor, id)
	if err != nil {
		return err
	}
	return page(v, http.StatusOK, c, outcome{said: said})
}

// inPlace shows in a dialog what somebody may not do. A page of its own says it
// otherwise.
func inPlace(v *site.Visit, f *form, err error) error {
	if f == nil || access.CodeOf(err) != access.Forbidden || v.R.Header.Get("HX-Request") != "true" {
		return err
	}
	_, sentence, _ := site.Problems(err)
	return page(v, http.StatusUnprocessableEntity, f.change, outcome{problem: site.Sentence(sentence)})
}

// decide answers what somebody asked: to give a removal up.
func decide(said string, do func(*propagation.Service, context.Context, access.Actor, string) error) site.Page {
	return func(v *site.Visit) error {
		c, err := load(v)
		if err != nil {
			return err
		}
		next := site.Local(v.Query("next"), "")
		err = do(v.Propagation, v.R.Context(), v.Actor, c.ID)
		if err == nil {
			return done(v, c.ID, next, said)
		}
		_, sentence, ok := site.Problems(err)
		switch {
		case !ok:
			return err
		case v.R.Header.Get("HX-Request") == "true":
			return page(v, http.StatusUnprocessableEntity, c, outcome{problem: site.Sentence(sentence)})
		case access.CodeOf(err) == access.Conflict:
			return v.Done(site.Local(next, part.ChangeURL(c.ID)), ui.Flash{Kind: ui.Wrong, Text: site.Sentence(sentence) + " Nothing was lost."})
		}
		return err
	}
}
