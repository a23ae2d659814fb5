package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
)

// WorkBy is by what access changes are counted.
type WorkBy string

// The ways of counting.
const (
	WorkInAll      WorkBy = ""
	WorkByApp      WorkBy = "app"
	WorkByProvider WorkBy = "provider"
	WorkByAssignee WorkBy = "assignee" // of the newest ticket
)

// workKeys is the id that a change c counts under; "" for none.
var workKeys = map[WorkBy]string{
	WorkInAll:      `''`,
	WorkByApp:      `c.app_id`,
	WorkByProvider: `coalesce(c.provider_id, '')`,
	WorkByAssignee: `coalesce((SELECT t.assignee_id FROM tickets t WHERE ` + carries + ` AND t.state <> 'lost' ORDER BY t.id DESC LIMIT 1), '')`,
}

// Known reports whether one can count by it.
func (by WorkBy) Known() bool { return workKeys[by] != "" }

// WorkStat is how some access changes went since a moment, and how they stand.
// What needs no ticket is not in it.
type WorkStat struct {
	ID        string
	Opened    int
	Done      int
	Open      int // now, as are the next two
	Late      int
	Attention int
	Measured  int // those done because their ticket said so: how long they took is measured

	// Of the measured one at the rank of a percentile, when it started and ended;
	// nil if nothing was measured.
	P50From, P50To, P95From, P95To *time.Time
}

// P50 is how long half of the measured took at most; 0 if there are none.
func (s WorkStat) P50() time.Duration { return between(s.P50From, s.P50To) }

// P95 is how long 95 of 100 of the measured took at most; 0 if there are none.
func (s WorkStat) P95() time.Duration { return between(s.P95From, s.P95To) }

func between(from, to *time.Time) time.Duration {
	if from == nil || to == nil {
		return 0
	}
	return to.Sub(*from)
}

const statColumns = `id, app_id, resource_id, provider_id, shared_ticket_id, via_ticket, state, attested_by, late_at, created_at, ended_at`

// WorkStats counts access changes since a moment by something, of those a user
// may see, or of all for "". What was opened since is under way, or has ended
// since. A percentile is that of the nearest rank.
func WorkStats(ctx context.Context, r *sqldb.Reader, by WorkBy, since time.Time, visibleTo string) ([]WorkStat, error) {
	var q query
	q.and(`c.via_ticket`)
	if visibleTo != "" {
		q.and(visibleChange, visibleTo, visibleTo)
	}
	const p50, p95 = `measured AND place = (size + 1) / 2`, `measured AND place = (95 * size + 99) / 100`
	return sqldb.Select[WorkStat](ctx, r, `WITH lately AS (
			SELECT `+statColumns+` FROM changes WHERE state IN `+liveStates+` UNION ALL SELECT `+statColumns+` FROM changes WHERE ended_at >= ?
		), work AS (
			SELECT `+workKeys[by]+` AS id, c.state, c.late_at, c.created_at, c.ended_at, c.created_at >= ? AS opened,
			c.state = 'done' AND c.attested_by IS NULL AS measured FROM lately c`+q.text()+`
		), placed AS (
			SELECT id, state, late_at, created_at, ended_at, opened, measured, count(*) OVER (PARTITION BY id, measured) AS size,
			row_number() OVER (PARTITION BY id, measured ORDER BY ended_at - created_at) AS place FROM work
		)
		SELECT id, count(*) FILTER (WHERE opened) AS opened, count(*) FILTER (WHERE state = 'done') AS done,
		count(*) FILTER (WHERE state IN `+liveStates+`) AS open,
		count(*) FILTER (WHERE state IN `+liveStates+` AND late_at IS NOT NULL) AS late,
		count(*) FILTER (WHERE state = 'attention') AS attention, count(*) FILTER (WHERE measured) AS measured,
		min(created_at) FILTER (WHERE `+p50+`) AS p50_from, min(ended_at) FILTER (WHERE `+p50+`) AS p50_to,
		min(created_at) FILTER (WHERE `+p95+`) AS p95_from, min(ended_at) FILTER (WHERE `+p95+`) AS p95_to
		FROM placed GROUP BY id ORDER BY id`, append([]any{since, since}, q.args...)...)
}

// DoneCount is how many access changes were done by ticket in a stretch of time,
// and how many of them were late.
type DoneCount struct{ Stretch, Done, Late int }

// DoneCounts counts the access changes that were done by ticket in each stretch
// between two neighbours of moments, of those a user may see, or of all for "".
func DoneCounts(ctx context.Context, r *sqldb.Reader, moments []time.Time, visibleTo string) ([]DoneCount, error) {
	counts := make([]DoneCount, len(moments)-1)
	var stretch strings.Builder
	var ends []any
	for i := range counts {
		counts[i].Stretch = i
		fmt.Fprintf(&stretch, " WHEN c.ended_at < ? THEN %d", i)
		ends = append(ends, moments[i+1])
	}
	var q query
	q.and(`c.via_ticket AND c.state = '`+string(access.Done)+`' AND c.ended_at >= ? AND c.ended_at < ?`, moments[0], moments[len(counts)])
	if visibleTo != "" {
		q.and(visibleChange, visibleTo, visibleTo)
	}
	rows, err := sqldb.Select[DoneCount](ctx, r, `SELECT stretch, count(*) AS done, count(late_at) AS late
		FROM (SELECT CASE`+stretch.String()+` END AS stretch, c.late_at FROM changes c`+q.text()+`) AS ended GROUP BY stretch`, append(ends, q.args...)...)
	for _, row := range rows {
		counts[row.Stretch] = row
	}
	return counts, err
}
