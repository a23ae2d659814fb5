package work

import (
	"net/url"
	"strings"
	"time"
)

// stamp writes a time for a machine, "" for none.
func stamp(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func query(name, value string) string { return url.Values{name: {value}}.Encode() }

// lower begins a text with a small letter.
func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }
