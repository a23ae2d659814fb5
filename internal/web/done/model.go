package done

import (
	"time"

	"admit/internal/access"
	"admit/internal/propagation"
	"admit/internal/web/part"
	"admit/internal/web/ui"
)

// model is all the page shows.
type model struct {
	url    string
	ticket string // its identifier
	email  string // who was asked
	tasks  []task
	own    bool // changes of their own access are left out
	how    string
	until  time.Time
	reason ui.Textarea
	wrong  []ui.Problem
}

// task is one change as the state to reach.
type task struct {
	person, email string
	removal       bool
	what, app     string
	sought        string
}

func modelOf(token string, page propagation.DonePage, reason string, wrong part.Mistakes) model {
	m := model{url: "/done/" + token, ticket: page.Ticket.Identifier, email: page.User.Email, own: page.Own, how: page.How, until: page.Until}
	for _, c := range page.Changes {
		m.tasks = append(m.tasks, task{
			person: c.UserName, email: c.UserEmail, removal: c.Direction == access.ToRemove, what: part.What(c), app: c.AppName, sought: part.Sought(c),
		})
	}
	m.reason = ui.Textarea{
		Field: ui.Field{Name: "reason", Label: "Why it cannot be done", Required: true, Error: wrong.Of("reason"), Help: "An admin reads this, and decides."},
		Value: reason,
	}
	m.wrong = wrong.Summary(m.reason.Field)
	return m
}
