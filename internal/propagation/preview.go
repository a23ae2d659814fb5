package propagation

import (
	"strings"

	"admit/internal/access"
)

// Preview returns a ticket as it would be filed for an app with instructions and
// a form, for the page where they are entered.
func Preview(appName, instructions string, form access.TicketForm) (title, body string) {
	f := Facts{
		Change: access.AccessChange{
			Direction: access.ToGrant, Cause: access.ByRequest, UserEmail: "josh@example.com", UserName: "Josh Miller",
			ResourceName: "My Role", AppName: appName,
		},
		AskedBy: "Josh Miller", Reason: "I do the month-end closing", Instructions: instructions, Form: form,
		Link: "https://admit.example.com/resources/...",
	}
	return Text(f, strings.Repeat("0", 32))
}
