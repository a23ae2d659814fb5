package server

import (
	"context"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"admit/internal/sqldb"
)

// queueConfig tunes River. Its default cool-down costs 80 ms a job. Of jobs that
// are added within one cool-down it announces the first only: who looked before
// the others were committed finds them by its poll, which is their worst delay.
func queueConfig(log *slog.Logger, workers *river.Workers, engine sqldb.Engine) *river.Config {
	maxWorkers := 20
	if engine == sqldb.PostgreSQL {
		maxWorkers = 50
	}
	return &river.Config{
		Queues:                      map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: maxWorkers}},
		Workers:                     workers,
		FetchCooldown:               5 * time.Millisecond,
		FetchPollInterval:           250 * time.Millisecond,
		JobTimeout:                  100 * time.Second, // less than a lease
		RescueStuckJobsAfter:        3 * time.Minute,
		CompletedJobRetentionPeriod: time.Hour,
		Logger:                      slog.New(quiet{log.Handler()}),
	}
}

// quiet passes on what the queue says from a warning upwards.
type quiet struct{ slog.Handler }

func (q quiet) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && q.Handler.Enabled(ctx, l)
}

func (q quiet) WithAttrs(attrs []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(attrs)} }

func (q quiet) WithGroup(name string) slog.Handler { return quiet{q.Handler.WithGroup(name)} }
