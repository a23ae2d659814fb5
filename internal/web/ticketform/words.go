package ticketform

import (
	"strings"

	"admit/internal/access"
)

// Off says what it means that tickets are off.
const Off = "A change is only written down here, as complete at once. Nobody is asked to make it."

// Words says in a sentence what a policy means. provider is the name of its
// provider, "" if the reader may not know it.
func Words(p access.TicketPolicy, provider string) string {
	if !p.TicketsEnabled {
		return Off
	}
	where := "the ticket system"
	if provider != "" {
		where = provider
	}
	if p.TicketProjectName != "" {
		where += ", " + p.TicketProjectName + ","
	}
	return "A ticket is filed in " + where + " when access is " + directions(p) + ". " + goesTo(p.Fulfilment.Assign)
}

func directions(p access.TicketPolicy) string {
	var parts []string
	if p.TicketsOnGrant {
		parts = append(parts, "given")
	}
	if p.TicketsOnRemoval {
		parts = append(parts, "removed")
	}
	return strings.Join(parts, " and when it is ")
}

// Short says the same in a few words, for lists.
func Short(p access.TicketPolicy) string {
	switch {
	case !p.TicketsEnabled:
		return "Off"
	case !p.TicketsOnRemoval:
		return "On, giving only"
	case !p.TicketsOnGrant:
		return "On, removing only"
	}
	return "On"
}
