package server

import (
	"context"
	"fmt"
	"strings"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/store"
	"admit/internal/ticket/builtin"
)

// persona is a person of the demo company.
type persona struct {
	email, first, last, position string
	role                         access.Role
	does                         string // for the list of personas
}

var personas = []persona{
	{"josh@example.com", "Josh", "Miller", "Accountant", access.Member, "asks for access"},
	{"rita@example.com", "Rita", "Okafor", "Head of Payroll", access.Member, "reviews requests for Payroll"},
	{"ravi@example.com", "Ravi", "Shah", "Controller", access.Member, "reviews requests for Payroll"},
	{"ana@example.com", "Ana", "Ruiz", "Payroll engineer", access.Member, "admin of My Role: makes the change"},
	{"ben@example.com", "Ben", "Carter", "Payroll engineer", access.Member, "admin of My Role: makes the change"},
	{"chen@example.com", "Chen", "Li", "Payroll engineer", access.Member, "admin of My Role: makes the change"},
	{"ada@example.com", "Ada", "Lind", "IT security", access.Admin, "admin of Admit"},
	{"otto@example.com", "Otto", "Brandt", "Internal audit", access.Auditor, "auditor: reads everything"},
}

// seedDemo makes the demo company if there are no users yet, and says who can
// sign in.
func (s *Server) seedDemo(ctx context.Context) error {
	n, err := store.CountUsers(ctx, s.db.Read(), "")
	if err != nil {
		return err
	}
	if n == 0 {
		if err := s.seed(ctx); err != nil {
			return fmt.Errorf("make the demo company: %w", err)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "The demo company is at %s\n\nSign in there, without a password, as one of:\n\n", s.cfg.URL)
	for _, p := range personas {
		fmt.Fprintf(&b, "  %-18s %-8s %s\n", p.email, p.role, p.does)
	}
	_, err = fmt.Fprintln(s.opts.Out, b.String())
	return err
}

func (s *Server) seed(ctx context.Context) error {
	ids, ada, err := s.seedPeople(ctx)
	if err != nil {
		return err
	}
	owner := func(name, about string, emails ...string) (string, error) {
		var users []string
		for _, e := range emails {
			users = append(users, ids[e])
		}
		o, err := s.Inventory.CreateOwner(ctx, ada, inventory.OwnerParams{Name: name, Description: about, UserIDs: users})
		return o.ID, err
	}
	admins, err := owner("Payroll admins", "They make changes in Payroll.", "ana@example.com", "ben@example.com", "chen@example.com")
	if err != nil {
		return err
	}
	reviewers, err := owner("Payroll reviewers", "They decide who may use Payroll.", "rita@example.com", "ravi@example.com")
	if err != nil {
		return err
	}
	office, err := owner("Office team", "They look after the building.", "rita@example.com", "ada@example.com")
	if err != nil {
		return err
	}
	if _, err := s.Inventory.CreateGroup(ctx, ada, inventory.GroupParams{
		Name: "Finance", Description: "Everybody in finance", UserIDs: []string{ids["josh@example.com"], ids["rita@example.com"], ids["ravi@example.com"]},
	}); err != nil {
		return err
	}
	if err := s.seedPayroll(ctx, ada, admins, reviewers); err != nil {
		return err
	}
	return s.seedOffice(ctx, ada, office, ids)
}

func (s *Server) seedPeople(ctx context.Context) (ids map[string]string, ada access.Actor, err error) {
	ids = map[string]string{}
	var users []access.User
	for _, p := range personas {
		now := s.db.Time()
		u := access.User{
			ID: store.NewID(), Email: p.email, FirstName: p.first, LastName: p.last, Position: p.position, Role: p.role,
			CreatedAt: now, UpdatedAt: now,
		}
		ids[p.email] = u.ID
		users = append(users, u)
		if p.role == access.Admin {
			ada = access.ActorFor(u, "cli")
		}
	}
	return ids, ada, s.db.Write(ctx, func(w *store.Write) error {
		for _, u := range users {
			e := access.By(access.System(), access.UserCreated, "created user "+u.Email)
			e.UserID = &u.ID
			w.Event(e)
		}
		return store.AddUsers(ctx, w.Tx, users...)
	})
}

// seedPayroll makes an app whose changes are made by ticket.
func (s *Server) seedPayroll(ctx context.Context, ada access.Actor, admins, reviewers string) error {
	on, provider, project, name := true, access.BuiltInProviderID, builtin.Project, builtin.ProjectName
	how := "Open Payroll, go to Administration, Roles, and choose the person."
	app, err := s.Inventory.CreateApp(ctx, ada, inventory.AppParams{
		Name: "Payroll", Description: "Salaries, slips and bank files. It has no API: people make the changes.", AdminOwnerID: admins,
		Tickets: inventory.TicketPatch{Enabled: &on, ProviderID: &provider, ProjectID: &project, ProjectName: &name, Instructions: &how},
	})
	if err != nil {
		return err
	}
	week, quarter := 7*24*60, 90*24*60
	levels := []access.Level{{ID: "read", Name: "Read"}, {ID: "write", Name: "Write"}}
	list := []string{reviewers}
	for _, r := range []inventory.ResourceParams{
		{Name: "My Role", Description: "The everyday role of an accountant.", Patch: inventory.ResourcePatch{RecommendedMinutes: &quarter}},
		{Name: "Payroll viewer", Description: "See salaries, change nothing."},
		{Name: "Bank files", Description: "The files that pay the salaries. For a week at most.", Patch: inventory.ResourcePatch{MaxMinutes: &week, RecommendedMinutes: &week}},
		{Name: "Salary table", Description: "The table behind the slips, to read or to write.", Patch: inventory.ResourcePatch{Levels: &levels}},
	} {
		r.AppID, r.Patch.ReviewerIDs = app.ID, &list
		if _, err := s.Inventory.CreateResource(ctx, ada, r); err != nil {
			return err
		}
	}
	return nil
}

// seedOffice makes an app with tickets off: changes are only written down.
func (s *Server) seedOffice(ctx context.Context, ada access.Actor, office string, ids map[string]string) error {
	app, err := s.Inventory.CreateApp(ctx, ada, inventory.AppParams{
		Name: "Office", Description: "Doors and lockers. Tickets are off: changes are only written down.", AdminOwnerID: office,
	})
	if err != nil {
		return err
	}
	yes := true
	for _, r := range []inventory.ResourceParams{
		{Name: "Front door", Description: "The badge for the front door.", Patch: inventory.ResourcePatch{AutoApprove: &yes}},
		{Name: "Server room", Description: "The room with the noise."},
	} {
		r.AppID = app.ID
		view, err := s.Inventory.CreateResource(ctx, ada, r)
		if err != nil {
			return err
		}
		if r.Name != "Front door" {
			continue
		}
		for _, email := range []string{"rita@example.com", "ana@example.com"} {
			at := inventory.Place{ResourceID: view.ID, UserID: ids[email]}
			if err := s.Inventory.AddHolder(ctx, ada, at, "works here", nil); err != nil {
				return err
			}
		}
	}
	return nil
}
