package access_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"admit/internal/access"
)

// legal is every legal move of an access change, written out a second time: a
// change of the table must be meant.
var legal = map[access.ChangeState]string{
	access.Queued:         "filing done canceled superseded attention",
	access.Filing:         "open queued canceling claimed attention canceled superseded",
	access.Open:           "canceling claimed attention canceled superseded queued",
	access.Canceling:      "open queued canceled claimed attention superseded",
	access.ClaimedDone:    "done open attention",
	access.NeedsAttention: "queued open claimed canceling canceled superseded abandoned",
	access.Done:           "open attention",
}

func TestEveryMove(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, from := range access.ChangeStates {
		for _, to := range access.ChangeStates {
			c := access.AccessChange{State: from, Attention: access.Declined}
			err := c.Move(to, now)
			want := slices.Contains(strings.Fields(legal[from]), string(to))
			if (err == nil) != want {
				t.Errorf("%s to %s: got error %v, want it legal: %v", from, to, err, want)
			}
			if err != nil && (!errors.Is(err, access.Conflict) || c.State != from) {
				t.Errorf("%s to %s: a refused move gave %v and left %s", from, to, err, c.State)
			}
			if err == nil && (c.EndedAt == nil) != c.State.Live() {
				t.Errorf("%s to %s: ended at %v", from, to, c.EndedAt)
			}
			if err == nil && to != access.NeedsAttention && c.Attention != "" {
				t.Errorf("%s to %s: still asks for attention", from, to)
			}
		}
	}
}

// TestNoBadEndIsDone: no refusal, doubt or loss leads to done without a claim.
func TestNoBadEndIsDone(t *testing.T) {
	t.Parallel()
	for from, to := range legal {
		if slices.Contains(strings.Fields(to), "done") && from != access.ClaimedDone && from != access.Queued {
			t.Errorf("%s leads to done", from)
		}
	}
}

func TestNext(t *testing.T) {
	t.Parallel()
	change := func(d access.Direction, s access.ChangeState) *access.AccessChange {
		return &access.AccessChange{Direction: d, State: s}
	}
	reversed := change(access.ToGrant, access.Open)
	reversed.Reversed = true
	declined := change(access.ToGrant, access.NeedsAttention)
	declined.Attention = access.Declined
	unclear := change(access.ToGrant, access.NeedsAttention)
	unclear.Attention = access.Murky
	seen := &access.Ticket{WorkSeen: true}
	for _, tt := range []struct {
		name  string
		state access.SlotState
		want  access.Step
	}{
		{"as wanted", access.SlotState{Wanted: true, Believed: access.Present}, access.Rest},
		{"not wanted, not there", access.SlotState{Believed: access.Absent}, access.Rest},
		{"wanted, not there", access.SlotState{Wanted: true, Believed: access.Absent}, access.Start},
		{"wanted, unknown", access.SlotState{Wanted: true, Believed: access.Unknown}, access.Start},
		{"not wanted, unknown", access.SlotState{Believed: access.Unknown}, access.Start},
		{"not wanted, there", access.SlotState{Believed: access.Present}, access.Start},
		{"ended change does not count", access.SlotState{Wanted: true, Believed: access.Absent, Change: change(access.ToGrant, access.ChangeCanceled)}, access.Start},
		{"queued ahead", access.SlotState{Wanted: true, Believed: access.Absent, Change: change(access.ToGrant, access.Queued)}, access.FileNow},
		{"open ahead", access.SlotState{Wanted: true, Believed: access.Absent, Change: change(access.ToGrant, access.Open)}, access.Rest},
		{"claimed ahead", access.SlotState{Wanted: true, Believed: access.Absent, Change: change(access.ToGrant, access.ClaimedDone)}, access.Accept},
		{"cancel withdrawn", access.SlotState{Wanted: true, Believed: access.Absent, Change: change(access.ToGrant, access.Canceling)}, access.Resume},
		{"stop withdrawn", access.SlotState{Wanted: true, Believed: access.Absent, Change: reversed}, access.Resume},
		{"reversed in the window", access.SlotState{Believed: access.Absent, Change: change(access.ToGrant, access.Queued)}, access.Drop},
		{"reversed while filing", access.SlotState{Believed: access.Absent, Change: change(access.ToGrant, access.Filing)}, access.AckFirst},
		{"reversed before anything was sent", access.SlotState{Believed: access.Absent, Change: change(access.ToGrant, access.Filing), Ticket: &access.Ticket{State: access.TicketPlanned}}, access.Drop},
		{"reversed after it may have been sent", access.SlotState{Believed: access.Absent, Change: change(access.ToGrant, access.Filing), Ticket: &access.Ticket{State: access.TicketSending}}, access.AckFirst},
		{"reversed before work", access.SlotState{Believed: access.Absent, Change: change(access.ToGrant, access.Open), Ticket: &access.Ticket{}}, access.Cancel},
		{"reversed after work", access.SlotState{Believed: access.Absent, Change: change(access.ToGrant, access.Open), Ticket: seen}, access.Park},
		{"reversed and told", access.SlotState{Believed: access.Absent, Change: reversed}, access.Rest},
		{"reversed too late", access.SlotState{Believed: access.Absent, Change: change(access.ToGrant, access.ClaimedDone)}, access.Accept},
		{"declined, not wanted any more", access.SlotState{Believed: access.Absent, Change: declined}, access.Drop},
		{"unclear, not wanted any more", access.SlotState{Believed: access.Unknown, Change: unclear}, access.StartNew},
		{"declined, still wanted", access.SlotState{Wanted: true, Believed: access.Absent, Change: declined}, access.Rest},
	} {
		if got := access.Next(tt.state); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

// TestEveryStateHasAStepAndASentence: nothing waits without saying for what.
func TestEveryStateHasAStepAndASentence(t *testing.T) {
	t.Parallel()
	for _, s := range access.ChangeStates {
		for _, d := range []access.Direction{access.ToGrant, access.ToRemove} {
			for _, wanted := range []bool{true, false} {
				c := &access.AccessChange{Direction: d, State: s}
				if step := access.Next(access.SlotState{Wanted: wanted, Believed: access.Absent, Change: c}); step == "" {
					t.Errorf("%s %s, wanted %v: no step", d, s, wanted)
				}
				if sentence := access.WaitingFor(*c, nil, nil, nil).String(); (sentence != "") != s.Live() {
					t.Errorf("%s: waits for %q", s, sentence)
				}
			}
		}
	}
	for _, why := range []access.Attention{access.Blocked, access.Declined, access.Murky, access.Disputed, access.Lost} {
		c := access.AccessChange{State: access.NeedsAttention, Attention: why, Detail: "because"}
		if s := access.WaitingFor(c, nil, nil, nil).String(); s == "" || s[len(s)-1] != '.' {
			t.Errorf("%s: %q", why, s)
		}
	}
}

func TestRequestMoves(t *testing.T) {
	t.Parallel()
	all := []access.RequestState{access.Pending, access.Approved, access.Denied, access.Canceled}
	for _, from := range all {
		for _, to := range all {
			r := access.Request{State: from}
			err := r.Move(to, nil, time.Now())
			if want := from == access.Pending && to != access.Pending; (err == nil) != want {
				t.Errorf("%s to %s: got error %v, want it legal: %v", from, to, err, want)
			}
		}
	}
}
