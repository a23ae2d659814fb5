package changes

import (
	"cmp"
	"slices"
	"time"

	"admit/internal/access"
	"admit/internal/propagation"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// model is all the page shows.
type model struct {
	outcome
	url      string
	dialog   ui.Dialog
	mark     ui.MarkView
	standing part.Standing
	asked    part.WaiverView
	ways     []ui.Button
	own      string // why the reader is not offered to say that it is so
	retry    string // where a form asks to try again; "" for not

	person   ui.Person
	removal  bool
	resource ui.Link
	app      ui.Link
	level    string
	why      ui.Link
	ticket   ui.TicketRef // without a URL: shown, but not opened
	provider string
	assignee ui.Person
	started  time.Time
	since    time.Time
	history  []ui.TimelineItem
	now      time.Time
}

func modelOf(v *site.Visit, c propagation.ChangeView, o outcome) (model, error) {
	url := part.ChangeURL(c.ID)
	m := model{
		outcome: o, url: url, now: v.Now, removal: c.Direction == access.ToRemove,
		dialog:   ui.Dialog{Title: "Make sure that " + part.Sought(c.AccessChange), Src: url, Live: []string{"change:" + c.ID}},
		mark:     site.ChangeMark("change-mark-"+c.ID, c.AccessChange, c.WaitingFor.String()),
		standing: part.StandingOf(c.AccessChange, c.Ticket, c.WaitingFor.String()),
		ways:     part.Ways(c.WorkItem, v.Actor, url), own: part.OwnNote(c.WorkItem, v.Actor),
		retry:    part.Retry(c.WorkItem, v.Actor, url),
		person:   ui.Person{Name: cmp.Or(c.UserName, c.UserEmail), Email: c.UserEmail},
		resource: ui.Link{Label: c.ResourceName, URL: "/resources/" + c.ResourceID}, app: ui.Link{Label: c.AppName, URL: "/apps/" + c.AppID},
		level: c.LevelName, why: part.Cause(c.AccessChange), started: c.CreatedAt, since: c.StateAt,
	}
	for _, item := range part.Timeline(c.History) {
		if item.Link.URL == url { // one is there already
			item.Link = ui.Link{}
		}
		m.history = append(m.history, item)
	}
	if v.Actor.May(access.SeeUser, c.Relation) == nil {
		m.person.URL = "/users/" + c.UserID
	}
	m.keep(c, v.Now)
	m.addTicket(c, v.Actor)
	var err error
	m.asked, err = part.WaiverOf(v, c.WorkItem, url)
	return m, err
}

// keep says of a removal that was given up until when it is.
func (m *model) keep(c propagation.ChangeView, now time.Time) {
	until := c.Slot.WaivedUntil
	if c.State != access.Abandoned || until == nil || c.Slot.ChangeID == nil || *c.Slot.ChangeID != c.ID {
		return
	}
	m.mark.State, m.mark.Words = ui.MarkWaived, "Kept until "+ui.Date(*until, now)+": risk accepted"
	m.mark.Waiting = part.Kept(*until)
	m.standing = part.Standing{Tone: ui.Warn, Icon: "lock-open", Title: m.mark.Words, Text: m.mark.Waiting}
}

func (m *model) addTicket(c propagation.ChangeView, actor access.Actor) {
	t := c.Ticket
	if c.Provider != nil && (t == nil || t.ProviderID == c.Provider.ID) { // not where it goes next
		m.provider = c.Provider.Name
	}
	if t == nil {
		return
	}
	m.dialog.Live = append(m.dialog.Live, "ticket:"+t.ID)
	m.assignee = ui.Person{Name: t.AssigneeName}
	m.ticket = ui.TicketRef{ID: "change-ticket-" + t.ID, Identifier: cmp.Or(t.Identifier, "not filed yet"), Removal: m.removal}
	rel := c.Relation
	if t.ChangeID != c.ID { // it is a line in the ticket of another, which may be of another resource
		rel &^= access.IsResourceAdmin
	}
	if actor.May(access.SeeTicket, rel) == nil {
		m.ticket.URL = "/tickets/" + t.ID
	}
}

// offered reports whether a way is one out of where the change stands now.
func offered(v *site.Visit, f *form) bool {
	return slices.Contains(part.Open(f.change.WorkItem, v.Actor), f.way)
}
