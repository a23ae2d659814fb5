package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"
)

type wireStray struct {
	ID         string     `json:"stray_id"`
	Identifier string     `json:"identifier"`
	URL        string     `json:"url"`
	Title      string     `json:"title"`
	Status     string     `json:"status"`
	FoundAt    *time.Time `json:"found_at"`
}

func (s *session) strays() *cobra.Command {
	n := noun[wireStray]{session: s, kind: strayKind, columns: func(context.Context) []column[wireStray] {
		return []column[wireStray]{
			{head: "ID", cell: func(t wireStray) string { return t.ID }},
			{head: "TICKET", cell: func(t wireStray) string { return t.Identifier }},
			{head: "WHAT", cell: func(t wireStray) string { return t.Title }},
			{head: "STATUS", cell: func(t wireStray) string { return t.Status }},
			{head: "FOUND", cell: func(t wireStray) string { return s.moment(t.FoundAt) }},
			{head: "LINK", cell: func(t wireStray) string { return t.URL }},
		}
	}}
	return group("stray", "Tickets that this database does not know, after it was put back to an earlier copy", "",
		n.list("List them, the newest first", func(f *form) {
			f.one("provider", "provider_id", "only those of this ticket provider", providerKind)
		}),
		n.act("settle", "Close one that is open, and make sure of the access if it was worked on",
			func(id string) call { return post(n.kind.at(id)+"/settle", nil) }, "Ticket %s is settled."))
}
