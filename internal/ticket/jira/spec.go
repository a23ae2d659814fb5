// Package jira files tickets in Jira: Cloud over its REST API v3, and Data
// Center over v2. The two are kinds of their own that share all but a flavour.
package jira

import (
	_ "embed"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/ticket"
)

const (
	// batch is the most issues one call reads.
	batch = 100
	// maxBody is well below the 32,767 characters a text may have, because what
	// is sent is longer than its Markdown: see fitted.
	maxBody = 10_000
	// maxStored is the most characters Jira stores for one text, unless an admin
	// of Data Center allows more.
	maxStored = 32_767
)

//go:embed help_cloud.md
var helpCloud string

//go:embed help_data_center.md
var helpDataCenter string

//go:embed webhook_cloud.md
var webhookCloud string

//go:embed webhook_data_center.md
var webhookDataCenter string

// Cloud describes Jira Cloud, Jira Service Management included.
func Cloud() ticket.Spec {
	return ticket.Spec{
		Kind:    "jira_cloud",
		Name:    "Jira Cloud",
		About:   "Files work items in a project of Jira Cloud, and requests in Jira Service Management.",
		Help:    helpCloud,
		Project: "project",
		Fields: []ticket.Field{
			{
				Name: "base_url", Label: "Address", Type: ticket.URL, Required: true,
				Placeholder: "https://example.atlassian.net",
				Help:        "Where people open Jira in a browser, without anything behind the host name.",
			},
			{
				Name: "email", Label: "E-mail", Type: ticket.Text, Required: true,
				Placeholder: "admit@example.com",
				Help:        "The e-mail address of the service account.",
			},
			{
				Name: "token", Label: "API token", Type: ticket.Secret, Required: true,
				Help: "An API token of the service account.",
			},
			{
				Name: "api_url", Label: "API address", Type: ticket.URL,
				Placeholder: "https://api.atlassian.com/ex/jira/CLOUD-ID",
				Help:        "Only for a token with scopes: the address such tokens work at. Otherwise leave it empty.",
			},
		},
		Batch:     batch,
		MaxBody:   maxBody,
		Rate:      ticket.Rate{Calls: 6000, Per: 10 * time.Minute},
		Webhook:   webhookCloud,
		LookupLag: 2 * time.Minute,
		Open:      openCloud,
	}
}

// DataCenter describes Jira Data Center, Jira Service Management included.
func DataCenter() ticket.Spec {
	return ticket.Spec{
		Kind:    "jira_data_center",
		Name:    "Jira Data Center",
		About:   "Files issues in a project of Jira Data Center 9 or newer, and requests in Jira Service Management.",
		Help:    helpDataCenter,
		Project: "project",
		Fields: []ticket.Field{
			{
				Name: "base_url", Label: "Address", Type: ticket.URL, Required: true,
				Placeholder: "https://jira.example.com",
				Help:        "Where people open Jira in a browser: with the context path if there is one, without anything behind it.",
			},
			{
				Name: "token", Label: "Personal access token", Type: ticket.Secret, Required: true,
				Help: "A personal access token of the service user.",
			},
		},
		Batch:     batch,
		MaxBody:   maxBody,
		Rate:      ticket.Rate{Calls: 6000, Per: 10 * time.Minute},
		Webhook:   webhookDataCenter,
		LookupLag: 10 * time.Second,
		Open:      openDataCenter,
	}
}

func openCloud(settings map[string]string, client *http.Client) (ticket.Provider, error) {
	site, api := settings["base_url"], settings["api_url"]
	var wrong access.Problems
	if u, err := url.Parse(site); err != nil || strings.Trim(u.Path, "/") != "" {
		wrong.Add("settings.base_url", "must end with the host name, such as https://example.atlassian.net")
	}
	if strings.Contains(settings["email"], ":") {
		wrong.Add("settings.email", "must be an e-mail address")
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	if api == "" {
		api = site
	}
	basic := base64.StdEncoding.EncodeToString([]byte(settings["email"] + ":" + settings["token"]))
	return newProvider(cloud(), site, ticket.Exchange{
		Name:    "Jira",
		Base:    strings.TrimRight(api, "/"),
		Header:  http.Header{"Authorization": {"Basic " + basic}},
		Client:  client,
		Secrets: []string{settings["token"], basic},
		Words:   words,
	}), nil
}

func openDataCenter(settings map[string]string, client *http.Client) (ticket.Provider, error) {
	return newProvider(dataCenter(), settings["base_url"], ticket.Exchange{
		Name:    "Jira",
		Base:    strings.TrimRight(settings["base_url"], "/"),
		Header:  http.Header{"Authorization": {"Bearer " + settings["token"]}},
		Client:  client,
		Secrets: []string{settings["token"]},
		Words:   words,
	}), nil
}
