package shortcut

import (
	"context"
	"net/http"
	"strings"

	"admit/internal/ticket"
)

// Check implements ticket.Checker.
func (p *Provider) Check(ctx context.Context, project string) ([]ticket.Finding, error) {
	findings, err := p.signIn(ctx)
	if err != nil || len(findings) > 0 {
		return findings, err
	}
	if findings, err = p.reads(ctx); err != nil || len(findings) > 0 || project == "" {
		return findings, err
	}
	return p.files(ctx, project)
}

// signIn finds out whether this is Shortcut, whether it knows the token, and
// whose that is.
func (p *Provider) signIn(ctx context.Context) ([]ticket.Finding, error) {
	me, _, err := v3[wireMe](ctx, p.http, ticket.Call{Path: "/member"})
	switch f := ticket.FailureOf(err); {
	case err != nil && f.Trouble == ticket.Unauthorized:
		return finding("token", "Shortcut does not take this API token: make a new one under Settings, API Tokens"), nil
	case err != nil && (f.Trouble == ticket.Malformed || f.Trouble == ticket.Input):
		return finding("base_url", "there is no interface of Shortcut at this address: it is https://api.app.shortcut.com unless you use a proxy"), nil
	case err != nil:
		return nil, err
	case !ticket.IsUUID(me.ID):
		return finding("base_url", "what answers at this address is not Shortcut"), nil
	case me.Role == observer:
		return finding("token", "the account of the token is an observer and cannot make stories: make it a member"), nil
	case me.Workspace.Slug != "" && !strings.EqualFold(me.Workspace.Slug, p.workspace):
		return finding("workspace", "the token is for the workspace "+line(me.Workspace.Slug)), nil
	}
	return nil, nil
}

// reads finds out whether the stories of the workspace can be read.
func (p *Provider) reads(ctx context.Context) ([]ticket.Finding, error) {
	_, answer, err := p.list(ctx, byChange(1), "", storyFields)
	switch f := ticket.FailureOf(err); {
	case err == nil:
		return nil, nil
	case answer.Status == http.StatusNotFound:
		return finding("workspace", "the token does not reach a workspace of this name: take the word behind app.shortcut.com/ in its address"), nil
	case f.Trouble == ticket.Unauthorized:
		return finding("token", "the token may not read the stories of this workspace over version 4 of the interface: make one in this workspace"), nil
	}
	return nil, err
}

// files finds out whether stories can be filed for a team.
func (p *Provider) files(ctx context.Context, project string) ([]ticket.Finding, error) {
	if !ticket.IsUUID(project) {
		return finding("", "there is no such team: choose one of the list"), nil
	}
	team, err := p.http.group(ctx, project)
	if ticket.IsRefusal(err) {
		return finding("", ticket.FailureOf(err).Msg), nil
	}
	if err != nil {
		return nil, err
	}
	states, err := p.http.workflows(ctx)
	if err != nil {
		return nil, err
	}
	if err := new(draft).place(states, team, ""); err != nil {
		return finding("", ticket.FailureOf(err).Msg), nil
	}
	return nil, nil
}

func finding(field, problem string) []ticket.Finding {
	return []ticket.Finding{{Field: field, Problem: problem}}
}
