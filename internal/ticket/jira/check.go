package jira

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"admit/internal/ticket"
)

// Check implements ticket.Checker. What a step of a workflow lets the service
// account do shows only on an issue.
func (p *Provider) Check(ctx context.Context, project string) ([]ticket.Finding, error) {
	findings, err := p.checkAddress(ctx)
	if err != nil || len(findings) > 0 {
		return findings, err
	}
	if findings, err = p.checkAccount(ctx); err != nil || len(findings) > 0 || project == "" {
		return findings, err
	}
	findings, err = p.checkProject(ctx, project)
	if f := ticket.FailureOf(err); err != nil && f.Trouble == ticket.Unauthorized {
		return finding("token", f.Msg+": the token may not do all that is needed; make one with the scopes that are"), nil
	}
	return findings, err
}

// addressField is the setting that calls go to.
func (p *Provider) addressField() string {
	if p.http.Base != p.base {
		return "api_url"
	}
	return "base_url"
}

// checkAddress finds out whether this is the Jira that the kind says.
func (p *Provider) checkAddress(ctx context.Context) ([]ticket.Finding, error) {
	type info struct {
		Version    string `json:"version"`
		Deployment string `json:"deploymentType"`
		Numbers    []int  `json:"versionNumbers"`
	}
	jira, answer, err := do[info](ctx, p.http, ticket.Call{Path: p.api + "/serverInfo"})
	if answer.Status == http.StatusUnauthorized || answer.Status == http.StatusForbidden || isStranger(answer.Header) {
		return p.noSignIn(answer), nil
	}
	odd := err == nil && jira.Version == ""
	if f := ticket.FailureOf(err); err != nil {
		odd = f.Trouble == ticket.Malformed || f.Trouble == ticket.Input
	}
	switch {
	case odd:
		return finding(p.addressField(), "there is no "+p.kind()+" at this address"), nil
	case err != nil:
		return nil, err
	case p.isCloud != (jira.Deployment == "Cloud"):
		return finding(p.addressField(), "this is not "+p.kind()+", but the other kind of Jira: choose that"), nil
	case !p.isCloud && len(jira.Numbers) > 0 && jira.Numbers[0] < 9:
		return finding("base_url", "this is Jira "+line(jira.Version)+": Admit needs Jira Data Center 9 or newer"), nil
	}
	return nil, nil
}

func (p *Provider) kind() string {
	if p.isCloud {
		return "Jira Cloud"
	}
	return "Jira Data Center"
}

// checkAccount signs in.
func (p *Provider) checkAccount(ctx context.Context) ([]ticket.Finding, error) {
	me, answer, err := do[wireUser](ctx, p.http, ticket.Call{Path: p.api + "/myself"})
	switch {
	case answer.Status == http.StatusUnauthorized, answer.Status == http.StatusForbidden, isStranger(answer.Header):
		return p.noSignIn(answer), nil
	case err != nil:
		return nil, err
	case p.account(me) == "":
		return finding(p.addressField(), "there is no "+p.kind()+" at this address"), nil
	}
	return nil, nil
}

func (p *Provider) noSignIn(a ticket.Answer) []ticket.Finding {
	switch {
	case a.Header.Get("X-Authentication-Denied-Reason") != "":
		return finding("token", "Jira wants the service account to solve a captcha first: sign in as it in a browser, or let an admin reset its failed logins")
	case p.addressField() == "api_url":
		return finding("token", "Jira does not know this e-mail address with this API token: make a new token as the service account; "+
			"a token without scopes works only with the API address left empty")
	case p.isCloud:
		return finding("token", "Jira does not know this e-mail address with this API token: make a new token as the service account; "+
			"a token with scopes works only with the API address filled in")
	}
	return finding("token", "Jira does not know this token, or it has expired: make a new one as the service account")
}

// permission is a right in a project: its key, and what people call it.
type permission struct{ key, name string }

var permissions = []permission{
	{"BROWSE_PROJECTS", "Browse Projects"},
	{"CREATE_ISSUES", "Create Issues"},
	{"ASSIGN_ISSUES", "Assign Issues"},
	{"ADD_COMMENTS", "Add Comments"},
	{"TRANSITION_ISSUES", "Transition Issues"},
}

var deskPermission = permission{"EDIT_ISSUES", "Edit Issues"} // a request gets its labels by an edit

func (p *Provider) checkProject(ctx context.Context, id string) ([]ticket.Finding, error) {
	if !isID(id) {
		return finding("", noProject), nil
	}
	project, err := p.project(ctx, id)
	if err != nil && ticket.FailureOf(err).Trouble == ticket.Input {
		return finding("", "the project does not exist, or the service account has no permission Browse Projects in it"), nil
	}
	if err != nil {
		return nil, err
	}
	if project.Archived {
		return finding("", "the project "+line(project.Name)+" is archived"), nil
	}
	findings, err := p.checkPermissions(ctx, project)
	if err != nil || len(findings) > 0 {
		return findings, err
	}
	return p.checkScreen(ctx, project)
}

func (p *Provider) checkPermissions(ctx context.Context, project wireProject) ([]ticket.Finding, error) {
	wanted := slices.Clone(permissions)
	if project.isDesk() {
		wanted = append(wanted, deskPermission)
	}
	var keys []string
	for _, right := range wanted {
		keys = append(keys, right.key)
	}
	type held struct {
		Permissions map[string]struct {
			Have bool `json:"havePermission"`
		} `json:"permissions"`
	}
	query := url.Values{"projectId": {string(project.ID)}, "permissions": {strings.Join(keys, ",")}}
	got, _, err := do[held](ctx, p.http, ticket.Call{Path: p.api + "/mypermissions", Query: query})
	if err == nil && got.Permissions == nil {
		err = p.http.Malformed(ticket.Reads, errors.New("the answer has no permissions"))
	}
	if err != nil {
		return nil, err
	}
	var findings []ticket.Finding
	for _, right := range wanted {
		if !got.Permissions[right.key].Have {
			findings = append(findings, finding("", "the service account has no permission "+right.name+" in the project "+line(project.Name))...)
		}
	}
	return findings, nil
}

// checkScreen looks at the type of issue that is filed unless another is chosen.
func (p *Provider) checkScreen(ctx context.Context, project wireProject) ([]ticket.Finding, error) {
	typ, err := p.usualType(ctx, string(project.ID))
	if err != nil && ticket.FailureOf(err).Trouble == ticket.Input {
		return finding("", ticket.FailureOf(err).Msg), nil
	}
	if err != nil {
		return nil, err
	}
	fields, err := p.fields(ctx, string(project.ID), typ)
	if err != nil {
		return nil, err
	}
	var findings []ticket.Finding
	for _, name := range []string{"summary", "description", "labels", "assignee"} {
		if !slices.ContainsFunc(fields, func(f wireField) bool { return f.ID == name }) {
			findings = append(findings, finding("", "the field "+name+" is not on the screen that issues of the project "+line(project.Name)+" are created with: add it")...)
		}
	}
	for _, f := range fields {
		if _, ok := f.entry(); !ok && f.isRequired() && !f.isOwn() {
			findings = append(findings, finding("", "the field "+line(f.Name)+" is required, and Admit cannot fill it in: give it a default value or make it optional")...)
		}
	}
	return findings, nil
}

func finding(field, problem string) []ticket.Finding {
	return []ticket.Finding{{Field: field, Problem: problem}}
}
