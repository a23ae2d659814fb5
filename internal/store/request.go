package store

import (
	"context"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
)

const (
	requestColumns = `id, requester_id, target_user_id, reason, minutes, state, created_at, updated_at, decided_at, decided_by`
	itemColumns    = `id, request_id, resource_id, level, state`
	reviewColumns  = `id, request_id, item_id, reviewer_id, decision, override, comment, created_at`
	commentColumns = `id, request_id, author_id, text, created_at`
)

// AddRequest inserts a request with its items.
func AddRequest(ctx context.Context, tx *sqldb.Tx, r access.Request, items []access.RequestItem) error {
	if err := sqldb.Insert(ctx, tx, "requests", requestColumns, r); err != nil {
		return err
	}
	return sqldb.Insert(ctx, tx, "request_items", itemColumns, items...)
}

// Request returns one request.
func Request(ctx context.Context, r *sqldb.Reader, id string) (access.Request, error) {
	return sqldb.Get[access.Request](ctx, r, `SELECT `+requestColumns+` FROM requests WHERE id = ?`, id)
}

// LockRequest returns a pending request, held against other deciders until the
// transaction ends, or a Conflict if it is decided.
func LockRequest(ctx context.Context, tx *sqldb.Tx, id string, now time.Time) (access.Request, error) {
	rows, err := sqldb.Select[access.Request](ctx, &tx.Reader, `UPDATE requests SET updated_at = ?
		WHERE id = ? AND state = 'pending' RETURNING `+requestColumns, now, id)
	if err != nil {
		return access.Request{}, err
	}
	if len(rows) == 0 {
		was, err := Request(ctx, &tx.Reader, id)
		if err != nil {
			return access.Request{}, err
		}
		return was, access.Errorf(access.Conflict, "this request is already %s", was.State)
	}
	return rows[0], nil
}

// UpdateRequest stores the state of a request that was pending.
func UpdateRequest(ctx context.Context, tx *sqldb.Tx, r access.Request) error {
	n, err := sqldb.Update(ctx, tx, "requests", `state, updated_at, decided_at, decided_by`, r, `id = ? AND state = 'pending'`, r.ID)
	return one(n, err, "the request")
}

// Items returns the items of requests, by request.
func Items(ctx context.Context, r *sqldb.Reader, requestIDs []string) (map[string][]access.RequestItem, error) {
	list, args := sqldb.In(requestIDs)
	rows, err := sqldb.Select[access.RequestItem](ctx, r, `SELECT `+itemColumns+` FROM request_items
		WHERE request_id IN `+list+` ORDER BY request_id, id`, args...)
	return groupBy(rows, func(i access.RequestItem) string { return i.RequestID }), err
}

// SetItems moves pending items of a request to a state.
func SetItems(ctx context.Context, tx *sqldb.Tx, itemIDs []string, to access.RequestState) error {
	list, args := sqldb.In(itemIDs)
	_, err := tx.Exec(ctx, `UPDATE request_items SET state = ? WHERE state = 'pending' AND id IN `+list, append([]any{to}, args...)...)
	return err
}

// AddReviews inserts reviews.
func AddReviews(ctx context.Context, tx *sqldb.Tx, reviews ...access.Review) error {
	return sqldb.Insert(ctx, tx, "request_reviews", reviewColumns, reviews...)
}

// Reviews returns the reviews of requests, oldest first, by request.
func Reviews(ctx context.Context, r *sqldb.Reader, requestIDs []string) (map[string][]access.Review, error) {
	list, args := sqldb.In(requestIDs)
	rows, err := sqldb.Select[access.Review](ctx, r, `SELECT `+reviewColumns+` FROM request_reviews
		WHERE request_id IN `+list+` ORDER BY request_id, id`, args...)
	return groupBy(rows, func(v access.Review) string { return v.RequestID }), err
}

// AddComment inserts a comment.
func AddComment(ctx context.Context, tx *sqldb.Tx, c access.Comment) error {
	return sqldb.Insert(ctx, tx, "request_comments", commentColumns, c)
}

// Comments returns the comments of requests, oldest first, by request.
func Comments(ctx context.Context, r *sqldb.Reader, requestIDs []string) (map[string][]access.Comment, error) {
	list, args := sqldb.In(requestIDs)
	rows, err := sqldb.Select[access.Comment](ctx, r, `SELECT `+commentColumns+` FROM request_comments
		WHERE request_id IN `+list+` ORDER BY request_id, id`, args...)
	return groupBy(rows, func(c access.Comment) string { return c.RequestID }), err
}

// RequestFilter selects requests.
type RequestFilter struct {
	RequesterID  string
	TargetUserID string
	InvolvesID   string // as the one who asks or is asked for
	ResourceID   string
	State        access.RequestState
	ReviewableBy string // pending, with a pending item this user reviews, not their own
	VisibleTo    string // involves, or is reviewed or administered by, this user
	From, To     *time.Time
	Page         access.Page
}

// Requests lists requests, the newest first.
func Requests(ctx context.Context, r *sqldb.Reader, f RequestFilter) (access.List[access.Request], error) {
	q := requestQuery(f)
	if err := q.page(f.Page, "<", "q.id"); err != nil {
		return access.List[access.Request]{}, err
	}
	rows, err := sqldb.Select[access.Request](ctx, r, `SELECT `+prefixed("q", requestColumns)+` FROM requests q`+q.text()+
		` ORDER BY q.id DESC LIMIT ?`, append(q.args, f.Page.Limit()+1)...)
	return access.Cut(rows, f.Page, func(x access.Request) []string { return []string{x.ID} }), err
}

// CountRequests counts the requests a filter selects.
func CountRequests(ctx context.Context, r *sqldb.Reader, f RequestFilter) (int, error) {
	q := requestQuery(f)
	return count(ctx, r, `SELECT count(*) FROM requests q`+q.text(), q.args...)
}

func requestQuery(f RequestFilter) *query {
	q := &query{}
	q.eq("q.requester_id", f.RequesterID)
	q.eq("q.target_user_id", f.TargetUserID)
	q.eq("q.state", string(f.State))
	if f.InvolvesID != "" {
		q.and("(q.requester_id = ? OR q.target_user_id = ?)", f.InvolvesID, f.InvolvesID)
	}
	if f.ResourceID != "" {
		q.and("q.id IN (SELECT request_id FROM request_items WHERE resource_id = ?)", f.ResourceID)
	}
	if f.ReviewableBy != "" {
		q.and(`q.state = 'pending' AND q.requester_id <> ? AND q.target_user_id <> ? AND EXISTS (
			SELECT 1 FROM request_items i JOIN resource_reviewers v ON v.resource_id = i.resource_id
			JOIN owner_users o ON o.owner_id = v.owner_id
			WHERE i.request_id = q.id AND i.state = 'pending' AND o.user_id = ?)`, f.ReviewableBy, f.ReviewableBy, f.ReviewableBy)
	}
	if f.VisibleTo != "" {
		q.and(`(q.requester_id = ? OR q.target_user_id = ? OR EXISTS (
			SELECT 1 FROM request_items i JOIN resources r ON r.id = i.resource_id JOIN apps a ON a.id = r.app_id
			JOIN owner_users o ON o.owner_id IN (r.admin_owner_id, a.admin_owner_id)
				OR o.owner_id IN (SELECT owner_id FROM resource_reviewers v WHERE v.resource_id = r.id)
			WHERE i.request_id = q.id AND o.user_id = ?))`, f.VisibleTo, f.VisibleTo, f.VisibleTo)
	}
	if f.From != nil {
		q.and("q.created_at >= ?", f.From)
	}
	if f.To != nil {
		q.and("q.created_at < ?", f.To)
	}
	return q
}

// PendingFor reports whether a user already has a pending request for a
// resource and level.
func PendingFor(ctx context.Context, r *sqldb.Reader, userID, resourceID, level string) (bool, error) {
	n, err := count(ctx, r, `SELECT count(*) FROM requests q JOIN request_items i ON i.request_id = q.id
		WHERE q.target_user_id = ? AND q.state = 'pending' AND i.resource_id = ? AND i.level = ?`, userID, resourceID, level)
	return n > 0, err
}

// PendingRequestsOf returns the pending requests that involve a user, a resource
// or an app that is about to go.
func PendingRequestsOf(ctx context.Context, r *sqldb.Reader, f RevokeFilter) ([]string, error) {
	var q query
	q.and("q.state = 'pending'")
	if f.UserID != "" {
		q.and("(q.target_user_id = ? OR q.requester_id = ?)", f.UserID, f.UserID)
	}
	if f.ResourceID != "" {
		q.and("q.id IN (SELECT request_id FROM request_items WHERE resource_id = ?)", f.ResourceID)
	}
	if f.AppID != "" {
		q.and("q.id IN (SELECT i.request_id FROM request_items i JOIN resources r ON r.id = i.resource_id WHERE r.app_id = ?)", f.AppID)
	}
	return sqldb.Select[string](ctx, r, `SELECT q.id FROM requests q`+q.text(), q.args...)
}

// ItemFor is an item of a request with what a user is to it.
type ItemFor struct {
	access.RequestItem
	Reviews    bool // an owner names the user as reviewer
	Administer bool // the user administers what it asks for
}

// ItemsFor returns the items of a request with what a user is to each.
func ItemsFor(ctx context.Context, r *sqldb.Reader, userID, requestID string) ([]ItemFor, error) {
	return sqldb.Select[ItemFor](ctx, r, `SELECT `+prefixed("i", itemColumns)+`,
		EXISTS (SELECT 1 FROM resource_reviewers v JOIN owner_users o ON o.owner_id = v.owner_id
			WHERE v.resource_id = i.resource_id AND o.user_id = ?) AS reviews,
		EXISTS (SELECT 1 FROM resources x JOIN apps a ON a.id = x.app_id
			JOIN owner_users o ON o.owner_id IN (x.admin_owner_id, a.admin_owner_id)
			WHERE x.id = i.resource_id AND o.user_id = ?) AS administer
		FROM request_items i WHERE i.request_id = ? ORDER BY i.id`, userID, userID, requestID)
}

// RelationOf is what a user is to a request because of its items.
func RelationOf(items []ItemFor) (rel access.Relation) {
	for _, i := range items {
		if i.Reviews {
			rel |= access.IsReviewer
		}
		if i.Administer {
			rel |= access.IsResourceAdmin
		}
	}
	return rel
}
