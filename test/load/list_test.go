package load

import (
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
	"admit/internal/store"
)

const pageSize = 200

// BenchmarkHolders measures a page of a resource's users against one bare join
// that reads the same columns, on a table and on one ten times as large.
func BenchmarkHolders(b *testing.B) {
	onBoth(b, func(b *testing.B, db *sqldb.DB) {
		w := newWorld(b, db)
		forever := time.Now().Add(1000 * time.Hour)
		small, large := scale(100_000), scale(1_000_000)
		w.holders(b, small, forever)
		w.analyze(b)
		smallFirst := w.pages(b, "", 200)
		w.holders(b, large-small, forever)
		w.analyze(b)
		first := w.pages(b, "", 200)
		deep := w.pages(b, w.cursorOf(b, min(1000, large/pageSize-3)), 200)
		b.ReportMetric(first.ours.Seconds()*1000, "first-ms")
		b.ReportMetric(deep.ours.Seconds()*1000, "1000th-ms")
		b.ReportMetric(first.ours.Seconds()/first.bare.Seconds(), "first-x-floor")
		b.ReportMetric(deep.ours.Seconds()/deep.bare.Seconds(), "1000th-x-floor")
		b.ReportMetric(first.ours.Seconds()/smallFirst.ours.Seconds(), "x-at-10x-rows")
		b.ReportMetric(0, "ns/op")
	})
}

// analyze lets the engine learn how large the tables are, as time does.
func (w *world) analyze(b *testing.B) {
	b.Helper()
	must(b, w.db.InTx(b.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(b.Context(), `ANALYZE`)
		return err
	}))
}

type pageTimes struct{ ours, bare time.Duration }

// pages reads one page many times, ours and bare by turns, and returns the mean
// of each.
func (w *world) pages(b *testing.B, cursor string, times int) pageTimes {
	b.Helper()
	ctx := b.Context()
	var t pageTimes
	last := "~"
	if cursor != "" {
		keys, err := access.Page{Cursor: cursor}.After(1)
		must(b, err)
		last = keys[0]
	}
	for i := range times + 10 {
		ours := timed(func() {
			list, err := store.Holdings(ctx, w.db.Read(), store.SlotFilter{ResourceID: w.role, Page: access.Page{Size: pageSize, Cursor: cursor}})
			must(b, err)
			if len(list.Items) != pageSize {
				b.Fatalf("%d rows", len(list.Items))
			}
		})
		bare := timed(func() {
			rows, err := sqldb.Select[bareHolder](ctx, w.db.Read(), bareHolders, w.role, last)
			must(b, err)
			if len(rows) != pageSize+1 {
				b.Fatalf("%d rows", len(rows))
			}
		})
		if i >= 10 { // the first ones warm the caches
			t.ours += ours
			t.bare += bare
		}
	}
	t.ours /= time.Duration(times)
	t.bare /= time.Duration(times)
	return t
}

// bareHolders is one join that reads what the page shows.
const bareHolders = `SELECT s.id, s.user_id, s.resource_id, s.level, s.wanted, s.believed, s.proof, s.as_of, s.listed, s.change_id, s.created_at,
	u.email, u.first_name, u.last_name, u.position, u.role, g.id AS grant_id, g.source, g.granted_by, g.reason, g.created_at AS granted_at, g.expires_at,
	c.state, c.direction, t.identifier, t.url, t.status, t.assignee_email
	FROM slots s JOIN users u ON u.id = s.user_id
	LEFT JOIN grants g ON g.slot_id = s.id AND g.state = 'live'
	LEFT JOIN changes c ON c.id = s.change_id
	LEFT JOIN tickets t ON t.change_id = c.id
	WHERE s.listed AND s.resource_id = ? AND s.id < ?
	ORDER BY s.id DESC LIMIT 201`

type bareHolder struct {
	access.Slot
	Email, FirstName, LastName, Position, Role string
	GrantID, Source, Reason                    string
	GrantedBy                                  *string
	GrantedAt                                  time.Time
	ExpiresAt                                  *time.Time
	State, Direction                           *string
	Identifier, URL, Status, AssigneeEmail     *string
}

// cursorOf returns the cursor of the n-th page.
func (w *world) cursorOf(b *testing.B, n int) string {
	b.Helper()
	id, err := sqldb.Get[string](b.Context(), w.db.Read(), `SELECT id FROM slots WHERE listed AND resource_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?`, w.role, n*pageSize)
	must(b, err)
	return access.Cursor(id)
}
