package inventory_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/request"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/testkit"
)

var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// firm is a company with one app and one resource that Ana administers.
type firm struct {
	*testing.T
	inv                  *inventory.Service
	db                   *store.DB
	ada, ana, josh, otto access.Actor
	owner, app, role     string
}

func onBoth(t *testing.T, fn func(f *firm)) {
	t.Helper()
	t.Parallel()
	testkit.ForEachDB(t, func(t *testing.T, db *sqldb.DB) {
		queue, err := sqldb.NewQueue(db, &river.Config{})
		if err != nil {
			t.Fatal(err)
		}
		f := &firm{T: t, db: &store.DB{DB: db, Queue: queue, Now: func() time.Time { return now }}}
		f.inv = &inventory.Service{DB: f.db}
		person := func(name string, role access.Role) access.Actor {
			u := access.User{ID: store.NewID(), Email: name + "@example.com", Role: role, CreatedAt: now, UpdatedAt: now}
			f.must(db.InTx(f.Context(), func(tx *sqldb.Tx) error { return store.AddUsers(f.Context(), tx, u) }))
			return access.ActorFor(u, "web")
		}
		f.ada, f.ana = person("ada", access.Admin), person("ana", access.Member)
		f.josh, f.otto = person("josh", access.Member), person("otto", access.Auditor)
		o, err := f.inv.CreateOwner(f.Context(), f.ada, inventory.OwnerParams{Name: "admins", UserIDs: []string{f.ana.UserID}})
		f.must(err)
		a, err := f.inv.CreateApp(f.Context(), f.ada, inventory.AppParams{Name: "Payroll", AdminOwnerID: o.ID})
		f.must(err)
		r, err := f.inv.CreateResource(f.Context(), f.ada, inventory.ResourceParams{AppID: a.ID, Name: "My Role"})
		f.must(err)
		f.owner, f.app, f.role = o.ID, a.ID, r.ID
		fn(f)
	})
}

func (f *firm) must(err error) {
	f.Helper()
	if err != nil {
		f.Fatal(err)
	}
}

func (f *firm) at() inventory.Place {
	return inventory.Place{ResourceID: f.role, UserID: f.josh.UserID}
}

// live counts Josh's live grants.
func (f *firm) live() int {
	f.Helper()
	slot, err := store.Slot(f.Context(), f.db.Read(), f.josh.UserID, f.role, "")
	f.must(err)
	grants, err := store.LiveGrants(f.Context(), f.db.Read(), []string{slot.ID})
	f.must(err)
	return len(grants[slot.ID])
}

// refused checks the code of an error.
func (f *firm) refused(what string, err error, code access.Code) {
	f.Helper()
	if !errors.Is(err, code) {
		f.Errorf("%s: got %v, want %s", what, err, code)
	}
}

func TestWhoChangesHolders(t *testing.T) {
	onBoth(t, func(f *firm) {
		ctx := f.Context()
		f.refused("a member", f.inv.AddHolder(ctx, f.josh, f.at(), "", nil), access.Forbidden)
		f.refused("an auditor", f.inv.AddHolder(ctx, f.otto, f.at(), "", nil), access.Forbidden)
		f.must(f.inv.AddHolder(ctx, f.ana, f.at(), "", nil))
		f.refused("twice", f.inv.AddHolder(ctx, f.ada, f.at(), "", nil), access.Conflict)
		past := now.Add(-time.Second)
		f.refused("an end in the past", f.inv.SetHolderEnd(ctx, f.ada, f.at(), &past), access.Invalid)
		soon := now.Add(time.Hour)
		f.must(f.inv.SetHolderEnd(ctx, f.ada, f.at(), &soon))
		other := f.at()
		other.Level = "write"
		f.refused("a level that is not", f.inv.AddHolder(ctx, f.ada, other, "", nil), access.Invalid)
		f.refused("a stranger removes", f.inv.RemoveHolder(ctx, f.otto, f.at()), access.Forbidden)
		f.must(f.inv.RemoveHolder(ctx, f.josh, f.at())) // one may give back one's own
		if f.live() != 0 {
			f.Error("what was given back is still wanted")
		}
		f.refused("removed twice", f.inv.RemoveHolder(ctx, f.ada, f.at()), access.NotFound)
	})
}

// TestDeletesEndWhatDependsOnThem: nothing is forgotten with its user, resource
// or app: the access is not wanted any more, and requests for it are canceled.
func TestDeletesEndWhatDependsOnThem(t *testing.T) {
	for name, remove := range map[string]func(f *firm) error{
		"user":     func(f *firm) error { return f.inv.DeleteUser(f.Context(), f.ada, f.josh.UserID) },
		"resource": func(f *firm) error { return f.inv.DeleteResource(f.Context(), f.ada, f.role) },
		"app":      func(f *firm) error { return f.inv.DeleteApp(f.Context(), f.ada, f.app) },
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(f *firm) {
				ctx := f.Context()
				f.must(f.inv.AddHolder(ctx, f.ada, f.at(), "", nil))
				requests := &request.Service{DB: f.db}
				q, err := requests.Create(ctx, f.josh, request.Params{Items: []request.Wish{{ResourceID: f.role}}, Reason: "x"})
				f.must(err)
				f.must(remove(f))
				if f.live() != 0 {
					f.Error("the access is still wanted")
				}
				r, err := store.Request(ctx, f.db.Read(), q.ID)
				if err != nil || r.State != access.Canceled {
					f.Errorf("the request is %s, %v", r.State, err)
				}
				jobs, err := sqldb.Get[int](ctx, f.db.Read(), `SELECT count(*) FROM river_job WHERE kind = 'slot.reconcile'`)
				if err != nil || jobs < 2 {
					f.Errorf("%d looks at the slot, %v; want one for the removal", jobs, err)
				}
				f.refused("deleted twice", remove(f), access.NotFound)
			})
		})
	}
}

func TestTheLastAdminStays(t *testing.T) {
	onBoth(t, func(f *firm) {
		ctx, member := f.Context(), access.Member
		_, err := f.inv.UpdateUser(ctx, f.ada, f.ada.UserID, inventory.UserPatch{Role: &member})
		f.refused("the last admin steps down", err, access.Conflict)
		f.refused("an admin deletes herself", f.inv.DeleteUser(ctx, f.ada, f.ada.UserID), access.Conflict)
		admin := access.Admin
		_, err = f.inv.UpdateUser(ctx, f.ada, f.josh.UserID, inventory.UserPatch{Role: &admin})
		f.must(err)
		_, err = f.inv.UpdateUser(ctx, f.ada, f.ada.UserID, inventory.UserPatch{Role: &member})
		f.must(err)
	})
}

func TestWhatIsInUseStays(t *testing.T) {
	onBoth(t, func(f *firm) {
		ctx := f.Context()
		err := f.inv.DeleteOwner(ctx, f.ada, f.owner)
		f.refused("an owner in use", err, access.Conflict)
		for _, use := range []string{"app Payroll", "resource My Role", "reviews of My Role"} {
			if err == nil || !strings.Contains(err.Error(), use) {
				f.Errorf("%v does not name %s", err, use)
			}
		}
		_, err = f.inv.CreateUser(ctx, f.ada, inventory.UserParams{Email: "JOSH@example.com"})
		f.refused("an e-mail in use", err, access.Conflict)
		f.must(f.inv.DeleteUser(ctx, f.ada, f.josh.UserID))
		_, err = f.inv.CreateUser(ctx, f.ada, inventory.UserParams{Email: "josh@example.com"})
		f.must(err)
		f.must(f.inv.DeleteApp(ctx, f.ada, f.app))
		f.must(f.inv.DeleteOwner(ctx, f.ada, f.owner))
		_, err = f.inv.CreateOwner(ctx, f.ada, inventory.OwnerParams{Name: "admins"})
		f.must(err)
	})
}

func TestOwnersFollowTheirGroup(t *testing.T) {
	onBoth(t, func(f *firm) {
		ctx := f.Context()
		g, err := f.inv.CreateGroup(ctx, f.ada, inventory.GroupParams{Name: "team", UserIDs: []string{f.ana.UserID, f.josh.UserID}})
		f.must(err)
		o, err := f.inv.CreateOwner(ctx, f.ada, inventory.OwnerParams{Name: "team leads", SourceGroupID: g.ID})
		f.must(err)
		f.must(f.inv.SetGroupUsers(ctx, f.ada, g.ID, []string{f.josh.UserID, f.otto.UserID}))
		_, users, err := f.inv.Owner(ctx, f.ada, o.ID)
		if err != nil || len(users) != 2 || users[0].ID != f.josh.UserID || users[1].ID != f.otto.UserID {
			f.Errorf("users %+v, %v; want those of the group, old ones first", users, err)
		}
		_, err = f.inv.SetOwnerUsers(ctx, f.ada, o.ID, nil)
		f.refused("users set by hand", err, access.Conflict)
		f.refused("the group goes", f.inv.DeleteGroup(ctx, f.ada, g.ID), access.Conflict)
		f.refused("a user twice", f.inv.SetGroupUsers(ctx, f.ada, g.ID, []string{f.ana.UserID, f.ana.UserID}), access.Invalid)
	})
}

func TestLevelsPeopleHoldStay(t *testing.T) {
	onBoth(t, func(f *firm) {
		ctx := f.Context()
		set := func(levels ...access.Level) error {
			return f.inv.UpdateResources(ctx, f.ada, []inventory.ResourcePatch{{ID: f.role, Levels: &levels}})
		}
		f.must(set(access.Level{ID: "read"}, access.Level{ID: "write"}))
		at := f.at()
		at.Level = "read"
		f.must(f.inv.AddHolder(ctx, f.ada, at, "", nil))
		f.refused("a level people hold goes", set(access.Level{ID: "write"}), access.Invalid)
		f.must(set(access.Level{ID: "read", Name: "Read only"}))
	})
}

func TestResourceAdminsEditTheirOwn(t *testing.T) {
	onBoth(t, func(f *firm) {
		ctx, text := f.Context(), "The everyday role."
		patch := []inventory.ResourcePatch{{ID: f.role, Description: &text}}
		f.must(f.inv.UpdateResources(ctx, f.ana, patch))
		f.refused("a member", f.inv.UpdateResources(ctx, f.josh, patch), access.Forbidden)
		_, err := f.inv.CreateResource(ctx, f.ana, inventory.ResourceParams{AppID: f.app, Name: "x"})
		f.refused("a resource admin makes a resource", err, access.Forbidden)
		_, err = f.inv.Events(ctx, f.ana, store.EventFilter{ResourceID: f.role})
		f.must(err)
		_, err = f.inv.Events(ctx, f.ana, store.EventFilter{})
		f.refused("a resource admin reads the whole log", err, access.Forbidden)
	})
}

// TestOverrideStartsFromTheApp: what an override does not name stays as the app
// has it.
func TestOverrideStartsFromTheApp(t *testing.T) {
	onBoth(t, func(f *firm) {
		ctx, yes, no := f.Context(), true, false
		how := "Ask the payroll team."
		_, err := f.inv.UpdateApp(ctx, f.ada, f.app, inventory.AppPatch{Tickets: inventory.TicketPatch{Instructions: &how}})
		f.must(err)
		f.must(f.inv.UpdateResources(ctx, f.ada, []inventory.ResourcePatch{{
			ID: f.role, OverridesTickets: &yes, Tickets: inventory.TicketPatch{OnRemoval: &no},
		}}))
		r, err := f.inv.Resource(ctx, f.ada, f.role)
		if err != nil || r.TicketInstructions != how || !r.TicketsOnGrant || r.TicketsOnRemoval {
			f.Errorf("%+v, %v", r.TicketPolicy, err)
		}
		r, err = f.inv.CreateResource(ctx, f.ada, inventory.ResourceParams{AppID: f.app, Name: "Ledger", Patch: inventory.ResourcePatch{
			OverridesTickets: &yes, Tickets: inventory.TicketPatch{FulfilmentPatch: inventory.FulfilmentPatch{Group: new(access.GroupByPerson)}},
		}})
		if want := (access.Fulfilment{Group: access.GroupByPerson}); err != nil || r.TicketInstructions != how || r.Fulfilment != want {
			f.Errorf("a new resource: %+v, %v", r.TicketPolicy, err)
		}
	})
}

// TestWhoGetsTickets: a part of it is changed, and names the rule it needs.
func TestWhoGetsTickets(t *testing.T) {
	onBoth(t, func(f *firm) {
		for _, c := range []struct {
			patch inventory.FulfilmentPatch
			want  access.Fulfilment
		}{
			{inventory.FulfilmentPatch{Assign: new(access.LeastOpen), ByHandToo: new(true)}, access.Fulfilment{Assign: access.LeastOpen, ByHandToo: true}},
			{inventory.FulfilmentPatch{Group: new(access.GroupByPerson)}, access.Fulfilment{Assign: access.LeastOpen, ByHandToo: true, Group: access.GroupByPerson}},
			{inventory.FulfilmentPatch{AssignTo: &f.josh.UserID, ByHandToo: new(false), Group: new(access.GroupNone)}, access.Fulfilment{Assign: access.ToPerson, UserID: f.josh.UserID}},
			{inventory.FulfilmentPatch{Schedule: new("P1"), ScheduleName: new("Nights")}, access.Fulfilment{Assign: access.OnCall, Schedule: "P1", ScheduleName: "Nights"}},
			{inventory.FulfilmentPatch{Assign: new(access.AtRandom)}, access.Fulfilment{}},
		} {
			a, err := f.inv.UpdateApp(f.Context(), f.ada, f.app, inventory.AppPatch{Tickets: inventory.TicketPatch{FulfilmentPatch: c.patch}})
			if err != nil || a.Fulfilment != c.want {
				f.Errorf("%+v, want %+v; %v", a.Fulfilment, c.want, err)
			}
		}
		_, err := f.inv.UpdateApp(f.Context(), f.ada, f.app, inventory.AppPatch{Tickets: inventory.TicketPatch{FulfilmentPatch: inventory.FulfilmentPatch{AssignTo: new("nobody")}}})
		f.refused("an assignee who is nobody", err, access.Invalid)
	})
}
