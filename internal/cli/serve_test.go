package cli_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"admit/internal/cli"
)

// text is a writer whose text can be read while somebody writes.
type text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (t *text) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.Write(p)
}

func (t *text) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.String()
}

// running is a command that serves.
type running struct {
	stdout, stderr text
	stop           context.CancelFunc
	code           chan int
}

func start(t *testing.T, env map[string]string, args ...string) *running {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	r := &running{stop: stop, code: make(chan int, 1)}
	world := cli.CLI{Stdin: strings.NewReader(""), Stdout: &r.stdout, Stderr: &r.stderr, Env: env, Now: time.Now, Version: "1.2.3"}
	var done sync.WaitGroup
	done.Go(func() { r.code <- cli.Main(ctx, &world, args) })
	t.Cleanup(func() { stop(); done.Wait() })
	return r
}

// address waits until the server says where it is.
func (r *running) address(t *testing.T) string {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); <-tick.C {
		if _, rest, ok := strings.Cut(r.stderr.String(), "msg=ready url="); ok {
			address, _, _ := strings.Cut(rest, "\n")
			return address
		}
	}
	t.Fatalf("the server does not say that it is ready: %s%s", r.stdout.String(), r.stderr.String())
	return ""
}

func (r *running) end(t *testing.T) {
	t.Helper()
	r.stop()
	select {
	case code := <-r.code:
		if code != 0 {
			t.Errorf("the server ended with %d: %s", code, r.stderr.String())
		}
	case <-time.After(20 * time.Second):
		t.Fatal("the server does not end")
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	env := map[string]string{"ADMIT_LISTEN": "256.0.0.1:1"} // flags win
	args := []string{"serve", "--listen", "127.0.0.1:0", "--data", data}
	r := start(t, env, args...)
	address := r.address(t)
	if !strings.Contains(r.stdout.String(), address+"/setup?token=") {
		t.Errorf("no set-up link in %q", r.stdout.String())
	}
	if got := fetch(t, address+"/healthz"); !strings.Contains(got, "ok") {
		t.Errorf("healthz says %q", got)
	}
	code, _, problems := runMain(t, env, args...)
	if code != 1 || !strings.Contains(problems, "another admit already serves") {
		t.Errorf("a second server: code %d, %q", code, problems)
	}
	r.end(t)
}

func TestDemo(t *testing.T) {
	t.Parallel()
	r := start(t, nil, "demo", "--listen", "127.0.0.1:0", "--data", t.TempDir())
	address := r.address(t)
	for _, want := range []string{address, "josh@example.com", "asks for access"} {
		if !strings.Contains(r.stdout.String(), want) {
			t.Errorf("%q is not in %q", want, r.stdout.String())
		}
	}
	r.end(t)
	code, _, problems := runMain(t, nil, "demo", "--listen", "0.0.0.0:0", "--data", t.TempDir())
	if code != 2 || !strings.Contains(problems, "a demo listens on this machine only") {
		t.Errorf("a demo for everybody: code %d, %q", code, problems)
	}
}

func TestServeRefusesWrongSettings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		env  map[string]string
		args []string
		says string
	}{
		{args: []string{"--listen", "nowhere"}, says: "listen must be host:port"},
		{args: []string{"--url", "nowhere"}, says: "url must be an address"},
		{args: []string{"--database-url", "mysql://x"}, says: "database_url must start with"},
		{args: []string{"--config", "nothing.yaml"}, says: "read the config file"},
		{env: map[string]string{"ADMIT_LOG_LEVEL": "loud"}, says: "log_level must be debug, info, warn or error"},
		{env: map[string]string{"ADMIT_WINDOW": "soon"}, says: "read the environment"},
		{args: []string{"--port", "80"}, says: "unknown flag"},
	} {
		args := append([]string{"serve", "--data", t.TempDir()}, c.args...)
		if code, _, problems := runMain(t, c.env, args...); code != 2 || !strings.Contains(problems, c.says) {
			t.Errorf("%v %v: code %d, %q", c.env, c.args, code, problems)
		}
	}
}

func fetch(t *testing.T, address string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Timeout: 10 * time.Second}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
