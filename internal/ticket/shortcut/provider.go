package shortcut

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

// Provider is an account in one workspace of Shortcut.
type Provider struct {
	workspace string
	declined  string // the label that says no
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

// Projects implements ticket.Directory: the teams.
func (p *Provider) Projects(ctx context.Context) ([]ticket.Project, error) {
	groups, _, err := v3[[]wireGroup](ctx, p.http, ticket.Call{Path: "/groups", Query: url.Values{"archived": {"false"}}})
	if err != nil {
		return nil, err
	}
	projects := make([]ticket.Project, 0, len(groups))
	for _, g := range groups {
		if !ticket.IsUUID(g.ID) {
			return nil, p.http.Malformed(ticket.Reads, errors.New("a team without id"))
		}
		if g.Archived == nil || !*g.Archived {
			projects = append(projects, ticket.Project{ID: g.ID, Name: name(g.Name, g.ID)})
		}
	}
	slices.SortFunc(projects, ticket.ByName[ticket.Project])
	return projects, nil
}

// Account implements ticket.Directory. Stories of a team can be owned by anybody
// in the workspace but observers. Shortcut has no search for people.
func (p *Provider) Account(ctx context.Context, _, email string) (ticket.Account, bool, error) {
	if !ticket.IsEmail(email) {
		return ticket.Account{}, false, nil
	}
	members, err := p.http.members(ctx)
	if err != nil {
		return ticket.Account{}, false, err
	}
	for _, m := range members {
		if m.works() && strings.EqualFold(m.Profile.Email, email) {
			return m.account(), true, nil
		}
	}
	return ticket.Account{}, false, nil
}

// mostPeople is how many People returns.
const mostPeople = 20

// People implements ticket.Directory.
func (p *Provider) People(ctx context.Context, _, query string) ([]ticket.Account, error) {
	members, err := p.http.members(ctx)
	if err != nil {
		return nil, err
	}
	query = strings.ToLower(strings.TrimSpace(query))
	var found []ticket.Account
	for _, m := range members {
		text := strings.ToLower(m.Profile.Name + "\n" + m.Profile.Email + "\n" + m.Profile.Mention)
		if m.works() && strings.Contains(text, query) && len(found) < mostPeople {
			found = append(found, m.account())
		}
	}
	return found, nil
}

// Find implements ticket.Filer. The search leaves open whether it shows the
// archive by itself, so it is asked both ways. It compares the external id, and
// is not the full-text search, which has an index of its own.
func (p *Provider) Find(ctx context.Context, key string) ([]ticket.Snapshot, error) {
	if !ticket.IsKey(key) {
		return nil, ticket.Refusal("the key of the ticket is not valid")
	}
	var found []wireStory
	for _, archived := range []bool{false, true} {
		part, err := p.search(ctx, key, archived)
		if err != nil {
			return nil, err
		}
		for _, w := range part {
			if w.ExternalID != key {
				// The condition was not heard: who knows what else was left out.
				return nil, p.http.Malformed(ticket.Reads, errors.New("a story with another external id than was asked for"))
			}
			if !slices.ContainsFunc(found, func(other wireStory) bool { return other.ID == w.ID }) {
				found = append(found, w)
			}
		}
	}
	if len(found) == 0 {
		return p.newest(ctx, key)
	}
	slices.SortFunc(found, func(a, b wireStory) int { return cmp.Compare(a.ID, b.ID) })
	return p.named(ctx, found)
}

func (p *Provider) search(ctx context.Context, key string, archived bool) ([]wireStory, error) {
	type query struct {
		ExternalID string `json:"external_id"`
		Archived   bool   `json:"archived"`
	}
	found, _, err := v3[[]wireStory](ctx, p.http, ticket.Call{Path: "/stories/search", Body: query{key, archived}})
	if err != nil {
		return nil, err
	}
	for _, w := range found {
		if err := w.sane(""); err != nil {
			return nil, p.http.Malformed(ticket.Reads, err)
		}
	}
	return found, nil
}

// newest looks for a key among the newest stories, in case the search is behind:
// it says "none" only if both do.
func (p *Provider) newest(ctx context.Context, key string) ([]ticket.Snapshot, error) {
	query := url.Values{"order_by": {"created_at"}, "order_dir": {"desc"}, "limit": {strconv.Itoa(batch)}}
	page, _, err := p.list(ctx, query, "", storyFields)
	if err != nil {
		return nil, err
	}
	var found []ticket.Snapshot
	for _, w := range slices.Backward(page.Entities) {
		if w.ExternalID != key {
			continue
		}
		if err := w.sane(); err != nil {
			return nil, p.http.Malformed(ticket.Reads, err)
		}
		found = append(found, p.snapshot(w.story()))
	}
	return found, nil
}

// named maps stories of version 3, with the names of their states and owners.
func (p *Provider) named(ctx context.Context, found []wireStory) ([]ticket.Snapshot, error) {
	states, err := p.http.workflows(ctx)
	if err != nil {
		return nil, err
	}
	var people []ticket.Account
	if slices.ContainsFunc(found, func(w wireStory) bool { return len(w.OwnerIDs) > 0 }) {
		members, err := p.http.members(ctx)
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			people = append(people, m.account())
		}
	}
	tickets := make([]ticket.Snapshot, len(found))
	for i, w := range found {
		tickets[i] = p.snapshot(w.story(states, people))
	}
	return tickets, nil
}
