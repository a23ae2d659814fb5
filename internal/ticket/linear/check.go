package linear

import (
	"context"

	"admit/internal/ticket"
)

const noTeam = "the team does not exist, or the account cannot see it: it is private and the account is no member, or the API key is limited to other teams"

// Check implements ticket.Checker.
func (p *Provider) Check(ctx context.Context, project string) ([]ticket.Finding, error) {
	findings, err := p.signIn(ctx)
	if err != nil || len(findings) > 0 {
		return findings, err
	}
	if findings, err = p.mayWrite(ctx); err != nil || len(findings) > 0 || project == "" {
		return findings, err
	}
	team, err := p.team(ctx, project)
	if ticket.IsRefusal(err) {
		return finding("", ticket.FailureOf(err).Msg), nil
	}
	if err != nil {
		return nil, err
	}
	if !team.takes() {
		return finding("", "the team "+team.title()+" is retired and takes no new issues: choose another"), nil
	}
	return nil, nil
}

// signIn finds out whether this is Linear and whether it knows the key.
func (p *Provider) signIn(ctx context.Context) ([]ticket.Finding, error) {
	_, answer, err := ask[viewerAnswer](ctx, p.http, queryViewer, nil)
	switch f := ticket.FailureOf(err); {
	case err == nil:
		return nil, nil
	case f.Trouble == ticket.Unauthorized:
		return finding("api_key", "Linear does not take this API key, or it may not read: make a new one with the permission Read"), nil
	case elsewhere(err, answer):
		return finding("base_url", "there is no GraphQL interface of Linear at this address: it is https://api.linear.app unless you use a proxy"), nil
	}
	return nil, err
}

// mayWrite finds out whether the key may write, which Linear does not tell. So
// something is asked for that does nothing: to change an issue that is not there.
// Only a refusal for want of rights says something; what else Linear finds wrong
// with it says nothing of the key.
func (p *Provider) mayWrite(ctx context.Context) ([]ticket.Finding, error) {
	_, _, err := send[endAnswer](ctx, p.http, ticket.Reads, question{mutationNothing, map[string]any{"id": nothing}})
	if err == nil {
		return nil, nil
	}
	switch f := ticket.FailureOf(err); f.Trouble {
	case ticket.Unauthorized:
		return finding("api_key", "this API key may not write: make one with the permissions Read and Write. "+f.Msg), nil
	case ticket.Input, ticket.Malformed:
		return nil, nil
	case ticket.Down, ticket.RateLimited:
	}
	return nil, err
}

func finding(field, problem string) []ticket.Finding {
	return []ticket.Finding{{Field: field, Problem: problem}}
}
