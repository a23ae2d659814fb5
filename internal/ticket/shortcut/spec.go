// Package shortcut files tickets as stories of Shortcut.
//
// Stories are written over version 3 of Shortcut's interface, and read in bulk
// over version 4: only that has a list of stories by ids, and only that tells
// the names of states and owners with a story. Both are what the types of the
// official client, @shortcut/client 3.4.1, say.
package shortcut

import (
	_ "embed"
	"net/http"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/ticket"
)

const (
	// batch is the most stories on one page of a list, and the most ids in one.
	batch = 100
	// maxText is the most characters of a description and of a comment.
	maxText = 100_000
	// maxTitle is the most characters of a name; Shortcut takes 512.
	maxTitle = 200
	// maxLabel is the most characters of the name of a label.
	maxLabel = 128
	// callsPerMinute is the documented limit of a token.
	callsPerMinute = 200
	// lag is how long a search may take to show a new story, at most. Shortcut
	// promises nothing; none is known.
	lag = 10 * time.Second
)

// ours is the label each ticket of Admit gets.
const ours = "admit"

//go:embed help.md
var help string

//go:embed webhook.md
var byHand string

// Spec describes Shortcut.
func Spec() ticket.Spec {
	return ticket.Spec{
		Kind:      "shortcut",
		Name:      "Shortcut",
		About:     "Files stories for a team of Shortcut.",
		Help:      help,
		Project:   "team",
		Batch:     batch,
		MaxBody:   maxText,
		Rate:      ticket.Rate{Calls: callsPerMinute - 10, Per: time.Minute},
		Webhook:   byHand,
		LookupLag: lag,
		Fields: []ticket.Field{
			{
				Name: "workspace", Label: "Workspace", Type: ticket.Text, Required: true, Placeholder: "example",
				Help: "The word behind app.shortcut.com/ in the address of the workspace.",
			},
			{
				Name: "token", Label: "API token", Type: ticket.Secret, Required: true,
				Help: "An API token of the account Admit works with.",
			},
			{
				Name: "declined_label", Label: "Declined", Type: ticket.Text, Default: "wont-do",
				Help: "A story that is archived or done and has this label counts as declined. Admit sets it when a ticket is not wanted any more and its workflow has no state for that.",
			},
			{
				Name: "base_url", Label: "Address", Type: ticket.URL, Default: "https://api.app.shortcut.com",
				Help: "Where Shortcut's interface is, without /api. Change it only for a proxy.",
			},
		},
		Open: open,
	}
}

func open(settings map[string]string, client *http.Client) (ticket.Provider, error) {
	var wrong access.Problems
	if !isSlug(settings["workspace"]) {
		wrong.Add("settings.workspace", "must be the one word behind app.shortcut.com/, such as example")
	}
	declined := settings["declined_label"]
	if declined != ticket.Title(declined, maxLabel) || strings.EqualFold(declined, ours) {
		wrong.Add("settings.declined_label", "must be a label of at most %d characters, and not %q", maxLabel, ours)
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	token := settings["token"]
	return &Provider{
		workspace: settings["workspace"],
		declined:  declined,
		http: exchange{ticket.Exchange{
			Name:    "Shortcut",
			Base:    strings.TrimSuffix(strings.TrimRight(settings["base_url"], "/"), "/api"),
			Client:  client,
			Secrets: []string{token},
			Words:   words,
		}, token},
	}, nil
}

// isSlug reports whether text can be the name of a workspace in an address.
func isSlug(text string) bool { return ticket.IsKey(strings.ReplaceAll(text, "_", "-")) }
