package tickets

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/propagation"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// model is all the page shows.
type model struct {
	url    string
	dialog ui.Dialog
	card   ui.Ticket
	mark   ui.MarkView
	wait   part.Standing
	ways   []ui.Button     // out of where the change stands
	asked  part.WaiverView // that somebody asks to give it up
	lines  []line          // of a ticket for several changes

	provider   string
	state      badge
	assignee   ui.Person
	unassigned string // why nobody is; "" if somebody is
	person     ui.Person
	removal    bool
	resource   ui.Link
	app        ui.Link
	level      string
	why        ui.Link
	closedBy   string
	synced     time.Time
	started    time.Time
	outside    string // the ticket's address at its provider
	body       string
	history    []ui.TimelineItem
	talk       []ui.TimelineItem

	note    string              // what it was filed without
	unknown access.TicketGround // the word nobody knows the meaning of; none if there is none, or the reader may not say it

	desk, maySync, mayWork, mayTake, mayDone, mayRetry bool
	ownAccess, ownWord                                 string // why there is no Done, no It is so

	said, problem           string // what came of the last action
	comment, commentProblem string
	reason, reasonProblem   string
	now                     time.Time
}

// line is one of several changes that a ticket is for.
type line struct {
	id, text, url string
	mark          ui.MarkView
	ways          []ui.Button
	retry         string // where a form asks to try it again; "" for not
}

type badge struct {
	tone ui.Tone
	text string
}

// modelOf completes a model that holds what the forms hold.
func modelOf(m model, t propagation.TicketView, actor access.Actor, now time.Time) model {
	c := t.Change
	m.url, m.now, m.provider = "/tickets/"+t.ID, now, t.Provider.Name
	m.dialog = ui.Dialog{Title: cmp.Or(t.Title, "Ticket"), Src: m.url, Live: []string{"ticket:" + t.ID, "change:" + c.ID}}
	m.card = ui.Ticket{Key: cmp.Or(t.Identifier, "New"), Caption: "Ticket", Note: t.Provider.Name}
	m.mark = site.ChangeMark("ticket-mark-"+c.ID, c, t.WaitingFor.String())
	m.wait = part.StandingOf(c, &t.Ticket, t.WaitingFor.String())
	if m.said != "" && c.State == access.Done {
		m.wait = part.Standing{} // it says so already
	}
	m.state, m.note = stateOf(t.Ticket), site.Sentence(t.Note)
	if c.State == access.NeedsAttention && c.Attention == access.Murky && len(t.Grounds) > 0 && actor.May(access.ManageProviders, 0) == nil {
		m.unknown = t.Grounds[0]
	}
	m.assignee, m.unassigned = ui.Person{Name: t.AssigneeName}, whyNobody(t.Ticket)
	m.person = ui.Person{Name: cmp.Or(c.UserName, c.UserEmail), Email: c.UserEmail}
	if actor.May(access.SeeUser, self(actor, c.UserID)) == nil {
		m.person.URL = "/users/" + c.UserID
	}
	m.removal = c.Direction == access.ToRemove
	m.resource = ui.Link{Label: c.ResourceName, URL: "/resources/" + c.ResourceID}
	m.app = ui.Link{Label: c.AppName, URL: "/apps/" + c.AppID}
	m.level, m.why, m.closedBy = c.LevelName, part.Cause(c), t.ClosedBy
	m.started = c.CreatedAt
	if t.SyncedAt != nil {
		m.synced = *t.SyncedAt
	}
	m.body, m.history, m.talk = strings.TrimSpace(t.Body), history(t), talk(t)
	m.may(t, actor)
	return m
}

// may decides which buttons are shown. The use cases decide again.
func (m *model) may(t propagation.TicketView, actor access.Actor) {
	live := t.State == access.TicketOpen || t.State == access.TicketSuspect
	m.desk = t.Desk
	m.maySync = t.RemoteID != "" && actor.May(access.SyncTicket, t.Relation) == nil
	m.mayWork = t.Desk && live && actor.May(access.WorkTicket, t.Relation) == nil
	m.mayTake = m.mayWork && t.Relation&access.IsAssignee == 0
	m.mayDone = m.mayWork && t.Change.UserID != actor.UserID
	if m.mayWork && !m.mayDone {
		m.ownAccess = "This is your own access: somebody else must say that it is done."
	}
	m.mayRetry = len(t.Lines) == 0 && t.Change.State == access.NeedsAttention && actor.May(access.RetryChange, t.Relation) == nil
	if !t.Desk && site.Outside(t.URL) {
		m.outside = t.URL
	}
}

// stateOf is the provider's own word, or ours where it has none.
func stateOf(t access.Ticket) badge {
	switch t.State {
	case access.TicketPlanned, access.TicketSending:
		return badge{ui.Neutral, "not filed yet"}
	case access.TicketRefused:
		return badge{ui.Bad, "refused"}
	case access.TicketSuspect:
		return badge{ui.Warn, "not found when last read"}
	case access.TicketLost:
		return badge{ui.Bad, "gone"}
	case access.TicketEnded:
		return badge{ui.Neutral, cmp.Or(t.Status, "closed")}
	case access.TicketOpen:
	}
	return badge{ui.Warn, cmp.Or(t.Status, "open")}
}

func whyNobody(t access.Ticket) string {
	switch {
	case t.AssigneeName != "" || !t.State.Live():
		return ""
	case t.Unassigned != "":
		return t.Unassigned
	case t.State == access.TicketOpen:
		return "nobody took it"
	}
	return ""
}

func synced(before, after propagation.TicketView) string {
	switch {
	case after.State == access.TicketSuspect:
		return "Read just now: " + after.Provider.Name + " does not show this ticket any more. Admit keeps looking."
	case before.Status != after.Status:
		return "Read just now: it is " + after.Status + "."
	case before.AssigneeName != after.AssigneeName:
		return "Read just now: it has another assignee."
	case after.RemoteID == "":
		return "The ticket is not filed yet."
	}
	return "Read just now. Nothing is new."
}

// looks gives the kinds of event a sign.
var looks = map[access.EventType]ui.TimelineItem{
	access.ChangeDone:      {Icon: "check", Tone: ui.Good},
	access.ChangeAttention: {Icon: "triangle-alert", Tone: ui.Bad},
	access.ChangeRetried:   {Icon: "rotate-ccw"},
	access.ChangeRerouted:  {Icon: "send"},
	access.ChangeAttested:  {Icon: "badge-check", Tone: ui.Good},
	access.ChangeDisputed:  {Icon: "circle-x", Tone: ui.Bad},
	access.ChangeAbandoned: {Icon: "circle-x"},
	access.ChangeReminded:  {Icon: "bell"},
	access.ChangeLate:      {Icon: "timer", Tone: ui.Bad},
	access.WaiverAsked:     {Icon: "lock-open"},
	access.WaiverRefused:   {Icon: "undo-2"},
	access.WaiverOver:      {Icon: "timer"},
	access.TicketAssigned:  {Icon: "user-check"},
	access.ChangeReopened:  {Icon: "undo-2", Tone: ui.Warn},
	access.ChangeStarted:   {Icon: "play"},
	access.ChangeMoved:     {Icon: "arrow-right"},
	access.ChangeEnded:     {Icon: "ban"},
	access.TicketFiled:     {Icon: "ticket", Tone: ui.Accent},
	access.TicketAdopted:   {Icon: "ticket", Tone: ui.Accent},
	access.TicketUpdated:   {Icon: "refresh-cw"},
	access.TicketTaken:     {Icon: "hand"},
	access.TicketCommented: {Icon: "message-square"},
	access.TicketClosed:    {Icon: "ticket-check"},
	access.TicketLostEv:    {Icon: "ticket-x", Tone: ui.Bad},
}

// history leaves out what is said elsewhere: comments have their own list, and a
// closing tells the new status.
func history(t propagation.TicketView) []ui.TimelineItem {
	var items []ui.TimelineItem
	closed := map[time.Time]bool{}
	for _, e := range t.History {
		closed[e.At] = closed[e.At] || e.Type == access.TicketClosed
	}
	for _, e := range t.History {
		if t.Desk && e.Type == access.TicketCommented || e.Type == access.TicketUpdated && closed[e.At] {
			continue
		}
		item := looks[e.Type]
		item.At, item.Title = e.At, site.Sentence(e.Summary)
		if e.ActorID != nil {
			item.Title = site.Sentence(e.ActorName + " " + e.Summary)
		}
		item.Text = cmp.Or(e.Data["comment"], e.Data["reason"])
		item.Quote = item.Text != ""
		items = append(items, item)
	}
	return items
}

func talk(t propagation.TicketView) []ui.TimelineItem {
	items := make([]ui.TimelineItem, len(t.Talk))
	for i, r := range t.Talk {
		items[i] = ui.TimelineItem{Icon: "message-square", Title: cmp.Or(r.Author.Name, "Admit"), Text: r.Text, Quote: true, At: r.At}
	}
	slices.Reverse(items) // newest first, as the history
	return items
}

// linesOf are the changes of a ticket that is for several, the oldest first, as
// far as the reader may see them.
func linesOf(items []propagation.WorkItem, actor access.Actor, next string) []line {
	lines := make([]line, len(items))
	for i, w := range items {
		lines[len(items)-1-i] = line{
			id: "line-" + w.ID, text: part.Sought(w.AccessChange), url: part.ChangeURL(w.ID),
			mark: site.ChangeMark("line-mark-"+w.ID, w.AccessChange, w.WaitingFor.String()),
			ways: part.Ways(w, actor, next), retry: part.Retry(w, actor, next),
		}
	}
	return lines
}

func self(actor access.Actor, userID string) access.Relation {
	if actor.UserID == userID {
		return access.IsSelf
	}
	return 0
}
