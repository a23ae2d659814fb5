package request_test

import (
	"errors"
	"sync"
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

// office is a company with two resources that different people review.
type office struct {
	*testing.T
	db                           *store.DB
	req                          *request.Service
	inv                          *inventory.Service
	josh, rita, ravi, ada, otto  access.Actor
	role, safe, free, closed, hw string // resources: reviewed by rita and ravi; by ravi; by nobody; not requestable; with levels
}

var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func onBoth(t *testing.T, fn func(o *office)) {
	t.Helper()
	t.Parallel()
	testkit.ForEachDB(t, func(t *testing.T, db *sqldb.DB) {
		queue, err := sqldb.NewQueue(db, &river.Config{})
		if err != nil {
			t.Fatal(err)
		}
		o := &office{T: t, db: &store.DB{DB: db, Queue: queue, Now: func() time.Time { return now }}}
		o.req, o.inv = &request.Service{DB: o.db}, &inventory.Service{DB: o.db}
		o.found()
		fn(o)
	})
}

func (o *office) found() {
	ctx := o.Context()
	person := func(name string, role access.Role) access.Actor {
		u := access.User{ID: store.NewID(), Email: name + "@example.com", Role: role, CreatedAt: now, UpdatedAt: now}
		o.must(o.db.InTx(ctx, func(tx *sqldb.Tx) error { return store.AddUsers(ctx, tx, u) }))
		return access.ActorFor(u, "web")
	}
	o.josh, o.rita, o.ravi = person("josh", access.Member), person("rita", access.Member), person("ravi", access.Member)
	o.ada, o.otto = person("ada", access.Admin), person("otto", access.Auditor)
	owner := func(name string, users ...access.Actor) string {
		var ids []string
		for _, u := range users {
			ids = append(ids, u.UserID)
		}
		made, err := o.inv.CreateOwner(ctx, o.ada, inventory.OwnerParams{Name: name, UserIDs: ids})
		o.must(err)
		return made.ID
	}
	both, one := owner("both", o.rita, o.ravi), owner("one", o.ravi)
	app, err := o.inv.CreateApp(ctx, o.ada, inventory.AppParams{Name: "Payroll", AdminOwnerID: both})
	o.must(err)
	resource := func(name string, p inventory.ResourcePatch, reviewers ...string) string {
		p.ReviewerIDs = &reviewers
		made, err := o.inv.CreateResource(ctx, o.ada, inventory.ResourceParams{AppID: app.ID, Name: name, Patch: p})
		o.must(err)
		return made.ID
	}
	week, yes, no := 7*24*60, true, false
	o.role = resource("role", inventory.ResourcePatch{}, both)
	o.safe = resource("safe", inventory.ResourcePatch{MaxMinutes: &week}, one)
	o.free = resource("free", inventory.ResourcePatch{AutoApprove: &yes}, both)
	o.closed = resource("closed", inventory.ResourcePatch{Requestable: &no}, both)
	o.hw = resource("hw", inventory.ResourcePatch{Levels: &[]access.Level{{ID: "read"}, {ID: "write"}}}, both)
}

func (o *office) must(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

// ask asks as Josh, for a day.
func (o *office) ask(resources ...string) string {
	o.Helper()
	day := 24 * 60
	p := request.Params{Reason: "month end", Minutes: &day}
	for _, r := range resources {
		p.Items = append(p.Items, request.Wish{ResourceID: r})
	}
	q, err := o.req.Create(o.Context(), o.josh, p)
	o.must(err)
	return q.ID
}

func (o *office) state(id string) access.RequestState {
	o.Helper()
	v, err := o.req.Get(o.Context(), o.ada, id)
	o.must(err)
	return v.State
}

func (o *office) grants(id string) []access.Grant {
	o.Helper()
	ids, err := sqldb.Select[string](o.Context(), o.db.Read(), `SELECT id FROM grants WHERE request_id = ?`, id)
	o.must(err)
	g, err := store.GrantsByID(o.Context(), o.db.Read(), ids)
	o.must(err)
	return g
}

func TestApproveGrants(t *testing.T) {
	onBoth(t, func(o *office) {
		id := o.ask(o.role)
		o.must(o.req.Approve(o.Context(), o.rita, id, request.Verdict{Comment: "fine"}))
		g := o.grants(id)
		if o.state(id) != access.Approved || len(g) != 1 || g[0].UserID != o.josh.UserID || !g[0].ExpiresAt.Equal(now.Add(24*time.Hour)) {
			o.Errorf("%s, grants %+v", o.state(id), g)
		}
		jobs, err := sqldb.Get[int](o.Context(), o.db.Read(), `SELECT count(*) FROM river_job WHERE kind = 'slot.reconcile'`)
		if err != nil || jobs != 1 {
			o.Errorf("%d jobs to carry it out, %v", jobs, err)
		}
		v, err := o.req.Get(o.Context(), o.josh, id)
		o.must(err)
		if r := v.Items[0].Reviews; len(r) != 1 || r[0].Reviewer.Email != "rita@example.com" || r[0].Comment != "fine" {
			o.Errorf("reviews %+v", r)
		}
	})
}

// TestItemsOfDifferentReviewers: each approves their part; the request is
// approved when all parts are.
func TestItemsOfDifferentReviewers(t *testing.T) {
	onBoth(t, func(o *office) {
		id := o.ask(o.role, o.safe)
		o.must(o.req.Approve(o.Context(), o.rita, id, request.Verdict{}))
		if o.state(id) != access.Pending || len(o.grants(id)) != 0 {
			o.Error("approved by half")
		}
		if err := o.req.Approve(o.Context(), o.rita, id, request.Verdict{}); !errors.Is(err, access.Conflict) {
			o.Errorf("approved twice: %v", err)
		}
		o.must(o.req.Approve(o.Context(), o.ravi, id, request.Verdict{}))
		if o.state(id) != access.Approved || len(o.grants(id)) != 2 {
			o.Errorf("%s, %d grants", o.state(id), len(o.grants(id)))
		}
	})
}

func TestDenyEndsIt(t *testing.T) {
	onBoth(t, func(o *office) {
		id := o.ask(o.role, o.safe)
		if err := o.req.Deny(o.Context(), o.rita, id, request.Verdict{Comment: "  "}); !errors.Is(err, access.Invalid) {
			o.Errorf("denied without a reason: %v", err)
		}
		o.must(o.req.Deny(o.Context(), o.rita, id, request.Verdict{Comment: "no"}))
		for _, err := range []error{
			o.req.Approve(o.Context(), o.ravi, id, request.Verdict{}),
			o.req.Cancel(o.Context(), o.josh, id),
			o.req.Deny(o.Context(), o.ravi, id, request.Verdict{Comment: "no"}),
		} {
			if !errors.Is(err, access.Conflict) {
				o.Errorf("after the end: %v", err)
			}
		}
		if o.state(id) != access.Denied || len(o.grants(id)) != 0 {
			o.Errorf("%s, %d grants", o.state(id), len(o.grants(id)))
		}
	})
}

func TestWhoDecides(t *testing.T) {
	onBoth(t, func(o *office) {
		id := o.ask(o.safe)
		approve := func(a access.Actor, override bool) error {
			return o.req.Approve(o.Context(), a, id, request.Verdict{Comment: "x", Override: override})
		}
		for name, err := range map[string]error{
			"the requester":                approve(o.josh, false),
			"the requester, overriding":    approve(o.josh, true),
			"a member, overriding":         approve(o.rita, true),
			"an admin who does not review": approve(o.ada, false),
			"an auditor":                   approve(o.otto, true),
			"nobody":                       approve(access.Actor{}, true),
		} {
			if c := access.CodeOf(err); c != access.Forbidden && c != access.NotFound && c != access.Unauthenticated {
				o.Errorf("%s: %v", name, err)
			}
		}
		if o.state(id) != access.Pending {
			o.Fatal("decided by the wrong person")
		}
		o.must(approve(o.ada, true))
		v, err := o.req.Get(o.Context(), o.ada, id)
		o.must(err)
		if r := v.Items[0].Reviews; len(r) != 1 || !r[0].Override {
			o.Errorf("the override is not recorded: %+v", r)
		}
	})
}

func TestAdminsDoNotApproveTheirOwn(t *testing.T) {
	onBoth(t, func(o *office) {
		q, err := o.req.Create(o.Context(), o.ada, request.Params{Items: []request.Wish{{ResourceID: o.role}}, Reason: "x"})
		o.must(err)
		if err := o.req.Approve(o.Context(), o.ada, q.ID, request.Verdict{Comment: "x", Override: true}); !errors.Is(err, access.Forbidden) {
			o.Errorf("an admin approved their own: %v", err)
		}
		other := request.Params{TargetUserID: o.rita.UserID, Items: []request.Wish{{ResourceID: o.role}}, Reason: "x"}
		if q, err = o.req.Create(o.Context(), o.ada, other); err != nil {
			o.Fatal(err)
		}
		if err := o.req.Approve(o.Context(), o.rita, q.ID, request.Verdict{}); !errors.Is(err, access.Forbidden) {
			o.Errorf("the one who gets it approved it: %v", err)
		}
		if _, err := o.req.Create(o.Context(), o.josh, other); !errors.Is(err, access.Forbidden) {
			o.Errorf("a member asked for somebody else: %v", err)
		}
	})
}

func TestAutoApprove(t *testing.T) {
	onBoth(t, func(o *office) {
		id := o.ask(o.free)
		if o.state(id) != access.Approved || len(o.grants(id)) != 1 || o.grants(id)[0].GrantedBy != nil {
			o.Errorf("%s, grants %+v", o.state(id), o.grants(id))
		}
		mixed := o.ask(o.free, o.role)
		if o.state(mixed) != access.Pending {
			o.Error("approved though one part needs a review")
		}
		o.must(o.req.Approve(o.Context(), o.rita, mixed, request.Verdict{}))
		if o.state(mixed) != access.Approved || len(o.grants(mixed)) != 2 {
			o.Errorf("%s, %d grants", o.state(mixed), len(o.grants(mixed)))
		}
	})
}

// TestEveryProblemIsNamed: and nothing is half-written.
func TestEveryProblemIsNamed(t *testing.T) {
	onBoth(t, func(o *office) {
		_, err := o.req.Create(o.Context(), o.ada, request.Params{
			TargetUserID: "nobody", Reason: "\xff",
			Items: []request.Wish{{ResourceID: o.closed}, {ResourceID: "nope"}, {ResourceID: o.safe}, {ResourceID: o.hw}, {ResourceID: o.safe}, {ResourceID: o.role, Level: "x"}},
		})
		e, ok := errors.AsType[*access.Error](err)
		if !ok || e.Code != access.Invalid {
			o.Fatalf("got %v", err)
		}
		for _, field := range []string{
			"target_user_id", "reason", "resources[0]", "resources[1]", "duration_minutes", "resources[3].access_level_remote_id",
			"resources[4]", "resources[5].access_level_remote_id",
		} {
			if e.Fields[field] == "" {
				o.Errorf("%s is not named in %v", field, e.Fields)
			}
		}
		list, err := o.req.List(o.Context(), o.ada, store.RequestFilter{})
		if err != nil || len(list.Items) != 0 {
			o.Errorf("%d requests were written, %v", len(list.Items), err)
		}
		o.ask(o.role)
		if _, err := o.req.Create(o.Context(), o.josh, request.Params{Items: []request.Wish{{ResourceID: o.role}}, Reason: "again"}); !errors.Is(err, access.Invalid) {
			o.Errorf("asked twice: %v", err)
		}
	})
}

// TestRaces: of many who decide at once one wins, and the others learn why not.
func TestRaces(t *testing.T) {
	onBoth(t, func(o *office) {
		for range 5 {
			id := o.ask(o.role)
			acts := []func() error{
				func() error { return o.req.Approve(o.Context(), o.rita, id, request.Verdict{}) },
				func() error { return o.req.Approve(o.Context(), o.ravi, id, request.Verdict{}) },
				func() error { return o.req.Deny(o.Context(), o.ravi, id, request.Verdict{Comment: "no"}) },
				func() error { return o.req.Cancel(o.Context(), o.josh, id) },
				func() error {
					return o.req.Approve(o.Context(), o.ada, id, request.Verdict{Comment: "x", Override: true})
				},
			}
			won := o.race(acts)
			if won != 1 {
				o.Fatalf("%d of %d won", won, len(acts))
			}
			want := 0
			if o.state(id) == access.Approved {
				want = 1
			}
			if n := len(o.grants(id)); n != want {
				o.Errorf("%s with %d grants", o.state(id), n)
			}
		}
	})
}

func (o *office) race(acts []func() error) (won int) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	start := make(chan struct{})
	for _, act := range acts {
		wg.Go(func() {
			<-start
			err := act()
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case !errors.Is(err, access.Conflict):
				o.Errorf("a loser got %v", err)
			}
		})
	}
	close(start)
	wg.Wait()
	return won
}

func TestWhoSees(t *testing.T) {
	onBoth(t, func(o *office) {
		id := o.ask(o.safe)
		for _, tt := range []struct {
			who  access.Actor
			sees bool
		}{{o.josh, true}, {o.ravi, true}, {o.ada, true}, {o.otto, true}, {access.Actor{UserID: store.NewID(), Role: access.Member}, false}} {
			_, err := o.req.Get(o.Context(), tt.who, id)
			if (err == nil) != tt.sees || err != nil && !errors.Is(err, access.NotFound) {
				o.Errorf("%s: %v", tt.who.Email, err)
			}
			list, err := o.req.List(o.Context(), tt.who, store.RequestFilter{})
			if err != nil || (len(list.Items) == 1) != tt.sees {
				o.Errorf("%s lists %d, %v", tt.who.Email, len(list.Items), err)
			}
		}
		if n, err := o.req.CountToReview(o.Context(), o.ravi); err != nil || n != 1 {
			o.Errorf("ravi has %d to review, %v", n, err)
		}
		if n, err := o.req.CountToReview(o.Context(), o.josh); err != nil || n != 0 {
			o.Errorf("josh has %d to review, %v", n, err)
		}
		if err := o.req.Comment(o.Context(), o.otto, id, "hm"); !errors.Is(err, access.Forbidden) {
			o.Errorf("an auditor commented: %v", err)
		}
		o.must(o.req.Comment(o.Context(), o.josh, id, "please"))
		v, err := o.req.Get(o.Context(), o.ravi, id)
		if err != nil || len(v.Comments) != 1 || v.Comments[0].Author.Email != "josh@example.com" {
			o.Errorf("comments %+v, %v", v.Comments, err)
		}
	})
}
