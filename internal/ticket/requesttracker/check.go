package requesttracker

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"admit/internal/ticket"
)

// stranger is an address nobody has: RFC 2606 keeps the domain free.
const stranger = "nobody-has-this-address@admit.invalid"

const noSearch = "people cannot be searched by e-mail address: add EmailAddress to UserSummaryExtraInfo in its configuration"

const noQueue = "the queue does not exist, or the service user has no right SeeQueue on it"

// Check implements ticket.Checker. Whether the service user may see, comment on
// and close the tickets of a queue shows only on a ticket.
func (p *Provider) Check(ctx context.Context, project string) ([]ticket.Finding, error) {
	findings, err := p.signIn(ctx)
	if err != nil || len(findings) > 0 {
		return findings, err
	}
	steps := []func(context.Context) ([]ticket.Finding, error){
		p.checkTimezone,
		p.checkPeople,
		p.checkKeyField,
	}
	if project != "" {
		steps = append(steps, func(ctx context.Context) ([]ticket.Finding, error) { return p.checkQueue(ctx, project) })
	}
	for _, step := range steps {
		found, err := step(ctx)
		if err != nil {
			return nil, err
		}
		findings = append(findings, found...)
	}
	return findings, nil
}

// signIn finds out whether this is Request Tracker and whether it knows the token.
func (p *Provider) signIn(ctx context.Context) ([]ticket.Finding, error) {
	type about struct {
		Version string `json:"Version"`
	}
	rt, answer, err := do[about](ctx, p.http, ticket.Call{Path: "/rt"})
	if answer.Status == http.StatusUnauthorized || answer.Status == http.StatusForbidden {
		return finding("token", "Request Tracker does not know this token: make a new one for the service user"), nil
	}
	elsewhere := finding("base_url", "there is no REST 2.0 interface of Request Tracker at this address: it needs Request Tracker 5 or newer")
	switch {
	case err == nil && rt.Version == "":
		return elsewhere, nil
	case err == nil:
		return nil, nil
	case ticket.FailureOf(err).Trouble == ticket.Malformed, ticket.FailureOf(err).Trouble == ticket.Input:
		return elsewhere, nil
	}
	return nil, err
}

// checkTimezone looks at the service user, if the token tells who that is.
func (p *Provider) checkTimezone(ctx context.Context) ([]ticket.Finding, error) {
	if p.service == "" {
		return nil, nil
	}
	user, _, err := do[wireUser](ctx, p.http, ticket.Call{Path: "/user/" + p.service})
	if err != nil {
		return nil, err
	}
	switch strings.ToUpper(user.Timezone) {
	case "UTC", "GMT", "ETC/UTC", "ETC/GMT":
		return nil, nil
	}
	return finding("", "the time zone of the service user "+line(user.Name)+" is not UTC: set it, or changes will be missed"), nil
}

// checkPeople searches for somebody who does not exist: a search that ignores
// the address finds everybody.
func (p *Provider) checkPeople(ctx context.Context) ([]ticket.Finding, error) {
	users, err := p.http.users(ctx, stranger)
	if f := ticket.FailureOf(err); err != nil && f.Trouble == ticket.Input {
		return finding("", "the service user may not search for people: let it be granted rights (a privileged user)"), nil
	}
	if err != nil || len(users) == 0 {
		return nil, err
	}
	return finding("", noSearch), nil
}

func (p *Provider) checkKeyField(ctx context.Context) ([]ticket.Finding, error) {
	fields, err := p.http.customFields(ctx, p.keyField)
	if err != nil {
		return nil, err
	}
	if len(fields) == 0 {
		return finding("key_field", p.noKeyField()), nil
	}
	var findings []ticket.Finding
	for _, problem := range []struct {
		has  func(wireField) bool
		says string
	}{
		{func(f wireField) bool { return f.Type != "Freeform" || !bool(f.MaxValues) }, "must have the type \"Enter one value\""},
		{func(f wireField) bool { return bool(f.UniqueValues) }, "must not ask for unique values: Request Tracker drops the key of a ticket it takes for a duplicate"},
		{func(f wireField) bool { return f.Pattern != "" }, "must have no validation"},
	} {
		if slices.ContainsFunc(fields, problem.has) {
			findings = append(findings, ticket.Finding{Field: "key_field", Problem: "the custom field " + p.keyField + " " + problem.says})
		}
	}
	return findings, nil
}

func (p *Provider) checkQueue(ctx context.Context, project string) ([]ticket.Finding, error) {
	if !isID(project) {
		return finding("", "the queue is not valid: choose one of the list"), nil
	}
	q, err := p.queue(ctx, project)
	if err != nil && ticket.FailureOf(err).Trouble == ticket.Input {
		return finding("", noQueue), nil
	}
	if err != nil {
		return nil, err
	}
	return p.queueProblems(q), nil
}

// queueProblems returns what stands against filing tickets in a queue.
func (p *Provider) queueProblems(q wireQueue) []ticket.Finding {
	var findings []ticket.Finding
	add := func(field, problem string) {
		findings = append(findings, ticket.Finding{Field: field, Problem: problem})
	}
	name := line(q.Name)
	if q.Disabled {
		add("", "the queue "+name+" is disabled")
	}
	if !q.mayCreate() {
		add("", "the service user has no right CreateTicket on the queue "+name)
	}
	if !q.hasField(p.keyField) {
		add("key_field", "the custom field "+p.keyField+" does not apply to the queue "+name+", or the service user has no right SeeCustomField on it")
	}
	return findings
}

func (p *Provider) noKeyField() string {
	return "there is no custom field " + p.keyField + " for tickets, or " + p.keyRights()
}

func (p *Provider) keyRights() string {
	return "the service user lacks the rights SeeCustomField and SetInitialCustomField on the custom field " + p.keyField
}

func finding(field, problem string) []ticket.Finding {
	return []ticket.Finding{{Field: field, Problem: problem}}
}
