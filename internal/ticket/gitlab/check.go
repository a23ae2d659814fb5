package gitlab

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"admit/internal/ticket"
)

const (
	noProject     = "the project does not exist, or the account is not a member of it: invite it with the role Reporter"
	needsReporter = "the account needs the role Reporter in the project"
)

// Check implements ticket.Checker.
func (p *Provider) Check(ctx context.Context, project string) ([]ticket.Finding, error) {
	user, findings, err := p.signIn(ctx)
	if err != nil || len(findings) > 0 {
		return findings, err
	}
	if findings, err = p.checkToken(ctx); err != nil || project == "" {
		return findings, err
	}
	found, err := p.checkProject(ctx, user, project)
	return append(findings, found...), err
}

// signIn finds out whether this is GitLab, and whose token it is.
func (p *Provider) signIn(ctx context.Context) (wireUser, []ticket.Finding, error) {
	elsewhere := finding("base_url", "there is no REST interface of GitLab at this address")
	user, answer, err := do[wireUser](ctx, p.http, ticket.Call{Path: "/user"})
	switch {
	case answer.Status == http.StatusUnauthorized:
		return user, finding("token", "GitLab does not know this token, or it has expired or was revoked: make a new one"), nil
	case answer.Status == http.StatusForbidden && words(answer.Body) != "":
		return user, finding("token", p.http.Message("GitLab refuses this token; it needs the scope api: "+words(answer.Body))), nil
	case err == nil && (user.ID <= 0 || user.Username == ""):
		return user, elsewhere, nil
	case err == nil:
		return user, nil, nil
	}
	if trouble := ticket.FailureOf(err).Trouble; trouble == ticket.Malformed || trouble == ticket.Input {
		return user, elsewhere, nil
	}
	return user, nil, err
}

// soon is how long before a token expires Check says so.
const soon = 7 * 24 * time.Hour

// checkToken looks at the scopes of the token and its end. A GitLab older than
// 15.5 does not tell them, nor does any of a token of another kind.
func (p *Provider) checkToken(ctx context.Context) ([]ticket.Finding, error) {
	type about struct {
		Scopes []string `json:"scopes"`
		Ends   string   `json:"expires_at"`
	}
	token, answer, err := do[about](ctx, p.http, ticket.Call{Path: "/personal_access_tokens/self"})
	if err != nil && ticket.FailureOf(err).Trouble == ticket.Input {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if token.Scopes == nil {
		return nil, p.http.Malformed(ticket.Reads, errors.New("a token without scopes"))
	}
	if !slices.Contains(token.Scopes, "api") {
		return finding("token", "the token lacks the scope api: with others GitLab only lets it read"), nil
	}
	if end, err := time.Parse(time.DateOnly, token.Ends); err == nil && !answer.Date().IsZero() && end.Sub(answer.Date()) < soon {
		return finding("token", "the token expires on "+end.Format("2 January 2006")+": rotate it, and enter what it is then"), nil
	}
	return nil, nil
}

func (p *Provider) checkProject(ctx context.Context, user wireUser, project string) ([]ticket.Finding, error) {
	n := ticket.ParseID(project)
	if n == 0 {
		return finding("", "the project is not valid: choose one of the list"), nil
	}
	w, answer, err := do[wireProject](ctx, p.http, ticket.Call{Path: projectPath(n)})
	if absent(answer, err) {
		return finding("", noProject), nil
	}
	if err != nil {
		return nil, err
	}
	if w.ID != n {
		return nil, p.http.Malformed(ticket.Reads, errors.New("another project than the one asked for"))
	}
	var findings []ticket.Finding
	name := line(w.Name)
	if w.Archived {
		findings = append(findings, finding("", "the project "+name+" is archived: nothing can be filed there")...)
	}
	if w.IssuesAccess == "disabled" || w.IssuesEnabled != nil && !*w.IssuesEnabled {
		findings = append(findings, finding("", "the project "+name+" has no issues: switch them on under Settings > General > Visibility")...)
	}
	member, ok, err := p.member(ctx, n, user.ID)
	if err != nil {
		return nil, err
	}
	if !user.Admin && (!ok || member.Level < reporter) {
		findings = append(findings, finding("", "the account "+line(user.Username)+" needs the role Reporter in the project "+name+": without it GitLab leaves out labels, assignees and dates")...)
	}
	return findings, nil
}

func finding(field, problem string) []ticket.Finding {
	return []ticket.Finding{{Field: field, Problem: problem}}
}
