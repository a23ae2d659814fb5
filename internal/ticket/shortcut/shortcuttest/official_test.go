package shortcuttest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"admit/internal/ticket/shortcut/shortcuttest"
)

// TestOfficialClient holds the fake to what Shortcut's client sends and expects.
func TestOfficialClient(t *testing.T) {
	t.Parallel()
	script := filepath.Join(official(t), "shortcut.mjs")
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("no Node")
	}
	s := shortcuttest.Start(t)
	out, err := exec.CommandContext(t.Context(), node, script, s.URL, shortcuttest.Token, shortcuttest.Workspace, shortcuttest.Access).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
