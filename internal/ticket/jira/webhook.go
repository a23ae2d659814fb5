package jira

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"admit/internal/ticket"
)

// hookName is what admins read in Jira's list of webhooks.
const hookName = "Admit"

// hookEvents are what Jira tells of. A comment counts as an update of its issue.
var hookEvents = []string{"jira:issue_created", "jira:issue_updated", "jira:issue_deleted"}

// hookFilter is the search an issue must match to be told of: the webhook knows
// our tickets by their label, wherever they are moved.
const hookFilter = "labels = " + ours

// Hear implements ticket.Listener. Jira signs the body, but no time.
func (p *Provider) Hear(d ticket.Delivery) (ticket.News, error) {
	if d.Secret != "" && !isSigned(d) {
		return ticket.News{}, ticket.ErrForged
	}
	news := ticket.News{Signed: d.Secret != "", ID: ticket.Clip(ticket.OneLine(d.Header.Get("X-Atlassian-Webhook-Identifier")), 200)}
	var body struct {
		Issue struct {
			ID id `json:"id"`
		} `json:"issue"`
	}
	if json.Unmarshal(d.Body, &body) == nil && body.Issue.ID != "" {
		news.Tickets = []string{string(body.Issue.ID)}
	}
	return news, nil
}

func isSigned(d ticket.Delivery) bool {
	sent, ok := strings.CutPrefix(strings.TrimSpace(d.Header.Get("X-Hub-Signature")), "sha256=")
	return ok && d.Signed(sent)
}

// wireHook is a registered webhook. Cloud tells its id in its address.
type wireHook struct {
	ID   id     `json:"id"`
	Name string `json:"name"`
	Self string `json:"self"`
	URL  string `json:"url"`
}

func (w wireHook) number() string {
	if w.ID != "" {
		return string(w.ID)
	}
	if last := w.Self[strings.LastIndexByte(w.Self, '/')+1:]; isID(last) {
		return last
	}
	return ""
}

// Register implements ticket.Registrar. It is for an admin of Jira only. Jira
// does not show the secret of a webhook, so one that is there is written anew.
func (p *Provider) Register(ctx context.Context, hook ticket.Hook) (ticket.Hook, error) {
	there, err := p.registered(ctx, hook)
	if err != nil {
		return hook, err
	}
	call := ticket.Call{Path: p.hooks, Body: p.hook(hook), Effect: ticket.Writes}
	if len(there) > 0 {
		call.Method, call.Path = http.MethodPut, p.hooks+"/"+there[0]
	}
	x := p.http
	x.Secrets = append(slices.Clone(x.Secrets), hook.Secret)
	made, _, err := do[wireHook](ctx, x, call)
	if err != nil {
		return hook, err
	}
	hook.ID = made.number()
	if len(there) > 0 {
		hook.ID = there[0]
	}
	if hook.ID == "" {
		return hook, p.http.Malformed(ticket.Writes, errors.New("the new webhook has no id"))
	}
	for _, twin := range there[min(1, len(there)):] {
		if err := p.unhook(ctx, twin); err != nil {
			return hook, err
		}
	}
	return hook, nil
}

// registered returns the numbers of the webhooks that are hook: with its note,
// as long as they bear our name, or with its address. The one with the note
// comes first.
func (p *Provider) registered(ctx context.Context, hook ticket.Hook) ([]string, error) {
	list, err := p.webhooks(ctx)
	var numbers []string
	for _, w := range list {
		switch n := w.number(); {
		case n == "" || slices.Contains(numbers, n):
		case n == hook.ID && (w.Name == hookName || w.URL == hook.URL):
			numbers = slices.Insert(numbers, 0, n)
		case w.URL == hook.URL:
			numbers = append(numbers, n)
		}
	}
	return numbers, err
}

// webhooks lists all there are. Cloud knows no pages; Data Center does not say
// how many there are, so an empty one is the last, or one that was seen.
func (p *Provider) webhooks(ctx context.Context) ([]wireHook, error) {
	const most = 50 // pages
	var list []wireHook
	for range most {
		var query url.Values
		if !p.isCloud {
			query = url.Values{"start": {strconv.Itoa(len(list))}, "limit": {"100"}}
		}
		got, answer, err := do[[]wireHook](ctx, p.http, ticket.Call{Path: p.hooks, Query: query})
		switch {
		case err != nil && answer.Status == http.StatusNotFound:
			return nil, ticket.Refusal("this Jira cannot be told where to call: that needs Jira Cloud, or Jira Data Center 10 or newer")
		case err != nil:
			return nil, err
		case got == nil:
			return nil, p.http.Malformed(ticket.Reads, errors.New("the answer is no list of webhooks"))
		}
		if p.isCloud || len(got) == 0 || len(list) > 0 && got[0].number() == list[0].number() {
			return append(list, got...), nil
		}
		list = append(list, got...)
	}
	return list, nil
}

// Unregister implements ticket.Registrar.
func (p *Provider) Unregister(ctx context.Context, hook ticket.Hook) error {
	there, err := p.registered(ctx, hook)
	for _, number := range there {
		if err := p.unhook(ctx, number); err != nil {
			return err
		}
	}
	return err
}

func (p *Provider) unhook(ctx context.Context, number string) error {
	_, answer, err := do[ticket.Nothing](ctx, p.http, ticket.Call{
		Method: http.MethodDelete, Path: p.hooks + "/" + url.PathEscape(number), Effect: ticket.Writes,
	})
	if answer.Status == http.StatusNotFound {
		return nil
	}
	return err
}

func hookCloud(h ticket.Hook) any {
	return map[string]any{
		"name": hookName, "url": h.URL, "events": hookEvents, "secret": h.Secret, "enabled": true, "excludeBody": false,
		"filters": map[string]string{"issue-related-events-section": hookFilter},
	}
}

// hookDataCenter is what Jira 10 and newer take. A secret anywhere else but in
// the configuration is dropped without a word, and calls then come unsigned.
func hookDataCenter(h ticket.Hook) any {
	filters := `{"issue-related-events-section":` + strconv.Quote(hookFilter) + `}`
	return map[string]any{
		"name": hookName, "url": h.URL, "events": hookEvents, "active": true,
		"configuration": map[string]string{"SECRET": h.Secret, "EXCLUDE_BODY": "false", "FILTERS": filters},
	}
}
