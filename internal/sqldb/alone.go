package sqldb

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// aloneKey is the advisory lock that Alone takes on PostgreSQL: "admit" in
// ASCII.
const aloneKey = 0x61646d6974

// Alone runs fn while no other server runs its own on the same database; they
// wait for each other. On SQLite there is one server, so nobody waits.
//
// The lock has a connection of its own: it must not take one from the pool that
// fn needs, and it ends with the connection, however this process ends.
func (db *DB) Alone(ctx context.Context, fn func() error) (err error) {
	if db.pool == nil {
		return fn()
	}
	ctx = AnswerWithin(ctx, 0) // another may migrate a large database
	conn, err := pgx.ConnectConfig(ctx, db.pool.Config().ConnConfig)
	if err != nil {
		return mapError(fmt.Errorf("connect to lock the database: %w", err))
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, aloneKey); err != nil {
		return mapError(fmt.Errorf("lock the database: %w", err))
	}
	return fn()
}
