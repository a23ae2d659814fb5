package propagation_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"admit/internal/ticket"
)

// paper is a ticket system in memory, with faults to switch on.
type paper struct {
	mu       sync.Mutex
	kind     string
	now      func() time.Time
	tickets  []*ticket.Snapshot
	past     map[string][]ticket.Snapshot // every state a ticket was in, by its id
	notes    map[string][]string          // comments by ticket id
	accounts map[string]ticket.Account
	calls    map[string]int

	// fault is asked before and after each call; an error before it means that
	// nothing happened, after it that the answer was lost.
	fault func(call string, after bool) error
	// refuseAssignee makes Create refuse any assignee.
	refuseAssignee bool
	drafts         []ticket.Draft     // what Create was asked for, whatever came of it
	refuse         map[string]string  // fields that Create refuses, with its words
	keep           map[string]bool    // fields that Create keeps; nil: all
	form           []ticket.FormField // what a ticket can be filled in with
	findings       []ticket.Finding   // what Check finds
	registered     []ticket.Hook      // the registrations there are
	closeAs        ticket.Ground      // what a ticket that Close ended shows, if it has a key
	mayRegister    error              // why a webhook cannot be registered
	onRegister     func()             // happens while one is registered
	expires        time.Time          // when a registration ends
	hidden         map[string]bool    // ids that are not there for us
	idempotent     bool               // Create takes the key for the identity of a ticket
	lag            time.Duration      // how long a new ticket is invisible to Find
	behind         time.Duration      // how old what Read and Changed show is
	delay          time.Duration      // how late the next Create takes effect; nobody waits for it
	slow           []slowCreate       // creates that nobody waits for any more
	onCreate       func(ticket.Draft) // happens before a ticket is made
}

// slowCreate is a create that takes effect later.
type slowCreate struct {
	at    time.Time
	draft ticket.Draft
}

func newPaper(now func() time.Time) *paper {
	return &paper{
		kind: "paper", now: now, past: map[string][]ticket.Snapshot{}, notes: map[string][]string{}, accounts: map[string]ticket.Account{},
		calls: map[string]int{}, hidden: map[string]bool{}, onCreate: func(ticket.Draft) {},
	}
}

// String is its kind.
func (p *paper) String() string { return p.kind }

func (p *paper) spec() ticket.Spec {
	return ticket.Spec{
		Kind: p.kind, Name: "Paper", Batch: 100, LookupLag: p.lag, Idempotent: p.idempotent,
		Open: func(map[string]string, *http.Client) (ticket.Provider, error) { return p, nil },
	}
}

// do runs one call with its faults.
func (p *paper) do(call string, fn func() error) error {
	p.mu.Lock()
	fault := p.fault
	p.calls[call]++
	p.mu.Unlock()
	if fault != nil {
		if err := fault(call, false); err != nil {
			return err
		}
	}
	p.mu.Lock()
	p.land()
	err := fn()
	p.mu.Unlock()
	if err == nil && fault != nil {
		err = fault(call, true)
	}
	return err
}

func (p *paper) Check(context.Context, string) (found []ticket.Finding, err error) {
	err = p.do("check", func() error { found = p.findings; return nil })
	return found, err
}

func (p *paper) Types(context.Context, string) ([]ticket.Type, error) { return nil, nil }

func (p *paper) Form(context.Context, string, string) (form []ticket.FormField, err error) {
	err = p.do("form", func() error { form = p.form; return nil })
	return form, err
}

func (p *paper) Statuses(context.Context, string) ([]ticket.Ground, error) {
	return []ticket.Ground{{Key: "status:done", Name: "done", Outcome: ticket.Yes}, {Key: "status:canceled", Name: "canceled", Outcome: ticket.No}}, nil
}

// Hear takes a delivery that is signed by its secret in plain: the ids of
// tickets, with commas.
func (p *paper) Hear(d ticket.Delivery) (ticket.News, error) {
	news := ticket.News{ID: d.Header.Get("Paper-Delivery")}
	if len(d.Body) > 0 {
		news.Tickets = strings.Split(string(d.Body), ",")
	}
	switch d.Header.Get("Paper-Secret") {
	case "":
		return news, nil
	case d.Secret:
		news.Signed = true
		return news, nil
	}
	return news, ticket.ErrForged
}

func (p *paper) Register(_ context.Context, h ticket.Hook) (ticket.Hook, error) {
	if p.mayRegister != nil {
		return h, p.mayRegister
	}
	if p.onRegister != nil {
		p.onRegister()
	}
	h.ID, h.Expires = "hook-1", p.expires
	p.registered = []ticket.Hook{h}
	return h, nil
}

func (p *paper) Unregister(context.Context, ticket.Hook) error {
	p.registered = nil
	return nil
}

func (p *paper) Projects(context.Context) ([]ticket.Project, error) {
	return []ticket.Project{{ID: "p1", Name: "Access"}}, nil
}

func (p *paper) Account(_ context.Context, _, email string) (a ticket.Account, ok bool, err error) {
	err = p.do("account", func() error { a, ok = p.accounts[email]; return nil })
	return a, ok, err
}

func (p *paper) People(context.Context, string, string) ([]ticket.Account, error) { return nil, nil }

func (p *paper) Create(_ context.Context, d ticket.Draft) (snap ticket.Snapshot, err error) {
	err = p.do("create", func() error {
		p.drafts = append(p.drafts, d)
		for id, why := range p.refuse {
			if d.Fields[id] != "" {
				return &ticket.Failure{Certainty: ticket.Refused, Trouble: ticket.Input, Msg: why, Fields: []string{id}}
			}
		}
		if p.refuseAssignee && d.Assignee.ID != "" {
			return &ticket.Failure{Certainty: ticket.Refused, Trouble: ticket.Input, Msg: "assignee is not allowed"}
		}
		p.onCreate(d)
		if p.delay > 0 {
			p.slow, p.delay = append(p.slow, slowCreate{p.now().Add(p.delay), d}), 0
			return ambiguous()
		}
		snap = *p.file(d)
		for id := range d.Fields {
			if p.keep != nil && !p.keep[id] {
				snap.Dropped = append(snap.Dropped, id)
			}
		}
		return nil
	})
	if err != nil {
		snap = ticket.Snapshot{}
	}
	return snap, err
}

// file makes a ticket. Where the key is its identity, it may be there already.
func (p *paper) file(d ticket.Draft) *ticket.Snapshot {
	for _, t := range p.tickets {
		if p.idempotent && t.Key == d.Key {
			return t
		}
	}
	n := len(p.tickets) + 1
	t := &ticket.Snapshot{
		ID: fmt.Sprint(n), Identifier: fmt.Sprintf("P-%d", n), URL: fmt.Sprintf("https://paper.example/%d", n), Project: d.Project,
		Key: d.Key, Title: d.Title, Status: "open", Outcome: ticket.Open, Assignee: d.Assignee, CreatedAt: p.now(),
	}
	p.tickets = append(p.tickets, t)
	p.changed(t)
	return t
}

// land makes the tickets of slow creates whose time has come.
func (p *paper) land() {
	p.slow = slices.DeleteFunc(p.slow, func(s slowCreate) bool {
		due := !s.at.After(p.now())
		if due {
			p.file(s.draft)
		}
		return due
	})
}

// changed notes the state a ticket is in now. No two states have one time.
func (p *paper) changed(t *ticket.Snapshot) {
	at := p.now()
	if !at.After(t.UpdatedAt) {
		at = t.UpdatedAt.Add(time.Millisecond)
	}
	t.UpdatedAt = at
	p.past[t.ID] = append(p.past[t.ID], *t)
}

// shown returns a ticket as reads show it; ok is false if they do not.
func (p *paper) shown(t *ticket.Snapshot) (_ ticket.Snapshot, ok bool) {
	if p.hidden[t.ID] {
		return ticket.Snapshot{}, false
	}
	if p.behind == 0 {
		return *t, true
	}
	for _, was := range slices.Backward(p.past[t.ID]) {
		if !was.UpdatedAt.After(p.now().Add(-p.behind)) {
			return was, true
		}
	}
	return ticket.Snapshot{}, false
}

// there returns the ticket with an id, or a refusal.
func (p *paper) there(id string) (*ticket.Snapshot, error) {
	n, err := strconv.Atoi(id) // ids count from 1
	if err != nil || n < 1 || n > len(p.tickets) || p.hidden[id] {
		return nil, ticket.Refusal("there is no ticket " + id)
	}
	return p.tickets[n-1], nil
}

func (p *paper) Find(_ context.Context, key string) (out []ticket.Snapshot, err error) {
	err = p.do("find", func() error {
		for _, t := range p.tickets {
			if t.Key == key && p.findable(t) {
				out = append(out, *t)
			}
		}
		return nil
	})
	return out, err
}

func (p *paper) findable(t *ticket.Snapshot) bool {
	return !p.hidden[t.ID] && !t.CreatedAt.Add(p.lag).After(p.now())
}

func (p *paper) Read(_ context.Context, ids []string) (out []ticket.Snapshot, err error) {
	err = p.do("read", func() error {
		for _, id := range ids {
			t, err := p.there(id)
			if err != nil {
				continue
			}
			if snap, ok := p.shown(t); ok {
				out = append(out, snap)
			}
		}
		return nil
	})
	return out, err
}

func (p *paper) Changed(_ context.Context, cursor string) (page ticket.Page, err error) {
	err = p.do("changed", func() error {
		since, _ := time.Parse(time.RFC3339Nano, cursor)
		for _, t := range p.tickets {
			if snap, ok := p.shown(t); ok && snap.UpdatedAt.After(since.Add(-time.Second)) && cursor != "" {
				page.Tickets = append(page.Tickets, snap)
			}
		}
		page.Cursor = p.now().Add(-p.behind).Format(time.RFC3339Nano)
		return nil
	})
	return page, err
}

func (p *paper) Comment(_ context.Context, id, text string) error {
	return p.do("comment", func() error {
		_, err := p.there(id)
		if err == nil {
			p.notes[id] = append(p.notes[id], text)
		}
		return err
	})
}

func (p *paper) Close(_ context.Context, id, text string) error {
	return p.do("close", func() error {
		t, err := p.there(id)
		if err != nil || t.Outcome.Ended() {
			return err
		}
		t.Status, t.Outcome = "canceled", ticket.No
		if p.closeAs.Key != "" {
			t.Grounds = []ticket.Ground{p.closeAs}
		}
		p.changed(t)
		p.notes[id] = append(p.notes[id], text)
		return nil
	})
}

// set lets the fulfiller act on the n-th ticket.
func (p *paper) set(n int, status string, outcome ticket.Outcome, seen bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.tickets[n-1]
	t.Status, t.Outcome, t.WorkSeen = status, outcome, seen
	p.changed(t)
}

// end has the fulfiller end the n-th ticket with these grounds.
func (p *paper) end(n int, grounds ...ticket.Ground) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.tickets[n-1]
	t.Status, t.Grounds = grounds[0].Name, grounds
	t.Outcome = ticket.Outcomes(nil).Judge(grounds)
	p.changed(t)
}

// show shows the n-th ticket again. That counts as a change of it.
func (p *paper) show(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.hidden, fmt.Sprint(n))
	p.changed(p.tickets[n-1])
}

func (p *paper) all() []ticket.Snapshot {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]ticket.Snapshot, len(p.tickets))
	for i, t := range p.tickets {
		out[i] = *t
	}
	return out
}

// open lists the tickets nobody has closed.
func (p *paper) open() []ticket.Snapshot {
	return slices.DeleteFunc(p.all(), func(t ticket.Snapshot) bool { return t.Outcome.Ended() })
}

func (p *paper) count(call string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[call]
}

func (p *paper) fail(fn func(call string, after bool) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = fn
}
