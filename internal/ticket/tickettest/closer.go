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
	if text := s.Text(t, made.ID); strings.Count(strings.ReplaceAll(text, "\r\n", "\n"), comment) != 1 {
		t.Errorf("the ticket reads %q, want the comment once", text)
	}
	if got := s.read(t, made.ID); len(got) != 1 || got[0].Outcome != ticket.Open || got[0].WorkSeen {
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
	if got := s.read(t, made.ID); len(got) != 1 || got[0].Outcome != ticket.No {
		t.Errorf("read %+v, want no", got)
	}
	if text := s.Text(t, made.ID); strings.Count(text, reason) != 1 {
		t.Errorf("the ticket reads %q, want the reason once", text)
	}
	for _, id := range []string{"999999999", "", "../" + made.ID} {
		if err := s.Provider.Close(t.Context(), id, reason); err == nil {
			t.Errorf("closing ticket %q worked", id)
		}
	}
}

func testCloseEnded(t *testing.T, s Subject) {
	made := s.create(t, s.draft())
	s.Fulfiller.Done(t, made.ID)
	if err := s.Provider.Close(t.Context(), made.ID, "not wanted any more"); err != nil {
		t.Errorf("closing a done ticket: %v", err)
	}
	if got := s.read(t, made.ID); len(got) != 1 || got[0].Outcome != ticket.Yes {
		t.Errorf("read %+v, want it done as before", got)
	}
}
