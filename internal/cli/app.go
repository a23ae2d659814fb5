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

	Assign       string `json:"assign"`
	AssignTo     string `json:"assign_to"`
	Schedule     string `json:"schedule"`
	ScheduleName string `json:"schedule_name"`
	ByHandToo    bool   `json:"by_hand_too"`
	Group        string `json:"group"`
}

// assignee says who gets tickets.
func (t wireTickets) assignee(user func(id string) string) string {
	words := []string{t.Assign}
	for _, word := range []string{user(t.AssignTo), or(t.ScheduleName, t.Schedule)} {
		if word != "" {
			words = append(words, word)
		}
	}
	if t.ByHandToo {
		words = append(words, "(also by hand)")
	}
	return strings.Join(words, " ")
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
	n := noun[wireApp]{session: s, kind: appKind, columns: s.appColumns, finish: s.finishTickets(appKind)}
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
		n.delete("Remove an app and its resources; all access to them is taken away"),
		s.elsewhere(),
		n.tell("migrate", "Send tickets that are elsewhere to where the app files now", "Tickets of %s go to where it files now.", func(f *form) {
			f.number("changes", "changes", "how many there are, as admit app elsewhere says").need().
				one("resource", "resource_id", "only those of this resource", resourceKind)
		}))
}

func (s *session) appColumns(ctx context.Context) []column[wireApp] {
	owners, providers, user := s.names(ctx, ownerKind), s.names(ctx, providerKind), s.namesWhenNeeded(ctx, userKind)
	return []column[wireApp]{
		{head: "NAME", cell: func(a wireApp) string { return a.Name }},
		{head: "DESCRIPTION", cell: func(a wireApp) string { return a.Description }},
		{head: "ADMIN OWNER", cell: func(a wireApp) string { return owners(a.AdminOwnerID) }},
		{head: "TICKETS", cell: func(a wireApp) string { return a.Tickets.when() }},
		{head: "ID", cell: func(a wireApp) string { return a.ID }},
		{head: "TICKET PROVIDER", cell: func(a wireApp) string { return providers(a.Tickets.ProviderID) }, long: true},
		{head: "TICKET PROJECT", cell: func(a wireApp) string { return a.Tickets.ProjectName }, long: true},
		{head: "ASSIGNEE", cell: func(a wireApp) string { return a.Tickets.assignee(user) }, long: true},
		{head: "GROUPING", cell: func(a wireApp) string { return a.Tickets.Group }, long: true},
	}
}

// elsewhere counts the tickets of an app that are elsewhere than it files now.
func (s *session) elsewhere() *cobra.Command {
	var f *form
	cmd := command("elsewhere APP", "Count tickets that are elsewhere than the app files now", func(cmd *cobra.Command, args []string) error {
		filter, err := f.filter(cmd.Context())
		if err != nil {
			return err
		}
		id, err := s.find(cmd.Context(), appKind, args[0])
		if err != nil {
			return err
		}
		raw, err := s.do(cmd.Context(), get(appKind.at(id)+"/elsewhere", filter))
		if err != nil {
			return err
		}
		found, err := decode[struct {
			Changes int `json:"changes"`
		}](raw)
		if err != nil {
			return err
		}
		return s.say(raw, "%d tickets of %s are elsewhere than it files now.", found.Changes, args[0])
	})
	f = s.form(cmd).one("resource", "resource_id", "only those of this resource", resourceKind)
	return s.completeArgs(cmd, named(appKind))
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
		file("ticket-form", "tickets.form", `what tickets are filled in with: a file of JSON such as {"type_id": "10001", "fields": [...]}, or "" for nothing`).
		choice("assign", "tickets.assign", "who gets tickets", "random", "least_open", "round_robin", "person", "queue", "on_call").
		one("assign-to", "tickets.assign_to", "the person who gets them", userKind).
		text("schedule", "tickets.schedule", "whose schedule says who is on call and gets them, by its id at the on-call service").
		text("schedule-name", "tickets.schedule_name", "how people call that schedule").
		onOff("by-hand-too", "tickets.by_hand_too", "whether that holds for what an admin does by hand too").
		choice("grouping", "tickets.group", groupingHelp, groupings...)
}

// groupings are the words for which removals share a ticket.
var groupings = []string{"none", "person", "resource"}

const groupingHelp = "which removals that wait share a ticket, those of a person or of a resource"

// finishTickets turns the ticket flags into what the API takes: the state into
// booleans, and the name of a project into its id.
func (s *session) finishTickets(k kind) func(context.Context, string, object) error {
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
		found, err := s.findProject(ctx, "--ticket-project", providerID, project)
		if tickets["project_id"] = found.ID; found.Name != "" {
			tickets["project_name"] = found.Name
		}
		return err
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

// findProject finds a project by name or id. While the provider does not answer,
// or to people who may not see its projects, an id is as good as known.
func (s *session) findProject(ctx context.Context, flag, providerID, wanted string) (wireProject, error) {
	l, err := s.list(ctx, providerKind.at(providerID)+"/projects", nil, 0)
	if code := access.CodeOf(err); code == access.Unavailable || code == access.Forbidden {
		return wireProject{ID: wanted}, nil
	}
	if err != nil {
		return wireProject{}, err
	}
	projects, err := decode[[]wireProject](l.items)
	if err != nil {
		return wireProject{}, err
	}
	var names []string
	for _, project := range projects {
		if project.ID == wanted || strings.EqualFold(project.Name, wanted) {
			return project, nil
		}
		names = append(names, project.Name)
	}
	return wireProject{}, access.Errorf(access.NotFound, "%s: there is no %q; there is %s", flag, wanted, strings.Join(names, ", "))
}

type wireProject struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}
