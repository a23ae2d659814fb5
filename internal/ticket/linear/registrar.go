package linear

import (
	"context"
	"errors"
	"slices"
	"strings"

	"admit/internal/ticket"
)

// heard are the kinds of records whose changes Linear tells.
var heard = []string{"Issue", "Comment"}

// Register implements ticket.Registrar: one webhook for each team, unless one
// for all public teams has our address already. A team that is gone is passed
// over. Only workspace admins may.
func (p *Provider) Register(ctx context.Context, hook ticket.Hook) (ticket.Hook, error) {
	there, public, err := p.hooks(ctx, hook)
	if err != nil {
		return hook, err
	}
	var ids []string
	for _, w := range there {
		if !w.works(hook) {
			if err := p.mend(ctx, w, hook); err != nil {
				return hook, err
			}
		}
		ids = append(ids, w.ID)
	}
	for _, team := range hook.Projects {
		_, visible := public[team]
		if !visible || slices.ContainsFunc(there, func(w wireHook) bool { return w.covers(team, public) }) {
			continue
		}
		id, err := p.hookOn(ctx, team, hook)
		if err != nil {
			return hook, err
		}
		ids = append(ids, id)
		there = append(there, wireHook{Team: node{team}})
	}
	if len(ids) == 0 {
		return hook, ticket.Refusal("Linear: there is no team to hear of: " + noTeam)
	}
	slices.Sort(ids)
	hook.ID = strings.Join(ids, ",")
	return hook, nil
}

// Unregister implements ticket.Registrar: every webhook with our address.
func (p *Provider) Unregister(ctx context.Context, hook ticket.Hook) error {
	there, _, err := p.hooks(ctx, hook)
	if err != nil {
		return err
	}
	for _, w := range there {
		_, err := tell[hookDeleteAnswer](ctx, p.http, mutationHookDelete, map[string]any{"id": w.ID})
		if err != nil && !strings.Contains(ticket.FailureOf(err).Msg, notFound) {
			return err
		}
	}
	return nil
}

// hooks returns the webhooks with our address, and the teams that can be seen,
// with whether they are public.
func (p *Provider) hooks(ctx context.Context, hook ticket.Hook) (ours []wireHook, public map[string]bool, err error) {
	public = map[string]bool{}
	asked := map[string]any{"teams": known(hook.Projects), "after": nil}
	for range mostPages {
		got, _, err := ask[hooksAnswer](ctx, p.http, queryHooks, asked)
		if err != nil {
			return nil, nil, err
		}
		for _, t := range got.Teams.Nodes {
			public[t.ID] = t.Visibility == "public"
		}
		for _, w := range got.Hooks.Nodes {
			if w.URL == hook.URL && ticket.IsUUID(w.ID) {
				ours = append(ours, w)
			}
		}
		next := got.Hooks.next()
		if next == "" {
			return ours, public, nil
		}
		asked["after"] = next
	}
	return nil, nil, p.http.Malformed(ticket.Reads, errors.New("the list of webhooks does not end"))
}

// works reports whether the webhook calls us with all we want to hear. Linear
// may keep the secret to itself; then it counts as another.
func (w wireHook) works(hook ticket.Hook) bool {
	deaf := func(kind string) bool { return !slices.Contains(w.ResourceTypes, kind) }
	return w.Enabled && w.Secret == hook.Secret && !slices.ContainsFunc(heard, deaf)
}

func (w wireHook) covers(team string, public map[string]bool) bool {
	return w.Team.ID == team || slices.Contains(w.TeamIDs, team) || w.AllPublicTeams && public[team]
}

func (p *Provider) mend(ctx context.Context, w wireHook, hook ticket.Hook) error {
	kinds := w.ResourceTypes
	for _, kind := range heard {
		kinds = appendNew(kinds, kind)
	}
	input := map[string]any{"enabled": true, "secret": hook.Secret, "resourceTypes": kinds}
	_, err := tell[hookUpdateAnswer](ctx, p.http, mutationHookUpdate, map[string]any{"id": w.ID, "input": input})
	return err
}

func (p *Provider) hookOn(ctx context.Context, team string, hook ticket.Hook) (id string, err error) {
	got, err := tell[hookCreateAnswer](ctx, p.http, mutationHookCreate, map[string]any{"input": map[string]any{
		"url": hook.URL, "secret": hook.Secret, "teamId": team, "resourceTypes": heard, "label": "Admit", "enabled": true,
	}})
	return got.Create.Hook.ID, err
}
