package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/testkit"
)

func stray(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
	return store.AddStrays(ctx, tx, access.Stray{
		ID: c.ID, ProviderID: access.BuiltInProviderID, RemoteID: "r", Key: "k", SlotID: &c.SlotID, ChangeID: &c.ID, FoundAt: now,
	})
}

// providerStatements are the statements about providers beyond their rows.
var providerStatements = map[string]func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error{
	"AddStrays": stray,
	"Strays": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		err := stray(ctx, tx, c)
		list, err2 := store.Strays(ctx, &tx.Reader, store.StrayFilter{ProviderID: access.BuiltInProviderID})
		if len(list.Items) != 1 || *list.Items[0].SlotID != c.SlotID {
			err = fmt.Errorf("the stray is not listed: %+v", list)
		}
		return errors.Join(err, err2, read(store.Strays(ctx, &tx.Reader, store.StrayFilter{Page: page(1)})))
	},
	"Stray": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return errors.Join(stray(ctx, tx, c), read(store.Stray(ctx, &tx.Reader, c.ID)))
	},
	"StraysByRemoteID": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		err := stray(ctx, tx, c)
		known, err2 := store.StraysByRemoteID(ctx, &tx.Reader, access.BuiltInProviderID, []string{"r", "s"})
		if len(known) != 1 || known["r"].ID != c.ID {
			err = fmt.Errorf("the stray is not found: %+v", known)
		}
		return errors.Join(err, err2)
	},
	"UpdateStray": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		err := errors.Join(stray(ctx, tx, c), store.UpdateStray(ctx, tx, access.Stray{ID: c.ID, SettledAt: &now}))
		if err2 := store.UpdateStray(ctx, tx, access.Stray{ID: c.ID}); !errors.Is(err2, access.Conflict) {
			err = fmt.Errorf("a settled stray is changed: %w", err2)
		}
		return err
	},
	"DeleteStray": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return errors.Join(stray(ctx, tx, c), store.DeleteStray(ctx, tx, c.ID))
	},
	"SlotIDs": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		ids, err := store.SlotIDs(ctx, &tx.Reader)
		if !slices.Contains(ids, c.SlotID) {
			err = fmt.Errorf("the slot is not among %v", ids)
		}
		return err
	},
	"ChangesOfSlot": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		list, err := store.ChangesOfSlot(ctx, &tx.Reader, c.SlotID, 5)
		if len(list) != 1 || list[0].ID != c.ID {
			err = fmt.Errorf("the change is not among %+v", list)
		}
		return err
	},
	"ForgetAccount": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return store.ForgetAccount(ctx, tx, access.BuiltInProviderID, c.UserID)
	},
	"Accounts": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		a := store.Account{ProviderID: access.BuiltInProviderID, UserID: c.UserID, Account: "7", Name: "Ana", LookedAt: now, Chosen: true}
		err := store.SaveAccount(ctx, tx, a)
		known, err2 := store.Accounts(ctx, &tx.Reader, access.BuiltInProviderID, 5)
		if len(known) == 0 || !known[0].Chosen || known[0].Account != "7" {
			err = fmt.Errorf("the chosen account is not listed: %+v", known)
		}
		f, err3 := store.FulfillersByID(ctx, &tx.Reader, store.AccountsAt{ProviderID: access.BuiltInProviderID, ProjectID: "any project", Since: now.Add(time.Hour)}, []string{c.UserID})
		if len(f) != 1 || !f[0].Known || f[0].Account != "7" {
			err = fmt.Errorf("the chosen account does not hold: %+v", f)
		}
		return errors.Join(err, err2, err3)
	},
	"AccountHolder": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		err := store.SaveAccount(ctx, tx, store.Account{ProviderID: access.BuiltInProviderID, ProjectID: "p", UserID: c.UserID, Account: "7", LookedAt: now})
		a, ok, err2 := store.AccountHolder(ctx, &tx.Reader, access.BuiltInProviderID, "7")
		_, none, err3 := store.AccountHolder(ctx, &tx.Reader, access.BuiltInProviderID, "")
		if !ok || none || a.UserID != c.UserID {
			err = fmt.Errorf("the account is of %q, %v", a.UserID, ok)
		}
		return errors.Join(err, err2, err3)
	},
	"SetOutcomes": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		err := store.SetOutcomes(ctx, tx, access.BuiltInProviderID, map[string]string{"status:1": "no"})
		p, err2 := store.Provider(ctx, &tx.Reader, access.BuiltInProviderID)
		if p.Outcomes["status:1"] != "no" {
			err = errors.New("the outcome is not stored")
		}
		return errors.Join(err, err2)
	},
	"DueChecks": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.DueChecks(ctx, tx, now, now.Add(time.Hour)))
	},
	"ChecksDue": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.ChecksDue(ctx, &tx.Reader, now))
	},
	"SetFindings": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return store.SetFindings(ctx, tx, access.BuiltInProviderID, []access.Finding{{Field: "token", Problem: "is wrong"}}, now)
	},
	"LockProvider": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return store.LockProvider(ctx, tx, access.BuiltInProviderID)
	},
	"FiledProjects": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.FiledProjects(ctx, &tx.Reader, access.BuiltInProviderID))
	},
	"Webhook": hooked(func(ctx context.Context, tx *sqldb.Tx) error {
		return read(store.Webhook(ctx, &tx.Reader, access.BuiltInProviderID))
	}),
	"Webhooks":   hooked(func(ctx context.Context, tx *sqldb.Tx) error { return read(store.Webhooks(ctx, &tx.Reader)) }),
	"AddWebhook": hooked(func(context.Context, *sqldb.Tx) error { return nil }),
	"LockWebhook": hooked(func(ctx context.Context, tx *sqldb.Tx) error {
		_, ok, err := store.LockWebhook(ctx, tx, access.BuiltInProviderID)
		if err == nil && !ok {
			err = errors.New("the webhook is not found")
		}
		return err
	}),
	"UpdateWebhook": hooked(func(ctx context.Context, tx *sqldb.Tx) error {
		h, err := store.Webhook(ctx, &tx.Reader, access.BuiltInProviderID)
		h.State = access.WebhookWorking
		return errors.Join(err, store.UpdateWebhook(ctx, tx, h))
	}),
	"DeleteWebhook": hooked(func(ctx context.Context, tx *sqldb.Tx) error {
		return store.DeleteWebhook(ctx, tx, access.BuiltInProviderID)
	}),
	"WebhooksDue": hooked(func(ctx context.Context, tx *sqldb.Tx) error {
		due, err := store.WebhooksDue(ctx, &tx.Reader, now)
		if err == nil && !due {
			err = errors.New("the webhook is not due")
		}
		return err
	}),
	"DueWebhooks": hooked(func(ctx context.Context, tx *sqldb.Tx) error {
		return read(store.DueWebhooks(ctx, tx, now, now.Add(time.Hour)))
	}),
	"NewDelivery": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		first, err := store.NewDelivery(ctx, tx, access.BuiltInProviderID, "d1", now)
		again, err2 := store.NewDelivery(ctx, tx, access.BuiltInProviderID, "d1", now)
		if !first || again {
			err = errors.New("a delivery is new once")
		}
		return errors.Join(err, err2)
	},
	"ForgetDeliveries": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return store.ForgetDeliveries(ctx, tx, now)
	},
	"BringPoll": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return store.BringPoll(ctx, tx, access.BuiltInProviderID, now)
	},
	"PutPollOff": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return store.PutPollOff(ctx, tx, access.BuiltInProviderID, now, now.Add(time.Minute))
	},
	"PauseProvider": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		err := errors.Join(store.PauseProvider(ctx, tx, access.BuiltInProviderID, now.Add(time.Hour)), store.PauseProvider(ctx, tx, access.BuiltInProviderID, now))
		p, err2 := store.Provider(ctx, &tx.Reader, access.BuiltInProviderID)
		if p.PausedUntil == nil || !p.PausedUntil.Equal(now.Add(time.Hour)) {
			err = fmt.Errorf("paused until %v, want the longer pause to stay", p.PausedUntil)
		}
		return errors.Join(err, err2)
	},
	"TakeBudget": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		_, _, err := store.TakeBudget(ctx, tx, access.BuiltInProviderID, store.Budget{Calls: 10, Per: time.Minute}, 3, now)
		return err
	},
	"TwinLooksDue": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		err := errors.Join(ticket(ctx, tx, c), store.SetTwinsAt(ctx, tx, "t", now))
		due, err2 := store.TwinLooksDue(ctx, &tx.Reader, now)
		if !due {
			err = errors.New("the look is not due")
		}
		return errors.Join(err, err2)
	},
	"DueTwinLooks": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.DueTwinLooks(ctx, tx, now, now.Add(time.Hour)))
	},
	"SetTwinsAt": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return store.SetTwinsAt(ctx, tx, "t", now)
	},
	"UnclearTickets": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.UnclearTickets(ctx, &tx.Reader, access.BuiltInProviderID, 5))
	},
	"AwaitsAnswer": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.AwaitsAnswer(ctx, &tx.Reader, access.BuiltInProviderID))
	},
}

// hooked runs a statement with a webhook in place.
func hooked(fn func(ctx context.Context, tx *sqldb.Tx) error) func(context.Context, *sqldb.Tx, access.AccessChange) error {
	return func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return errors.Join(store.AddWebhook(ctx, tx, access.Webhook{
			ProviderID: access.BuiltInProviderID, Token: "t", Secret: "s", State: access.WebhookWaiting, NextCheckAt: now, CreatedAt: now,
		}), fn(ctx, tx))
	}
}

// TestBudget takes calls from a bucket as the time goes by.
func TestBudget(t *testing.T) {
	t.Parallel()
	budget := store.Budget{Calls: 60, Per: time.Minute}
	kept := budget
	kept.Keep = 12
	testkit.ForEachDB(t, func(t *testing.T, db *sqldb.DB) {
		seed(t, db)
		for i, step := range []struct {
			after time.Duration
			of    store.Budget
			want  int
			got   int
			wait  time.Duration
		}{
			{0, budget, 40, 40, 0},                               // it begins full
			{0, kept, 40, 8, 0},                                  // 20 are left, of which 12 are kept
			{0, kept, 1, 0, time.Second},                         // nothing is left beyond what is kept
			{0, budget, 5, 5, 0},                                 // but others may have of that
			{time.Second, budget, 100, 8, 0},                     // a call a second comes in
			{time.Second, budget, 1, 0, time.Second},             // none within the same moment
			{time.Hour, budget, 100, 60, 0},                      // never more than it holds
			{time.Hour - time.Minute, budget, 1, 0, time.Second}, // a clock that goes back gives nothing
		} {
			var got int
			var wait time.Duration
			err := db.InTx(t.Context(), func(tx *sqldb.Tx) (err error) {
				got, wait, err = store.TakeBudget(t.Context(), tx, access.BuiltInProviderID, step.of, step.want, now.Add(step.after))
				return err
			})
			if err != nil || got != step.got || wait != step.wait {
				t.Errorf("step %d: got %d, wait %v, %v; want %d and %v", i, got, wait, err, step.got, step.wait)
			}
		}
	})
}
