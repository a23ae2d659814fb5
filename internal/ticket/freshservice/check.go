package freshservice

import (
	"context"
	"net/http"
	"net/url"

	"admit/internal/ticket"
)

// Check implements ticket.Checker. What a role may do besides reading shows only
// when it is done: Freshservice does not tell.
func (p *Provider) Check(ctx context.Context, project string) ([]ticket.Finding, error) {
	for _, look := range []func(context.Context) ([]ticket.Finding, error){p.reads, p.forms, p.people} {
		if findings, err := look(ctx); err != nil || len(findings) > 0 {
			return findings, err
		}
	}
	if project == "" {
		return nil, nil
	}
	group, err := p.group(ctx, project)
	if ticket.IsRefusal(err) {
		return finding("", ticket.FailureOf(err).Msg), nil
	}
	if err != nil {
		return nil, err
	}
	if !p.covers(group) {
		return finding("workspace", "the group is in another workspace"), nil
	}
	return nil, nil
}

// reads finds out whether this is Freshservice, whether it knows the key, and
// whether the tickets of the service user can be read.
func (p *Provider) reads(ctx context.Context) ([]ticket.Finding, error) {
	_, answer, err := p.list(ctx, url.Values{"per_page": {"1"}})
	f, said := ticket.FailureOf(err), readRefusal(answer.Body)
	switch {
	case err == nil:
		return nil, nil
	case answer.Status == http.StatusUnauthorized:
		return finding("api_key", "Freshservice does not take this API key: take the one on the profile page of the service user"), nil
	case f.Trouble == ticket.Unauthorized:
		return finding("api_key", "the service user may not read tickets: give it a role that may view, edit and reply to them"), nil
	case said.about("email"):
		return finding("email", "nobody in Freshservice has this e-mail address: enter that of the service user"), nil
	case said.about("workspace_id"):
		return finding("workspace", "the account has no such workspace, or has none at all: then leave it empty"), nil
	case f.Trouble == ticket.Malformed || answer.Status == http.StatusNotFound:
		return finding("base_url", "there is no interface of Freshservice at this address: it is https://NAME.freshservice.com, not a domain of yours"), nil
	}
	return nil, err
}

func (p *Provider) forms(ctx context.Context) ([]ticket.Finding, error) {
	_, err := p.fields(ctx)
	return may(err, "the service user may not read the form of tickets: give its role that right")
}

func (p *Provider) people(ctx context.Context) ([]ticket.Finding, error) {
	_, _, err := do[map[string]any](ctx, p.http, ticket.Call{Path: "/agents", Query: url.Values{"per_page": {"1"}}})
	return may(err, "the service user may not list agents, so that nobody can be assigned: give its role that right")
}

// may makes a finding of what is not allowed.
func may(err error, problem string) ([]ticket.Finding, error) {
	f := ticket.FailureOf(err)
	if err != nil && (f.Trouble == ticket.Unauthorized || ticket.IsRefusal(err)) {
		return finding("", problem), nil
	}
	return nil, err
}

func finding(field, problem string) []ticket.Finding {
	return []ticket.Finding{{Field: field, Problem: problem}}
}
