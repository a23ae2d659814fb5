package linear

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"admit/internal/ticket"
)

// Provider is an account on one workspace of Linear.
type Provider struct {
	http exchange
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

// paged is an answer that holds one page of a list.
type paged[T any] interface {
	whole
	page() page[T]
}

// mostPages is how long a list may be: 10,000 records.
const mostPages = 40

// all reads a list to its end.
func all[A paged[T], T any](ctx context.Context, x exchange, document string, variables map[string]any) ([]T, error) {
	var list []T
	asked := map[string]any{"after": nil}
	maps.Copy(asked, variables)
	for range mostPages {
		got, _, err := ask[A](ctx, x, document, asked)
		if err != nil {
			return nil, err
		}
		list = append(list, got.page().Nodes...)
		next := got.page().next()
		if next == "" {
			return list, nil
		}
		if next == asked["after"] {
			return nil, x.Malformed(ticket.Reads, errors.New("the pages of a list go in circles"))
		}
		asked["after"] = next
	}
	return list, nil
}

// Projects implements ticket.Directory: the teams the account sees.
func (p *Provider) Projects(ctx context.Context) ([]ticket.Project, error) {
	teams, err := all[teamsAnswer](ctx, p.http, queryTeams, nil)
	if err != nil {
		return nil, err
	}
	var projects []ticket.Project
	for _, t := range teams {
		if ticket.IsUUID(t.ID) && t.takes() {
			projects = append(projects, ticket.Project{ID: t.ID, Name: t.title()})
		}
	}
	slices.SortFunc(projects, ticket.ByName[ticket.Project])
	return slices.CompactFunc(projects, func(a, b ticket.Project) bool { return a.ID == b.ID }), nil
}

// takes reports whether new issues can be filed in the team.
func (t wireTeam) takes() bool { return t.RetiredAt.IsZero() && t.ArchivedAt.IsZero() }

func (t wireTeam) title() string { return line(t.Name) + " (" + line(t.Key) + ")" }

// Account implements ticket.Directory. Only the members of a private team can be
// given its issues.
func (p *Provider) Account(ctx context.Context, project, email string) (ticket.Account, bool, error) {
	if !ticket.IsEmail(email) {
		return ticket.Account{}, false, nil
	}
	got, _, err := ask[accountAnswer](ctx, p.http, queryAccount, map[string]any{"email": email, "teams": known([]string{project})})
	if err != nil {
		return ticket.Account{}, false, err
	}
	for _, u := range got.Users.Nodes {
		if u.works() && strings.EqualFold(u.Email, email) && got.admits(project, u) {
			return u.account(), true, nil
		}
	}
	return ticket.Account{}, false, nil
}

// admits reports whether issues of the team can be assigned to a user.
func (a accountAnswer) admits(team string, u wireUser) bool {
	for _, t := range a.Teams.Nodes {
		if t.ID == team && t.Visibility == "private" {
			return slices.Contains(t.Members.Nodes, node{u.ID})
		}
	}
	return true
}

// mostPeople is how many People returns.
const mostPeople = 20

// People implements ticket.Directory.
func (p *Provider) People(ctx context.Context, _, query string) ([]ticket.Account, error) {
	query = ticket.Title(query, maxLine)
	part := map[string]any{"containsIgnoreCase": query}
	filter := map[string]any{
		"active": map[string]any{"eq": true},
		"app":    map[string]any{"eq": false},
		"or":     []any{map[string]any{"name": part}, map[string]any{"displayName": part}, map[string]any{"email": part}},
	}
	got, _, err := ask[usersAnswer](ctx, p.http, queryPeople, map[string]any{"filter": filter})
	if err != nil {
		return nil, err
	}
	var found []ticket.Account
	for _, u := range got.Users.Nodes {
		if u.works() && len(found) < mostPeople {
			found = append(found, u.account())
		}
	}
	return found, nil
}
