package tickettest

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestConformancePage keeps docs/providers/conformance.md as the records have
// it. The records come from the tests of the providers: run those first.
func TestConformancePage(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(above(recordDir()), "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no records in %s: %v", recordDir(), err)
	}
	var records []Record
	for _, file := range files {
		path := filepath.Join(recordDir(), filepath.Base(file))
		r, err := readRecord(path)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for name := range r.Cases {
			if !slices.Contains(allNames(), name) {
				t.Errorf("%s has a case that the suite lacks, %q: run the provider's tests with -update", path, name)
			}
		}
		if missing := r.missing(); len(missing) > 0 {
			t.Errorf("%s lacks the cases %q: run the provider's tests with -update", path, missing)
		}
		records = append(records, r)
	}
	slices.SortFunc(records, func(a, b Record) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	Written(t, filepath.Join("docs", "providers", "conformance.md"), []byte(conformancePage(records)))
}

func TestNamesOfCasesDiffer(t *testing.T) {
	t.Parallel()
	names := allNames()
	slices.Sort(names)
	if all := len(names); len(slices.Compact(names)) != all {
		t.Error("two cases have one name")
	}
}
