package github

import (
	"context"
	"errors"
	"slices"
	"strings"

	"admit/internal/ticket"
)

const (
	mostPeople  = 20
	mostMatches = 1000 // people whose login or name contains a login
)

// Provider is an account on GitHub.
type Provider struct {
	rest  ticket.Exchange
	graph ticket.Exchange
}

var (
	_ ticket.Provider  = (*Provider)(nil)
	_ ticket.Former    = (*Provider)(nil)
	_ ticket.Lister    = (*Provider)(nil)
	_ ticket.Listener  = (*Provider)(nil)
	_ ticket.Registrar = (*Provider)(nil)
	_ ticket.Assigner  = (*Provider)(nil)
	_ ticket.Completer = (*Provider)(nil)
)

// Projects implements ticket.Directory: the repositories with issues in which
// the account may assign them. A repository is known by its id, which stays when
// it is renamed or given away.
func (p *Provider) Projects(ctx context.Context) ([]ticket.Project, error) {
	type answer struct {
		Viewer struct {
			Repositories *nodeList[*wireRepository] `json:"repositories"`
		} `json:"viewer"`
	}
	var projects []ticket.Project
	err := p.pages(func(after map[string]any) (pageInfo, error) {
		found, _, _, err := query[answer](ctx, p, repositoriesDocument, after, ticket.Reads)
		if err != nil {
			return pageInfo{}, err
		}
		list := found.Viewer.Repositories
		if list == nil {
			return pageInfo{}, p.graph.Malformed(ticket.Reads, errors.New("no list of repositories"))
		}
		for _, r := range list.Nodes {
			if r != nil && isNodeID(r.ID) && r.problem() == "" && r.mayPush() {
				projects = append(projects, ticket.Project{ID: r.ID, Name: line(r.NameWithOwner)})
			}
		}
		return list.PageInfo, nil
	})
	slices.SortFunc(projects, ticket.ByName)
	return slices.CompactFunc(projects, func(a, b ticket.Project) bool { return a.ID == b.ID }), err
}

// pages calls read for page after page, with the variables that choose it.
func (p *Provider) pages(read func(variables map[string]any) (pageInfo, error)) error {
	const most = 100
	variables := map[string]any{"first": batch}
	for range most {
		info, err := read(variables)
		if err != nil || !info.HasNextPage {
			return err
		}
		if info.EndCursor == "" || info.EndCursor == variables["after"] {
			return p.graph.Malformed(ticket.Reads, errors.New("the pages of a list go in circles"))
		}
		variables["after"] = info.EndCursor
	}
	return &ticket.Failure{Certainty: ticket.NotSent, Trouble: ticket.Down, Msg: "GitHub: there are more entries than can be listed"}
}

// Account implements ticket.Directory. GitHub finds people only by the address
// their profile shows to everybody.
func (p *Provider) Account(ctx context.Context, project, email string) (ticket.Account, bool, error) {
	if !isAddress(email) {
		return ticket.Account{}, false, nil
	}
	type answer struct {
		Search *nodeList[*wireUser] `json:"search"`
	}
	variables := map[string]any{"words": `"` + email + `" in:email type:user`, "first": mostPeople}
	found, _, _, err := query[answer](ctx, p, emailDocument, variables, ticket.Reads)
	if err != nil {
		return ticket.Account{}, false, err
	}
	if found.Search == nil {
		return ticket.Account{}, false, p.graph.Malformed(ticket.Reads, errors.New("no list of people"))
	}
	for _, u := range found.Search.Nodes {
		if u == nil || u.ID == "" || !strings.EqualFold(u.Email, email) {
			continue
		}
		assignable, err := p.assignable(ctx, project, u.Login, mostMatches)
		if err != nil {
			return ticket.Account{}, false, err
		}
		for _, other := range assignable {
			if other.ID == u.ID {
				return account(u), true, nil
			}
		}
	}
	return ticket.Account{}, false, nil
}

// isAddress reports whether text can stand in a search as an e-mail address.
func isAddress(text string) bool {
	name, host, ok := strings.Cut(text, "@")
	odd := func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune(".!#$%&'+/=?^_`{|}~-", r)
	}
	return ok && name != "" && host != "" && len(text) <= 254 && !strings.ContainsFunc(name+host, odd)
}

// People implements ticket.Directory: those whom issues of the repository can be
// assigned to, by a part of their login or name, or by their whole address.
func (p *Provider) People(ctx context.Context, project, part string) ([]ticket.Account, error) {
	if isAddress(part) {
		one, ok, err := p.Account(ctx, project, part)
		if err != nil || ok {
			return []ticket.Account{one}, err
		}
		part, _, _ = strings.Cut(part, "@") // the login is often much like it
	}
	users, err := p.assignable(ctx, project, ticket.Title(part, maxTitle), mostPeople)
	if err != nil {
		return nil, err
	}
	var people []ticket.Account
	for _, u := range users {
		people = append(people, account(u))
	}
	return people, nil
}

// assignable finds people issues of a repository can be assigned to, by a part
// of their login or name.
func (p *Provider) assignable(ctx context.Context, project, part string, most int) ([]*wireUser, error) {
	if !isNodeID(project) {
		return nil, ticket.Refusal("the repository is not valid: choose one of the list")
	}
	type answer struct {
		Node struct {
			AssignableUsers *nodeList[*wireUser] `json:"assignableUsers"`
		} `json:"node"`
	}
	var users []*wireUser
	err := p.pages(func(variables map[string]any) (pageInfo, error) {
		variables["id"], variables["query"], variables["first"] = project, part, min(most, batch)
		found, _, _, err := query[answer](ctx, p, peopleDocument, variables, ticket.Reads)
		if err != nil {
			return pageInfo{}, err
		}
		list := found.Node.AssignableUsers
		if list == nil {
			return pageInfo{}, p.graph.Malformed(ticket.Reads, errors.New("no list of people"))
		}
		for _, u := range list.Nodes {
			if u != nil && u.ID != "" && u.Login != "" {
				users = append(users, u)
			}
		}
		list.PageInfo.HasNextPage = list.PageInfo.HasNextPage && len(users) < most
		return list.PageInfo, nil
	})
	return users[:min(len(users), most)], err
}

// account is a person as Admit shows it. The id is the node's, not the login: a
// login can be given up, and taken by somebody else.
func account(u *wireUser) ticket.Account {
	if u == nil || u.ID == "" {
		return ticket.Account{}
	}
	name := line(u.Login)
	if full := line(u.Name); full != "" {
		name = full + " (" + name + ")"
	}
	return ticket.Account{ID: u.ID, Name: name, Email: line(u.Email)}
}

// isWord reports whether text is a name as GitHub gives them: letters, digits
// and ".", "-", "_".
func isWord(text string) bool {
	odd := func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune("._-", r)
	}
	return text != "" && text != "." && text != ".." && len(text) <= 200 && !strings.ContainsFunc(text, odd)
}

// line makes text that came from GitHub fit for one line.
func line(text string) string { return ticket.Clip(ticket.OneLine(text), maxTitle) }
