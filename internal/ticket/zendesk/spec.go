// Package zendesk files tickets in Zendesk Support over its API v2.
//
// Whoever may be assigned, what a status means and what a form asks for is asked
// of Zendesk; nothing is configured twice.
package zendesk

import (
	_ "embed"
	"encoding/base64"
	"net/http"
	"strings"
	"time"
	"unicode"

	"admit/internal/access"
	"admit/internal/ticket"
)

const (
	// batch is the most tickets Zendesk returns in one answer.
	batch = 100
	// maxText is the most bytes of a comment, markup included: Zendesk refuses
	// more than 64 kB.
	maxText = 64_000
	// maxTitle is the most characters of a subject.
	maxTitle = 150
	// callsPerMinute is the limit of the smallest plan, for the whole account.
	callsPerMinute = 200
	// lag is how long a list may be behind what was written, at most. Zendesk
	// promises nothing; no lag is known.
	lag = 10 * time.Second
)

// ours is the tag each ticket of Admit gets, for views and triggers.
const ours = "admit"

//go:embed help.md
var help string

//go:embed webhook.md
var byHand string

// Spec describes Zendesk.
//
// It is not Idempotent: the key of a create is forgotten after two hours, and
// then the same call makes a second ticket.
func Spec() ticket.Spec {
	return ticket.Spec{
		Kind:      "zendesk",
		Name:      "Zendesk",
		About:     "Files tickets in a group of Zendesk Support.",
		Help:      help,
		Project:   "group",
		Batch:     batch,
		MaxBody:   maxText,
		Rate:      ticket.Rate{Calls: callsPerMinute, Per: time.Minute},
		Webhook:   byHand,
		LookupLag: lag,
		Fields: []ticket.Field{
			{
				Name: "base_url", Label: "Address", Type: ticket.URL, Required: true,
				Placeholder: "https://example.zendesk.com",
				Help:        "Where agents open Zendesk in a browser, without /agent.",
			},
			{
				Name: "email", Label: "E-mail", Type: ticket.Text, Required: true,
				Placeholder: "admit@example.com",
				Help:        "The e-mail address of the service user, an agent.",
			},
			{
				Name: "token", Label: "API token", Type: ticket.Secret, Required: true,
				Help: "An API token of the account.",
			},
			{
				Name: "declined_tags", Label: "Declined", Type: ticket.Text, Default: "wont_do, declined, rejected",
				Help: "The tags that say the change was not made, with commas between them: a solved ticket with one of them counts as declined. The first is what Admit sets when a ticket is not wanted any more.",
			},
		},
		Open: open,
	}
}

func open(settings map[string]string, client *http.Client) (ticket.Provider, error) {
	declined, err := readSettings(settings)
	if err != nil {
		return nil, err
	}
	base := strings.TrimRight(settings["base_url"], "/")
	email, token := settings["email"], settings["token"]
	basic := base64.StdEncoding.EncodeToString([]byte(email + "/token:" + token))
	return &Provider{
		base:     base,
		declined: declined,
		http: exchange{ticket.Exchange{
			Name:    "Zendesk",
			Base:    base + "/api/v2",
			Header:  http.Header{"Authorization": {"Basic " + basic}},
			Client:  client,
			Secrets: []string{token, basic},
			Words:   words,
		}},
	}, nil
}

// readSettings reads the tags, and refuses settings that cannot work.
func readSettings(settings map[string]string) ([]string, error) {
	var wrong access.Problems
	if !ticket.IsEmail(settings["email"]) {
		wrong.Add("settings.email", "must be an e-mail address, without /token")
	}
	var declined []string
	for tag := range strings.SplitSeq(settings["declined_tags"], ",") {
		if tag = strings.ToLower(strings.TrimSpace(tag)); tag == "" {
			continue
		}
		if !isTag(tag) || tag == ours || tag == merged {
			wrong.Add("settings.declined_tags", "cannot have the tag %q", tag)
		}
		declined = append(declined, tag)
	}
	if len(declined) == 0 {
		wrong.Add("settings.declined_tags", "needs at least one tag")
	}
	return declined, wrong.Err()
}

// isTag reports whether Zendesk keeps a tag as it is written.
func isTag(tag string) bool {
	odd := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-/.:", r) || unicode.IsUpper(r)
	}
	return tag != "" && !strings.ContainsFunc(tag, odd)
}
