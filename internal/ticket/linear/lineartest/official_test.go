package lineartest_test

import (
	"testing"

	"admit/internal/ticket/linear/lineartest"
	"admit/internal/ticket/tickettest"
)

// TestOfficialClient holds the fake to what Linear's own client sends and expects.
func TestOfficialClient(t *testing.T) {
	t.Parallel()
	s := lineartest.StartHeld(t, tickettest.GraphQL(t, "linear.graphql", nil))
	s.Refuse("rateLimitStatus", lineartest.RateLimited)
	tickettest.OfficialClient(t, "linear", s.URL, lineartest.APIKey, s.Team("ACC"), s.State("ACC", "Done"))
}
