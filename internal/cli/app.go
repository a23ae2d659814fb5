package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"admit/internal/access"
)

type wireApp struct {
	ID           string      `json:"app_id"`
	Name         string      `json:"name"`
	Description  string      `json:"description"`
	AdminOwnerID string      `json:"admin_owner_id"`
	Tickets      wireTickets `json:"tickets"`
}

type wireTickets struct {
	Override    *bool  `json:"override"`
	Enabled     bool   `json:"enabled"`
	OnGrant     bool   `json:"on_grant"`
	OnRemoval   bool   `json:"on_removal"`
	ProviderID  string `json:"provider_id"`
	ProjectID   string `json:"project_id"`
	ProjectName string `json:"project_name"`
}

// when says on what tickets are filed.
func (t wireTickets) when() string {
	switch {
	case !t.Enabled:
		return "off"
	case t.OnGrant && t.OnRemoval:
		return "on grant and removal"
	case t.OnGrant:
		return "on grant"
	}
	return "on removal"
}

func (s *session) apps() *cobra.Command {
	n := noun[wireApp]{session: s, kind: appKind, columns: s.appColumns, finish: s.findProject(appKind)}
	return group("app", "Systems that people get access to", "",
		n.list("List apps", func(f *form) { f.one("owner", "owner_filter", "only apps with this admin owner", ownerKind) }),
		n.get("Show one app"),
		n.create("Add a custom app", func(f *form) {
			f.text("name", "name", "name").need().
				text("description", "description", "what it is").
				one("admin-owner", "admin_owner_id", "the owner that administers it", ownerKind).need()
			f.tickets("on", "off")
		}),
		n.update("Change an app", func(f *form) {
			f.text("name", "name", "name").
				text("description", "description", "what it is").
				one("admin-owner", "admin_owner_id", "the owner that administers it", ownerKind)
			f.tickets("on", "off")
		}),
		n.delete("Remove an app and its resources; all access to them is taken away"))
}

func (s *session) appColumns(ctx context.Context) []column[wireApp] {
	owners, providers := s.names(ctx, ownerKind), s.names(ctx, providerKind)
	return []column[wireApp]{
		{head: "NAME", cell: func(a wireApp) string { return a.Name }},
		{head: "DESCRIPTION", cell: func(a wireApp) string { return a.Description }},
		{head: "ADMIN OWNER", cell: func(a wireApp) string { return owners(a.AdminOwnerID) }},
		{head: "TICKETS", cell: func(a wireApp) string { return a.Tickets.when() }},
		{head: "ID", cell: func(a wireApp) string { return a.ID }},
		{head: "TICKET PROVIDER", cell: func(a wireApp) string { return providers(a.Tickets.ProviderID) }, long: true},
		{head: "TICKET PROJECT", cell: func(a wireApp) string { return a.Tickets.ProjectName }, long: true},
	}
}

// tickets adds the flags of a ticket policy. states are the values of --tickets.
func (f *form) tickets(states ...string) {
	help := "create tickets to propagate access: " + strings.Join(states, ", ")
	value := f.cmd.Flags().String("tickets", "", help)
	f.s.complete(f.cmd, "tickets", fixed(states...))
	f.add(field{flag: "tickets", json: "tickets.state", check: oneOf(value, states), read: func(context.Context) (any, error) {
		return *value, nil
	}})
	f.one("ticket-provider", "tickets.provider_id", "where tickets are filed", providerKind).
		text("ticket-project", "tickets.project_id", "what they are filed in there, by name or id").
		onOff("on-grant", "tickets.on_grant", "a ticket when somebody gets access").
		onOff("on-removal", "tickets.on_removal", "a ticket when somebody loses access").
		text("ticket-instructions", "tickets.instructions", "added to each ticket: how a change is made").
		ticketForm()
}

// findProject turns the ticket flags into what the API takes: the state into
// booleans, and the name of a project into its id.
func (s *session) findProject(k kind) func(context.Context, string, object) error {
	return func(ctx context.Context, id string, body object) error {
		tickets, ok := body["tickets"].(object)
		if !ok {
			return nil
		}
		switch tickets["state"] {
		case "on", "off":
			tickets["enabled"] = tickets["state"] == "on"
		case "inherit":
			tickets["override"] = false
		}
		delete(tickets, "state")
		project, ok := tickets["project_id"].(string)
		if !ok || project == "" {
			return nil
		}
		providerID, err := s.providerFor(ctx, k, id, tickets)
		if err != nil || providerID == "" {
			return err
		}
		return s.pickProject(ctx, providerID, project, tickets)
	}
}

// providerFor is the ticket provider the flags name, or else the one the thing
// has.
func (s *session) providerFor(ctx context.Context, k kind, id string, tickets object) (string, error) {
	if providerID, given := tickets["provider_id"].(string); given || id == "" {
		return providerID, nil
	}
	raw, err := s.do(ctx, get(k.at(id), nil))
	if err != nil {
		return "", err
	}
	now, err := decode[struct {
		Tickets wireTickets `json:"tickets"`
	}](raw)
	return now.Tickets.ProviderID, err
}

// pickProject finds a project by name or id. While the provider does not answer,
// or to people who may not see its projects, an id is as good as known.
func (s *session) pickProject(ctx context.Context, providerID, wanted string, tickets object) error {
	l, err := s.list(ctx, providerKind.at(providerID)+"/projects", nil, 0)
	if code := access.CodeOf(err); code == access.Unavailable || code == access.Forbidden {
		return nil
	}
	if err != nil {
		return err
	}
	projects, err := decode[[]wireProject](l.items)
	if err != nil {
		return err
	}
	var names []string
	for _, project := range projects {
		if project.ID == wanted || strings.EqualFold(project.Name, wanted) {
			tickets["project_id"], tickets["project_name"] = project.ID, project.Name
			return nil
		}
		names = append(names, project.Name)
	}
	return access.Errorf(access.NotFound, "--ticket-project: there is no %q; there is %s", wanted, strings.Join(names, ", "))
}

type wireProject struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}
