package store

import (
	"context"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
)

// DB is the database as the use cases see it: reads, and writes that leave
// events and jobs.
type DB struct {
	*sqldb.DB
	Queue *sqldb.Queue
	Now   func() time.Time
}

// Write is the transaction of a use case. What it changes, the events that say
// so and the jobs that follow commit together or not at all.
type Write struct {
	*sqldb.Tx
	Now    time.Time // to the microsecond, as it is stored
	events []access.Event
	jobs   []sqldb.Job
}

// Event adds a line to the audit log.
func (w *Write) Event(e ...access.Event) { w.events = append(w.events, e...) }

// Job enqueues background work.
func (w *Write) Job(j ...sqldb.Job) { w.jobs = append(w.jobs, j...) }

// Write runs fn in a transaction. fn makes no network call and does not use db.
func (db *DB) Write(ctx context.Context, fn func(w *Write) error) error {
	return db.InTx(ctx, func(tx *sqldb.Tx) error {
		w := &Write{Tx: tx, Now: db.Time()}
		if err := fn(w); err != nil {
			return err
		}
		if err := AddEvents(ctx, tx, w.Now, w.events...); err != nil {
			return err
		}
		return db.Queue.Insert(ctx, tx, w.jobs...)
	})
}

// Time is now, in the precision that is stored.
func (db *DB) Time() time.Time { return db.Now().UTC().Truncate(time.Microsecond) }
