package builtin_test

import (
	"errors"
	"sync"
	"testing"
	"time"

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
				System: tickettest.System{Project: builtin.Project, Assignable: ana,
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
				}}
		})
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
