package ticket_test

import (
	"strings"
	"testing"

	"admit/internal/ticket"
)

func TestDoc(t *testing.T) {
	t.Parallel()
	page := ticket.Doc(ticket.Spec{
		Name: "System", About: "Files tickets.", Help: "\n## Set up\n\nClick.\n",
		Fields: []ticket.Field{
			{Name: "url", Label: "Address", Help: "a | b\nc", Required: true},
			{Name: "token", Label: "Token", Type: ticket.Secret, Required: true},
			{Name: "field", Label: "Field", Default: "Key"},
		},
	})
	for _, want := range []string{
		"# System\n\nFiles tickets.\n\n## Set up\n\nClick.\n\n![System in Admit",
		"\n\n## Settings\n",
		"| **Address** | `url` | required | a \\| b c |\n",
		"| **Token** | `token` | required, secret |  |\n",
		"| **Field** | `field` | default `Key` |  |\n",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing in\n%s", want, page)
		}
	}
	if page := ticket.Doc(ticket.Spec{Name: "Queue", About: "Ours.", Help: "Nothing to do."}); strings.Contains(page, "Settings") {
		t.Errorf("a page without settings has a table:\n%s", page)
	}
}
