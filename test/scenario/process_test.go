package scenario

import (
	"context"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/config"
	"admit/internal/sqldb"
	"admit/internal/ticket/builtin"
	"admit/internal/ticket/tickettest"
)

// binary builds the program once and returns its path.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := workshop()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "admit")
	out, err := exec.Command("go", "build", "-o", path, "admit/cmd/admit").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the program: %w: %s", err, out)
	}
	return path, nil
})

// site is a data folder that processes of the real program serve, one after
// another.
type site struct {
	*testing.T
	*client
	data     string
	database string
	process  *process
}

// process is a running "admit serve".
type process struct {
	cmd            *exec.Cmd
	stdout, stderr text
	ended          chan struct{} // closed when it has ended
}

func newSite(t *testing.T, databaseURL string) *site {
	t.Helper()
	s := &site{T: t, data: t.TempDir(), database: databaseURL}
	s.client = newClient(t, "", func(email string) (string, error) {
		out, err := s.command("token", "create", "--user", email, "--name", "scenario").Output()
		return strings.TrimSpace(string(out)), err
	})
	t.Cleanup(func() {
		if s.process != nil {
			_ = s.process.cmd.Process.Kill()
			<-s.process.ended
		}
	})
	return s
}

// command is a command on the site's folder and database.
func (s *site) command(args ...string) *exec.Cmd {
	s.Helper()
	path, err := binary()
	if err != nil {
		s.Fatal(err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(s.Context()), path, append(args, "--data", s.data, "--database-url", s.database)...)
	cmd.Env = append(os.Environ(), "ADMIT_ALLOW_PRIVATE=127.0.0.0/8", "ADMIT_POLL_EVERY=2s", "ADMIT_WINDOW=200ms")
	return cmd
}

var readyLine = regexp.MustCompile(`msg=ready url=(\S+)`)

// serve starts the program and waits until it answers.
func (s *site) serve() {
	s.Helper()
	p := &process{cmd: s.command("serve", "--listen", "127.0.0.1:0"), ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	if err := p.cmd.Start(); err != nil {
		s.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.ended)
	}()
	s.process = p
	until(s.T, "the server ready", func() bool {
		select {
		case <-p.ended:
			s.Fatalf("the server ended: %s%s", p.stdout.String(), p.stderr.String())
		default:
		}
		found := readyLine.FindStringSubmatch(p.stderr.String())
		if found == nil {
			return false
		}
		s.base = found[1]
		return true
	})
}

// kill ends the process at once, as a power cut does.
func (s *site) kill() {
	s.Helper()
	if err := s.process.cmd.Process.Kill(); err != nil {
		s.Fatal(err)
	}
	<-s.process.ended
}

// terminate asks the process to end and checks that it does so cleanly.
func (s *site) terminate() {
	s.Helper()
	if err := s.process.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.Fatal(err)
	}
	select {
	case <-s.process.ended:
	case <-time.After(patience):
		s.Fatalf("the server does not end: %s", s.process.stderr.String())
	}
	if code := s.process.cmd.ProcessState.ExitCode(); code != 0 {
		s.Errorf("the server ended with %d: %s", code, s.process.stderr.String())
	}
}

// setUp makes the first admin by the link that was printed, and a small company
// whose app files tickets in the built-in queue. It returns the app.
func (s *site) setUp(people ...string) (app string) {
	s.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.Fatal(err)
	}
	v := &visitor{T: s.T, base: s.base, http: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	defer v.http.CloseIdleConnections()
	status, page := v.post("/setup", url.Values{
		"token": {setupToken(s.T, s.process.stdout.String())}, "email": {"ada@example.com"}, "password": {password},
	})
	if status != http.StatusSeeOther {
		s.Fatalf("set up: %d %s", status, page)
	}
	for _, who := range append(people, "ana") {
		s.do("ada", "POST", "/users", object{"email": who + "@example.com", "first_name": who})
	}
	owner := s.do("ada", "POST", "/owners", object{"name": "Admins", "user_ids": []string{s.user("ana")}}).text("owner_id")
	app = s.do("ada", "POST", "/apps", object{"name": "Payroll", "admin_owner_id": owner, "tickets": object{
		"enabled": true, "provider_id": access.BuiltInProviderID, "project_id": builtin.Project,
	}}).text("app_id")
	s.do("ada", "POST", "/resources", object{"name": "My Role", "app_id": app})
	return app
}

// inFolder is a new SQLite database that is not there yet.
func inFolder(t *testing.T) string {
	t.Helper()
	return config.FileURL(filepath.Join(t.TempDir(), "admit.db"))
}

// TestProcess: the set-up link, a second server on the same file, a token while
// the server runs, and a clean end.
func TestProcess(t *testing.T) {
	t.Parallel()
	s := newSite(t, inFolder(t))
	if out, err := s.command("token", "create", "--user", "ada@example.com", "--name", "early").CombinedOutput(); err == nil || !strings.Contains(string(out), "no database") {
		t.Errorf("a token without a database: %v %s", err, out)
	}
	s.serve()
	if out, err := s.command("serve", "--listen", "127.0.0.1:0").CombinedOutput(); err == nil || !strings.Contains(string(out), "another admit already serves") {
		t.Errorf("a second server: %v %s", err, out)
	}
	s.setUp("josh")
	if got := s.do("josh", "GET", "/me", nil); got.text("email") != "josh@example.com" && got.in("user").text("email") != "josh@example.com" {
		t.Errorf("a token made while the server runs is %v", got)
	}
	if out, err := s.command("token", "create", "--user", "nobody@example.com", "--name", "x").CombinedOutput(); err == nil || !strings.Contains(string(out), "no user") {
		t.Errorf("a token for nobody: %v %s", err, out)
	}
	s.add("ana", "My Role", "josh")
	s.stands("My Role", "josh", ticketOpen)
	s.terminate()
	s.serve()
	if strings.Contains(s.process.stdout.String(), "/setup?token=") {
		t.Error("a server with an admin prints a set-up link")
	}
	s.finish("ana", s.stands("My Role", "josh", ticketOpen), "done", "")
	s.stands("My Role", "josh", granted)
	s.terminate()
}

// TestTerminated: a server that is told to stop while it files a ticket ends
// cleanly, and the next one goes on where it stopped.
func TestTerminated(t *testing.T) {
	t.Parallel()
	r, s := newTracker(t), newSite(t, inFolder(t))
	s.serve()
	r.connect(s.client, s.setUp("josh"))
	r.proxy.Inject(tickettest.HangAfter, creates)
	s.add("ana", "My Role", "josh")
	<-r.proxy.Held()
	s.terminate()
	r.proxy.Inject(tickettest.None, nil)
	s.serve()
	row := s.stands("My Role", "josh", ticketOpen)
	if n := r.count(s.keyOf(ticketOf(row).text("ticket_id"))); n != 1 {
		t.Errorf("%d tickets for one change", n)
	}
	s.terminate()
}

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
	s := newSite(t, inFolder(t))
	s.serve()
	var people []string
	for i := range 2 * callers {
		people = append(people, fmt.Sprintf("p%d", i))
	}
	s.setUp(people...)
	role, ids := s.resource("My Role"), map[string]string{}
	for _, who := range people {
		ids[who] = s.user(who)
	}
	all := make([]wishes, callers)
	for i := range all {
		all[i] = wishes{map[string]bool{}, map[string]bool{}}
	}
	for round := range rounds {
		if round > 0 {
			s.serve()
		}
		var answered atomic.Int64
		enough := int64(2 + round*5%11)
		var wg sync.WaitGroup
		for i := range all {
			wg.Go(func() { s.wish(&all[i], people[2*i:2*i+2], role, ids, &answered) })
		}
		until(t, "some answers", func() bool { return answered.Load() >= enough })
		s.kill()
		wg.Wait()
	}
	s.serve()
	s.settled(people, all)
	s.terminate()
	s.noOrphans()
}

// wish adds and removes its users in turn until the server is gone.
func (s *site) wish(w *wishes, people []string, role string, ids map[string]string, answered *atomic.Int64) {
	for {
		for _, who := range people {
			if w.unsure[who] {
				status, got := s.call("ada", "GET", "/resources/"+role+"/users", nil)
				if status != http.StatusOK {
					return
				}
				w.unsure[who], w.wanted[who] = false, wantedIn(got, who)
			}
			method, body := "POST", any(object{"duration_minutes": 0})
			if w.wanted[who] {
				method, body = "DELETE", nil
			}
			status, got := s.call("ana", method, "/resources/"+role+"/users/"+ids[who], body)
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

func wantedIn(list object, who string) bool {
	for _, row := range list.list("results") {
		if row.text("email") == who+"@example.com" {
			n, _ := row["num_access_paths"].(float64)
			return n > 0
		}
	}
	return false
}

// settled waits until everybody stands as they should.
func (s *site) settled(people []string, all []wishes) {
	s.Helper()
	holders := 0
	for i, who := range people {
		w := all[i/2]
		if w.unsure[who] {
			w.wanted[who] = wantedIn(s.do("ada", "GET", "/resources/"+s.resource("My Role")+"/users", nil), who)
		}
		want := "not listed"
		if w.wanted[who] {
			want, holders = ticketOpen, holders+1
		}
		s.stands("My Role", who, want)
	}
	open := s.do("ada", "GET", "/tickets?state=open", nil).list("results")
	if len(open) != holders {
		s.Errorf("%d open tickets for %d holders", len(open), holders)
	}
}

// noOrphans looks into the database of a site that is not served: the queue has
// no ticket that no change knows, and none is open on one side only.
func (s *site) noOrphans() {
	s.Helper()
	db, err := sqldb.Open(s.Context(), s.database)
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
	r, s := newTracker(t), newSite(t, inFolder(t))
	people := []string{"p0", "p1", "p2", "p3", "p4", "p5"}
	s.serve()
	r.connect(s.client, s.setUp(people...))
	closes := func(req *http.Request, _ []byte) bool {
		return req.Method == http.MethodPost && strings.HasSuffix(req.URL.Path, "/comment")
	}
	for _, who := range people {
		r.proxy.Inject(tickettest.HangAfter, creates)
		s.add("ana", "My Role", who)
		<-r.proxy.Held()
		s.kill()
		r.proxy.Inject(tickettest.None, nil)
		s.serve()
	}
	for _, who := range people[:2] {
		s.stands("My Role", who, ticketOpen)
		r.proxy.Inject(tickettest.HangAfter, closes)
		s.remove("ana", "My Role", who)
		<-r.proxy.Held()
		s.kill()
		r.proxy.Inject(tickettest.None, nil)
		s.serve()
	}
	for _, who := range people[:2] {
		s.stands("My Role", who, "not listed")
	}
	for _, who := range people[2:] {
		s.stands("My Role", who, ticketOpen)
	}
	tickets := s.do("ada", "GET", "/tickets", nil).list("results")
	if len(tickets) != len(people) {
		t.Errorf("%d tickets for %d people", len(tickets), len(people))
	}
	for _, one := range tickets {
		if n := r.count(s.keyOf(one.text("ticket_id"))); n != 1 {
			t.Errorf("Request Tracker has %d tickets with the key of %s", n, one.text("identifier"))
		}
	}
	s.terminate()
}
