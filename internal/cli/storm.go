package cli

import (
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

type wireStorm struct {
	ID        string     `json:"storm_id"`
	Provider  string     `json:"provider_name"`
	Cause     string     `json:"cause"`
	ActorName string     `json:"actor_name"`
	Changes   int        `json:"changes"`
	Persons   int        `json:"persons"`
	Resources int        `json:"resources"`
	CreatedAt *time.Time `json:"created_at"`
}

func (s *session) storms() *cobra.Command {
	n := noun[wireStorm]{session: s, kind: stormKind, columns: always(
		column[wireStorm]{head: "CHANGES", cell: func(x wireStorm) string { return strconv.Itoa(x.Changes) }},
		column[wireStorm]{head: "PEOPLE", cell: func(x wireStorm) string { return strconv.Itoa(x.Persons) }},
		column[wireStorm]{head: "RESOURCES", cell: func(x wireStorm) string { return strconv.Itoa(x.Resources) }},
		column[wireStorm]{head: "CAUSE", cell: func(x wireStorm) string { return x.Cause }},
		column[wireStorm]{head: "WHO", cell: func(x wireStorm) string { return x.ActorName }},
		column[wireStorm]{head: "TICKET PROVIDER", cell: func(x wireStorm) string { return x.Provider }},
		column[wireStorm]{head: "SINCE", cell: func(x wireStorm) string { return s.moment(x.CreatedAt) }},
		column[wireStorm]{head: "ID", cell: func(x wireStorm) string { return x.ID }},
	)}
	return group("storm", "Many tickets of one cause, held back until an admin lets them go", "",
		n.list("List the storms that wait, the oldest first", nil),
		n.tell("release", "Let the tickets of a storm go", "Storm %s is over: its tickets are filed.", func(f *form) {
			f.number("changes", "changes", "how many it holds back, as admit storm list says").need().
				choice("grouping", "grouping", groupingHelp, groupings...)
		}))
}
