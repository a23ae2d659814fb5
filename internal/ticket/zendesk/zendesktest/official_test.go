package zendesktest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"admit/internal/ticket/zendesk/zendesktest"
)

// TestOfficialClient holds the fake to what a published client of Zendesk's API
// sends and expects.
func TestOfficialClient(t *testing.T) {
	t.Parallel()
	script, err := filepath.Abs("../../../../test/official/zendesk.mjs")
	if err != nil {
		t.Fatal(err)
	}
	_, noClient := os.Stat(filepath.Join(filepath.Dir(script), "node_modules", "node-zendesk"))
	node, noNode := exec.LookPath("node")
	if noClient != nil || noNode != nil {
		const missing = "no official client: install Node and run scripts/official.sh"
		if os.Getenv("CI") != "" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	s := zendesktest.Start(t)
	s.Role = "admin"
	out, err := exec.CommandContext(t.Context(), node, script, s.URL, zendesktest.Email, zendesktest.Token, strconv.Itoa(zendesktest.Access)).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
