package tickettest

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"admit/internal/ticket"
)

var update = flag.Bool("update", false, "write the documentation") //nolint:gochecknoglobals // a flag of go test must be known before the tests run

// Page keeps docs/providers/NAME.md as the Spec has it: go test -update writes it.
func Page(t *testing.T, name string, spec ticket.Spec) {
	t.Helper()
	Written(t, filepath.Join("docs", "providers", name+".md"), []byte(ticket.Doc(spec)))
}

// Written fails the test unless a file of the repository has this content; with
// -update it writes it.
func Written(t *testing.T, path string, want []byte) {
	t.Helper()
	file := above(path)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != string(want) {
		t.Errorf("%s is not up to date (%v): run go test -update in this folder", path, err)
	}
}
