package part_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"admit/internal/access"
	"admit/internal/store"
	"admit/internal/web/part"
	"admit/internal/web/ui"
)

func now() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

func TestMark(t *testing.T) {
	t.Parallel()
	ago := now().Add(-5 * time.Minute)
	change := func(d access.Direction, s access.ChangeState) *access.AccessChange {
		return &access.AccessChange{Direction: d, State: s, Attention: access.Declined}
	}
	ticket := &access.Ticket{Identifier: "AR-1", AssigneeName: "Ada Moss", ClosedBy: "Ada Moss"}
	nobodys := &access.Ticket{Identifier: "AR-2"}
	wanted := func(b access.Belief, p access.Proof) access.Slot {
		return access.Slot{Wanted: true, Believed: b, Proof: p, AsOf: &ago}
	}
	for name, c := range map[string]struct {
		h       access.Holding
		state   ui.MarkState
		detail  string
		waiting string
	}{
		"in place": {
			access.Holding{Slot: wanted(access.Present, access.Claimed), Change: change(access.ToGrant, access.Done), Ticket: ticket},
			ui.MarkInPlace, "", "Ada Moss marked AR-1 done, 5 min ago.",
		},
		"recorded": {
			access.Holding{Slot: wanted(access.Present, access.Recorded), Change: change(access.ToGrant, access.Done)},
			ui.MarkRecorded, "", "Written down here. Tickets were off, so nobody was asked to make it.",
		},
		"ticket": {
			access.Holding{Slot: wanted(access.Absent, access.NoProof), Change: change(access.ToGrant, access.Open), Ticket: ticket},
			ui.MarkTicket, "assigned to Ada Moss", "Waits for Ada Moss to make the change and mark AR-1 done in the ticket system.",
		},
		"unassigned": {
			access.Holding{Slot: wanted(access.Absent, access.NoProof), Change: change(access.ToGrant, access.Open), Ticket: nobodys},
			ui.MarkTicket, "nobody is assigned", "Waits for somebody to make the change and mark AR-2 done in the ticket system. Nobody is assigned.",
		},
		"removal": {
			access.Holding{Slot: access.Slot{Believed: access.Present}, Change: change(access.ToRemove, access.Open), Ticket: ticket},
			ui.MarkRemovalTicket, "assigned to Ada Moss", "Waits for Ada Moss to make the change and mark AR-1 done in the ticket system.",
		},
		"removal before its ticket": {
			access.Holding{Slot: access.Slot{Believed: access.Present}, Change: change(access.ToRemove, access.Queued)},
			ui.MarkRemovalWaiting, "", "Waits for Admit to file the ticket; it does so.",
		},
		"attention": {
			access.Holding{Slot: wanted(access.Absent, access.NoProof), Change: change(access.ToGrant, access.NeedsAttention), Ticket: ticket},
			ui.MarkAttention, "", "Waits for a resource admin to decide, for AR-1 was closed without making the change.",
		},
		"given up": {
			access.Holding{Slot: access.Slot{Believed: access.Present, WaivedUntil: &ago}, Change: change(access.ToRemove, access.Abandoned)},
			ui.MarkWaived, "", "The removal was given up, and that risk accepted, until 23 November 2026 11:55 UTC. It comes back then.",
		},
		"nothing under way yet": {
			access.Holding{Slot: wanted(access.Absent, access.NoProof)}, ui.MarkWaiting, "", "Waits for Admit to look at it again, in a moment.",
		},
	} {
		m := part.Mark(c.h, now())
		if m.State != c.state || m.Detail != c.detail || m.Waiting != c.waiting {
			t.Errorf("%s: %q, %q, %q", name, m.State, m.Detail, m.Waiting)
		}
	}
}

func TestWhy(t *testing.T) {
	t.Parallel()
	ada, request := "ada", "r1"
	names := map[string]string{ada: "Ada Moss"}
	for want, h := range map[string]access.Holding{
		"Added by Ada Moss":   {Grants: []access.Grant{{Source: access.FromAdmin, GrantedBy: &ada}}},
		"Added by Admit":      {Grants: []access.Grant{{Source: access.FromAdmin}}},
		"Request":             {Grants: []access.Grant{{Source: access.FromRequest, RequestID: &request}}},
		"Removed by Ada Moss": {Change: &access.AccessChange{Cause: access.ByAdmin, ActorID: &ada}},
		"Its time was over":   {Change: &access.AccessChange{Cause: access.ByExpiry}},
		"Given back":          {Change: &access.AccessChange{Cause: access.BySelf}},
	} {
		if got := part.Why(h, names); got.Label != want {
			t.Errorf("%q, want %q", got.Label, want)
		}
	}
}

func TestSyncInWords(t *testing.T) {
	t.Parallel()
	for want, s := range map[string]store.Sync{
		"Reading the tickets":                                  {State: "running"},
		"Reading 120 of 340 tickets":                           {State: "running", Total: 340, Checked: 120},
		"Read 340 tickets, 3 had news":                         {State: "done", Total: 340, Checked: 340, Changed: 3},
		"Read 1 ticket, no news":                               {State: "done", Total: 1, Checked: 1},
		"There were no tickets to read":                        {State: "done"},
		"The sync stopped after 100 of 340 tickets: no answer": {State: "failed", Total: 340, Checked: 100, Detail: "no answer"},
	} {
		if got := part.Sync(s, true, "/x", "app:1", now()); got.Text != want || got.Runs != (s.State == "running") {
			t.Errorf("%q, want %q", got.Text, want)
		}
	}
	if got := part.Sync(store.Sync{}, false, "/x", "app:1", now()); got.Known || got.Text != "" {
		t.Errorf("without a sync: %+v", got)
	}
}

func TestTimelineOfAWebhook(t *testing.T) {
	t.Parallel()
	got := part.Timeline([]access.Event{{Type: access.WebhookSilentEv, Via: "system", Summary: "the webhook is silent"}, {Type: access.WebhookWorks}})
	if got[0].Icon == "" || got[0].Tone != ui.Bad || got[0].Title != "The webhook is silent" || got[1].Tone != ui.Good {
		t.Errorf("the timeline is %+v", got)
	}
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	name := ui.Field{Name: "name", Label: "Name"}
	m, ok := part.MistakesOf(access.Problems{"name": "is required", "odd_field": "is odd"}.Err())
	if !ok || m.Of("name") != "Is required" {
		t.Fatalf("%v %q", ok, m.Of("name"))
	}
	name.Error = m.Of("name")
	all := m.Summary(name)
	if len(all) != 2 || all[0].Text != "Name: Is required" || all[1].Text != "Odd field is odd" {
		t.Errorf("summary %+v", all)
	}
	if m.Rename("odd_field", "name").Of("odd_field") != "" {
		t.Error("a renamed mistake kept its name")
	}
	if _, ok := part.MistakesOf(access.Errorf(access.Forbidden, "no")); ok {
		t.Error("a refusal is no mistake of a form")
	}
	if m, ok := part.MistakesOf(access.Errorf(access.Conflict, "is in use")); !ok || m.Sentence() != "Is in use" {
		t.Errorf("%v %q", ok, m.Sentence())
	}
}

func TestProse(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"":                       "",
		"one\ntwo\n\n\nthree":    "<p>one<br>\ntwo</p>\n<p>three</p>",
		"it **is** so, 2 ** 3":   `<p>it <strong>is</strong> so, 2 ** 3</p>`,
		"https://a.example/?b&c": `<p><a href="https://a.example/?b&amp;c">https://a.example/?b&amp;c</a></p>`,
		"javascript:alert(1)":    `<p>javascript:alert(1)</p>`,
		"<b>":                    `<p>&lt;b&gt;</p>`,
	} {
		var got strings.Builder
		if err := part.Prose(body).Render(t.Context(), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(`<div class="stack stack-small prose small">`+want+"</div>", got.String()); diff != "" {
			t.Errorf("%q:\n%s", body, diff)
		}
	}
}
