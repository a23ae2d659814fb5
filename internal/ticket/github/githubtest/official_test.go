package githubtest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"admit/internal/ticket/github/githubtest"
)

// TestOfficialClient holds the fake to what GitHub's own client sends and expects.
func TestOfficialClient(t *testing.T) {
	t.Parallel()
	script, err := filepath.Abs("../../../../test/official/github.mjs")
	if err != nil {
		t.Fatal(err)
	}
	_, noClient := os.Stat(filepath.Join(filepath.Dir(script), "node_modules", "@octokit", "rest"))
	node, noNode := exec.LookPath("node")
	if noClient != nil || noNode != nil {
		const missing = "no official client: install Node and run scripts/official.sh"
		if os.Getenv("CI") != "" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	s := githubtest.Start(t)
	out, err := exec.CommandContext(t.Context(), node, script, s.URL, githubtest.Token, s.Repo().Owner+"/"+s.Repo().Name).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
