package gitlab

import (
	"strings"

	"admit/internal/ticket"
)

// text makes a text fit to be sent. A line that begins with a slash may be a
// command to GitLab ("/close", "/assign"), which it carries out and takes away.
// A command stands at the very beginning of its line, and not in code. So a
// slash there is escaped; in what looks like code, where that would show, a blank
// goes before it. Either is enough also when GitLab sees the other in the line.
func text(markdown string) string {
	lines := strings.Split(ticket.Printable(markdown), "\n")
	fence := ""
	for i, line := range lines {
		rest := strings.TrimLeft(line, " \t")
		switch mark := fenceOf(rest); {
		case fence == "" && mark != "":
			fence = mark
		case fence != "" && strings.HasPrefix(rest, fence) && strings.Trim(rest, fence[:1]+" \t") == "":
			fence = ""
		}
		if !strings.HasPrefix(rest, "/") {
			continue
		}
		if fence != "" && i > 0 {
			lines[i] = " " + line
		} else {
			lines[i] = line[:len(line)-len(rest)] + `\` + rest
		}
	}
	return ticket.Fit(strings.Join(lines, "\n"), maxText)
}

// fenceOf returns the fence that begins a block of code, "" for another line.
func fenceOf(line string) string {
	for _, mark := range []string{"`", "~"} {
		if n := len(line) - len(strings.TrimLeft(line, mark)); n >= len("```") {
			return line[:n]
		}
	}
	return ""
}
