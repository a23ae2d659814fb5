// Package requesttracker files tickets in Request Tracker 5 over its REST 2.0
// interface. What is said here about Request Tracker's behaviour was seen on
// version 5.0.3.
package requesttracker

import (
	_ "embed"
	"net/http"
	"strings"
	"unicode"

	"admit/internal/access"
	"admit/internal/ticket"
)

// batch is the most rows Request Tracker returns for one search.
const batch = 100

//go:embed help.md
var help string

// Spec describes Request Tracker.
func Spec() ticket.Spec {
	return ticket.Spec{
		Kind:    "request_tracker",
		Name:    "Request Tracker",
		About:   "Files tickets in a queue of Request Tracker 5 (RT) over REST 2.0.",
		Help:    help,
		Project: "queue",
		Batch:   batch,
		Fields: []ticket.Field{
			{
				Name: "base_url", Label: "Address", Type: ticket.URL, Required: true,
				Placeholder: "https://rt.example.com",
				Help:        "Where people open Request Tracker in a browser, without /REST/2.0.",
			},
			{
				Name: "token", Label: "Token", Type: ticket.Secret, Required: true,
				Placeholder: "1-27-...",
				Help:        "An authentication token of the service user.",
			},
			{
				Name: "key_field", Label: "Key field", Type: ticket.Text, Default: "AdmitKey",
				Help: "The name of the custom field Admit finds its tickets by.",
			},
			{
				Name: "done_statuses", Label: "Done", Type: ticket.Text, Default: "resolved",
				Help: "The statuses that say the change was made, with commas between them.",
			},
			{
				Name: "declined_statuses", Label: "Declined", Type: ticket.Text, Default: "rejected",
				Help: "The statuses that say the change was not made. The first is what Admit sets when a ticket is not wanted any more.",
			},
			{
				Name: "open_statuses", Label: "Open", Type: ticket.Text, Default: "new, open, stalled",
				Help: "The statuses of a ticket that is not over. A ticket that was closed once and has a status of none of these lists needs a look by a person.",
			},
		},
		Open: open,
	}
}

func open(settings map[string]string, client *http.Client) (ticket.Provider, error) {
	known, err := outcomes(settings)
	if err != nil {
		return nil, err
	}
	base, token := strings.TrimRight(settings["base_url"], "/"), settings["token"]
	return &Provider{
		base:     base,
		service:  serviceUser(token),
		keyField: settings["key_field"],
		outcomes: known,
		declined: statuses(settings["declined_statuses"])[0],
		http: exchange{ticket.Exchange{
			Name:    "Request Tracker",
			Base:    base + "/REST/2.0",
			Header:  http.Header{"Authorization": {"token " + token}},
			Client:  client,
			Secrets: []string{token},
			Words:   words,
		}},
	}, nil
}

// outcomes reads the lists of statuses, and refuses settings that would let a
// ticket's end be read in two ways or a key get lost in a query.
func outcomes(settings map[string]string) (map[string]ticket.Outcome, error) {
	var wrong access.Problems
	if !isFieldName(settings["key_field"]) {
		wrong.Add("settings.key_field", "may have letters, digits, blanks, - and _")
	}
	known := map[string]ticket.Outcome{"deleted": ticket.Deleted}
	for _, list := range []struct {
		field   string
		outcome ticket.Outcome
	}{
		{"done_statuses", ticket.Yes},
		{"declined_statuses", ticket.No},
		{"open_statuses", ticket.Open},
	} {
		names := statuses(settings[list.field])
		if len(names) == 0 {
			wrong.Add("settings."+list.field, "needs at least one status")
		}
		for _, status := range names {
			if other, twice := known[status]; twice && other != list.outcome {
				wrong.Add("settings."+list.field, "names %q, which already has a meaning", status)
			}
			known[status] = list.outcome
		}
	}
	return known, wrong.Err()
}

// statuses reads a list. Request Tracker keeps statuses in lower case.
func statuses(list string) []string {
	var names []string
	for name := range strings.SplitSeq(list, ",") {
		if name = strings.ToLower(strings.TrimSpace(name)); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// isFieldName reports whether a custom field's name can stand in a query as it is.
func isFieldName(name string) bool {
	odd := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != ' ' && r != '-' && r != '_'
	}
	return name != "" && !strings.ContainsFunc(name, odd)
}

// serviceUser returns the id of the user a token belongs to, which is the part
// between its dashes, or "" for a token of another form.
func serviceUser(token string) string {
	parts := strings.Split(token, "-")
	if len(parts) == 3 && parts[0] == "1" && isID(parts[1]) {
		return parts[1]
	}
	return ""
}
