// Package linear files tickets as issues of Linear over its GraphQL interface.
package linear

import (
	_ "embed"
	"net/http"
	"strings"
	"time"

	"admit/internal/ticket"
)

// batch is the most records Linear returns on one page of a connection.
const batch = 250

//go:embed help.md
var help string

//go:embed webhook.md
var webhook string

// Spec describes Linear.
func Spec() ticket.Spec {
	return ticket.Spec{
		Kind:    "linear",
		Name:    "Linear",
		About:   "Files issues in a team of Linear.",
		Help:    help,
		Project: "team",
		Batch:   batch,
		// Linear's documentation has said 1,500, 2,500 and 5,000 an hour.
		Rate:       ticket.Rate{Calls: 1500, Per: time.Hour},
		Webhook:    webhook,
		Idempotent: true,
		Fields: []ticket.Field{
			{
				Name: "api_key", Label: "API key", Type: ticket.Secret, Required: true,
				Placeholder: "lin_api_...",
				Help:        "A personal API key of the account Admit works with.",
			},
			{
				Name: "base_url", Label: "Address", Type: ticket.URL, Default: "https://api.linear.app",
				Help: "Where Linear's interface is, without /graphql. Change it only for a proxy.",
			},
		},
		Open: open,
	}
}

func open(settings map[string]string, client *http.Client) (ticket.Provider, error) {
	key := settings["api_key"]
	return &Provider{http: exchange{ticket.Exchange{
		Name:    "Linear",
		Base:    strings.TrimSuffix(strings.TrimRight(settings["base_url"], "/"), "/graphql"),
		Header:  http.Header{"Authorization": {key}},
		Client:  client,
		Secrets: []string{key},
		Words:   words,
	}}}, nil
}
