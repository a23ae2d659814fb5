package work

import (
	"net/url"
	"time"
)

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func query(name, value string) string { return url.Values{name: {value}}.Encode() }
