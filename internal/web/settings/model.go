package settings

import (
	"cmp"
	"strings"
	"time"

	"github.com/yuin/goldmark"

	"admit/internal/access"
	"admit/internal/propagation"
	"admit/internal/store"
	"admit/internal/ticket"
	"admit/internal/web/site"
	"admit/internal/web/ui"
)

// health is how a provider is shown.
type health struct {
	tone        ui.Tone
	icon, label string
	trouble     string // in words; "" when it works
	since       time.Time
}

// healths words each health.
var healths = map[access.Health]health{
	access.Untried:      {tone: ui.Neutral, icon: "circle-dashed", label: "Not tried yet"},
	access.Healthy:      {tone: ui.Good, icon: "check", label: "Works"},
	access.Down:         {tone: ui.Bad, icon: "unplug", label: "Not reachable"},
	access.Unauthorized: {tone: ui.Bad, icon: "lock", label: "Not allowed"},
	access.RateLimit:    {tone: ui.Warn, icon: "hourglass", label: "Asked to wait"},
	access.Malformed:    {tone: ui.Bad, icon: "circle-alert", label: "Answers oddly"},
}

func healthOf(p access.TicketProvider) health {
	h, ok := healths[p.Health]
	if !ok {
		h = health{icon: "circle-dashed", label: string(p.Health)}
	}
	h.trouble = site.Sentence(p.Trouble)
	if p.HealthAt != nil {
		h.since = *p.HealthAt
	}
	return h
}

// listModel is the list of ticket providers.
type listModel struct {
	rows      []row
	mayManage bool
	now       time.Time
}

type row struct {
	id, url, name, kind string
	health              health
	polled              time.Time
	open                int
	users               int
}

func rowsOf(all []access.TicketProvider, loads map[string]propagation.ProviderLoad, kinds []ticket.Spec) []row {
	names := map[string]string{}
	for _, k := range kinds {
		names[k.Kind] = k.Name
	}
	rows := make([]row, len(all))
	for i, p := range all {
		rows[i] = row{
			id: "provider-" + p.ID, url: "/settings/providers/" + p.ID, name: p.Name, kind: cmp.Or(names[p.Kind], p.Kind),
			health: healthOf(p), open: loads[p.ID].OpenTickets, users: loads[p.ID].Users,
		}
		if rows[i].kind == p.Name {
			rows[i].kind = ""
		}
		if p.PolledAt != nil {
			rows[i].polled = *p.PolledAt
		}
	}
	return rows
}

// usedBy says how much depends on a provider.
func (r row) usedBy() string {
	switch r.users {
	case 0:
		return "nothing yet"
	case 1:
		return "1 app or resource"
	}
	return ui.Number(r.users) + " apps and resources"
}

// overviewModel is the first page.
type overviewModel struct {
	providers, troubled int
	trouble             []string // in words
	tokens              int
	lifetime            time.Duration
	demo                bool
	version, url        string
}

func overviewOf(v *site.Visit, all []access.TicketProvider, own []store.Token) overviewModel {
	m := overviewModel{
		providers: len(all), tokens: len(own), lifetime: v.Authn.Sessions.Lifetime,
		demo: v.Demo, version: v.Version, url: v.URL,
	}
	for _, p := range all {
		if p.Trouble != "" {
			m.troubled++
			m.trouble = append(m.trouble, p.Name+": "+site.Sentence(p.Trouble))
		}
	}
	return m
}

type tokenRow struct {
	id, name, preview      string
	created, used, expires time.Time
}

func tokensOf(own []store.Token) []tokenRow {
	rows := make([]tokenRow, len(own))
	for i, t := range own {
		rows[i] = tokenRow{id: "token-" + t.ID, name: t.Name, preview: "…" + t.Preview, created: t.CreatedAt}
		if t.UsedAt != nil {
			rows[i].used = *t.UsedAt
		}
		if t.ExpiresAt != nil {
			rows[i].expires = *t.ExpiresAt
		}
	}
	return rows
}

// markdown renders the help of a kind. Raw HTML and dangerous links in it are
// left out: goldmark's default.
func markdown(text string) string {
	var b strings.Builder
	if err := goldmark.Convert([]byte(text), &b); err != nil {
		return ""
	}
	return b.String()
}
