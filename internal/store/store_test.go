package store_test

import (
	"errors"
	"testing"

	"admit/internal/access"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/testkit"
)

// TestMigrateTwice: migrating again changes nothing.
func TestMigrateTwice(t *testing.T) {
	t.Parallel()
	testkit.ForEachDB(t, func(t *testing.T, db *sqldb.DB) {
		for range 2 {
			if err := store.Migrate(t.Context(), db); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestEventsOnlyGrow: the audit log cannot be edited, not even by us.
func TestEventsOnlyGrow(t *testing.T) {
	t.Parallel()
	testkit.ForEachDB(t, func(t *testing.T, db *sqldb.DB) {
		e := access.By(access.System(), access.UserCreated, "made somebody")
		in(t, db, func(tx *sqldb.Tx) error { return store.AddEvents(t.Context(), tx, now, e) })
		for _, change := range []string{`UPDATE events SET summary = 'nothing happened'`, `DELETE FROM events`} {
			err := db.InTx(t.Context(), func(tx *sqldb.Tx) error {
				_, err := tx.Exec(t.Context(), change)
				return err
			})
			if err == nil {
				t.Errorf("%s went through", change)
			}
		}
		list, err := store.Events(t.Context(), db.Read(), store.EventFilter{})
		if err != nil || len(list.Items) != 1 || list.Items[0].Summary != "made somebody" {
			t.Errorf("%+v, %v", list.Items, err)
		}
	})
}

// TestOneLiveChange: the database itself refuses a second live change of a slot,
// a second live ticket of a change, and attention without a reason.
func TestOneLiveChange(t *testing.T) {
	t.Parallel()
	testkit.ForEachDB(t, func(t *testing.T, db *sqldb.DB) {
		c := seed(t, db)
		add := func(c access.AccessChange) error {
			c.ID = store.NewID()
			return db.InTx(t.Context(), func(tx *sqldb.Tx) error { return store.AddChanges(t.Context(), tx, c) })
		}
		if err := add(c); !errors.Is(err, access.Conflict) {
			t.Errorf("a second live change: %v", err)
		}
		done := c
		done.State = access.Done
		if err := add(done); err != nil {
			t.Errorf("an ended change beside a live one: %v", err)
		}
		odd := c
		odd.SlotID, odd.State = c.SlotID, access.Done
		odd.Attention = access.Declined
		if err := add(odd); err == nil {
			t.Error("a done change that asks for attention was stored")
		}
		ticket := func(key string, s access.TicketState) error {
			return db.InTx(t.Context(), func(tx *sqldb.Tx) error {
				return store.AddTickets(t.Context(), tx, access.Ticket{
					ID: store.NewID(), ChangeID: c.ID, ProviderID: access.BuiltInProviderID, Key: key, State: s, CreatedAt: now,
				})
			})
		}
		if err := errors.Join(ticket("k1", access.TicketSending), ticket("k2", access.TicketLost)); err != nil {
			t.Fatal(err)
		}
		if err := ticket("k3", access.TicketOpen); !errors.Is(err, access.Conflict) {
			t.Errorf("a second live ticket: %v", err)
		}
		if err := ticket("k2", access.TicketLost); !errors.Is(err, access.Conflict) {
			t.Errorf("a key used twice: %v", err)
		}
	})
}

// TestStaleStateIsAConflict: a compare-and-set with another state changes
// nothing.
func TestStaleStateIsAConflict(t *testing.T) {
	t.Parallel()
	testkit.ForEachDB(t, func(t *testing.T, db *sqldb.DB) {
		c := seed(t, db)
		err := db.InTx(t.Context(), func(tx *sqldb.Tx) error { return store.UpdateChange(t.Context(), tx, c, access.Open) })
		if !errors.Is(err, access.Conflict) {
			t.Errorf("got %v", err)
		}
	})
}

// TestMigrateFromBefore: the providers of an installation without preflights get
// one, but for the built-in queue.
func TestMigrateFromBefore(t *testing.T) {
	t.Parallel()
	testkit.ForEachDB(t, func(t *testing.T, db *sqldb.DB) {
		undo := []string{
			`DROP TABLE webhooks`, `DROP TABLE deliveries`, `DROP INDEX tickets_twins`, `DROP INDEX tickets_sending`, `DROP INDEX provider_accounts_account`,
			`DELETE FROM migrations WHERE name = '0004_ticket_systems.sql'`,
		}
		for table, columns := range map[string][]string{
			"apps": {"ticket_form"}, "resources": {"ticket_form"}, "provider_accounts": {"chosen"},
			"tickets":   {"type_id", "fields", "outcome", "grounds", "assignee_account", "twins_at"},
			"providers": {"outcomes", "findings", "checked_at", "next_check_at", "paused_until", "budget_left", "budget_at"},
		} {
			for _, c := range columns {
				undo = append(undo, `ALTER TABLE `+table+` DROP COLUMN `+c)
			}
		}
		in(t, db, func(tx *sqldb.Tx) error {
			for _, statement := range undo {
				if _, err := tx.Exec(t.Context(), statement); err != nil {
					return err
				}
			}
			for _, id := range []string{access.BuiltInProviderID, "another"} {
				if _, err := tx.Exec(t.Context(), `INSERT INTO providers (id, kind, name, settings, secrets, version, health, trouble, cursor, next_poll_at, created_at, updated_at)
					VALUES (?, 'k', ?, '{}', '', 1, 'ok', '', '', ?, ?, ?)`, id, id, now, now, now); err != nil {
					return err
				}
			}
			return nil
		})
		if err := store.Migrate(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		in(t, db, func(tx *sqldb.Tx) error {
			due, err := store.DueChecks(t.Context(), tx, now, now)
			if len(due) != 1 || due[0] != "another" {
				t.Errorf("due are %v, want the one provider of before", due)
			}
			return err
		})
	})
}
