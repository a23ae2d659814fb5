// Package webtest serves pages to tests: a small company on a real database,
// and browsers that sign in as its people.
package webtest

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"admit/internal/access"
	"admit/internal/authn"
	"admit/internal/inventory"
	"admit/internal/propagation"
	"admit/internal/request"
	"admit/internal/secret"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/testkit"
	"admit/internal/ticket"
	"admit/internal/ticket/builtin"
	"admit/internal/web/site"
)

// The people of the company.
const (
	Josh = "josh@example.com" // a member; asks
	Rita = "rita@example.com" // a member; reviews what Payroll and Office give
	Ana  = "ana@example.com"  // a member; administers Payroll
	Ada  = "ada@example.com"  // an admin of Admit
	Otto = "otto@example.com" // an auditor
)

// Company is a site with pages, and what is behind it.
type Company struct {
	T *testing.T
	*site.Site
	DB        *store.DB
	Users     map[string]access.User // by e-mail
	Resources map[string]string      // id by name: My Role (by ticket), Bank files (a week at most), Salary table (levels), Front door (no review), Secret vault (nobody may ask)
	Apps      map[string]string      // id by name: Payroll (tickets on), Office (tickets off)

	server *httptest.Server
}

// New makes the company and registers the pages of a test.
func New(t *testing.T, pages ...func(*site.Site)) *Company {
	t.Helper()
	db, err := sqldb.Open(t.Context(), testkit.SQLite(t))
	check(t, err)
	t.Cleanup(func() { check(t, db.Close()) })
	queue, err := sqldb.NewQueue(db, &river.Config{})
	check(t, err)
	box, err := secret.NewBox(secret.NewKey())
	check(t, err)
	c := &Company{T: t, DB: &store.DB{DB: db, Queue: queue, Now: time.Now}}
	log := slog.New(slog.DiscardHandler)
	const url = "http://admit.test"
	c.Site = site.New(site.Services{
		DB: c.DB, Inventory: &inventory.Service{DB: c.DB}, Requests: &request.Service{DB: c.DB}, Log: log, URL: url, Demo: true,
		Propagation: propagation.New(propagation.Deps{
			DB: c.DB, Registry: ticket.NewRegistry(builtin.Spec(db, url, time.Now)), Box: box, URL: url, Log: log,
			Key: func() string { return secret.NewKey()[:32] }, Shuffle: func(int, func(i, j int)) {},
		}, propagation.Config{Window: -1}),
		Authn: authn.NewWithCost(c.DB, log, false, true, authn.Cost{Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: 8, KeyLength: 16}),
	})
	check(t, c.Propagation.EnsureBuiltIn(t.Context(), builtin.Kind))
	c.people()
	c.things()
	c.HandleOpen("POST /test/be", func(v *site.Visit) error {
		_, err := v.Authn.Persona(v.R.Context(), v.R.FormValue("email"))
		return err
	})
	for _, register := range pages {
		register(c.Site)
	}
	c.server = httptest.NewServer(c.Handler())
	t.Cleanup(c.server.Close)
	return c
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Actor is one of the people, as a use case sees them.
func (c *Company) Actor(email string) access.Actor { return access.ActorFor(c.Users[email], "web") }

func (c *Company) people() {
	now := c.DB.Time()
	c.Users = map[string]access.User{}
	var all []access.User
	for _, u := range []access.User{
		{Email: Josh, FirstName: "Josh", LastName: "Miller", Position: "Accountant", Role: access.Member},
		{Email: Rita, FirstName: "Rita", LastName: "Okafor", Position: "Head of Payroll", Role: access.Member},
		{Email: Ana, FirstName: "Ana", LastName: "Ruiz", Position: "Payroll engineer", Role: access.Member},
		{Email: Ada, FirstName: "Ada", LastName: "Lind", Position: "IT security", Role: access.Admin},
		{Email: Otto, FirstName: "Otto", LastName: "Brandt", Position: "Internal audit", Role: access.Auditor},
	} {
		u.ID, u.CreatedAt, u.UpdatedAt = store.NewID(), now, now
		c.Users[u.Email] = u
		all = append(all, u)
	}
	check(c.T, c.DB.InTx(c.T.Context(), func(tx *sqldb.Tx) error { return store.AddUsers(c.T.Context(), tx, all...) }))
}

func (c *Company) things() {
	t, ctx, ada := c.T, c.T.Context(), c.Actor(Ada)
	owner := func(name, email string) string {
		o, err := c.Inventory.CreateOwner(ctx, ada, inventory.OwnerParams{Name: name, UserIDs: []string{c.Users[email].ID}})
		check(t, err)
		return o.ID
	}
	admins, reviewers := owner("Payroll admins", Ana), owner("Payroll reviewers", Rita)
	on, provider, project := true, access.BuiltInProviderID, "access"
	c.Apps, c.Resources = map[string]string{}, map[string]string{}
	for _, p := range []inventory.AppParams{
		{Name: "Payroll", Description: "Salaries and slips.", Tickets: inventory.TicketPatch{Enabled: &on, ProviderID: &provider, ProjectID: &project}},
		{Name: "Office", Description: "Doors and lockers."},
	} {
		p.AdminOwnerID = admins
		app, err := c.Inventory.CreateApp(ctx, ada, p)
		check(t, err)
		c.Apps[p.Name] = app.ID
	}
	week, quarter, yes, no := 7*24*60, 90*24*60, true, false
	list, levels := []string{reviewers}, []access.Level{{ID: "read", Name: "Read"}, {ID: "write", Name: "Write"}}
	for _, r := range []struct {
		app string
		inventory.ResourceParams
	}{
		{"Payroll", inventory.ResourceParams{Name: "My Role", Description: "The everyday role of an accountant.", Patch: inventory.ResourcePatch{RecommendedMinutes: &quarter}}},
		{"Payroll", inventory.ResourceParams{Name: "Bank files", Description: "The files that pay the salaries.", Patch: inventory.ResourcePatch{MaxMinutes: &week}}},
		{"Payroll", inventory.ResourceParams{Name: "Salary table", Patch: inventory.ResourcePatch{Levels: &levels}}},
		{"Office", inventory.ResourceParams{Name: "Front door", Patch: inventory.ResourcePatch{AutoApprove: &yes}}},
		{"Office", inventory.ResourceParams{Name: "Secret vault", Patch: inventory.ResourcePatch{Requestable: &no}}},
	} {
		r.AppID, r.Patch.ReviewerIDs = c.Apps[r.app], &list
		view, err := c.Inventory.CreateResource(ctx, ada, r.ResourceParams)
		check(t, err)
		c.Resources[r.Name] = view.ID
	}
}

// Ask makes a request, for oneself.
func (c *Company) Ask(email, reason string, minutes *int, wishes ...request.Wish) access.Request {
	c.T.Helper()
	r, err := c.Requests.Create(c.T.Context(), c.Actor(email), request.Params{Items: wishes, Reason: reason, Minutes: minutes})
	check(c.T, err)
	return r
}

// Wish names a resource of the company.
func (c *Company) Wish(name string) request.Wish { return request.Wish{ResourceID: c.Resources[name]} }

// Approve approves a request.
func (c *Company) Approve(email, id string) {
	c.T.Helper()
	check(c.T, c.Requests.Approve(c.T.Context(), c.Actor(email), id, request.Verdict{}))
}

// Settle does what the engine would do in the background: it starts changes
// and files tickets.
func (c *Company) Settle() {
	c.T.Helper()
	ctx := c.T.Context()
	slots, err := store.AdriftSlots(ctx, c.DB.Read(), 100)
	check(c.T, err)
	check(c.T, c.Propagation.Reconcile(ctx, slots))
	changes, err := store.ChangesToFile(ctx, c.DB.Read(), c.DB.Time(), 100)
	check(c.T, err)
	for _, id := range changes {
		_, err := c.Propagation.File(ctx, id)
		check(c.T, err)
	}
}

// Finish marks every open ticket done, as somebody.
func (c *Company) Finish(email string) {
	c.T.Helper()
	ctx := c.T.Context()
	all, err := c.Propagation.Tickets(ctx, c.Actor(Ada), store.TicketFilter{})
	check(c.T, err)
	for _, one := range all.Items {
		if one.State == access.TicketOpen {
			check(c.T, c.Propagation.CloseTicket(context.WithoutCancel(ctx), c.Actor(email), one.ID, ticket.Yes, ""))
		}
	}
}
