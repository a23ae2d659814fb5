package sqldb

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
)

// Job is what may be enqueued: a struct of ids with a Kind.
type Job = river.JobArgs

// Queue is River on either engine.
type Queue struct {
	lite *river.Client[*sql.Tx]
	pg   *river.Client[pgx.Tx]
}

// MigrateQueue brings River's tables up to date.
func MigrateQueue(ctx context.Context, db *DB) error {
	var err error
	ctx = AnswerWithin(ctx, 0)
	if db.pool == nil {
		err = migrateQueue(ctx, func() (*rivermigrate.Migrator[*sql.Tx], error) {
			return rivermigrate.New(riversqlite.New(db.write), nil)
		})
	} else {
		err = migrateQueue(ctx, func() (*rivermigrate.Migrator[pgx.Tx], error) {
			return rivermigrate.New(riverpgxv5.New(db.pool), nil)
		})
	}
	if err != nil {
		return fmt.Errorf("migrate the job queue: %w", err)
	}
	return nil
}

func migrateQueue[T any](ctx context.Context, open func() (*rivermigrate.Migrator[T], error)) error {
	m, err := open()
	if err != nil {
		return err
	}
	_, err = m.Migrate(ctx, rivermigrate.DirectionUp, nil)
	return err
}

// NewQueue returns a queue that is not started. A config without workers can
// only insert.
func NewQueue(db *DB, cfg *river.Config) (*Queue, error) {
	if db.pool == nil {
		c, err := river.NewClient(riversqlite.New(db.write), cfg)
		return &Queue{lite: c}, err
	}
	c, err := river.NewClient(riverpgxv5.New(db.pool), cfg)
	return &Queue{pg: c}, err
}

// later is the priority of jobs that others may overtake; 1 is the usual one.
const later = 2

// Insert enqueues jobs in tx: they run if, and only if, tx commits. There is no
// Insert without a transaction on purpose.
func (q *Queue) Insert(ctx context.Context, tx *Tx, jobs ...Job) error {
	if len(jobs) == 0 {
		return nil
	}
	params := make([]river.InsertManyParams, len(jobs))
	for i, j := range jobs {
		params[i] = river.InsertManyParams{Args: j}
		if l, ok := j.(interface{ Later() bool }); ok && l.Later() {
			params[i].InsertOpts = &river.InsertOpts{Priority: later}
		}
	}
	var err error
	if q.pg != nil {
		_, err = q.pg.InsertManyFastTx(ctx, tx.pgxTx, params)
	} else {
		_, err = q.lite.InsertManyFastTx(ctx, tx.sqlTx, params)
	}
	if err != nil {
		return mapError(fmt.Errorf("enqueue %s: %w", jobs[0].Kind(), err))
	}
	return nil
}

// Rescue makes the jobs that a killed server left running available again. Only
// the sole server of a database may, before it starts; with several, the queue
// finds such jobs by their age.
func (q *Queue) Rescue(ctx context.Context, tx *Tx) error {
	_, err := tx.Exec(ctx, `UPDATE river_job SET state = 'available' WHERE state = 'running'`)
	return err
}

// Start starts working jobs. It returns at once.
func (q *Queue) Start(ctx context.Context) error {
	if q.pg != nil {
		return q.pg.Start(ctx)
	}
	return q.lite.Start(ctx)
}

// Stop stops fetching jobs and waits for those that run, until ctx ends; then
// it cancels them.
func (q *Queue) Stop(ctx context.Context) error {
	stop, cancel := q.stoppers()
	err := stop(ctx)
	if ctx.Err() != nil {
		return cancel(context.WithoutCancel(ctx))
	}
	return err
}

func (q *Queue) stoppers() (stop, cancel func(context.Context) error) {
	if q.pg != nil {
		return q.pg.Stop, q.pg.StopAndCancel
	}
	return q.lite.Stop, q.lite.StopAndCancel
}
