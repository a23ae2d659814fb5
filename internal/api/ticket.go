package api

import (
	"context"
	"net/http"
	"time"

	"admit/internal/access"
	"admit/internal/propagation"
	"admit/internal/store"
	"admit/internal/ticket"
)

// Ticket is the record of an access change at a ticket provider.
type Ticket struct {
	ID           string         `json:"ticket_id" required:"true" format:"uuid"`
	Identifier   string         `json:"identifier" required:"true" doc:"For people: AR-12, #4711. Empty until it is filed."`
	URL          string         `json:"url" required:"true"`
	Title        string         `json:"title" required:"true"`
	Body         string         `json:"body,omitempty" doc:"Of one ticket only, not in lists."`
	State        string         `json:"state" required:"true" enum:"planned,sending,open,ended,refused,suspect,lost"`
	Status       string         `json:"status" required:"true" doc:"The provider's own word."`
	Outcome      string         `json:"outcome,omitempty" enum:"open,yes,no,unclear,deleted" doc:"How that is read."`
	Grounds      []Ground       `json:"grounds,omitempty" doc:"What it is read from, the most decisive first. Of one ticket only."`
	Provider     TicketHome     `json:"provider" required:"true"`
	ProjectID    string         `json:"project_id" required:"true"`
	Assignee     TicketAssignee `json:"assignee" required:"true"`
	Unassigned   string         `json:"unassigned_reason,omitempty" doc:"Why nobody is assigned."`
	ChangeID     string         `json:"change_id" required:"true" format:"uuid"`
	Direction    string         `json:"direction" required:"true" enum:"grant,removal"`
	ChangeState  string         `json:"change_state" required:"true"`
	Attention    string         `json:"attention,omitempty"`
	WaitingFor   string         `json:"waiting_for" required:"true" doc:"One sentence: who, what, where, since when, and what happens next. Empty when the change has ended."`
	Waiting      *Waiting       `json:"waiting,omitempty" doc:"The same in parts. Absent when the change has ended."`
	LateSince    *time.Time     `json:"late_since,omitempty" doc:"Since when it takes longer than it should."`
	Waiver       *Waiver        `json:"waiver,omitempty" doc:"That somebody asked to give the removal up. It waits for a second person."`
	Lines        []TicketLine   `json:"lines,omitempty" doc:"All changes it is for, if there are several. Of one ticket only."`
	ResourceID   string         `json:"resource_id" required:"true" format:"uuid"`
	ResourceName string         `json:"resource_name" required:"true"`
	AppID        string         `json:"app_id" required:"true" format:"uuid"`
	AppName      string         `json:"app_name" required:"true"`
	UserID       string         `json:"user_id" required:"true" format:"uuid" doc:"Whose access it is about."`
	UserEmail    string         `json:"user_email" required:"true"`
	RequestID    *string        `json:"request_id,omitempty" format:"uuid"`
	CreatedAt    time.Time      `json:"created_at" required:"true"`
	FiledAt      *time.Time     `json:"filed_at,omitempty"`
	SyncedAt     *time.Time     `json:"synced_at,omitempty" doc:"When it was last read."`
	EndedAt      *time.Time     `json:"ended_at,omitempty"`
	ClosedBy     string         `json:"closed_by,omitempty"`
	Note         string         `json:"note,omitempty" doc:"The last trouble with it, in words."`
	WorkedHere   bool           `json:"worked_here,omitempty" doc:"It is worked on in Admit itself: take, comment, close. Of one ticket only."`
	Comments     []Remark       `json:"comments,omitempty" doc:"Of a ticket worked on here, oldest first."`
}

// TicketLine is one of several changes that share a ticket.
type TicketLine struct {
	ChangeID     string `json:"change_id" required:"true" format:"uuid"`
	Direction    string `json:"direction" required:"true" enum:"grant,removal"`
	State        string `json:"change_state" required:"true"`
	Attention    string `json:"attention,omitempty"`
	ResourceID   string `json:"resource_id" required:"true" format:"uuid"`
	ResourceName string `json:"resource_name" required:"true"`
	AppID        string `json:"app_id" required:"true" format:"uuid"`
	AppName      string `json:"app_name" required:"true"`
	LevelID      string `json:"access_level_remote_id" required:"true"`
	LevelName    string `json:"access_level_name" required:"true"`
	UserID       string `json:"user_id" required:"true" format:"uuid" doc:"Whose access it is about."`
	UserEmail    string `json:"user_email" required:"true"`
}

func lineOf(c access.AccessChange) TicketLine {
	return TicketLine{
		ChangeID: c.ID, Direction: string(c.Direction), State: string(c.State), Attention: string(c.Attention), ResourceID: c.ResourceID,
		ResourceName: c.ResourceName, AppID: c.AppID, AppName: c.AppName, LevelID: c.Level, LevelName: c.LevelName, UserID: c.UserID, UserEmail: c.UserEmail,
	}
}

// Ground is one thing about a ticket that its outcome is read from.
type Ground struct {
	Key  string `json:"key" required:"true" doc:"What an admin gives a meaning by: see setTicketProviderStatuses."`
	Name string `json:"name" required:"true" doc:"The system's word."`
}

// TicketHome is where a ticket is.
type TicketHome struct {
	ID   string `json:"id" required:"true" format:"uuid"`
	Kind string `json:"kind" required:"true"`
	Name string `json:"name" required:"true"`
}

// TicketAssignee is who has a ticket. All is empty when nobody has.
type TicketAssignee struct {
	UserID string `json:"user_id" required:"true" doc:"The user Admit asked for. Empty if somebody else was assigned."`
	Name   string `json:"name" required:"true"`
	Email  string `json:"email" required:"true"`
}

// Remark is one comment on a ticket.
type Remark struct {
	Author string    `json:"author" required:"true" doc:"Empty for Admit itself."`
	Text   string    `json:"text" required:"true"`
	At     time.Time `json:"at" required:"true"`
}

func ticketOf(v propagation.TicketView) Ticket {
	t, c := v.Ticket, v.Change
	return Ticket{
		ID: t.ID, Identifier: t.Identifier, URL: t.URL, Title: t.Title, State: string(t.State), Status: t.Status, Outcome: t.Outcome,
		Provider: TicketHome{v.Provider.ID, v.Provider.Kind, v.Provider.Name}, ProjectID: t.ProjectID,
		Assignee:   TicketAssignee{deref(t.AssigneeID), t.AssigneeName, t.AssigneeEmail},
		Unassigned: t.Unassigned, ChangeID: c.ID, Direction: string(c.Direction), ChangeState: string(c.State), Attention: string(c.Attention),
		WaitingFor: v.WaitingFor.String(), Waiting: waitingOf(v.WaitingFor), LateSince: c.LateAt, Waiver: waiverOf(v.Waiver), ResourceID: c.ResourceID, ResourceName: c.ResourceName, AppID: c.AppID, AppName: c.AppName,
		UserID: c.UserID, UserEmail: c.UserEmail, RequestID: c.RequestID, CreatedAt: t.CreatedAt, FiledAt: t.FiledAt, SyncedAt: t.SyncedAt,
		EndedAt: t.EndedAt, ClosedBy: t.ClosedBy, Note: t.Note,
	}
}

// wholeTicketOf adds what is shown of one ticket only.
func wholeTicketOf(v propagation.TicketView) Ticket {
	t := ticketOf(v)
	t.Body, t.WorkedHere, t.Lines = v.Body, v.Desk, each(v.Lines, lineOf)
	t.Grounds = each(v.Grounds, func(g access.TicketGround) Ground { return Ground{g.Key, g.Name} })
	t.Comments = each(v.Talk, func(r ticket.Remark) Remark { return Remark{Author: r.Author.Name, Text: r.Text, At: r.At.UTC()} })
	return t
}

type ticketsInput struct {
	States     []string `query:"state" enum:"planned,sending,open,ended,refused,suspect,lost" doc:"Only tickets in these states, separated by commas."`
	Open       bool     `query:"open" doc:"Only tickets that are filed and have not ended."`
	ProviderID string   `query:"provider_id" format:"uuid"`
	AppID      string   `query:"app_id" format:"uuid"`
	ResourceID string   `query:"resource_id" format:"uuid"`
	UserID     string   `query:"user_id" format:"uuid" doc:"Whose access it is about."`
	RequestID  string   `query:"request_id" format:"uuid"`
	ChangeID   string   `query:"change_id" format:"uuid"`
	AssigneeID string   `query:"assignee_id" format:"uuid"`
	Paging
}

type ticketInput struct {
	ID string `path:"ticket_id" format:"uuid"`
}

type ticketCloseInput struct {
	ID   string `path:"ticket_id" format:"uuid"`
	Body struct {
		Outcome string `json:"outcome" required:"true" enum:"done,declined"`
		Reason  string `json:"reason,omitempty" doc:"Required when declined."`
	}
}

type ticketCommentInput struct {
	ID   string `path:"ticket_id" format:"uuid"`
	Body struct {
		Comment string `json:"comment" required:"true"`
	}
}

func (a *api) tickets() {
	const one, tag = "/tickets/{ticket_id}", "tickets"
	handle(a, op{
		method: http.MethodGet, path: "/tickets", id: "getTickets", tag: tag, about: "Lists tickets, newest first.",
		more: "Those who may not see all see the ones assigned to them and those of what they administer.",
	}, a.listTickets)
	handle(a, op{method: http.MethodGet, path: one, id: "getTicket", tag: tag, about: "Returns a ticket."},
		func(ctx context.Context, actor access.Actor, in *ticketInput) (Ticket, error) {
			v, err := a.Propagation.Ticket(ctx, actor, in.ID)
			return wholeTicketOf(v), err
		})
	handle(a, op{method: http.MethodPost, path: one + "/sync", id: "syncTicket", tag: tag, about: "Reads a ticket now and returns it as it is then."},
		func(ctx context.Context, actor access.Actor, in *ticketInput) (Ticket, error) {
			v, err := a.Propagation.SyncTicket(ctx, actor, in.ID)
			return wholeTicketOf(v), err
		})
	handle(a, op{
		method: http.MethodPost, path: one + "/close", id: "closeTicket", tag: tag, about: "Ends a ticket of the built-in queue.",
		more: "Nobody says of their own access that it is in place. Tickets of other providers are closed there.",
	}, func(ctx context.Context, actor access.Actor, in *ticketCloseInput) (Ticket, error) {
		outcome := ticket.Yes
		if in.Body.Outcome == "declined" {
			outcome = ticket.No
		}
		return a.ticketAfter(ctx, actor, in.ID, a.Propagation.CloseTicket(ctx, actor, in.ID, outcome, in.Body.Reason))
	})
	handle(a, op{method: http.MethodPost, path: one + "/take", id: "takeTicket", tag: tag, about: "Assigns a ticket of the built-in queue to the caller."},
		func(ctx context.Context, actor access.Actor, in *ticketInput) (Ticket, error) {
			return a.ticketAfter(ctx, actor, in.ID, a.Propagation.TakeTicket(ctx, actor, in.ID))
		})
	handle(a, op{method: http.MethodPost, path: one + "/comments", id: "commentTicket", tag: tag, about: "Comments on a ticket of the built-in queue."},
		func(ctx context.Context, actor access.Actor, in *ticketCommentInput) (Ticket, error) {
			return a.ticketAfter(ctx, actor, in.ID, a.Propagation.CommentTicket(ctx, actor, in.ID, in.Body.Comment))
		})
}

func (a *api) listTickets(ctx context.Context, actor access.Actor, in *ticketsInput) (Page[Ticket], error) {
	f := store.TicketFilter{
		Open: in.Open, ProviderID: in.ProviderID, AppID: in.AppID, ResourceID: in.ResourceID, UserID: in.UserID,
		RequestID: in.RequestID, ChangeID: in.ChangeID, AssigneeID: in.AssigneeID, Page: in.page(),
	}
	for _, s := range in.States {
		f.States = append(f.States, access.TicketState(s))
	}
	list, err := a.Propagation.Tickets(ctx, actor, f)
	return pageOf(list, ticketOf), err
}

// ticketAfter returns a ticket as it is after something was done to it.
func (a *api) ticketAfter(ctx context.Context, actor access.Actor, id string, err error) (Ticket, error) {
	if err != nil {
		return Ticket{}, err
	}
	v, err := a.Propagation.Ticket(ctx, actor, id)
	return wholeTicketOf(v), err
}
