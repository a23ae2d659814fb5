package gitlab

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"admit/internal/ticket"
)

// wireHook is a webhook of a project. GitLab never tells its secrets.
type wireHook struct {
	ID                 int64  `json:"id"`
	URL                string `json:"url"`
	Issues             bool   `json:"issues_events"`
	ConfidentialIssues bool   `json:"confidential_issues_events"`
	Notes              bool   `json:"note_events"`
	ConfidentialNotes  bool   `json:"confidential_note_events"`
	Verifies           bool   `json:"enable_ssl_verification"`
	Alert              string `json:"alert_status"` // "executable", unless it failed too often
	Signs              bool   `json:"signing_token_present"`
}

func (h wireHook) isComplete() bool {
	return h.Issues && h.ConfidentialIssues && h.Notes && h.ConfidentialNotes && h.Verifies
}

func (h wireHook) isOff() bool { return h.Alert != "" && h.Alert != "executable" }

// wireHookDraft is a webhook to create or change.
type wireHookDraft struct {
	URL                string `json:"url"`
	Name               string `json:"name"`
	Issues             bool   `json:"issues_events"`
	ConfidentialIssues bool   `json:"confidential_issues_events"`
	Notes              bool   `json:"note_events"`
	ConfidentialNotes  bool   `json:"confidential_note_events"`
	Pushes             bool   `json:"push_events"` // on, unless it is said to be off
	Verify             bool   `json:"enable_ssl_verification"`
	Token              string `json:"token"`
	SigningToken       string `json:"signing_token"`
}

// registration is what Hook.ID keeps: for which secret which hook was made in
// which project. "3f2a:12/7,13/8".
type registration struct {
	mark  string // of the secret
	hooks map[int64]int64
}

func (r registration) String() string {
	var pairs []string
	for project, hook := range r.hooks {
		pairs = append(pairs, decimal(project)+"/"+decimal(hook))
	}
	slices.Sort(pairs)
	return r.mark + ":" + strings.Join(pairs, ",")
}

func parseRegistration(text string) registration {
	mark, pairs, _ := strings.Cut(text, ":")
	r := registration{mark, map[int64]int64{}}
	for pair := range strings.SplitSeq(pairs, ",") {
		project, hook, _ := strings.Cut(pair, "/")
		if ticket.ParseID(project) > 0 && ticket.ParseID(hook) > 0 {
			r.hooks[ticket.ParseID(project)] = ticket.ParseID(hook)
		}
	}
	return r
}

// markOf tells secrets apart without telling them.
func markOf(secret string) string {
	const bytes = 6
	sum := sha256.Sum256([]byte("admit gitlab hook " + secret))
	return hex.EncodeToString(sum[:bytes])
}

// Register implements ticket.Registrar: a webhook of each project. It takes the
// role Maintainer there.
func (p *Provider) Register(ctx context.Context, hook ticket.Hook) (ticket.Hook, error) {
	before := parseRegistration(hook.ID)
	after := registration{markOf(hook.Secret), map[int64]int64{}}
	for _, id := range hook.Projects {
		project := ticket.ParseID(id)
		if project == 0 {
			return hook, ticket.Refusal("a project of the webhook is not valid")
		}
		known := before.hooks[project]
		if before.mark != after.mark {
			known = 0 // it has another secret
		}
		made, err := p.hooked(ctx, project, hook, known)
		if err != nil {
			return hook, err
		}
		after.hooks[project] = made
	}
	for project, id := range before.hooks {
		if after.hooks[project] == 0 {
			if err := p.unhook(ctx, project, id); err != nil {
				return hook, err
			}
		}
	}
	hook.ID = after.String()
	return hook, nil
}

// Unregister implements ticket.Registrar.
func (p *Provider) Unregister(ctx context.Context, hook ticket.Hook) error {
	known := parseRegistration(hook.ID).hooks
	for project, id := range known {
		if err := p.unhook(ctx, project, id); err != nil {
			return err
		}
	}
	for _, id := range hook.Projects {
		project := ticket.ParseID(id)
		if project == 0 || known[project] != 0 {
			continue
		}
		hooks, err := p.hooks(ctx, project, hook.URL)
		if err != nil {
			return err
		}
		for _, h := range hooks {
			if err := p.unhook(ctx, project, h.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// hooked makes sure that a project has exactly one webhook for this address, and
// returns its id. known is the one that is known to have the right secret.
func (p *Provider) hooked(ctx context.Context, project int64, hook ticket.Hook, known int64) (int64, error) {
	mine, err := p.hooks(ctx, project, hook.URL)
	if err != nil {
		return 0, err
	}
	// One that GitLab switched off starts afresh only as a new one.
	i := slices.IndexFunc(mine, func(h wireHook) bool { return h.ID == known && !h.isOff() })
	if i < 0 {
		i = slices.IndexFunc(mine, func(h wireHook) bool { return !h.isOff() })
	}
	var kept int64
	switch {
	case i < 0:
		kept, err = p.writeHook(ctx, http.MethodPost, projectPath(project)+"/hooks", hook)
	case mine[i].ID == known && mine[i].isComplete():
		kept = known
	default:
		kept, err = p.writeHook(ctx, http.MethodPut, projectPath(project)+"/hooks/"+decimal(mine[i].ID), hook)
	}
	if err != nil {
		return 0, err
	}
	for _, h := range mine {
		if h.ID == kept {
			continue
		}
		if err := p.unhook(ctx, project, h.ID); err != nil {
			return 0, err
		}
	}
	return kept, nil
}

// hooks reads the webhooks of a project that lead to an address.
func (p *Provider) hooks(ctx context.Context, project int64, address string) ([]wireHook, error) {
	all, err := every[wireHook](ctx, p.http, projectPath(project)+"/hooks", url.Values{})
	return slices.DeleteFunc(all, func(h wireHook) bool { return h.URL != address || h.ID <= 0 }), err
}

// writeHook creates or changes a webhook. It is to sign; a GitLab that cannot
// passes over the signing token without a word, and is given the secret instead.
func (p *Provider) writeHook(ctx context.Context, method, path string, hook ticket.Hook) (int64, error) {
	draft := wireHookDraft{
		URL: hook.URL, Name: "Admit", Issues: true, ConfidentialIssues: true, Notes: true, ConfidentialNotes: true,
		Verify: true, SigningToken: signingToken(hook.Secret),
	}
	made, _, err := do[wireHook](ctx, p.http, ticket.Call{Method: method, Path: path, Body: draft, Effect: ticket.Writes})
	if err == nil && made.ID <= 0 {
		err = p.http.Malformed(ticket.Writes, errors.New("the webhook has no id"))
	}
	if err != nil || made.Signs {
		return made.ID, err
	}
	if method == http.MethodPost {
		path += "/" + decimal(made.ID)
	}
	draft.Token = hook.Secret
	_, _, err = do[wireHook](ctx, p.http, ticket.Call{Method: http.MethodPut, Path: path, Body: draft, Effect: ticket.Writes})
	return made.ID, err
}

// unhook deletes a webhook. One that is gone, with its project or without, is no
// error.
func (p *Provider) unhook(ctx context.Context, project, id int64) error {
	path := projectPath(project) + "/hooks/" + decimal(id)
	_, answer, err := do[ticket.Nothing](ctx, p.http, ticket.Call{Method: http.MethodDelete, Path: path, Effect: ticket.Writes})
	if answer.Status == http.StatusNotFound && ticket.FailureOf(err).Trouble == ticket.Input {
		return nil
	}
	if err == nil && answer.Status != http.StatusNoContent {
		err = p.http.Malformed(ticket.Writes, errors.New("the webhook was not deleted"))
	}
	return err
}
