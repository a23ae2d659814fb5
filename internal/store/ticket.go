package store

import (
	"context"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
)

const (
	ticketChangeable = `state, project_id, remote_id, identifier, url, title, status, outcome, grounds, work_seen, assignee_id, assignee_account, assignee_name,
		assignee_email, unassigned, closed_by, note, looks, suspect_at, closing_at, sent_at, filed_at, synced_at, remote_at, twins_at, ended_at`
	ticketColumns = `id, change_id, provider_id, key, body, type_id, fields, created_at, ` + ticketChangeable
)

// AddTickets inserts tickets. A second live ticket for a change is a Conflict.
func AddTickets(ctx context.Context, tx *sqldb.Tx, tickets ...access.Ticket) error {
	return sqldb.Insert(ctx, tx, "tickets", ticketColumns, tickets...)
}

// Ticket returns one ticket.
func Ticket(ctx context.Context, r *sqldb.Reader, id string) (access.Ticket, error) {
	return sqldb.Get[access.Ticket](ctx, r, `SELECT `+ticketColumns+` FROM tickets WHERE id = ?`, id)
}

// UpdateTicket stores a ticket that was in state from; a Conflict if it is not
// any more.
func UpdateTicket(ctx context.Context, tx *sqldb.Tx, t access.Ticket, from access.TicketState) error {
	n, err := sqldb.Update(ctx, tx, "tickets", ticketChangeable, t, `id = ? AND state = ?`, t.ID, from)
	return one(n, err, "the ticket")
}

// TicketsOf returns the tickets of changes, oldest first, by change. Of a change
// that is a line in the ticket of another, that ticket is the newest.
func TicketsOf(ctx context.Context, r *sqldb.Reader, changeIDs []string) (map[string][]access.Ticket, error) {
	type carried struct {
		access.Ticket
		Line string
	}
	list, args := sqldb.In(changeIDs)
	rows, err := sqldb.Select[carried](ctx, r, `SELECT `+ticketColumns+`, change_id AS line FROM tickets WHERE change_id IN `+list+`
		UNION ALL SELECT `+prefixed("t", ticketColumns)+`, c.id AS line FROM changes c JOIN tickets t ON t.id = c.shared_ticket_id WHERE c.id IN `+list+`
		ORDER BY id`, append(args, args...)...)
	all := map[string][]access.Ticket{}
	for _, row := range rows {
		all[row.Line] = append(all[row.Line], row.Ticket)
	}
	return all, err
}

// TicketNeeds counts the live changes that still want each ticket done.
func TicketNeeds(ctx context.Context, r *sqldb.Reader, ticketIDs []string) (map[string]int, error) {
	list, args := sqldb.In(ticketIDs)
	const needs = ` AND NOT c.reversed AND c.state IN ` + liveStates
	return sizes(ctx, r, `SELECT id, count(*) AS n FROM (
		SELECT t.id AS id FROM tickets t JOIN changes c ON c.id = t.change_id WHERE t.id IN `+list+needs+`
		UNION ALL SELECT c.shared_ticket_id AS id FROM changes c WHERE c.shared_ticket_id IN `+list+needs+`) AS needs GROUP BY id`, append(args, args...)...)
}

// TicketsByRemoteID returns a provider's tickets by their id there.
func TicketsByRemoteID(ctx context.Context, r *sqldb.Reader, providerID string, remoteIDs []string) (map[string]access.Ticket, error) {
	list, args := sqldb.In(remoteIDs)
	rows, err := sqldb.Select[access.Ticket](ctx, r, `SELECT `+ticketColumns+` FROM tickets
		WHERE provider_id = ? AND remote_id <> '' AND remote_id IN `+list, append([]any{providerID}, args...)...)
	return byID(rows, func(t access.Ticket) string { return t.RemoteID }), err
}

// TicketsByKey returns tickets by their key.
func TicketsByKey(ctx context.Context, r *sqldb.Reader, providerID string, keys []string) (map[string]access.Ticket, error) {
	list, args := sqldb.In(keys)
	rows, err := sqldb.Select[access.Ticket](ctx, r, `SELECT `+ticketColumns+` FROM tickets
		WHERE provider_id = ? AND key IN `+list, append([]any{providerID}, args...)...)
	return byID(rows, func(t access.Ticket) string { return t.Key }), err
}

// TicketFilter selects tickets.
type TicketFilter struct {
	IDs        []string
	Open       bool       // filed and not ended
	Filed      bool       // the provider has it, ended or not; with EndedAfter:
	EndedAfter *time.Time // only those open, or ended after a moment
	States     []access.TicketState
	ProviderID string
	AppID      string
	ResourceID string
	UserID     string // whose access it is about
	RequestID  string
	ChangeID   string
	AssigneeID string
	VisibleTo  string // only what this user is assigned or administers
	Page       access.Page
}

// Tickets lists tickets, the newest first.
func Tickets(ctx context.Context, r *sqldb.Reader, f TicketFilter) (access.List[access.Ticket], error) {
	var q query
	in(&q, "t.id", f.IDs)
	if f.Open {
		q.and("t.state IN ('open', 'suspect')")
	}
	in(&q, "t.state", f.States)
	if f.Filed {
		q.and("t.state IN ('open', 'suspect', 'ended')")
	}
	if f.EndedAfter != nil {
		q.and("(t.ended_at IS NULL OR t.ended_at > ?)", f.EndedAfter)
	}
	q.eq("t.provider_id", f.ProviderID)
	q.eq("t.change_id", f.ChangeID)
	q.eq("t.assignee_id", f.AssigneeID)
	q.eq("c.app_id", f.AppID)
	q.eq("c.resource_id", f.ResourceID)
	q.eq("c.user_id", f.UserID)
	q.eq("c.request_id", f.RequestID)
	if f.VisibleTo != "" {
		q.and(visibleChange, f.VisibleTo, f.VisibleTo)
	}
	if err := q.page(f.Page, "<", "t.id"); err != nil {
		return access.List[access.Ticket]{}, err
	}
	rows, err := sqldb.Select[access.Ticket](ctx, r, `SELECT `+prefixed("t", ticketColumns)+`
		FROM tickets t JOIN changes c ON c.id = t.change_id`+q.text()+
		` ORDER BY t.id DESC LIMIT ?`, append(q.args, f.Page.Limit()+1)...)
	return access.Cut(rows, f.Page, func(t access.Ticket) []string { return []string{t.ID} }), err
}

// CountOpenTickets counts the tickets a provider still has to finish.
func CountOpenTickets(ctx context.Context, r *sqldb.Reader, providerID string) (int, error) {
	return count(ctx, r, `SELECT count(*) FROM tickets WHERE provider_id = ? AND state IN ('planned', 'sending', 'open', 'suspect')`, providerID)
}

// TouchTickets notes that tickets were read and had no news.
func TouchTickets(ctx context.Context, tx *sqldb.Tx, ids []string, now time.Time) error {
	if len(ids) == 0 {
		return nil
	}
	list, args := sqldb.In(ids)
	_, err := tx.Exec(ctx, `UPDATE tickets SET synced_at = ? WHERE id IN `+list, append([]any{now}, args...)...)
	return err
}

// SuspectTickets returns a provider's tickets that the last read did not find.
func SuspectTickets(ctx context.Context, r *sqldb.Reader, providerID string, limit int) ([]access.Ticket, error) {
	return sqldb.Select[access.Ticket](ctx, r, `SELECT `+ticketColumns+` FROM tickets
		WHERE provider_id = ? AND state = 'suspect' ORDER BY id LIMIT ?`, providerID, limit)
}

// OpenTickets returns the next of a provider's open tickets after one, by id, for
// a full read.
func OpenTickets(ctx context.Context, r *sqldb.Reader, providerID, afterID string, limit int) ([]access.Ticket, error) {
	return sqldb.Select[access.Ticket](ctx, r, `SELECT `+ticketColumns+` FROM tickets
		WHERE provider_id = ? AND state IN ('open', 'suspect') AND id > ? ORDER BY id LIMIT ?`, providerID, afterID, limit)
}

// OpenTicketsOf returns the open tickets somebody has, as ids.
func OpenTicketsOf(ctx context.Context, r *sqldb.Reader, userID string) ([]string, error) {
	return sqldb.Select[string](ctx, r, `SELECT id FROM tickets WHERE assignee_id = ? AND state IN ('open', 'suspect') ORDER BY id`, userID)
}

// OrphanTickets returns open tickets whose assignee left.
func OrphanTickets(ctx context.Context, r *sqldb.Reader, limit int) ([]string, error) {
	return sqldb.Select[string](ctx, r, `SELECT t.id FROM users u JOIN tickets t ON t.assignee_id = u.id
		WHERE u.deleted_at IS NOT NULL AND t.state = 'open' ORDER BY t.id LIMIT ?`, limit)
}

// SetAssignee notes who a ticket is given to where its provider cannot tell, or
// why to nobody.
func SetAssignee(ctx context.Context, tx *sqldb.Tx, t access.Ticket) error {
	n, err := sqldb.Update(ctx, tx, "tickets", `assignee_id, unassigned, note`, t, `id = ? AND state = 'open'`, t.ID)
	return one(n, err, "the ticket")
}

// TwinLooksDue reports whether any ticket is due for a look for twins.
func TwinLooksDue(ctx context.Context, r *sqldb.Reader, now time.Time) (bool, error) {
	n, err := count(ctx, r, `SELECT count(*) FROM (SELECT 1 AS due FROM tickets WHERE twins_at <= ? LIMIT 1) AS found`, now)
	return n > 0, err
}

// DueTwinLooks moves on the clock of every ticket that is due for a look for
// twins and returns them. One that was filed so long ago that it had its next look
// already is due no more.
func DueTwinLooks(ctx context.Context, tx *sqldb.Tx, now, next time.Time) ([]string, error) {
	due, err := sqldb.Select[string](ctx, &tx.Reader, `UPDATE tickets SET twins_at = ? WHERE twins_at <= ? RETURNING id`, next, now)
	if err != nil || len(due) == 0 {
		return nil, err
	}
	last := now.Add(now.Sub(next))
	_, err = tx.Exec(ctx, `UPDATE tickets SET twins_at = NULL WHERE twins_at = ? AND (filed_at IS NULL OR filed_at <= ?)`, next, last)
	return due, err
}

// SetTwinsAt says when to look again for twins of a ticket.
func SetTwinsAt(ctx context.Context, tx *sqldb.Tx, id string, at time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE tickets SET twins_at = ? WHERE id = ?`, at, id)
	return err
}

// UnclearTickets returns a provider's tickets whose end left a person to decide:
// it could not be read, or was read as not done.
func UnclearTickets(ctx context.Context, r *sqldb.Reader, providerID string, limit int) ([]access.Ticket, error) {
	return sqldb.Select[access.Ticket](ctx, r, `SELECT `+prefixed("t", ticketColumns)+`
		FROM tickets t JOIN changes c ON c.id = t.change_id
		WHERE t.provider_id = ? AND t.state = 'ended' AND c.state = 'attention' ORDER BY t.id LIMIT ?`, providerID, limit)
}

// AwaitsAnswer reports whether the call that files a ticket at a provider is
// under way, or its answer was lost.
func AwaitsAnswer(ctx context.Context, r *sqldb.Reader, providerID string) (bool, error) {
	n, err := count(ctx, r, `SELECT count(*) FROM (SELECT 1 AS due FROM tickets WHERE provider_id = ? AND state = 'sending' LIMIT 1) AS found`, providerID)
	return n > 0, err
}
