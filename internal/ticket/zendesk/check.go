package zendesk

import (
	"context"
	"net/http"
	"slices"

	"admit/internal/ticket"
)

// Check implements ticket.Checker.
func (p *Provider) Check(ctx context.Context, project string) ([]ticket.Finding, error) {
	me, findings, err := p.signIn(ctx)
	if err != nil || len(findings) > 0 {
		return findings, err
	}
	if findings = me.problems(); len(findings) > 0 {
		return findings, nil
	}
	if findings, err = p.checkRole(ctx, me); err != nil || len(findings) > 0 || project == "" {
		return findings, err
	}
	return p.checkGroup(ctx, me, project)
}

// checkRole looks at what the role of the service user allows, where the plan has
// roles. Without tags a ticket that Admit closes would look done.
func (p *Provider) checkRole(ctx context.Context, me wireUser) ([]ticket.Finding, error) {
	if me.CustomRole == 0 {
		return nil, nil
	}
	roles, err := optional[wireRole](ctx, p.http, "/custom_roles", "custom_roles")
	if err != nil {
		return nil, err
	}
	for _, r := range roles {
		if may := r.Configuration; r.ID == me.CustomRole && (forbids(may.Edit) || forbids(may.EditTags)) {
			return finding("email", "the role "+line(r.Name)+" of the service user may not edit tickets, or not their tags: allow both"), nil
		}
	}
	return nil, nil
}

func forbids(right *bool) bool { return right != nil && !*right }

// signIn finds out whether this is Zendesk and whether it knows the token.
func (p *Provider) signIn(ctx context.Context) (wireUser, []ticket.Finding, error) {
	me, answer, err := p.http.me(ctx)
	switch f := ticket.FailureOf(err); {
	case answer.Status == http.StatusUnauthorized:
		return me, finding("token", "Zendesk does not know this e-mail address with this API token: make a new token, and see that access by API token is on"), nil
	case err != nil && (f.Trouble == ticket.Malformed || f.Trouble == ticket.Input):
		return me, finding("base_url", "this is not the address of a Zendesk Support account: it is like https://example.zendesk.com"), nil
	case err != nil:
		return me, nil, err
	case me.ID == 0:
		// Zendesk calls somebody it does not know an anonymous user.
		return me, finding("token", "Zendesk takes Admit for an anonymous user: give the e-mail address of an agent and an API token"), nil
	}
	return me, nil, nil
}

// problems returns what keeps the service user from its work.
func (u wireUser) problems() []ticket.Finding {
	if u.Role != "agent" && u.Role != "admin" {
		return finding("email", "the service user "+line(u.Email)+" is no agent: give it the role of an agent")
	}
	if !u.works() {
		return finding("email", "the service user "+line(u.Email)+" is suspended, or an agent that cannot work on tickets (a light agent): give it a full seat")
	}
	switch u.Restriction {
	case "assigned", "requested", "organization":
		return finding("email", "the service user sees only some of the tickets (access: "+u.Restriction+"): give it access to all tickets in its groups")
	}
	return nil
}

func (p *Provider) checkGroup(ctx context.Context, me wireUser, project string) ([]ticket.Finding, error) {
	groups, err := p.http.groups(ctx)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(groups, func(g wireGroup) bool { return g.ID.String() == project })
	if at < 0 {
		return finding("", "the group does not exist any more, or the service user may not assign tickets to it: choose another"), nil
	}
	in, err := p.http.member(ctx, me.ID, groups[at].ID)
	if err != nil || in {
		return nil, err
	}
	return finding("", "the service user is not in the group "+line(groups[at].Name)+": add it, or Admit cannot close a ticket there that nobody has"), nil
}

func finding(field, problem string) []ticket.Finding {
	return []ticket.Finding{{Field: field, Problem: problem}}
}
