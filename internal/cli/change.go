package cli

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

type wireChange struct {
	ID         string `json:"change_id"`
	Direction  string `json:"direction"`
	State      string `json:"state"`
	UserEmail  string `json:"user_email"`
	Resource   string `json:"resource_name"`
	App        string `json:"app_name"`
	Attention  string `json:"attention"`
	Cause      string `json:"cause"`
	Detail     string `json:"detail"`
	WaitingFor string `json:"waiting_for"`
	Ticket     *struct {
		Identifier string `json:"identifier"`
	} `json:"ticket"`
	StateAt *time.Time `json:"state_at"`
}

func (c wireChange) ticket() string {
	if c.Ticket == nil {
		return ""
	}
	return c.Ticket.Identifier
}

func (s *session) changes() *cobra.Command {
	n := noun[wireChange]{session: s, kind: changeKind, columns: s.changeColumns}
	return group("change", "Access being given and taken", "",
		n.list("List the changes you may see, the newest first", func(f *form) {
			f.yes("live", "live", "only those under way").
				choice("state", "state", "only those in this state", "queued", "filing", "open", "canceling", "claimed", "attention",
					"done", "canceled", "superseded", "abandoned").
				one("resource", "resource_id", "only those of this resource", resourceKind).
				one("user", "user_id", "only those of this person's access", userKind)
		}),
		n.get("Show one change"),
		n.act("retry", "Try a change again that needs attention", func(id string) call { return post(n.kind.at(id)+"/retry", nil) }, "Change %s is tried again."))
}

func (s *session) changeColumns(context.Context) []column[wireChange] {
	return []column[wireChange]{
		{head: "ID", cell: func(c wireChange) string { return c.ID }},
		{head: "WHO", cell: func(c wireChange) string { return c.UserEmail }},
		{head: "WHAT", cell: func(c wireChange) string { return c.App + "/" + c.Resource }},
		{head: "DIRECTION", cell: func(c wireChange) string { return c.Direction }},
		{head: "STATE", cell: func(c wireChange) string { return strings.TrimSuffix(c.State+": "+c.Attention, ": ") }},
		{head: "SINCE", cell: func(c wireChange) string { return s.moment(c.StateAt) }},
		{head: "TICKET", cell: wireChange.ticket},
		{head: "WAITS FOR", cell: func(c wireChange) string { return c.WaitingFor }},
		{head: "CAUSE", cell: func(c wireChange) string { return c.Cause }, long: true},
		{head: "DETAIL", cell: func(c wireChange) string { return c.Detail }, long: true},
	}
}
