package oncall

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"admit/internal/access"
	"admit/internal/ticket"
)

// Where PagerDuty is, by the region of an account.
const (
	PagerDutyUS = "https://api.pagerduty.com"
	PagerDutyEU = "https://api.eu.pagerduty.com"
)

// PagerDuty is an account of PagerDuty, read over its REST API v2. A Choice is
// what the address of a page there ends in: "schedules/PI7DH85", or
// "escalation_policies/PT20YPA". An id alone is one of a schedule.
//
// People are on call by the rules of escalation policies: a schedule that none
// of them uses calls nobody.
type PagerDuty struct{ http ticket.Exchange }

var _ Source = (*PagerDuty)(nil)

// NewPagerDuty opens an account at an address with a key of its API, which may
// be read-only. It calls nobody.
func NewPagerDuty(address, key string, client *http.Client) *PagerDuty {
	return &PagerDuty{ticket.Exchange{
		Name: "PagerDuty",
		Base: strings.TrimRight(address, "/"),
		Header: http.Header{
			"Authorization": {"Token token=" + key},
			"Accept":        {"application/vnd.pagerduty+json;version=2"},
		},
		Client:  client,
		Secrets: []string{key},
		Words:   words,
	}}
}

// The kinds of choices, as paths and ids name them.
const (
	schedules = "schedules"
	policies  = "escalation_policies"
)

// filters are the parameters that choose by a kind.
var filters = map[string]string{schedules: "schedule_ids[]", policies: "escalation_policy_ids[]"}

// OnCall implements Source. Without a time, PagerDuty tells of now.
func (p *PagerDuty) OnCall(ctx context.Context, schedule string) ([]Person, error) {
	kind, id, ok := strings.Cut(schedule, "/")
	if !ok {
		kind, id = schedules, schedule
	}
	if filters[kind] == "" || !ticket.IsKey(id) {
		return nil, ticket.Refusal("the schedule is not valid: choose one of the list")
	}
	calls, err := all[wireCall](ctx, p.http, "/oncalls", "oncalls", url.Values{
		filters[kind]: {id}, "include[]": {"users"}, "earliest": {"true"},
	})
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(calls, func(c wireCall) bool { return c.by(kind) != id }) {
		return nil, p.http.Malformed(ticket.Reads, errOtherSchedule)
	}
	slices.SortStableFunc(calls, func(a, b wireCall) int { return cmp.Compare(a.Level, b.Level) })
	return people(calls), nil
}

// people returns who is called, everybody once. Without an e-mail address nobody
// can be found here: a deleted user has none.
func people(calls []wireCall) []Person {
	var found []Person
	for _, c := range calls {
		email, problem := access.NormalEmail(c.User.Email)
		if problem != "" || slices.ContainsFunc(found, func(p Person) bool { return p.Email == email }) {
			continue
		}
		found = append(found, Person{Name: cmp.Or(line(c.User.Name), line(c.User.Summary)), Email: email})
	}
	return found
}

// Schedules implements Source: the schedules, and behind them the escalation
// policies.
func (p *PagerDuty) Schedules(ctx context.Context) ([]Choice, error) {
	layers, err := p.choices(ctx, "/"+schedules, schedules, "")
	if err != nil {
		return nil, err
	}
	shifts, err := p.shifts(ctx)
	if err != nil {
		return nil, err
	}
	escalations, err := p.choices(ctx, "/"+policies, policies, "Escalation policy: ")
	if err != nil {
		return nil, err
	}
	return append(sorted(append(layers, shifts...)), sorted(escalations)...), nil
}

func sorted(choices []Choice) []Choice {
	slices.SortFunc(choices, ticket.ByName[Choice])
	return slices.Compact(choices)
}

// shifts lists the schedules of the newer kind, made of shifts: the other list
// does not have them. An account may not have them either; that the key is good
// is known by now.
func (p *PagerDuty) shifts(ctx context.Context) ([]Choice, error) {
	choices, err := p.choices(ctx, "/v3/"+schedules, schedules, "")
	if f := ticket.FailureOf(err); err != nil && (f.Certainty == ticket.Refused || f.Trouble == ticket.Unauthorized) {
		return nil, nil
	}
	return choices, err
}

// choices reads one list of what there is to choose.
func (p *PagerDuty) choices(ctx context.Context, path, kind, prefix string) ([]Choice, error) {
	list, err := all[wireReference](ctx, p.http, path, kind, url.Values{})
	if err != nil {
		return nil, err
	}
	var choices []Choice
	for _, r := range list {
		if ticket.IsKey(r.ID) {
			choices = append(choices, Choice{ID: kind + "/" + r.ID, Name: prefix + cmp.Or(line(r.Summary), r.ID)})
		}
	}
	return choices, nil
}
