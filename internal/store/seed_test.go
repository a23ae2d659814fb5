package store_test

import (
	"errors"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
	"admit/internal/store"
)

var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func in(t *testing.T, db *sqldb.DB, fn func(tx *sqldb.Tx) error) {
	t.Helper()
	if err := db.InTx(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// seed makes a user, an owner, the built-in queue, an app, a resource, a slot
// and a queued change of it, which it returns.
func seed(t *testing.T, db *sqldb.DB) access.AccessChange {
	t.Helper()
	ctx := t.Context()
	var c access.AccessChange
	in(t, db, func(tx *sqldb.Tx) error {
		u := access.User{ID: store.NewID(), Email: "josh@example.com", FirstName: "Josh", Role: access.Member, CreatedAt: now, UpdatedAt: now}
		o := access.Owner{ID: store.NewID(), Name: "admins", CreatedAt: now, UpdatedAt: now}
		p := access.TicketProvider{
			ID: access.BuiltInProviderID, Kind: "builtin", Name: "Queue", Settings: map[string]string{}, Version: 1,
			Health: access.Healthy, NextPollAt: now, CreatedAt: now, UpdatedAt: now,
		}
		a := access.App{ID: store.NewID(), Name: "Payroll", AdminOwnerID: o.ID, CreatedAt: now, UpdatedAt: now}
		r := access.Resource{ID: store.NewID(), AppID: a.ID, Name: "My Role", AdminOwnerID: o.ID, Risk: access.NormalRisk, CreatedAt: now, UpdatedAt: now}
		r.Requestable = true
		if err := errors.Join(
			store.AddUsers(ctx, tx, u), store.AddOwner(ctx, tx, o), store.SetOwnerUsers(ctx, tx, o.ID, []string{u.ID}),
			store.AddProvider(ctx, tx, p), store.AddApp(ctx, tx, a), store.AddResource(ctx, tx, r),
			store.SetReviewers(ctx, tx, r.ID, []string{o.ID}),
		); err != nil {
			return err
		}
		slot, err := store.WantSlot(ctx, tx, u.ID, r.ID, "", now)
		if err != nil {
			return err
		}
		c = access.AccessChange{
			ID: store.NewID(), SlotID: slot.ID, UserID: u.ID, ResourceID: r.ID, AppID: a.ID, Direction: access.ToGrant,
			State: access.Queued, Cause: access.BySystem, CreatedAt: now, StateAt: now,
		}
		return store.AddChanges(ctx, tx, c)
	})
	return c
}
