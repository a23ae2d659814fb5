// Package requesttracker files tickets in Request Tracker 5 over its REST 2.0
// interface. What is said here about Request Tracker's behaviour was seen on
// version 5.0.3.
package requesttracker

import (
	_ "embed"
	"net/http"
	"strings"
	"unicode"

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
				Name: "done_status", Label: "Done", Type: ticket.Text, Placeholder: doneStatus,
				Help: "The status Admit sets when somebody without an account here says in Admit that the change is made; resolved if you leave it empty.",
			},
			{
				Name: "declined_status", Label: "Declined", Type: ticket.Text, Placeholder: declinedStatus,
				Help: "The status Admit sets when a ticket is not wanted any more; rejected if you leave it empty.",
			},
		},
		Retired: retired(),
		Webhook: scrip,
		Open:    open,
	}
}

func open(settings map[string]string, client *http.Client) (ticket.Provider, error) {
	means, wrong := newMeanings(settings, done(settings), declined(settings))
	if !isFieldName(settings["key_field"]) {
		wrong.Add("settings.key_field", "may have letters, digits, blanks, - and _")
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	base, token := strings.TrimRight(settings["base_url"], "/"), settings["token"]
	return &Provider{
		base:     base,
		service:  serviceUser(token),
		keyField: settings["key_field"],
		means:    means,
		done:     done(settings),
		declined: declined(settings),
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
