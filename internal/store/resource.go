package store

import (
	"context"

	"admit/internal/access"
	"admit/internal/sqldb"
)

const (
	resourceChangeable = `name, description, admin_owner_id, risk, requestable, auto_approve, max_minutes,
		recommended_minutes, overrides_tickets, ` + ticketPolicyColumns + `, updated_at, deleted_at`
	resourceColumns = `id, app_id, created_at, ` + resourceChangeable
)

// ResourceFilter selects resources. Deleted ones are left out unless asked for
// by id.
type ResourceFilter struct {
	IDs         []string
	AppID       string
	OwnerID     string // the admin owner
	ReviewerID  string // an owner that reviews its requests
	Name        string // exactly
	Search      string // part of the resource's or its app's name
	Requestable bool   // only those one may ask for
	Page        access.Page
}

// Resources lists resources by name.
func Resources(ctx context.Context, r *sqldb.Reader, f ResourceFilter) (access.List[access.Resource], error) {
	var q query
	if f.IDs == nil {
		q.and("deleted_at IS NULL")
	}
	in(&q, "id", f.IDs)
	q.eq("app_id", f.AppID)
	q.eq("admin_owner_id", f.OwnerID)
	q.eq("name", f.Name)
	if f.ReviewerID != "" {
		q.and("id IN (SELECT resource_id FROM resource_reviewers WHERE owner_id = ?)", f.ReviewerID)
	}
	if f.Search != "" {
		like := sqldb.Contains(f.Search)
		q.and(`(lower(name) LIKE ? ESCAPE '\' OR app_id IN (SELECT id FROM apps WHERE lower(name) LIKE ? ESCAPE '\'))`, like, like)
	}
	if f.Requestable {
		q.and("requestable")
	}
	if err := q.page(f.Page, ">", "name", "id"); err != nil {
		return access.List[access.Resource]{}, err
	}
	rows, err := sqldb.Select[access.Resource](ctx, r, `SELECT `+resourceColumns+` FROM resources`+q.text()+
		` ORDER BY name, id LIMIT ?`, append(q.args, f.Page.Limit()+1)...)
	return access.Cut(rows, f.Page, func(x access.Resource) []string { return []string{x.Name, x.ID} }), err
}

// Resource returns one resource, deleted or not.
func Resource(ctx context.Context, r *sqldb.Reader, id string) (access.Resource, error) {
	return sqldb.Get[access.Resource](ctx, r, `SELECT `+resourceColumns+` FROM resources WHERE id = ?`, id)
}

// ResourcesByID returns resources, deleted or not, by their id.
func ResourcesByID(ctx context.Context, r *sqldb.Reader, ids []string) (map[string]access.Resource, error) {
	list, args := sqldb.In(ids)
	rows, err := sqldb.Select[access.Resource](ctx, r, `SELECT `+resourceColumns+` FROM resources WHERE id IN `+list, args...)
	return byID(rows, func(x access.Resource) string { return x.ID }), err
}

// AddResource inserts a resource.
func AddResource(ctx context.Context, tx *sqldb.Tx, x access.Resource) error {
	return sqldb.Insert(ctx, tx, "resources", resourceColumns, x)
}

// UpdateResource stores what may change of a resource.
func UpdateResource(ctx context.Context, tx *sqldb.Tx, x access.Resource) error {
	n, err := sqldb.Update(ctx, tx, "resources", resourceChangeable, x, `id = ? AND deleted_at IS NULL`, x.ID)
	return one(n, err, "the resource")
}

// Levels returns the access levels of resources, in their order.
func Levels(ctx context.Context, r *sqldb.Reader, resourceIDs []string) (map[string][]access.Level, error) {
	list, args := sqldb.In(resourceIDs)
	rows, err := sqldb.Select[access.Level](ctx, r, `SELECT resource_id, id, name FROM resource_levels
		WHERE resource_id IN `+list+` ORDER BY resource_id, position`, args...)
	return groupBy(rows, func(l access.Level) string { return l.ResourceID }), err
}

// SetLevels replaces the access levels of a resource.
func SetLevels(ctx context.Context, tx *sqldb.Tx, resourceID string, levels []access.Level) error {
	if _, err := tx.Exec(ctx, `DELETE FROM resource_levels WHERE resource_id = ?`, resourceID); err != nil {
		return err
	}
	type row struct {
		ResourceID, ID, Name string
		Position             int
	}
	rows := make([]row, len(levels))
	for i, l := range levels {
		rows[i] = row{resourceID, l.ID, l.Name, i}
	}
	return sqldb.Insert(ctx, tx, "resource_levels", "resource_id, id, name, position", rows...)
}

// HeldLevels returns the levels of a resource that somebody has, wants or is
// about to lose.
func HeldLevels(ctx context.Context, r *sqldb.Reader, resourceID string) ([]string, error) {
	return sqldb.Select[string](ctx, r, `SELECT DISTINCT level FROM slots WHERE listed AND resource_id = ?`, resourceID)
}

// Reviewers returns the owners that review requests for resources, in order, by
// resource.
func Reviewers(ctx context.Context, r *sqldb.Reader, resourceIDs []string) (map[string][]access.Owner, error) {
	type row struct {
		ResourceID string
		access.Owner
	}
	list, args := sqldb.In(resourceIDs)
	rows, err := sqldb.Select[row](ctx, r, `SELECT v.resource_id, `+prefixed("o", ownerColumns)+`
		FROM resource_reviewers v JOIN owners o ON o.id = v.owner_id
		WHERE v.resource_id IN `+list+` ORDER BY v.resource_id, v.position`, args...)
	m := map[string][]access.Owner{}
	for _, x := range rows {
		m[x.ResourceID] = append(m[x.ResourceID], x.Owner)
	}
	return m, err
}

// ReviewersOf returns the people who review requests for resources, by
// resource. Deleted users are left out.
func ReviewersOf(ctx context.Context, r *sqldb.Reader, resourceIDs []string) (map[string][]access.User, error) {
	type row struct {
		ResourceID string
		access.User
	}
	list, args := sqldb.In(resourceIDs)
	rows, err := sqldb.Select[row](ctx, r, `SELECT v.resource_id, `+prefixed("u", userColumns)+`
		FROM resource_reviewers v JOIN owner_users o ON o.owner_id = v.owner_id JOIN users u ON u.id = o.user_id
		WHERE v.resource_id IN `+list+` AND u.deleted_at IS NULL
		ORDER BY v.resource_id, v.position, o.position`, args...)
	m := map[string][]access.User{}
	seen := map[[2]string]bool{}
	for _, x := range rows {
		if k := [2]string{x.ResourceID, x.ID}; !seen[k] {
			seen[k] = true
			m[x.ResourceID] = append(m[x.ResourceID], x.User)
		}
	}
	return m, err
}

// SetReviewers replaces the owners that review requests for a resource.
func SetReviewers(ctx context.Context, tx *sqldb.Tx, resourceID string, ownerIDs []string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM resource_reviewers WHERE resource_id = ?`, resourceID); err != nil {
		return err
	}
	type row struct {
		ResourceID, OwnerID string
		Position            int
	}
	rows := make([]row, len(ownerIDs))
	for i, id := range ownerIDs {
		rows[i] = row{resourceID, id, i}
	}
	return sqldb.Insert(ctx, tx, "resource_reviewers", "resource_id, owner_id, position", rows...)
}

// ResourceSizes counts who is listed on each of these resources.
func ResourceSizes(ctx context.Context, r *sqldb.Reader, resourceIDs []string) (map[string]int, error) {
	list, args := sqldb.In(resourceIDs)
	return sizes(ctx, r, `SELECT resource_id AS id, count(*) AS n FROM slots WHERE listed AND resource_id IN `+list+` GROUP BY resource_id`, args...)
}
