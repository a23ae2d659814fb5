package part

import (
	"strconv"
	"time"

	"admit/internal/store"
	"admit/internal/web/ui"
)

// SyncView is the line that tells of the last forced read of tickets.
type SyncView struct {
	URL    string // of the page it stands on
	Topic  string // that refreshes it
	Known  bool   // there was one
	Failed bool
	Runs   bool
	Text   string
	At     time.Time
	Now    time.Time
	done   int
	total  int
}

// Sync returns the line of a sync; ok is false when there was none yet.
func Sync(s store.Sync, ok bool, url, topic string, now time.Time) SyncView {
	v := SyncView{URL: url, Topic: topic, Known: ok, At: s.UpdatedAt, Now: now, done: s.Checked, total: s.Total}
	switch {
	case !ok:
	case s.State == "running":
		v.Runs = true
		v.Text = "Reading " + ui.Number(s.Checked) + " of " + ui.Plural(s.Total, "ticket")
		if s.Total == 0 {
			v.Text = "Reading the tickets"
		}
	case s.State == "failed":
		v.Failed = true
		v.Text = "The sync stopped after " + ui.Number(s.Checked) + " of " + ui.Plural(s.Total, "ticket") + ": " + s.Detail
	case s.Total == 0:
		v.Text = "There were no tickets to read"
	default:
		v.Text = "Read " + ui.Plural(s.Checked, "ticket") + ", " + news(s.Changed)
	}
	return v
}

func news(n int) string {
	if n == 0 {
		return "no news"
	}
	return strconv.Itoa(n) + " had news"
}
