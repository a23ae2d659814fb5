package propagation

import (
	"context"
	"crypto/subtle"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"admit/internal/access"
	"admit/internal/job"
	"admit/internal/store"
	"admit/internal/ticket"
)

const (
	unsignedEvery   = 5 * time.Second     // an unsigned delivery causes a poll at most this often
	rememberFor     = 30 * 24 * time.Hour // how long the id of a delivery is known
	silentAfter     = 3                   // polls in a row with news that no delivery told of
	calmPolls       = 6                   // with a webhook that works a poll comes this many times more rarely
	maxDeliveryID   = 200
	mostPerDelivery = 100
)

// Hear takes in a delivery of a system to the webhook address of a provider. It
// makes no call: what the delivery tells of is read by a job. The error is
// NotFound for an address that is not ours, Forbidden for a forged delivery.
func (s *Service) Hear(ctx context.Context, providerID, token string, header http.Header, body []byte) error {
	if !utf8.ValidString(providerID) || strings.ContainsRune(providerID, 0) {
		return access.Errorf(access.NotFound, "not found")
	}
	hook, err := store.Webhook(ctx, s.DB.Read(), providerID)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(hook.Token), []byte(token)) != 1 {
		return access.Errorf(access.NotFound, "not found")
	}
	p, err := s.open(ctx, providerID)
	if err != nil {
		return err
	}
	listener, ok := p.Provider.(ticket.Listener)
	if !ok || p.DeletedAt != nil {
		return access.Errorf(access.NotFound, "not found")
	}
	secret, err := s.Box.Open(hookPlace(providerID), hook.Secret)
	if err != nil {
		return err
	}
	news, err := listener.Hear(ticket.Delivery{Header: header, Body: body, Secret: secret, At: s.DB.Time()})
	switch {
	case errors.Is(err, ticket.ErrForged):
		return access.Errorf(access.Forbidden, "the signature is not right")
	case err != nil:
		return err
	case !news.Signed:
		return s.heardUnsigned(ctx, providerID)
	}
	return s.heard(ctx, p, hook, news)
}

// heard takes in a delivery that comes from the system. A busy project tells of
// much that is not ours: that is noted once a minute only.
func (s *Service) heard(ctx context.Context, p account, hook access.Webhook, news ticket.News) error {
	waits, err := store.AwaitsAnswer(ctx, s.DB.Read(), p.ID)
	if err != nil {
		return err
	}
	news.Tickets = slices.DeleteFunc(news.Tickets, func(id string) bool { return id == "" || id != ticket.Printable(id) })
	ids := news.Tickets[:min(len(news.Tickets), mostPerDelivery)]
	known, err := store.TicketsByRemoteID(ctx, s.DB.Read(), p.ID, ids)
	if err != nil {
		return err
	}
	ours := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { _, ok := known[id]; return !ok && !waits })
	lately := hook.State == access.WebhookWorking && hook.HeardAt != nil && s.DB.Time().Sub(*hook.HeardAt) < time.Minute
	more := len(news.Tickets) > len(ids)
	if lately && hook.Missed == 0 && len(news.Tickets) > 0 && len(ours) == 0 && !more {
		return nil
	}
	return s.DB.Write(ctx, func(w *store.Write) error {
		if id := ticket.Title(news.ID, maxDeliveryID); id != "" {
			first, err := store.NewDelivery(ctx, w.Tx, p.ID, id, w.Now)
			if err != nil || !first {
				return err
			}
		}
		hook, ok, err := store.LockWebhook(ctx, w.Tx, p.ID)
		if err != nil || !ok {
			return err
		}
		if hook.State != access.WebhookWorking {
			w.Event(providerEvent(access.System(), access.WebhookWorks, p.TicketProvider, "the webhook of "+p.TicketProvider.Name+" works"))
		}
		hook.State, hook.Note, hook.Missed, hook.HeardAt = access.WebhookWorking, "", 0, &w.Now
		if len(ours) > 0 {
			w.Job(job.Read{ProviderID: p.ID, RemoteIDs: ours})
		}
		if len(news.Tickets) == 0 || more {
			if err := store.BringPoll(ctx, w.Tx, p.ID, w.Now); err != nil {
				return err
			}
		}
		return store.UpdateWebhook(ctx, w.Tx, hook)
	})
}

// heardUnsigned brings the next poll forward, now and then: whoever knows the
// address can cause no more than that.
func (s *Service) heardUnsigned(ctx context.Context, providerID string) error {
	return s.DB.Write(ctx, func(w *store.Write) error {
		hook, ok, err := store.LockWebhook(ctx, w.Tx, providerID)
		if err != nil || !ok {
			return err
		}
		at := w.Now
		if hook.UnsignedAt != nil && hook.UnsignedAt.Add(unsignedEvery).After(at) {
			return store.BringPoll(ctx, w.Tx, providerID, hook.UnsignedAt.Add(unsignedEvery))
		}
		hook.UnsignedAt = &at
		if err := store.BringPoll(ctx, w.Tx, providerID, at); err != nil {
			return err
		}
		return store.UpdateWebhook(ctx, w.Tx, hook)
	})
}

// ReadTickets reads tickets of a provider by their ids there, in its batches.
func (s *Service) ReadTickets(ctx context.Context, providerID string, remoteIDs []string) error {
	p, err := s.open(ctx, providerID)
	if err != nil {
		return gone(err)
	}
	ctx = urgently(ctx)
	var absent []string
	for part := range slices.Chunk(remoteIDs, max(p.spec.Batch, 1)) {
		_, more, err := s.readByID(ctx, p, part)
		if err != nil {
			return err
		}
		absent = append(absent, more...)
	}
	if len(absent) == 0 {
		return nil
	}
	ours, err := store.TicketsByRemoteID(ctx, s.DB.Read(), p.ID, absent)
	if err != nil {
		return err
	}
	return s.missing(ctx, p, len(remoteIDs), slices.Collect(maps.Values(ours)))
}

// readAgain has tickets of a provider read.
func readAgain(w *store.Write, providerID string, tickets []access.Ticket) {
	for part := range slices.Chunk(tickets, job.Batch) {
		ids := make([]string, len(part))
		for i, t := range part {
			ids[i] = t.RemoteID
		}
		w.Job(job.Read{ProviderID: providerID, RemoteIDs: ids})
	}
}

func hookPlace(providerID string) string { return "webhook/" + providerID }
