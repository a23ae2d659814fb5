package load

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"admit/internal/access"
	"admit/internal/request"
	"admit/internal/sqldb"
	"admit/internal/store"
)

// deciders is how many people approve at once.
const deciders = 8

// BenchmarkApproveToFiled measures approve -> ticket filed against a bare
// program that writes the same rows and runs the same jobs, without reading,
// checking or deciding anything.
func BenchmarkApproveToFiled(b *testing.B) {
	onBoth(b, func(b *testing.B, db *sqldb.DB) {
		n := scale(2000)
		w := newWorld(b, db)
		var ours, bare time.Duration
		w.approveAll(b, n/4) // plans are made, connections open
		w.bareApproveAll(b, n/4)
		for range b.N {
			ours += w.approveAll(b, n)
			bare += w.bareApproveAll(b, n)
		}
		b.ReportMetric(float64(n*b.N)/ours.Seconds(), "filed/s")
		b.ReportMetric(float64(n*b.N)/bare.Seconds(), "floor/s")
		b.ReportMetric(bare.Seconds()/ours.Seconds(), "of-floor")
		b.ReportMetric(0, "ns/op")
	})
}

func (w *world) approveAll(b *testing.B, n int) time.Duration {
	b.Helper()
	ctx := b.Context()
	ids := make([]string, n)
	for i, u := range w.people(b, n) {
		q, err := w.req.Create(ctx, access.ActorFor(u, "api"), request.Params{Items: []request.Wish{{ResourceID: w.role}}, Reason: "load"})
		must(b, err)
		ids[i] = q.ID
	}
	filed := int(w.provider.n.Load())
	start := time.Now()
	each(n, deciders, func(i int) { must(b, w.req.Approve(ctx, w.rita, ids[i], request.Verdict{Comment: "fine"})) })
	w.until(b, filed+n, `SELECT count(*) FROM tickets WHERE state = 'open'`)
	return time.Since(start)
}

// each runs fn for 0 to n-1, so many at once.
func each(n, atOnce int, fn func(i int)) {
	next := make(chan int)
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() {
			for i := range next {
				fn(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

// The bare program.

type bareReconcile struct {
	N     int    `json:"n"`
	Place string `json:"place"`
}

func (bareReconcile) Kind() string { return "bare.reconcile" }

type bareFile struct {
	N     int    `json:"n"`
	Place string `json:"place"`
}

func (bareFile) Kind() string { return "bare.file" }

// bareRows is what one approval writes in all, made before the clock starts.
type bareRows struct {
	request string
	item    string
	slot    access.Slot
	grant   access.Grant
	change  access.AccessChange
	ticket  access.Ticket
	review  access.Review
	events  []access.Event
}

func (w *world) bareApproveAll(b *testing.B, n int) time.Duration {
	b.Helper()
	ctx := b.Context()
	rows := make([]bareRows, n)
	users := w.people(b, n)
	place := store.NewID()
	must(b, w.db.InTx(ctx, func(tx *sqldb.Tx) error {
		for i, u := range users {
			rows[i] = w.bareRow(u)
			q := access.Request{ID: rows[i].request, RequesterID: u.ID, TargetUserID: u.ID, Reason: "load", State: access.Pending, CreatedAt: w.db.Time(), UpdatedAt: w.db.Time()}
			item := access.RequestItem{ID: rows[i].item, RequestID: q.ID, ResourceID: w.role, State: access.Pending}
			if err := store.AddRequest(ctx, tx, q, []access.RequestItem{item}); err != nil {
				return err
			}
		}
		return nil
	}))
	bare := &bareProgram{w: w, rows: rows}
	workers := river.NewWorkers()
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, j *river.Job[bareReconcile]) error { return bare.reconcile(ctx, j.Args) }))
	river.AddWorker(workers, river.WorkFunc(func(ctx context.Context, j *river.Job[bareFile]) error { return bare.file(ctx, j.Args) }))
	ours := w.db.Queue
	must(b, ours.Stop(context.WithoutCancel(ctx)))
	bare.queue = w.start(b, workers)
	start := time.Now()
	each(n, deciders, func(i int) { must(b, bare.approve(ctx, i, place)) })
	w.until(b, n, `SELECT count(*) FROM tickets WHERE project_id = ? AND state = 'open'`, place)
	took := time.Since(start)
	must(b, bare.queue.Stop(context.WithoutCancel(ctx)))
	w.start(b, w.workers)
	return took
}

func (w *world) bareRow(u access.User) bareRows {
	now := w.db.Time()
	r := bareRows{request: store.NewID(), item: store.NewID()}
	r.slot = access.Slot{ID: store.NewID(), UserID: u.ID, ResourceID: w.role, CreatedAt: now}
	r.review = access.Review{ID: store.NewID(), RequestID: r.request, ItemID: r.item, ReviewerID: &w.rita.UserID, Decision: access.Approved, CreatedAt: now}
	r.grant = access.Grant{
		ID: store.NewID(), SlotID: r.slot.ID, UserID: u.ID, ResourceID: w.role, Source: access.FromRequest, RequestID: &r.request,
		GrantedBy: &w.rita.UserID, Reason: "load", State: access.GrantLive, CreatedAt: now,
	}
	r.change = access.AccessChange{
		ID: store.NewID(), SlotID: r.slot.ID, UserID: u.ID, ResourceID: w.role, AppID: w.app, Direction: access.ToGrant, State: access.Queued,
		Cause: access.ByRequest, RequestID: &r.request, GrantID: &r.grant.ID, ViaTicket: true, ProviderID: &w.prov, ProjectID: "p",
		UserEmail: u.Email, ResourceName: "My Role", AppName: "Payroll", CreatedAt: now, StateAt: now, NextTryAt: &now,
	}
	r.ticket = access.Ticket{
		ID: store.NewID(), ChangeID: r.change.ID, ProviderID: w.prov, Key: store.NewID(), State: access.TicketSending, Title: "Make sure",
		Body: fmt.Sprintf("%0700d", 0), CreatedAt: now, SentAt: &now,
	}
	for _, kind := range []access.EventType{access.RequestApproved, access.GrantCreated, access.ChangeStarted, access.TicketFiled} {
		e := access.By(w.rita, kind, "something happened to somebody")
		e.ID, e.At, e.UserID, e.ResourceID, e.RequestID = store.NewID(), now, &u.ID, &w.role, &r.request
		e.ChangeID, e.Data = &r.change.ID, map[string]string{"direction": "grant"}
		r.events = append(r.events, e)
	}
	return r
}

type bareProgram struct {
	w     *world
	rows  []bareRows
	queue *sqldb.Queue
}

func (p *bareProgram) approve(ctx context.Context, i int, place string) error {
	r, now := &p.rows[i], p.w.db.Time()
	return p.w.db.InTx(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE requests SET state = 'approved', decided_at = ?, updated_at = ? WHERE id = ? AND state = 'pending'`, now, now, r.request); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE request_items SET state = 'approved' WHERE id = ?`, r.item); err != nil {
			return err
		}
		if err := store.AddReviews(ctx, tx, r.review); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO slots (id, user_id, resource_id, level, wanted, believed, proof, listed, created_at)
			VALUES (?, ?, ?, '', TRUE, 'absent', 'none', TRUE, ?)`, r.slot.ID, r.slot.UserID, r.slot.ResourceID, now); err != nil {
			return err
		}
		if err := store.AddGrants(ctx, tx, r.grant); err != nil {
			return err
		}
		if err := store.AddEvents(ctx, tx, now, r.events[:2]...); err != nil {
			return err
		}
		return p.queue.Insert(ctx, tx, bareReconcile{i, place})
	})
}

func (p *bareProgram) reconcile(ctx context.Context, job bareReconcile) error {
	r := &p.rows[job.N]
	return p.w.db.InTx(ctx, func(tx *sqldb.Tx) error {
		if err := store.AddChanges(ctx, tx, r.change); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE slots SET change_id = ? WHERE id = ?`, r.change.ID, r.slot.ID); err != nil {
			return err
		}
		if err := store.AddEvents(ctx, tx, r.change.CreatedAt, r.events[2]); err != nil {
			return err
		}
		return p.queue.Insert(ctx, tx, bareFile(job))
	})
}

// file writes what filing writes, in as many transactions: the lease, the ticket
// with its key, and the answer.
func (p *bareProgram) file(ctx context.Context, job bareFile) error {
	r, now := &p.rows[job.N], p.w.db.Time()
	if err := p.w.db.InTx(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE changes SET lease_until = ? WHERE id = ?`, now, r.change.ID)
		return err
	}); err != nil {
		return err
	}
	if err := p.w.db.InTx(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE changes SET state = 'filing', tries = 1 WHERE id = ?`, r.change.ID); err != nil {
			return err
		}
		return store.AddTickets(ctx, tx, r.ticket)
	}); err != nil {
		return err
	}
	snap, err := p.w.provider.Create(ctx, ticketDraft)
	if err != nil {
		return err
	}
	return p.w.db.InTx(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE tickets SET state = 'open', remote_id = ?, identifier = ?, filed_at = ?, project_id = ? WHERE id = ?`,
			snap.ID, snap.Identifier, now, job.Place, r.ticket.ID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE changes SET state = 'open', lease_until = NULL WHERE id = ?`, r.change.ID); err != nil {
			return err
		}
		return store.AddEvents(ctx, tx, now, r.events[3])
	})
}
