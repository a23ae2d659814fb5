package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"admit/internal/sqldb"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the schema up to date, each migration in a transaction of its
// own. A file NAME.sql holds for both engines; NAME.sqlite.sql and
// NAME.postgres.sql for one. Running it again changes nothing, and of several
// servers that start at once one migrates while the others wait.
func Migrate(ctx context.Context, db *sqldb.DB) error {
	ctx = sqldb.AnswerWithin(ctx, 0)
	names, err := migrationNames(db.Engine())
	if err != nil {
		return err
	}
	if err := db.InTx(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)`)
		return err
	}); err != nil {
		return fmt.Errorf("create the table of migrations: %w", err)
	}
	for _, name := range names {
		if err := migrateOne(ctx, db, name); err != nil {
			return fmt.Errorf("migration %s: %w", name, err)
		}
	}
	return nil
}

func migrateOne(ctx context.Context, db *sqldb.DB, name string) error {
	done, err := sqldb.Get[int](ctx, db.Read(), `SELECT count(*) FROM migrations WHERE name = ?`, name)
	if err != nil || done > 0 {
		return err
	}
	text, err := migrations.ReadFile("migrations/" + name)
	if err != nil {
		return err
	}
	return db.InTx(ctx, func(tx *sqldb.Tx) error {
		// The insert waits for another server that runs the same migration.
		n, err := tx.Exec(ctx, `INSERT INTO migrations (name) VALUES (?) ON CONFLICT DO NOTHING`, name)
		if err != nil || n == 0 {
			return err
		}
		for _, statement := range statements(string(text), db.Engine()) {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return fmt.Errorf("%w in: %s", err, statement)
			}
		}
		return nil
	})
}

func migrationNames(engine sqldb.Engine) ([]string, error) {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range files {
		name := strings.TrimPrefix(f, "migrations/")
		if parts := strings.Split(name, "."); len(parts) == 2 || parts[1] == string(engine) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// statements splits a migration at semicolons that end a line outside a body:
// what stands between BEGIN and END, or between $$ and $$, stays whole.
func statements(text string, engine sqldb.Engine) []string {
	if engine == sqldb.PostgreSQL {
		text = strings.ReplaceAll(text, " TIMESTAMP", " TIMESTAMPTZ")
	}
	var all []string
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "--") {
			continue
		}
		b.WriteString(line)
		whole := strings.Count(b.String(), "$$")%2 == 0
		if whole && strings.HasSuffix(strings.TrimSpace(line), ";") {
			all = append(all, strings.TrimSpace(b.String()))
			b.Reset()
		}
	}
	return all
}
