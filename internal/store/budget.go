package store

import (
	"context"
	"time"

	"admit/internal/sqldb"
)

// Budget is a bucket of calls that all servers take from. Full holds Calls; it
// fills with Calls in Per.
type Budget struct {
	Calls int
	Per   time.Duration
	Keep  float64 // how many are kept back for others
}

// TakeBudget takes up to want calls from a provider's bucket. Without any left it
// returns 0, and how long until there is one.
func TakeBudget(ctx context.Context, tx *sqldb.Tx, providerID string, b Budget, want int, now time.Time) (got int, wait time.Duration, err error) {
	rows, err := sqldb.SelectLocked[bucket](ctx, tx, `SELECT budget_left, budget_at FROM providers WHERE id = ?`, providerID)
	if err != nil || len(rows) == 0 {
		return 0, b.Per, err
	}
	left := rows[0].filled(b, now)
	if free := left - b.Keep; free < 1 {
		return 0, time.Duration((1 - free) / float64(b.Calls) * float64(b.Per)), nil
	}
	got = min(want, int(left-b.Keep))
	_, err = tx.Exec(ctx, `UPDATE providers SET budget_left = ?, budget_at = ? WHERE id = ?`, left-float64(got), now, providerID)
	return got, 0, err
}

// bucket is what is left of a budget, as of a time. Below zero says that nothing
// was taken yet.
type bucket struct {
	BudgetLeft float64
	BudgetAt   *time.Time
}

func (b bucket) filled(of Budget, now time.Time) float64 {
	most := float64(of.Calls)
	if b.BudgetAt == nil || b.BudgetLeft < 0 {
		return most
	}
	return min(most, b.BudgetLeft+most*max(now.Sub(*b.BudgetAt).Seconds(), 0)/of.Per.Seconds())
}

// PauseProvider notes that a provider's system wants no calls before a moment.
// An earlier pause that is longer stays.
func PauseProvider(ctx context.Context, tx *sqldb.Tx, id string, until time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE providers SET paused_until = ? WHERE id = ? AND (paused_until IS NULL OR paused_until < ?)`, until, id, until)
	return err
}
