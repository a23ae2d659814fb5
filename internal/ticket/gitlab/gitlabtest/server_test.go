package gitlabtest_test

import (
	"testing"

	"admit/internal/ticket/gitlab/gitlabtest"
	"admit/internal/ticket/tickettest"
)

// TestOfficialClient lets a client that was made from GitLab's documentation
// speak to the server.
func TestOfficialClient(t *testing.T) {
	t.Parallel()
	s := gitlabtest.Start(t)
	tickettest.OfficialClient(t, "gitlab", s.URL, gitlabtest.Token, s.System(t).Project, s.Other())
}
