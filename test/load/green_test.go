package load

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"admit/internal/testkit"
)

// BenchmarkDoneToGreen measures how long it takes from the moment that somebody
// ended a ticket in their own tool until its change is done in the database:
// told by the webhook alone, and by polls alone.
func BenchmarkDoneToGreen(b *testing.B) {
	for name, atOnce := range map[string]int{"webhook": 1, "webhook-at-once": 20} {
		b.Run(name, func(b *testing.B) {
			onEverySystem(b, func(b *testing.B, databaseURL string, sys system) { toldByWebhook(b, databaseURL, sys, atOnce) })
		})
	}
	for _, every := range []time.Duration{time.Second, 10 * time.Second} {
		b.Run("poll-"+every.String(), func(b *testing.B) {
			onEverySystem(b, func(b *testing.B, databaseURL string, sys system) { foundByPoll(b, databaseURL, sys, every) })
		})
	}
}

// onEverySystem runs a benchmark on the ticket systems, with each engine.
func onEverySystem(b *testing.B, fn func(b *testing.B, databaseURL string, sys system)) {
	b.Helper()
	for name, start := range map[string]func(*testing.B) system{"jira": fakeJira, "rt": realTracker} {
		b.Run(name, func(b *testing.B) {
			for name, url := range map[string]func(testing.TB) string{"sqlite": testkit.SQLite, "postgres": testkit.PostgreSQL} {
				b.Run(name, func(b *testing.B) { fn(b, url(b), start(b)) })
			}
		})
	}
}

// toldByWebhook ends tickets, so many at once. The floor is one bare read of a
// ticket, which is the least that is to be done.
func toldByWebhook(b *testing.B, databaseURL string, sys system, atOnce int) {
	b.Helper()
	c := newCompany(b, databaseURL, sys, time.Hour)
	c.listen(b)
	var sent, ended, read times
	for range b.N {
		tickets := c.file(b, scale(20))
		w := newWaits(len(tickets))
		each(len(tickets), atOnce, func(i int) { w.wait(b, c, i, tickets[i]) })
		sent, ended = append(sent, w.sent...), append(ended, w.ended...)
		for _, t := range tickets {
			read = append(read, timed(func() {
				_, err := sys.bare.Read(b.Context(), []string{t.RemoteID})
				must(b, err)
			}))
		}
	}
	sent.report(b, "from-sent-")
	ended.report(b, "")
	b.ReportMetric(ended.ms(100)/1000, "max-of-1s")
	b.ReportMetric(read.ms(50), "floor-ms")
	b.ReportMetric(0, "ns/op")
}

// waits is how long it took until changes were done, from when the end of their
// tickets was sent, and from when that was answered.
type waits struct{ sent, ended times }

func newWaits(n int) waits { return waits{make(times, n), make(times, n)} }

// wait ends a ticket and waits for its change.
func (w waits) wait(b *testing.B, c *company, i int, t filed) {
	b.Helper()
	sent := time.Now()
	c.sys.done(b, t.RemoteID)
	ended := time.Now()
	green := c.green(b, t)
	w.sent[i], w.ended[i] = green.Sub(sent), green.Sub(ended)
}

// foundByPoll ends tickets at moments that are spread evenly over the time from
// one poll to the next.
func foundByPoll(b *testing.B, databaseURL string, sys system, every time.Duration) {
	b.Helper()
	const n = 5
	c := newCompany(b, databaseURL, sys, every)
	var sent, ended times
	for range b.N {
		tickets, w := c.file(b, n), newWaits(n)
		tick := time.NewTicker(every / n)
		each(n, n, func(i int) {
			<-tick.C
			w.wait(b, c, i, tickets[i])
		})
		tick.Stop()
		sent, ended = append(sent, w.sent...), append(ended, w.ended...)
	}
	sent.report(b, "from-sent-")
	ended.report(b, "")
	b.ReportMetric(ended.ms(100)/ms(every), "max-x-interval")
	b.ReportMetric(ended.ms(100)/ms(every+2*time.Second), "max-of-interval+2s")
	b.ReportMetric(0, "ns/op")
}

// times are durations. What came about before one looked took no time.
type times []time.Duration

// ms is the time, in milliseconds, that so many of a hundred do not exceed.
func (t times) ms(of100 int) float64 {
	slices.Sort(t)
	return ms(max(t[(len(t)*of100+99)/100-1], 0))
}

func (t times) report(b *testing.B, name string) {
	b.Helper()
	for _, of100 := range []int{50, 95} {
		b.ReportMetric(t.ms(of100), fmt.Sprintf("%sp%d-ms", name, of100))
	}
	b.ReportMetric(t.ms(100), name+"max-ms")
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
