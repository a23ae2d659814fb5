package live

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"admit/internal/ticket/tickettest"
)

// Client calls the API as different people. A person is named by what is before
// "@example.com".
type Client struct {
	Base string // where the server is
	HTTP *http.Client

	t      *testing.T
	tokens *tokens
}

// tokens are those of people who have called.
type tokens struct {
	issue func(email string) (string, error)

	mu  sync.Mutex
	all map[string]string
}

// NewClient returns a client of the server at base, for which issue makes API
// tokens.
func NewClient(t *testing.T, base string, issue func(email string) (string, error)) *Client {
	t.Helper()
	c := &Client{Base: base, HTTP: &http.Client{Timeout: Patience}, t: t, tokens: &tokens{issue: issue, all: map[string]string{}}}
	t.Cleanup(c.HTTP.CloseIdleConnections)
	return c
}

// At returns a client of another server on the same database.
func (c *Client) At(base string) *Client {
	other := *c
	other.Base = base
	return &other
}

// Token returns the API token of a person.
func (c *Client) Token(who string) string {
	c.t.Helper()
	c.tokens.mu.Lock()
	defer c.tokens.mu.Unlock()
	if c.tokens.all[who] == "" {
		token, err := c.tokens.issue(who + "@example.com")
		if err != nil {
			c.t.Fatal(err)
		}
		c.tokens.all[who] = token
	}
	return c.tokens.all[who]
}

// Object is a JSON object.
type Object map[string]any

// Text returns a field that is text, "" for any other.
func (o Object) Text(name string) string {
	s, _ := o[name].(string)
	return s
}

// In returns a field that is an object, nil for any other.
func (o Object) In(name string) Object {
	inner, _ := o[name].(map[string]any)
	return inner
}

// List returns a field that is a list of objects, an empty one for any other.
func (o Object) List(name string) []Object {
	items, _ := o[name].([]any)
	all := make([]Object, 0, len(items))
	for _, item := range items {
		one, _ := item.(map[string]any)
		all = append(all, one)
	}
	return all
}

// Call calls the API and returns the status, 0 if there was no answer.
func (c *Client) Call(who, method, path string, body any) (int, Object) {
	c.t.Helper()
	token := c.Token(who)
	sent := &bytes.Buffer{}
	if body != nil {
		if err := json.NewEncoder(sent).Encode(body); err != nil {
			c.t.Error(err)
		}
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.Base+"/v1"+path, sent)
	if err != nil {
		c.t.Error(err)
		return 0, nil
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil
	}
	got := Object{}
	if len(raw) > 0 && json.Unmarshal(raw, &got) != nil {
		got = Object{"not JSON": string(raw)}
	}
	return resp.StatusCode, got
}

// Do is Call for what must succeed.
func (c *Client) Do(who, method, path string, body any) Object {
	c.t.Helper()
	status, got := c.Call(who, method, path, body)
	if status < 200 || status > 299 {
		c.t.Fatalf("%s %s by %s: %d %v", method, path, who, status, got)
	}
	return got
}

// id finds something by its name in a list.
func (c *Client) id(path, list, nameField, name, idField string) string {
	c.t.Helper()
	for _, one := range c.Do("ada", "GET", path, nil).List(list) {
		if one.Text(nameField) == name {
			return one.Text(idField)
		}
	}
	c.t.Fatalf("%s has no %s", path, name)
	return ""
}

// User returns the id of a person.
func (c *Client) User(who string) string {
	return c.id("/users", "results", "email", who+"@example.com", "user_id")
}

// Resource returns the id of a resource.
func (c *Client) Resource(name string) string {
	return c.id("/resources", "results", "name", name, "resource_id")
}

// App returns the id of an app.
func (c *Client) App(name string) string {
	return c.id("/apps", "apps", "name", name, "app_id")
}

// Row is how a user stands on a resource; nil for one who is not listed.
func (c *Client) Row(resource, who string) Object {
	c.t.Helper()
	_, got := c.Call("ada", "GET", "/resources/"+c.Resource(resource)+"/users", nil)
	for _, row := range got.List("results") {
		if row.Text("email") == who+"@example.com" {
			return row
		}
	}
	return nil
}

// Standing is a row in one line: "SUCCESS grant done", or "not listed".
func (c *Client) Standing(resource, who string) string {
	c.t.Helper()
	row := c.Row(resource, who)
	if row == nil {
		return "not listed"
	}
	p := row.In("propagation")
	return strings.TrimSpace(strings.Join([]string{row.In("propagation_status").Text("status"), p.Text("direction"), p.Text("state")}, " "))
}

// Stands waits until a user stands so on a resource, and returns the row.
func (c *Client) Stands(resource, who, want string) Object {
	c.t.Helper()
	got := ""
	defer func() {
		if c.t.Failed() {
			c.t.Logf("%s stands at %q: %v", who, got, c.Row(resource, who))
		}
	}()
	Until(c.t, who+" at "+want, func() bool {
		got = c.Standing(resource, who)
		return got == want
	})
	return c.Row(resource, who)
}

// TicketOf is the ticket of a row.
func TicketOf(row Object) Object { return row.In("propagation").In("ticket") }

// KeyOf is the key on the last line of a ticket.
func (c *Client) KeyOf(ticketID string) string {
	c.t.Helper()
	words := strings.Fields(c.Do("ada", "GET", "/tickets/"+ticketID, nil).Text("body"))
	return words[len(words)-1]
}

// Add gives somebody a resource by hand.
func (c *Client) Add(by, resource, who string) {
	c.t.Helper()
	c.Do(by, "POST", "/resources/"+c.Resource(resource)+"/users/"+c.User(who), Object{"duration_minutes": 0})
}

// Remove takes a resource away by hand.
func (c *Client) Remove(by, resource, who string) {
	c.t.Helper()
	c.Do(by, "DELETE", "/resources/"+c.Resource(resource)+"/users/"+c.User(who), nil)
}

// Finish ends the ticket of a row in the built-in queue.
func (c *Client) Finish(by string, row Object, outcome, reason string) {
	c.t.Helper()
	c.Do(by, "POST", "/tickets/"+TicketOf(row).Text("ticket_id")+"/close", Object{"outcome": outcome, "reason": reason})
}

// Connect makes the server file the tickets of an app in a system.
func (c *Client) Connect(kind string, sys tickettest.System, app string) (provider string) {
	c.t.Helper()
	provider = c.Do("ada", "POST", "/ticket-providers", Object{"kind": kind, "name": kind, "settings": sys.Settings}).Text("provider_id")
	form := Object{"type_id": sys.Type}
	fields := c.Do("ada", "GET", "/ticket-providers/"+provider+"/form?project_id="+url.QueryEscape(sys.Project)+"&type_id="+url.QueryEscape(sys.Type), nil)
	for _, f := range fields.List("fields") {
		if f["required"] == true {
			form["fields"] = []Object{{"id": f.Text("id"), "entry": f.Text("entry"), "value": f.List("options")[0].Text("id")}}
		}
	}
	c.Do("ada", "PUT", "/apps/"+app, Object{"tickets": Object{
		"enabled": true, "provider_id": provider, "project_id": sys.Project, "form": form,
	}})
	return provider
}
