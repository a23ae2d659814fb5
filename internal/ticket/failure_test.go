package ticket_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"admit/internal/ticket"
)

func TestRefusal(t *testing.T) {
	t.Parallel()
	err := ticket.Refusal("no", "a", "b")
	f := ticket.FailureOf(err)
	if f.Certainty != ticket.Refused || f.Trouble != ticket.Input || f.Error() != "no" || !slices.Equal(f.Fields, []string{"a", "b"}) {
		t.Errorf("%+v", f)
	}
	if !ticket.IsRefusal(fmt.Errorf("filing: %w", err)) {
		t.Error("a refusal is none")
	}
	for _, other := range []error{nil, errors.New("x"), ticket.BadCursor("X", nil), &ticket.Failure{Certainty: ticket.Refused, Trouble: ticket.Malformed}} {
		if ticket.IsRefusal(other) {
			t.Errorf("%v is a refusal", other)
		}
	}
}
