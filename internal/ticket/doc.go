package ticket

import (
	"fmt"
	"strings"
)

// Doc returns the page of documentation of a kind of provider, in Markdown:
// what it is, how to set it up, and its settings.
func Doc(s Spec) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n\n%s\n", s.Name, strings.TrimSpace(s.About), strings.TrimSpace(s.Help))
	if len(s.Settings()) == 0 {
		return b.String()
	}
	fmt.Fprintf(&b, "\n![%s in Admit, set up and checked](../images/providers/%s.png)\n", s.Name, s.Kind)
	b.WriteString("\n## Settings\n\n| setting | name in the API | | |\n|---|---|---|---|\n")
	for _, f := range s.Settings() {
		fmt.Fprintf(&b, "| **%s** | `%s` | %s | %s |\n", cell(f.Label), f.Name, f.need(), cell(f.Help))
	}
	if s.Webhook != "" {
		fmt.Fprintf(&b, "\n## The webhook, by hand\n\nThe provider's page in Admit shows these steps with the address and the secret in their places.\n\n%s\n",
			strings.TrimSpace(s.Webhook))
	}
	return b.String()
}

func (f Field) need() string {
	switch {
	case f.Type == Secret && f.Required:
		return "required, secret"
	case f.Type == Secret:
		return "secret"
	case f.Default != "":
		return "default `" + f.Default + "`"
	case f.Required:
		return "required"
	}
	return "optional"
}

// cell makes text fit into a cell of a Markdown table.
func cell(text string) string {
	return strings.ReplaceAll(OneLine(text), "|", `\|`)
}
