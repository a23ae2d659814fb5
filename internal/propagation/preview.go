package propagation

import (
	"strings"

	"admit/internal/access"
)

// Preview returns a ticket as it would be filed for an app with instructions,
// for the form where they are entered.
func Preview(appName, instructions string) (title, body string) {
	f := Facts{
		Change: access.AccessChange{
			Direction: access.ToGrant, Cause: access.ByRequest, UserEmail: "josh@example.com", UserName: "Josh Miller",
			ResourceName: "My Role", AppName: appName,
		},
		AskedBy: "Josh Miller", Reason: "I do the month-end closing", Instructions: instructions,
		Link: "https://admit.example.com/resources/...",
	}
	return Text(f, strings.Repeat("0", 32))
}
