package propagation_test

import (
	"testing"

	"admit/internal/access"
	"admit/internal/oncall/oncalltest"
	"admit/internal/ticket/tickettest"
)

// TestOnCall: the ticket goes to whoever is on call; when the service does not
// say, to an admin of the resource.
func TestOnCall(t *testing.T) {
	onBoth(t, func(w *world) {
		ctx := w.Context()
		duty := oncalltest.Start(w.tb())
		duty.Users = []oncalltest.User{{ID: "PJOSH", Name: "josh", Email: "josh@example.com"}, {ID: "PBEN", Name: "ben", Email: "ben@example.com"}}
		duty.Duties = []oncalltest.Duty{ // josh has no account at the provider
			{Policy: "POPS001", Schedule: "PDAILY1", Level: 2, User: "PBEN"}, {Policy: "POPS001", Schedule: "PDAILY1", Level: 1, User: "PJOSH"},
		}
		w.eng.Client = tickettest.Client()
		w.refused(w.eng.SaveOnCallAccess(ctx, w.ana, duty.URL, oncalltest.Key, false), access.Forbidden, "may not")
		w.refused(w.eng.SaveOnCallAccess(ctx, w.admin, duty.URL, "", false), access.Invalid, "key")
		w.refused(w.eng.SaveOnCallAccess(ctx, w.admin, "ftp://x", oncalltest.Key, false), access.Invalid, "address")
		w.refused(w.eng.SaveOnCallAccess(ctx, w.admin, duty.URL, "wrong", false), access.Invalid, "does not work")
		w.must(w.eng.SaveOnCallAccess(ctx, w.admin, duty.URL, oncalltest.Key, false))
		if is, err := w.eng.OnCallAccess(ctx, w.admin); err != nil || !is.HasKey || is.Address != duty.URL {
			t.Errorf("the access is %+v, %v", is, err)
		}
		if _, err := w.eng.Schedules(ctx, w.ana); err != nil {
			t.Errorf("a resource admin cannot choose: %v", err)
		}
		_, err := w.eng.Schedules(ctx, w.josh)
		w.refused(err, access.Forbidden, "may not")
		w.fulfil(access.Fulfilment{ByHandToo: true, Assign: access.OnCall, Schedule: "schedules/PDAILY1", ScheduleName: "Daily rotation"})
		w.add()
		w.file()
		if h := w.expect(access.Open, access.Absent); h.Ticket.AssigneeName != "ben" {
			t.Errorf("assigned to %q: %s", h.Ticket.AssigneeName, h.Ticket.Unassigned)
		}
		w.must(w.eng.SaveOnCallAccess(ctx, w.admin, "", "", true))
		w.people(1)
		w.file()
		if got := w.assignees(); got[1] != "ana" {
			t.Errorf("with no on-call service it goes to %q", got[1])
		}
	})
}
