package scenario

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"admit/internal/sqldb"
	"admit/internal/ticket/tickettest"
	"admit/test/live"
)

// TestProcess: the set-up link, a second server on the same file, a token while
// the server runs, and a clean end.
func TestProcess(t *testing.T) {
	t.Parallel()
	s := live.NewSite(t, live.InFolder(t))
	if out, err := s.Command("token", "create", "--user", "ada@example.com", "--name", "early").CombinedOutput(); err == nil || !strings.Contains(string(out), "no database") {
		t.Errorf("a token without a database: %v %s", err, out)
	}
	s.Serve()
	if out, err := s.Command("serve", "--listen", "127.0.0.1:0").CombinedOutput(); err == nil || !strings.Contains(string(out), "another admit already serves") {
		t.Errorf("a second server: %v %s", err, out)
	}
	s.SetUp("josh")
	if got := s.Do("josh", "GET", "/me", nil); got.Text("email") != "josh@example.com" && got.In("user").Text("email") != "josh@example.com" {
		t.Errorf("a token made while the server runs is %v", got)
	}
	if out, err := s.Command("token", "create", "--user", "nobody@example.com", "--name", "x").CombinedOutput(); err == nil || !strings.Contains(string(out), "no user") {
		t.Errorf("a token for nobody: %v %s", err, out)
	}
	s.Add("ana", "My Role", "josh")
	s.Stands("My Role", "josh", ticketOpen)
	s.Terminate()
	s.Serve()
	if strings.Contains(s.Process.Stdout.String(), "/setup?token=") {
		t.Error("a server with an admin prints a set-up link")
	}
	s.Finish("ana", s.Stands("My Role", "josh", ticketOpen), "done", "")
	s.Stands("My Role", "josh", granted)
	s.Terminate()
}

// TestTerminated: a server that is told to stop while it files a ticket ends
// cleanly, and the next one goes on where it stopped.
func TestTerminated(t *testing.T) {
	t.Parallel()
	r, s := live.NewTracker(t), live.NewSite(t, live.InFolder(t))
	s.Serve()
	r.Connect(s.Client, s.SetUp("josh"))
	r.Proxy.Inject(tickettest.HangAfter, live.Creates)
	s.Add("ana", "My Role", "josh")
	<-r.Proxy.Held()
	s.Terminate()
	r.Proxy.Inject(tickettest.None, nil)
	s.Serve()
	row := s.Stands("My Role", "josh", ticketOpen)
	if n := r.Count(s.KeyOf(live.TicketOf(row).Text("ticket_id"))); n != 1 {
		t.Errorf("%d tickets for one change", n)
	}
	s.Terminate()
}

// site is a site whose wishes are kept.
type site struct{ *live.Site }

// wishes is what one of several callers has asked for, for users of their own.
type wishes struct {
	wanted map[string]bool
	unsure map[string]bool // the server was killed before it answered
}

// TestKilled kills the server again and again while people are added and
// removed. What was answered is kept; at the end everybody who should have a
// ticket has one, and nobody has two.
func TestKilled(t *testing.T) {
	t.Parallel()
	const rounds, callers = 15, 3
	s := site{live.NewSite(t, live.InFolder(t))}
	s.Serve()
	var people []string
	for i := range 2 * callers {
		people = append(people, fmt.Sprintf("p%d", i))
	}
	s.SetUp(people...)
	role, ids := s.Resource("My Role"), map[string]string{}
	for _, who := range people {
		ids[who] = s.User(who)
	}
	all := make([]wishes, callers)
	for i := range all {
		all[i] = wishes{map[string]bool{}, map[string]bool{}}
	}
	for round := range rounds {
		if round > 0 {
			s.Serve()
		}
		var answered atomic.Int64
		enough := int64(2 + round*5%11)
		var wg sync.WaitGroup
		for i := range all {
			wg.Go(func() { s.wish(&all[i], people[2*i:2*i+2], role, ids, &answered) })
		}
		live.Until(t, "some answers", func() bool { return answered.Load() >= enough })
		s.Process.Kill()
		wg.Wait()
	}
	s.Serve()
	s.settled(people, all)
	s.Terminate()
	s.noOrphans()
}

// wish adds and removes its users in turn until the server is gone.
func (s site) wish(w *wishes, people []string, role string, ids map[string]string, answered *atomic.Int64) {
	for {
		for _, who := range people {
			if w.unsure[who] {
				status, got := s.Call("ada", "GET", "/resources/"+role+"/users", nil)
				if status != http.StatusOK {
					return
				}
				w.unsure[who], w.wanted[who] = false, wantedIn(got, who)
			}
			method, body := "POST", any(live.Object{"duration_minutes": 0})
			if w.wanted[who] {
				method, body = "DELETE", nil
			}
			status, got := s.Call("ana", method, "/resources/"+role+"/users/"+ids[who], body)
			switch {
			case status == 0 || status == http.StatusServiceUnavailable || status == http.StatusInternalServerError: // stopped under the call
				w.unsure[who] = true
				return
			case status > 299:
				s.Errorf("%s %s: %d %v", method, who, status, got)
				return
			}
			w.wanted[who] = !w.wanted[who]
			answered.Add(1)
		}
	}
}

func wantedIn(list live.Object, who string) bool {
	for _, row := range list.List("results") {
		if row.Text("email") == who+"@example.com" {
			n, _ := row["num_access_paths"].(float64)
			return n > 0
		}
	}
	return false
}

// settled waits until everybody stands as they should.
func (s site) settled(people []string, all []wishes) {
	s.Helper()
	holders := 0
	for i, who := range people {
		w := all[i/2]
		if w.unsure[who] {
			w.wanted[who] = wantedIn(s.Do("ada", "GET", "/resources/"+s.Resource("My Role")+"/users", nil), who)
		}
		want := "not listed"
		if w.wanted[who] {
			want, holders = ticketOpen, holders+1
		}
		s.Stands("My Role", who, want)
	}
	open := s.Do("ada", "GET", "/tickets?state=open", nil).List("results")
	if len(open) != holders {
		s.Errorf("%d open tickets for %d holders", len(open), holders)
	}
}

// noOrphans looks into the database of a site that is not served: the queue has
// no ticket that no change knows, and none is open on one side only.
func (s site) noOrphans() {
	s.Helper()
	db, err := sqldb.Open(s.Context(), s.Database)
	if err != nil {
		s.Fatal(err)
	}
	defer db.Close()
	for what, query := range map[string]string{
		"tickets of the queue that no change knows": `SELECT count(*) FROM queue_tickets q
			WHERE NOT EXISTS (SELECT 1 FROM tickets t WHERE t.remote_id = q.id)`,
		"tickets open on one side only": `SELECT count(*) FROM queue_tickets q JOIN tickets t ON t.remote_id = q.id
			WHERE (q.status = 'open') <> (t.state = 'open')`,
		"tickets that were never filed": `SELECT count(*) FROM tickets WHERE state IN ('planned', 'sending')`,
	} {
		n, err := sqldb.Get[int](s.Context(), db.Read(), query)
		if err != nil || n != 0 {
			s.Errorf("%d %s: %v", n, what, err)
		}
	}
}

// TestKilledInsideACall kills the server while Request Tracker has done what it
// was asked to, and the answer is not here yet: when filing, and when closing.
func TestKilledInsideACall(t *testing.T) {
	t.Parallel()
	r, s := live.NewTracker(t), site{live.NewSite(t, live.InFolder(t))}
	people := []string{"p0", "p1", "p2", "p3", "p4", "p5"}
	s.Serve()
	r.Connect(s.Client, s.SetUp(people...))
	closes := func(req *http.Request, _ []byte) bool {
		return req.Method == http.MethodPost && strings.HasSuffix(req.URL.Path, "/comment")
	}
	for _, who := range people {
		r.Proxy.Inject(tickettest.HangAfter, live.Creates)
		s.Add("ana", "My Role", who)
		<-r.Proxy.Held()
		s.Process.Kill()
		r.Proxy.Inject(tickettest.None, nil)
		s.Serve()
	}
	for _, who := range people[:2] {
		s.Stands("My Role", who, ticketOpen)
		r.Proxy.Inject(tickettest.HangAfter, closes)
		s.Remove("ana", "My Role", who)
		<-r.Proxy.Held()
		s.Process.Kill()
		r.Proxy.Inject(tickettest.None, nil)
		s.Serve()
	}
	for _, who := range people[:2] {
		s.Stands("My Role", who, "not listed")
	}
	for _, who := range people[2:] {
		s.Stands("My Role", who, ticketOpen)
	}
	tickets := s.Do("ada", "GET", "/tickets", nil).List("results")
	if len(tickets) != len(people) {
		t.Errorf("%d tickets for %d people", len(tickets), len(people))
	}
	for _, one := range tickets {
		if n := r.Count(s.KeyOf(one.Text("ticket_id"))); n != 1 {
			t.Errorf("Request Tracker has %d tickets with the key of %s", n, one.Text("identifier"))
		}
	}
	s.Terminate()
}
