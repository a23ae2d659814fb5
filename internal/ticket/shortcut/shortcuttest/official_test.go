package shortcuttest_test

import (
	"testing"

	"admit/internal/ticket/shortcut/shortcuttest"
	"admit/internal/ticket/tickettest"
)

// TestOfficialClient holds the fake to what Shortcut's client sends and expects.
func TestOfficialClient(t *testing.T) {
	t.Parallel()
	s := shortcuttest.Start(t)
	tickettest.OfficialClient(t, "shortcut", s.URL, shortcuttest.Token, shortcuttest.Workspace, shortcuttest.Access)
}
