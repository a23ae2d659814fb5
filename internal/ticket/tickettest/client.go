package tickettest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// OfficialClient runs test/official/SCRIPT.mjs, which uses a client that was
// published for a system against our fake server of it: what its arguments name.
// A fake that it cannot use fails the test.
func OfficialClient(t *testing.T, script string, args ...string) {
	t.Helper()
	dir := above("test/official")
	_, noClients := os.Stat(filepath.Join(dir, "node_modules"))
	node, noNode := exec.LookPath("node")
	if noClients != nil || noNode != nil {
		const missing = "no official clients: install Node and run scripts/official.sh"
		if os.Getenv("CI") != "" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	args = append([]string{filepath.Join(dir, script+".mjs")}, args...)
	if out, err := exec.CommandContext(t.Context(), node, args...).CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", script, err, out)
	}
}
