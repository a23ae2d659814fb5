package settings_test

import (
	"context"
	"net/http"
	"sync"
	"time"

	"admit/internal/ticket"
	"admit/internal/web/webtest"
)

// paper is a ticket system for tests: it files on paper.
type paper struct {
	mu       sync.Mutex
	down     bool
	findings []ticket.Finding
	asked    []string // projects Check was asked for
	filed    map[string]ticket.Snapshot
}

const help = "## Set it up\n\n1. Buy *paper*.\n2. Read [the rules](https://paper.example.com).\n\n<script>alert(1)</script>\n\n[no](javascript:alert(1))"

func (p *paper) People(_ context.Context, _, query string) ([]ticket.Account, error) {
	if query != "ann" {
		return nil, p.fail()
	}
	return []ticket.Account{{ID: "a-1", Name: "Ann <i>Hidden</i>"}, {ID: "a-2", Name: "Annette", Email: "annette@paper.example.com"}}, p.fail()
}

func (p *paper) spec() ticket.Spec {
	return ticket.Spec{
		Kind: "paper", Name: "Paper Desk", About: "Files tickets on paper.", Help: help, Project: "tray", Batch: 10, Idempotent: true,
		Webhook: "1. Let it ring `{{url}}`\n2. with `{{secret}}`",
		Fields: []ticket.Field{
			{Name: "base_url", Label: "Address", Type: ticket.URL, Required: true, Placeholder: "https://paper.example.com", Help: "Where the desk stands."},
			{Name: "token", Label: "Token", Type: ticket.Secret, Required: true, Help: "The key of the drawer."},
			{Name: "ink", Label: "Ink", Type: ticket.Text, Default: "blue"},
		},
		Open: func(map[string]string, *http.Client) (ticket.Provider, error) { return p, nil },
	}
}

// with adds the desk to a company's kinds.
func with(c *webtest.Company) *paper {
	p := &paper{filed: map[string]ticket.Snapshot{}}
	c.Propagation.Registry = ticket.NewRegistry(append(c.Propagation.Registry.Specs(), p.spec())...)
	return p
}

func (p *paper) fail() error {
	if p.down {
		return &ticket.Failure{Certainty: ticket.NotSent, Trouble: ticket.Down, Msg: "the desk is closed"}
	}
	return nil
}

func (p *paper) Check(_ context.Context, project string) ([]ticket.Finding, error) {
	p.asked = append(p.asked, project)
	return p.findings, p.fail()
}

func (p *paper) Projects(context.Context) ([]ticket.Project, error) {
	return []ticket.Project{{ID: "1", Name: "Upper tray"}, {ID: "2", Name: "Lower tray"}}, p.fail()
}

func (p *paper) Account(context.Context, string, string) (ticket.Account, bool, error) {
	return ticket.Account{}, false, p.fail()
}

func (p *paper) Create(_ context.Context, d ticket.Draft) (ticket.Snapshot, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.fail(); err != nil {
		return ticket.Snapshot{}, err
	}
	s := ticket.Snapshot{
		ID: d.Key, Identifier: "P-7", URL: "https://paper.example.com/7", Project: d.Project, Key: d.Key, Title: d.Title, Status: "on the pile",
		Outcome: ticket.Open, CreatedAt: time.Unix(1, 0), UpdatedAt: time.Unix(1, 0),
	}
	p.filed[d.Key] = s
	return s, nil
}

func (p *paper) Find(context.Context, string) ([]ticket.Snapshot, error) { return nil, p.fail() }

func (p *paper) Read(_ context.Context, ids []string) ([]ticket.Snapshot, error) {
	var all []ticket.Snapshot
	for _, id := range ids {
		all = append(all, p.filed[id])
	}
	return all, p.fail()
}

func (p *paper) Changed(context.Context, string) (ticket.Page, error) {
	return ticket.Page{Cursor: "now"}, p.fail()
}
func (p *paper) Comment(context.Context, string, string) error { return p.fail() }
func (p *paper) Close(context.Context, string, string) error   { return p.fail() }

// What the desk has besides, so that its pages have something to show.

func (p *paper) Statuses(context.Context, string) ([]ticket.Ground, error) {
	return []ticket.Ground{
		{Key: "status:pile", Name: "on the pile", Outcome: ticket.Open},
		{Key: "status:burnt", Name: "burnt <b>", Outcome: ticket.Unclear},
		{Key: "status:stamped", Name: "stamped"},
	}, p.fail()
}

func (p *paper) Hear(ticket.Delivery) (ticket.News, error) { return ticket.News{}, ticket.ErrForged }
