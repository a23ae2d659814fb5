package tickettest

import (
	"strings"
	"testing"

	"admit/internal/ticket"
)

func testComment(t *testing.T, s Subject) {
	made := s.create(t, s.draft())
	const comment = "Bitte prüfen: 日本語 <b>not bold</b>\nsecond line"
	if err := s.Provider.Comment(t.Context(), made.ID, comment); err != nil {
		t.Fatal(err)
	}
	if text := s.text(t, made.ID); strings.Count(text, s.rendered(comment)) != 1 {
		t.Errorf("the ticket reads %q, want %q once", text, s.rendered(comment))
	}
	if got := s.readOne(t, made.ID); got.Outcome != ticket.Open || got.WorkSeen {
		t.Errorf("a comment of ours changed the ticket: %+v", got)
	}
	for _, id := range []string{"999999999", "", "../" + made.ID} {
		err := s.Provider.Comment(t.Context(), id, comment)
		if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Refused || f.Trouble != ticket.Input {
			t.Errorf("a comment on ticket %q: %v; want a refusal", id, err)
		}
	}
}

func testClose(t *testing.T, s Subject) {
	made := s.create(t, s.draft())
	const reason = "The access is not wanted any more."
	for range 2 {
		if err := s.Provider.Close(t.Context(), made.ID, reason); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.readOne(t, made.ID); got.Outcome != ticket.No {
		t.Errorf("read %+v, want no", got)
	}
	if text := s.text(t, made.ID); strings.Count(text, reason) != 1 {
		t.Errorf("the ticket reads %q, want the reason once", text)
	}
	for _, id := range []string{"999999999", "", "../" + made.ID} {
		if err := s.Provider.Close(t.Context(), id, reason); err == nil {
			t.Errorf("closing ticket %q worked", id)
		}
	}
}

func testCloseEnded(t *testing.T, s Subject) {
	for want, end := range map[ticket.Outcome]func(*testing.T, string){
		ticket.Yes: s.Fulfiller.Done, ticket.No: s.Fulfiller.Decline, ticket.Unclear: s.Fulfiller.Odd,
	} {
		if end == nil {
			continue
		}
		before := s.ended(t, end)
		if err := s.Provider.Close(t.Context(), before.ID, "not wanted any more"); err != nil {
			t.Errorf("closing a ticket that reads as %s: %v", want, err)
		}
		if after := s.readOne(t, before.ID); after.Outcome != want || after.Status != before.Status {
			t.Errorf("closing made %+v of %+v", after, before)
		}
	}
}
