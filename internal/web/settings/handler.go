// Package settings is where an admin sets Admit up: ticket providers, and an
// overview of sign-in, tokens and the server.
package settings

import (
	"admit/internal/access"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// Register adds the pages to a site.
func Register(s *site.Site) {
	s.Handle("GET /settings", guarded(overview))
	s.Handle("GET /settings/tokens", guarded(tokens))
	s.Handle("GET /settings/following", guarded(following))
	s.Handle("POST /settings/following", saveFollowing)
	s.Handle("GET /settings/on-call", guarded(onCall))
	s.Handle("POST /settings/on-call", saveOnCall)
	s.Handle("POST /settings/on-call/remove", removeOnCall)
	s.Handle("GET /settings/providers", guarded(providers))
	s.Handle("GET /settings/providers/new", guarded(newProvider))
	s.Handle("POST /settings/providers/new", addProvider)
	s.Handle("GET /settings/providers/{id}", showProvider)
	s.Handle("POST /settings/providers/{id}", saveProvider)
	s.Handle("POST /settings/providers/{id}/check", checkProvider)
	s.Handle("GET /settings/providers/{id}/statuses", statuses)
	s.Handle("POST /settings/providers/{id}/statuses", saveStatuses)
	s.Handle("GET /settings/providers/{id}/people", people)
	s.Handle("GET /settings/providers/{id}/people/{user}", choosePerson)
	s.Handle("POST /settings/providers/{id}/people/{user}", savePerson)
	s.Handle("GET /settings/providers/{id}/webhook", webhookPage)
	s.Handle("POST /settings/providers/{id}/webhook", saveWebhook)
	s.Handle("GET /settings/providers/{id}/delete", askDelete)
	s.Handle("POST /settings/providers/{id}/delete", deleteProvider)
}

// guarded shows a page to those who may see settings. The others learn that they
// may not; what a form changes is guarded by its use case.
func guarded(page site.Page) site.Page {
	return func(v *site.Visit) error {
		if v.Actor.May(access.SeeProviders, 0) != nil {
			return access.Errorf(access.Forbidden, "settings are for admins and auditors; ask one of them to change something here")
		}
		return page(v)
	}
}

func overview(v *site.Visit) error {
	ctx := v.R.Context()
	all, err := v.Propagation.Providers(ctx, v.Actor)
	if err != nil {
		return err
	}
	own, err := v.Authn.Tokens(ctx, v.Actor, "")
	if err != nil {
		return err
	}
	return v.Show(ui.Shell{Title: "Settings", Active: ui.NavSettings, Live: []string{"providers"}}, overviewView(overviewOf(v, all, own)))
}

func tokens(v *site.Visit) error {
	own, err := v.Authn.Tokens(v.R.Context(), v.Actor, "")
	if err != nil {
		return err
	}
	return v.Show(ui.Shell{Title: "API tokens", Active: ui.NavSettings}, tokensView(tokensOf(own), v.Now))
}

func providers(v *site.Visit) error {
	ctx := v.R.Context()
	all, err := v.Propagation.Providers(ctx, v.Actor)
	if err != nil {
		return err
	}
	loads, err := v.Propagation.ProviderLoads(ctx, v.Actor)
	if err != nil {
		return err
	}
	m := listModel{rows: rowsOf(all, loads, v.Propagation.Kinds()), mayManage: mayManage(v), now: v.Now}
	return v.Show(ui.Shell{Title: "Ticket providers", Active: ui.NavSettings, Live: []string{"providers"}}, providersView(m))
}

func mayManage(v *site.Visit) bool { return v.Actor.May(access.ManageProviders, 0) == nil }
