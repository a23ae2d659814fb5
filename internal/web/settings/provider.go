package settings

import (
	"net/http"
	"net/url"
	"slices"

	"admit/internal/access"
	"admit/internal/propagation"
	"admit/internal/ticket"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

func kind(v *site.Visit, name string) (ticket.Spec, bool) {
	kinds := v.Propagation.Kinds()
	i := slices.IndexFunc(kinds, func(s ticket.Spec) bool { return s.Kind == name })
	if i < 0 {
		return ticket.Spec{}, false
	}
	return kinds[i], true
}

// newProvider asks for the kind, then for its settings.
func newProvider(v *site.Visit) error {
	if err := v.Actor.May(access.ManageProviders, 0); err != nil {
		return access.Errorf(access.Forbidden, "only an admin can add a ticket provider")
	}
	spec, ok := kind(v, v.Query("kind"))
	if !ok {
		return chooseKind(v)
	}
	return showForm(v, http.StatusOK, newForm(spec))
}

// chooseKind lists the kinds that can be added. Every installation has the
// built-in queue already, and one is enough.
func chooseKind(v *site.Visit) error {
	all, err := v.Propagation.Providers(v.R.Context(), v.Actor)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(p access.TicketProvider) bool { return p.ID == access.BuiltInProviderID })
	kinds := slices.DeleteFunc(slices.Clone(v.Propagation.Kinds()), func(s ticket.Spec) bool { return i >= 0 && s.Kind == all[i].Kind })
	return v.Show(ui.Shell{Title: "Add a ticket provider", Active: ui.NavSettings, Crumbs: crumbs()}, kindsView(kinds))
}

func addProvider(v *site.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	p := propagation.ProviderParams{Kind: form.Get("kind"), Name: form.Get("name"), Settings: map[string]string{}, SaveAnyway: form.Has("save_anyway")}
	spec, known := kind(v, p.Kind)
	if !known {
		return access.Errorf(access.Invalid, "there is no kind of ticket provider of that name")
	}
	for _, f := range spec.Settings() {
		p.Settings[f.Name] = form.Get("settings." + f.Name)
	}
	row, err := v.Propagation.CreateProvider(v.R.Context(), v.Actor, p)
	if err != nil {
		return mistake(v, newForm(spec), form, err)
	}
	said := row.Name + " is added, and Admit can sign in. Now choose it on the page of an app."
	if p.SaveAnyway { // nobody has tried it
		said = row.Name + " is added as it is. Check says what is missing."
	}
	return v.Done("/settings/providers/"+row.ID, site.Said(said))
}

func showProvider(v *site.Visit) error {
	m, err := loadForm(v)
	if err != nil {
		return err
	}
	return showForm(v, http.StatusOK, m)
}

// loadForm reads the provider of the path into its form.
func loadForm(v *site.Visit) (formModel, error) {
	id, err := v.ID("id")
	if err != nil {
		return formModel{}, err
	}
	ctx := v.R.Context()
	p, err := v.Propagation.Provider(ctx, v.Actor, id)
	if err != nil {
		return formModel{}, err
	}
	uses, err := v.Propagation.ProviderUses(ctx, v.Actor, id)
	if err != nil {
		return formModel{}, err
	}
	loads, err := v.Propagation.ProviderLoads(ctx, v.Actor)
	if err != nil {
		return formModel{}, err
	}
	spec, _ := kind(v, p.Kind) // a kind this build does not have shows as one without settings
	m := editForm(p, spec, uses, loads[id].OpenTickets)
	hook, err := webhookOf(v, p)
	m.listens = listens(hook)
	return m, err
}

func saveProvider(v *site.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	m, err := loadForm(v)
	if err != nil {
		return err
	}
	name := form.Get("name")
	patch := propagation.ProviderPatch{Name: &name, Settings: map[string]string{}, SaveAnyway: form.Has("save_anyway")}
	for _, f := range m.fields {
		patch.Settings[f.spec.Name] = form.Get(f.field)
	}
	row, err := v.Propagation.UpdateProvider(v.R.Context(), v.Actor, m.id, patch)
	if err != nil {
		return mistake(v, m, form, err)
	}
	return v.Done("/settings/providers/"+row.ID, site.Said(row.Name+" is saved."))
}

// mistake shows a form again with what was typed and what is wrong with it.
func mistake(v *site.Visit, m formModel, form url.Values, err error) error {
	fields, sentence, ok := site.Problems(err)
	code := access.CodeOf(err)
	if !ok || code == access.Forbidden || code == access.Unauthenticated {
		return err
	}
	m.blame(fields)
	m.fill(form)
	m.problem = site.Sentence(sentence)
	return showForm(v, http.StatusUnprocessableEntity, m)
}

// checkProvider tries the provider and shows what is missing beside the settings
// it belongs to.
func checkProvider(v *site.Visit) error {
	form, err := v.Form()
	if err != nil {
		return err
	}
	m, err := loadForm(v)
	if err != nil {
		return err
	}
	ctx := v.R.Context()
	m.check.project = site.Clean(form.Get("project"))
	findings, err := v.Propagation.CheckProvider(ctx, v.Actor, m.id, m.check.project)
	if err != nil {
		fields, sentence, ok := site.Problems(err)
		if !ok || access.CodeOf(err) == access.Forbidden {
			return err
		}
		m.blame(fields)
		m.problem = site.Sentence(sentence)
		return showForm(v, http.StatusUnprocessableEntity, m)
	}
	after, err := loadForm(v) // its health may be new
	if err != nil {
		return err
	}
	after.check = check{done: true, project: m.check.project}
	after.found(findings)
	if projects, err := v.Propagation.Projects(ctx, v.Actor, m.id); err == nil {
		after.check.projects = projects
	} else if access.CodeOf(err) != access.Unavailable { // trouble is among the findings
		return err
	}
	return showForm(v, http.StatusOK, after)
}

func showForm(v *site.Visit, status int, m formModel) error {
	m.mayManage, m.now = mayManage(v), v.Now
	s := ui.Shell{Title: m.title, Active: ui.NavSettings, Crumbs: crumbs()}
	if m.id != "" && !m.check.done && v.R.Method == http.MethodGet {
		s.Live = []string{"provider:" + m.id}
	}
	return v.ShowStatus(status, s, formView(m))
}

func crumbs() []ui.Link {
	return []ui.Link{{Label: "Settings", URL: "/settings"}, {Label: "Ticket providers", URL: "/settings/providers"}}
}

// askDelete names what deleting would mean.
func askDelete(v *site.Visit) error { return deletePage(v, http.StatusOK, "") }

func deletePage(v *site.Visit, status int, problem string) error {
	if err := v.Actor.May(access.ManageProviders, 0); err != nil {
		return access.Errorf(access.Forbidden, "only an admin can delete a ticket provider")
	}
	m, err := loadForm(v)
	if err != nil {
		return err
	}
	m.problem = problem
	s := ui.Shell{Title: "Delete " + m.title, Active: ui.NavSettings, Crumbs: append(crumbs(), ui.Link{Label: m.title, URL: m.url()})}
	return v.ShowStatus(status, s, deleteView(m))
}

func deleteProvider(v *site.Visit) error {
	m, err := loadForm(v)
	if err != nil {
		return err
	}
	err = v.Propagation.DeleteProvider(v.R.Context(), v.Actor, m.id)
	if access.CodeOf(err) == access.Conflict {
		_, sentence, _ := site.Problems(err)
		return deletePage(v, http.StatusUnprocessableEntity, site.Sentence(sentence))
	}
	if err != nil {
		return err
	}
	return v.Done("/settings/providers", site.Said(m.title+" is deleted. Its closed tickets and their history stay."))
}
