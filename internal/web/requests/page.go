package requests

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/request"
	"admit/internal/web/part"
	"admit/internal/web/ui"
)

// maxTopics is how many topics of resources a page listens to.
const maxTopics = 16

// page is one request as it is shown to one person.
type page struct {
	request.View
	now    time.Time
	topics string
	items  []item

	mayDecide   bool // a reviewer with something left to decide
	mayOverride bool // an admin who is not
	mayCancel   bool
	mayComment  bool
	linked      bool // people are links

	comment string // typed, but not accepted
	wrong   part.Mistakes
}

// item is one resource of a request.
type item struct {
	id, name, app, url string
	state              string
	mark               *ui.MarkView
	steps              []ui.TimelineItem
}

type verdictView struct {
	verdict
	page     page
	override bool
	next     string
	comment  string
	wrong    part.Mistakes
}

func pageOf(r request.View, actor access.Actor, now time.Time) page {
	p := page{View: r, now: now, linked: actor.Role != access.Member}
	mine := r.RequesterID == actor.UserID || r.TargetUserID == actor.UserID
	pending := r.State == access.Pending
	topics := []string{"request:" + r.ID}
	for _, i := range r.Items {
		if len(topics) < maxTopics {
			topics = append(topics, "resource:"+i.ResourceID)
		}
		if i.State == access.Pending && slices.ContainsFunc(i.Reviewers, func(u access.User) bool { return u.ID == actor.UserID }) {
			p.mayDecide = pending && !mine
		}
		p.items = append(p.items, itemOf(r, i, actor, now))
	}
	p.topics = strings.Join(topics, " ")
	p.mayOverride = pending && !mine && !p.mayDecide && actor.Role == access.Admin
	p.mayCancel = pending && (mine || actor.Role == access.Admin)
	p.mayComment = actor.May(access.CommentRequest, r.Relation) == nil
	return p
}

func (p page) shell() ui.Shell {
	return ui.Shell{
		Title: "Request for " + things(p.View), Active: ui.NavCatalog, Live: strings.Fields(p.topics),
		Crumbs: []ui.Link{{Label: "Catalog", URL: "/catalog"}, {Label: "Requests", URL: "/requests"}},
	}
}

// lead says in one sentence where the request stands.
func (p page) lead() string {
	by := "Admit"
	if p.Decider != nil {
		by = p.Decider.Name()
	}
	switch p.State {
	case access.Pending:
		return "Waits for " + deciders(p.View) + " to decide."
	case access.Denied:
		return "Denied by " + by + "."
	case access.Canceled:
		return "Canceled by " + by + "."
	case access.Approved:
	}
	for _, i := range p.Items {
		if h := i.Holding; i.Change != nil && i.Change.State.Live() && h != nil && h.Change != nil && h.Change.ID == i.Change.ID {
			return "Approved by " + by + ". " + part.Waits(h.WaitingFor())
		}
	}
	if c := carriedOut(p.View); c != nil {
		return "Approved by " + by + ". " + c.label + "."
	}
	return "Approved by " + by + "."
}

func (p page) url(verb string) string { return "/requests/" + p.ID + "/" + verb }

func (p page) remarks() []ui.TimelineItem {
	all := make([]ui.TimelineItem, len(p.Comments))
	for i, c := range p.Comments {
		all[i] = ui.TimelineItem{Icon: "message-square", Title: c.Author.Name(), Text: c.Text, Quote: true, At: c.CreatedAt}
	}
	return all
}

func (p page) commentField() ui.Field {
	return ui.Field{Name: "comment", Label: "Add a comment", Required: true, Error: p.wrong.Of("comment")}
}

func (v verdictView) field() ui.Field {
	f := ui.Field{Name: "comment", Label: "Comment", Error: v.wrong.Of("comment"), Help: "Whoever asked can read it."}
	if !v.approve {
		f.Label, f.Required = "Reason", true
	}
	return f
}

func (v verdictView) title() string {
	return v.verb + " " + things(v.page.View) + " for " + v.page.Target.Name() + "?"
}

func itemOf(r request.View, i request.ItemView, actor access.Actor, now time.Time) item {
	w := item{
		id: i.ID, name: i.Resource.Name, app: i.App.Name, url: "/resources/" + i.ResourceID, state: string(i.State),
		steps: steps(r, i, actor),
	}
	if i.LevelName != "" {
		w.name += " (" + i.LevelName + ")"
	}
	if i.Holding != nil && r.State == access.Approved {
		mark := part.Mark(*i.Holding, now)
		if r.TargetUserID == actor.UserID || administers(r, actor) {
			mark = part.Opening(mark, *i.Holding)
		}
		w.mark = &mark
	}
	return w
}

// back is where one goes without deciding.
func (v verdictView) back() string {
	if v.next != "" {
		return v.next
	}
	return "/requests/" + v.page.ID
}

// src is the URL of the dialog, with what it was opened with.
func (v verdictView) src() string {
	q := url.Values{}
	if v.override {
		q.Set("override", "1")
	}
	if v.next != "" {
		q.Set("next", v.next)
	}
	if len(q) == 0 {
		return v.path(v.page.ID)
	}
	return v.path(v.page.ID) + "?" + q.Encode()
}
