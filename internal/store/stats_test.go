package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"admit/internal/access"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/testkit"
)

// done returns changes like c that were done by ticket at a moment, each after so
// long.
func done(c access.AccessChange, ended time.Time, took ...time.Duration) []access.AccessChange {
	c.State, c.ViaTicket, c.StateAt, c.EndedAt = access.Done, true, ended, &ended
	all := make([]access.AccessChange, len(took))
	for i, d := range took {
		all[i] = c
		all[i].ID, all[i].CreatedAt = store.NewID(), ended.Add(-d)
	}
	return all
}

// hours are n durations: n hours, and so on down to one.
func hours(n int) []time.Duration {
	all := make([]time.Duration, n)
	for i := range all {
		all[i] = time.Duration(n-i) * time.Hour
	}
	return all
}

// TestPercentiles: they are those of the nearest rank, there are none of nothing,
// and only what its ticket said is done is measured.
func TestPercentiles(t *testing.T) {
	t.Parallel()
	undo := errors.New("undo")
	testkit.ForEachDB(t, func(t *testing.T, db *sqldb.DB) {
		c := seed(t, db)
		for n, want := range map[int][2]time.Duration{
			0: {0, 0}, 1: {1, 1}, 2: {1, 2}, 3: {2, 3}, 10: {5, 10}, 19: {10, 19}, 20: {10, 19}, 21: {11, 20}, 40: {20, 38}, 100: {50, 95},
		} {
			other := done(c, now, 500*time.Hour, 600*time.Hour, 700*time.Hour, 800*time.Hour)
			other[0].AttestedBy, other[1].ViaTicket, other[2].State = &c.UserID, false, access.Superseded
			other[3].EndedAt = new(now.Add(-time.Second))
			err := db.InTx(t.Context(), func(tx *sqldb.Tx) error {
				err := store.AddChanges(t.Context(), tx, append(done(c, now, hours(n)...), other...)...)
				stats, err2 := store.WorkStats(t.Context(), &tx.Reader, store.WorkInAll, now, "")
				if len(stats) != 1 || stats[0].Measured != n || stats[0].Done != n+1 || stats[0].Opened != 0 {
					t.Errorf("of %d done: %+v", n, stats)
				} else if got := [2]time.Duration{stats[0].P50() / time.Hour, stats[0].P95() / time.Hour}; got != want {
					t.Errorf("of %d done: %d, want %d", n, got, want)
				}
				return errors.Join(err, err2, undo)
			})
			if err.Error() != undo.Error() {
				t.Fatal(err)
			}
		}
	})
}

func TestDoneCounts(t *testing.T) {
	t.Parallel()
	testkit.ForEachDB(t, func(t *testing.T, db *sqldb.DB) {
		c := seed(t, db)
		day := func(n int) time.Time { return now.AddDate(0, 0, n) }
		on := done(c, day(0), 1, 2, 3)
		on[1].LateAt, on[2].AttestedBy = &now, &c.UserID
		all := slices.Concat(on, done(c, day(2).Add(-1000), 1), done(c, day(-1), 1), done(c, day(3), 1))
		in(t, db, func(tx *sqldb.Tx) error { return store.AddChanges(t.Context(), tx, all...) })
		got, err := store.DoneCounts(t.Context(), db.Read(), []time.Time{day(0), day(1), day(2), day(3)}, "")
		if diff := cmp.Diff([]store.DoneCount{{0, 3, 1}, {1, 1, 0}, {2, 0, 0}}, got); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
}
