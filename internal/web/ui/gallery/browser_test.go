package gallery

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"admit/internal/testkit/browser"
)

// tab is one page of a real browser on a gallery of its own.
type tab struct {
	*browser.Window
	gallery *Server
}

func openTab(t *testing.T) *tab {
	t.Helper()
	g := New(time.Now())
	server := httptest.NewServer(g.Handler())
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return &tab{browser.Start(t).Window(t, server.URL), g}
}

func TestPagesAreAccessibleAtEveryWidthInBothThemes(t *testing.T) {
	t.Parallel()
	b := openTab(t)
	for path := range b.gallery.pages() {
		path = strings.TrimSuffix(path, "{$}")
		for _, width := range []int64{1280, 768, 360} {
			for _, scheme := range []string{"light", "dark"} {
				b.Look(width, scheme)
				b.Visit(path)
				name := fmt.Sprintf("%s-%d-%s", strings.Trim(strings.ReplaceAll(path, "/", "-"), "-"), width, scheme)
				b.Shoot(name)
				b.Check(name)
			}
		}
	}
}
