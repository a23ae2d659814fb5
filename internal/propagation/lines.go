package propagation

import (
	"fmt"
	"strings"

	"admit/internal/access"
	"admit/internal/ticket/markdown"
)

// What a ticket says that is for several changes. They are removals of one person
// or from one resource, and the words are Admit's own: an app's are for one.

// titleOfLines names the person or the resource that all lines have in common.
func (f Facts) titleOfLines() string {
	c, n := f.Change, len(f.Lines)+1
	for _, line := range f.Lines {
		if line.UserID != c.UserID {
			return fmt.Sprintf("Make sure the %d people listed do NOT have %s in %s", n, c.ResourceName, c.AppName)
		}
	}
	return fmt.Sprintf("Make sure %s does NOT have the %d things listed", c.UserEmail, n)
}

func (f Facts) bodyOfLines() string {
	var b strings.Builder
	b.WriteString("Make sure of all of this:\n\n")
	apps := map[string]bool{}
	for _, c := range append([]access.AccessChange{f.Change}, f.Lines...) {
		b.WriteString("- " + markdown.Escape(flat(lineText(c))) + "\n")
		apps[c.AppID] = true
	}
	fmt.Fprintf(&b, "\nWhy: %s\n", markdown.Escape(flat(f.because())))
	if f.Instructions != "" && len(apps) == 1 {
		fmt.Fprintf(&b, "\nHow:\n\n%s\n", f.Instructions)
	}
	b.WriteString("\nWhen all of it is so, mark this ticket as done. What is so already counts as well.\n" +
		"If a line cannot be done, close this ticket as won't do and say which, and why.\n\n<" + f.Link + ">")
	return b.String()
}

// lineText is one change as the state to reach.
func lineText(c access.AccessChange) string {
	state := "HAS"
	if c.Direction == access.ToRemove {
		state = "does NOT have"
	}
	what := c.ResourceName
	if c.LevelName != "" {
		what += " (" + c.LevelName + ")"
	}
	return c.UserEmail + " " + state + " " + what + " in " + c.AppName
}
