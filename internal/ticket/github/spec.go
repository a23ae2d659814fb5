// Package github files tickets as issues of GitHub: on github.com, on a
// subdomain of ghe.com and on GitHub Enterprise Server. Issues are read over
// GraphQL, where one call brings a hundred of them by ids that outlive a rename;
// they are filed, and webhooks are set up, over REST.
package github

import (
	_ "embed"
	"net/http"
	"strings"
	"time"

	"admit/internal/ticket"
)

const (
	batch    = 100    // the most nodes GraphQL returns for one list
	maxTitle = 256    // characters
	maxBody  = 65_536 // characters, of a body and of a comment
)

// lag is how long a new issue may be missing in a list: reads may be answered
// by a replica, which is behind for a moment.
const lag = 10 * time.Second

//go:embed help.md
var help string

//go:embed webhook.md
var byHand string

// Spec describes GitHub Issues.
func Spec() ticket.Spec {
	return ticket.Spec{
		Kind:    "github",
		Name:    "GitHub Issues",
		About:   "Files issues in a repository of GitHub, of GitHub Enterprise Cloud or of GitHub Enterprise Server.",
		Help:    help,
		Project: "repository",
		Batch:   batch,
		MaxBody: maxBody,
		// GitHub takes 5,000 calls an hour. Those that make something it takes about 80
		// of in a minute: more it answers with how long to wait.
		Rate:      ticket.Rate{Calls: 4500, Per: time.Hour},
		LookupLag: lag,
		Webhook:   byHand,
		Fields: []ticket.Field{
			{
				Name: "token", Label: "Token", Type: ticket.Secret, Required: true,
				Placeholder: "github_pat_...",
				Help:        "A fine-grained personal access token of the service account, with Issues: read and write on the repositories.",
			},
			{
				Name: "base_url", Label: "API address", Type: ticket.URL, Default: "https://api.github.com",
				Placeholder: "https://github.example.com/api/v3",
				Help:        "Of GitHub Enterprise Server it is the server's address with /api/v3 behind it; with data residency it is https://api.SUBDOMAIN.ghe.com.",
			},
		},
		Open: open,
	}
}

func open(settings map[string]string, client *http.Client) (ticket.Provider, error) {
	base, token := strings.TrimRight(settings["base_url"], "/"), settings["token"]
	rest := ticket.Exchange{
		Name: "GitHub",
		Base: base,
		Header: http.Header{
			"Authorization":           {"Bearer " + token},
			"Accept":                  {"application/vnd.github+json"},
			"X-Github-Api-Version":    {"2022-11-28"},
			"X-Github-Next-Global-Id": {"1"}, // else an old object's id is written in a form that is to go
		},
		Client:  client,
		Secrets: []string{token},
		Words:   words,
	}
	graph := rest
	graph.Base = graphAddress(base)
	return &Provider{rest: rest, graph: graph}, nil
}

// graphAddress is where GraphQL is spoken, given where REST is.
func graphAddress(base string) string {
	if host, ok := strings.CutSuffix(base, "/api/v3"); ok {
		return host + "/api/graphql"
	}
	return base + "/graphql"
}
