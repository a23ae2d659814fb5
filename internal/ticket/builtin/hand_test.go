package builtin_test

import (
	"slices"
	"testing"
	"time"

	"admit/internal/sqldb"
	"admit/internal/testkit"
	"admit/internal/ticket"
	"admit/internal/ticket/builtin"
)

// TestAssignNobodyAnyMore sees that a ticket is not given to a user who was
// deleted, and that an ended one is given to nobody.
func TestAssignNobodyAnyMore(t *testing.T) {
	t.Parallel()
	testkit.ForEachDB(t, func(t *testing.T, db *sqldb.DB) {
		q, _, accounts := open(t, db)
		made, err := q.Create(t.Context(), ticket.Draft{Key: "k", Project: builtin.Project, Title: "Do it", Assignee: accounts[ana]})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.InTx(t.Context(), func(tx *sqldb.Tx) error {
			_, err := tx.Exec(t.Context(), `UPDATE users SET deleted_at = ? WHERE id = ?`, time.Now(), accounts[josh].ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		err = q.Assign(t.Context(), made.ID, accounts[josh])
		if !ticket.IsRefusal(err) || !slices.Equal(ticket.FailureOf(err).Fields, []string{ticket.AssigneeField}) {
			t.Errorf("given to a deleted user: %v; want a refusal about the assignee", err)
		}
		if err := q.Complete(t.Context(), made.ID, "Josh says that it is done."); err != nil {
			t.Fatal(err)
		}
		if err := q.Assign(t.Context(), made.ID, ticket.Account{}); !ticket.IsRefusal(err) {
			t.Errorf("taken from somebody after its end: %v; want a refusal", err)
		}
		talk, err := q.Talk(t.Context(), made.ID)
		if err != nil || len(talk) != 1 || talk[0].Author != (ticket.Account{}) || talk[0].Text != "Josh says that it is done." {
			t.Errorf("talk %+v, %v; want what was said, by Admit", talk, err)
		}
	})
}
