package jira

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"admit/internal/ticket"
)

const (
	maxTitle   = 200
	mostPeople = 20
)

const (
	noProject = "the project is not valid: choose one of the list"
	noKey     = "the key of the ticket is not valid"
	noTicket  = "the id of the ticket is not valid"
)

// Provider is an account on one Jira.
type Provider struct {
	flavour

	base string // where people go
	http exchange
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

func newProvider(f flavour, base string, x ticket.Exchange) *Provider {
	return &Provider{flavour: f, base: strings.TrimRight(base, "/"), http: exchange{x}}
}

func (p *Provider) link(key string) string { return p.base + "/browse/" + url.PathEscape(line(key)) }

// Projects implements ticket.Directory: on Cloud those the account may file in,
// on Data Center those it may see.
func (p *Provider) Projects(ctx context.Context) ([]ticket.Project, error) {
	list, err := all(func(at int) (page[wireProject], error) { return p.projects(ctx, p.http, at) })
	if err != nil {
		return nil, err
	}
	var projects []ticket.Project
	for _, w := range list {
		if w.ID != "" && !w.Archived {
			projects = append(projects, ticket.Project{ID: string(w.ID), Name: line(w.Name + " (" + w.Key + ")")})
		}
	}
	slices.SortFunc(projects, ticket.ByName)
	return slices.CompactFunc(projects, func(a, b ticket.Project) bool { return a.ID == b.ID }), nil
}

// Account implements ticket.Directory. Cloud may hide somebody's e-mail address,
// but still searches by how it begins: who is the only one found that way, and
// not by a longer address or by a name that is one, is taken for that person.
func (p *Provider) Account(ctx context.Context, project, email string) (ticket.Account, bool, error) {
	if !isEmail(email) || project != "" && !isID(project) {
		return ticket.Account{}, false, nil
	}
	users, err := p.people(ctx, project, email, "50")
	if err != nil {
		return ticket.Account{}, false, err
	}
	for _, u := range users {
		if strings.EqualFold(u.Email, email) && u.works() && p.account(u) != "" {
			return p.person(u), true, nil
		}
	}
	if len(users) != 1 || !users[0].isHidden() || p.account(users[0]) == "" {
		return ticket.Account{}, false, nil
	}
	longer, err := p.people(ctx, project, email+".", "2")
	if err != nil || len(longer) > 0 {
		return ticket.Account{}, false, err
	}
	return p.person(users[0]), true, nil
}

// isEmail reports whether text can be an e-mail address at all. Anything else
// would find people by a part of their name.
func isEmail(text string) bool {
	name, host, ok := strings.Cut(text, "@")
	return ok && name != "" && host != "" && len(text) <= 254 && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f })
}

// People implements ticket.Directory.
func (p *Provider) People(ctx context.Context, project, query string) ([]ticket.Account, error) {
	query = ticket.Title(query, maxTitle)
	if query == "" || project != "" && !isID(project) {
		return nil, nil
	}
	users, err := p.people(ctx, project, query, "50")
	if err != nil {
		return nil, err
	}
	var found []ticket.Account
	for _, u := range users {
		if a := p.person(u); a.ID != "" && u.works() && len(found) < mostPeople {
			found = append(found, a)
		}
	}
	return found, nil
}

// Find implements ticket.Filer. A search sees a new issue only after a while:
// see Spec.LookupLag. A request whose labels got lost is known by its text, if
// we made it, and gets them now.
func (p *Provider) Find(ctx context.Context, key string) ([]ticket.Snapshot, error) {
	if !ticket.IsKey(key) {
		return nil, ticket.Refusal(noKey)
	}
	issues, err := p.everything(ctx, search{
		jql:  `labels = "` + prefix + key + `" OR (creator = currentUser() AND description ~ "` + key + `") ORDER BY created ASC`,
		most: batch,
		more: []string{"description"},
	})
	if err != nil {
		return nil, err
	}
	issues = slices.DeleteFunc(issues, func(w wireIssue) bool { return !w.carries(key) })
	if len(issues) == 0 {
		return nil, p.signedIn(ctx)
	}
	tickets, err := p.snapshots(issues)
	for i, w := range issues[:len(tickets)] {
		if tickets[i].Key = key; w.key() == "" {
			_ = p.mark(ctx, string(w.ID), ticket.Draft{Key: key}, nil) // it is found all the same, and marked the next time
		}
	}
	slices.SortFunc(tickets, func(a, b ticket.Snapshot) int { return cmp.Compare(id(a.ID).number(), id(b.ID).number()) })
	return slices.CompactFunc(tickets, func(a, b ticket.Snapshot) bool { return a.ID == b.ID }), err
}

// everything reads a search to its end. Twins are few: a search that does not
// end is no answer.
func (p *Provider) everything(ctx context.Context, s search) ([]wireIssue, error) {
	const most = 10 // pages
	var issues []wireIssue
	for range most {
		page, _, err := p.search(ctx, p.http, s)
		if err != nil {
			return nil, err
		}
		issues = append(issues, page.issues...)
		if s.at = page.next; s.at == "" {
			return issues, nil
		}
	}
	return nil, p.http.Malformed(ticket.Reads, errors.New("a search for one key does not end"))
}

// signedIn makes sure that "no ticket" means it: Jira shows nothing to an
// account it does not know, without a word.
func (p *Provider) signedIn(ctx context.Context) error {
	me, _, err := do[wireUser](ctx, p.http, ticket.Call{Path: p.api + "/myself"})
	if err == nil && p.account(me) == "" {
		err = p.http.Malformed(ticket.Reads, errors.New("the account has no id"))
	}
	return err
}

// Read implements ticket.Reader.
func (p *Provider) Read(ctx context.Context, ids []string) ([]ticket.Snapshot, error) {
	if len(ids) > batch {
		return nil, ticket.Refusal("more tickets in one read than Jira takes")
	}
	wanted := slices.DeleteFunc(slices.Clone(ids), func(one string) bool { return !isID(one) })
	if len(wanted) == 0 {
		return nil, nil
	}
	issues, err := p.read(ctx, p.http, wanted)
	if err != nil {
		return nil, err
	}
	issues = slices.DeleteFunc(issues, func(w wireIssue) bool { return !slices.Contains(wanted, string(w.ID)) })
	return p.snapshots(issues)
}
