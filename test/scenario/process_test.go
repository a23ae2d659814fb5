package scenario

import (
	"strings"
	"testing"

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
