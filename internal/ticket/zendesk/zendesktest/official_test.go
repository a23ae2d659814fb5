package zendesktest_test

import (
	"strconv"
	"testing"

	"admit/internal/ticket/tickettest"
	"admit/internal/ticket/zendesk/zendesktest"
)

// TestOfficialClient holds the fake to what a published client of Zendesk's API
// sends and expects.
func TestOfficialClient(t *testing.T) {
	t.Parallel()
	s := zendesktest.Start(t)
	s.Promote()
	tickettest.OfficialClient(t, "zendesk", s.URL, zendesktest.Email, zendesktest.Token, strconv.Itoa(zendesktest.Access))
}
