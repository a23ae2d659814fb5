package site

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"admit/internal/access"
	"admit/internal/store"
)

// Feed tells open pages that something they show has changed. It reads the tail
// of the audit log, where every decision and change leaves a line, so it works
// whichever server or command made the change. It reads only while somebody
// listens, and it tells only that there is news: the page fetches what its
// visitor may see.
type Feed struct {
	db  *store.DB
	log *slog.Logger

	mu        sync.Mutex
	listeners map[*listener]bool
	done      chan struct{} // closed when Run ends: open streams end with it
}

type listener struct {
	topics []string
	news   chan string
}

const (
	feedEvery   = 250 * time.Millisecond
	feedOverlap = 5 * time.Second // transactions commit a little after the time they write
	feedBatch   = 500
	feedIdle    = 25 * time.Second // a comment goes out, so that a dead connection is noticed
	maxTopics   = 20
)

func newFeed(db *store.DB, log *slog.Logger) *Feed {
	return &Feed{db: db, log: log, listeners: map[*listener]bool{}, done: make(chan struct{})}
}

// Run reads the log until ctx ends. It is called once.
func (f *Feed) Run(ctx context.Context) error {
	defer close(f.done)
	tick := time.NewTicker(feedEvery)
	defer tick.Stop()
	seen := map[string]time.Time{}
	start := f.db.Time()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if f.quiet() {
			clear(seen)
			start = f.db.Time()
			continue
		}
		if err := f.read(ctx, start, seen); err != nil && ctx.Err() == nil {
			f.log.WarnContext(ctx, "live feed not read", "error", err)
		}
	}
}

func (f *Feed) quiet() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.listeners) == 0
}

// read tells of the events since the last read. seen holds those told already
// that a later read will meet again.
func (f *Feed) read(ctx context.Context, start time.Time, seen map[string]time.Time) error {
	since := f.db.Time().Add(-feedOverlap)
	if since.Before(start) {
		since = start
	}
	after := ""
	for {
		events, err := store.EventsSince(ctx, f.db.Read(), since, after, feedBatch)
		if err != nil {
			return err
		}
		for _, e := range events {
			if _, told := seen[e.ID]; !told {
				seen[e.ID] = e.At
				f.tell(topics(e))
			}
			since, after = e.At, e.ID
		}
		if len(events) < feedBatch {
			break
		}
	}
	old := f.db.Time().Add(-2 * feedOverlap)
	for id, at := range seen {
		if at.Before(old) {
			delete(seen, id)
		}
	}
	return nil
}

// topics names what an event is about.
func topics(e access.Event) []string {
	out := []string{"events"}
	for name, id := range map[string]*string{
		"app": e.AppID, "resource": e.ResourceID, "user": e.UserID, "owner": e.OwnerID, "group": e.GroupID,
		"request": e.RequestID, "change": e.ChangeID, "ticket": e.TicketID, "provider": e.ProviderID,
	} {
		if id != nil {
			out = append(out, name+":"+*id, name+"s")
		}
	}
	return out
}

func (f *Feed) tell(topics []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for l := range f.listeners {
		for _, t := range topics {
			if !slices.Contains(l.topics, t) {
				continue
			}
			select {
			case l.news <- t:
			default: // it has news waiting already
			}
		}
	}
}

// serve streams the topics a page names as server-sent events.
func (f *Feed) serve(v *Visit) error {
	wanted := v.R.URL.Query()["topic"]
	if len(wanted) == 0 || len(wanted) > maxTopics {
		return access.Errorf(access.Invalid, "name one to %d topics", maxTopics)
	}
	l := &listener{topics: wanted, news: make(chan string, 64)}
	f.add(l)
	defer f.remove(l)
	h := v.W.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	out := http.NewResponseController(v.W)
	if err := out.SetWriteDeadline(time.Time{}); err != nil {
		v.Log.DebugContext(v.R.Context(), "no deadline to lift", "error", err)
	}
	idle := time.NewTicker(feedIdle)
	defer idle.Stop()
	line := ": hello\n\n"
	for {
		if _, err := fmt.Fprint(v.W, line); err != nil {
			return nil // the page is gone
		}
		if err := out.Flush(); err != nil {
			return nil // the page is gone
		}
		select {
		case <-v.R.Context().Done():
			return nil
		case <-f.done:
			return nil
		case t := <-l.news:
			line = "data: " + t + "\n\n"
		case <-idle.C:
			line = ": still here\n\n"
		}
	}
}

func (f *Feed) add(l *listener) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.listeners[l] = true
}

func (f *Feed) remove(l *listener) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.listeners, l)
}
