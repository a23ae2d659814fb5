package signin

import (
	"cmp"
	"slices"

	"admit/internal/access"
	"admit/internal/web/part"
	"admit/internal/web/ui"
)

type signInView struct {
	next, email, sentence string
	wrong, demo           bool
}

func (v signInView) problems() []ui.Problem {
	if !v.wrong {
		return nil
	}
	return []ui.Problem{{ID: "email", Text: v.sentence}}
}

type setupView struct {
	token, email, first, last string
	wrong                     part.Mistakes
}

func (v setupView) fields() (email, first, last, password ui.Field) {
	email = ui.Field{Name: "email", Label: "E-mail", Required: true, Error: v.wrong.Of("email")}
	first = ui.Field{Name: "first_name", Label: "First name", Error: v.wrong.Of("first_name")}
	last = ui.Field{Name: "last_name", Label: "Last name", Error: v.wrong.Of("last_name")}
	return email, first, last, passwordField(v.wrong)
}

type inviteView struct {
	token, name, email string
	wrong              part.Mistakes
}

func passwordField(wrong part.Mistakes) ui.Field {
	return ui.Field{Name: "password", Label: "Password", Required: true, Help: "At least 10 characters.", Error: wrong.Of("password")}
}

type personasView struct {
	next   string
	people []personView
}

type personView struct {
	person  ui.Person
	email   string
	short   string // the first name
	does    string
	current bool // signed in now
}

// duty is what somebody does in Admit, and how to try it.
type duty struct {
	does, advice, home string
	rank               int // the order in which a visitor tries them
}

// dutyOf says what a person does. Somebody without any duty is who asks, which
// is where to begin.
func dutyOf(u access.User, rel access.Relation) duty {
	switch {
	case u.Role == access.Admin:
		return duty{"Runs Admit: apps, tickets, everything", "You run Admit. Open an app and press Edit to see how its tickets are filed.", "/apps", 4}
	case u.Role == access.Auditor:
		return duty{"Reads everything, changes nothing", "You read everything and change nothing. Look at the events.", "/events", 5}
	case rel&access.IsReviewer != 0:
		return duty{"Approves or denies requests", "What waits for your decision is on this page.", "/approvals", 2}
	case rel&access.IsResourceAdmin != 0:
		return duty{"Makes the change and marks the ticket done", "The tickets you work on are on this page.", "/work", 3}
	}
	return duty{"Asks for access", "Find My Role, and ask for it.", "/catalog", 1}
}

func personas(users []access.User, duties map[string]access.Relation, current string) []personView {
	users = slices.Clone(users)
	slices.SortStableFunc(users, func(a, b access.User) int {
		return dutyOf(a, duties[a.ID]).rank - dutyOf(b, duties[b.ID]).rank
	})
	all := make([]personView, len(users))
	for i, u := range users {
		all[i] = personView{
			person: ui.Person{Name: u.Name(), Email: u.Position}, email: u.Email, short: cmp.Or(u.FirstName, u.Name()),
			does: dutyOf(u, duties[u.ID]).does, current: u.ID == current,
		}
	}
	return all
}
