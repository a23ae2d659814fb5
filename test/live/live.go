// Package live is what the tests of whole servers share: the real program as
// processes, those who call it, and the real Request Tracker behind a proxy.
package live

import (
	"bytes"
	"sync"
	"testing"
	"time"
)

// Patience is how long a test waits for something that should happen at once.
const Patience = time.Minute

// Until waits for a condition, and fails the test when it does not come true.
func Until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	Within(t, Patience, what, holds)
}

// Within is Until with another patience.
func Within(t *testing.T, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(limit); !holds(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("after %v: not %s", limit, what)
		}
	}
}

// Text is a writer whose text can be read while somebody writes.
type Text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (t *Text) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.Write(p)
}

// String returns what was written so far.
func (t *Text) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.String()
}
