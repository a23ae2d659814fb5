package builtin_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"admit/internal/access"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/testkit"
	"admit/internal/ticket"
	"admit/internal/ticket/builtin"
	"admit/internal/ticket/tickettest"
)

const ana, josh = "ana@example.com", "josh@example.com"

// open returns a queue on a database with two users.
func open(t *testing.T, db *sqldb.DB) (*builtin.Queue, ticket.Spec, map[string]ticket.Account) {
	t.Helper()
	accounts := map[string]ticket.Account{}
	err := db.InTx(t.Context(), func(tx *sqldb.Tx) error {
		for _, email := range []string{ana, josh} {
			u := access.User{ID: store.NewID(), Email: email, Role: access.Member, CreatedAt: time.Now(), UpdatedAt: time.Now()}
			accounts[email] = ticket.Account{ID: u.ID, Name: u.Name(), Email: email}
			if err := store.AddUsers(t.Context(), tx, u); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	spec := builtin.Spec(db, "https://admit.example.com", time.Now)
	p, err := spec.Open(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	q, ok := p.(*builtin.Queue)
	if !ok {
		t.Fatalf("got a %T", p)
	}
	return q, spec, accounts
}

func TestConformance(t *testing.T) {
	t.Parallel()
	testkit.ForEachDB(t, func(t *testing.T, db *sqldb.DB) {
		q, spec, accounts := open(t, db)
		me := accounts[ana]
		must := func(t *testing.T, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		tickettest.Run(t, func(*testing.T) tickettest.Subject {
			return tickettest.Subject{
				Provider: q, Spec: spec,
				System: tickettest.System{
					Project: builtin.Project, Assignable: ana,
					Fulfiller: tickettest.Fulfiller{
						Start: func(t *testing.T, id string) { t.Helper(); must(t, q.Take(t.Context(), id, me)) },
						Done:  func(t *testing.T, id string) { t.Helper(); must(t, q.Finish(t.Context(), id, me, ticket.Yes, "")) },
						Decline: func(t *testing.T, id string) {
							t.Helper()
							must(t, q.Finish(t.Context(), id, me, ticket.No, "no such role"))
						},
						Delete: func(t *testing.T, id string) {
							t.Helper()
							must(t, db.InTx(t.Context(), func(tx *sqldb.Tx) error {
								_, err := tx.Exec(t.Context(), `DELETE FROM queue_tickets WHERE id = ?`, id)
								return err
							}))
						},
					},
					Fill: func(t *testing.T, n int) []string { t.Helper(); return fill(t, db, n) },
					Text: func(t *testing.T, id string) string {
						t.Helper()
						rows, err := store.QueueTickets(t.Context(), db.Read(), []string{id})
						must(t, err)
						talk, err := q.Talk(t.Context(), id)
						must(t, err)
						text := rows[0].Body + "\n" + rows[0].Reason
						for _, remark := range talk {
							text += "\n" + remark.Text
						}
						return text
					},
				},
			}
		})
	})
}

// fill makes n open tickets in one transaction.
func fill(t *testing.T, db *sqldb.DB, n int) []string {
	t.Helper()
	ids, rows := make([]string, n), make([]store.QueueTicket, n)
	err := db.InTx(t.Context(), func(tx *sqldb.Tx) error {
		last, err := sqldb.Get[int](t.Context(), &tx.Reader, `UPDATE queue_numbers SET value = value + ? WHERE name = 'ticket' RETURNING value`, n)
		if err != nil {
			return err
		}
		for i := range rows {
			now := time.Now().UTC().Truncate(time.Microsecond)
			ids[i] = store.NewID()
			rows[i] = store.QueueTicket{
				ID: ids[i], Number: last - i, Key: "fill-" + ids[i], Title: "one of many", Status: "open", CreatedAt: now, UpdatedAt: now,
			}
		}
		return sqldb.Insert(t.Context(), tx, "queue_tickets", `id, number, key, title, body, status, reason, created_at, updated_at`, rows...)
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestPeople(t *testing.T) {
	t.Parallel()
	testkit.ForEachDB(t, func(t *testing.T, db *sqldb.DB) {
		q, _, accounts := open(t, db)
		for query, want := range map[string][]ticket.Account{
			"ana": {accounts[ana]}, "JOSH@": {accounts[josh]}, "nobody": {}, "%": {}, "_": {}, "a\x00b": {},
		} {
			got, err := q.People(t.Context(), builtin.Project, query)
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || err != nil {
				t.Errorf("%q: %v\n%s", query, err, diff)
			}
		}
		if got, err := q.People(t.Context(), "", "example.com"); err != nil || len(got) != 2 {
			t.Errorf("by what both have: %+v, %v", got, err)
		}
		const many = 30
		err := db.InTx(t.Context(), func(tx *sqldb.Tx) error {
			users := make([]access.User, many)
			for i := range users {
				users[i] = access.User{
					ID: store.NewID(), Email: fmt.Sprintf("many%d@example.com", i), Role: access.Member, CreatedAt: time.Now(), UpdatedAt: time.Now(),
				}
			}
			return store.AddUsers(t.Context(), tx, users...)
		})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := q.People(t.Context(), "", "many"); err != nil || len(got) != 20 {
			t.Errorf("of %d people %d are found, %v; want 20", many, len(got), err)
		}
	})
}

// TestOutcomesLeaveItAlone sees that what an admin says of statuses elsewhere
// does not touch the queue, whose statuses have one meaning.
func TestOutcomesLeaveItAlone(t *testing.T) {
	t.Parallel()
	testkit.ForEachDB(t, func(t *testing.T, db *sqldb.DB) {
		q, _, accounts := open(t, db)
		said := ticket.Outcomes{"": ticket.No, "done": ticket.No, "Done": ticket.No, "status:done": ticket.No}
		made, err := q.Create(t.Context(), ticket.Draft{Key: "k", Project: builtin.Project, Title: "Do it"})
		if err != nil || said.Apply(made).Outcome != ticket.Open {
			t.Fatalf("%+v, %v", made, err)
		}
		if err := q.Finish(t.Context(), made.ID, accounts[ana], ticket.Yes, ""); err != nil {
			t.Fatal(err)
		}
		done, err := q.Read(t.Context(), []string{made.ID})
		if err != nil || len(done) != 1 || said.Apply(done[0]).Outcome != ticket.Yes {
			t.Errorf("%+v, %v; want it done", done, err)
		}
	})
}

func TestDesk(t *testing.T) {
	t.Parallel()
	testkit.ForEachDB(t, func(t *testing.T, db *sqldb.DB) {
		q, _, accounts := open(t, db)
		me := accounts[ana]
		snap, err := q.Create(t.Context(), ticket.Draft{Key: "k1", Project: builtin.Project, Title: "Do it"})
		if err != nil {
			t.Fatal(err)
		}
		if err := q.Finish(t.Context(), snap.ID, me, ticket.No, "  "); !errors.Is(err, access.Invalid) {
			t.Errorf("declined without a reason: %v", err)
		}
		if err := q.Finish(t.Context(), snap.ID, me, ticket.Unclear, "x"); !errors.Is(err, access.Invalid) {
			t.Errorf("ended unclear: %v", err)
		}
		if err := q.Take(t.Context(), "nope", me); !errors.Is(err, access.NotFound) {
			t.Errorf("took what is not there: %v", err)
		}
		if err := q.Say(t.Context(), snap.ID, me, "on it"); err != nil {
			t.Fatal(err)
		}
		// Many end it at once: one wins.
		var won, lost int
		var mu sync.Mutex
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				outcome := ticket.Yes
				if i%2 == 0 {
					outcome = ticket.No
				}
				err := q.Finish(t.Context(), snap.ID, me, outcome, "because")
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					won++
				case errors.Is(err, access.Conflict):
					lost++
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won != 1 || lost != 7 {
			t.Errorf("%d won and %d lost", won, lost)
		}
		if talk, err := q.Talk(t.Context(), snap.ID); err != nil || len(talk) != 1 || talk[0].Author.ID != me.ID {
			t.Errorf("talk %+v, %v", talk, err)
		}
	})
}
