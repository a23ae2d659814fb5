package load

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"admit/internal/testkit"
)

// BenchmarkStart measures the built binary: its size, the time from exec to
// /readyz on an existing database, and its memory when idle.
func BenchmarkStart(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "admit")
	build := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "admit/cmd/admit")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, out)
	}
	info, err := os.Stat(binary)
	must(b, err)
	for name, url := range map[string]func(testing.TB) string{"sqlite": testkit.SQLite, "postgres": testkit.PostgreSQL} {
		b.Run(name, func(b *testing.B) {
			database, data := url(b), b.TempDir()
			run(b, binary, data, database) // the first start makes the key and the built-in queue
			var ready time.Duration
			var memory int
			for range b.N {
				took, kB := run(b, binary, data, database)
				ready += took
				memory = max(memory, kB)
			}
			b.ReportMetric(float64(ready.Milliseconds())/float64(b.N), "ready-ms")
			b.ReportMetric(float64(memory)/1024, "idle-MB")
			b.ReportMetric(float64(info.Size())/(1<<20), "binary-MB")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// run starts the server, waits until it is ready and has idled a moment, and
// stops it. It returns how long it took to be ready, and its memory in kB.
func run(b *testing.B, binary, data, database string) (time.Duration, int) {
	b.Helper()
	l, err := (&net.ListenConfig{}).Listen(b.Context(), "tcp", "127.0.0.1:0")
	must(b, err)
	address := l.Addr().String()
	must(b, l.Close())
	cmd := exec.CommandContext(b.Context(), binary, "serve", "--listen", address, "--data", data, "--database-url", database)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	start := time.Now()
	must(b, cmd.Start())
	for deadline := time.Now().Add(20 * time.Second); !answers(b, "http://"+address+"/readyz"); {
		if time.Now().After(deadline) {
			b.Fatalf("not ready: %s", out.String())
		}
	}
	took := time.Since(start)
	idle := time.NewTimer(2 * time.Second)
	<-idle.C
	kB := resident(b, cmd.Process.Pid)
	must(b, cmd.Process.Signal(syscall.SIGTERM))
	if err := cmd.Wait(); err != nil {
		b.Fatalf("stop: %v\n%s", err, out.String())
	}
	return took, kB
}

func answers(b *testing.B, url string) bool {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, url, nil)
	must(b, err)
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		return false
	}
	must(b, res.Body.Close())
	return res.StatusCode == http.StatusOK
}

// resident is the memory of a process that is in RAM, in kB.
func resident(b *testing.B, pid int) int {
	b.Helper()
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	must(b, err)
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if rest, ok := strings.CutPrefix(s.Text(), "VmRSS:"); ok {
			var kB int
			_, err := fmt.Sscan(rest, &kB)
			must(b, err)
			return kB
		}
	}
	return 0
}
