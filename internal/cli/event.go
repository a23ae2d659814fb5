package cli

import (
	"time"

	"github.com/spf13/cobra"
)

type wireEvent struct {
	ID        string     `json:"event_id"`
	Type      string     `json:"event_type"`
	ActorName string     `json:"actor_name"`
	Summary   string     `json:"summary"`
	CreatedAt *time.Time `json:"created_at"`
}

func (s *session) events() *cobra.Command {
	n := noun[wireEvent]{session: s, kind: eventKind, columns: always(
		column[wireEvent]{head: "WHEN", cell: func(e wireEvent) string { return s.moment(e.CreatedAt) }},
		column[wireEvent]{head: "WHO", cell: func(e wireEvent) string { return e.ActorName }},
		column[wireEvent]{head: "TYPE", cell: func(e wireEvent) string { return e.Type }},
		column[wireEvent]{head: "WHAT", cell: func(e wireEvent) string { return e.Summary }},
	)}
	return group("event", "The audit log", "", n.list("List what happened, the newest first", func(f *form) {
		f.text("from", "start_date_filter", "the first day, such as 2027-01-31, or a time").
			text("to", "end_date_filter", "the last day, or a time").
			one("actor", "actor_filter", "who did it, by e-mail or id", userKind).
			text("object", "object_filter", "id of what it is about").
			text("type", "event_type_filter", "what happened, such as request.approved").
			text("token-name", "api_token_filter", "name of the API token used")
	}))
}
