package changes_test

import (
	"context"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/propagation"
	"admit/internal/ticket"
	"admit/internal/web/changes"
	"admit/internal/web/webtest"
)

// desk is a ticket system that refuses every ticket, and can be down.
type desk struct {
	ticket.Provider
	down atomic.Bool
}

func (d *desk) Projects(context.Context) ([]ticket.Project, error) {
	if d.down.Load() {
		return nil, &ticket.Failure{Trouble: ticket.Down, Certainty: ticket.Refused, Msg: "no answer in time"}
	}
	return []ticket.Project{{ID: "7", Name: "Access"}, {ID: "8", Name: "General <b>"}}, nil
}

func (*desk) Account(context.Context, string, string) (ticket.Account, bool, error) {
	return ticket.Account{}, false, nil
}

func (*desk) Create(context.Context, ticket.Draft) (ticket.Snapshot, error) {
	return ticket.Snapshot{}, &ticket.Failure{Certainty: ticket.Refused, Trouble: ticket.Input, Msg: "queue 7 is closed"}
}

// withDesk has Payroll file its tickets there.
func withDesk(t *testing.T, c *webtest.Company) (*desk, string) {
	t.Helper()
	d, project := &desk{}, "7"
	c.Propagation.Registry = ticket.NewRegistry(append(c.Propagation.Registry.Specs(), ticket.Spec{
		Kind: "desk", Name: "Desk", Project: "queue", Batch: 10,
		Open: func(map[string]string, *http.Client) (ticket.Provider, error) { return d, nil },
	})...)
	p, err := c.Propagation.CreateProvider(t.Context(), c.Actor(webtest.Ada), propagation.ProviderParams{Kind: "desk", Name: "Help desk", SaveAnyway: true})
	check(t, err)
	patch := inventory.AppPatch{Tickets: inventory.TicketPatch{ProviderID: &p.ID, ProjectID: &project}}
	_, err = c.Inventory.UpdateApp(t.Context(), c.Actor(webtest.Ada), c.Apps["Payroll"], patch)
	check(t, err)
	return d, p.ID
}

// TestBlockedIsSentElsewhere: without script, from the refusal to the queue that
// is always there.
func TestBlockedIsSentElsewhere(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, changes.Register)
	_, deskID := withDesk(t, c)
	w := given(t, c, webtest.Josh)
	path := "/changes/" + w.ID
	ana := c.As(webtest.Ana)
	ana.Get(path).Is(http.StatusOK).Says("#dialog-content", "Help desk refuses the ticket: queue 7 is closed", "Send elsewhere")

	page := ana.Get(path+"/reroute").Is(http.StatusOK).Says("#dialog-content", "A ticket is filed there")
	page.Has(1, `select[name=provider_id] option[selected][value="`+deskID+`"]`).Has(1, `select[name=project_id] option[selected][value="7"]`)
	page.Says("label[for=project_id]", "Queue").Says("select[name=project_id]", "General <b>").Says("select[name=assignee_id]", "Whom the settings choose", "Ana Ruiz")
	form := url.Values{"provider_id": {access.BuiltInProviderID}, "project_id": {"7"}}
	ana.Post(path+"/reroute", form).Is(http.StatusUnprocessableEntity).Says(".error-summary", "Must be one of this ticket provider").
		Has(1, `select[name=provider_id] option[selected][value="`+access.BuiltInProviderID+`"]`)
	for wrong, form := range map[string]url.Values{
		"Ticket provider: Must be one of the choices":     {"provider_id": {"\xff\x00"}, "project_id": {"7"}},
		"Ticket provider: Must be one of the cho":         {"project_id": {"7"}},
		"Queue: Must be one of this ticket provider":      {"provider_id": {deskID}, "project_id": {"9"}},
		"Who makes the change: Must be one of the choice": {"provider_id": {deskID}, "project_id": {"7"}, "assignee_id": {c.Users[webtest.Josh].ID}},
	} {
		ana.PostInPlace(path+"/reroute", form).Is(http.StatusUnprocessableEntity).Says(".error-summary", wrong).Has(1, "#dialog-content")
	}
	form.Set("project_id", "")
	ana.Post(path+"/reroute", url.Values{"provider_id": {access.BuiltInProviderID}, "choose": {"1"}}).Is(http.StatusOK).
		Has(1, `select[name=project_id] option[selected][value="access"]`)
	ana.PostInPlace(path+"/reroute", form).Is(http.StatusOK).Says("#dialog-content", "on its way there")
	c.Settle()
	v := state(t, c, w.ID, access.Open)
	if v.Ticket == nil || v.Ticket.ProviderID != access.BuiltInProviderID {
		t.Errorf("filed as %+v", v.Ticket)
	}
}

// TestNowhereToSendWhileASystemIsDown: it says so, and nothing is lost.
func TestNowhereToSendWhileASystemIsDown(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, changes.Register)
	w := given(t, c, webtest.Josh)
	d, deskID := withDesk(t, c)
	d.down.Store(true)
	path := "/changes/" + w.ID + "/reroute"
	c.As(webtest.Ana).PostInPlace(path, url.Values{"provider_id": {deskID}, "project_id": {"8"}}).Is(http.StatusUnprocessableEntity).
		Says("#dialog-content", "It cannot list where tickets can go", "No answer in time").Says(".error-summary", "annot be chosen now")
	state(t, c, w.ID, access.Open)
}

// TestOpenIsSentElsewhere: its ticket is closed, and another is filed.
func TestOpenIsSentElsewhere(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, changes.Register)
	w := given(t, c, webtest.Josh)
	_, deskID := withDesk(t, c)
	path := "/changes/" + w.ID
	ana := c.As(webtest.Ana)
	ana.Get(path).Says("#dialog-content", "Give to somebody else", "Send elsewhere")
	ana.Get(path+"/reroute").Is(http.StatusOK).Says("#dialog-content", "Admit closes W-1 with a word")
	same := url.Values{"provider_id": {access.BuiltInProviderID}, "project_id": {"access"}}
	ana.PostInPlace(path+"/reroute", same).Is(http.StatusUnprocessableEntity).Says(".error-summary", "Its ticket is there already")
	ana.Post(path+"/reroute?next=/work", url.Values{"provider_id": {deskID}, "project_id": {"8"}}).LeadsTo("/work")
	state(t, c, w.ID, access.Canceling)
	ana.Get(path).Says("#dialog-content", "close W-1 and file it anew elsewhere").SaysNot("#dialog-content", "Send elsewhere")
	ana.Get(path + "/reroute").LeadsTo(path)
	ana.PostInPlace(path+"/reroute", same).Is(http.StatusUnprocessableEntity).Says(".error-summary", "try again in a moment")
}

func TestGiveToSomebodyElse(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, changes.Register)
	w := given(t, c, webtest.Josh)
	path := "/changes/" + w.ID
	ana := c.As(webtest.Ana)
	ana.Get(path+"/assign").Is(http.StatusOK).Says("#dialog-content", "Give W-1 to somebody else").Says("select[name=assignee_id]", "Ana Ruiz").SaysNot("select[name=assignee_id]", "Josh")
	for _, id := range []string{"", "\xff", c.Users[webtest.Josh].ID} {
		ana.PostInPlace(path+"/assign", url.Values{"assignee_id": {id}}).Is(http.StatusUnprocessableEntity).Says(".error-summary", "Must be one of the choices")
	}
	ana.PostInPlace(path+"/assign", url.Values{"assignee_id": {c.Users[webtest.Ana].ID}}).Is(http.StatusOK).Says("#dialog-content", "given to them in a moment")
	if v := state(t, c, w.ID, access.Open); v.AssigneeID == nil || *v.AssigneeID != c.Users[webtest.Ana].ID {
		t.Errorf("it is for %v", v.AssigneeID)
	}
}

// TestHeldBackCanBeSentElsewhere: a change without a ticket has its page, too.
func TestHeldBackCanBeSentElsewhere(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, changes.Register)
	is := propagation.DefaultSettings()
	is.StormAbove = 1
	check(t, c.Propagation.SaveSettings(t.Context(), c.Actor(webtest.Ada), is))
	for _, email := range []string{webtest.Josh, webtest.Rita} {
		check(t, c.Inventory.AddHolder(t.Context(), c.Actor(webtest.Ada), at(c, email), "", nil))
	}
	c.Settle()
	w := newest(t, c)
	_, deskID := withDesk(t, c)
	path := "/changes/" + w.ID
	ana := c.As(webtest.Ana)
	ana.Get(path).Is(http.StatusOK).Says("#dialog-content", "let the tickets go", "None yet", "Send elsewhere")
	ana.PostInPlace(path+"/reroute", url.Values{"provider_id": {deskID}, "project_id": {"8"}}).Is(http.StatusOK)
	if v := state(t, c, w.ID, access.Queued); v.ProviderID == nil || *v.ProviderID != deskID || v.ProjectID != "8" {
		t.Errorf("it goes to %v %s", v.ProviderID, v.ProjectID)
	}
}

// TestARemovalOutlivesItsResource: there is nobody to choose, but it can be sent.
func TestARemovalOutlivesItsResource(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, changes.Register)
	given(t, c, webtest.Josh)
	c.Finish(webtest.Ada)
	check(t, c.Inventory.DeleteApp(t.Context(), c.Actor(webtest.Ada), c.Apps["Payroll"]))
	c.Settle()
	w := newest(t, c)
	c.As(webtest.Ada).Get("/changes/"+w.ID+"/reroute").Is(http.StatusOK).Has(0, "select[name=assignee_id]").Has(1, "select[name=provider_id]")
	c.As(webtest.Ada).Get("/changes/"+w.ID+"/assign").Is(http.StatusOK).Has(1, "select[name=assignee_id]")
}
