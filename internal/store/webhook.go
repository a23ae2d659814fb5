package store

import (
	"context"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
)

const (
	webhookChangeable = `secret, state, note, remote_id, missed, heard_at, unsigned_at, registered_at, expires_at, next_check_at`
	webhookColumns    = `provider_id, token, created_at, ` + webhookChangeable
)

// Webhook returns the webhook of a provider.
func Webhook(ctx context.Context, r *sqldb.Reader, providerID string) (access.Webhook, error) {
	return sqldb.Get[access.Webhook](ctx, r, `SELECT `+webhookColumns+` FROM webhooks WHERE provider_id = ?`, providerID)
}

// Webhooks returns the webhooks of all providers that have one, by provider.
func Webhooks(ctx context.Context, r *sqldb.Reader) (map[string]access.Webhook, error) {
	rows, err := sqldb.Select[access.Webhook](ctx, r, `SELECT `+webhookColumns+` FROM webhooks`)
	return byID(rows, func(h access.Webhook) string { return h.ProviderID }), err
}

// LockWebhook is Webhook for one that nobody else changes until tx ends.
func LockWebhook(ctx context.Context, tx *sqldb.Tx, providerID string) (access.Webhook, bool, error) {
	rows, err := sqldb.SelectLocked[access.Webhook](ctx, tx, `SELECT `+webhookColumns+` FROM webhooks WHERE provider_id = ?`, providerID)
	if err != nil || len(rows) == 0 {
		return access.Webhook{}, false, err
	}
	return rows[0], true, nil
}

// AddWebhook inserts the webhook of a provider. A second one is a Conflict.
func AddWebhook(ctx context.Context, tx *sqldb.Tx, h access.Webhook) error {
	return sqldb.Insert(ctx, tx, "webhooks", webhookColumns, h)
}

// UpdateWebhook stores how a webhook stands.
func UpdateWebhook(ctx context.Context, tx *sqldb.Tx, h access.Webhook) error {
	_, err := sqldb.Update(ctx, tx, "webhooks", webhookChangeable, h, `provider_id = ?`, h.ProviderID)
	return err
}

// DeleteWebhook removes the webhook of a provider.
func DeleteWebhook(ctx context.Context, tx *sqldb.Tx, providerID string) error {
	_, err := tx.Exec(ctx, `DELETE FROM webhooks WHERE provider_id = ?`, providerID)
	return err
}

// WebhooksDue reports whether any webhook is due to be registered or looked at.
func WebhooksDue(ctx context.Context, r *sqldb.Reader, now time.Time) (bool, error) {
	n, err := count(ctx, r, `SELECT count(*) FROM webhooks WHERE next_check_at <= ?`, now)
	return n > 0, err
}

// DueWebhooks moves on the clock of every webhook that is due and returns their
// providers, so that of several servers one looks.
func DueWebhooks(ctx context.Context, tx *sqldb.Tx, now, next time.Time) ([]string, error) {
	return sqldb.Select[string](ctx, &tx.Reader, `UPDATE webhooks SET next_check_at = ?
		WHERE next_check_at <= ? RETURNING provider_id`, next, now)
}

// NewDelivery notes a delivery, and reports whether it is the first with its id.
func NewDelivery(ctx context.Context, tx *sqldb.Tx, providerID, id string, now time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `INSERT INTO deliveries (provider_id, id, received_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, providerID, id, now)
	return n > 0, err
}

// ForgetDeliveries drops deliveries from before a moment.
func ForgetDeliveries(ctx context.Context, tx *sqldb.Tx, before time.Time) error {
	_, err := tx.Exec(ctx, `DELETE FROM deliveries WHERE received_at < ?`, before)
	return err
}

// BringPoll brings the next poll of a provider forward to a moment.
func BringPoll(ctx context.Context, tx *sqldb.Tx, id string, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE providers SET next_poll_at = ? WHERE id = ? AND next_poll_at > ?`, at, id, at)
	return err
}

// PutPollOff moves the next poll of a provider from one moment to a later one. If
// it was brought forward meanwhile, it stays.
func PutPollOff(ctx context.Context, tx *sqldb.Tx, id string, from, to time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE providers SET next_poll_at = ? WHERE id = ? AND next_poll_at = ? AND next_poll_at < ?`, to, id, from, to)
	return err
}
