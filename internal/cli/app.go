package cli

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"
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
		text("ticket-instructions", "tickets.instructions", "added to each ticket: how a change is made")
}

// findProject turns the ticket flags into what the API takes: the state into
// booleans, and the name of a project into its id. A project that is not listed
// is taken for an id; whether it exists shows when the provider is checked.
func (s *session) findProject(k kind) func(context.Context, string, object) error {
	return func(ctx context.Context, id string, body object) error {
		tickets, ok := body["tickets"].(object)
		if !ok {
			return nil
		}
		if state, ok := tickets["state"]; ok {
			delete(tickets, "state")
			tickets["enabled"] = state == "on"
			if state == "inherit" {
				delete(tickets, "enabled")
				tickets["override"] = false
			}
		}
		wanted, ok := tickets["project_id"].(string)
		if !ok || wanted == "" {
			return nil
		}
		providerID, ok := tickets["provider_id"].(string)
		if !ok && id != "" {
			raw, err := s.do(ctx, get(k.at(id), nil))
			if err != nil {
				return err
			}
			now, err := decode[struct {
				Tickets wireTickets `json:"tickets"`
			}](raw)
			if err != nil {
				return err
			}
			providerID = now.Tickets.ProviderID
		}
		if providerID == "" {
			return nil
		}
		raw, err := s.do(ctx, get(providerKind.at(providerID)+"/projects", nil))
		if err != nil {
			return err
		}
		return pickProject(raw, wanted, tickets)
	}
}

func pickProject(raw json.RawMessage, wanted string, tickets object) error {
	p, err := readPage(raw)
	if err != nil {
		return err
	}
	projects, err := decode[[]wireProject](p.parts[p.array])
	if err != nil {
		return err
	}
	for _, project := range projects {
		if project.ID == wanted || strings.EqualFold(project.Name, wanted) {
			tickets["project_id"], tickets["project_name"] = project.ID, project.Name
		}
	}
	return nil
}

type wireProject struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}
