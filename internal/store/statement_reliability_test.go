package store_test

import (
	"context"
	"errors"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
	"admit/internal/store"
)

var (
	key   = store.StormKey{ProviderID: access.BuiltInProviderID, Cause: access.ByAdmin}
	storm = access.Storm{ID: "s", ProviderID: access.BuiltInProviderID, Cause: access.ByAdmin, State: access.StormWaiting, CreatedAt: now}
)

// reliabilityStatements are the statements for when things go wrong.
var reliabilityStatements = map[string]func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error{
	"SeeServer": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return errors.Join(store.SeeServer(ctx, tx, "s1", now), store.SeeServer(ctx, tx, "s1", now))
	},
	"ForgetServers": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return store.ForgetServers(ctx, tx, now)
	},
	"ChangesOn": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		on, err := store.ChangesOn(ctx, &tx.Reader, access.Ticket{ID: "t", ChangeID: c.ID})
		return errors.Join(err, expect(len(on) == 1, "a ticket is for its change"))
	},
	"TicketNeeds": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		err := ticket(ctx, tx, c)
		needs, err2 := store.TicketNeeds(ctx, &tx.Reader, []string{"t"})
		return errors.Join(err, err2, expect(needs["t"] == 1, "a ticket is needed by its change"))
	},
	"SlotsOfLines": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.SlotsOfLines(ctx, &tx.Reader, []string{"t"}))
	},
	"Elsewhere": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.Elsewhere(ctx, &tx.Reader, c.AppID, c.ResourceID))
	},
	"PlacesElsewhere": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.PlacesElsewhere(ctx, &tx.Reader, c.AppID, c.ResourceID))
	},
	"LastChanges": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		slots, err := store.SlotsByID(ctx, tx, []string{c.SlotID})
		if err != nil {
			return err
		}
		slots[0].ChangeID = &c.ID
		err = store.UpdateSlot(ctx, tx, slots[0])
		last, err2 := store.LastChanges(ctx, &tx.Reader, []string{c.ID})
		return errors.Join(err, err2, expect(last[c.ID], "a change is the last of its slot"))
	},
	"Siblings": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		c.ProviderID, c.NextTryAt = &storm.ProviderID, &now
		err := store.UpdateChange(ctx, tx, c, access.Queued)
		other := c
		other.ID = "other"
		found, err2 := store.Siblings(ctx, tx, other, access.GroupByResource, now.Add(time.Hour), 5)
		return errors.Join(err, err2, expect(len(found) == 1, "a change of the same resource shares a ticket"))
	},
	"HasElder": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		c.ProviderID, c.NextTryAt = &storm.ProviderID, &now
		err := store.UpdateChange(ctx, tx, c, access.Queued)
		alone, err2 := store.HasElder(ctx, &tx.Reader, c, access.GroupByPerson, now)
		c.ID = "z"
		elder, err3 := store.HasElder(ctx, &tx.Reader, c, access.GroupByPerson, now)
		return errors.Join(err, err2, err3, expect(!alone && elder, "the older of two goes first"))
	},
	"WaitingStorm": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		err := store.AddStorm(ctx, tx, storm)
		_, ok, err2 := store.WaitingStorm(ctx, &tx.Reader, key)
		return errors.Join(err, err2, expect(ok, "a storm waits"))
	},
	"AddStorm": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return store.AddStorm(ctx, tx, storm)
	},
	"ReleaseStorm": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		err := store.AddStorm(ctx, tx, storm)
		gone := storm
		gone.State = access.StormReleased
		err2 := store.ReleaseStorm(ctx, tx, gone)
		return errors.Join(err, err2, expect(access.CodeOf(store.ReleaseStorm(ctx, tx, gone)) == access.Conflict, "a storm is released once"))
	},
	"Storm": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		err := store.AddStorm(ctx, tx, storm)
		return errors.Join(err, read(store.Storm(ctx, &tx.Reader, "s")))
	},
	"WaitingStorms": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.WaitingStorms(ctx, &tx.Reader))
	},
	"CountUnsent": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.CountUnsent(ctx, &tx.Reader, key, now))
	},
	"JoinStorm": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		c.ProviderID = &storm.ProviderID
		err := errors.Join(store.AddStorm(ctx, tx, storm), store.UpdateChange(ctx, tx, c, access.Queued))
		k := store.StormKey{ProviderID: storm.ProviderID, Cause: c.Cause}
		n, err2 := store.CountUnsent(ctx, &tx.Reader, k, c.CreatedAt)
		err3 := store.JoinStorm(ctx, tx, "s", k, c.CreatedAt, now)
		held, err4 := store.StormChanges(ctx, &tx.Reader, "s")
		return errors.Join(err, err2, err3, err4, expect(n == 1 && len(held) == 1 && held[0].Detail == access.HeldBack, "a change is held back"))
	},
	"FreeStorm": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return store.FreeStorm(ctx, tx, "s", now)
	},
	"StormChanges": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.StormChanges(ctx, &tx.Reader, "s"))
	},
	"StormSizes": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.StormSizes(ctx, &tx.Reader, []string{"s"}))
	},
	"Assignees": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		err := ticket(ctx, tx, c)
		err2 := store.SetAssignee(ctx, tx, access.Ticket{ID: "t", AssigneeID: &c.UserID})
		all, err3 := store.Assignees(ctx, &tx.Reader, store.ChangeFilter{Live: true, VisibleTo: c.UserID, AssigneeID: "x", Search: "x"}, 5)
		return errors.Join(err, err2, err3, expect(len(all) == 1 && all[0].ID == c.UserID, "whoever has a ticket is listed"))
	},
	"WorkStats": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		var all []error
		for _, by := range []store.WorkBy{store.WorkInAll, store.WorkByApp, store.WorkByProvider, store.WorkByAssignee} {
			all = append(all, read(store.WorkStats(ctx, &tx.Reader, by, now, c.UserID)))
		}
		return errors.Join(all...)
	},
	"DoneCounts": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		counts, err := store.DoneCounts(ctx, &tx.Reader, []time.Time{now, now.Add(1), now.Add(2)}, c.UserID)
		return errors.Join(err, expect(len(counts) == 2 && counts[1].Stretch == 1, "a stretch without any is there"))
	},
	"SentSince": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		n, first, err := store.SentSince(ctx, &tx.Reader, access.BuiltInProviderID, now)
		return errors.Join(err, expect(n == 0 && first == nil, "nothing was sent"))
	},
	"AddWaiver":    waiver(func(context.Context, *sqldb.Tx, access.Waiver) error { return nil }),
	"UpdateWaiver": waiver(store.UpdateWaiver),
	"AskedWaiver": waiver(func(ctx context.Context, tx *sqldb.Tx, w access.Waiver) error {
		_, _, err := store.AskedWaiver(ctx, &tx.Reader, w.ChangeID)
		return err
	}),
	"AskedWaivers": waiver(func(ctx context.Context, tx *sqldb.Tx, w access.Waiver) error {
		return read(store.AskedWaivers(ctx, &tx.Reader, []string{w.ChangeID}))
	}),
	"EndWaivers": waiver(func(ctx context.Context, tx *sqldb.Tx, w access.Waiver) error {
		return store.EndWaivers(ctx, tx, w.SlotID, now)
	}),
	"WaiversOver": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.WaiversOver(ctx, &tx.Reader, now, 5))
	},
	"AppFulfillers": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		all, err := store.AppFulfillers(ctx, &tx.Reader, store.AccountsAt{ProviderID: "p", ProjectID: "q", Since: now}, c.ResourceID)
		return errors.Join(err, expect(len(all) == 1, "the app's admins fulfil as well"))
	},
	"FulfillersByEmail": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		all, err := store.FulfillersByEmail(ctx, &tx.Reader, store.AccountsAt{Since: now}, []string{"nobody@example.com", "josh@example.com"})
		return errors.Join(err, expect(len(all) == 1, "a user is found by address"))
	},
	"FulfilmentOf": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.FulfilmentOf(ctx, &tx.Reader, c.ResourceID))
	},
	"TicketLoads": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		loads, err := store.TicketLoads(ctx, &tx.Reader, []string{c.UserID}, c.ResourceID)
		return errors.Join(err, expect(loads[c.UserID].Open == 0 && loads[c.UserID].Last == "", "nobody has a ticket"))
	},
	"OpenTicketsOf": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.OpenTicketsOf(ctx, &tx.Reader, c.UserID))
	},
	"OrphanTickets": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.OrphanTickets(ctx, &tx.Reader, 5))
	},
	"SetAssignee": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return errors.Join(ticket(ctx, tx, c), store.SetAssignee(ctx, tx, access.Ticket{ID: "t", AssigneeID: &c.UserID}))
	},
	"ClocksDue": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.ClocksDue(ctx, &tx.Reader, now))
	},
	"DueClocks": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.DueClocks(ctx, tx, now, now))
	},
	"ClockedChanges": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		err := ticket(ctx, tx, c)
		all, err2 := store.ClockedChanges(ctx, &tx.Reader, []string{c.ID})
		return errors.Join(err, err2, expect(len(all) == 1 && all[0].TicketProvider == access.BuiltInProviderID && all[0].Risk == access.NormalRisk, "a clock knows its ticket"))
	},
	"SetClock": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		c.ClockAt = &now
		ok, err := store.SetClock(ctx, tx, c)
		return errors.Join(err, expect(ok, "the clock is set"))
	},
	"BeginOutage": outage(func(context.Context, *sqldb.Tx) error { return nil }),
	"EndOutage": outage(func(ctx context.Context, tx *sqldb.Tx) error {
		return store.EndOutage(ctx, tx, access.BuiltInProviderID, now)
	}),
	"Outages": outage(func(ctx context.Context, tx *sqldb.Tx) error {
		all, err := store.Outages(ctx, &tx.Reader, []string{access.BuiltInProviderID}, now)
		return errors.Join(err, expect(len(all[access.BuiltInProviderID]) == 1, "an outage begins once"))
	}),
	"DeleteOldOutages": outage(func(ctx context.Context, tx *sqldb.Tx) error { return store.DeleteOldOutages(ctx, tx, now) }),
	"AddDoneLink":      doneLink(func(context.Context, *sqldb.Tx, store.DoneLink) error { return nil }),
	"DoneLinkByID": doneLink(func(ctx context.Context, tx *sqldb.Tx, l store.DoneLink) error {
		return read(store.DoneLinkByID(ctx, &tx.Reader, l.ID))
	}),
	"OpenDoneLink": doneLink(func(ctx context.Context, tx *sqldb.Tx, l store.DoneLink) error {
		_, ok, err := store.OpenDoneLink(ctx, &tx.Reader, l.TicketID, l.UserID, now)
		return errors.Join(err, expect(ok, "a link works"))
	}),
	"UseDoneLink": doneLink(func(ctx context.Context, tx *sqldb.Tx, l store.DoneLink) error {
		err := store.UseDoneLink(ctx, tx, l.ID, now)
		return errors.Join(err, expect(access.CodeOf(store.UseDoneLink(ctx, tx, l.ID, now)) == access.Conflict, "a link works once"))
	}),
}

func expect(ok bool, what string) error {
	if ok {
		return nil
	}
	return errors.New("not so: " + what)
}

func waiver(run func(ctx context.Context, tx *sqldb.Tx, w access.Waiver) error) func(context.Context, *sqldb.Tx, access.AccessChange) error {
	return func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		w := access.Waiver{ID: "w", ChangeID: c.ID, SlotID: c.SlotID, Reason: "r", UntilAt: now, AskedBy: c.UserID, AskedAt: now}
		return errors.Join(store.AddWaiver(ctx, tx, w), run(ctx, tx, w))
	}
}

func outage(run func(ctx context.Context, tx *sqldb.Tx) error) func(context.Context, *sqldb.Tx, access.AccessChange) error {
	return func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		begin := func() error { return store.BeginOutage(ctx, tx, access.BuiltInProviderID, now) }
		return errors.Join(begin(), begin(), run(ctx, tx))
	}
}

func doneLink(run func(ctx context.Context, tx *sqldb.Tx, l store.DoneLink) error) func(context.Context, *sqldb.Tx, access.AccessChange) error {
	return func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		l := store.DoneLink{ID: "l", TicketID: "t", UserID: c.UserID, CreatedAt: now, ExpiresAt: now.Add(time.Hour)}
		return errors.Join(ticket(ctx, tx, c), store.AddDoneLink(ctx, tx, l), run(ctx, tx, l))
	}
}
