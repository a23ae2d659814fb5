// Package builtin is the built-in queue: a ticket system of its own that lives
// in Admit's database, for companies and apps that have none. To the engine it
// is a provider like any other.
package builtin

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/ticket"
)

// Kind is how the built-in queue is stored.
const Kind = "builtin"

// Project is the one place the queue files tickets in, and its name.
const (
	Project     = "access"
	ProjectName = "Access work"
)

const batch = 500

// Spec returns the kind. publicURL is where people reach Admit: tickets link
// there.
func Spec(db *sqldb.DB, publicURL string, now func() time.Time) ticket.Spec {
	return ticket.Spec{
		Kind:       Kind,
		Name:       "Built-in queue",
		About:      "Tickets people work on in Admit itself, on the page Work. Nothing to set up.",
		Project:    "queue",
		Batch:      batch,
		Idempotent: true,
		Help: "The built-in queue needs no settings. A ticket is assigned to a user of Admit, who finds it on the page " +
			"**Work**, takes it, and ends it with **Done** or **Won't do** and a reason. It is for apps whose " +
			"fulfillers have no ticket system, and for trying Admit out.",
		Open: func(map[string]string, *http.Client) (ticket.Provider, error) {
			return &Queue{db: db, url: publicURL, now: now}, nil
		},
	}
}

// Queue is the provider.
type Queue struct {
	db  *sqldb.DB
	url string
	now func() time.Time
}

var (
	_ ticket.Provider  = (*Queue)(nil)
	_ ticket.Assigner  = (*Queue)(nil)
	_ ticket.Completer = (*Queue)(nil)
	_ ticket.Desk      = (*Queue)(nil)
)

// Check implements ticket.Checker: the queue is always ready.
func (q *Queue) Check(ctx context.Context, id string) ([]ticket.Finding, error) {
	if err := q.db.Ping(ctx); err != nil {
		return nil, failure(err)
	}
	if id != "" && id != Project {
		return []ticket.Finding{{Field: "project", Problem: fmt.Sprintf("there is no queue %q; choose %q", id, Project)}}, nil
	}
	return nil, nil
}

// Projects implements ticket.Directory: there is one queue.
func (q *Queue) Projects(ctx context.Context) ([]ticket.Project, error) {
	if err := ctx.Err(); err != nil {
		return nil, failure(err)
	}
	return []ticket.Project{{ID: Project, Name: ProjectName}}, nil
}

// Account implements ticket.Directory: every user of Admit has an account.
func (q *Queue) Account(ctx context.Context, _, email string) (ticket.Account, bool, error) {
	email, problem := access.NormalEmail(email)
	if problem != "" {
		return ticket.Account{}, false, failure(ctx.Err())
	}
	u, err := store.UserByEmail(ctx, q.db.Read(), email)
	if access.CodeOf(err) == access.NotFound {
		return ticket.Account{}, false, nil
	}
	return account(u), err == nil, failure(err)
}

// People implements ticket.Directory.
func (q *Queue) People(ctx context.Context, _, query string) ([]ticket.Account, error) {
	const most = 20
	found, err := store.Users(ctx, q.db.Read(), store.UserFilter{Search: storable(query), Page: access.Page{Size: most}})
	if err != nil {
		return nil, failure(err)
	}
	people := make([]ticket.Account, len(found.Items))
	for i, u := range found.Items {
		people[i] = account(u)
	}
	return people, nil
}

// Create implements ticket.Filer. The key is unique, so it never files twice.
func (q *Queue) Create(ctx context.Context, d ticket.Draft) (ticket.Snapshot, error) {
	if d.Project != Project {
		return ticket.Snapshot{}, &ticket.Failure{Certainty: ticket.Refused, Trouble: ticket.Input, Msg: fmt.Sprintf("there is no queue %q", d.Project)}
	}
	var made store.QueueTicket
	err := q.db.InTx(ctx, func(tx *sqldb.Tx) error {
		now := q.moment()
		t := store.QueueTicket{
			ID: store.NewID(), Key: d.Key, Title: ticket.OneLine(storable(d.Title)), Body: storable(d.Body), Status: "open", CreatedAt: now, UpdatedAt: now,
		}
		if d.Assignee.ID != "" {
			t.AssigneeID = &d.Assignee.ID
		}
		var err error
		made, err = store.AddQueueTicket(ctx, tx, t)
		return err
	})
	if err != nil {
		return ticket.Snapshot{}, failure(err)
	}
	return q.one(ctx, made)
}

// storable is text as every database takes it.
func storable(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "")
}

// Find implements ticket.Filer.
func (q *Queue) Find(ctx context.Context, key string) ([]ticket.Snapshot, error) {
	rows, err := store.QueueTicketsByKey(ctx, q.db.Read(), key)
	if err != nil {
		return nil, failure(err)
	}
	return q.snapshots(ctx, rows)
}

// Read implements ticket.Reader.
func (q *Queue) Read(ctx context.Context, ids []string) ([]ticket.Snapshot, error) {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id != storable(id) })
	rows, err := store.QueueTickets(ctx, q.db.Read(), ids)
	if err != nil {
		return nil, failure(err)
	}
	return q.snapshots(ctx, rows)
}

// cursor is how far Changed has read.
type cursor struct {
	At time.Time `json:"at"`
	ID string    `json:"id"`
}

// overlap is read again by every Changed: transactions commit a little after
// the time they write.
const overlap = 10 * time.Second

// Changed implements ticket.Reader.
func (q *Queue) Changed(ctx context.Context, from string) (ticket.Page, error) {
	if from == "" {
		return ticket.Page{Cursor: cursor{At: q.now()}.text()}, failure(ctx.Err())
	}
	c, err := parseCursor(from)
	if err != nil {
		return ticket.Page{}, err
	}
	rows, err := store.QueueTicketsSince(ctx, q.db.Read(), c.At, c.ID, batch)
	if err != nil {
		return ticket.Page{}, failure(err)
	}
	more := len(rows) == batch
	next := cursor{At: q.now().Add(-overlap)}
	if more {
		last := rows[len(rows)-1]
		next = cursor{last.UpdatedAt, last.ID}
	}
	snaps, err := q.snapshots(ctx, rows)
	return ticket.Page{Tickets: snaps, Cursor: next.text(), More: more}, err
}

func parseCursor(s string) (c cursor, err error) {
	text, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil || c.At.IsZero() {
		return c, &ticket.Failure{Certainty: ticket.Refused, Trouble: ticket.Malformed, Msg: "the cursor is not one this queue gave", Err: err}
	}
	return c, nil
}

func (c cursor) text() string { return base64.RawURLEncoding.EncodeToString([]byte(sqldb.JSON(c))) }

// Comment implements ticket.Closer.
func (q *Queue) Comment(ctx context.Context, id, text string) error {
	return failure(q.Say(ctx, id, ticket.Account{}, text))
}

// Close implements ticket.Closer.
func (q *Queue) Close(ctx context.Context, id, text string) error {
	return failure(q.db.InTx(ctx, func(tx *sqldb.Tx) error {
		t, err := load(ctx, tx, id)
		if err != nil || ended(t) {
			return err
		}
		was := t.Status
		t.Status, t.Reason, t.UpdatedAt = "canceled", text, q.moment()
		return store.UpdateQueueTicket(ctx, tx, t, was)
	}))
}

func (q *Queue) one(ctx context.Context, t store.QueueTicket) (ticket.Snapshot, error) {
	snaps, err := q.snapshots(ctx, []store.QueueTicket{t})
	if err != nil {
		return ticket.Snapshot{}, err
	}
	return snaps[0], nil
}

// snapshots turns rows into snapshots, with one query for the people.
func (q *Queue) snapshots(ctx context.Context, rows []store.QueueTicket) ([]ticket.Snapshot, error) {
	var ids []string
	for _, t := range rows {
		for _, id := range []*string{t.AssigneeID, t.ClosedBy} {
			if id != nil {
				ids = append(ids, *id)
			}
		}
	}
	users, err := store.UsersByID(ctx, q.db.Read(), ids)
	if err != nil {
		return nil, failure(err)
	}
	out := make([]ticket.Snapshot, len(rows))
	for i, t := range rows {
		out[i] = q.snapshot(t, users)
	}
	return out, nil
}

func (q *Queue) snapshot(t store.QueueTicket, users map[string]access.User) ticket.Snapshot {
	s := ticket.Snapshot{
		ID: t.ID, Identifier: fmt.Sprintf("W-%d", t.Number), URL: fmt.Sprintf("%s/work/queue/%s", q.url, t.ID), Project: Project,
		Key: t.Key, Title: t.Title, Status: statuses[t.Status].name, Outcome: statuses[t.Status].outcome,
		WorkSeen: t.Status == "in_progress", CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt, Reason: t.Reason,
	}
	if t.AssigneeID != nil {
		s.Assignee = account(users[*t.AssigneeID])
	}
	if t.ClosedBy != nil {
		s.ClosedBy = account(users[*t.ClosedBy])
	}
	return s
}

var statuses = map[string]struct {
	name    string
	outcome ticket.Outcome
}{
	"open":        {"Open", ticket.Open},
	"in_progress": {"In progress", ticket.Open},
	"done":        {"Done", ticket.Yes},
	"declined":    {"Won't do", ticket.No},
	"canceled":    {"Canceled", ticket.No},
}

func account(u access.User) ticket.Account {
	return ticket.Account{ID: u.ID, Name: u.Name(), Email: u.Email}
}

// failure types an error of our own database: a transaction that failed left
// nothing behind, so it may be repeated.
func failure(err error) error {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*ticket.Failure](err); ok {
		return f
	}
	switch access.CodeOf(err) {
	case access.Conflict, access.NotFound, access.Invalid:
		return &ticket.Failure{Certainty: ticket.Refused, Trouble: ticket.Input, Msg: err.Error(), Err: err}
	default:
		return &ticket.Failure{Certainty: ticket.NotSent, Trouble: ticket.Down, Msg: "the database is not available", Err: err}
	}
}
