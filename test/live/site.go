package live

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/config"
	"admit/internal/ticket/builtin"
)

// workshop is a folder that all tests of a process share.
var workshop = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "admit-live") })

// CloseWorkshop removes what the tests of this process have built. TestMain
// calls it at the end.
func CloseWorkshop() {
	if dir, err := workshop(); err == nil {
		_ = os.RemoveAll(dir)
	}
}

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

// Site is a data folder and a database that processes of the real program serve.
// Its Client calls the process that Serve started last.
type Site struct {
	*testing.T
	*Client
	Data     string
	Database string   // its URL, straight
	Through  string   // the URL servers use, "" for Database: a proxy may be between
	Env      []string // settings of servers that differ, "ADMIT_WINDOW=1s"
	Process  *Process

	launched []*Process
}

// Process is a running "admit serve".
type Process struct {
	URL            string // where it answers
	Stdout, Stderr Text
	Ended          chan struct{} // closed when it has ended

	cmd *exec.Cmd
}

// NewSite returns a site whose processes end with the test.
func NewSite(t *testing.T, databaseURL string) *Site {
	t.Helper()
	s := &Site{T: t, Data: t.TempDir(), Database: databaseURL}
	s.Client = NewClient(t, "", func(email string) (string, error) {
		out, err := s.Command("token", "create", "--user", email, "--name", "test").Output()
		return strings.TrimSpace(string(out)), err
	})
	t.Cleanup(func() {
		for _, p := range s.launched {
			p.Kill()
		}
	})
	return s
}

// InFolder is a new SQLite database that is not there yet.
func InFolder(t *testing.T) string {
	t.Helper()
	return config.FileURL(filepath.Join(t.TempDir(), "admit.db"))
}

// Command is a command on the site's folder and database.
func (s *Site) Command(args ...string) *exec.Cmd {
	s.Helper()
	return s.command(s.Database, args)
}

func (s *Site) command(databaseURL string, args []string) *exec.Cmd {
	s.Helper()
	path, err := binary()
	if err != nil {
		s.Fatal(err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(s.Context()), path, append(args, "--data", s.Data, "--database-url", databaseURL)...)
	cmd.Env = append(os.Environ(), "ADMIT_ALLOW_PRIVATE=127.0.0.0/8", "ADMIT_POLL_EVERY=2s", "ADMIT_WINDOW=200ms")
	cmd.Env = append(cmd.Env, s.Env...)
	return cmd
}

// Launch starts the program. It may end before it is ready.
func (s *Site) Launch() *Process {
	s.Helper()
	p := &Process{cmd: s.command(cmp.Or(s.Through, s.Database), []string{"serve", "--listen", "127.0.0.1:0"}), Ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.Stdout, &p.Stderr
	if err := p.cmd.Start(); err != nil {
		s.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.Ended)
	}()
	s.launched = append(s.launched, p)
	return p
}

var readyLine = regexp.MustCompile(`msg=ready url=(\S+)`)

// Ready waits until the process answers; false if it ended before.
func (p *Process) Ready(t *testing.T) bool {
	t.Helper()
	ended := false
	Until(t, "the server ready", func() bool {
		select {
		case <-p.Ended:
			ended = true
			return true
		default:
		}
		found := readyLine.FindStringSubmatch(p.Stderr.String())
		if found != nil {
			p.URL = found[1]
		}
		return found != nil
	})
	return !ended
}

// Serve starts the program and waits until it answers.
func (s *Site) Serve() {
	s.Helper()
	p := s.Launch()
	if !p.Ready(s.T) {
		s.Fatalf("the server ended: %s%s", p.Stdout.String(), p.Stderr.String())
	}
	s.Process, s.Base = p, p.URL
}

// Kill ends the process at once, as a power cut does, and waits until it has
// ended.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it may have ended already
	<-p.Ended
}

// Terminate asks the process that serves to end and checks that it does so
// cleanly.
func (s *Site) Terminate() {
	s.Helper()
	if err := s.Process.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.Fatal(err)
	}
	select {
	case <-s.Process.Ended:
	case <-time.After(Patience):
		s.Fatalf("the server does not end: %s", s.Process.Stderr.String())
	}
	if code := s.Process.cmd.ProcessState.ExitCode(); code != 0 {
		s.Errorf("the server ended with %d: %s", code, s.Process.Stderr.String())
	}
}

// SetUp makes the first admin by the link that was printed, and a small company
// whose app files tickets in the built-in queue. It returns the app.
func (s *Site) SetUp(people ...string) (app string) {
	s.Helper()
	v := NewVisitor(s.T, s.Base)
	Until(s.T, "the set-up link", func() bool { return setupLink.MatchString(s.Process.Stdout.String()) })
	status, page := v.Post("/setup", url.Values{
		"token": {SetupToken(s.T, s.Process.Stdout.String())}, "email": {"ada@example.com"}, "password": {Password},
	})
	if status != http.StatusSeeOther {
		s.Fatalf("set up: %d %s", status, page)
	}
	for _, who := range append(people, "ana") {
		s.Do("ada", "POST", "/users", Object{"email": who + "@example.com", "first_name": who})
	}
	owner := s.Do("ada", "POST", "/owners", Object{"name": "Admins", "user_ids": []string{s.User("ana")}}).Text("owner_id")
	app = s.Do("ada", "POST", "/apps", Object{"name": "Payroll", "admin_owner_id": owner, "tickets": Object{
		"enabled": true, "provider_id": access.BuiltInProviderID, "project_id": builtin.Project,
	}}).Text("app_id")
	s.Do("ada", "POST", "/resources", Object{"name": "My Role", "app_id": app})
	return app
}
