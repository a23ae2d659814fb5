package settings

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strings"

	"admit/internal/access"
	"admit/internal/propagation"
	"admit/internal/store"
	"admit/internal/ticket"
	"admit/internal/web/part"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// frame is what the pages of one provider share.
type frame struct {
	id, name, active string
	listens          bool // it can have a webhook
	mayManage        bool
}

func (f frame) url() string { return "/settings/providers/" + f.id }

// tabs are the pages of a provider. The built-in queue has but one.
func (f frame) tabs() []ui.Tab {
	if f.id == "" || f.id == access.BuiltInProviderID {
		return nil
	}
	all := []ui.Tab{
		{Label: "Account", URL: f.url()}, {Label: "What statuses mean", URL: f.url() + "/statuses"}, {Label: "People", URL: f.url() + "/people"},
	}
	if f.listens {
		all = append(all, ui.Tab{Label: "Webhook", URL: f.url() + "/webhook"})
	}
	for i := range all {
		all[i].Active = all[i].URL == f.url()+f.active
	}
	return all
}

// frameOf loads what the pages of the provider of the path share.
func frameOf(v *site.Visit, active string) (frame, access.TicketProvider, propagation.WebhookView, error) {
	id, err := v.ID("id")
	if err != nil {
		return frame{}, access.TicketProvider{}, propagation.WebhookView{}, err
	}
	p, err := v.Propagation.Provider(v.R.Context(), v.Actor, id)
	if err != nil {
		return frame{}, p, propagation.WebhookView{}, err
	}
	hook, err := webhookOf(v, p)
	return frame{id: id, name: p.Name, active: active, listens: listens(hook), mayManage: mayManage(v)}, p, hook, err
}

// webhookOf returns the webhook of a provider. One that cannot be opened has none.
func webhookOf(v *site.Visit, p access.TicketProvider) (propagation.WebhookView, error) {
	hook, _, err := v.Propagation.Webhook(v.R.Context(), v.Actor, p.ID)
	if access.CodeOf(err) == access.Conflict {
		return propagation.WebhookView{}, nil
	}
	return hook, err
}

// listens reports whether a provider can have a webhook.
func listens(hook propagation.WebhookView) bool { return hook.Steps != "" || hook.Automatic }

func (f frame) shell(title string, live ...string) ui.Shell {
	return ui.Shell{Title: title, Active: ui.NavSettings, Crumbs: append(crumbs(), ui.Link{Label: f.name, URL: f.url()}), Live: live}
}

// statusesModel is the map from a system's words to what they mean.
type statusesModel struct {
	frame
	rows    []statusRow
	trouble string // why the system does not list its statuses
	problem string // why nothing was saved
}

type statusRow struct {
	key, name, group string
	asks             bool // nobody has said what it means
	control          ui.Select
}

// readings words the outcomes, in the order they are offered.
var readings = []struct {
	outcome ticket.Outcome
	label   string
}{
	{ticket.Open, "still open"},
	{ticket.Yes, "done"},
	{ticket.No, "not done"},
	{ticket.Unclear, "ask a person"},
}

func reading(o ticket.Outcome) string {
	for _, r := range readings {
		if r.outcome == o {
			return r.label
		}
	}
	return "nothing" // by itself: another ground decides
}

func statuses(v *site.Visit) error { return showStatuses(v, http.StatusOK, "") }

func showStatuses(v *site.Visit, code int, problem string) error {
	f, p, _, err := frameOf(v, "/statuses")
	if err != nil {
		return err
	}
	m := statusesModel{frame: f, problem: problem}
	all, err := v.Propagation.Statuses(v.R.Context(), v.Actor, f.id, "")
	if _, sentence, ok := site.Problems(err); ok && access.CodeOf(err) == access.Unavailable {
		m.trouble = site.Sentence(sentence)
	} else if err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(p.Outcomes)) {
		if !slices.ContainsFunc(all, func(g ticket.Ground) bool { return g.Key == key }) {
			all = append(all, ticket.Ground{Key: key, Name: key})
		}
	}
	for _, g := range all {
		m.rows = append(m.rows, statusRowOf(g, p.Outcomes[g.Key], f.mayManage))
	}
	return v.ShowStatus(code, f.shell("What the statuses of "+f.name+" mean"), statusesView(m))
}

func statusRowOf(g ticket.Ground, said string, mayManage bool) statusRow {
	group, _, _ := strings.Cut(g.Key, ":")
	r := statusRow{key: g.Key, name: g.Name, group: part.Capital(group), asks: g.Outcome == ticket.Unclear && said == ""}
	r.control = ui.Select{
		Field: ui.Field{Name: "outcome." + g.Key, Label: "What " + g.Name + " means", Disabled: !mayManage},
		Value: said, Empty: "Usual: " + reading(g.Outcome),
	}
	for _, x := range readings {
		r.control.Options = append(r.control.Options, ui.Option{Value: string(x.outcome), Label: part.Capital(x.label)})
	}
	return r
}

func saveStatuses(v *site.Visit) error {
	id, form, err := v.Posted()
	if err != nil {
		return err
	}
	said := map[string]string{}
	for name := range form {
		if key, ok := strings.CutPrefix(name, "outcome."); ok {
			said[key] = form.Get(name)
		}
	}
	row, err := v.Propagation.SetOutcomes(v.R.Context(), v.Actor, id, said)
	if wrong, ok := part.MistakesOf(err); ok {
		return showStatuses(v, http.StatusUnprocessableEntity, cmp.Or(wrong.Sentence(), "Something of it is not valid."))
	}
	if err != nil {
		return err
	}
	return v.Done("/settings/providers/"+id+"/statuses", site.Said("Saved. Tickets of "+row.Name+" that waited for this are read again."))
}

// peopleModel is who users are at a provider.
type peopleModel struct {
	frame
	rows []personRow
}

type personRow struct {
	user    ui.Person
	userID  string
	account string // in words
	how     ui.Tone
	chosen  bool
}

func people(v *site.Visit) error {
	f, _, _, err := frameOf(v, "/people")
	if err != nil {
		return err
	}
	known, err := v.Propagation.Accounts(v.R.Context(), v.Actor, f.id)
	if err != nil {
		return err
	}
	m := peopleModel{frame: f}
	for _, k := range known {
		if n := len(m.rows); n == 0 || m.rows[n-1].userID != k.UserID {
			m.rows = append(m.rows, personOf(k))
		}
	}
	return v.Show(f.shell("People in "+f.name), peopleView(m))
}

func personOf(k store.Known) personRow {
	u := access.User{Email: k.UserEmail, FirstName: k.FirstName, LastName: k.LastName}
	r := personRow{userID: k.UserID, chosen: k.Chosen, user: ui.Person{Name: u.Name(), Email: k.UserEmail, URL: "/users/" + k.UserID}}
	switch {
	case k.LookedAt == nil:
		r.account, r.how = "not looked up yet", ui.Neutral
	case k.Account == "":
		r.account, r.how = "has no account there", ui.Warn
	default:
		r.account, r.how = cmp.Or(k.Name, k.Account), ui.Good
		if k.Email != "" && k.Email != k.Name {
			r.account += ", " + k.Email
		}
	}
	return r
}

// chooseModel is the page where one says whom a user is at a provider.
type chooseModel struct {
	frame
	user    access.User
	query   string
	found   []ticket.Account
	asked   bool
	problem string
}

func (m chooseModel) action() string { return m.url() + "/people/" + m.user.ID }

func choosePerson(v *site.Visit) error {
	if err := v.Actor.May(access.ManageProviders, 0); err != nil {
		return access.Errorf(access.Forbidden, "only an admin can say whom somebody is at a ticket provider")
	}
	f, _, _, err := frameOf(v, "/people")
	if err != nil {
		return err
	}
	userID, err := v.ID("user")
	if err != nil {
		return err
	}
	ctx := v.R.Context()
	user, err := v.Inventory.User(ctx, v.Actor, userID)
	if err != nil {
		return err
	}
	m := chooseModel{frame: f, user: user, query: site.Clean(v.Query("q"))}
	if m.query != "" {
		m.asked = true
		m.found, err = v.Propagation.FindPeople(ctx, v.Actor, f.id, "", m.query)
		if _, sentence, ok := site.Problems(err); ok {
			m.problem = site.Sentence(sentence)
		} else if err != nil {
			return err
		}
	}
	return v.Show(f.shell("Who is "+user.Name()+" in "+f.name), chooseView(m))
}

func savePerson(v *site.Visit) error {
	id, form, err := v.Posted()
	if err != nil {
		return err
	}
	userID, err := v.ID("user")
	if err != nil {
		return err
	}
	back := "/settings/providers/" + id + "/people"
	if form.Get("how") == "again" {
		if err := v.Propagation.ForgetAccount(v.R.Context(), v.Actor, id, userID); err != nil {
			return err
		}
		return v.Done(back, site.Said("Looked up by e-mail again, when the next ticket needs it."))
	}
	a := ticket.Account{ID: form.Get("account_id"), Name: form.Get("account_name"), Email: form.Get("account_email")}
	if err := v.Propagation.ChooseAccount(v.R.Context(), v.Actor, id, userID, a); err != nil {
		return err
	}
	return v.Done(back, site.Said("Saved. It holds for the tickets that are filed from now on."))
}

// webhookModel is the webhook of a provider.
type webhookModel struct {
	frame
	on        bool
	hook      propagation.WebhookView
	steps     string // HTML
	state     health
	anonymous bool // our address is not one that a system elsewhere reaches
}

// hookStates words each state of a webhook.
var hookStates = map[access.WebhookState]health{
	access.WebhookWaiting: {tone: ui.Neutral, icon: "hourglass", label: "Nothing delivered yet"},
	access.WebhookWorking: {tone: ui.Good, icon: "check", label: "Works"},
	access.WebhookSilent:  {tone: ui.Warn, icon: "triangle-alert", label: "Silent: tickets are polled instead"},
	access.WebhookByHand:  {tone: ui.Warn, icon: "hand", label: "To be set up by hand"},
}

func webhookPage(v *site.Visit) error {
	f, _, hook, err := frameOf(v, "/webhook")
	if err != nil {
		return err
	}
	if !f.listens {
		return access.Errorf(access.NotFound, "not found")
	}
	m := webhookModel{frame: f, on: hook.ProviderID != "", hook: hook, state: hookStates[hook.State], anonymous: !strings.HasPrefix(v.URL, "https:")}
	m.state.trouble = site.Sentence(hook.Note)
	if m.on {
		m.steps = markdown(strings.NewReplacer("{{url}}", hook.URL, "{{secret}}", hook.Secret).Replace(hook.Steps))
	}
	return v.Show(f.shell("Webhook of "+f.name, "provider:"+f.id), webhookView(m, v.Now))
}

func saveWebhook(v *site.Visit) error {
	id, form, err := v.Posted()
	if err != nil {
		return err
	}
	said := "The webhook is on."
	if form.Get("on") == "no" {
		said = "The webhook is off. What calls its address from now on is refused."
		err = v.Propagation.RemoveWebhook(v.R.Context(), v.Actor, id)
	} else {
		err = v.Propagation.AddWebhook(v.R.Context(), v.Actor, id)
	}
	if err != nil {
		return err
	}
	return v.Done("/settings/providers/"+id+"/webhook", site.Said(said))
}
