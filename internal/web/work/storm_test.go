package work_test

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/store"
	"admit/internal/web/webtest"
	"admit/internal/web/work"
)

// storm has Rita lose three things at once, which is more than an admin wants to
// happen unseen, and returns the path of the storm.
func storm(t *testing.T, c *webtest.Company) string {
	t.Helper()
	ctx, ada := t.Context(), c.Actor(webtest.Ada)
	for name, level := range map[string]string{"My Role": "", "Bank files": "", "Salary table": "read"} {
		open(t, c, name, webtest.Rita, level)
	}
	c.Finish(webtest.Ada)
	is, err := c.Propagation.Settings(ctx, ada)
	check(t, err)
	is.StormAbove = 1
	check(t, c.Propagation.SaveSettings(ctx, ada, is))
	check(t, c.Inventory.DeleteUser(ctx, ada, c.Users[webtest.Rita].ID))
	c.Settle()
	storms, err := c.Propagation.Storms(ctx, ada)
	check(t, err)
	return "/storms/" + storms[0].Storm.ID
}

func release(changes int, g access.Grouping) url.Values {
	return url.Values{"changes": {strconv.Itoa(changes)}, "grouping": {string(g)}}
}

func TestStormIsToldOfAndLetGo(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, work.Register)
	path := storm(t, c)
	ada := c.As(webtest.Ada)
	const title = "Taking access away from Rita Okafor would open 3 tickets in Built-in queue"
	ada.Get("/work").Says("#work-stats", title, "1 person, 3 things. Nothing is filed until you decide.").Has(1, `#work-stats a[href="`+path+`"]`)
	ada.Get("/work").Says("#work-tabs", "Held back 3").Says("#work", "An admin to let the tickets go")
	ada.Get("/work/held").Has(3, "#work tbody tr")
	page := ada.Get(path).Is(http.StatusOK).Says("h1", title).Says("main", "was removed", "3 changes, 1 person, 3 things", "What it holds back", "Salary table")
	page.Says("#choice-own", "Each its own ticket", "File 3 tickets").Says("#choice-person", "One for each person", "File 1 ticket").Has(0, "#choice-resource")

	wrong := ada.Post(path, release(2, access.GroupByPerson)).Is(http.StatusUnprocessableEntity)
	wrong.Says("[role=alert]", "There are 3 changes by now, not 2; look again.", "Nothing was filed").Says("#choice-person", "File 1 ticket")
	ada.Post(path, release(3, access.GroupByPerson)).LeadsTo("/work")
	ada.Get("/work").Says(".toast", "Filing 1 ticket for 3 changes in Built-in queue.").SaysNot("#work-stats", "would open")
	c.Settle()
	ada.Get(path).Is(http.StatusOK).Says("main", "Ada Lind", "one for each person", "What came of it").Has(0, `form[action^="/storms"]`).Has(3, "tbody tr")
	ada.Post(path, release(3, "")).Is(http.StatusUnprocessableEntity).Says("[role=alert]", "Somebody was faster")
	ada.Get("/work").Has(0, `#work-tabs a[href="/work/held"]`)
}

func TestStormIsForAdmins(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, work.Register)
	path := storm(t, c)
	otto := c.As(webtest.Otto)
	otto.Get("/work").Says("#work-stats", "until an admin decides")
	otto.Get(path).Is(http.StatusOK).Says("main", "only an admin can let it go").Has(0, "main form")
	otto.Post(path, release(3, "")).Is(http.StatusForbidden)
	for _, who := range []string{webtest.Ana, webtest.Josh} {
		b := c.As(who)
		b.Get("/work").SaysNot("main", "would open")
		b.Get(path).Is(http.StatusForbidden)
		b.Post(path, release(3, "")).Is(http.StatusForbidden)
	}
	ada := c.As(webtest.Ada)
	for _, form := range []url.Values{nil, {"changes": {"3"}, "grouping": {"'"}}, {"changes": {"three"}}, {"changes": {"99999999999999999999"}}} {
		ada.Post(path, form).Is(http.StatusBadRequest)
	}
	ada.Post(path, release(-1, "")).Is(http.StatusUnprocessableEntity)
	for _, other := range []string{"/storms/nonsense", "/storms/%FF", "/storms/" + store.NewID()} {
		ada.Get(other).Is(http.StatusNotFound)
		ada.Post(other, release(3, "")).Is(http.StatusNotFound)
	}
	ada.Get(path + "?cursor=nonsense").Is(http.StatusBadRequest)
	if list, err := c.Propagation.Work(t.Context(), c.Actor(webtest.Ada), store.ChangeFilter{Held: true}); err != nil || len(list.Items) != 3 {
		t.Errorf("%d are held back, %v", len(list.Items), err)
	}
}

// TestStormThatHoldsNothing: it is told of no more, and can be ended.
func TestStormThatHoldsNothing(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, work.Register)
	ctx, actor := t.Context(), c.Actor(webtest.Ada)
	is, err := c.Propagation.Settings(ctx, actor)
	check(t, err)
	is.StormAbove = 1
	check(t, c.Propagation.SaveSettings(ctx, actor, is))
	places := []inventory.Place{{ResourceID: c.Resources["My Role"], UserID: c.Users[webtest.Josh].ID}, {ResourceID: c.Resources["My Role"], UserID: c.Users[webtest.Otto].ID}}
	for _, at := range places {
		check(t, c.Inventory.AddHolder(ctx, actor, at, "", nil))
	}
	c.Settle()
	storms, err := c.Propagation.Storms(ctx, actor)
	check(t, err)
	path, ada := "/storms/"+storms[0].Storm.ID, c.As(webtest.Ada)
	ada.Get("/work").Says("#work-stats", "Giving My Role would open 2 tickets", "2 people, 1 thing")
	ada.Get(path).Says("main", "Ada Lind decided it by hand").Has(1, "main form")
	for _, at := range places {
		check(t, c.Inventory.RemoveHolder(ctx, actor, at))
	}
	c.Settle()
	ada.Get("/work").SaysNot("#work-stats", "would open")
	ada.Get(path).Says("main", "Nothing is held back any more", "End it")
	ada.Post(path, release(0, "")).LeadsTo("/work")
	ada.Get("/work").Says(".toast", "Nothing is held back any more")
}
