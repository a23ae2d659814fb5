package zendesk

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"admit/internal/ticket"
)

const (
	signatureHeader = "X-Zendesk-Webhook-Signature"
	timeHeader      = "X-Zendesk-Webhook-Signature-Timestamp"
	deliveryHeader  = "X-Zendesk-Webhook-Invocation-Id"
)

// maxAge is how far a signed time may be from when the delivery came. Zendesk
// repeats a delivery within minutes.
const maxAge = 10 * time.Minute

// events are what Zendesk is to tell of.
func events() []string {
	names := []string{
		"agent_assignment_changed", "comment_added", "custom_status_changed", "group_assignment_changed", "merged",
		"permanently_deleted", "soft_deleted", "status_changed", "tags_changed", "undeleted",
	}
	for i, name := range names {
		names[i] = "zen:event-type:ticket." + name
	}
	return names
}

// Hear implements ticket.Listener. The tickets may be anybody's: Zendesk cannot
// be told to leave out those of others.
func (p *Provider) Hear(d ticket.Delivery) (ticket.News, error) {
	if d.Secret != "" && !proven(d) {
		return ticket.News{}, ticket.ErrForged
	}
	news := ticket.News{ID: ticket.Title(d.Header.Get(deliveryHeader), maxLine), Signed: d.Secret != ""}
	if id := about(d.Body); id != 0 {
		news.Tickets = []string{id.String()}
	}
	return news, nil
}

// proven reports whether a delivery comes from the system. Zendesk signs each
// with a secret that it chooses itself, which Register returns; and it sends the
// one that it was given along, as a bearer's token. Either proves it.
func proven(d ticket.Delivery) bool {
	token, ok := strings.CutPrefix(d.Header.Get("Authorization"), "Bearer ")
	if ok && hmac.Equal([]byte(token), []byte(d.Secret)) {
		return true
	}
	signed := d.Header.Get(timeHeader)
	at, err := time.Parse(time.RFC3339, signed)
	if err != nil || d.At.Sub(at).Abs() > maxAge {
		return false
	}
	sum := hmac.New(sha256.New, []byte(d.Secret))
	sum.Write([]byte(signed))
	sum.Write(d.Body)
	said, err := base64.StdEncoding.DecodeString(d.Header.Get(signatureHeader))
	return err == nil && hmac.Equal(said, sum.Sum(nil))
}

// about returns the ticket a delivery is about, 0 for none.
func about(body []byte) number {
	var event struct {
		Subject string `json:"subject"` // zen:ticket:4711
		Detail  struct {
			ID number `json:"id"`
		} `json:"detail"`
	}
	if json.Unmarshal(body, &event) != nil {
		return 0
	}
	id, ok := strings.CutPrefix(event.Subject, "zen:ticket:")
	if !ok {
		return 0 // of a user or an article
	}
	if event.Detail.ID != 0 {
		return event.Detail.ID
	}
	return parseID(id)
}

// Register implements ticket.Registrar: one webhook for the account, known by
// its id or its address. The secret of the hook that is returned is the one that
// Zendesk signs with. Until it is known to whoever hears, the one that was given
// proves a delivery, as the token it comes with.
func (p *Provider) Register(ctx context.Context, hook ticket.Hook) (ticket.Hook, error) {
	there, err := p.webhooks(ctx, hook)
	if err != nil {
		return hook, err
	}
	if len(there) == 0 {
		if hook.ID, err = p.addWebhook(ctx, hook); err != nil {
			return hook, err
		}
		hook.Secret, err = p.signingSecret(ctx, hook)
		return hook, err
	}
	// What token it has Zendesk does not say: it is set each time.
	hook.ID = there[0].ID
	given := hook
	if hook.Secret, err = p.signingSecret(ctx, given); err != nil {
		return given, err
	}
	if err := p.setWebhook(ctx, given, given.Secret != hook.Secret); err != nil {
		return hook, err
	}
	for _, twin := range there[1:] {
		if err := p.dropWebhook(ctx, twin.ID); err != nil {
			return hook, err
		}
	}
	return hook, nil
}

// signingSecret returns what Zendesk signs with, or the hook's own secret where
// it does not tell.
func (p *Provider) signingSecret(ctx context.Context, hook ticket.Hook) (string, error) {
	type answer struct {
		Signing struct {
			Secret string `json:"secret"`
		} `json:"signing_secret"`
	}
	path := "/webhooks/" + url.PathEscape(hook.ID) + "/signing_secret"
	got, a, err := ticket.Do[answer](ctx, p.http.Exchange, ticket.Call{Path: path})
	if a.Status == http.StatusForbidden || a.Status == http.StatusNotFound {
		return hook.Secret, nil
	}
	return cmp.Or(got.Signing.Secret, hook.Secret), err
}

// Unregister implements ticket.Registrar.
func (p *Provider) Unregister(ctx context.Context, hook ticket.Hook) error {
	there, err := p.webhooks(ctx, hook)
	if err != nil {
		return err
	}
	for _, w := range there {
		if err := p.dropWebhook(ctx, w.ID); err != nil {
			return err
		}
	}
	return nil
}

// webhooks returns those of this hook, the one with its id first.
func (p *Provider) webhooks(ctx context.Context, hook ticket.Hook) ([]wireWebhook, error) {
	found, _, err := all[wireWebhook](ctx, p.http, "/webhooks", "webhooks", nil)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(w wireWebhook) bool {
		return !ticket.IsKey(w.ID) || w.ID != hook.ID && (w.Endpoint != hook.URL || hook.URL == "")
	})
	slices.SortStableFunc(found, func(a, b wireWebhook) int {
		switch hook.ID {
		case a.ID:
			return -1
		case b.ID:
			return 1
		}
		return 0
	})
	return found, nil
}

type webhookBody struct {
	Webhook wireWebhook `json:"webhook"`
}

// webhook is what Zendesk is to have. What it signs with itself is no token.
func webhook(hook ticket.Hook, token bool) webhookBody {
	w := wireWebhook{
		Name:          "Admit",
		Endpoint:      hook.URL,
		Method:        http.MethodPost,
		Format:        "json",
		Status:        "active",
		Subscriptions: events(),
	}
	if token {
		w.Proof = &wireAuthorization{Type: "bearer_token", Data: map[string]string{"token": hook.Secret}, Position: "header"}
	}
	return webhookBody{w}
}

func (p *Provider) addWebhook(ctx context.Context, hook ticket.Hook) (string, error) {
	made, _, err := ticket.Do[webhookBody](ctx, p.http.Exchange, ticket.Call{
		Path: "/webhooks", Body: webhook(hook, true), Effect: ticket.Writes,
	})
	if err == nil && !ticket.IsKey(made.Webhook.ID) {
		err = p.http.Malformed(ticket.Writes, errors.New("the new webhook has no id"))
	}
	return made.Webhook.ID, err
}

func (p *Provider) setWebhook(ctx context.Context, hook ticket.Hook, token bool) error {
	_, _, err := ticket.Do[ticket.Nothing](ctx, p.http.Exchange, ticket.Call{
		Method: http.MethodPut, Path: "/webhooks/" + url.PathEscape(hook.ID), Body: webhook(hook, token), Effect: ticket.Writes,
	})
	return err
}

func (p *Provider) dropWebhook(ctx context.Context, id string) error {
	_, answer, err := ticket.Do[ticket.Nothing](ctx, p.http.Exchange, ticket.Call{
		Method: http.MethodDelete, Path: "/webhooks/" + url.PathEscape(id), Effect: ticket.Writes,
	})
	if answer.Status == http.StatusNotFound {
		return nil // gone already
	}
	return err
}
