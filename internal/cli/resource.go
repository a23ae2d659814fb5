package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
)

type wireResource struct {
	ID             string              `json:"resource_id"`
	AppName        string              `json:"app_name"`
	Name           string              `json:"name"`
	Description    string              `json:"description"`
	AdminOwnerID   string              `json:"admin_owner_id"`
	Configurations []wireConfiguration `json:"request_configurations"`
	Tickets        wireTickets         `json:"tickets"`
	Risk           string              `json:"risk"`
	Levels         []wireLevel         `json:"access_levels"`
}

type wireLevel struct {
	Name string `json:"access_level_name"`
	ID   string `json:"access_level_remote_id"`
}

type wireConfiguration struct {
	AllowRequests bool `json:"allow_requests"`
	AutoApproval  bool `json:"auto_approval"`
	MaxMinutes    *int `json:"max_duration_minutes"`
	Stages        []struct {
		OwnerIDs []string `json:"owner_ids"`
	} `json:"reviewer_stages"`
}

func (s *session) resources() *cobra.Command {
	n := noun[wireResource]{session: s, kind: resourceKind, columns: s.resourceColumns, bulk: "resources", finish: s.finishResource}
	return group("resource", "What people can have in an app", "",
		n.list("List resources", func(f *form) {
			f.one("app", "app_id", "only resources of this app", appKind).
				one("owner", "admin_owner_id", "only resources with this admin owner", ownerKind).
				yes("requestable", "requestable", "only what one may ask for")
		}),
		n.get("Show one resource"),
		n.create("Add a resource to an app", func(f *form) {
			f.text("name", "name", "name").need().
				one("app", "app_id", "the app it is in", appKind).need()
			f.resource()
		}),
		n.update("Change a resource", func(f *form) {
			f.text("name", "name", "name")
			f.resource()
		}),
		n.delete("Remove a resource; all access to it is taken away"),
		s.listHolders(), s.addHolder(), s.setHolder(), s.removeHolder(),
		n.act("sync", "Read the tickets of a resource now", func(id string) call { return post(n.kind.at(id)+"/sync", nil) },
			"Started to sync %s."))
}

// resource adds the flags that a new and an old resource share.
func (f *form) resource() {
	f.text("description", "description", "what it is").
		one("admin-owner", "admin_owner_id", "the owner that administers it; else the app's", ownerKind).
		onOff("requestable", "configuration.allow_requests", "whether one may ask for it").
		onOff("auto-approve", "configuration.auto_approval", "whether nobody needs to review").
		many("reviewers", "configuration.reviewers", "the owners that review; else the admin owner", ownerKind).
		duration("max-duration", "configuration.max_duration_minutes", "the longest one may ask for it", -1).
		duration("recommended-duration", "configuration.recommended_duration_minutes", "what the form for requests starts with", -1).
		list("levels", "levels", "the ways to have it, each ID=NAME or NAME").
		choice("risk", "risk", "how much harm access to it can do", "low", "normal", "high")
	f.tickets("on", "off", "inherit")
}

// finishResource turns the flags into what the API takes.
func (s *session) finishResource(ctx context.Context, id string, body object) error {
	if configuration, ok := body["configuration"].(object); ok {
		delete(body, "configuration")
		if owners, ok := configuration["reviewers"]; ok {
			delete(configuration, "reviewers")
			configuration["reviewer_stages"] = []object{{"operator": "OR", "owner_ids": owners}}
		}
		body["request_configurations"] = []object{configuration}
	}
	if levels, ok := body["levels"].([]string); ok {
		delete(body, "levels")
		all := []object{}
		for _, level := range levels {
			levelID, name, named := strings.Cut(level, "=")
			if !named {
				name = level
			}
			all = append(all, object{"access_level_remote_id": levelID, "access_level_name": name})
		}
		body["access_levels"] = all
	}
	return s.finishTickets(resourceKind)(ctx, id, body)
}

func (s *session) resourceColumns(ctx context.Context) []column[wireResource] {
	owners, providers, user := s.names(ctx, ownerKind), s.names(ctx, providerKind), s.namesWhenNeeded(ctx, userKind)
	return []column[wireResource]{
		{head: "APP", cell: func(r wireResource) string { return r.AppName }},
		{head: "NAME", cell: func(r wireResource) string { return r.Name }},
		{head: "DESCRIPTION", cell: func(r wireResource) string { return r.Description }},
		{head: "ADMIN OWNER", cell: func(r wireResource) string { return owners(r.AdminOwnerID) }},
		{head: "TICKETS", cell: func(r wireResource) string { return r.Tickets.when() }},
		{head: "ID", cell: func(r wireResource) string { return r.ID }},
		{head: "REQUESTS", cell: func(r wireResource) string { return r.policy() }, long: true},
		{head: "LONGEST", cell: func(r wireResource) string { return r.longest() }, long: true},
		{head: "REVIEWERS", cell: func(r wireResource) string { return r.reviewers(owners) }, long: true},
		{head: "LEVELS", cell: func(r wireResource) string { return r.levels() }, long: true},
		{head: "TICKET PROVIDER", cell: func(r wireResource) string { return providers(r.Tickets.ProviderID) }, long: true},
		{head: "TICKET PROJECT", cell: func(r wireResource) string { return r.Tickets.ProjectName }, long: true},
		{head: "RISK", cell: func(r wireResource) string { return r.Risk }, long: true},
		{head: "ASSIGNEE", cell: func(r wireResource) string { return r.Tickets.assignee(user) }, long: true},
		{head: "GROUPING", cell: func(r wireResource) string { return r.Tickets.Group }, long: true},
		{head: "TICKETS FROM", cell: func(r wireResource) string { return r.Tickets.from() }, long: true},
	}
}

func (t wireTickets) from() string {
	if t.Override != nil && *t.Override {
		return "its own settings"
	}
	return "its app's settings"
}

func (r wireResource) policy() string {
	switch {
	case len(r.Configurations) == 0:
		return ""
	case !r.Configurations[0].AllowRequests:
		return "off"
	case r.Configurations[0].AutoApproval:
		return "approved at once"
	}
	return "reviewed"
}

func (r wireResource) longest() string {
	if len(r.Configurations) == 0 {
		return ""
	}
	return span(r.Configurations[0].MaxMinutes)
}

func (r wireResource) reviewers(owner func(string) string) string {
	var names []string
	for _, c := range r.Configurations {
		for _, stage := range c.Stages {
			for _, id := range stage.OwnerIDs {
				names = append(names, owner(id))
			}
		}
	}
	return strings.Join(names, ", ")
}

func (r wireResource) levels() string {
	var names []string
	for _, l := range r.Levels {
		names = append(names, l.ID+"="+l.Name)
	}
	return strings.Join(names, ", ")
}
