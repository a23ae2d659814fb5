package settings_test

import (
	"net/http"
	"net/url"
	"testing"

	"admit/internal/oncall/oncalltest"
	"admit/internal/ticket/tickettest"
	"admit/internal/web/settings"
	"admit/internal/web/webtest"
)

// TestOnCallPage: the key is tried, stored, never shown, and removed.
func TestOnCallPage(t *testing.T) {
	t.Parallel()
	c := webtest.New(t, settings.Register)
	c.Propagation.Client = tickettest.Client()
	duty := oncalltest.Start(t)
	const path = "/settings/on-call"
	ada, otto := c.As(webtest.Ada), c.As(webtest.Otto)
	ada.Get(path).Is(http.StatusOK).Says("main", "PagerDuty", "Try it and save").SaysNot("main", "Remove the key")
	ada.Post(path, url.Values{"address": {duty.URL}, "key": {"wrong"}}).Is(http.StatusUnprocessableEntity).Says("[id=key-error]", "Does not work")
	ada.Post(path, url.Values{"address": {duty.URL}, "key": {""}}).Is(http.StatusUnprocessableEntity).Says("[id=key-error]", "Is required")
	ada.Post(path, url.Values{"address": {duty.URL}, "key": {oncalltest.Key}}).LeadsTo(path)
	ada.Get(path).Says(".toast", "it works").Says("main", "One is stored", "Remove the key").SaysNot("main", oncalltest.Key)
	otto.Get(path).Is(http.StatusOK).Has(2, "main [disabled]").Has(0, "main form button")
	otto.Post(path, url.Values{"key": {"x"}}).Is(http.StatusForbidden)
	c.As(webtest.Ana).Get(path).Is(http.StatusForbidden)
	otto.Post(path+"/remove", nil).Is(http.StatusForbidden)
	ada.Post(path+"/remove", nil).LeadsTo(path)
	ada.Get(path).SaysNot("main", "Remove the key")
}
