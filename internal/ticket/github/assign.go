package github

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"admit/internal/ticket"
)

// Assign implements ticket.Assigner. It is two calls: what is named by id is
// looked up, and the assignees are replaced. Without a right to push GitHub
// leaves them as they are, without a word, so the answer is looked at.
func (p *Provider) Assign(ctx context.Context, id string, to ticket.Account) error {
	if !isNodeID(id) {
		return ticket.Refusal(noIssue)
	}
	ids := []string{id}
	if to.ID != "" {
		if !isNodeID(to.ID) {
			return ticket.Refusal(noAccount, ticket.AssigneeField)
		}
		ids = append(ids, to.ID)
	}
	found, err := p.nodes(ctx, ids)
	if err != nil {
		return err
	}
	issue, somebody := found[id], found[to.ID]
	logins := []string{}
	switch {
	case !issue.isIssue():
		return ticket.Refusal(goneIssue)
	case to.ID != "" && !somebody.isPerson():
		return ticket.Refusal(goneAccount, ticket.AssigneeField)
	case to.ID != "":
		logins = append(logins, somebody.Login)
	}
	return p.reassign(ctx, issue, logins)
}

// reassign replaces the assignees of an issue.
func (p *Provider) reassign(ctx context.Context, issue wirePart, logins []string) error {
	after, _, err := call[wireFiled](ctx, p, ticket.Call{
		Method: http.MethodPatch, Path: issue.Repository.path() + "/issues/" + strconv.Itoa(issue.Number),
		Body: wireAssignees{logins}, Effect: ticket.Writes,
	})
	if err != nil {
		return err
	}
	if after.Number != issue.Number || after.Assignees == nil {
		return p.rest.Malformed(ticket.Writes, errors.New("not the issue that was changed"))
	}
	is := make([]string, len(after.Assignees))
	for i, a := range after.Assignees {
		is[i] = a.Login
	}
	if !slices.EqualFunc(is, logins, strings.EqualFold) {
		return ticket.Refusal("GitHub did not change who the issue is assigned to: the account needs the role Write in the repository", ticket.AssigneeField)
	}
	return nil
}
