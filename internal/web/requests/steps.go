package requests

import (
	"time"

	"admit/internal/access"
	"admit/internal/request"
	"admit/internal/web/part"
	"admit/internal/web/ui"
)

// steps draws the way of one resource from being asked for to being in place.
// What is still to come is dashed; what is waited for says so.
func steps(r request.View, i request.ItemView, actor access.Actor) []ui.TimelineItem {
	all := []ui.TimelineItem{{Icon: "send", Tone: ui.Good, Title: r.Requester.Name() + " asked", At: r.CreatedAt}}
	all = append(all, reviewSteps(r, i)...)
	switch r.State {
	case access.Denied, access.Canceled:
		return all
	case access.Approved:
		return append(all, workSteps(r, i, actor)...)
	case access.Pending:
	}
	if access.TicketPolicyFor(i.App, i.Resource).Files(access.ToGrant) {
		all = append(all, later("A ticket asks for the change"))
	}
	return append(all, later("In place"))
}

func later(title string) ui.TimelineItem { return ui.TimelineItem{Icon: "circle-dashed", Title: title} }

func waits(title, text string) ui.TimelineItem {
	return ui.TimelineItem{Icon: "clock", Tone: ui.Warn, Title: title, Text: text}
}

func reviewSteps(r request.View, i request.ItemView) []ui.TimelineItem {
	var all []ui.TimelineItem
	for _, v := range i.Reviews {
		all = append(all, reviewed(v))
	}
	switch {
	case r.State == access.Canceled:
		who := "Admit"
		if r.Decider != nil {
			who = r.Decider.Name()
		}
		return append(all, ui.TimelineItem{Icon: "ban", Title: who + " canceled the request", At: at(r.DecidedAt)})
	case r.State == access.Denied && len(all) == 0:
		return append(all, ui.TimelineItem{Icon: "x", Tone: ui.Bad, Title: "The request was denied", At: at(r.DecidedAt)})
	case r.State != access.Pending:
		return all
	case i.State == access.Pending:
		return append(all, waits("Review", "Waits for "+anyOf(i.Reviewers)+" to decide."))
	}
	return append(all, waits("The rest of the request", "Waits for the decision on the other resources: all are given together."))
}

func reviewed(v request.ReviewView) ui.TimelineItem {
	who, how := "Policy", ""
	if v.Reviewer != nil {
		who = v.Reviewer.Name()
	}
	if v.Override {
		how = " as an admin, overriding the reviewers"
	}
	item := ui.TimelineItem{Icon: "check", Tone: ui.Good, Title: who + " approved" + how, Text: v.Comment, Quote: true, At: v.CreatedAt}
	if v.Reviewer == nil {
		item.Title, item.Text = "Approved by policy: nobody needs to review this", ""
	}
	if v.Decision == access.Denied {
		item.Icon, item.Tone, item.Title = "x", ui.Bad, who+" denied"+how
	}
	return item
}

// workSteps are those after the approval.
func workSteps(r request.View, i request.ItemView, actor access.Actor) []ui.TimelineItem {
	c := i.Change
	if c == nil {
		if i.Holding != nil && i.Holding.Believed == access.Present {
			return []ui.TimelineItem{{Icon: "check", Tone: ui.Good, Title: "In place", Text: "It was there already; only its end is new."}}
		}
		return []ui.TimelineItem{waits("Carrying it out", "Waits for Admit to begin, in a moment."), later("In place")}
	}
	var all []ui.TimelineItem
	if c.ViaTicket || c.State.Live() {
		all = append(all, ticketStep(r, i, actor))
	}
	switch {
	case c.State.Live():
		return append(all, later("In place"))
	case c.State != access.Done:
		text := c.Detail
		if text == "" {
			text = "The change was not made."
		}
		return append(all, ui.TimelineItem{Icon: "ban", Title: "Not carried out", Text: text, At: at(c.EndedAt)})
	}
	last := ui.TimelineItem{Icon: "refresh-cw", Tone: ui.Good, Title: "In place", At: at(c.EndedAt)}
	if !c.ViaTicket {
		last.Icon, last.Title = "check", "Recorded: tickets are off for this app"
	}
	all = append(all, last)
	if i.Holding == nil || !i.Holding.Wanted {
		all = append(all, ui.TimelineItem{Icon: "timer", Title: "It has ended since"})
	}
	return all
}

// ticketStep says where the change stands.
func ticketStep(r request.View, i request.ItemView, actor access.Actor) ui.TimelineItem {
	c := *i.Change
	step := ui.TimelineItem{Icon: "ticket", Tone: ui.Warn, Title: "Filing the ticket", Text: part.Waits(access.WaitingFor(c, nil, nil, nil)), At: c.CreatedAt}
	if !c.State.Live() {
		step.Icon, step.Tone, step.Text, step.Title = "ticket-check", ui.Good, "", "The ticket was marked done"
	}
	if c.State == access.NeedsAttention {
		step.Icon, step.Tone, step.Title = "triangle-alert", ui.Bad, "Needs attention"
	}
	h := i.Holding
	if h == nil || h.Change == nil || h.Change.ID != c.ID {
		return step
	}
	if c.State.Live() {
		step.Text = part.Waits(h.WaitingFor())
	}
	t := h.Ticket
	if t == nil || t.Identifier == "" {
		return step
	}
	if c.State != access.NeedsAttention {
		step.Title = "Ticket"
	}
	step.Link = ui.Link{Label: t.Identifier}
	if maySee(*t, r, actor) {
		step.Link.URL = "/tickets/" + t.ID
	}
	if t.ClosedBy != "" && !c.State.Live() {
		step.Text = t.ClosedBy + " closed it."
	}
	return step
}

// maySee reports whether the page of a ticket would open.
func maySee(t access.Ticket, r request.View, actor access.Actor) bool {
	return administers(r, actor) || t.AssigneeID != nil && *t.AssigneeID == actor.UserID
}

// administers reports whether an actor may see how all of a request is carried
// out. Of one for several resources one may administer only some.
func administers(r request.View, actor access.Actor) bool {
	return len(r.Items) == 1 && r.Relation&access.IsResourceAdmin != 0 || actor.Role != access.Member
}

func at(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
