package github

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"admit/internal/ticket"
)

// events are those that tell of a change of an issue.
var events = []string{"issues", "issue_comment"}

type wireHook struct {
	ID     int64    `json:"id"`
	Active bool     `json:"active"`
	Events []string `json:"events"`
	Config struct {
		URL         string `json:"url"`
		ContentType string `json:"content_type"`
		InsecureSSL any    `json:"insecure_ssl"` // "0" or 0
	} `json:"config"`
}

// wireHookDraft is a webhook to make or to mend.
type wireHookDraft struct {
	Name   string            `json:"name,omitempty"`
	Active bool              `json:"active"`
	Events []string          `json:"events"`
	Config map[string]string `json:"config"`
}

// isSound reports whether the webhook calls us as we want it, as far as GitHub
// shows it: it hides the secret.
func (w wireHook) isSound() bool {
	return w.Active && w.Config.ContentType == "json" && fmt.Sprint(w.Config.InsecureSSL) == "0" &&
		all(events, func(e string) bool { return slices.Contains(w.Events, e) || slices.Contains(w.Events, "*") })
}

// note is what Hook.ID keeps: which repositories have a webhook, and what was
// used to sign, in a form that gives nothing away.
type note struct {
	secret   string
	projects []string
}

func readNote(text string) note {
	secret, list, _ := strings.Cut(text, ":")
	n := note{secret: secret}
	for id := range strings.SplitSeq(list, ",") {
		if isNodeID(id) {
			n.projects = append(n.projects, id)
		}
	}
	return n
}

func (n note) String() string { return n.secret + ":" + strings.Join(n.projects, ",") }

func fingerprint(secret string) string {
	sum := sha256.Sum256([]byte("admit webhook " + secret))
	return hex.EncodeToString(sum[:8])
}

// Register implements ticket.Registrar: one webhook in each repository that is
// filed in.
func (p *Provider) Register(ctx context.Context, hook ticket.Hook) (ticket.Hook, error) {
	before := readNote(hook.ID)
	now := note{secret: fingerprint(hook.Secret), projects: slices.Sorted(slices.Values(hook.Projects))}
	now.projects = slices.Compact(now.projects)
	if !all(now.projects, isNodeID) {
		return hook, ticket.Refusal("GitHub: " + noRepository)
	}
	known, err := p.paths(ctx, slices.Concat(now.projects, before.projects))
	if err != nil {
		return hook, err
	}
	for _, id := range now.projects {
		if known[id] == "" {
			return hook, ticket.Refusal("GitHub: " + noRepository)
		}
		if err := p.ensure(ctx, known[id], hook, before.secret == now.secret && slices.Contains(before.projects, id)); err != nil {
			return hook, err
		}
	}
	for _, id := range before.projects {
		if known[id] != "" && !slices.Contains(now.projects, id) {
			if err := p.remove(ctx, known[id], hook.URL); err != nil && !isRefusal(err) {
				return hook, err
			}
		}
	}
	hook.ID = now.String()
	return hook, nil
}

// Unregister implements ticket.Registrar.
func (p *Provider) Unregister(ctx context.Context, hook ticket.Hook) error {
	ids := slices.Concat(readNote(hook.ID).projects, hook.Projects)
	slices.Sort(ids)
	ids = slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return !isNodeID(id) })
	known, err := p.paths(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if known[id] == "" {
			continue
		}
		if err := p.remove(ctx, known[id], hook.URL); err != nil {
			return err
		}
	}
	return nil
}

// paths looks up where REST has repositories now. Those that are gone are missing.
func (p *Provider) paths(ctx context.Context, ids []string) (map[string]string, error) {
	known := make(map[string]string, len(ids))
	for some := range slices.Chunk(ids, batch) {
		found, err := p.nodes(ctx, some)
		if err != nil {
			return nil, err
		}
		for id, r := range found {
			if r.isThere() {
				known[id] = r.path()
			}
		}
	}
	return known, nil
}

// ensure makes a repository have exactly one webhook to our address, and a sound
// one. sameSecret says that one of ours signs with the secret already; of several
// it is not known which.
func (p *Provider) ensure(ctx context.Context, repo string, hook ticket.Hook, sameSecret bool) error {
	ours, err := p.hooks(ctx, repo, hook.URL)
	if err != nil {
		return err
	}
	draft := wireHookDraft{
		Active: true, Events: events,
		Config: map[string]string{"url": hook.URL, "content_type": "json", "insecure_ssl": "0", "secret": hook.Secret},
	}
	path := repo + "/hooks"
	if len(ours) == 0 {
		draft.Name = "web"
		_, _, err := call[wireHook](ctx, p, ticket.Call{Method: http.MethodPost, Path: path, Body: draft, Effect: ticket.Writes})
		return err
	}
	for _, twin := range ours[1:] {
		if err := p.removeOne(ctx, repo, twin); err != nil {
			return err
		}
	}
	if ours[0].isSound() && sameSecret && len(ours) == 1 {
		return nil
	}
	path += "/" + strconv.FormatInt(ours[0].ID, 10)
	_, _, err = call[wireHook](ctx, p, ticket.Call{Method: http.MethodPatch, Path: path, Body: draft, Effect: ticket.Writes})
	return err
}

// hooks lists a repository's webhooks to an address.
func (p *Provider) hooks(ctx context.Context, repo, address string) ([]wireHook, error) {
	const most = 10 // pages; GitHub allows 20 webhooks for an event
	var ours []wireHook
	for page := 1; page <= most; page++ {
		asked := url.Values{"per_page": {strconv.Itoa(batch)}, "page": {strconv.Itoa(page)}}
		found, _, err := call[[]wireHook](ctx, p, ticket.Call{Path: repo + "/hooks", Query: asked})
		if err != nil {
			return nil, err
		}
		for _, w := range found {
			if w.ID > 0 && w.Config.URL == address {
				ours = append(ours, w)
			}
		}
		if len(found) < batch {
			break
		}
	}
	return ours, nil
}

func (p *Provider) remove(ctx context.Context, repo, address string) error {
	ours, err := p.hooks(ctx, repo, address)
	if err != nil {
		return err
	}
	for _, w := range ours {
		if err := p.removeOne(ctx, repo, w); err != nil {
			return err
		}
	}
	return nil
}

func (p *Provider) removeOne(ctx context.Context, repo string, w wireHook) error {
	path := repo + "/hooks/" + strconv.FormatInt(w.ID, 10)
	_, answer, err := call[ticket.Nothing](ctx, p, ticket.Call{Method: http.MethodDelete, Path: path, Effect: ticket.Writes})
	if answer.Status == http.StatusNotFound {
		return nil
	}
	return err
}

func isRefusal(err error) bool {
	f := ticket.FailureOf(err)
	return f.Certainty == ticket.Refused || f.Trouble == ticket.Unauthorized
}
