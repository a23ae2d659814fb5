package approvals

import (
	"slices"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/request"
	"admit/internal/web/part"
	"admit/internal/web/ui"
)

type view struct {
	cards []card
	count int
	pager ui.Pager
	now   time.Time
}

func (w view) lead() string {
	if w.count == 1 {
		return "1 request waits for you."
	}
	return ui.Plural(w.count, "request") + " wait for you."
}

// card is one request with what one needs to decide on it.
type card struct {
	id       string
	person   ui.Person
	position string
	askedBy  string // if somebody else asks for them
	wants    []wish
	length   string
	endless  bool
	reason   string
	comments int
	at       time.Time
	others   string // who could decide as well
}

type wish struct {
	name, app, text string
	decided         bool // not the reader's to decide, or decided already
}

func cards(views []request.View, actor access.Actor, now time.Time) []card {
	all := make([]card, len(views))
	for i, r := range views {
		c := card{
			id: r.ID, person: part.Person(r.Target, false), position: r.Target.Position, reason: r.Reason, at: r.CreatedAt,
			length: "No end", endless: r.Minutes == nil, comments: len(r.Comments), others: others(r, actor.UserID),
		}
		if r.Minutes != nil {
			d := time.Duration(*r.Minutes) * time.Minute
			c.length = ui.Duration(d) + ", until " + ui.Date(now.Add(d), now) + " if approved now"
		}
		if r.RequesterID != r.TargetUserID {
			c.askedBy = r.Requester.Name()
		}
		for _, item := range r.Items {
			c.wants = append(c.wants, wishOf(item, actor.UserID))
		}
		all[i] = c
	}
	return all
}

func wishOf(i request.ItemView, reader string) wish {
	w := wish{name: i.Resource.Name, app: i.App.Name, text: i.Resource.Description}
	if i.LevelName != "" {
		w.name += " (" + i.LevelName + ")"
	}
	mine := slices.ContainsFunc(i.Reviewers, func(u access.User) bool { return u.ID == reader })
	w.decided = i.State != access.Pending || !mine
	return w
}

// others names who else could decide, so that nobody waits for a colleague.
func others(r request.View, reader string) string {
	var names []string
	for _, i := range r.Items {
		for _, u := range i.Reviewers {
			if u.ID != reader && !slices.Contains(names, u.Name()) {
				names = append(names, u.Name())
			}
		}
	}
	const most = 3
	if n := len(names) - most; n > 0 {
		names = append(names[:most], ui.Plural(n, "other"))
	}
	return strings.Join(names, ", ")
}
