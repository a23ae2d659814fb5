// Package propagation carries access changes out: it makes what the end systems
// have agree with what is wanted, by ticket.
//
// It works like a controller. Reconcile looks at a slot as it is now and decides
// the next step; everything that happens only writes its own fact and enqueues a
// look. Nothing replays events, so a lost wake-up delays but does not break, and
// a sweep finds what was lost.
package propagation

import (
	"log/slog"
	"net/http"
	"sync"
	"time"

	"admit/internal/mail"
	"admit/internal/secret"
	"admit/internal/store"
	"admit/internal/ticket"
)

// Config is how the engine is tuned. The zero value of a field is its default.
type Config struct {
	Window     time.Duration // how long a new change waits, so that its reversal costs nothing; negative: not at all
	PollEvery  time.Duration // between two incremental reads of a provider
	FullEvery  time.Duration // between two reads of all open tickets of a provider
	SuspectFor time.Duration // how long a ticket must be missing before it counts as gone
	SettleFor  time.Duration // how long a provider may still work on a create call we gave up on
	WatchFor   time.Duration // how long after its end a reopened ticket undoes a change
	AccountTTL time.Duration // how long it is remembered whom a user is at a provider
	SweepEvery time.Duration // between two searches for lost wake-ups
	CheckEvery time.Duration // between two preflights of a provider
	HookEvery  time.Duration // between two looks whether a webhook is still registered
	Lease      time.Duration // how long one try at filing may take
}

func (c Config) withDefaults() Config {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&c.Window, time.Second)
	set(&c.PollEvery, 10*time.Second)
	set(&c.FullEvery, time.Hour)
	set(&c.SuspectFor, 10*time.Minute)
	set(&c.SettleFor, 90*time.Second)
	set(&c.WatchFor, 30*24*time.Hour)
	set(&c.AccountTTL, time.Hour)
	set(&c.SweepEvery, 30*time.Second)
	set(&c.CheckEvery, 24*time.Hour)
	set(&c.HookEvery, 6*time.Hour)
	set(&c.Lease, 2*time.Minute)
	c.Window = max(c.Window, 0)
	return c
}

// Deps is what the engine works with.
type Deps struct {
	DB       *store.DB
	Registry *ticket.Registry
	Box      *secret.Box
	Client   *http.Client  // for providers
	Key      func() string // 32 hex digits nobody can guess, for the address of a webhook
	Shuffle  func(n int, swap func(i, j int))
	URL      string // where people reach Admit, for links in tickets
	Mail     *mail.Sender
	Log      *slog.Logger
}

// Service is the engine and the use cases around it.
type Service struct {
	Deps
	cfg   Config
	began time.Time // what is older may have been forgotten by this database

	mu         sync.Mutex
	opened     map[openKey]ticket.Provider
	meters     map[string]*meter     // by provider
	doors      map[string]*door      // to the places of those who file, by provider
	discovered map[openKey]discovery // what systems offer, as of a moment ago
	polling    map[string]bool       // the providers a poll is under way at
	sweep      time.Time             // when the next sweep is due
	server     string                // what this server is called among those that share the database
	seen       time.Time             // when it was last noted that it is alive
}

// New returns an engine. Its jobs are worked by Workers, its clocks by Tick.
func New(deps Deps, cfg Config) *Service {
	return &Service{
		Deps: deps, cfg: cfg.withDefaults(), began: deps.DB.Time(), server: store.NewID(), opened: map[openKey]ticket.Provider{}, meters: map[string]*meter{},
		doors: map[string]*door{}, discovered: map[openKey]discovery{}, polling: map[string]bool{},
	}
}
