package propagation_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"admit/internal/access"
	"admit/internal/inventory"
	"admit/internal/propagation"
	"admit/internal/store"
	"admit/internal/ticket"
)

// person makes a member who has the role and these other resources, all in place.
func (w *world) person(name string, resources ...string) string {
	w.Helper()
	u, err := w.inv.CreateUser(w.Context(), w.admin, inventory.UserParams{Email: name + "@example.com", FirstName: name, Role: access.Member})
	w.must(err)
	for _, id := range append(resources, w.role) {
		w.must(w.inv.AddHolder(w.Context(), w.admin, inventory.Place{ResourceID: id, UserID: u.ID}, "", nil))
	}
	w.file()
	for i := range w.paper.all() {
		w.paper.set(i+1, "done", ticket.Yes, false)
	}
	w.poll()
	return u.ID
}

func (w *world) resource(name string) string {
	w.Helper()
	r, err := w.inv.CreateResource(w.Context(), w.admin, inventory.ResourceParams{AppID: w.app, Name: name})
	w.must(err)
	return r.ID
}

// TestStormIsLetGo: what somebody's leaving would open waits, an admin is told in
// how many tickets each way of sharing ends, and so many are filed.
func TestStormIsLetGo(t *testing.T) {
	onBoth(t, func(w *world) {
		ctx := w.Context()
		safe, door := w.resource("Safe"), w.resource("Door")
		pat, quinn := w.person("pat", safe, door), w.person("quinn", safe)
		is, err := w.eng.Settings(ctx, w.admin)
		w.must(err)
		is.StormAbove = 2
		w.must(w.eng.SaveSettings(ctx, w.admin, is))
		w.must(w.inv.DeleteUser(ctx, w.admin, pat))
		w.settle()
		w.must(w.inv.DeleteUser(ctx, w.admin, quinn))
		w.file()
		w.tickets(5, 0)

		storms, err := w.eng.Storms(ctx, w.admin)
		w.must(err)
		if len(storms) != 1 {
			w.Fatalf("%d storms, want one", len(storms))
		}
		id := storms[0].Storm.ID
		storm, err := w.eng.Storm(ctx, w.admin, id)
		w.must(err)
		size := store.StormSize{ID: id, Changes: 5, Removals: 5, Persons: 2, Person: "pat", Resources: 3, Resource: "Door"}
		if diff := cmp.Diff(size, storm.StormSize); diff != "" || storm.Cause != access.BySystem || storm.ProviderName != "Paper" {
			w.Errorf("by %s at %s: %s", storm.Cause, storm.ProviderName, diff)
		}
		if diff := cmp.Diff(map[access.Grouping]int{access.GroupNone: 5, access.GroupByPerson: 2, access.GroupByResource: 3}, storm.Tickets); diff != "" {
			w.Error(diff)
		}
		if err := w.eng.ReleaseStorm(ctx, w.admin, id, 4, access.GroupByPerson); access.CodeOf(err) != access.Conflict || !strings.Contains(err.Error(), "5 changes by now, not 4") {
			w.Errorf("released with a number that is not so: %v", err)
		}
		for _, release := range []error{w.eng.ReleaseStorm(ctx, w.ana, id, 5, ""), second(w.eng.Storm(ctx, w.ana, id))} {
			if access.CodeOf(release) != access.Forbidden {
				w.Errorf("a member: %v", release)
			}
		}
		w.must(w.eng.ReleaseStorm(ctx, w.admin, id, 5, access.GroupByPerson))
		w.file()
		w.tickets(7, 2)
		storm, err = w.eng.Storm(ctx, w.admin, id)
		w.must(err)
		if storm.DeciderName != "admin" || storm.Changes != 0 || storm.Tickets != nil {
			w.Errorf("after it was released: %+v", storm)
		}
		list, err := w.eng.Work(ctx, w.admin, store.ChangeFilter{StormID: id})
		w.must(err)
		if len(list.Items) != 5 {
			w.Errorf("%d changes came with it", len(list.Items))
		}
	})
}

func second[T any](_ T, err error) error { return err }

// TestStats: days begin where people work, everybody sees their part, and a
// change that was late is told of when it is done.
func TestStats(t *testing.T) {
	onBoth(t, func(w *world) {
		ctx := w.Context()
		is, err := w.eng.Settings(ctx, w.admin)
		w.must(err)
		is.Calendar.Zone, is.Calendar.Week = "Asia/Tokyo", nil
		w.must(w.eng.SaveSettings(ctx, w.admin, is))
		w.add() // it is 18:00 on 2 March there
		w.file()
		list, err := w.eng.Work(ctx, w.admin, store.ChangeFilter{Live: true})
		w.must(err)
		w.advance(40 * time.Hour) // and now 10:00 on 4 March
		w.must(w.eng.Clock(ctx, []string{list.Items[0].ID}))
		stats := func(actor access.Actor, by store.WorkBy) propagation.Stats {
			w.Helper()
			got, err := w.eng.Stats(ctx, actor, 2, by)
			w.must(err)
			return got
		}
		if got := stats(w.admin, store.WorkByApp).Total; got.Late != 1 || got.Open != 1 || got.Opened != 0 || got.Measured != 0 || got.P95() != 0 {
			w.Errorf("while it is open: %+v", got)
		}
		w.paper.set(1, "done", ticket.Yes, false)
		w.poll()
		got := stats(w.admin, store.WorkByAssignee)
		days := []propagation.StatDay{{Day: w.day(3)}, {Day: w.day(4), Done: 1, Late: 1}}
		if diff := cmp.Diff(days, got.Days); diff != "" || !got.Since.Equal(w.day(3)) {
			w.Error(got.Since, diff)
		}
		if len(got.Parts) != 1 || got.Parts[0].Name != "admin" || got.Parts[0].P50().Round(time.Minute) != 40*time.Hour || got.Total.Late != 0 {
			w.Errorf("once it is done: %+v", got)
		}
		if got := stats(w.ana, store.WorkByProvider); len(got.Parts) != 1 || got.Parts[0].Name != "Paper" {
			w.Errorf("who administers it sees %+v", got.Parts)
		}
		if got := stats(w.rita, store.WorkByApp); len(got.Parts) != 0 || got.Total != (store.WorkStat{}) || got.Days[1].Done != 0 {
			w.Errorf("who does not sees %+v", got)
		}
		for days, by := range map[int]store.WorkBy{0: store.WorkByApp, 367: store.WorkByApp, 7: "'", 8: ""} {
			if _, err := w.eng.Stats(ctx, w.admin, days, by); access.CodeOf(err) != access.Invalid {
				w.Errorf("%d days by %q: %v", days, by, err)
			}
		}
	})
}

// day is when a day of the world's month begins in Tokyo.
func (w *world) day(n int) time.Time {
	zone, err := time.LoadLocation("Asia/Tokyo")
	w.must(err)
	return time.Date(2026, 3, n, 0, 0, 0, 0, zone)
}
