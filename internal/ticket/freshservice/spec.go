// Package freshservice files tickets in Freshservice over its API v2.
//
// There is no official schema of that API. What is relied on here is its
// documentation at https://api.freshservice.com, as clients quote it.
package freshservice

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
	// onPage is the most tickets on one page of a list.
	onPage = 100
	// maxText is the most bytes of a text, markup included. Freshservice names no
	// limit.
	maxText = 64_000
	// maxBody leaves room for markup in maxText.
	maxBody = 60_000
	// maxTitle is the most characters of a subject; Freshservice takes 255.
	maxTitle = 200
	// maxTag is the most characters of a tag, which is why the key is one by
	// itself.
	maxTag = 32
	// callsPerMinute leaves others room in what the smallest plan has, 100 for all:
	// an answer with tags counts as two calls.
	callsPerMinute = 30
	// lag is how long the list may take to show a new ticket, at most.
	// Freshservice promises nothing.
	lag = 10 * time.Second
)

// ours is the tag each ticket of Admit gets.
const ours = "admit"

//go:embed help.md
var help string

//go:embed webhook.md
var byHand string

// Spec describes Freshservice.
//
// Batch is 1: Freshservice has no call that reads several tickets by their ids,
// and its filter knows no ids either. Changes come in pages all the same.
func Spec() ticket.Spec {
	return ticket.Spec{
		Kind:      "freshservice",
		Name:      "Freshservice",
		About:     "Files tickets for a group of agents in Freshservice.",
		Help:      help,
		Project:   "group",
		Batch:     1,
		MaxBody:   maxBody,
		Rate:      ticket.Rate{Calls: callsPerMinute, Per: time.Minute},
		Webhook:   byHand,
		LookupLag: lag,
		Fields: []ticket.Field{
			{
				Name: "base_url", Label: "Address", Type: ticket.URL, Required: true,
				Placeholder: "https://example.freshservice.com",
				Help:        "Where Freshservice is, at freshservice.com: its interface does not answer under a domain of yours.",
			},
			{
				Name: "api_key", Label: "API key", Type: ticket.Secret, Required: true,
				Help: "The API key of the service user, an agent.",
			},
			{
				Name: "email", Label: "Requester", Type: ticket.Text, Required: true, Placeholder: "admit@example.com",
				Help: "The e-mail address of the service user. It is the requester of each ticket, and tickets are found by it.",
			},
			{
				Name: "workspace", Label: "Workspace", Type: ticket.Text, Placeholder: "2",
				Help: "The number of the workspace, if the account has several. Without it, the primary one.",
			},
			{
				Name: "declined_tags", Label: "Declined", Type: ticket.Text, Default: "wont-do, declined, rejected",
				Help: "The tags that say the change was not made, with commas between them: a resolved or closed ticket with one of them counts as declined. The first is what Admit sets when a ticket is not wanted any more.",
			},
		},
		Open: open,
	}
}

func open(settings map[string]string, client *http.Client) (ticket.Provider, error) {
	declined, err := check(settings)
	if err != nil {
		return nil, err
	}
	base, key := strings.TrimRight(settings["base_url"], "/"), settings["api_key"]
	basic := base64.StdEncoding.EncodeToString([]byte(key + ":X"))
	return &Provider{
		base:      base,
		email:     settings["email"],
		workspace: settings["workspace"],
		declined:  declined,
		http: exchange{ticket.Exchange{
			Name:    "Freshservice",
			Base:    base + "/api/v2",
			Header:  http.Header{"Authorization": {"Basic " + basic}},
			Client:  client,
			Secrets: []string{key, basic},
			Words:   words,
		}},
	}, nil
}

// check reads the tags, and refuses settings that cannot work.
func check(settings map[string]string) ([]string, error) {
	var wrong access.Problems
	if !ticket.IsEmail(settings["email"]) {
		wrong.Add("settings.email", "must be an e-mail address")
	}
	if w := settings["workspace"]; w != "" && ticket.ParseID(w) == 0 {
		wrong.Add("settings.workspace", "must be the number of a workspace, or empty")
	}
	var declined []string
	for tag := range strings.SplitSeq(settings["declined_tags"], ",") {
		if tag = strings.TrimSpace(tag); tag == "" {
			continue
		}
		if !isTag(tag) || strings.EqualFold(tag, ours) {
			wrong.Add("settings.declined_tags", "cannot have the tag %q", tag)
		}
		declined = append(declined, tag)
	}
	if len(declined) == 0 {
		wrong.Add("settings.declined_tags", "needs at least one tag")
	}
	return declined, wrong.Err()
}

// isTag reports whether text can be a tag.
func isTag(text string) bool {
	odd := func(r rune) bool { return unicode.IsControl(r) || strings.ContainsRune(`,'"\`, r) }
	return text != "" && len([]rune(text)) <= maxTag && !strings.ContainsFunc(text, odd)
}
