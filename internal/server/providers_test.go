package server

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestEveryKindIsDocumentedAndProven: a kind comes with a page for those who set
// it up, and with the record of the suite.
func TestEveryKindIsDocumentedAndProven(t *testing.T) {
	t.Parallel()
	docs := filepath.Join("..", "..", "docs", "providers")
	index, err := os.ReadFile(filepath.Join(docs, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range registry(nil, "https://admit.example.com", time.Now).Specs() {
		if spec.About == "" || spec.Help == "" || spec.Batch < 1 {
			t.Errorf("%s says too little about itself: %+v", spec.Kind, spec)
		}
		if _, err := os.Stat(filepath.Join(docs, "conformance", spec.Kind+".json")); err != nil {
			t.Errorf("%s has no record of the suite: %v", spec.Kind, err)
		}
		if len(spec.Fields) == 0 {
			continue // there is nothing to set up
		}
		page := strings.ReplaceAll(spec.Kind, "_", "-") + ".md"
		if _, err := os.Stat(filepath.Join(docs, page)); err != nil || !strings.Contains(string(index), "("+page+")") {
			t.Errorf("%s has no page %s, or docs/providers/README.md does not lead there: %v", spec.Kind, page, err)
		}
		if _, err := os.Stat(filepath.Join("..", "..", "docs", "images", "providers", spec.Kind+".png")); err != nil {
			t.Errorf("%s has no picture: %v", spec.Kind, err)
		}
	}
}
