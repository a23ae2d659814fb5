package testkit_test

import (
	"testing"

	"admit/internal/sqldb"
	"admit/internal/testkit"
)

func TestForEachDBGivesEachTestItsOwn(t *testing.T) {
	t.Parallel()
	for range 2 {
		testkit.ForEachDB(t, func(t *testing.T, db *sqldb.DB) {
			t.Helper()
			ctx := t.Context()
			// A second test on the same database would find the table.
			err := db.InTx(ctx, func(tx *sqldb.Tx) error {
				_, err := tx.Exec(ctx, `CREATE TABLE mine (id TEXT PRIMARY KEY)`)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, table := range []string{"migrations", "river_job"} {
				if _, err := sqldb.Get[int](ctx, db.Read(), `SELECT count(*) FROM `+table); err != nil {
					t.Errorf("the schema is not there: %v", err)
				}
			}
		})
	}
}
