package gitlabtest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"admit/internal/ticket/gitlab/gitlabtest"
)

// TestClient lets a client that was made from GitLab's documentation speak to
// the server.
func TestClient(t *testing.T) {
	t.Parallel()
	script, err := filepath.Abs("../../../../test/official/gitlab.mjs")
	if err != nil {
		t.Fatal(err)
	}
	_, missing := os.Stat(filepath.Join(filepath.Dir(script), "node_modules", "@gitbeaker", "rest"))
	node, err := exec.LookPath("node")
	if err != nil || missing != nil {
		const how = "no node, or no client: run scripts/official.sh"
		if os.Getenv("CI") != "" {
			t.Fatal(how)
		}
		t.Skip(how)
	}
	s := gitlabtest.Start(t)
	out, err := exec.CommandContext(t.Context(), node, script, s.URL, gitlabtest.Token, s.System(t).Project, s.Other()).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
