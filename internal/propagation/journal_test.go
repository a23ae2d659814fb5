package propagation_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"admit/internal/sqldb"
)

// line is a line of the journal: one thing the engine wrote.
type line struct {
	Seq    int64
	What   string // "slot", "change", "ticket", or "event": one about a change
	ID     string
	About  string // of a slot RESOURCE/USER, of a change its slot, of a ticket and an event the change
	Was    string // what was believed, the state; "" of what is new
	Became string // what is believed, the state, the type of an event
	More   string
}

// String writes a line for people, with the ends of ids.
func (l line) String() string {
	short := func(id string) string { return id[max(0, len(id)-4):] }
	if l.What == "event" {
		return fmt.Sprintf("event about %s: %s %s", short(l.About), l.Became, l.More)
	}
	return fmt.Sprintf("%s %s of %s: %s -> %s %s", l.What, short(l.ID), short(l.About), l.Was, l.Became, l.More)
}

// watched is what the journal notes, in the order of the fields of line. A change
// in one transaction that is undone in the same one is noted too.
var watched = []struct{ table, on, when, note string }{
	{"slots", "INSERT", `TRUE`, `'slot', NEW.id, NEW.resource_id || '/' || NEW.user_id, '', NEW.believed, NEW.proof`},
	{
		"slots", "UPDATE", `OLD.believed <> NEW.believed OR OLD.proof <> NEW.proof`,
		`'slot', NEW.id, NEW.resource_id || '/' || NEW.user_id, OLD.believed, NEW.believed, NEW.proof`,
	},
	{
		"changes", "INSERT", `TRUE`,
		`'change', NEW.id, NEW.slot_id, '', NEW.state, NEW.direction || CASE WHEN NEW.via_ticket THEN ' by ticket' ELSE '' END`,
	},
	{
		"changes", "UPDATE", `OLD.state <> NEW.state OR OLD.attention <> NEW.attention`,
		`'change', NEW.id, NEW.slot_id, OLD.state, NEW.state, NEW.attention || CASE WHEN OLD.reversed THEN ' reversed' ELSE '' END`,
	},
	{"tickets", "INSERT", `TRUE`, `'ticket', NEW.id, NEW.change_id, '', NEW.state, NEW.provider_id || '/' || NEW.key`},
	{
		"tickets", "UPDATE", `OLD.state <> NEW.state OR OLD.remote_id <> NEW.remote_id`,
		`'ticket', NEW.id, NEW.change_id, OLD.state, NEW.state, NEW.remote_id`,
	},
	{"events", "INSERT", `NEW.change_id IS NOT NULL`, `'event', NEW.id, NEW.change_id, '', NEW.type, NEW.summary`},
}

// keepJournal has a database note what is written to it.
func keepJournal(t *testing.T, db *sqldb.DB) {
	t.Helper()
	seq := `INTEGER PRIMARY KEY`
	if db.Engine() == sqldb.PostgreSQL {
		seq = `BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY`
	}
	statements := []string{
		`CREATE TABLE journal (seq ` + seq + `, what TEXT NOT NULL, id TEXT NOT NULL, about TEXT NOT NULL, was TEXT NOT NULL, became TEXT NOT NULL, more TEXT NOT NULL)`,
	}
	for _, x := range watched {
		name := "note_" + x.table + "_" + strings.ToLower(x.on)
		insert := `INSERT INTO journal (what, id, about, was, became, more) VALUES (` + x.note + `);`
		if db.Engine() == sqldb.SQLite {
			statements = append(statements, fmt.Sprintf(`CREATE TRIGGER %s AFTER %s ON %s WHEN %s BEGIN %s END`, name, x.on, x.table, x.when, insert))
			continue
		}
		statements = append(statements,
			fmt.Sprintf(`CREATE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN %s RETURN NULL; END $$`, name, insert),
			fmt.Sprintf(`CREATE TRIGGER %s AFTER %s ON %s FOR EACH ROW WHEN (%s) EXECUTE FUNCTION %s()`, name, x.on, x.table, x.when, name))
	}
	err := db.InTx(t.Context(), func(tx *sqldb.Tx) error {
		for _, s := range statements {
			if _, err := tx.Exec(t.Context(), s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// journalSince returns the lines after one.
func journalSince(ctx context.Context, db *sqldb.DB, seq int64) ([]line, error) {
	return sqldb.Select[line](ctx, db.Read(), `SELECT seq, what, id, about, was, became, more FROM journal WHERE seq > ? ORDER BY seq`, seq)
}
