package requesttracker_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"admit/internal/ticket"
)

const secret = "0123456789abcdef0123456789abcdef"

// TestScripTellsWhatIsStored reads a ticket while the real scrip waits for an
// answer: what it tells of is there already.
func TestScripTellsWhatIsStored(t *testing.T) {
	t.Parallel()
	s := rt(t)
	p := open(t, s.url, s.token, nil)
	listener, ok := p.(ticket.Listener)
	if !ok {
		t.Fatal("it does not listen")
	}
	type told struct {
		id      string
		outcome ticket.Outcome
	}
	heard := make(chan told, 1000)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		news, err := listener.Hear(ticket.Delivery{Header: r.Header, Body: body, Secret: secret, At: time.Now()})
		if err != nil || !news.Signed || len(news.Tickets) != 1 || news.ID == "" {
			t.Errorf("heard %+v, %v", news, err)
			return
		}
		found, err := p.Read(r.Context(), news.Tickets)
		if err != nil || len(found) != 1 {
			return // of another test, which may have hidden it
		}
		heard <- told{found[0].ID, found[0].Outcome}
	}))
	t.Cleanup(receiver.Close)
	made, err := p.Create(t.Context(), ticket.Draft{Key: "abc-scrip", Project: s.queue(t, p, "Access"), Title: "t", Body: "b"})
	if err != nil {
		t.Fatal(err)
	}
	s.listen(t, receiver.URL, secret)
	s.set(t, made.ID, "resolved")
	deadline := time.After(10 * time.Second)
	for {
		select {
		case got := <-heard:
			if got.id == made.ID {
				if got.outcome != ticket.Yes {
					t.Errorf("when it was told, it read as %s", got.outcome)
				}
				return
			}
		case <-deadline:
			t.Fatal("nobody called")
		}
	}
}

// TestSlowReceiverHoldsNobodyUp has the real scrip call an address that answers
// a byte at a time, for ever. It runs alone: it slows down everybody's changes.
func TestSlowReceiverHoldsNobodyUp(t *testing.T) {
	s := rt(t)
	p := open(t, s.url, s.token, nil)
	called := make(chan struct{}, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		called <- struct{}{}
		for tick := time.NewTicker(100 * time.Millisecond); ; {
			_, _ = io.WriteString(w, " ")
			_ = http.NewResponseController(w).Flush()
			select {
			case <-tick.C:
			case <-r.Context().Done():
				return
			}
		}
	}))
	t.Cleanup(receiver.Close)
	made, err := p.Create(t.Context(), ticket.Draft{Key: "abc-slow", Project: s.queue(t, p, "Access"), Title: "t", Body: "b"})
	if err != nil {
		t.Fatal(err)
	}
	s.listen(t, receiver.URL, secret)
	start := time.Now()
	s.set(t, made.ID, "resolved")
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("the change took %v", took)
	}
	if len(called) == 0 {
		t.Error("nobody called")
	}
	if got, err := p.Read(t.Context(), []string{made.ID}); err != nil || len(got) != 1 || got[0].Outcome != ticket.Yes {
		t.Errorf("read %+v, %v; want it done", got, err)
	}
}
