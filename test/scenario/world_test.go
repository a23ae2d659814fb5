// Package scenario follows whole stories on the real server, on both databases:
// the guide over the API, a real ticketing server in trouble, servers that are
// stopped and killed, databases that go away, and visitors who mean harm.
package scenario

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"admit/internal/authn"
	"admit/internal/config"
	"admit/internal/server"
	"admit/test/live"
)

// world is a running server and those who call it.
type world struct {
	*testing.T
	*live.Client
	server *server.Server
	cfg    config.Config
	out    *live.Text // what it prints
	stop   func() error
}

// start runs a server in this process: a demo, if adjust does not say otherwise.
func start(t *testing.T, databaseURL string, adjust func(*config.Config)) *world {
	t.Helper()
	cfg := config.Default()
	cfg.Demo, cfg.Listen, cfg.Data, cfg.DatabaseURL = true, "127.0.0.1:0", t.TempDir(), databaseURL
	cfg.AllowPrivate, cfg.PollEvery, cfg.Window = []string{"127.0.0.0/8"}, 500*time.Millisecond, 300*time.Millisecond
	if adjust != nil {
		adjust(&cfg)
	}
	if err := cfg.Finish(); err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, cfg: cfg, out: &live.Text{}}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	s, err := server.New(ctx, cfg, server.Options{
		Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})), Out: w.out,
		Cost: &authn.Cost{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32},
	})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	w.server = s
	w.stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() {
		if err := w.stop(); err != nil {
			t.Errorf("the server ended badly: %v", err)
		}
	})
	w.Client = live.NewClient(t, s.URL(), func(email string) (string, error) {
		return server.IssueToken(t.Context(), cfg, email, "scenario", nil)
	})
	return w
}
