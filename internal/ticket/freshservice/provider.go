package freshservice

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"admit/internal/ticket"
)

// Provider is an account in one workspace of Freshservice.
type Provider struct {
	base      string
	email     string   // of the service user, the requester of each ticket
	workspace string   // an id; "" for the primary one
	declined  []string // the tags that say no; Close sets the first
	http      exchange
}

var (
	_ ticket.Provider  = (*Provider)(nil)
	_ ticket.Assigner  = (*Provider)(nil)
	_ ticket.Completer = (*Provider)(nil)
	_ ticket.Former    = (*Provider)(nil)
	_ ticket.Lister    = (*Provider)(nil)
	_ ticket.Listener  = (*Provider)(nil)
)

// Projects implements ticket.Directory: the groups of agents.
func (p *Provider) Projects(ctx context.Context) ([]ticket.Project, error) {
	groups, err := all[wireGroup](ctx, p.http, "/groups", "groups", p.in(url.Values{}))
	if err != nil {
		return nil, err
	}
	projects := make([]ticket.Project, 0, len(groups))
	for _, g := range groups {
		if g.ID > 0 && p.covers(g) {
			projects = append(projects, ticket.Project{ID: g.id(), Name: cmp.Or(line(g.Name), g.id())})
		}
	}
	slices.SortFunc(projects, ticket.ByName[ticket.Project])
	return projects, nil
}

// covers reports whether a group is one of the workspace.
func (p *Provider) covers(g wireGroup) bool {
	return p.workspace == "" || g.Workspace == 0 || strconv.FormatInt(g.Workspace, 10) == p.workspace
}

// Account implements ticket.Directory. Tickets of a group can be assigned to the
// agents in it.
func (p *Provider) Account(ctx context.Context, project, email string) (ticket.Account, bool, error) {
	if !ticket.IsEmail(email) || ticket.ParseID(project) == 0 {
		return ticket.Account{}, false, nil
	}
	agents, err := p.byEmail(ctx, email)
	if err != nil {
		return ticket.Account{}, false, err
	}
	i := slices.IndexFunc(agents, func(a wireAgent) bool { return strings.EqualFold(a.Email, email) && a.works(p.workspace) })
	if i < 0 {
		return ticket.Account{}, false, nil
	}
	group, err := p.group(ctx, project)
	if ticket.IsRefusal(err) || err == nil && !group.may(agents[i].ID) {
		return ticket.Account{}, false, nil
	}
	if err != nil {
		return ticket.Account{}, false, err
	}
	return agents[i].account(), true, nil
}

// byEmail returns the agents with an e-mail address. That it is no address for
// Freshservice is no error; that it does not know the parameter is.
func (p *Provider) byEmail(ctx context.Context, email string) ([]wireAgent, error) {
	type answer struct {
		Agents []wireAgent `json:"agents"`
	}
	got, a, err := do[answer](ctx, p.http, ticket.Call{Path: "/agents", Query: url.Values{"email": {email}}})
	if ticket.IsRefusal(err) && readRefusal(a.Body).says("email", "invalid_value") {
		return nil, nil
	}
	if err == nil && got.Agents == nil {
		err = p.http.Malformed(ticket.Reads, errors.New("no list of agents"))
	}
	return got.Agents, err
}

// mostPeople is how many People returns.
const mostPeople = 20

// People implements ticket.Directory. Freshservice searches for whole names
// only, so the list of agents is read.
func (p *Provider) People(ctx context.Context, _, query string) ([]ticket.Account, error) {
	agents, err := all[wireAgent](ctx, p.http, "/agents", "agents", p.in(url.Values{}))
	if err != nil {
		return nil, err
	}
	query = strings.ToLower(strings.TrimSpace(query))
	var found []ticket.Account
	for _, a := range agents {
		text := strings.ToLower(a.First + " " + a.Last + "\n" + a.Email)
		if a.works(p.workspace) && strings.Contains(text, query) && len(found) < mostPeople {
			found = append(found, a.account())
		}
	}
	return found, nil
}

// agent returns who somebody is. A name is worth a call where a ticket is
// looked up by its key, and no failure.
func (p *Provider) agent(ctx context.Context, id int64) []ticket.Account {
	type wrapped struct {
		Agent wireAgent `json:"agent"`
	}
	if id <= 0 {
		return nil
	}
	got, _, err := do[wrapped](ctx, p.http, ticket.Call{Path: "/agents/" + strconv.FormatInt(id, 10)})
	if err != nil || got.Agent.ID != id {
		return nil
	}
	return []ticket.Account{got.Agent.account()}
}
