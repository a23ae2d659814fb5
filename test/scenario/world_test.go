// Package scenario follows whole stories on the real server, on both databases:
// the guide over the API, a real ticketing server in trouble, servers that are
// stopped and killed, databases that go away, and visitors who mean harm.
package scenario

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"admit/internal/authn"
	"admit/internal/config"
	"admit/internal/server"
)

// patience is how long a test waits for something that should happen at once.
const patience = time.Minute

// until waits for a condition, and fails the test when it does not come true.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	within(t, patience, what, holds)
}

func within(t *testing.T, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(limit); !holds(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("after %v: not %s", limit, what)
		}
	}
}

// world is a running server and those who call it.
type world struct {
	*testing.T
	*client
	server *server.Server
	cfg    config.Config
	out    *text // what it prints
	stop   func() error
}

// start runs a server in this process: a demo, if adjust does not say otherwise.
func start(t *testing.T, databaseURL string, adjust func(*config.Config)) *world {
	t.Helper()
	cfg := config.Default()
	cfg.Demo, cfg.Listen, cfg.Data, cfg.DatabaseURL = true, "127.0.0.1:0", t.TempDir(), databaseURL
	cfg.AllowPrivate, cfg.PollEvery, cfg.Window = []string{"127.0.0.0/8"}, 500*time.Millisecond, 300*time.Millisecond
	if adjust != nil {
		adjust(&cfg)
	}
	if err := cfg.Finish(); err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, cfg: cfg, out: &text{}}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	s, err := server.New(ctx, cfg, server.Options{
		Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})), Out: w.out,
		Cost: &authn.Cost{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32},
	})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	w.server = s
	w.stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() {
		if err := w.stop(); err != nil {
			t.Errorf("the server ended badly: %v", err)
		}
	})
	w.client = newClient(t, s.URL(), func(email string) (string, error) {
		return server.IssueToken(t.Context(), cfg, email, "scenario", nil)
	})
	return w
}

// text is a writer whose text can be read while somebody writes.
type text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (t *text) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.Write(p)
}

func (t *text) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.String()
}

// client calls the API as different people.
type client struct {
	t     *testing.T
	base  string
	issue func(email string) (string, error)
	http  *http.Client

	mu     sync.Mutex
	tokens map[string]string
}

func newClient(t *testing.T, base string, issue func(email string) (string, error)) *client {
	t.Helper()
	c := &client{t: t, base: base, issue: issue, http: &http.Client{Timeout: patience}, tokens: map[string]string{}}
	t.Cleanup(c.http.CloseIdleConnections)
	return c
}

func (c *client) token(who string) string {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tokens[who] == "" {
		token, err := c.issue(who + "@example.com")
		if err != nil {
			c.t.Fatal(err)
		}
		c.tokens[who] = token
	}
	return c.tokens[who]
}

// object is a JSON object.
type object map[string]any

func (o object) text(name string) string {
	s, _ := o[name].(string)
	return s
}

func (o object) in(name string) object {
	inner, _ := o[name].(map[string]any)
	return inner
}

func (o object) list(name string) []object {
	items, _ := o[name].([]any)
	all := make([]object, 0, len(items))
	for _, item := range items {
		one, _ := item.(map[string]any)
		all = append(all, one)
	}
	return all
}

// call calls the API and returns the status, 0 if there was no answer.
func (c *client) call(who, method, path string, body any) (int, object) {
	c.t.Helper()
	token := c.token(who)
	sent := &bytes.Buffer{}
	if body != nil {
		if err := json.NewEncoder(sent).Encode(body); err != nil {
			c.t.Error(err)
		}
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, c.base+"/v1"+path, sent)
	if err != nil {
		c.t.Error(err)
		return 0, nil
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, nil
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, nil
	}
	got := object{}
	if len(raw) > 0 && json.Unmarshal(raw, &got) != nil {
		got = object{"not JSON": string(raw)}
	}
	return resp.StatusCode, got
}

// do is call for what must succeed.
func (c *client) do(who, method, path string, body any) object {
	c.t.Helper()
	status, got := c.call(who, method, path, body)
	if status < 200 || status > 299 {
		c.t.Fatalf("%s %s by %s: %d %v", method, path, who, status, got)
	}
	return got
}

// id finds something by its name in a list.
func (c *client) id(path, list, nameField, name, idField string) string {
	c.t.Helper()
	for _, one := range c.do("ada", "GET", path, nil).list(list) {
		if one.text(nameField) == name {
			return one.text(idField)
		}
	}
	c.t.Fatalf("%s has no %s", path, name)
	return ""
}

func (c *client) user(who string) string {
	return c.id("/users", "results", "email", who+"@example.com", "user_id")
}

func (c *client) resource(name string) string {
	return c.id("/resources", "results", "name", name, "resource_id")
}

func (c *client) app(name string) string {
	return c.id("/apps", "apps", "name", name, "app_id")
}

// row is how a user stands on a resource; nil for one who is not listed.
func (c *client) row(resource, who string) object {
	c.t.Helper()
	_, got := c.call("ada", "GET", "/resources/"+c.resource(resource)+"/users", nil)
	for _, row := range got.list("results") {
		if row.text("email") == who+"@example.com" {
			return row
		}
	}
	return nil
}

// standing is a row in one line: "SUCCESS grant done", or "not listed".
func (c *client) standing(resource, who string) string {
	c.t.Helper()
	row := c.row(resource, who)
	if row == nil {
		return "not listed"
	}
	p := row.in("propagation")
	return strings.TrimSpace(strings.Join([]string{row.in("propagation_status").text("status"), p.text("direction"), p.text("state")}, " "))
}

// stands waits until a user stands so on a resource.
func (c *client) stands(resource, who, want string) object {
	c.t.Helper()
	got := ""
	defer func() {
		if c.t.Failed() {
			c.t.Logf("%s stands at %q: %v", who, got, c.row(resource, who))
		}
	}()
	until(c.t, who+" at "+want, func() bool {
		got = c.standing(resource, who)
		return got == want
	})
	return c.row(resource, who)
}

// ticketOf is the ticket of a row.
func ticketOf(row object) object { return row.in("propagation").in("ticket") }

// add and remove change who has a resource by hand.
func (c *client) add(by, resource, who string) {
	c.t.Helper()
	c.do(by, "POST", "/resources/"+c.resource(resource)+"/users/"+c.user(who), object{"duration_minutes": 0})
}

func (c *client) remove(by, resource, who string) {
	c.t.Helper()
	c.do(by, "DELETE", "/resources/"+c.resource(resource)+"/users/"+c.user(who), nil)
}

func (c *client) finish(by string, row object, outcome, reason string) {
	c.t.Helper()
	c.do(by, "POST", "/tickets/"+ticketOf(row).text("ticket_id")+"/close", object{"outcome": outcome, "reason": reason})
}
