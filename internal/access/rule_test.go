package access_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"admit/internal/access"
)

func TestErrorIs(t *testing.T) {
	t.Parallel()
	err := error(&access.Error{Code: access.Conflict, Msg: "already decided", Err: io.EOF})
	if !errors.Is(err, access.Conflict) || errors.Is(err, access.NotFound) || !errors.Is(err, io.EOF) {
		t.Error("an error is its code and its cause, and no other code")
	}
	if access.CodeOf(err) != access.Conflict || access.CodeOf(io.EOF) != "" || access.CodeOf(nil) != "" {
		t.Error("CodeOf")
	}
	var wrong access.Problems
	if wrong.Err() != nil {
		t.Error("no problem is no error")
	}
	wrong.Add("b", "is bad")
	wrong.Add("a", "is %s", "worse")
	wrong.Add("a", "comes second")
	if got := wrong.Err().Error(); got != "the input is not valid: a is worse; b is bad" {
		t.Errorf("got %q", got)
	}
}

func TestMay(t *testing.T) {
	t.Parallel()
	admin := access.Actor{UserID: "1", Role: access.Admin}
	auditor := access.Actor{UserID: "2", Role: access.Auditor}
	member := access.Actor{UserID: "3", Role: access.Member}
	strange := access.Actor{UserID: "4", Role: "owner"}
	for do, rel := range access.Actions() {
		if err := (access.Actor{}).May(do, ^access.Relation(0)); !errors.Is(err, access.Unauthenticated) {
			t.Errorf("%s: nobody may: %v", do, err)
		}
		if err := strange.May(do, 0); err == nil {
			t.Errorf("%s: an unknown role may", do)
		}
		if err := admin.May(do, 0); (err == nil) != (rel&(access.IsAdmin|access.IsMember) != 0) {
			t.Errorf("%s: admin: %v", do, err)
		}
		for bit := access.Relation(1); bit != 0; bit <<= 1 {
			err := member.May(do, bit)
			if want := rel&(bit|access.IsMember) != 0; (err == nil) != want {
				t.Errorf("%s: member with relation %b: %v, want it allowed: %v", do, bit, err, want)
			}
		}
	}
	for _, do := range []access.Action{
		access.ManageInventory, access.EditApp, access.EditResource, access.ChangeHolders, access.Decide, access.CancelRequest,
		access.SyncTicket, access.WorkTicket, access.SyncResource, access.RetryChange, access.ManageProviders, access.ManageTokens,
	} {
		if err := auditor.May(do, 0); err == nil {
			t.Errorf("an auditor may %s", do)
		}
	}
	if err := admin.May("something.new", ^access.Relation(0)); !errors.Is(err, access.Forbidden) {
		t.Errorf("an action nobody listed is allowed: %v", err)
	}
	if err := member.May(access.SeeRequest, 0); !errors.Is(err, access.NotFound) {
		t.Errorf("a stranger learns that a request exists: %v", err)
	}
}

func TestReviewProblem(t *testing.T) {
	t.Parallel()
	r := access.Request{RequesterID: "asks", TargetUserID: "gets"}
	for _, tt := range []struct {
		who                string
		role               access.Role
		reviewer, override bool
		ok                 bool
	}{
		{"asks", access.Member, true, false, false},
		{"asks", access.Admin, true, true, false},
		{"gets", access.Admin, true, true, false},
		{"rita", access.Member, true, false, true},
		{"rita", access.Member, false, false, false},
		{"rita", access.Member, false, true, false},
		{"ada", access.Admin, false, false, false},
		{"ada", access.Admin, false, true, true},
		{"otto", access.Auditor, false, true, false},
	} {
		err := access.ReviewProblem(access.Actor{UserID: tt.who, Role: tt.role}, r, tt.reviewer, tt.override)
		if (err == nil) != tt.ok {
			t.Errorf("%+v: got %v", tt, err)
		}
	}
}

func TestDurationProblem(t *testing.T) {
	t.Parallel()
	n := func(i int) *int { return &i }
	for _, tt := range []struct {
		limit, minutes *int
		ok             bool
	}{
		{nil, nil, true},
		{nil, n(60), true},
		{nil, n(0), false},
		{nil, n(-5), false},
		{nil, n(access.MaxDuration), true},
		{nil, n(access.MaxDuration + 1), false},
		{n(60), n(60), true},
		{n(60), n(61), false},
		{n(60), nil, false},
	} {
		p := access.RequestPolicy{MaxMinutes: tt.limit}
		if got := p.DurationProblem(tt.minutes); (got == "") != tt.ok {
			t.Errorf("limit %v, asked %v: %q", tt.limit, tt.minutes, got)
		}
	}
}

func TestEmail(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		" Josh@Example.com ": "josh@example.com", "j+x@example.com": "j+x@example.com",
		"": "", "josh": "", "josh@": "", "Josh <josh@example.com>": "", "a b@example.com": "", "j\x00@example.com": "",
		"\xff@example.com": "", strings.Repeat("a", 250) + "@example.com": "",
	} {
		got, problem := access.NormalEmail(in)
		if got != want || (problem == "") != (want != "") {
			t.Errorf("%q: got %q, %q", in, got, problem)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for in, ok := range map[string]bool{
		"fine": true, "Grüße 日本": true, "": false, "  ": false, "a\nb": false, "a\x00b": false, "\xff": false,
		"a\u202eb": false, strings.Repeat("x", access.MaxName+1): false,
	} {
		if _, problem := access.Line(in, true, access.MaxName); (problem == "") != ok {
			t.Errorf("%q: %q", in, problem)
		}
	}
	if got, problem := access.Prose("a\r\nb\tc", true, 10); got != "a\nb\tc" || problem != "" {
		t.Errorf("got %q, %q", got, problem)
	}
}

func TestCursor(t *testing.T) {
	t.Parallel()
	c := access.Cursor("a", "b\x00\"")
	if keys, err := (access.Page{Cursor: c}).After(2); err != nil || keys[1] != "b\x00\"" {
		t.Errorf("got %q, %v", keys, err)
	}
	for _, bad := range []string{c + "x", "!", "bnVsbA", access.Cursor("one")} {
		if _, err := (access.Page{Cursor: bad}).After(2); !errors.Is(err, access.Invalid) {
			t.Errorf("%q: got %v", bad, err)
		}
	}
}

func FuzzCursor(f *testing.F) {
	f.Add(access.Cursor("a", "b"))
	f.Add("bnVsbA")
	f.Fuzz(func(t *testing.T, cursor string) {
		keys, err := (access.Page{Cursor: cursor}).After(2)
		if err == nil && cursor != "" && len(keys) != 2 {
			t.Errorf("%d keys", len(keys))
		}
	})
}

func FuzzEmail(f *testing.F) {
	f.Add("josh@example.com")
	f.Fuzz(func(t *testing.T, s string) {
		email, problem := access.NormalEmail(s)
		if problem == "" {
			if again, p := access.NormalEmail(email); again != email || p != "" {
				t.Errorf("%q is not stable: %q, %q", email, again, p)
			}
		}
	})
}

func TestMark(t *testing.T) {
	t.Parallel()
	in := func(s access.ChangeState) *access.AccessChange { return &access.AccessChange{State: s} }
	for _, tt := range []struct {
		slot   access.Slot
		change *access.AccessChange
		want   access.Mark
	}{
		{access.Slot{Wanted: true, Believed: access.Present, Proof: access.Claimed}, in(access.Done), access.MarkInPlace},
		{access.Slot{Wanted: true, Believed: access.Present, Proof: access.Recorded}, in(access.Done), access.MarkRecorded},
		{access.Slot{Wanted: true, Believed: access.Absent}, in(access.Open), access.MarkTicketOpen},
		{access.Slot{Wanted: true, Believed: access.Unknown, Proof: access.Claimed}, in(access.Done), access.MarkWaiting},
		{access.Slot{Wanted: true, Believed: access.Absent}, nil, access.MarkWaiting},
		{access.Slot{Believed: access.Absent}, in(access.Done), access.MarkRemoved},
		{access.Slot{Wanted: true, Believed: access.Absent}, in(access.NeedsAttention), access.MarkAttention},
		{access.Slot{Believed: access.Present, WaivedUntil: &time.Time{}}, in(access.Abandoned), access.MarkWaived},
		{access.Slot{Believed: access.Unknown, WaivedUntil: &time.Time{}}, in(access.Abandoned), access.MarkWaived},
		{access.Slot{Believed: access.Absent, WaivedUntil: &time.Time{}}, in(access.Done), access.MarkRemoved},
		{access.Slot{Wanted: true, Believed: access.Absent, WaivedUntil: &time.Time{}}, in(access.Open), access.MarkTicketOpen},
	} {
		if got := access.MarkOf(tt.slot, tt.change); got != tt.want {
			t.Errorf("%+v: got %s, want %s", tt.slot, got, tt.want)
		}
	}
}

func TestEnds(t *testing.T) {
	t.Parallel()
	early, late := time.Unix(1, 0), time.Unix(2, 0)
	h := access.Holding{Grants: []access.Grant{{ID: "late", ExpiresAt: &late}, {ID: "early", ExpiresAt: &early}}}
	if g := h.Ends(); g == nil || g.ID != "late" {
		t.Errorf("got %+v", g)
	}
	h.Grants = append(h.Grants, access.Grant{ID: "never"})
	if g := h.Ends(); g == nil || g.ID != "never" {
		t.Errorf("got %+v", g)
	}
	if (access.Holding{}).Ends() != nil {
		t.Error("nothing ends where nothing is granted")
	}
}
