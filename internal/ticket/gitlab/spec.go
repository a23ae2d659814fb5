// Package gitlab files tickets as issues of GitLab, of gitlab.com or one's own,
// over its REST interface, version 4. What is said here about GitLab's behaviour
// was read in its documentation and its source.
package gitlab

import (
	_ "embed"
	"net/http"
	"slices"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/ticket"
)

const (
	batch    = 100 // the most rows GitLab returns in one page
	maxTitle = 200 // GitLab takes 255 characters
	// maxText is of a description and a comment. GitLab takes a million, but what
	// is much longer than this is left out of its search.
	maxText = 200_000
)

//go:embed help.md
var help string

//go:embed webhook.md
var webhook string

// Spec describes GitLab.
func Spec() ticket.Spec {
	return ticket.Spec{
		Kind:    "gitlab",
		Name:    "GitLab Issues",
		About:   "Files tickets as issues of a project on gitlab.com or a GitLab of your own.",
		Help:    help,
		Project: "project",
		Batch:   batch,
		MaxBody: maxText,
		// gitlab.com lets an account make 2000 calls a minute, 300 of them searches
		// and 200 of them new issues of a project.
		Rate:    ticket.Rate{Calls: 200, Per: time.Minute},
		Webhook: webhook,
		// The database is read, not an index. But a request whose caller has gone is
		// carried on with, for a minute at most.
		LookupLag: time.Minute,
		Fields: []ticket.Field{
			{
				Name: "base_url", Label: "Address", Type: ticket.URL, Required: true, Default: "https://gitlab.com",
				Placeholder: "https://gitlab.example.com",
				Help:        "Where people open GitLab in a browser, without /api/v4.",
			},
			{
				Name: "token", Label: "Token", Type: ticket.Secret, Required: true,
				Placeholder: "glpat-...",
				Help:        "A personal, group or project access token with the scope api.",
			},
			{
				Name: "declined_labels", Label: "Declined", Type: ticket.Text,
				Default: "wontfix, won't do, won't fix, declined, rejected, duplicate, invalid, canceled, cancelled, not planned",
				Help:    "The labels that say of a closed issue that the change was not made, with commas between them. The first is what Admit adds when a ticket is not wanted any more.",
			},
			{
				Name: "started_labels", Label: "Started", Type: ticket.Text,
				Default: "doing, in progress, started, in dev",
				Help:    "The labels that say of an open issue that somebody works on it, with commas between them.",
			},
		},
		Open: open,
	}
}

func open(settings map[string]string, client *http.Client) (ticket.Provider, error) {
	declined, started := names(settings["declined_labels"]), names(settings["started_labels"])
	var wrong access.Problems
	if len(declined) == 0 {
		wrong.Add("settings.declined_labels", "needs at least one label")
	}
	for _, label := range started {
		if slices.ContainsFunc(declined, func(other string) bool { return strings.EqualFold(label, other) }) {
			wrong.Add("settings.started_labels", "names %q, which already says that a change was not made", label)
		}
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	base, token := strings.TrimRight(settings["base_url"], "/"), settings["token"]
	return &Provider{
		declined: declined,
		started:  started,
		http: exchange{ticket.Exchange{
			Name:    "GitLab",
			Base:    base + "/api/v4",
			Header:  http.Header{"Private-Token": {token}},
			Client:  client,
			Secrets: []string{token},
			Words:   words,
		}},
	}, nil
}

// names reads a list with commas between.
func names(list string) []string {
	var found []string
	for name := range strings.SplitSeq(list, ",") {
		if name = ticket.OneLine(name); name != "" {
			found = append(found, name)
		}
	}
	return found
}
