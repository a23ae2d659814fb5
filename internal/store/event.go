package store

import (
	"context"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
)

const eventColumns = `id, at, type, actor_id, actor_name, via, token_name, cause, summary, app_id, resource_id, user_id,
	owner_id, group_id, request_id, grant_id, change_id, ticket_id, provider_id, data`

// AddEvents writes lines of the audit log. Every write of a decision or a change
// calls it in its transaction.
func AddEvents(ctx context.Context, tx *sqldb.Tx, now time.Time, events ...access.Event) error {
	for i := range events {
		events[i].At = now
		if events[i].ID == "" {
			events[i].ID = NewID()
		}
		if events[i].Data == nil {
			events[i].Data = map[string]string{}
		}
	}
	return sqldb.Insert(ctx, tx, "events", eventColumns, events...)
}

// KnownEvents returns which of these ids are in the log already.
func KnownEvents(ctx context.Context, r *sqldb.Reader, ids []string) (map[string]bool, error) {
	list, args := sqldb.In(ids)
	rows, err := sqldb.Select[string](ctx, r, `SELECT id FROM events WHERE id IN `+list, args...)
	known := make(map[string]bool, len(rows))
	for _, id := range rows {
		known[id] = true
	}
	return known, err
}

// EventFilter selects events.
type EventFilter struct {
	IDs        []string
	ActorID    string
	ObjectID   string // any of the things an event can be about
	AppID      string
	ResourceID string
	UserID     string
	RequestID  string
	ChangeID   string
	TicketID   string
	ProviderID string
	Type       access.EventType
	Noun       string // the part of the type before the dot: "ticket"
	TokenName  string
	Search     string // part of the summary or the actor's name
	From, To   *time.Time
	Page       access.Page
}

// Events lists events, the newest first.
func Events(ctx context.Context, r *sqldb.Reader, f EventFilter) (access.List[access.Event], error) {
	var q query
	in(&q, "id", f.IDs)
	q.eq("actor_id", f.ActorID)
	q.eq("app_id", f.AppID)
	q.eq("resource_id", f.ResourceID)
	q.eq("user_id", f.UserID)
	q.eq("request_id", f.RequestID)
	q.eq("change_id", f.ChangeID)
	q.eq("ticket_id", f.TicketID)
	q.eq("provider_id", f.ProviderID)
	q.eq("type", string(f.Type))
	if f.Noun != "" {
		q.and(`type LIKE ? ESCAPE '\'`, strings.Trim(sqldb.Contains(f.Noun), "%")+".%")
	}
	q.eq("token_name", f.TokenName)
	if f.ObjectID != "" {
		o := f.ObjectID
		q.and(`(resource_id = ? OR user_id = ? OR request_id = ? OR change_id = ? OR app_id = ? OR owner_id = ? OR group_id = ?
			OR ticket_id = ? OR provider_id = ?)`, o, o, o, o, o, o, o, o, o)
	}
	if f.Search != "" {
		like := sqldb.Contains(f.Search)
		q.and(`(lower(summary) LIKE ? ESCAPE '\' OR lower(actor_name) LIKE ? ESCAPE '\')`, like, like)
	}
	if f.From != nil {
		q.and("at >= ?", f.From)
	}
	if f.To != nil {
		q.and("at < ?", f.To)
	}
	if err := q.page(f.Page, "<", "id"); err != nil {
		return access.List[access.Event]{}, err
	}
	rows, err := sqldb.Select[access.Event](ctx, r, `SELECT `+eventColumns+` FROM events`+q.text()+
		` ORDER BY id DESC LIMIT ?`, append(q.args, f.Page.Limit()+1)...)
	return access.Cut(rows, f.Page, func(e access.Event) []string { return []string{e.ID} }), err
}

// EventsSince returns what happened after a moment or, at that very moment, after
// an event; oldest first, at most limit: the feed of live updates.
func EventsSince(ctx context.Context, r *sqldb.Reader, since time.Time, afterID string, limit int) ([]access.Event, error) {
	return sqldb.Select[access.Event](ctx, r, `SELECT `+eventColumns+` FROM events WHERE (at, id) > (?, ?) ORDER BY at, id LIMIT ?`, since, afterID, limit)
}
