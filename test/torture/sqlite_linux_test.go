package torture

import (
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"admit/internal/config"
)

// watchCommits tells of every piece that is written to the log of a SQLite
// database, while it is written: a commit is many of them.
func watchCommits(t *testing.T, databaseURL string, at func(point) bool) {
	t.Helper()
	path, ok := config.FilePath(databaseURL)
	if !ok {
		t.Fatalf("%s is no file", databaseURL)
	}
	fd, err := syscall.InotifyInit1(syscall.IN_CLOEXEC | syscall.IN_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	events := os.NewFile(uintptr(fd), "inotify")
	if _, err := syscall.InotifyAddWatch(fd, filepath.Dir(path), syscall.IN_MODIFY); err != nil {
		t.Fatal(err)
	}
	var watching sync.WaitGroup
	watching.Go(func() {
		buf := make([]byte, 4096) // the names do not matter: the log is what is written
		for {
			if _, err := events.Read(buf); err != nil {
				return
			}
			at(insideCommit)
		}
	})
	t.Cleanup(func() {
		_ = events.Close()
		watching.Wait()
	})
}
