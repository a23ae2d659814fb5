package store_test

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"strings"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/testkit"
)

// statements runs every exported function of the package once. What they mean is
// tested where they are used; here every text meets both engines, with every
// condition it can have.
var statements = map[string]func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error{
	"CountChanges": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		n, err := store.CountChanges(ctx, &tx.Reader, store.ChangeFilter{Live: true, Direction: access.ToGrant, EndedAfter: &now, Search: "x"}, 10)
		if err == nil && n != 0 {
			err = errors.New("a filter that matches nothing counted something")
		}
		return err
	},
	"Administered": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		mine, err := store.Administered(ctx, &tx.Reader, c.UserID, []string{c.ResourceID})
		if err == nil && !mine[c.ResourceID] {
			err = errors.New("the admin of a resource is not seen as such")
		}
		return err
	},
	"Duties": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		duties, err := store.Duties(ctx, &tx.Reader)
		if err == nil && duties[c.UserID] == 0 {
			err = errors.New("the admin of a resource has no duties")
		}
		return err
	},
	"OpenTicketCounts": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		err := ticket(ctx, tx, c)
		counts, err2 := store.OpenTicketCounts(ctx, &tx.Reader)
		if counts[access.BuiltInProviderID] != 1 {
			return errors.New("the open ticket is not counted")
		}
		return errors.Join(err, err2)
	},
	"ProviderUseCounts": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.ProviderUseCounts(ctx, &tx.Reader))
	},
	"HeldLevels": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.HeldLevels(ctx, &tx.Reader, c.ResourceID))
	},
	"Users": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.Users(ctx, &tx.Reader, store.UserFilter{
			IDs: []string{c.UserID}, Emails: []string{"x"}, Search: "x", GroupID: "x", OwnerID: "x", Role: access.Admin, Page: page(2),
		}))
	},
	"User": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.User(ctx, &tx.Reader, c.UserID))
	},
	"UsersByID": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.UsersByID(ctx, &tx.Reader, []string{c.UserID, "x"}))
	},
	"UserByEmail": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.UserByEmail(ctx, &tx.Reader, "josh@example.com"))
	},
	"AddUsers": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return store.AddUsers(ctx, tx, access.User{ID: "u9", Email: "u9@example.com", Role: access.Member, CreatedAt: now, UpdatedAt: now})
	},
	"UpdateUser": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		u, err := store.User(ctx, &tx.Reader, c.UserID)
		return errors.Join(err, store.UpdateUser(ctx, tx, u))
	},
	"CountUsers": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		_, err := store.CountUsers(ctx, &tx.Reader, access.Admin)
		return errors.Join(err, read(store.CountUsers(ctx, &tx.Reader, "")))
	},
	"PasswordHash": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.PasswordHash(ctx, &tx.Reader, c.UserID))
	},
	"SetPasswordHash": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return store.SetPasswordHash(ctx, tx, c.UserID, "h", now)
	},
	"Groups": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.Groups(ctx, &tx.Reader, store.GroupFilter{IDs: []string{"x"}, Search: "x", Page: page(2)}))
	},
	"AddGroup": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error { return group(ctx, tx, c, nil) },
	"Group": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return group(ctx, tx, c, func() error { return read(store.Group(ctx, &tx.Reader, "g")) })
	},
	"UpdateGroup": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return group(ctx, tx, c, func() error { return store.UpdateGroup(ctx, tx, access.Group{ID: "g", Name: "n", UpdatedAt: now}) })
	},
	"DeleteGroup": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return group(ctx, tx, c, func() error { return store.DeleteGroup(ctx, tx, "g") })
	},
	"SetGroupUsers": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error { return group(ctx, tx, c, nil) },
	"FollowGroup": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return group(ctx, tx, c, func() error { return store.FollowGroup(ctx, tx, "g", now) })
	},
	"GroupSizes": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.GroupSizes(ctx, &tx.Reader))
	},
	"Owners": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.Owners(ctx, &tx.Reader, store.OwnerFilter{IDs: []string{"x"}, Name: "x", Search: "x", SourceGroupID: "x", UserID: "x", Page: page(2)}))
	},
	"Owner": owner(func(ctx context.Context, tx *sqldb.Tx, o access.Owner) error {
		return read(store.Owner(ctx, &tx.Reader, o.ID))
	}),
	"UpdateOwner": owner(store.UpdateOwner),
	"RetireOwner": owner(func(ctx context.Context, tx *sqldb.Tx, o access.Owner) error {
		return store.RetireOwner(ctx, tx, o.ID, now)
	}),
	"OwnerUsers": owner(func(ctx context.Context, tx *sqldb.Tx, o access.Owner) error {
		return read(store.OwnerUsers(ctx, &tx.Reader, o.ID))
	}),
	"OwnersInUse": owner(func(ctx context.Context, tx *sqldb.Tx, o access.Owner) error {
		return read(store.OwnersInUse(ctx, &tx.Reader, o.ID))
	}),
	"OwnerSizes": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.OwnerSizes(ctx, &tx.Reader))
	},
	"AddOwner": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return store.AddOwner(ctx, tx, access.Owner{ID: "o9", Name: "o9", CreatedAt: now, UpdatedAt: now})
	},
	"SetOwnerUsers": owner(func(ctx context.Context, tx *sqldb.Tx, o access.Owner) error {
		return store.SetOwnerUsers(ctx, tx, o.ID, nil)
	}),
	"LeaveLists": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return store.LeaveLists(ctx, tx, c.UserID)
	},
	"Relations": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		rel, err := store.Relations(ctx, &tx.Reader, c.UserID, c.ResourceID)
		if err == nil && rel&access.IsResourceAdmin == 0 {
			err = errors.New("the admin of a resource is not seen as such")
		}
		return err
	},
	"AppRelations": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.AppRelations(ctx, &tx.Reader, c.UserID, c.AppID))
	},
	"SomeAdmin": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.SomeAdmin(ctx, &tx.Reader, c.UserID))
	},
	"Apps": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.Apps(ctx, &tx.Reader, store.AppFilter{IDs: []string{"x"}, Search: "x", OwnerID: "x", Page: page(2)}))
	},
	"App": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.App(ctx, &tx.Reader, c.AppID))
	},
	"AppsByID": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.AppsByID(ctx, &tx.Reader, []string{c.AppID}))
	},
	"AddApp": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		a, err := store.App(ctx, &tx.Reader, c.AppID)
		a.ID, a.Name = "a9", "a9"
		return errors.Join(err, store.AddApp(ctx, tx, a))
	},
	"UpdateApp": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		a, err := store.App(ctx, &tx.Reader, c.AppID)
		return errors.Join(err, store.UpdateApp(ctx, tx, a))
	},
	"AppSizes": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.AppSizes(ctx, &tx.Reader))
	},
	"DeleteResourcesOf": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return store.DeleteResourcesOf(ctx, tx, c.AppID, now)
	},
	"Resources": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.Resources(ctx, &tx.Reader, store.ResourceFilter{
			IDs: []string{"x"}, AppID: "x", OwnerID: "x", Name: "x", Search: "x", Requestable: true, Page: page(2),
		}))
	},
	"Resource": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.Resource(ctx, &tx.Reader, c.ResourceID))
	},
	"ResourcesByID": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.ResourcesByID(ctx, &tx.Reader, []string{c.ResourceID}))
	},
	"AddResource": resource(func(ctx context.Context, tx *sqldb.Tx, r access.Resource) error {
		r.ID, r.Name = "r9", "r9"
		return store.AddResource(ctx, tx, r)
	}),
	"UpdateResource": resource(store.UpdateResource),
	"SetLevels": resource(func(ctx context.Context, tx *sqldb.Tx, r access.Resource) error {
		return store.SetLevels(ctx, tx, r.ID, []access.Level{{ID: "read", Name: "Read"}})
	}),
	"Levels": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.Levels(ctx, &tx.Reader, []string{c.ResourceID}))
	},
	"Reviewers": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.Reviewers(ctx, &tx.Reader, []string{c.ResourceID}))
	},
	"ReviewersOf": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.ReviewersOf(ctx, &tx.Reader, []string{c.ResourceID}))
	},
	"SetReviewers": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return store.SetReviewers(ctx, tx, c.ResourceID, nil)
	},
	"ResourceSizes": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.ResourceSizes(ctx, &tx.Reader, []string{c.ResourceID}))
	},
	"CheckLevel": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		var wrong access.Problems
		err := store.CheckLevel(ctx, &tx.Reader, &wrong, "level", c.ResourceID, "nope")
		if err == nil && wrong.Err() == nil {
			err = errors.New("an unknown level went through")
		}
		return err
	},
	"AddGrants": grant,
	"SetGrantEnd": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return errors.Join(grant(ctx, tx, c), store.SetGrantEnd(ctx, tx, "gr", &now))
	},
	"LiveGrants": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.LiveGrants(ctx, &tx.Reader, []string{c.SlotID}))
	},
	"LastEndedGrants": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.LastEndedGrants(ctx, &tx.Reader, []string{c.SlotID}))
	},
	"GrantsByID": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.GrantsByID(ctx, &tx.Reader, []string{"x"}))
	},
	"GrantsDue": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.GrantsDue(ctx, &tx.Reader, now))
	},
	"ExpireGrants": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		if err := grant(ctx, tx, c); err != nil {
			return err
		}
		ended, err := store.ExpireGrants(ctx, tx, now.Add(time.Hour))
		if err == nil && len(ended) != 1 {
			err = errors.New("the grant that was due did not end")
		}
		return err
	},
	"RevokeGrants": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		if err := grant(ctx, tx, c); err != nil {
			return err
		}
		if _, err := store.RevokeGrants(ctx, tx, store.RevokeFilter{}, nil, now); !errors.Is(err, access.Invalid) {
			return errors.New("everything can be revoked by mistake")
		}
		ended, err := store.RevokeGrants(ctx, tx, store.RevokeFilter{SlotID: c.SlotID, UserID: c.UserID, ResourceID: c.ResourceID, AppID: c.AppID}, &c.UserID, now)
		if err == nil && len(ended) != 1 {
			err = errors.New("the grant was not revoked")
		}
		return err
	},
	"WantSlot": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.WantSlot(ctx, tx, c.UserID, c.ResourceID, "", now))
	},
	"Slot": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.Slot(ctx, &tx.Reader, c.UserID, c.ResourceID, ""))
	},
	"SlotsByID": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.SlotsByID(ctx, tx, []string{c.SlotID}))
	},
	"UpdateSlot": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		slots, err := store.SlotsByID(ctx, tx, []string{c.SlotID})
		if err != nil {
			return err
		}
		return store.UpdateSlot(ctx, tx, slots[0])
	},
	"Holdings": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		all := store.SlotFilter{ResourceID: c.ResourceID, UserID: c.UserID, IDs: []string{c.SlotID}, Search: "x", Page: page(1)}
		if _, err := store.Holdings(ctx, &tx.Reader, all); err != nil {
			return err
		}
		list, err := store.Holdings(ctx, &tx.Reader, store.SlotFilter{ResourceID: c.ResourceID})
		if err == nil && (len(list.Items) != 1 || list.Items[0].User.Email != "josh@example.com" || list.Items[0].App.Name != "Payroll") {
			err = errors.New("the holding is not whole")
		}
		return err
	},
	"AdriftSlots": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.AdriftSlots(ctx, &tx.Reader, 10))
	},
	"CountHolders": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return errors.Join(read(store.CountHolders(ctx, &tx.Reader, c.ResourceID, "")), read(store.CountHolders(ctx, &tx.Reader, "", c.AppID)))
	},
	"AddChanges": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		c.ID, c.State = "c9", access.Done
		return store.AddChanges(ctx, tx, c)
	},
	"Change": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.Change(ctx, &tx.Reader, c.ID))
	},
	"UpdateChange": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return store.UpdateChange(ctx, tx, c, access.Queued)
	},
	"LockSlots": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return store.LockSlots(ctx, tx, []string{c.SlotID, "x"})
	},
	"LockChange": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		got, err := store.LockChange(ctx, tx, c.ID)
		if err == nil && got.ID != c.ID {
			err = errors.New("another change is locked")
		}
		return err
	},
	"UpdateLeased": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		l := store.Lease{Server: "s1", Until: now.Add(time.Minute)}
		leased, _, err := store.LeaseChange(ctx, tx, c.ID, now, l)
		for _, other := range []store.Lease{{Server: "s1", Until: l.Until.Add(time.Second)}, {Server: "s2", Until: l.Until}} {
			if access.CodeOf(store.UpdateLeased(ctx, tx, leased, access.Queued, other)) != access.Conflict {
				return errors.New("a change is stored under a lease that is not its own")
			}
		}
		return errors.Join(err, store.UpdateLeased(ctx, tx, leased, access.Queued, l))
	},
	"ReleaseLease": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		l := store.Lease{Server: "s1", Until: now.Add(time.Minute)}
		_, _, err := store.LeaseChange(ctx, tx, c.ID, now, l)
		err2 := store.ReleaseLease(ctx, tx, c.ID, l)
		_, again, err3 := store.LeaseChange(ctx, tx, c.ID, now, l)
		if !again {
			return errors.New("a change that was given back cannot be leased")
		}
		return errors.Join(err, err2, err3)
	},
	"LiveChanges": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.LiveChanges(ctx, &tx.Reader, []string{c.SlotID}))
	},
	"ChangesByID": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.ChangesByID(ctx, &tx.Reader, []string{c.ID}))
	},
	"ReleaseLeases": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return store.ReleaseLeases(ctx, tx)
	},
	"ChangesToFile": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.ChangesToFile(ctx, &tx.Reader, now, 10))
	},
	"ChangesToCancel": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.ChangesToCancel(ctx, &tx.Reader, now, 10))
	},
	"LeaseChange": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		l := store.Lease{Server: "s1", Until: now.Add(time.Minute)}
		err := store.SeeServer(ctx, tx, "s1", now)
		_, ok, err2 := store.LeaseChange(ctx, tx, c.ID, now, l)
		_, twice, err3 := store.LeaseChange(ctx, tx, c.ID, now, l)
		if !ok || twice {
			return errors.New("a lease is taken once")
		}
		_, ok, err4 := store.LeaseChange(ctx, tx, c.ID, now.Add(store.ServerSilence), l)
		if !ok {
			return errors.New("a server that is gone keeps what it leased")
		}
		return errors.Join(err, err2, err3, err4)
	},
	"Changes": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.Changes(ctx, &tx.Reader, store.ChangeFilter{
			Live: true, States: []access.ChangeState{access.Queued}, AppID: c.AppID, ResourceID: c.ResourceID, UserID: c.UserID, ProviderID: "x",
			RequestID: "x", AssigneeID: "x", Unassigned: true, Late: true, Stuck: true, Held: true, StormID: "x", VisibleTo: c.UserID, Page: page(1),
		}))
	},
	"ChangesOfRequests": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.ChangesOfRequests(ctx, &tx.Reader, []string{"x"}))
	},
	"WorkCounts": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		counts, err := store.WorkCounts(ctx, &tx.Reader, c.UserID)
		if err == nil && counts[access.Queued] != 1 {
			err = errors.New("the admin of the resource does not see its change")
		}
		return err
	},
	"AddTickets": ticket,
	"Ticket": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return errors.Join(ticket(ctx, tx, c), read(store.Ticket(ctx, &tx.Reader, "t")))
	},
	"UpdateTicket": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		if err := ticket(ctx, tx, c); err != nil {
			return err
		}
		t, err := store.Ticket(ctx, &tx.Reader, "t")
		return errors.Join(err, store.UpdateTicket(ctx, tx, t, access.TicketOpen))
	},
	"TicketsOf": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.TicketsOf(ctx, &tx.Reader, []string{c.ID}))
	},
	"TicketsByRemoteID": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.TicketsByRemoteID(ctx, &tx.Reader, "p", []string{"1"}))
	},
	"TicketsByKey": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.TicketsByKey(ctx, &tx.Reader, "p", []string{"k"}))
	},
	"Tickets": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.Tickets(ctx, &tx.Reader, store.TicketFilter{
			IDs: []string{"x"}, Open: true, Filed: true, EndedAfter: &now, States: []access.TicketState{access.TicketOpen}, ProviderID: "x", AppID: "x",
			ResourceID: "x", UserID: "x", RequestID: "x", ChangeID: "x", AssigneeID: "x", VisibleTo: c.UserID, Page: page(1),
		}))
	},
	"CountOpenTickets": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.CountOpenTickets(ctx, &tx.Reader, "p"))
	},
	"TouchTickets": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return store.TouchTickets(ctx, tx, []string{"t"}, now)
	},
	"SuspectTickets": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.SuspectTickets(ctx, &tx.Reader, "p", 5))
	},
	"OpenTickets": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.OpenTickets(ctx, &tx.Reader, "p", "", 5))
	},
	"Providers": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.Providers(ctx, &tx.Reader))
	},
	"Provider": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.Provider(ctx, &tx.Reader, access.BuiltInProviderID))
	},
	"ProvidersByID": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.ProvidersByID(ctx, &tx.Reader, []string{access.BuiltInProviderID}))
	},
	"AddProvider": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return store.AddProvider(ctx, tx, access.TicketProvider{ID: "p9", Name: "p9", NextPollAt: now, CreatedAt: now, UpdatedAt: now})
	},
	"UpdateProvider": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		p, err := store.Provider(ctx, &tx.Reader, access.BuiltInProviderID)
		return errors.Join(err, store.UpdateProvider(ctx, tx, p, 1))
	},
	"SetProviderHealth": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		news, err := store.SetProviderHealth(ctx, tx, access.BuiltInProviderID, access.Down, "down", now)
		again, err2 := store.SetProviderHealth(ctx, tx, access.BuiltInProviderID, access.Down, "down", now)
		if !news || again {
			return errors.New("health is news once")
		}
		return errors.Join(err, err2)
	},
	"PollsDue": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.PollsDue(ctx, &tx.Reader, now))
	},
	"DuePolls": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.DuePolls(ctx, tx, now, now))
	},
	"SetNextPoll": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return store.SetNextPoll(ctx, tx, "p", now)
	},
	"SetCursor": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return store.SetCursor(ctx, tx, "p", "", "c", now)
	},
	"SetFullRead": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return store.SetFullRead(ctx, tx, "p", now)
	},
	"ProviderUses": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.ProviderUses(ctx, &tx.Reader, "p"))
	},
	"ForgetAccounts": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return store.ForgetAccounts(ctx, tx, "p")
	},
	"NamesOf": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		names, err := store.NamesOf(ctx, &tx.Reader, []string{c.SlotID})
		if err == nil && (names[c.SlotID].AppName != "Payroll" || names[c.SlotID].Email != "josh@example.com") {
			err = errors.New("the names are not those of the slot")
		}
		return err
	},
	"FactsOf": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.FactsOf(ctx, &tx.Reader, c.ID))
	},
	"Fulfillers": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		all, err := store.Fulfillers(ctx, &tx.Reader, store.AccountsAt{ProviderID: "p", ProjectID: "q", Since: now}, c.ResourceID)
		if err == nil && (len(all) != 1 || all[0].Known || all[0].ID != c.UserID) {
			err = errors.New("the users of the admin owner fulfil")
		}
		return err
	},
	"FulfillersByID": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		a := store.Account{ProviderID: access.BuiltInProviderID, ProjectID: "q", UserID: c.UserID, Account: "j", LookedAt: now}
		err := store.SaveAccount(ctx, tx, a)
		at := store.AccountsAt{ProviderID: access.BuiltInProviderID, ProjectID: "q", Since: now.Add(-time.Hour)}
		f, err2 := store.FulfillersByID(ctx, &tx.Reader, at, []string{c.UserID})
		return errors.Join(err, err2, expect(len(f) == 1 && f[0].Known && f[0].Account == "j", "an account is found again"))
	},
	"Wanted": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		before, err := store.Wanted(ctx, &tx.Reader, c.SlotID)
		err2 := grant(ctx, tx, c)
		after, err3 := store.Wanted(ctx, &tx.Reader, c.SlotID)
		if before || !after {
			return errors.New("a slot is wanted while a live grant names it")
		}
		return errors.Join(err, err2, err3)
	},
	"SaveAccount": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		a := store.Account{ProviderID: access.BuiltInProviderID, UserID: c.UserID, LookedAt: now}
		return errors.Join(store.SaveAccount(ctx, tx, a), store.SaveAccount(ctx, tx, a))
	},
	"AddRequest": request,
	"Request": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return errors.Join(request(ctx, tx, c), read(store.Request(ctx, &tx.Reader, "q")))
	},
	"LockRequest": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return errors.Join(request(ctx, tx, c), read(store.LockRequest(ctx, tx, "q", now)))
	},
	"UpdateRequest": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return errors.Join(request(ctx, tx, c), store.UpdateRequest(ctx, tx, access.Request{ID: "q", State: access.Denied, UpdatedAt: now}))
	},
	"Items": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.Items(ctx, &tx.Reader, []string{"q"}))
	},
	"SetItems": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return store.SetItems(ctx, tx, []string{"i"}, access.Approved)
	},
	"AddReviews": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return errors.Join(request(ctx, tx, c), store.AddReviews(ctx, tx, access.Review{ID: "v", RequestID: "q", ItemID: "i", Decision: access.Approved, CreatedAt: now}))
	},
	"Reviews": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.Reviews(ctx, &tx.Reader, []string{"q"}))
	},
	"AddComment": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return errors.Join(request(ctx, tx, c), store.AddComment(ctx, tx, access.Comment{ID: "m", RequestID: "q", AuthorID: c.UserID, CreatedAt: now}))
	},
	"Comments": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.Comments(ctx, &tx.Reader, []string{"q"}))
	},
	"Requests": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.Requests(ctx, &tx.Reader, allRequests(c)))
	},
	"CountRequests": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.CountRequests(ctx, &tx.Reader, allRequests(c)))
	},
	"PendingFor": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.PendingFor(ctx, &tx.Reader, c.UserID, c.ResourceID, ""))
	},
	"PendingRequestsOf": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return read(store.PendingRequestsOf(ctx, &tx.Reader, store.RevokeFilter{UserID: c.UserID, ResourceID: c.ResourceID, AppID: c.AppID}))
	},
	"ItemsFor": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		if err := request(ctx, tx, c); err != nil {
			return err
		}
		items, err := store.ItemsFor(ctx, &tx.Reader, c.UserID, "q")
		rel := store.RelationOf(items)
		if err == nil && rel != access.IsReviewer|access.IsResourceAdmin {
			err = errors.New("the reviewer is not seen as such")
		}
		return err
	},
	"AddEvents": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return store.AddEvents(ctx, tx, now, access.By(access.System(), access.SetUp, "x"))
	},
	"KnownEvents": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.KnownEvents(ctx, &tx.Reader, []string{"x"}))
	},
	"Events": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.Events(ctx, &tx.Reader, store.EventFilter{
			IDs: []string{"x"}, ActorID: "x", ObjectID: "x", AppID: "x", ResourceID: "x", UserID: "x", RequestID: "x", ChangeID: "x", TicketID: "x",
			ProviderID: "x", Type: access.SetUp, TokenName: "x", Search: "x", From: &now, To: &now, Page: page(1),
		}))
	},
	"EventsSince": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.EventsSince(ctx, &tx.Reader, now, "", 10))
	},
	"AddToken": token9,
	"Tokens": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return errors.Join(read(store.Tokens(ctx, &tx.Reader, c.UserID)), read(store.Tokens(ctx, &tx.Reader, "")))
	},
	"TokenByID": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return errors.Join(token9(ctx, tx, c), read(store.TokenByID(ctx, &tx.Reader, "k")))
	},
	"UseToken": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return store.UseToken(ctx, tx, "k", now)
	},
	"RevokeToken": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		return errors.Join(token9(ctx, tx, c), store.RevokeToken(ctx, tx, "k", now))
	},
	"TokenByHash": func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		err := token9(ctx, tx, c)
		_, u, err2 := store.TokenByHash(ctx, &tx.Reader, "hash", now)
		if u.ID != c.UserID {
			err = errors.New("a token names its user")
		}
		return errors.Join(err, err2)
	},
	"SaveSession": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return errors.Join(store.SaveSession(ctx, tx, "s", "a", now), store.SaveSession(ctx, tx, "s", "b", now.Add(time.Hour)))
	},
	"Session": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		_, _, err := store.Session(ctx, &tx.Reader, "s", now)
		return err
	},
	"DeleteSession": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return store.DeleteSession(ctx, tx, "s")
	},
	"DeleteOldSessions": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return store.DeleteOldSessions(ctx, tx, now)
	},
	"Setting": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.Setting(ctx, &tx.Reader, "x"))
	},
	"SetSetting": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return errors.Join(store.SetSetting(ctx, tx, "x", "1"), store.SetSetting(ctx, tx, "x", "2"))
	},
	"TakeSetting": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		err := store.SetSetting(ctx, tx, "x", "1")
		wrong, err2 := store.TakeSetting(ctx, tx, "x", "2")
		took, err3 := store.TakeSetting(ctx, tx, "x", "1")
		if wrong || !took {
			return errors.New("a setting is taken by its value, once")
		}
		return errors.Join(err, err2, err3)
	},
	"AddSync": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error { return sync9(ctx, tx) },
	"SyncByID": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return errors.Join(sync9(ctx, tx), read(store.SyncByID(ctx, &tx.Reader, "y")))
	},
	"UpdateSync": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return errors.Join(sync9(ctx, tx), store.UpdateSync(ctx, tx, store.Sync{ID: "y", State: "done", UpdatedAt: now}))
	},
	"LastSync": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		_, _, err := store.LastSync(ctx, &tx.Reader, "x")
		return err
	},
	"AddQueueTicket": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error { return queued(ctx, tx) },
	"QueueTicketsByKey": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.QueueTicketsByKey(ctx, &tx.Reader, "x"))
	},
	"QueueTickets": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.QueueTickets(ctx, &tx.Reader, []string{"x"}))
	},
	"QueueTicketsSince": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.QueueTicketsSince(ctx, &tx.Reader, now, "", 5))
	},
	"UpdateQueueTicket": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return errors.Join(queued(ctx, tx), store.UpdateQueueTicket(ctx, tx, store.QueueTicket{ID: "w", Status: "done", UpdatedAt: now}, "open"))
	},
	"AddQueueComment": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return errors.Join(queued(ctx, tx), store.AddQueueComment(ctx, tx, store.QueueComment{ID: "m", QueueTicketID: "w", CreatedAt: now}))
	},
	"QueueComments": func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		return read(store.QueueComments(ctx, &tx.Reader, "w"))
	},
}

// all is every statement there is.
func all() map[string]func(context.Context, *sqldb.Tx, access.AccessChange) error {
	every := maps.Clone(statements)
	maps.Copy(every, providerStatements)
	maps.Copy(every, reliabilityStatements)
	return every
}

func TestEveryStatement(t *testing.T) {
	t.Parallel()
	undo := errors.New("undo")
	testkit.ForEachDB(t, func(t *testing.T, db *sqldb.DB) {
		c := seed(t, db)
		for name, run := range all() {
			err := db.InTx(t.Context(), func(tx *sqldb.Tx) error { return errors.Join(run(t.Context(), tx, c), undo) })
			if err.Error() != undo.Error() {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// TestEveryStatementIsListed: a new function of the package needs its line above.
func TestEveryStatementIsListed(t *testing.T) {
	t.Parallel()
	plain := map[string]bool{"NewID": true, "Migrate": true, "LevelName": true, "RelationOf": true}
	pkgs, err := parser.ParseDir(token.NewFileSet(), ".", func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }, 0) //nolint:staticcheck // one folder without build tags
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range pkgs["store"].Files {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if ok && fn.Recv == nil && fn.Name.IsExported() && !plain[fn.Name.Name] && all()[fn.Name.Name] == nil {
				t.Errorf("%s is run by no test", fn.Name.Name)
			}
		}
	}
}

func read[T any](_ T, err error) error { return err }

// page asks for a later page of a list with n sort keys.
func page(n int) access.Page {
	return access.Page{Cursor: access.Cursor(make([]string, n)...), Size: 3}
}

func group(ctx context.Context, tx *sqldb.Tx, c access.AccessChange, then func() error) error {
	err := errors.Join(
		store.AddGroup(ctx, tx, access.Group{ID: "g", Name: "g", CreatedAt: now, UpdatedAt: now}),
		store.SetGroupUsers(ctx, tx, "g", []string{c.UserID}),
	)
	if err == nil && then != nil {
		err = then()
	}
	return err
}

func owner(fn func(context.Context, *sqldb.Tx, access.Owner) error) func(context.Context, *sqldb.Tx, access.AccessChange) error {
	return func(ctx context.Context, tx *sqldb.Tx, _ access.AccessChange) error {
		list, err := store.Owners(ctx, &tx.Reader, store.OwnerFilter{Name: "admins"})
		if err != nil {
			return err
		}
		return fn(ctx, tx, list.Items[0])
	}
}

func resource(fn func(context.Context, *sqldb.Tx, access.Resource) error) func(context.Context, *sqldb.Tx, access.AccessChange) error {
	return func(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
		r, err := store.Resource(ctx, &tx.Reader, c.ResourceID)
		if err != nil {
			return err
		}
		return fn(ctx, tx, r)
	}
}

func grant(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
	return store.AddGrants(ctx, tx, access.Grant{
		ID: "gr", SlotID: c.SlotID, UserID: c.UserID, ResourceID: c.ResourceID, Source: access.FromAdmin, State: access.GrantLive,
		CreatedAt: now, ExpiresAt: &now,
	})
}

func ticket(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
	return store.AddTickets(ctx, tx, access.Ticket{
		ID: "t", ChangeID: c.ID, ProviderID: access.BuiltInProviderID, Key: "k", State: access.TicketOpen, RemoteID: "1", CreatedAt: now,
	})
}

func request(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
	return store.AddRequest(ctx, tx,
		access.Request{ID: "q", RequesterID: c.UserID, TargetUserID: c.UserID, State: access.Pending, CreatedAt: now, UpdatedAt: now},
		[]access.RequestItem{{ID: "i", RequestID: "q", ResourceID: c.ResourceID, State: access.Pending}})
}

func allRequests(c access.AccessChange) store.RequestFilter {
	return store.RequestFilter{
		RequesterID: "x", TargetUserID: "x", InvolvesID: "x", ResourceID: "x", State: access.Pending, ReviewableBy: c.UserID,
		VisibleTo: c.UserID, From: &now, To: &now, Page: page(1),
	}
}

func token9(ctx context.Context, tx *sqldb.Tx, c access.AccessChange) error {
	return store.AddToken(ctx, tx, store.Token{ID: "k", UserID: c.UserID, Name: "n", Hash: "hash", CreatedAt: now})
}

func sync9(ctx context.Context, tx *sqldb.Tx) error {
	return store.AddSync(ctx, tx, store.Sync{ID: "y", State: "running", CreatedAt: now, UpdatedAt: now})
}

func queued(ctx context.Context, tx *sqldb.Tx) error {
	_, err := store.AddQueueTicket(ctx, tx, store.QueueTicket{ID: "w", Key: "key", Status: "open", CreatedAt: now, UpdatedAt: now})
	return err
}
