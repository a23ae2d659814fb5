package tickets_test

import (
	"context"
	"net/http"
	"sync"
	"time"

	"admit/internal/ticket"
)

// paper is a ticket system for tests that holds one ticket.
type paper struct {
	mu     sync.Mutex
	down   bool
	url    string
	status string
	ticket ticket.Snapshot
}

func (*paper) People(context.Context, string, string) ([]ticket.Account, error) { return nil, nil }

func (p *paper) spec() ticket.Spec {
	return ticket.Spec{
		Kind: "paper", Name: "Paper", Project: "tray", Batch: 10, Idempotent: true,
		Open: func(map[string]string, *http.Client) (ticket.Provider, error) { return p, nil },
	}
}

func (p *paper) set(status string, down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status, p.down = status, down
}

// now returns the ticket, or that the desk is closed.
func (p *paper) now() ([]ticket.Snapshot, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		return nil, &ticket.Failure{Certainty: ticket.NotSent, Trouble: ticket.Down, Msg: "the desk is closed"}
	}
	p.ticket.Status, p.ticket.UpdatedAt = p.status, p.ticket.UpdatedAt.Add(time.Minute)
	if p.status == "burnt" {
		p.ticket.Grounds = []ticket.Ground{{Key: "status:burnt", Name: "burnt"}}
		p.ticket.Outcome = ticket.Outcomes(nil).Judge(p.ticket.Grounds)
	}
	return []ticket.Snapshot{p.ticket}, nil
}

func (p *paper) Create(_ context.Context, d ticket.Draft) (ticket.Snapshot, error) {
	p.ticket = ticket.Snapshot{
		ID: "7", Identifier: "P-7", URL: p.url, Project: d.Project, Key: d.Key, Title: d.Title, Outcome: ticket.Open,
		CreatedAt: time.Unix(1, 0), UpdatedAt: time.Unix(1, 0),
	}
	all, err := p.now()
	return all[0], err
}

func (p *paper) Check(context.Context, string) ([]ticket.Finding, error) { return nil, nil }
func (p *paper) Projects(context.Context) ([]ticket.Project, error)      { return nil, nil }
func (p *paper) Account(context.Context, string, string) (ticket.Account, bool, error) {
	return ticket.Account{}, false, nil
}
func (p *paper) Find(context.Context, string) ([]ticket.Snapshot, error)   { return nil, nil }
func (p *paper) Read(context.Context, []string) ([]ticket.Snapshot, error) { return p.now() }
func (p *paper) Changed(context.Context, string) (ticket.Page, error) {
	return ticket.Page{Cursor: "x"}, nil
}
func (p *paper) Comment(context.Context, string, string) error { return nil }
func (p *paper) Close(context.Context, string, string) error   { return nil }
