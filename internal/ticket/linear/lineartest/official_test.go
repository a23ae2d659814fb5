package lineartest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"admit/internal/ticket/linear/lineartest"
	"admit/internal/ticket/tickettest"
)

// TestOfficialClient holds the fake to what Linear's own client sends and expects.
func TestOfficialClient(t *testing.T) {
	t.Parallel()
	script, err := filepath.Abs("../../../../test/official/linear.mjs")
	if err != nil {
		t.Fatal(err)
	}
	_, noClient := os.Stat(filepath.Join(filepath.Dir(script), "node_modules", "@linear", "sdk"))
	node, noNode := exec.LookPath("node")
	if noClient != nil || noNode != nil {
		const missing = "no official client: install Node and run scripts/official.sh"
		if os.Getenv("CI") != "" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	s := lineartest.StartHeld(t, tickettest.GraphQL(t, "linear.graphql", nil))
	s.Refuse("rateLimitStatus", lineartest.RateLimited)
	out, err := exec.CommandContext(t.Context(), node, script, s.URL, lineartest.APIKey, s.Team("ACC"), s.State("ACC", "Done")).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
