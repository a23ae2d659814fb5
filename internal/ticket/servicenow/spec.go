// Package servicenow files tickets in ServiceNow: incidents, catalog tasks, and
// orders of catalog items. It uses the Table API and the Service Catalog API.
//
// ServiceNow publishes no schema of these. What is said here about them is from
// its documentation (github.com/ServiceNow/ServiceNowDocs, api-reference:
// "Table API", "Service Catalog API", "Inbound REST API rate limiting",
// "GlideCertificateEncryption") and its knowledge base, named by number.
package servicenow

import (
	_ "embed"
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/ticket"
)

const (
	batch = 100
	// maxBody is the length of task.description as it is delivered. The platform
	// does not enforce it (KB0685779), but forms and mails do.
	maxBody = 4000
)

//go:embed help.md
var help string

//go:embed webhook.md
var webhook string

// Spec describes ServiceNow. One Read is one call; with more than 60 orders of
// catalog items in it, it is two: an order is named twice, and an address has only
// so much room. A page of Changed with orders on it needs a Read of these.
func Spec() ticket.Spec {
	return ticket.Spec{
		Kind:    "servicenow",
		Name:    "ServiceNow",
		About:   "Files incidents, catalog tasks or orders of catalog items in ServiceNow.",
		Help:    help,
		Project: "way to file",
		Batch:   batch,
		MaxBody: maxBody,
		Webhook: webhook,
		// ServiceNow has no limit until an admin sets one, for an hour and a user.
		Rate: ticket.Rate{Calls: 100, Per: time.Minute},
		// Searches read the database. But a call whose answer was lost may still be
		// running: as delivered, one of the Table API is ended after a minute.
		// Source: "Default quota rules", REST Table API request timeout.
		LookupLag: time.Minute,
		Fields:    fields(),
		Open:      open,
	}
}

func fields() []ticket.Field {
	return []ticket.Field{
		{
			Name: "base_url", Label: "Address", Type: ticket.URL, Required: true,
			Placeholder: "https://example.service-now.com",
			Help:        "Where people open ServiceNow in a browser, without a path.",
		},
		{
			Name: "auth", Label: "Sign-in", Type: ticket.Select, Default: "basic",
			Options: []ticket.Option{{ID: "basic", Name: "User and password"}, {ID: "api_key", Name: "API key"}},
			Help:    "How Admit signs in. An API key needs the plugin API Key and HMAC Authentication.",
		},
		{Name: "user", Label: "User", Type: ticket.Text, Placeholder: "admit", Help: "The User ID of the service user, for sign-in with a password."},
		{Name: "password", Label: "Password", Type: ticket.Secret, Help: "Of the service user."},
		{Name: "api_key", Label: "API key", Type: ticket.Secret, Help: "A REST API key of the service user."},
		{
			Name: "key_variable", Label: "Key variable", Type: ticket.Text, Placeholder: "admit_key",
			Help: "Only for orders of catalog items: the name of the variable that takes Admit's key. Each item that Admit orders needs it. Leave it empty and Admit orders nothing.",
		},
		{
			Name: "text_variable", Label: "Text variable", Type: ticket.Text, Default: "admit_text",
			Help: "The name of the variable that takes the text, on catalog items that have it.",
		},
		{
			Name: "incident_cancel_state", Label: "State of a withdrawn incident", Type: ticket.Text, Default: "8",
			Help: "The number of the state that Admit gives an incident that is not wanted any more. As delivered, 8 is Canceled.",
		},
		{
			Name: "task_cancel_state", Label: "State of a withdrawn task or order", Type: ticket.Text, Default: "4",
			Help: "The number of the state that Admit gives a catalog task or an order that is not wanted any more. As delivered, 4 is Closed Incomplete.",
		},
		{
			Name: "cancel_close_code", Label: "Resolution code of a withdrawn incident", Type: ticket.Text,
			Help: "Only if your data policies ask for one in that state.",
		},
		{
			Name: "done_close_code", Label: "Resolution code of a done incident", Type: ticket.Text, Placeholder: usualCode,
			Help: "What Admit resolves an incident with when somebody without an account here says in Admit that the change is made. Leave it empty if yours are those that are delivered.",
		},
	}
}

func open(settings map[string]string, client *http.Client) (ticket.Provider, error) {
	header, secrets, wrong := signIn(settings)
	for _, name := range []string{"key_variable", "text_variable"} {
		if v := settings[name]; v != "" && !isColumn(v) {
			wrong.Add("settings."+name, "may have letters, digits and _")
		}
	}
	for name, table := range map[string]string{"incident_cancel_state": incident, "task_cancel_state": catalogTask} {
		if known := states[table][settings[name]]; !isNumber(settings[name]) || known == ticket.Yes || known == ticket.Open {
			wrong.Add("settings."+name, "must be the number of a state that says the work was not done")
		}
	}
	if said, known := closeCodes[strings.ToLower(settings["done_close_code"])]; known && said != ticket.Yes {
		wrong.Add("settings.done_close_code", "must say that the work was done")
	}
	if settings["key_variable"] != "" && settings["key_variable"] == settings["text_variable"] {
		wrong.Add("settings.text_variable", "must not be the key variable")
	}
	if err := wrong.Err(); err != nil {
		return nil, err
	}
	base := strings.TrimRight(settings["base_url"], "/")
	return &Provider{
		base:         base,
		auth:         settings["auth"],
		keyVariable:  settings["key_variable"],
		textVariable: settings["text_variable"],
		cancelCode:   settings["cancel_close_code"],
		doneCode:     settings["done_close_code"],
		cancel: map[string]string{
			incident: settings["incident_cancel_state"], catalogTask: settings["task_cancel_state"], order: settings["task_cancel_state"],
		},
		http: exchange{ticket.Exchange{
			Name: "ServiceNow", Base: base, Header: header, Client: client, Secrets: secrets, Words: words,
		}},
	}, nil
}

// signIn returns what each call carries. A cookie is never sent back: with a
// session ServiceNow asks for a CSRF token with each write.
func signIn(settings map[string]string) (http.Header, []string, access.Problems) {
	var wrong access.Problems
	need := func(name string) string {
		if settings[name] == "" {
			wrong.Add("settings."+name, "is required for this sign-in")
		}
		return settings[name]
	}
	if settings["auth"] == "api_key" {
		key := need("api_key")
		return http.Header{"X-Sn-Apikey": {key}}, []string{key}, wrong
	}
	user, password := need("user"), need("password")
	if strings.Contains(user, ":") {
		wrong.Add("settings.user", "must not contain a colon")
	}
	pair := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	return http.Header{"Authorization": {"Basic " + pair}}, []string{password, pair}, wrong
}

var (
	column = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,79}$`)
	number = regexp.MustCompile(`^-?[0-9]{1,9}$`)
)

// isColumn reports whether text can be the name of a column or a variable.
func isColumn(text string) bool { return column.MatchString(text) }

func isNumber(text string) bool { return number.MatchString(text) }

// isID reports whether text can be a sys_id: 32 hex digits, but for records that
// were imported.
func isID(text string) bool {
	odd := func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'z') }
	return text != "" && len(text) <= 32 && !strings.ContainsFunc(text, odd)
}
