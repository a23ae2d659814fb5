package propagation

import (
	"context"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/job"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/ticket"
)

// WebhookView is a webhook with what an admin needs to set it up.
type WebhookView struct {
	access.Webhook
	URL       string
	Secret    string // in plain, only for those who may set it up
	Steps     string // Markdown: how to do it by hand
	Automatic bool   // Admit registers it itself, if it may
}

// leastHookPause is between two looks at a registration, however soon it expires.
const leastHookPause = time.Minute

// HookPath is where systems call Admit, before the provider's id and a token.
const HookPath = "/hooks/"

// Webhook returns the webhook of a provider, with its secret for admins. ok is
// false when there is none; the view then says whether there could be one: it has
// Steps, or is Automatic.
func (s *Service) Webhook(ctx context.Context, actor access.Actor, id string) (v WebhookView, ok bool, err error) {
	if err := actor.May(access.SeeProviders, 0); err != nil {
		return v, false, err
	}
	p, err := s.openLive(ctx, id)
	if err != nil {
		return v, false, err
	}
	if _, listens := p.Provider.(ticket.Listener); !listens {
		return v, false, nil
	}
	v.Steps = p.spec.Webhook
	_, v.Automatic = p.Provider.(ticket.Registrar)
	v.Webhook, err = store.Webhook(ctx, s.DB.Read(), id)
	if access.CodeOf(err) == access.NotFound {
		return v, false, nil
	}
	if err != nil {
		return v, false, err
	}
	if actor.May(access.ManageProviders, 0) == nil {
		v.URL = s.hookURL(v.Webhook)
		v.Secret, err = s.Box.Open(hookPlace(id), v.Webhook.Secret)
	}
	return v, true, err
}

func (s *Service) hookURL(h access.Webhook) string {
	return s.URL + HookPath + h.ProviderID + "/" + h.Token
}

// AddWebhook makes a webhook address for a provider. Where the system lets Admit,
// it registers it by a job; else an admin does.
func (s *Service) AddWebhook(ctx context.Context, actor access.Actor, id string) error {
	if err := actor.May(access.ManageProviders, 0); err != nil {
		return err
	}
	p, err := s.openLive(ctx, id)
	if err != nil {
		return err
	}
	if _, listens := p.Provider.(ticket.Listener); !listens {
		return access.Errorf(access.Conflict, "%s has no webhooks", p.TicketProvider.Name)
	}
	return s.DB.Write(ctx, func(w *store.Write) error { return s.addWebhook(ctx, w, actor, p.TicketProvider, p.Provider) })
}

func (s *Service) addWebhook(ctx context.Context, w *store.Write, actor access.Actor, row access.TicketProvider, p ticket.Provider) error {
	h := access.Webhook{
		ProviderID: row.ID, Token: s.Key(), Secret: s.Box.Seal(hookPlace(row.ID), s.Key()),
		State: access.WebhookWaiting, NextCheckAt: w.Now.Add(s.cfg.HookEvery), CreatedAt: w.Now,
	}
	if _, automatic := p.(ticket.Registrar); automatic {
		w.Job(job.Hook{ProviderID: row.ID})
	}
	w.Event(providerEvent(actor, access.WebhookOn, row, "switched the webhook of "+row.Name+" on"))
	err := store.AddWebhook(ctx, w.Tx, h)
	if access.CodeOf(err) == access.Conflict {
		return access.Errorf(access.Conflict, "the webhook of %s is on already", row.Name)
	}
	return err
}

// RemoveWebhook takes the webhook address of a provider away: what calls it from
// now on is refused.
func (s *Service) RemoveWebhook(ctx context.Context, actor access.Actor, id string) error {
	if err := actor.May(access.ManageProviders, 0); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		row, err := liveProvider(ctx, &w.Reader, id)
		if err != nil {
			return err
		}
		h, err := store.Webhook(ctx, &w.Reader, id)
		if err != nil {
			return err
		}
		if h.RemoteID != "" {
			w.Job(job.Unhook{ProviderID: id, RemoteID: h.RemoteID, URL: s.hookURL(h)})
		}
		w.Event(providerEvent(actor, access.WebhookOff, row, "switched the webhook of "+row.Name+" off"))
		return store.DeleteWebhook(ctx, w.Tx, id)
	})
}

// dueHooks is store.DueWebhooks; it also forgets old deliveries.
func dueHooks(ctx context.Context, tx *sqldb.Tx, now, next time.Time) ([]string, error) {
	if err := store.ForgetDeliveries(ctx, tx, now.Add(-rememberFor)); err != nil {
		return nil, err
	}
	return store.DueWebhooks(ctx, tx, now, next)
}

// Hook registers the webhook of a provider with its system, for every project
// that is filed in, or makes sure that it still is. A system that does not let
// Admit leaves it to an admin.
func (s *Service) Hook(ctx context.Context, providerID string) error {
	row, err := store.Webhook(ctx, s.DB.Read(), providerID)
	if err != nil {
		return gone(err)
	}
	p, err := s.open(ctx, providerID)
	if err != nil {
		return gone(err)
	}
	registrar, ok := p.Provider.(ticket.Registrar)
	if !ok || p.DeletedAt != nil {
		return nil
	}
	secret, err := s.Box.Open(hookPlace(providerID), row.Secret)
	if err != nil {
		return err
	}
	projects, err := store.FiledProjects(ctx, s.DB.Read(), providerID)
	if err != nil {
		return err
	}
	hook, err := registrar.Register(ctx, ticket.Hook{ID: row.RemoteID, URL: s.hookURL(row), Secret: secret, Projects: projects})
	trouble := ""
	if err != nil {
		failure := ticket.FailureOf(err)
		if failure.Certainty != ticket.Refused && failure.Trouble != ticket.Unauthorized {
			return failure
		}
		// The system may say what it was sent; who reads it here may not know that.
		trouble = strings.NewReplacer(row.Token, "[secret]", secret, "[secret]").Replace(failure.Msg)
	}
	return s.DB.Write(ctx, func(w *store.Write) error { return s.registered(ctx, w, row, hook, trouble) })
}

// registered stores how the registration of a webhook went; trouble says why it
// was refused. If the address is gone meanwhile, so is what was registered.
func (s *Service) registered(ctx context.Context, w *store.Write, was access.Webhook, hook ticket.Hook, trouble string) error {
	row, ok, err := store.LockWebhook(ctx, w.Tx, was.ProviderID)
	if err != nil {
		return err
	}
	if !ok || row.Token != was.Token {
		if hook.ID != "" {
			w.Job(job.Unhook{ProviderID: was.ProviderID, RemoteID: hook.ID, URL: s.hookURL(was)})
		}
		return nil
	}
	if hook.ID != "" {
		row.RemoteID = hook.ID
	}
	if trouble != "" {
		if row.State != access.WebhookWorking { // one that works was set up by hand
			row.State, row.Note = access.WebhookByHand, trouble
		}
		return store.UpdateWebhook(ctx, w.Tx, row)
	}
	if row.State == access.WebhookByHand {
		row.State = access.WebhookWaiting
	}
	row.Note, row.RegisteredAt, row.ExpiresAt = "", &w.Now, nil
	row.Secret = s.Box.Seal(hookPlace(row.ProviderID), hook.Secret) // the system may have chosen another
	if !hook.Expires.IsZero() {
		row.ExpiresAt = &hook.Expires
		row.NextCheckAt = earlier(row.NextCheckAt, w.Now.Add(max(hook.Expires.Sub(w.Now)/2, leastHookPause)))
	}
	return store.UpdateWebhook(ctx, w.Tx, row)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// Unhook takes back a registration. What the system does not let Admit take back
// is refused when it calls.
func (s *Service) Unhook(ctx context.Context, providerID, remoteID, url string) error {
	p, err := s.open(ctx, providerID)
	if err != nil {
		return gone(err)
	}
	registrar, ok := p.Provider.(ticket.Registrar)
	if !ok {
		return nil
	}
	err = registrar.Unregister(ctx, ticket.Hook{ID: remoteID, URL: url})
	if failure := ticket.FailureOf(err); err != nil && failure.Certainty != ticket.Refused && failure.Trouble != ticket.Unauthorized {
		return failure
	}
	return nil
}

// unhookNow is Unhook for a provider whose secrets are about to go. What fails is
// left to the system, whose calls are refused from then on.
func (s *Service) unhookNow(ctx context.Context, providerID string) {
	h, err := store.Webhook(ctx, s.DB.Read(), providerID)
	if err != nil || h.RemoteID == "" {
		return
	}
	if err := s.Unhook(ctx, providerID, h.RemoteID, s.hookURL(h)); err != nil {
		s.Log.WarnContext(ctx, "webhook not taken back", "provider_id", providerID, "error", err)
	}
}

// missed counts a poll with news that a webhook should have told of. Several in a
// row say that it is silent.
func (s *Service) missed(ctx context.Context, p access.TicketProvider) error {
	return s.DB.Write(ctx, func(w *store.Write) error {
		h, ok, err := store.LockWebhook(ctx, w.Tx, p.ID)
		if err != nil || !ok || h.State == access.WebhookByHand {
			return err
		}
		h.Missed++
		if h.Missed >= silentAfter && h.State != access.WebhookSilent {
			h.State, h.Note = access.WebhookSilent, "tickets changed and nothing was delivered; they are polled instead"
			if h.UnsignedAt != nil {
				h.Note = "what is delivered is not signed with the secret; tickets are polled instead"
			}
			w.Event(providerEvent(access.System(), access.WebhookSilentEv, p, "the webhook of "+p.Name+" is silent; its tickets are polled"))
			h.NextCheckAt = w.Now
		}
		return store.UpdateWebhook(ctx, w.Tx, h)
	})
}
