// Package browser follows the guide in a real browser, on a running server, as
// the people of the demo company.
package browser

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/config"
	"admit/internal/inventory"
	"admit/internal/server"
	"admit/internal/store"
	"admit/internal/testkit"
	"admit/internal/testkit/browser"
)

// demo runs a server of the demo company on a database, with the configuration
// changed by set.
func demo(t *testing.T, databaseURL string, set ...func(*config.Config)) *server.Server {
	t.Helper()
	cfg := config.Default()
	cfg.Demo, cfg.Listen, cfg.Data, cfg.DatabaseURL = true, "127.0.0.1:0", t.TempDir(), databaseURL
	cfg.AllowPrivate, cfg.PollEvery = []string{"127.0.0.0/8"}, 500*time.Millisecond
	for _, change := range set {
		change(&cfg)
	}
	if err := cfg.Finish(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	s, err := server.New(ctx, cfg, server.Options{Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the server ended badly: %v", err)
		}
	})
	return s
}

// TestGuide follows the guide step by step: set-up, request, approval, ticket
// with its assignee, modal and link, Done, green without a reload, sync,
// removal, expiry. On the built-in queue, and on a real Request Tracker.
func TestGuide(t *testing.T) {
	t.Run("built-in queue on sqlite", func(t *testing.T) {
		guide(t, testkit.SQLite(t), queue{})
	})
	t.Run("request tracker on postgres", func(t *testing.T) {
		guide(t, testkit.PostgreSQL(t), &requestTracker{
			url: testkit.Service(t, "ADMIT_TEST_RT_URL"), token: testkit.Service(t, "ADMIT_TEST_RT_TOKEN"),
		})
	})
}

// system is a ticket system as the guide needs it.
type system interface {
	described
	// setUp adds the provider, if it is not there, as Ada.
	setUp(s *story)
	// choose fills in what tickets of the project want to have.
	choose(s *story)
	// finish ends the ticket with an identifier as its assignee.
	finish(s *story, identifier string)
	// link checks the way from the modal to the ticket.
	link(w *browser.Window)
}

// described is what a system says of itself.
type described interface {
	// names are those of the provider in Admit, and of the project for tickets.
	names() (provider, project string)
	// mayAssign reports whether an admin of My Role has the ticket.
	mayAssign(t access.Ticket) bool
	picture(name string) string
}

// story is the guide under way.
type story struct {
	*testing.T
	server  *server.Server
	browser *browser.Browser
	system  system
	ada     *browser.Window // stays on the resource's users
}

func guide(t *testing.T, databaseURL string, sys system) {
	s := &story{T: t, server: demo(t, databaseURL), browser: browser.Start(t), system: sys}
	s.ada = s.as("Ada Lind")
	s.setUp()
	s.request()
	s.ticket()
	s.done()
	s.sync()
	s.removal()
	s.expiry()
}

// as opens a window of a person.
func (s *story) as(name string) *browser.Window {
	w := s.browser.Window(s.T, s.server.URL())
	w.Be(name)
	return w
}

// setUp: the admin opens the custom app, presses Edit, switches on "Create
// ticket to propagate access", and chooses a provider and where tickets go.
func (s *story) setUp() {
	s.system.setUp(s)
	w := s.ada
	w.Visit("/apps")
	w.Click("Payroll")
	w.Click("Edit")
	w.Fill("tickets.enabled", "on")
	provider, project := s.system.names()
	w.Fill("tickets.provider_id", provider)
	w.Until(`[...document.querySelector("[name='tickets.project_id']").options].some((o) => o.text.trim() === "` + project + `")`)
	w.Until(`!document.querySelector(".htmx-request, .htmx-settling, .htmx-swapping")`)
	w.Fill("tickets.project_id", project)
	s.system.choose(s)
	w.Shoot(s.system.picture("app-edit"))
	w.Click("Check")
	w.Says("All is well")
	w.Click("Save")
	w.Until(`document.querySelector("#toasts").innerText.includes("Payroll")`)
	w.Visit("/resources")
	w.Click("My Role")
	w.Until(`location.pathname.startsWith("/resources/")`) // else the Users of the sidebar may be meant
	w.Click("Users")
	w.Until(`location.pathname.endsWith("/users")`)
}

// request: Josh asks, a reviewer approves.
func (s *story) request() {
	josh := s.as("Josh Miller")
	josh.Visit("/catalog")
	josh.Shoot(s.system.picture("catalog"))
	josh.Click("Ask for My Role")
	josh.Fill("reason", "I do the month-end closing")
	josh.Shoot(s.system.picture("request"))
	josh.Click("Ask")
	josh.Until(`location.pathname.startsWith("/requests/")`)
	josh.Says("month-end")
	rita := s.as("Rita Okafor")
	rita.Visit("/approvals")
	rita.Says("Josh Miller")
	rita.Shoot(s.system.picture("approvals"))
	rita.Click("Approve")
	rita.Silent("month-end")
}

// ticket: Josh's row shows the ticket's identifier, without a reload; a click
// opens a modal with its assignee and a link.
func (s *story) ticket() {
	w := s.ada
	w.Says("Josh Miller")
	w.Until(`document.querySelector("main .ticket-link")`)
	w.Says("Ticket open")
	w.Shoot(s.system.picture("users-open"))
	w.Click(s.identifier())
	w.Until(`document.querySelector("dialog[open] .ticket")`)
	s.system.link(w)
	if t := s.openTicket(); !s.system.mayAssign(t) {
		s.Errorf("assigned to %q, want an admin of My Role", t.AssigneeEmail)
	} else {
		w.Says(t.AssigneeName)
	}
	w.Shoot(s.system.picture("ticket"))
	w.Click("Close")
	w.Until(`!document.querySelector("dialog[open]")`)
}

func (s *story) identifier() string {
	return strings.TrimSpace(strings.TrimPrefix(browser.Evaluate[string](s.ada, `document.querySelector("main .ticket-link").innerText`), "Ticket"))
}

// openTicket waits for the one ticket that is open.
func (s *story) openTicket() access.Ticket {
	s.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); <-tick.C {
		list, err := s.server.Propagation.Tickets(s.Context(), s.admin(), store.TicketFilter{Open: true})
		if err != nil || len(list.Items) > 1 {
			s.Fatalf("%d open tickets, %v; want exactly one", len(list.Items), err)
		}
		if len(list.Items) == 1 {
			return list.Items[0].Ticket
		}
	}
	s.Fatal("no ticket was filed")
	return access.Ticket{}
}

func (s *story) admin() access.Actor {
	return access.Actor{UserID: s.user("ada@example.com"), Name: "Ada Lind", Role: access.Admin, Email: "ada@example.com"}
}

func (s *story) user(email string) string {
	s.Helper()
	u, err := s.server.Inventory.UserByEmail(s.Context(), access.Actor{UserID: "test", Role: access.Admin}, email)
	if err != nil {
		s.Fatal(err)
	}
	return u.ID
}

// done: the assignee marks the ticket Done, and the row turns green without a
// reload.
func (s *story) done() {
	browser.Evaluate[bool](s.ada, `(window.notReloaded = true)`)
	s.system.finish(s, s.openTicket().Identifier)
	s.ada.Says("In place")
	if !browser.Evaluate[bool](s.ada, `window.notReloaded === true`) {
		s.Error("the page was reloaded")
	}
	s.ada.Shoot(s.system.picture("users-done"))
}

// sync: the button at the top right reads the tickets now.
func (s *story) sync() {
	s.ada.Click("Sync")
	s.ada.Says("Read 1 ticket")
}

// removal: until the ticket is done the row says so; then it is gone.
func (s *story) removal() {
	w := s.ada
	w.Click("Actions for Josh Miller")
	w.Click("Remove")
	w.Until(`document.querySelector("dialog[open]")`)
	w.Shoot(s.system.picture("remove"))
	w.Click("Remove")
	w.Says("Removal pending")
	removal := s.openTicket()
	w.Says(removal.Identifier)
	w.Shoot(s.system.picture("users-removal"))
	if removal.AssigneeEmail != "ada@example.com" && removal.Unassigned == "" {
		s.Errorf("assigned to %q, want the admin who removed, or nobody and why", removal.AssigneeEmail)
	}
	s.system.finish(s, removal.Identifier)
	w.Silent("Josh Miller")
}

// expiry: access ends by itself, and a removal ticket goes to an admin of My
// Role.
func (s *story) expiry() {
	w := s.ada
	resource := strings.Split(browser.Evaluate[string](w, "location.pathname"), "/")[2]
	at := inventory.Place{ResourceID: resource, UserID: s.user("josh@example.com")}
	later := time.Now().Add(time.Hour)
	if err := s.server.Inventory.AddHolder(s.Context(), s.admin(), at, "for a moment", &later); err != nil {
		s.Fatal(err)
	}
	s.system.finish(s, s.openTicket().Identifier)
	w.Says("In place")
	soon := time.Now().Add(2 * time.Second)
	if err := s.server.Inventory.SetHolderEnd(s.Context(), s.admin(), at, &soon); err != nil {
		s.Fatal(err)
	}
	w.Says("Removal pending")
	t := s.openTicket()
	if !s.system.mayAssign(t) {
		s.Errorf("assigned to %q, want an admin of My Role", t.AssigneeEmail)
	}
	s.system.finish(s, t.Identifier)
	w.Silent("Josh Miller")
	w.Visit("/events")
	w.Says("access expired")
	w.Shoot(s.system.picture("events"))
}

// admins are the admins of My Role.
var admins = map[string]bool{"ana@example.com": true, "ben@example.com": true, "chen@example.com": true}

// queue is the built-in queue.
type queue struct{}

func (queue) names() (provider, project string) { return "Built-in queue", "Access work" }
func (queue) setUp(*story)                      {}
func (queue) choose(*story)                     {}
func (queue) mayAssign(t access.Ticket) bool    { return admins[t.AssigneeEmail] }
func (queue) picture(name string) string        { return name }

// link: tickets of the built-in queue are worked on right there.
func (queue) link(w *browser.Window) { w.Says("Take it") }

// finish: the assignee finds the ticket on the page Work and marks it done.
func (queue) finish(s *story, identifier string) {
	t := s.openTicket()
	w := s.as(t.AssigneeName)
	w.Visit("/work")
	w.Shoot("work")
	w.Click(identifier)
	w.Until(`document.querySelector("dialog[open] .ticket")`)
	w.Click("Done")
	w.Until(`![...document.querySelectorAll("dialog[open] button")].some((b) => b.innerText.trim() === "Done")`)
}

// requestTracker is a real Request Tracker.
type requestTracker struct{ url, token string }

func (*requestTracker) names() (provider, project string) { return "Request Tracker", "Access" }
func (*requestTracker) choose(s *story) {
	s.ada.Until(`!document.querySelector(".htmx-request, .htmx-settling, .htmx-swapping")`)
}
func (*requestTracker) mayAssign(t access.Ticket) bool { return admins[t.AssigneeEmail] }
func (*requestTracker) picture(name string) string     { return "rt-" + name }

// link: the modal leads to the ticket in Request Tracker.
func (r *requestTracker) link(w *browser.Window) {
	w.Says("Open in Request Tracker")
	w.Until(`document.querySelector("dialog[open] a[href^='` + r.url + `/Ticket/Display.html?id=']")`)
}

// setUp: Ada adds Request Tracker as a ticket provider and checks it. Its seed
// (scripts/rt.sh) knows the admins of My Role.
func (r *requestTracker) setUp(s *story) {
	w := s.ada
	w.Visit("/settings/providers/new?kind=request_tracker")
	w.Fill("settings.base_url", r.url)
	w.Fill("settings.token", r.token)
	w.Shoot(r.picture("provider"))
	w.Click("Add")
	w.Until(`/^\/settings\/providers\/[0-9a-f-]{36}/.test(location.pathname)`)
	w.Click("Check")
	w.Says("All is well")
	w.Shoot(r.picture("provider-checked"))
}

func (r *requestTracker) call(s *story, method, path string, body any) (int, string) {
	s.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		s.Fatal(err)
	}
	req, err := http.NewRequestWithContext(s.Context(), method, r.url+"/REST/2.0"+path, bytes.NewReader(text))
	if err != nil {
		s.Fatal(err)
	}
	req.Header.Set("Authorization", "token "+r.token)
	req.Header.Set("Content-Type", "application/json")
	res, err := new(http.Client).Do(req)
	if err != nil {
		s.Fatal(err)
	}
	defer res.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(res.Body); err != nil {
		s.Fatal(err)
	}
	return res.StatusCode, b.String()
}

// finish: the assignee resolves the ticket in Request Tracker.
func (r *requestTracker) finish(s *story, identifier string) {
	id := strings.TrimLeft(identifier, "#RTrt- ")
	if status, body := r.call(s, http.MethodPut, "/ticket/"+id, map[string]string{"Status": "resolved"}); status != http.StatusOK || !strings.Contains(body, "resolved") {
		s.Fatalf("resolve ticket %s: %d %s", id, status, body)
	}
}
