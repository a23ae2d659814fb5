package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
)

// SlotNames is what a new change copies of the things its slot is made of, with
// the ticket policy that holds for it.
type SlotNames struct {
	SlotID       string
	Email        string
	FirstName    string
	LastName     string
	ResourceName string
	AppID        string
	AppName      string
	LevelName    string // "" for the one level of a resource without any
	access.TicketPolicy
}

// policyColumns picks the ticket policy of resource r or app a, whichever holds.
const policyColumns = `CASE WHEN r.overrides_tickets THEN r.tickets_enabled ELSE a.tickets_enabled END AS tickets_enabled,
	CASE WHEN r.overrides_tickets THEN r.tickets_on_grant ELSE a.tickets_on_grant END AS tickets_on_grant,
	CASE WHEN r.overrides_tickets THEN r.tickets_on_removal ELSE a.tickets_on_removal END AS tickets_on_removal,
	CASE WHEN r.overrides_tickets THEN r.ticket_provider_id ELSE a.ticket_provider_id END AS ticket_provider_id,
	CASE WHEN r.overrides_tickets THEN r.ticket_project_id ELSE a.ticket_project_id END AS ticket_project_id,
	CASE WHEN r.overrides_tickets THEN r.ticket_project_name ELSE a.ticket_project_name END AS ticket_project_name,
	CASE WHEN r.overrides_tickets THEN r.ticket_instructions ELSE a.ticket_instructions END AS ticket_instructions,
	CASE WHEN r.overrides_tickets THEN r.ticket_form ELSE a.ticket_form END AS ticket_form,
	CASE WHEN r.overrides_tickets THEN r.fulfilment ELSE a.fulfilment END AS fulfilment`

// NamesOf returns the names of slots, by slot.
func NamesOf(ctx context.Context, r *sqldb.Reader, slotIDs []string) (map[string]SlotNames, error) {
	list, args := sqldb.In(slotIDs)
	rows, err := sqldb.Select[SlotNames](ctx, r, `SELECT s.id AS slot_id, u.email, u.first_name, u.last_name, r.name AS resource_name,
		a.id AS app_id, a.name AS app_name, coalesce(l.name, s.level) AS level_name, `+policyColumns+`
		FROM slots s JOIN users u ON u.id = s.user_id JOIN resources r ON r.id = s.resource_id JOIN apps a ON a.id = r.app_id
		LEFT JOIN resource_levels l ON l.resource_id = s.resource_id AND l.id = s.level
		WHERE s.id IN `+list, args...)
	return byID(rows, func(n SlotNames) string { return n.SlotID }), err
}

// Facts is what the ticket of a change tells beyond the change itself.
type Facts struct {
	access.TicketPolicy            // as it is now
	Expires             *time.Time // of the grant
	GrantReason         string
	AskedReason         string // of the request
	DecidedAt           *time.Time
	Replaces            string // the identifier of the ticket filed before, "" for none
	ActorFirst          string // who acted by hand
	ActorLast           string
	ActorEmail          string
	AskerFirst          string // who asked
	AskerLast           string
	AskerEmail          string
	DeciderFirst        string // who approved last, "" for policy
	DeciderLast         string
	DeciderEmail        string
}

// FactsOf returns what the ticket of a change tells.
func FactsOf(ctx context.Context, r *sqldb.Reader, changeID string) (Facts, error) {
	return sqldb.Get[Facts](ctx, r, `SELECT
		`+policyColumns+`,
		g.expires_at AS expires, coalesce(g.reason, '') AS grant_reason, coalesce(q.reason, '') AS asked_reason, q.decided_at,
		coalesce((SELECT t.identifier FROM tickets t WHERE t.change_id = c.id AND t.identifier <> '' ORDER BY t.id DESC LIMIT 1), '') AS replaces,
		coalesce(x.first_name, '') AS actor_first, coalesce(x.last_name, '') AS actor_last, coalesce(x.email, '') AS actor_email,
		coalesce(y.first_name, '') AS asker_first, coalesce(y.last_name, '') AS asker_last, coalesce(y.email, '') AS asker_email,
		coalesce(z.first_name, '') AS decider_first, coalesce(z.last_name, '') AS decider_last, coalesce(z.email, '') AS decider_email
		FROM changes c JOIN resources r ON r.id = c.resource_id JOIN apps a ON a.id = c.app_id
		LEFT JOIN grants g ON g.id = c.grant_id LEFT JOIN requests q ON q.id = c.request_id
		LEFT JOIN users x ON x.id = c.actor_id LEFT JOIN users y ON y.id = q.requester_id LEFT JOIN users z ON z.id = q.decided_by
		WHERE c.id = ?`, changeID)
}

// Fulfiller is a user of a resource's admin owner, with whom they are at a
// provider as last looked up. Known is false when that has to be asked.
type Fulfiller struct {
	access.User
	Known        bool
	Account      string // "": nobody
	AccountName  string
	AccountEmail string
}

// fulfillerColumns reads user u with their account p.
const fulfillerColumns = `, p.looked_at IS NOT NULL AS known, coalesce(p.account, '') AS account,
	coalesce(p.name, '') AS account_name, coalesce(p.email, '') AS account_email`

// accountJoin finds the account of user u at a provider: the one an admin chose,
// which is kept without a project, else the one looked up for a project after a
// moment. Its values are in accountArgs.
const accountJoin = `LEFT JOIN provider_accounts p ON p.user_id = u.id AND p.provider_id = ? AND (p.chosen OR p.looked_at > ?)
	AND p.project_id = CASE WHEN EXISTS (SELECT 1 FROM provider_accounts x WHERE x.user_id = u.id AND x.provider_id = ? AND x.chosen)
		THEN '' ELSE ? END`

// AccountsAt says where accounts are looked for, and how old an answer may be.
type AccountsAt struct {
	ProviderID, ProjectID string
	Since                 time.Time
}

func (a AccountsAt) args() []any { return []any{a.ProviderID, a.Since, a.ProviderID, a.ProjectID} }

// Fulfillers returns the users of a resource's admin owner in order, without
// deleted ones, with their accounts.
func Fulfillers(ctx context.Context, r *sqldb.Reader, at AccountsAt, resourceID string) ([]Fulfiller, error) {
	return sqldb.Select[Fulfiller](ctx, r, `SELECT `+prefixed("u", userColumns)+fulfillerColumns+`
		FROM resources r JOIN owner_users o ON o.owner_id = r.admin_owner_id JOIN users u ON u.id = o.user_id
		`+accountJoin+` WHERE r.id = ? AND u.deleted_at IS NULL ORDER BY o.position`, append(at.args(), resourceID)...)
}

// AppFulfillers is Fulfillers for the admin owner of the resource's app.
func AppFulfillers(ctx context.Context, r *sqldb.Reader, at AccountsAt, resourceID string) ([]Fulfiller, error) {
	return sqldb.Select[Fulfiller](ctx, r, `SELECT `+prefixed("u", userColumns)+fulfillerColumns+`
		FROM resources r JOIN apps a ON a.id = r.app_id JOIN owner_users o ON o.owner_id = a.admin_owner_id JOIN users u ON u.id = o.user_id
		`+accountJoin+` WHERE r.id = ? AND u.deleted_at IS NULL ORDER BY o.position`, append(at.args(), resourceID)...)
}

// FulfillersByID is Fulfillers for these users, deleted or not.
func FulfillersByID(ctx context.Context, r *sqldb.Reader, at AccountsAt, userIDs []string) ([]Fulfiller, error) {
	list, args := sqldb.In(userIDs)
	return sqldb.Select[Fulfiller](ctx, r, `SELECT `+prefixed("u", userColumns)+fulfillerColumns+` FROM users u
		`+accountJoin+` WHERE u.id IN `+list, append(at.args(), args...)...)
}

// FulfillersByEmail is Fulfillers for the users with these addresses, in their
// order.
func FulfillersByEmail(ctx context.Context, r *sqldb.Reader, at AccountsAt, emails []string) ([]Fulfiller, error) {
	list, args := sqldb.In(emails)
	found, err := sqldb.Select[Fulfiller](ctx, r, `SELECT `+prefixed("u", userColumns)+fulfillerColumns+` FROM users u
		`+accountJoin+` WHERE u.deleted_at IS NULL AND u.email IN `+list, append(at.args(), args...)...)
	slices.SortFunc(found, func(a, b Fulfiller) int {
		return cmp.Compare(slices.Index(emails, a.Email), slices.Index(emails, b.Email))
	})
	return found, err
}

// FulfilmentOf returns how the tickets of a resource are given to people.
func FulfilmentOf(ctx context.Context, r *sqldb.Reader, resourceID string) (access.Fulfilment, error) {
	type row struct{ Fulfilment access.Fulfilment }
	got, err := sqldb.Get[row](ctx, r, `SELECT CASE WHEN r.overrides_tickets THEN r.fulfilment ELSE a.fulfilment END AS fulfilment
		FROM resources r JOIN apps a ON a.id = r.app_id WHERE r.id = ?`, resourceID)
	return got.Fulfilment, err
}

// TicketLoad is how much work somebody has.
type TicketLoad struct {
	ID   string
	Open int
	Last string // their newest ticket of a resource; "" for none
}

// TicketLoads returns how many tickets users have open, and which is the newest
// they got for a resource, by user.
func TicketLoads(ctx context.Context, r *sqldb.Reader, userIDs []string, resourceID string) (map[string]TicketLoad, error) {
	list, args := sqldb.In(userIDs)
	rows, err := sqldb.Select[TicketLoad](ctx, r, `SELECT u.id,
		(SELECT count(*) FROM tickets t WHERE t.assignee_id = u.id AND t.state IN ('sending', 'open', 'suspect')) AS open,
		coalesce((SELECT max(t.id) FROM tickets t JOIN changes c ON c.id = t.change_id WHERE t.assignee_id = u.id AND c.resource_id = ?), '') AS last
		FROM users u WHERE u.id IN `+list, append([]any{resourceID}, args...)...)
	return byID(rows, func(l TicketLoad) string { return l.ID }), err
}

// Wanted reports whether a live grant names a slot.
func Wanted(ctx context.Context, r *sqldb.Reader, slotID string) (bool, error) {
	rows, err := sqldb.Select[string](ctx, r, `SELECT id FROM grants WHERE slot_id = ? AND state = 'live' LIMIT 1`, slotID)
	return len(rows) > 0, err
}
