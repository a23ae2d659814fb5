// Package server puts Admit together. It is the only package that knows
// everybody.
package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/riverqueue/river"
	"golang.org/x/sync/errgroup"

	"admit/internal/access"
	"admit/internal/api"
	"admit/internal/authn"
	"admit/internal/config"
	"admit/internal/egress"
	"admit/internal/inventory"
	"admit/internal/mail"
	"admit/internal/propagation"
	"admit/internal/request"
	"admit/internal/secret"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/ticket/builtin"
	"admit/internal/web"
	"admit/internal/web/site"
)

// Options is what a server is given besides its configuration. The zero value
// is one that says nothing.
type Options struct {
	Log     *slog.Logger
	Out     io.Writer        // where people read the set-up link and the personas
	Version string           //
	Now     func() time.Time // nil: the clock
	Cost    *authn.Cost      // of hashing passwords; nil: the default
}

// Server is Admit, ready to run.
type Server struct {
	cfg  config.Config
	opts Options

	lock     *lock
	db       *store.DB
	handler  http.Handler
	feed     *site.Feed
	listener net.Listener

	Inventory   *inventory.Service
	Requests    *request.Service
	Propagation *propagation.Service
	Authn       *authn.Service
}

// New opens the database, brings it up to date and wires everything, top to
// bottom. It listens, but does not answer before Run. Close what it opened by
// running it, or with Close.
func New(ctx context.Context, cfg config.Config, opts Options) (_ *Server, err error) {
	s := &Server{cfg: cfg, opts: opts.withDefaults()}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Listen); err != nil {
		return nil, fmt.Errorf("listen on %s: %w", cfg.Listen, err)
	}
	s.cfg.URL = strings.Replace(cfg.URL, cfg.Listen, s.listener.Addr().String(), 1) // for port 0
	if err = s.openDatabase(ctx); err != nil {
		return nil, err
	}
	if err = s.wire(); err != nil {
		return nil, err
	}
	return s, s.prepare(ctx)
}

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Cost == nil {
		cost := authn.DefaultCost()
		o.Cost = &cost
	}
	return o
}

func (s *Server) openDatabase(ctx context.Context) error {
	if err := os.MkdirAll(s.cfg.Data, 0o750); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	var err error
	if path, ok := config.FilePath(s.cfg.DatabaseURL); ok {
		if s.lock, err = takeLock(path); err != nil {
			return err
		}
		// The database is made for its owner only; the driver would let all read it.
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return fmt.Errorf("make the database: %w", err)
		}
		if err := f.Close(); err != nil {
			return fmt.Errorf("make the database: %w", err)
		}
	}
	s.db, err = openStore(ctx, s.cfg, s.opts.Now)
	return err
}

// openStore opens the database and brings its schema up to date.
func openStore(ctx context.Context, cfg config.Config, now func() time.Time) (*store.DB, error) {
	db, err := sqldb.Open(ctx, cfg.DatabaseURL)
	if err != nil {
		return nil, err
	}
	err = db.Alone(ctx, func() error { return errors.Join(store.Migrate(ctx, db), sqldb.MigrateQueue(ctx, db)) })
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &store.DB{DB: db, Now: now}, nil
}

func (s *Server) wire() error {
	box, err := openBox(s.cfg)
	if err != nil {
		return err
	}
	private, err := s.cfg.Private()
	if err != nil {
		return err
	}
	mailer, err := mail.New(s.cfg.SMTPURL, s.cfg.MailFrom, mail.Options{Now: s.opts.Now})
	if err != nil {
		return err
	}
	s.Inventory = &inventory.Service{DB: s.db}
	s.Requests = &request.Service{DB: s.db}
	s.Authn = authn.NewWithCost(s.db, s.opts.Log, strings.HasPrefix(s.cfg.URL, "https:"), s.cfg.Demo, *s.opts.Cost)
	s.Propagation = propagation.New(propagation.Deps{
		DB: s.db, Registry: registry(s.db.DB, s.cfg.URL, s.opts.Now), Box: box, Client: egress.New(egress.Options{AllowPrivate: private}),
		Key: newKey, Shuffle: mathrand.Shuffle, URL: s.cfg.URL, Mail: mailer, Log: s.opts.Log,
	}, propagation.Config{
		Window: cmpWindow(s.cfg.Window), PollEvery: s.cfg.PollEvery, FullEvery: s.cfg.FullEvery, SuspectFor: s.cfg.SuspectFor,
		SettleFor: s.cfg.SettleFor,
	})
	workers := river.NewWorkers()
	s.Propagation.Workers(workers)
	if s.db.Queue, err = sqldb.NewQueue(s.db.DB, queueConfig(s.opts.Log, workers, s.db.Engine())); err != nil {
		return err
	}
	pages := web.New(site.Services{
		DB: s.db, Inventory: s.Inventory, Requests: s.Requests, Propagation: s.Propagation, Authn: s.Authn,
		Log: s.opts.Log, URL: s.cfg.URL, Version: s.opts.Version, Demo: s.cfg.Demo, TrustProxy: s.cfg.TrustProxy,
	})
	s.feed = pages.Feed
	rest := api.New(api.Services{
		Inventory: s.Inventory, Requests: s.Requests, Propagation: s.Propagation, Authn: s.Authn,
		Log: s.opts.Log, Version: s.opts.Version,
	})
	s.handler = s.routes(rest, pages.Handler())
	return nil
}

// cmpWindow makes a window of nothing explicit: for the engine, zero is "the
// default".
func cmpWindow(d time.Duration) time.Duration {
	if d == 0 {
		return -1
	}
	return d
}

func openBox(cfg config.Config) (*secret.Box, error) {
	if cfg.Key != "" {
		return secret.NewBox(cfg.Key)
	}
	key, err := secret.ReadOrMakeKey(cfg.KeyFile)
	if err != nil {
		return nil, err
	}
	return secret.NewBox(key)
}

// newKey returns 128 random bits in hex.
func newKey() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// prepare does what a start needs: what a server that was killed had in hand is
// free again, the built-in queue is there, and somebody can sign in.
func (s *Server) prepare(ctx context.Context) error {
	if s.lock != nil {
		if err := s.db.InTx(ctx, func(tx *sqldb.Tx) error {
			return errors.Join(store.ReleaseLeases(ctx, tx), s.db.Queue.Rescue(ctx, tx))
		}); err != nil {
			return err
		}
	}
	if err := s.Propagation.EnsureBuiltIn(ctx, builtin.Kind); err != nil {
		return err
	}
	if s.cfg.Demo {
		return s.seedDemo(ctx)
	}
	token, err := s.Authn.SetupToken(ctx)
	if err != nil || token == "" {
		return err
	}
	_, err = fmt.Fprintf(s.opts.Out, "Admit is new here. Set it up, once, as its first admin:\n\n  %s/setup?token=%s\n\n", s.cfg.URL, token)
	return err
}

// URL is where people reach this server.
func (s *Server) URL() string { return s.cfg.URL }

// Close frees what New took, if the server is not run.
func (s *Server) Close() error {
	var errs []error
	if s.listener != nil {
		if err := s.listener.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.release())
	}
	return errors.Join(errs...)
}

// stopWithin is how long work in flight may take to end when the server stops.
// What does not end is resumed at the next start.
const stopWithin = 10 * time.Second

// Run serves until ctx ends: first no more requests are taken, then no more
// jobs, and what is in flight ends.
func (s *Server) Run(ctx context.Context) error {
	hs := &http.Server{
		Handler: s.handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 60 * time.Second,
		WriteTimeout: 90 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		ErrorLog: slog.NewLogLogger(s.opts.Log.Handler(), slog.LevelDebug),
	}
	jobs, endJobs := context.WithCancel(context.WithoutCancel(ctx))
	defer endJobs()
	if err := s.db.Queue.Start(jobs); err != nil {
		return errors.Join(fmt.Errorf("start the job queue: %w", err), s.Close())
	}
	g, ctx := errgroup.WithContext(ctx) // if one part fails, all end
	g.Go(func() error {
		if err := hs.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	g.Go(func() error { return s.feed.Run(ctx) })
	g.Go(func() error { return s.clock(ctx) })
	s.opts.Log.InfoContext(ctx, "ready", "url", s.cfg.URL)
	g.Go(func() error {
		<-ctx.Done()
		deadline, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
		defer cancel()
		err := hs.Shutdown(deadline)
		return errors.Join(err, s.db.Queue.Stop(deadline))
	})
	return errors.Join(g.Wait(), s.Close())
}

// clock does what is due by the time, until ctx ends.
func (s *Server) clock(ctx context.Context) error {
	tick := time.NewTicker(propagation.TickEvery)
	defer tick.Stop()
	clean := time.NewTicker(time.Hour)
	defer clean.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			err = s.Propagation.Tick(ctx)
		case <-clean.C:
			err = s.Authn.Cleanup(ctx)
		}
		if err != nil && ctx.Err() == nil {
			level := slog.LevelError
			if access.CodeOf(err) == access.Unavailable {
				level = slog.LevelWarn
			}
			s.opts.Log.Log(ctx, level, "clock", "error", err)
		}
	}
}
