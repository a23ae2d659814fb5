package load

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/config"
	"admit/internal/inventory"
	"admit/internal/propagation"
	"admit/internal/server"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/testkit"
	"admit/internal/ticket"
	"admit/internal/ticket/jira"
	"admit/internal/ticket/jira/jiratest"
	"admit/internal/ticket/requesttracker"
	"admit/internal/ticket/tickettest"
)

// system is a ticket system as its people use it.
type system struct {
	spec         ticket.Spec
	settings     map[string]string
	project, typ string
	bare         ticket.Provider
	done         func(b *testing.B, id string)          // ends a ticket with yes
	listen       func(b *testing.B, url, secret string) // nil: Admit registers its webhook
}

// fakeJira is a Jira Cloud in this process.
func fakeJira(b *testing.B) system {
	b.Helper()
	fake := jiratest.Cloud(b, nil)
	somebody := person{tickettest.Client(), jiratest.Email, jiratest.Token}
	const resolved = `{"transition":{"id":"21"},"fields":{"resolution":{"id":"10300"}}}`
	return system{
		spec: jira.Cloud(), settings: fake.Settings(), project: jiratest.Access, typ: jiratest.Task,
		bare: tickettest.Open(b, jira.Cloud(), fake.Settings()),
		done: func(b *testing.B, id string) {
			b.Helper()
			somebody.calls(b, http.MethodPost, fake.URL+"/rest/api/3/issue/"+id+"/transitions", resolved)
		},
	}
}

// realTracker is the Request Tracker that scripts/rt.sh starts.
func realTracker(b *testing.B) system {
	b.Helper()
	alice := person{tickettest.Client(), "alice", "password"}
	url, hooks := testkit.Service(b, "ADMIT_TEST_RT_URL"), testkit.Service(b, "ADMIT_TEST_RT_HOOKS")
	settings := map[string]string{"base_url": url, "token": testkit.Service(b, "ADMIT_TEST_RT_TOKEN")}
	bare := tickettest.Open(b, requesttracker.Spec(), settings)
	queues, err := bare.Projects(b.Context())
	i := slices.IndexFunc(queues, func(q ticket.Project) bool { return q.Name == "Access" })
	if err != nil || i < 0 {
		b.Fatalf("no queue Access in %v, %v", queues, err)
	}
	return system{
		spec: requesttracker.Spec(), settings: settings, project: queues[i].ID, bare: bare,
		done: func(b *testing.B, id string) {
			b.Helper()
			alice.calls(b, http.MethodPut, url+"/REST/2.0/ticket/"+id, `{"Status":"resolved"}`)
		},
		listen: func(b *testing.B, url, secret string) {
			b.Helper()
			name := filepath.Join(hooks, store.NewID())
			must(b, os.WriteFile(name, fmt.Appendf(nil, "%s\n%s\n", url, secret), 0o644))
			b.Cleanup(func() { must(b, os.Remove(name)) })
		},
	}
}

// person is somebody who works in a ticket system.
type person struct {
	client         *http.Client
	user, password string
}

func (p person) calls(b *testing.B, method, url, body string) {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), method, url, strings.NewReader(body))
	must(b, err)
	req.SetBasicAuth(p.user, p.password)
	req.Header.Set("Content-Type", "application/json")
	res, err := p.client.Do(req)
	must(b, err)
	defer res.Body.Close()
	if res.StatusCode >= http.StatusMultipleChoices {
		var said json.RawMessage
		_ = json.NewDecoder(res.Body).Decode(&said)
		b.Fatalf("%s %s: %s %s", method, url, res.Status, said)
	}
}

// company is a running server with a resource whose changes are filed with a
// system.
type company struct {
	*server.Server

	sys        system
	db         *sqldb.DB // another way into its database
	ada        access.Actor
	prov, role string
}

func newCompany(b *testing.B, databaseURL string, sys system, pollEvery time.Duration) *company {
	b.Helper()
	ctx := b.Context()
	c := &company{Server: serve(b, databaseURL, pollEvery), sys: sys}
	var err error
	c.db, err = sqldb.Open(ctx, databaseURL)
	must(b, err)
	b.Cleanup(func() { must(b, c.db.Close()) })
	ada, err := c.Inventory.UserByEmail(ctx, access.Actor{UserID: "bench", Role: access.Admin}, "ada@example.com")
	must(b, err)
	c.ada = access.ActorFor(ada, "api")
	p, err := c.Propagation.CreateProvider(ctx, c.ada, propagation.ProviderParams{Kind: sys.spec.Kind, Name: "Elsewhere", Settings: sys.settings})
	must(b, err)
	o, err := c.Inventory.CreateOwner(ctx, c.ada, inventory.OwnerParams{Name: "Clerks", UserIDs: []string{ada.ID}})
	must(b, err)
	on := true
	a, err := c.Inventory.CreateApp(ctx, c.ada, inventory.AppParams{Name: "Ledger", AdminOwnerID: o.ID, Tickets: inventory.TicketPatch{
		Enabled: &on, ProviderID: &p.ID, ProjectID: &sys.project, Form: &access.TicketForm{TypeID: sys.typ},
	}})
	must(b, err)
	r, err := c.Inventory.CreateResource(ctx, c.ada, inventory.ResourceParams{AppID: a.ID, Name: "Clerk"})
	must(b, err)
	c.prov, c.role = p.ID, r.ID
	return c
}

// serve runs the server until the benchmark ends.
func serve(b *testing.B, databaseURL string, pollEvery time.Duration) *server.Server {
	b.Helper()
	cfg := config.Default()
	cfg.Demo, cfg.Listen, cfg.Data, cfg.DatabaseURL = true, "127.0.0.1:0", b.TempDir(), databaseURL
	cfg.AllowPrivate, cfg.PollEvery, cfg.Window = []string{"127.0.0.0/8"}, pollEvery, 0
	must(b, cfg.Finish())
	ctx, stop := context.WithCancel(context.WithoutCancel(b.Context()))
	s, err := server.New(ctx, cfg, server.Options{Log: slog.New(slog.NewTextHandler(b.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		stop()
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	b.Cleanup(func() {
		stop()
		must(b, <-ended)
	})
	return s
}

// listen switches the webhook on and waits until the system knows where to call.
func (c *company) listen(b *testing.B) {
	b.Helper()
	must(b, c.Propagation.AddWebhook(b.Context(), c.ada, c.prov))
	if c.sys.listen != nil {
		v, _, err := c.Propagation.Webhook(b.Context(), c.ada, c.prov)
		must(b, err)
		c.sys.listen(b, v.URL, v.Secret)
		return
	}
	until(b, "the webhook is registered", 10*time.Millisecond, func() bool {
		v, _, err := c.Propagation.Webhook(b.Context(), c.ada, c.prov)
		must(b, err)
		return v.RegisteredAt != nil
	})
}

// filed is a ticket that was filed for a change.
type filed struct{ ChangeID, RemoteID string }

// file gives the resource to n new users, and returns the tickets that are filed
// for that.
func (c *company) file(b *testing.B, n int) (open []filed) {
	b.Helper()
	ctx := b.Context()
	for range n {
		id := store.NewID()
		u, err := c.Inventory.CreateUser(ctx, c.ada, inventory.UserParams{Email: id + "@example.com", FirstName: "P", LastName: id})
		must(b, err)
		must(b, c.Inventory.AddHolder(ctx, c.ada, inventory.Place{ResourceID: c.role, UserID: u.ID}, "", nil))
	}
	until(b, "all tickets are filed", 25*time.Millisecond, func() bool {
		var err error
		open, err = sqldb.Select[filed](ctx, c.db.Read(), `SELECT change_id, remote_id FROM tickets WHERE provider_id = ? AND state = 'open'`, c.prov)
		must(b, err)
		return len(open) == n
	})
	return open
}

// green waits until the change of a ticket is done, and returns when it was.
func (c *company) green(b *testing.B, t filed) time.Time {
	b.Helper()
	until(b, "the change is done", 2*time.Millisecond, func() bool {
		state, err := sqldb.Get[access.ChangeState](b.Context(), c.db.Read(), `SELECT state FROM changes WHERE id = ?`, t.ChangeID)
		must(b, err)
		return state == access.Done
	})
	return time.Now()
}

// until waits for something to hold, and looks again so often.
func until(b *testing.B, what string, every time.Duration, holds func() bool) {
	b.Helper()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for deadline := time.Now().Add(2 * time.Minute); !holds(); <-tick.C {
		if time.Now().After(deadline) {
			b.Fatalf("it never came that %s", what)
		}
	}
}
