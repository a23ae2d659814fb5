package store

import (
	"context"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
)

const (
	ticketPolicyColumns = `tickets_enabled, tickets_on_grant, tickets_on_removal, ticket_provider_id,
		ticket_project_id, ticket_project_name, ticket_instructions, ticket_form, fulfilment`
	appChangeable = `name, description, admin_owner_id, ` + ticketPolicyColumns + `, updated_at, deleted_at`
	appColumns    = `id, created_at, ` + appChangeable
)

// prefixed puts a table alias before every column of a list.
func prefixed(alias, columns string) string {
	names := strings.Split(columns, ",")
	for i, n := range names {
		names[i] = alias + "." + strings.TrimSpace(n)
	}
	return strings.Join(names, ", ")
}

// AppFilter selects apps. Deleted apps are left out unless asked for by id.
type AppFilter struct {
	IDs     []string
	Search  string // part of the name
	OwnerID string // the admin owner
	Page    access.Page
}

// Apps lists apps by name.
func Apps(ctx context.Context, r *sqldb.Reader, f AppFilter) (access.List[access.App], error) {
	var q query
	if f.IDs == nil {
		q.and("deleted_at IS NULL")
	}
	in(&q, "id", f.IDs)
	if f.Search != "" {
		q.and(`lower(name) LIKE ? ESCAPE '\'`, sqldb.Contains(f.Search))
	}
	q.eq("admin_owner_id", f.OwnerID)
	if err := q.page(f.Page, ">", "name", "id"); err != nil {
		return access.List[access.App]{}, err
	}
	rows, err := sqldb.Select[access.App](ctx, r, `SELECT `+appColumns+` FROM apps`+q.text()+
		` ORDER BY name, id LIMIT ?`, append(q.args, f.Page.Limit()+1)...)
	return access.Cut(rows, f.Page, func(a access.App) []string { return []string{a.Name, a.ID} }), err
}

// App returns one app, deleted or not.
func App(ctx context.Context, r *sqldb.Reader, id string) (access.App, error) {
	return sqldb.Get[access.App](ctx, r, `SELECT `+appColumns+` FROM apps WHERE id = ?`, id)
}

// AppsByID returns apps, deleted or not, by their id.
func AppsByID(ctx context.Context, r *sqldb.Reader, ids []string) (map[string]access.App, error) {
	list, args := sqldb.In(ids)
	rows, err := sqldb.Select[access.App](ctx, r, `SELECT `+appColumns+` FROM apps WHERE id IN `+list, args...)
	return byID(rows, func(a access.App) string { return a.ID }), err
}

// AddApp inserts an app.
func AddApp(ctx context.Context, tx *sqldb.Tx, a access.App) error {
	return sqldb.Insert(ctx, tx, "apps", appColumns, a)
}

// UpdateApp stores what may change of an app.
func UpdateApp(ctx context.Context, tx *sqldb.Tx, a access.App) error {
	n, err := sqldb.Update(ctx, tx, "apps", appChangeable, a, `id = ? AND deleted_at IS NULL`, a.ID)
	return one(n, err, "the app")
}

// AppSizes counts the resources of each app.
func AppSizes(ctx context.Context, r *sqldb.Reader) (map[string]int, error) {
	return sizes(ctx, r, `SELECT app_id AS id, count(*) AS n FROM resources WHERE deleted_at IS NULL GROUP BY app_id`)
}

// DeleteResourcesOf marks every resource of an app deleted.
func DeleteResourcesOf(ctx context.Context, tx *sqldb.Tx, appID string, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE resources SET deleted_at = ?, updated_at = ? WHERE app_id = ? AND deleted_at IS NULL`, now, now, appID)
	return err
}
