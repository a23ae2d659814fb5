package github

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"admit/internal/ticket"
)

const (
	noWrite   = "the token may not write issues here: give it Issues: read and write on this repository"
	noToken   = "GitHub does not know this token, or it has expired: make a new one for the service account"
	elsewhere = "there is no API of GitHub at this address: on GitHub Enterprise Server it ends with /api/v3"
	missed    = "the list of the account's own issues, by which Admit follows them, lacks one that is there: give the token access to the repository "
	tooOld    = "this GitHub Enterprise Server is too old: it does not know all that Admit asks for"
)

// soon is how long before a token expires Check says so.
const soon = 7 * 24 * time.Hour

// Check implements ticket.Checker.
func (p *Provider) Check(ctx context.Context, project string) ([]ticket.Finding, error) {
	login, findings, err := p.signIn(ctx)
	if err != nil || login == "" {
		return findings, err
	}
	var here wireAbout
	if project != "" {
		var found []ticket.Finding
		here, found, err = p.about(ctx, project, login)
		if findings = append(findings, found...); err != nil || len(found) > 0 {
			return findings, err
		}
	}
	// This is also what each poll asks for, so it tells of all that may not be seen.
	own, err := p.list(ctx, map[string]any{"first": batch, "order": order("CREATED_AT", "DESC")})
	if err != nil {
		found, err := graphProblem(err)
		return append(findings, found...), err
	}
	if lacks(own, here.Issues) {
		findings = append(findings, finding("token", missed+line(here.NameWithOwner))...)
	}
	if project == "" {
		return findings, nil
	}
	found, err := p.mayWrite(ctx, here.path())
	return append(findings, found...), err
}

// signIn finds out whether this is GitHub, and whom the token belongs to: ""
// when that cannot be told.
func (p *Provider) signIn(ctx context.Context) (login string, findings []ticket.Finding, err error) {
	user, answer, err := call[wireLogin](ctx, p, ticket.Call{Path: "/user"})
	if answer.Status == http.StatusUnauthorized {
		return "", finding("token", noToken), nil
	}
	if err == nil && user.Login == "" {
		return "", finding("base_url", elsewhere), nil
	}
	if err != nil {
		f := ticket.FailureOf(err)
		switch {
		case f.Trouble == ticket.Malformed, f.Trouble == ticket.Input:
			return "", finding("base_url", elsewhere), nil
		case answer.Status == http.StatusForbidden && f.Trouble == ticket.Unauthorized && words(answer.Body) != "":
			return "", finding("token", "GitHub refuses the token: "+f.Msg), nil
		}
		return "", nil, err
	}
	return user.Login, p.aboutToken(answer), nil
}

// aboutToken reads what the headers of an answer tell of the token: when it
// expires, and, of a classic one only, its scopes.
func (p *Provider) aboutToken(a ticket.Answer) []ticket.Finding {
	var findings []ticket.Finding
	for _, layout := range []string{"2006-01-02 15:04:05 MST", "2006-01-02 15:04:05 -0700"} {
		end, err := time.Parse(layout, a.Header.Get("Github-Authentication-Token-Expiration"))
		if err == nil && !a.Date().IsZero() && end.Sub(a.Date()) < soon {
			findings = finding("token", "the token expires on "+end.UTC().Format("2 January 2006")+": make a new one")
			break
		}
	}
	granted := a.Header.Get("X-Oauth-Scopes")
	if granted == "" {
		return findings
	}
	has := func(one ...string) bool {
		return slices.ContainsFunc(strings.Split(granted, ","), func(s string) bool { return slices.Contains(one, strings.TrimSpace(s)) })
	}
	if !has("repo", "public_repo") {
		findings = append(findings, finding("token", "the classic token lacks the scope repo")...)
	}
	if !has("user", "read:user", "user:email") {
		findings = append(findings, finding("token", "the classic token lacks the scope read:user: without it GitHub shows no e-mail address")...)
	}
	return findings
}

// graphProblem reads a refusal of what GraphQL is asked for at every turn.
func graphProblem(err error) ([]ticket.Finding, error) {
	if _, old := errors.AsType[schemaError](err); old {
		return finding("base_url", tooOld), nil
	}
	if f := ticket.FailureOf(err); f.Trouble == ticket.Unauthorized {
		return finding("token", f.Msg), nil
	}
	return nil, err
}

// wireAbout is what Check asks of a repository.
type wireAbout struct {
	wireRepository
	AssignableUsers struct {
		TotalCount int `json:"totalCount"`
	} `json:"assignableUsers"`
	Issues nodeList[*wireIssue] `json:"issues"`
}

// about reads a repository, and what stands against filing in it.
func (p *Provider) about(ctx context.Context, project, login string) (wireAbout, []ticket.Finding, error) {
	if !isNodeID(project) {
		return wireAbout{}, finding("", "the repository is not valid: choose one of the list"), nil
	}
	type answer struct {
		Node wireAbout `json:"node"`
	}
	got, _, _, err := query[answer](ctx, p, aboutDocument, map[string]any{"id": project, "login": login}, ticket.Reads)
	r := got.Node
	switch {
	case err != nil && ticket.FailureOf(err).Trouble == ticket.Input, err == nil && !r.isThere():
		return r, finding("", noRepository), nil
	case err != nil:
		findings, err := graphProblem(err)
		return r, findings, err
	case r.problem() != "":
		return r, finding("", r.problem()), nil
	}
	var findings []ticket.Finding
	if !r.mayPush() {
		findings = finding("", "the service account needs the role Write in the repository "+line(r.NameWithOwner)+": without, GitHub drops assignees, labels and types")
	}
	if r.AssignableUsers.TotalCount == 0 {
		findings = append(findings, finding("", "nobody can be assigned to issues of the repository "+line(r.NameWithOwner))...)
	}
	return r, findings, nil
}

// lacks reports whether the newest issue the account wrote in a repository is
// not in the list of what it wrote anywhere, as far as that was read. One that
// was made just now may be missing in any list.
func lacks(own listed, here nodeList[*wireIssue]) bool {
	newest, oldest := first(here.Nodes), last(own.Nodes)
	if newest == nil || own.at.Sub(newest.CreatedAt) < time.Minute ||
		slices.ContainsFunc(own.Nodes, func(w *wireIssue) bool { return w != nil && w.ID == newest.ID }) {
		return false
	}
	return !own.PageInfo.HasNextPage || oldest != nil && oldest.CreatedAt.Before(newest.CreatedAt)
}

// mayWrite finds out whether the token may write issues. GitHub does not tell
// what a fine-grained token may do; so something is asked for that does nothing:
// to take away a label that is not there.
func (p *Provider) mayWrite(ctx context.Context, repo string) ([]ticket.Finding, error) {
	path := repo + "/labels/admit-check-there-is-no-such-label"
	_, answer, err := call[ticket.Nothing](ctx, p, ticket.Call{Method: http.MethodDelete, Path: path})
	if answer.Status == http.StatusForbidden && strings.Contains(words(answer.Body), "not accessible by") {
		return finding("token", noWrite), nil
	}
	if err != nil && answer.Status != http.StatusNotFound && answer.Status != http.StatusForbidden {
		return nil, err
	}
	if err != nil && ticket.FailureOf(err).Trouble == ticket.RateLimited {
		return nil, err
	}
	return nil, nil
}

func finding(field, problem string) []ticket.Finding {
	return []ticket.Finding{{Field: field, Problem: problem}}
}
