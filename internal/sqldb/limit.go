package sqldb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// A database that hangs, or that a network forgot, answers nothing and closes no
// connection. Whoever waits for it is told so after a while, and the connection is
// given up; else it would be waited for as long as the process lives.

// answerWait is how long one statement may take on PostgreSQL.
const answerWait = 30 * time.Second

type limitKey struct{}

// AnswerWithin returns a context under which a statement on PostgreSQL may take so
// long; with 0 as long as it takes. Without it that is half a minute.
func AnswerWithin(ctx context.Context, d time.Duration) context.Context {
	return context.WithValue(ctx, limitKey{}, d)
}

// limiter is called by pgx around everything it does for us. The context it returns
// is that of the statement.
type limiter struct{}

var (
	_ pgx.QueryTracer       = limiter{}
	_ pgx.BatchTracer       = limiter{}
	_ pgx.CopyFromTracer    = limiter{}
	_ pgxpool.AcquireTracer = limiter{}
)

type cancelKey struct{}

func begin(ctx context.Context, longest time.Duration) context.Context {
	if longest == 0 {
		return ctx
	}
	ctx, cancel := context.WithTimeout(ctx, longest)
	return context.WithValue(ctx, cancelKey{}, cancel)
}

func end(ctx context.Context) {
	if cancel, ok := ctx.Value(cancelKey{}).(context.CancelFunc); ok {
		cancel()
	}
}

func limitOf(ctx context.Context) time.Duration {
	if d, ok := ctx.Value(limitKey{}).(time.Duration); ok {
		return d
	}
	return answerWait
}

// TraceQueryStart and the others begin and end the time of a statement.
func (limiter) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return begin(ctx, limitOf(ctx))
}

// TraceQueryEnd implements pgx.QueryTracer.
func (limiter) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) { end(ctx) }

// TraceBatchStart implements pgx.BatchTracer.
func (limiter) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	return begin(ctx, limitOf(ctx))
}

// TraceBatchQuery implements pgx.BatchTracer.
func (limiter) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd implements pgx.BatchTracer.
func (limiter) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchEndData) { end(ctx) }

// TraceCopyFromStart implements pgx.CopyFromTracer.
func (limiter) TraceCopyFromStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceCopyFromStartData) context.Context {
	return begin(ctx, limitOf(ctx))
}

// TraceCopyFromEnd implements pgx.CopyFromTracer.
func (limiter) TraceCopyFromEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceCopyFromEndData) {
	end(ctx)
}

// TraceAcquireStart begins the time that one waits for a connection.
func (limiter) TraceAcquireStart(ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireStartData) context.Context {
	return begin(ctx, writerWait)
}

// TraceAcquireEnd implements pgxpool.AcquireTracer.
func (limiter) TraceAcquireEnd(ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireEndData) {
	end(ctx)
}
