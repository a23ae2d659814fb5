package cli

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

type wireTicket struct {
	ID           string `json:"ticket_id"`
	Identifier   string `json:"identifier"`
	Title        string `json:"title"`
	State        string `json:"state"`
	Status       string `json:"status"`
	URL          string `json:"url"`
	Direction    string `json:"direction"`
	UserEmail    string `json:"user_email"`
	ResourceName string `json:"resource_name"`
	AppName      string `json:"app_name"`
	Unassigned   string `json:"unassigned_reason"`
	Provider     struct {
		Name string `json:"name"`
	} `json:"provider"`
	Assignee struct {
		Email string `json:"email"`
		Name  string `json:"name"`
	} `json:"assignee"`
	WaitingFor string           `json:"waiting_for"`
	LateSince  *time.Time       `json:"late_since"`
	Lines      []wireTicketLine `json:"lines"`
	CreatedAt  *time.Time       `json:"created_at"`
}

type wireTicketLine struct {
	State        string `json:"change_state"`
	UserEmail    string `json:"user_email"`
	ResourceName string `json:"resource_name"`
	AppName      string `json:"app_name"`
}

// lines are the changes it is for, if there are several.
func (t wireTicket) lines() string {
	var lines []string
	for _, l := range t.Lines {
		lines = append(lines, l.UserEmail+" "+l.AppName+"/"+l.ResourceName+" ("+l.State+")")
	}
	return strings.Join(lines, ", ")
}

func (s *session) tickets() *cobra.Command {
	n := noun[wireTicket]{session: s, kind: ticketKind, columns: s.ticketColumns}
	return group("ticket", "The tickets that carry access out", "",
		n.list("List the tickets you may see, the newest first", func(f *form) {
			f.yes("open", "open", "only those not ended").
				one("provider", "provider_id", "only those of this ticket provider", providerKind).
				one("resource", "resource_id", "only those about this resource", resourceKind).
				one("user", "user_id", "only those about this person's access", userKind).
				one("assignee", "assignee_id", "only those assigned to this person", userKind)
		}),
		n.get("Show one ticket"),
		n.act("sync", "Read a ticket from its provider now", func(id string) call { return post(n.kind.at(id)+"/sync", nil) }, "Synced ticket %s."),
		n.act("take", "Assign a ticket of the built-in queue to yourself", func(id string) call { return post(n.kind.at(id)+"/take", nil) }, "Took ticket %s."),
		s.completeArgs(n.tell("close", "Close a ticket of the built-in queue", "Closed ticket %s.", func(f *form) {
			f.choice("outcome", "outcome", "whether the change was made", "done", "declined").need().
				text("reason", "reason", "why it was declined")
		}), namedIn(ticketKind, query{"open": "true"})),
		s.commentOn(ticketKind))
}

func (s *session) ticketColumns(context.Context) []column[wireTicket] {
	return []column[wireTicket]{
		{head: "TICKET", cell: func(t wireTicket) string { return t.Identifier }},
		{head: "TITLE", cell: func(t wireTicket) string { return t.Title }},
		{head: "STATE", cell: func(t wireTicket) string { return t.State }},
		{head: "STATUS", cell: func(t wireTicket) string { return t.Status }},
		{head: "ASSIGNEE", cell: func(t wireTicket) string { return or(t.Assignee.Email, t.Assignee.Name) }},
		{head: "FILED", cell: func(t wireTicket) string { return s.moment(t.CreatedAt) }},
		{head: "ID", cell: func(t wireTicket) string { return t.ID }},
		{head: "DIRECTION", cell: func(t wireTicket) string { return t.Direction }, long: true},
		{head: "WHO", cell: func(t wireTicket) string { return t.UserEmail }, long: true},
		{head: "WHAT", cell: func(t wireTicket) string { return t.AppName + "/" + t.ResourceName }, long: true},
		{head: "UNASSIGNED", cell: func(t wireTicket) string { return t.Unassigned }, long: true},
		{head: "PROVIDER", cell: func(t wireTicket) string { return t.Provider.Name }, long: true},
		{head: "LINK", cell: func(t wireTicket) string { return t.URL }, long: true},
		{head: "LINES", cell: wireTicket.lines, long: true},
		{head: "WAITS FOR", cell: func(t wireTicket) string { return t.WaitingFor }, long: true},
		{head: "LATE SINCE", cell: func(t wireTicket) string { return s.moment(t.LateSince) }, long: true},
	}
}
