package store

import (
	"context"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
)

const (
	providerSettings = `name, settings, secrets, version, next_poll_at, next_check_at, updated_at, deleted_at`
	providerColumns  = `id, kind, health, trouble, health_at, cursor, polled_at, full_read_at, outcomes, findings, checked_at,
		paused_until, created_at, ` + providerSettings
)

// Providers lists the ticket providers by name, without deleted ones.
func Providers(ctx context.Context, r *sqldb.Reader) ([]access.TicketProvider, error) {
	return sqldb.Select[access.TicketProvider](ctx, r, `SELECT `+providerColumns+` FROM providers
		WHERE deleted_at IS NULL ORDER BY name, id`)
}

// Provider returns one ticket provider, deleted or not.
func Provider(ctx context.Context, r *sqldb.Reader, id string) (access.TicketProvider, error) {
	return sqldb.Get[access.TicketProvider](ctx, r, `SELECT `+providerColumns+` FROM providers WHERE id = ?`, id)
}

// LockProvider keeps a ticket provider from being changed by others until tx ends.
func LockProvider(ctx context.Context, tx *sqldb.Tx, id string) error {
	_, err := sqldb.SelectLocked[string](ctx, tx, `SELECT id FROM providers WHERE id = ?`, id)
	return err
}

// ProvidersByID returns ticket providers, deleted or not, by their id.
func ProvidersByID(ctx context.Context, r *sqldb.Reader, ids []string) (map[string]access.TicketProvider, error) {
	list, args := sqldb.In(ids)
	rows, err := sqldb.Select[access.TicketProvider](ctx, r, `SELECT `+providerColumns+` FROM providers WHERE id IN `+list, args...)
	return byID(rows, func(p access.TicketProvider) string { return p.ID }), err
}

// AddProvider inserts a ticket provider.
func AddProvider(ctx context.Context, tx *sqldb.Tx, p access.TicketProvider) error {
	return sqldb.Insert(ctx, tx, "providers", providerColumns, p)
}

// UpdateProvider stores new settings of a provider that was at version from.
func UpdateProvider(ctx context.Context, tx *sqldb.Tx, p access.TicketProvider, from int) error {
	n, err := sqldb.Update(ctx, tx, "providers", providerSettings, p, `id = ? AND version = ? AND deleted_at IS NULL`, p.ID, from)
	return one(n, err, "the ticket provider")
}

// SetProviderHealth notes whether a provider works, and reports whether that is
// news: it had another health before.
func SetProviderHealth(ctx context.Context, tx *sqldb.Tx, id string, h access.Health, trouble string, now time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `UPDATE providers SET health = ?, trouble = ?, health_at = ? WHERE id = ? AND (health <> ? OR trouble <> ?)`,
		h, trouble, now, id, h, trouble)
	return n > 0, err
}

// PollsDue reports whether any provider is due for a poll.
func PollsDue(ctx context.Context, r *sqldb.Reader, now time.Time) (bool, error) {
	n, err := count(ctx, r, `SELECT count(*) FROM providers WHERE next_poll_at <= ? AND deleted_at IS NULL`, now)
	return n > 0, err
}

// DuePolls moves on the clock of every provider due for a poll and returns
// them, so that of several servers one polls.
func DuePolls(ctx context.Context, tx *sqldb.Tx, now, next time.Time) ([]string, error) {
	return sqldb.Select[string](ctx, &tx.Reader, `UPDATE providers SET next_poll_at = ?
		WHERE next_poll_at <= ? AND deleted_at IS NULL RETURNING id`, next, now)
}

// SetNextPoll puts off or brings forward the next poll of a provider.
func SetNextPoll(ctx context.Context, tx *sqldb.Tx, id string, next time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE providers SET next_poll_at = ? WHERE id = ?`, next, id)
	return err
}

// SetCursor stores how far a provider was read, if it was at from.
func SetCursor(ctx context.Context, tx *sqldb.Tx, id, from, cursor string, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE providers SET cursor = ?, polled_at = ? WHERE id = ? AND cursor = ?`, cursor, now, id, from)
	return err
}

// SetFullRead notes when all open tickets of a provider were last read by id.
func SetFullRead(ctx context.Context, tx *sqldb.Tx, id string, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE providers SET full_read_at = ? WHERE id = ?`, now, id)
	return err
}

// ProviderUses returns the apps and resources that file with a provider.
func ProviderUses(ctx context.Context, r *sqldb.Reader, id string) ([]string, error) {
	return sqldb.Select[string](ctx, r, `
		SELECT 'app ' || name AS use FROM apps WHERE ticket_provider_id = ? AND deleted_at IS NULL
		UNION ALL SELECT 'resource ' || name FROM resources WHERE ticket_provider_id = ? AND overrides_tickets AND deleted_at IS NULL
		LIMIT 20`, id, id)
}

// OpenTicketCounts counts what each provider still has to finish.
func OpenTicketCounts(ctx context.Context, r *sqldb.Reader) (map[string]int, error) {
	return sizes(ctx, r, `SELECT provider_id AS id, count(*) AS n FROM tickets
		WHERE state IN ('planned', 'sending', 'open', 'suspect') GROUP BY provider_id`)
}

// ProviderUseCounts counts the apps and resources that file with each provider.
func ProviderUseCounts(ctx context.Context, r *sqldb.Reader) (map[string]int, error) {
	return sizes(ctx, r, `SELECT id, count(*) AS n FROM (
		SELECT ticket_provider_id AS id FROM apps WHERE ticket_provider_id IS NOT NULL AND deleted_at IS NULL
		UNION ALL SELECT ticket_provider_id FROM resources
			WHERE ticket_provider_id IS NOT NULL AND overrides_tickets AND deleted_at IS NULL) AS uses GROUP BY id`)
}

// Account is whom a user is at a provider, as last looked up.
type Account struct {
	ProviderID, ProjectID, UserID string
	Account, Name, Email          string // Account "": nobody
	LookedAt                      time.Time
	Chosen                        bool // by an admin: not looked up again
}

const accountColumns = `provider_id, project_id, user_id, account, name, email, looked_at, chosen`

// SaveAccount stores whom a user is at a provider. What was looked up does not
// replace what an admin chose.
func SaveAccount(ctx context.Context, tx *sqldb.Tx, a Account) error {
	_, err := tx.Exec(ctx, `INSERT INTO provider_accounts (`+accountColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (provider_id, project_id, user_id) DO UPDATE
		SET account = excluded.account, name = excluded.name, email = excluded.email, looked_at = excluded.looked_at, chosen = excluded.chosen
		WHERE excluded.chosen OR NOT provider_accounts.chosen`,
		a.ProviderID, a.ProjectID, a.UserID, a.Account, a.Name, a.Email, a.LookedAt, a.Chosen)
	return err
}

// ForgetAccounts drops what was looked up of accounts at a provider: its settings
// changed. What an admin chose stays.
func ForgetAccounts(ctx context.Context, tx *sqldb.Tx, providerID string) error {
	_, err := tx.Exec(ctx, `DELETE FROM provider_accounts WHERE provider_id = ? AND NOT chosen`, providerID)
	return err
}

// ForgetAccount drops what is known of one user's accounts at a provider, chosen
// or looked up.
func ForgetAccount(ctx context.Context, tx *sqldb.Tx, providerID, userID string) error {
	_, err := tx.Exec(ctx, `DELETE FROM provider_accounts WHERE provider_id = ? AND user_id = ?`, providerID, userID)
	return err
}

// Accounts lists who users are at a provider, by their e-mail: those who may be
// assigned tickets, being in the admin owner of a resource or app that files
// with it, and those an admin chose an account for. Without a known account,
// LookedAt is nil.
func Accounts(ctx context.Context, r *sqldb.Reader, providerID string, limit int) ([]Known, error) {
	return sqldb.Select[Known](ctx, r, `SELECT u.id AS user_id, u.email AS user_email, u.first_name, u.last_name,
		coalesce(p.project_id, '') AS project_id, coalesce(p.account, '') AS account, coalesce(p.name, '') AS name,
		coalesce(p.email, '') AS email, coalesce(p.chosen, FALSE) AS chosen, p.looked_at
		FROM users u LEFT JOIN provider_accounts p ON p.user_id = u.id AND p.provider_id = ?
		WHERE u.deleted_at IS NULL AND (p.chosen OR u.id IN (
			SELECT o.user_id FROM owner_users o JOIN apps a ON a.admin_owner_id = o.owner_id
				WHERE a.ticket_provider_id = ? AND a.deleted_at IS NULL
			UNION SELECT o.user_id FROM owner_users o JOIN resources x ON x.admin_owner_id = o.owner_id JOIN apps a ON a.id = x.app_id
				WHERE CASE WHEN x.overrides_tickets THEN x.ticket_provider_id ELSE a.ticket_provider_id END = ? AND x.deleted_at IS NULL))
		ORDER BY u.email, project_id LIMIT ?`, providerID, providerID, providerID, limit)
}

// Known is a user with their account at a provider, as far as it is known.
type Known struct {
	UserID, UserEmail, FirstName, LastName string
	ProjectID, Account, Name, Email        string // Account "": nobody, if LookedAt is set
	Chosen                                 bool
	LookedAt                               *time.Time
}

// AccountHolder returns who has an account at a provider, as chosen or last
// looked up; the chosen one if there are several.
func AccountHolder(ctx context.Context, r *sqldb.Reader, providerID, account string) (Account, bool, error) {
	rows, err := sqldb.Select[Account](ctx, r, `SELECT `+accountColumns+` FROM provider_accounts
		WHERE provider_id = ? AND account = ? AND account <> '' ORDER BY chosen DESC, looked_at DESC, user_id LIMIT 1`, providerID, account)
	if err != nil || len(rows) == 0 {
		return Account{}, false, err
	}
	return rows[0], true, nil
}

// SetOutcomes stores what an admin says the grounds of a provider's tickets mean.
func SetOutcomes(ctx context.Context, tx *sqldb.Tx, id string, outcomes map[string]string) error {
	_, err := tx.Exec(ctx, `UPDATE providers SET outcomes = ? WHERE id = ?`, sqldb.JSON(outcomes), id)
	return err
}

// DueChecks moves on the clock of every provider due for a preflight and returns
// them, so that of several servers one makes it.
func DueChecks(ctx context.Context, tx *sqldb.Tx, now, next time.Time) ([]string, error) {
	return sqldb.Select[string](ctx, &tx.Reader, `UPDATE providers SET next_check_at = ?
		WHERE next_check_at <= ? AND deleted_at IS NULL RETURNING id`, next, now)
}

// ChecksDue reports whether any provider is due for a preflight.
func ChecksDue(ctx context.Context, r *sqldb.Reader, now time.Time) (bool, error) {
	n, err := count(ctx, r, `SELECT count(*) FROM providers WHERE next_check_at <= ? AND deleted_at IS NULL`, now)
	return n > 0, err
}

// SetFindings stores what a preflight found missing.
func SetFindings(ctx context.Context, tx *sqldb.Tx, id string, found []access.Finding, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE providers SET findings = ?, checked_at = ? WHERE id = ?`, sqldb.JSON(found), now, id)
	return err
}

// FiledProjects lists the projects that are filed in with a provider, or that
// still have open tickets there.
func FiledProjects(ctx context.Context, r *sqldb.Reader, providerID string) ([]string, error) {
	return sqldb.Select[string](ctx, r, `SELECT ticket_project_id AS id FROM apps
			WHERE ticket_provider_id = ? AND tickets_enabled AND deleted_at IS NULL AND ticket_project_id <> ''
		UNION SELECT ticket_project_id FROM resources
			WHERE ticket_provider_id = ? AND overrides_tickets AND tickets_enabled AND deleted_at IS NULL AND ticket_project_id <> ''
		UNION SELECT project_id FROM tickets WHERE provider_id = ? AND state IN ('open', 'suspect') AND project_id <> ''
		ORDER BY id`, providerID, providerID, providerID)
}
