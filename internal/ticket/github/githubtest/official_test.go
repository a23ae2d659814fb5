package githubtest_test

import (
	"testing"

	"admit/internal/ticket/github/githubtest"
	"admit/internal/ticket/tickettest"
)

// TestOfficialClient holds the fake to what GitHub's own client sends and expects.
func TestOfficialClient(t *testing.T) {
	t.Parallel()
	s := githubtest.Start(t)
	tickettest.OfficialClient(t, "github", s.URL, githubtest.Token, s.Repo().Owner+"/"+s.Repo().Name)
}
