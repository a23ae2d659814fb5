package gitlab

import (
	"context"
	"net/url"
	"strings"

	"admit/internal/ticket"
)

const (
	mostPeople = 20  // how many People returns
	mostEmail  = 254 // characters of an address
	levelGuest = 10  // from here on a member can be assigned an issue
	reporter   = 20  // from here on a member may set labels
)

// Account implements ticket.Directory. GitLab tells the address of somebody else
// only if that person made it public, or if the account is an administrator's.
// People can be assigned issues of a project they are members of.
func (p *Provider) Account(ctx context.Context, project, email string) (ticket.Account, bool, error) {
	n := ticket.ParseID(project)
	if n == 0 || !isEmail(email) {
		return ticket.Account{}, false, nil
	}
	members, err := p.members(ctx, n, email)
	if err != nil {
		return ticket.Account{}, false, err
	}
	for _, u := range members {
		if strings.EqualFold(u.email(), email) && canBeAssigned(u) {
			return account(u), true, nil
		}
	}
	return p.elsewhere(ctx, n, email)
}

// elsewhere finds a member whose address GitLab tells only in the list of all
// people, or in a person's own record.
func (p *Provider) elsewhere(ctx context.Context, project int64, email string) (ticket.Account, bool, error) {
	people, _, err := list[wireUser](ctx, p.http, "/users", url.Values{"search": {email}, "per_page": {"5"}})
	if err != nil {
		return ticket.Account{}, false, err
	}
	for _, u := range people.Items {
		if u.ID > 0 && u.Email == "" && u.PublicEmail == nil {
			if u, _, err = do[wireUser](ctx, p.http, ticket.Call{Path: "/users/" + decimal(u.ID)}); err != nil {
				return ticket.Account{}, false, err
			}
		}
		if u.ID <= 0 || !strings.EqualFold(u.email(), email) {
			continue
		}
		member, ok, err := p.member(ctx, project, u.ID)
		if err != nil {
			return ticket.Account{}, false, err
		}
		if ok && canBeAssigned(member) {
			return account(u), true, nil
		}
	}
	return ticket.Account{}, false, nil
}

// People implements ticket.Directory.
func (p *Provider) People(ctx context.Context, project, query string) ([]ticket.Account, error) {
	n := ticket.ParseID(project)
	if n == 0 {
		return nil, ticket.Refusal("the project is not valid")
	}
	members, err := p.members(ctx, n, ticket.Title(query, maxTitle))
	if err != nil {
		return nil, err
	}
	var found []ticket.Account
	for _, u := range members {
		if canBeAssigned(u) && len(found) < mostPeople {
			found = append(found, account(u))
		}
	}
	return found, nil
}

// members finds members of a project, inherited ones too, by name or address.
func (p *Provider) members(ctx context.Context, project int64, query string) ([]wireUser, error) {
	found, _, err := list[wireUser](ctx, p.http, projectPath(project)+"/members/all", url.Values{"query": {query}})
	return found.Items, err
}

// member finds a member of a project, an inherited one too.
func (p *Provider) member(ctx context.Context, project, user int64) (wireUser, bool, error) {
	u, answer, err := do[wireUser](ctx, p.http, ticket.Call{Path: projectPath(project) + "/members/all/" + decimal(user)})
	if absent(answer, err) {
		return wireUser{}, false, nil
	}
	return u, err == nil && u.ID == user, err
}

func canBeAssigned(member wireUser) bool {
	return member.ID > 0 && member.State == "active" && member.Level >= levelGuest
}

// isEmail reports whether text can be an address at all.
func isEmail(text string) bool {
	at := strings.LastIndexByte(text, '@')
	return at > 0 && at < len(text)-1 && len(text) <= mostEmail && ticket.Title(text, mostEmail) == text && !strings.Contains(text, " ")
}
