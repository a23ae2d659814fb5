package load

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/job"
	"admit/internal/propagation"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/ticket"
	"admit/internal/ticket/jira"
	"admit/internal/ticket/jira/jiratest"
	"admit/internal/ticket/tickettest"
)

// filers is how many tickets the engine files at once at one provider.
const filers = 16

// BenchmarkFileOverHTTP measures the filing of tickets with a Jira over HTTP
// against bare calls of its provider's Create, as many at once. The Jira answers
// at once, or takes a while for each call as one elsewhere does.
func BenchmarkFileOverHTTP(b *testing.B) {
	for _, takes := range []time.Duration{0, 50 * time.Millisecond} {
		b.Run(takes.String(), func(b *testing.B) {
			onBoth(b, func(b *testing.B, db *sqldb.DB) {
				n := scale(1000)
				w := newWorld(b, db, jira.Cloud())
				must(b, w.db.Queue.Stop(b.Context())) // it is started when all is there to be filed
				warm := w.newDesk(b, takes)
				w.fileAll(b, warm, max(n/4, 1))
				warm.createAll(b, w.drafts(b, warm))
				var ours, bare time.Duration
				for range b.N {
					d := w.newDesk(b, takes) // with a budget of calls of its own
					ours += w.fileAll(b, d, n)
					bare += d.createAll(b, w.drafts(b, d))
				}
				b.ReportMetric(float64(n*b.N)/ours.Seconds(), "filed/s")
				b.ReportMetric(float64(n*b.N)/bare.Seconds(), "floor/s")
				b.ReportMetric(bare.Seconds()/ours.Seconds(), "of-floor")
				b.ReportMetric(0, "ns/op")
			})
		})
	}
}

// desk is a place on a Jira of its own.
type desk struct {
	place

	jira ticket.Provider
}

func (w *world) newDesk(b *testing.B, takes time.Duration) desk {
	b.Helper()
	fake := jiratest.Cloud(b, func(next http.Handler) http.Handler { return slow(next, takes) })
	at := w.newPlace(b, propagation.ProviderParams{Kind: jira.Cloud().Kind, Name: fake.URL, Settings: fake.Settings()}, jiratest.Access, jiratest.Task)
	d := desk{at, tickettest.Open(b, jira.Cloud(), fake.Settings())}
	alice, ok, err := d.jira.Account(b.Context(), jiratest.Access, "alice@example.com")
	if err != nil || !ok {
		b.Fatalf("no account of alice: %v", err)
	}
	must(b, w.eng.ChooseAccount(b.Context(), w.ada, at.prov, w.rita.UserID, alice))
	return d
}

// slow answers calls after a while.
func slow(next http.Handler, takes time.Duration) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if takes > 0 {
			<-time.After(takes)
		}
		next.ServeHTTP(rw, r)
	})
}

// fileAll has n changes of a desk filed that all wait for it.
func (w *world) fileAll(b *testing.B, d desk, n int) time.Duration {
	b.Helper()
	for part := range slices.Chunk(w.wishes(b, d.place, n), job.Batch) {
		must(b, w.eng.Reconcile(b.Context(), part))
	}
	var queue *sqldb.Queue
	took := timed(func() {
		queue = w.start(b, w.workers)
		w.until(b, n, `SELECT count(*) FROM tickets WHERE provider_id = ? AND state = 'open'`, d.prov)
	})
	must(b, queue.Stop(context.WithoutCancel(b.Context())))
	return took
}

// wishes gives access to n people that nobody has begun to carry out, and
// returns their slots.
func (w *world) wishes(b *testing.B, at place, n int) []string {
	b.Helper()
	ids := make([]string, n)
	slots, grants := make([]access.Slot, n), make([]access.Grant, n)
	now := w.db.Time()
	for i, u := range w.people(b, n) {
		ids[i] = store.NewID()
		slots[i] = access.Slot{
			ID: ids[i], UserID: u.ID, ResourceID: at.role, Wanted: true, Believed: access.Absent, Proof: access.NoProof, Listed: true, CreatedAt: now,
		}
		grants[i] = access.Grant{
			ID: store.NewID(), SlotID: ids[i], UserID: u.ID, ResourceID: at.role, Source: access.FromAdmin, State: access.GrantLive, CreatedAt: now,
		}
	}
	must(b, w.db.InTx(b.Context(), func(tx *sqldb.Tx) error {
		const columns = `id, user_id, resource_id, level, wanted, believed, proof, listed, created_at`
		if err := sqldb.Insert(b.Context(), tx, "slots", columns, slots...); err != nil {
			return err
		}
		return store.AddGrants(b.Context(), tx, grants...)
	}))
	return ids
}

// drafts are the tickets of a desk once more, under new keys.
func (w *world) drafts(b *testing.B, d desk) []ticket.Draft {
	b.Helper()
	type filed struct{ ProjectID, TypeID, Title, Body string }
	rows, err := sqldb.Select[filed](b.Context(), w.db.Read(), `SELECT project_id, type_id, title, body FROM tickets WHERE provider_id = ?`, d.prov)
	must(b, err)
	alice, _, err := d.jira.Account(b.Context(), jiratest.Access, "alice@example.com")
	must(b, err)
	drafts := make([]ticket.Draft, len(rows))
	for i, row := range rows {
		drafts[i] = ticket.Draft{Key: newKey(), Project: row.ProjectID, Type: row.TypeID, Title: row.Title, Body: row.Body, Assignee: alice}
	}
	return drafts
}

// createAll calls Create for each draft, and keeps nothing.
func (d desk) createAll(b *testing.B, drafts []ticket.Draft) time.Duration {
	b.Helper()
	return timed(func() {
		each(len(drafts), filers, func(i int) {
			made, err := d.jira.Create(b.Context(), drafts[i])
			if must(b, err); made.Assignee.ID == "" {
				b.Errorf("%s is not assigned", made.Identifier)
			}
		})
	})
}
