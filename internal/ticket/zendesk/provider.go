package zendesk

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"admit/internal/ticket"
)

// Provider is an account on one Zendesk.
type Provider struct {
	base     string   // where people go
	declined []string // the tags that say no; Close sets the first
	http     exchange
}

var (
	_ ticket.Provider  = (*Provider)(nil)
	_ ticket.Assigner  = (*Provider)(nil)
	_ ticket.Completer = (*Provider)(nil)
	_ ticket.Former    = (*Provider)(nil)
	_ ticket.Lister    = (*Provider)(nil)
	_ ticket.Listener  = (*Provider)(nil)
	_ ticket.Registrar = (*Provider)(nil)
)

// Projects implements ticket.Directory: the groups the service user may assign
// tickets to. Agents look for work in the views of their groups.
func (p *Provider) Projects(ctx context.Context) ([]ticket.Project, error) {
	groups, err := p.http.groups(ctx)
	if err != nil {
		return nil, err
	}
	projects := make([]ticket.Project, len(groups))
	for i, g := range groups {
		projects[i] = ticket.Project{ID: g.ID.String(), Name: cmp.Or(line(g.Name), g.ID.String())}
	}
	slices.SortFunc(projects, ticket.ByName[ticket.Project])
	return projects, nil
}

// Account implements ticket.Directory. Tickets of a group can be assigned to
// those agents that are in it.
func (p *Provider) Account(ctx context.Context, project, email string) (ticket.Account, bool, error) {
	group := parseID(project)
	if !ticket.IsEmail(email) || group == 0 {
		return ticket.Account{}, false, nil
	}
	users, err := p.http.users(ctx, `email:"`+email+`"`)
	if err != nil {
		return ticket.Account{}, false, err
	}
	for _, u := range users {
		if !strings.EqualFold(u.Email, email) || !u.works() {
			continue
		}
		in, err := p.http.member(ctx, u.ID, group)
		if err != nil {
			return ticket.Account{}, false, err
		}
		if in {
			return u.account(), true, nil
		}
	}
	return ticket.Account{}, false, nil
}

// mostPeople is how many People returns.
const mostPeople = 20

// People implements ticket.Directory: of the group where one is given, else of
// all agents. Zendesk's own search finds whole words only, so the list is read.
func (p *Provider) People(ctx context.Context, project, query string) ([]ticket.Account, error) {
	path, ask := "/users", url.Values{"role[]": {"agent", "admin"}}
	if group := parseID(project); group != 0 {
		path, ask = "/groups/"+group.String()+"/users", nil
	}
	users, _, err := all[wireUser](ctx, p.http, path, "users", ask)
	if err != nil {
		return nil, err
	}
	query = strings.ToLower(strings.TrimSpace(query))
	var found []ticket.Account
	for _, u := range users {
		fits := strings.Contains(strings.ToLower(u.Name), query) || strings.Contains(strings.ToLower(u.Email), query)
		if fits && u.works() && len(found) < mostPeople {
			found = append(found, u.account())
		}
	}
	return found, nil
}

// Create implements ticket.Filer. It is one call: Zendesk answers with what it
// stored.
func (p *Provider) Create(ctx context.Context, d ticket.Draft) (ticket.Snapshot, error) {
	draft, err := p.draft(d)
	if err != nil {
		return ticket.Snapshot{}, err
	}
	stored, err := p.file(ctx, d.Key, draft)
	if err != nil {
		return ticket.Snapshot{}, rename(err, d.Fields)
	}
	made, err := p.snapshot(stored, people(d.Assignee))
	if err != nil {
		made.ID, made.Identifier, made.URL = stored.ID.String(), "#"+stored.ID.String(), p.url(stored.ID)
		return made, ambiguous(err)
	}
	if made.Key != d.Key {
		return made, p.http.Malformed(ticket.Writes, errors.New("the new ticket has another key"))
	}
	made.Dropped = p.dropped(ctx, d, stored)
	return made, nil
}

// file creates the ticket. The same call within two hours makes no second one.
// The key of the call is not only the key of the ticket: Zendesk refuses another
// draft under a key it has seen, as when one without assignee follows.
func (p *Provider) file(ctx context.Context, key string, d wireDraft) (wireTicket, error) {
	type body struct {
		Ticket wireDraft `json:"ticket"`
	}
	type filed struct {
		Ticket wireTicket `json:"ticket"`
	}
	text, err := json.Marshal(d)
	if err != nil {
		return wireTicket{}, ticket.Refusal("the ticket cannot be sent to Zendesk")
	}
	const digits = 8
	sum := sha256.Sum256(text)
	once := http.Header{"Idempotency-Key": {key + "-" + hex.EncodeToString(sum[:digits])}}
	made, answer, err := ticket.Do[filed](ctx, p.http.Exchange, ticket.Call{
		Path: "/tickets", Header: once, Body: body{d}, Effect: ticket.Writes,
	})
	if err == nil && made.Ticket.ID == 0 {
		err = p.http.Malformed(ticket.Writes, errors.New("the new ticket has no id"))
	}
	return made.Ticket, conflict(err, answer, ticket.Ambiguous)
}

// Find implements ticket.Filer. Zendesk lists tickets by their external id from
// its database, not from the index of its search.
func (p *Provider) Find(ctx context.Context, key string) ([]ticket.Snapshot, error) {
	if !ticket.IsKey(key) {
		return nil, ticket.Refusal("the key of the ticket is not valid")
	}
	found, _, err := p.http.tickets(ctx, "/tickets", url.Values{"external_id": {key}})
	if err != nil {
		return nil, err
	}
	for _, w := range found.Tickets {
		if !strings.EqualFold(w.ExternalID, key) {
			// The condition was not heard: who knows what else was left out.
			return nil, p.http.Malformed(ticket.Reads, errors.New("a ticket with another external id than was asked for"))
		}
	}
	tickets, err := p.snapshots(found)
	if err != nil {
		return nil, err
	}
	tickets = slices.DeleteFunc(tickets, func(s ticket.Snapshot) bool { return s.Key != key })
	slices.SortFunc(tickets, func(a, b ticket.Snapshot) int { return cmp.Compare(parseID(a.ID), parseID(b.ID)) })
	return tickets, nil
}

// Read implements ticket.Reader. Deleted and hidden tickets are absent.
func (p *Provider) Read(ctx context.Context, ids []string) ([]ticket.Snapshot, error) {
	var wanted []string
	for _, id := range ids {
		if parseID(id) != 0 {
			wanted = append(wanted, id)
		}
	}
	if len(wanted) == 0 {
		return nil, nil
	}
	if len(wanted) > batch {
		return nil, ticket.Refusal("more than " + strconv.Itoa(batch) + " tickets in one read")
	}
	found, err := p.http.byIDs(ctx, wanted)
	if err != nil {
		return nil, err
	}
	tickets, err := p.snapshots(found)
	return slices.DeleteFunc(tickets, func(s ticket.Snapshot) bool { return !slices.Contains(wanted, s.ID) }), err
}

func (p *Provider) url(id number) string { return p.base + "/agent/tickets/" + id.String() }

// ambiguous is err for the case that something was changed before it.
func ambiguous(err error) error {
	f := *ticket.FailureOf(err)
	f.Certainty = ticket.Ambiguous
	return &f
}
