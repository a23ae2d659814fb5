package browser

import (
	"strings"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/config"
	"admit/internal/inventory"
	"admit/internal/mail/mailtest"
	"admit/internal/propagation"
	"admit/internal/request"
	"admit/internal/store"
	"admit/internal/testkit"
	"admit/internal/testkit/browser"
	"admit/internal/ticket"
	"admit/internal/ticket/jira"
	"admit/internal/ticket/jira/jiratest"
)

// TestEveryPage looks at every page at desk and phone width, in both themes:
// axe-core finds nothing, nothing is wider than the window, and the policy holds.
func TestEveryPage(t *testing.T) {
	post := mailtest.New(t, mailtest.Options{})
	s := &story{T: t, system: queue{}, server: demo(t, testkit.SQLite(t), func(c *config.Config) {
		c.SMTPURL, c.MailFrom = post.URL, "Admit <admit@example.com>"
	})}
	ids := append(s.ways(), s.live()...)
	ids = append(ids, s.asked(post)...)
	ids = append(append(ids, s.jira()...), s.storm()...)
	s.browser = browser.Start(t)
	windows := map[string]*browser.Window{}
	for _, p := range []struct{ name, who, path string }{
		{"personas", "Josh Miller", "/personas"},
		{"catalog", "Josh Miller", "/catalog"},
		{"ask", "Josh Miller", "/request/new?resource={role}"},
		{"access", "Josh Miller", "/access"},
		{"requests", "Josh Miller", "/requests"},
		{"request", "Josh Miller", "/requests/{request}"},
		{"account", "Josh Miller", "/account"},
		{"approvals", "Rita Okafor", "/approvals"},
		{"work", "Ada Lind", "/work"},
		{"work-mine", "Ana Ruiz", "/work/mine"},
		{"work-late", "Ada Lind", "/work/late"},
		{"work-stuck", "Ada Lind", "/work/stuck"},
		{"work-done", "Ada Lind", "/work/done"},
		{"work-overview", "Ada Lind", "/work/overview?by=assignee"},
		{"storm", "Ada Lind", "/storms/{storm}"},
		{"ticket", "Ada Lind", "/tickets/{ticket}"},
		{"change", "Ada Lind", "/changes/{stuck}"},
		{"change-asked", "Ada Lind", "/changes/{asked}"},
		{"change-mine", "Ana Ruiz", "/changes/{asked}"},
		{"change-kept", "Ada Lind", "/changes/{kept}"},
		{"change-reroute", "Ada Lind", "/changes/{stuck}/reroute"},
		{"change-attest", "Ada Lind", "/changes/{stuck}/attest"},
		{"change-keep", "Ada Lind", "/changes/{stuck}/give-up"},
		{"change-give-up", "Ada Lind", "/changes/{declined}/give-up"},
		{"change-assign", "Ada Lind", "/changes/{open}/assign"},
		{"change-dispute", "Ada Lind", "/changes/{made}/dispute"},
		{"work-attention", "Ada Lind", "/work/attention"},
		{"users-tab-kept", "Ada Lind", "/resources/{bank}/users"},
		{"done", "Josh Miller", "{done}"},
		{"done-over", "Josh Miller", "/done/nothing"},
		{"app-elsewhere", "Ada Lind", "/apps/{app}"},
		{"app-move", "Ada Lind", "/apps/{app}/move"},
		{"apps", "Ada Lind", "/apps"},
		{"app", "Ada Lind", "/apps/{app}"},
		{"app-edit", "Ada Lind", "/apps/{app}/edit"},
		{"app-new", "Ada Lind", "/apps/new"},
		{"resources", "Ada Lind", "/resources"},
		{"resource", "Ada Lind", "/resources/{role}"},
		{"users-tab", "Ada Lind", "/resources/{role}/users"},
		{"add-user", "Ada Lind", "/resources/{role}/users/add"},
		{"resource-requests", "Ada Lind", "/resources/{role}/requests"},
		{"resource-events", "Ada Lind", "/resources/{role}/events"},
		{"resource-edit", "Ada Lind", "/resources/{role}/edit"},
		{"owners", "Ada Lind", "/owners"},
		{"owner", "Ada Lind", "/owners/{owner}"},
		{"users", "Ada Lind", "/users"},
		{"user", "Ada Lind", "/users/{josh}"},
		{"groups", "Ada Lind", "/groups"},
		{"events", "Ada Lind", "/events"},
		{"settings", "Ada Lind", "/settings"},
		{"following", "Ada Lind", "/settings/following"},
		{"providers", "Ada Lind", "/settings/providers"},
		{"provider-kinds", "Ada Lind", "/settings/providers/new"},
		{"provider-new", "Ada Lind", "/settings/providers/new?kind=jira_cloud"},
		{"provider", "Ada Lind", "/settings/providers/{jira}"},
		{"provider-statuses", "Ada Lind", "/settings/providers/{jira}/statuses"},
		{"provider-people", "Ada Lind", "/settings/providers/{jira}/people"},
		{"provider-choose", "Ada Lind", "/settings/providers/{jira}/people/{josh}?q=a"},
		{"provider-webhook", "Ada Lind", "/settings/providers/{jira}/webhook"},
		{"app-edit-jira", "Ada Lind", "/apps/{wiki}/edit"},
		{"ticket-unclear", "Ada Lind", "/tickets/{unclear}"},
		{"not-found", "Ada Lind", "/nowhere"},
		{"forbidden", "Josh Miller", "/settings"},
	} {
		w := windows[p.who]
		if w == nil {
			w = s.as(p.who)
			windows[p.who] = w
		}
		for _, look := range []struct {
			width  int64
			scheme string
		}{{1280, "light"}, {360, "dark"}, {1280, "dark"}, {360, "light"}} {
			w.Look(look.width, look.scheme)
			if look.scheme == "light" && look.width == 1280 || look.width == 360 && look.scheme == "dark" {
				w.Visit(strings.NewReplacer(ids...).Replace(p.path))
			}
			name := p.name + map[int64]string{1280: "", 360: "-narrow"}[look.width] + map[string]string{"light": "", "dark": "-dark"}[look.scheme]
			w.Shoot("page-" + name)
			if look.width == 1280 && look.scheme == "light" || look.width == 360 && look.scheme == "dark" {
				w.Check(name)
			}
		}
	}
}

// live brings the company to life: a row in every state one can see. It returns
// the names of ids in paths, with the ids.
func (s *story) live() []string {
	s.Helper()
	ctx := s.Context()
	ada := s.admin()
	must := func(err error) {
		s.Helper()
		if err != nil {
			s.Fatal(err)
		}
	}
	resource := func(name string) inventory.ResourceView {
		list, err := s.server.Inventory.Resources(ctx, ada, store.ResourceFilter{Name: name})
		must(err)
		return list.Items[0]
	}
	role, bank := resource("My Role"), s.bank()
	at := func(email string) inventory.Place {
		return inventory.Place{ResourceID: role.ID, UserID: s.user(email)}
	}
	must(s.server.Inventory.AddHolder(ctx, ada, at("ravi@example.com"), "covers for Josh", nil))
	s.close(ticket.Yes, "")
	must(s.server.Inventory.AddHolder(ctx, ada, at("otto@example.com"), "audit", nil))
	s.close(ticket.No, "auditors read, they do not have roles")
	must(s.server.Inventory.AddHolder(ctx, ada, at("rita@example.com"), "for the closing", nil))
	s.close(ticket.Yes, "")
	must(s.server.Inventory.RemoveHolder(ctx, ada, at("rita@example.com")))
	s.openTicket()
	josh := access.Actor{UserID: s.user("josh@example.com"), Name: "Josh Miller", Email: "josh@example.com", Role: access.Member}
	week := 7 * 24 * 60
	q, err := s.server.Requests.Create(ctx, josh, request.Params{
		Items: []request.Wish{{ResourceID: role.ID}, {ResourceID: bank.ID}}, Reason: "I do the month-end closing from now on.", Minutes: &week,
	})
	must(err)
	must(s.server.Requests.Comment(ctx, josh, q.ID, "I start on Monday."))
	app, err := s.server.Inventory.App(ctx, ada, role.AppID)
	must(err)
	open := s.openTicket()
	return []string{
		"{role}", role.ID, "{bank}", bank.ID, "{app}", app.ID, "{owner}", role.AdminOwnerID, "{josh}", josh.UserID, "{request}", q.ID, "{ticket}", open.ID,
		"{open}", open.ChangeID, "{declined}", s.change(at("otto@example.com")).ID, "{made}", s.change(at("ravi@example.com")).ID,
	}
}

// ways leaves removals in the states people lead out of: one is stuck, one waits
// for a second person to agree that it is given up, and one is given up.
func (s *story) ways() []string {
	s.Helper()
	ctx := s.Context()
	ids := s.removals("ada@example.com", "otto@example.com", "ravi@example.com")
	stuck, asked, kept := ids[0], ids[1], ids[2]
	ana := access.Actor{UserID: s.user("ana@example.com"), Name: "Ana Ruiz", Email: "ana@example.com", Role: access.Member}
	later := time.Now().AddDate(0, 1, 0)
	for _, id := range []string{asked, kept} {
		if err := s.server.Propagation.GiveUp(ctx, ana, id, "The vendor is away, and reads only.", &later); err != nil {
			s.Fatal(err)
		}
	}
	if err := s.server.Propagation.AgreeWaiver(ctx, s.admin(), kept); err != nil {
		s.Fatal(err)
	}
	return []string{"{stuck}", stuck, "{asked}", asked, "{kept}", kept}
}

// removals gives people the bank files and takes them away again, which nobody can
// make. It returns the changes.
func (s *story) removals(emails ...string) []string {
	s.Helper()
	ctx, ada, bank := s.Context(), s.admin(), s.bank()
	var ids []string
	for _, email := range emails {
		at := inventory.Place{ResourceID: bank.ID, UserID: s.user(email)}
		week := time.Now().AddDate(0, 0, 7)
		if err := s.server.Inventory.AddHolder(ctx, ada, at, "for the audit", &week); err != nil {
			s.Fatal(err)
		}
		s.close(ticket.Yes, "")
		if err := s.server.Inventory.RemoveHolder(ctx, ada, at); err != nil {
			s.Fatal(err)
		}
		s.close(ticket.No, "the vendor takes nobody out before May")
		ids = append(ids, s.change(at).ID)
	}
	return ids
}

// bank is a resource of Payroll.
func (s *story) bank() inventory.ResourceView {
	s.Helper()
	list, err := s.server.Inventory.Resources(s.Context(), s.admin(), store.ResourceFilter{Name: "Bank files"})
	if err != nil || len(list.Items) != 1 {
		s.Fatalf("%d resources: %v", len(list.Items), err)
	}
	return list.Items[0]
}

// change returns the newest change of somebody's access.
func (s *story) change(at inventory.Place) propagation.WorkItem {
	s.Helper()
	list, err := s.server.Propagation.Work(s.Context(), s.admin(), store.ChangeFilter{UserID: at.UserID, ResourceID: at.ResourceID})
	if err != nil || len(list.Items) == 0 {
		s.Fatalf("%d changes: %v", len(list.Items), err)
	}
	return list.Items[0]
}

// asked has somebody asked by mail to see to the open ticket.
func (s *story) asked(post *mailtest.Server) []string {
	s.Helper()
	if err := s.server.Propagation.SendDoneLink(s.Context(), s.openTicket().ID, s.user("ana@example.com")); err != nil {
		s.Fatal(err)
	}
	mails := post.Mails()
	_, link, found := strings.Cut(mails[len(mails)-1].Text, s.server.URL())
	if !found {
		s.Fatalf("the mail has no link: %s", mails[len(mails)-1].Text)
	}
	return []string{"{done}", strings.Fields(link)[0]}
}

// jira gives the company a Jira, with an app whose tickets are filled in there,
// and a ticket that ended in a way nobody has said the meaning of.
func (s *story) jira() []string {
	s.Helper()
	ctx, ada := s.Context(), s.admin()
	must := func(err error) {
		s.Helper()
		if err != nil {
			s.Fatal(err)
		}
	}
	sys := jiratest.Cloud(s.T, nil).System(s.T)
	p, err := s.server.Propagation.CreateProvider(ctx, ada, propagation.ProviderParams{Kind: jira.Cloud().Kind, Name: "Jira", Settings: sys.Settings})
	must(err)
	must(s.server.Propagation.AddWebhook(ctx, ada, p.ID))
	owners, err := s.server.Inventory.Owners(ctx, ada, store.OwnerFilter{Name: "Payroll admins"})
	must(err)
	on := true
	app, err := s.server.Inventory.CreateApp(ctx, ada, inventory.AppParams{
		Name: "Wiki", Description: "What we know.", AdminOwnerID: owners.Items[0].ID, Tickets: inventory.TicketPatch{
			Enabled: &on, ProviderID: &p.ID, ProjectID: &sys.Project, Form: &access.TicketForm{
				TypeID: sys.Type, Title: "Wiki: {{user_email}} {{state}} {{resource}}", Body: "Please look after **{{user_name}}**.\n\n{{link}}",
			},
		},
	})
	must(err)
	editor, err := s.server.Inventory.CreateResource(ctx, ada, inventory.ResourceParams{AppID: app.ID, Name: "Editor"})
	must(err)
	must(s.server.Inventory.AddHolder(ctx, ada, inventory.Place{ResourceID: editor.ID, UserID: s.user("ravi@example.com")}, "writes the handbook", nil))
	t := s.filed(p.ID)
	sys.Fulfiller.Odd(s.T, t.RemoteID)
	_, err = s.server.Propagation.SyncTicket(ctx, ada, t.ID)
	must(err)
	must(s.server.Inventory.UpdateResources(ctx, ada, []inventory.ResourcePatch{{ // from now on it files there
		ID: s.bank().ID, OverridesTickets: &on, Tickets: inventory.TicketPatch{ProviderID: &p.ID, ProjectID: &sys.Project},
	}}))
	return []string{"{jira}", p.ID, "{wiki}", app.ID, "{unclear}", t.ID}
}

// storm holds back what an admin does in one go.
func (s *story) storm() []string {
	s.Helper()
	ctx, ada := s.Context(), s.admin()
	must := func(err error) {
		s.Helper()
		if err != nil {
			s.Fatal(err)
		}
	}
	is, err := s.server.Propagation.Settings(ctx, ada)
	must(err)
	is.StormAbove = 1
	must(s.server.Propagation.SaveSettings(ctx, ada, is))
	list, err := s.server.Inventory.Resources(ctx, ada, store.ResourceFilter{Name: "Bank files"})
	must(err)
	ledger, err := s.server.Inventory.CreateResource(ctx, ada, inventory.ResourceParams{AppID: list.Items[0].AppID, Name: "Ledger"})
	must(err)
	for _, email := range []string{"josh@example.com", "otto@example.com", "ravi@example.com", "ana@example.com"} {
		must(s.server.Inventory.AddHolder(ctx, ada, inventory.Place{ResourceID: ledger.ID, UserID: s.user(email)}, "the closing", nil))
	}
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		storms, err := s.server.Propagation.Storms(ctx, ada)
		must(err)
		if len(storms) > 0 {
			return []string{"{storm}", storms[0].Storm.ID}
		}
	}
	s.Fatal("nothing is held back")
	return nil
}

// filed waits for an open ticket at a provider.
func (s *story) filed(providerID string) access.Ticket {
	s.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		list, err := s.server.Propagation.Tickets(s.Context(), s.admin(), store.TicketFilter{Open: true, ProviderID: providerID})
		if err != nil {
			s.Fatal(err)
		}
		if len(list.Items) > 0 {
			return list.Items[0].Ticket
		}
	}
	s.Fatal("no ticket was filed")
	return access.Ticket{}
}

// close ends the one open ticket as somebody of the resource's admins.
func (s *story) close(outcome ticket.Outcome, reason string) {
	s.Helper()
	t := s.openTicket()
	ana := access.Actor{UserID: s.user("ana@example.com"), Name: "Ana Ruiz", Email: "ana@example.com", Role: access.Member}
	if err := s.server.Propagation.CloseTicket(s.Context(), ana, t.ID, outcome, reason); err != nil {
		s.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		list, err := s.server.Propagation.Tickets(s.Context(), s.admin(), store.TicketFilter{Open: true})
		if err != nil || len(list.Items) == 0 {
			return
		}
	}
}
