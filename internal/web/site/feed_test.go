package site

import (
	"log/slog"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/testkit"
)

// TestEveryEventIsTold: also when more happen in one moment than are read at
// once; and each is told once.
func TestEveryEventIsTold(t *testing.T) {
	t.Parallel()
	testkit.ForEachDB(t, func(t *testing.T, db *sqldb.DB) {
		now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
		feed := newFeed(&store.DB{DB: db, Now: func() time.Time { return now }}, slog.New(slog.DiscardHandler))
		users := make([]string, 2*feedBatch+7)
		events := make([]access.Event, len(users))
		topics := make([]string, len(users))
		for i := range users {
			users[i] = store.NewID()
			events[i] = access.By(access.System(), access.UserUpdated, "changed somebody")
			events[i].UserID, topics[i] = &users[i], "user:"+users[i]
		}
		l := &listener{topics: topics, news: make(chan string, 3*len(users))}
		feed.add(l)
		if err := db.InTx(t.Context(), func(tx *sqldb.Tx) error { return store.AddEvents(t.Context(), tx, now, events...) }); err != nil {
			t.Fatal(err)
		}
		seen := map[string]time.Time{}
		for range 2 {
			if err := feed.read(t.Context(), now.Add(-time.Second), seen); err != nil {
				t.Fatal(err)
			}
		}
		told := map[string]int{}
		for range len(l.news) {
			told[<-l.news]++
		}
		for _, topic := range topics {
			if told[topic] != 1 {
				t.Fatalf("%s was told %d times; %d of %d topics in all", topic, told[topic], len(told), len(topics))
			}
		}
	})
}
