package cli_test

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"admit/internal/cli"
	"admit/internal/config"
	"admit/internal/server"
)

// TestScripts runs testdata/*.txtar, each against a demo company of its own: the
// real server, on a port of its own. Scripts begin as its admin, ada.
//
//	admit ARGS...              runs a command line, in this process
//	exits CODE ARGS...         the same, and it must end with this exit code
//	until PATTERN ARGS...      the same, again and again until it prints PATTERN
//	as EMAIL                   from here on commands act for this person
//	keep NAME PATTERN          sets a variable to what PATTERN captures of the last output
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			c, err := startCompany(env)
			if err != nil {
				return err
			}
			env.Values[companyKey{}] = c
			env.Setenv("ADMIT_SERVER", c.server.URL())
			env.Setenv("DATA", c.cfg.Data)
			env.Defer(c.stop)
			token, err := c.token("ada@example.com")
			env.Setenv("ADMIT_TOKEN", token)
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"admit": func(ts *testscript.TestScript, neg bool, args []string) {
				if code := run(ts, args); (code != 0) != neg {
					ts.Fatalf("exit code %d", code)
				}
			},
			"exits": func(ts *testscript.TestScript, _ bool, args []string) {
				if code := run(ts, args[1:]); strconv.Itoa(code) != args[0] {
					ts.Fatalf("exit code %d, not %s", code, args[0])
				}
			},
			"until": until,
			"as": func(ts *testscript.TestScript, _ bool, args []string) {
				token, err := companyOf(ts).token(args[0])
				ts.Check(err)
				ts.Setenv("ADMIT_TOKEN", token)
			},
			"keep": func(ts *testscript.TestScript, _ bool, args []string) {
				found := regexp.MustCompile(args[1]).FindStringSubmatch(companyOf(ts).printed)
				if len(found) != 2 {
					ts.Fatalf("%s is not in %s", args[1], companyOf(ts).printed)
				}
				ts.Setenv(args[0], found[1])
			},
		},
	})
}

type companyKey struct{}

// company is a demo server and what a script did with it.
type company struct {
	cfg     config.Config
	server  *server.Server
	end     context.CancelFunc
	ended   sync.WaitGroup
	failed  error
	printed string // the last output
}

func startCompany(env *testscript.Env) (*company, error) {
	c := &company{cfg: config.Default()}
	c.cfg.Demo, c.cfg.Data, c.cfg.Listen, c.cfg.Window = true, filepath.Join(env.WorkDir, "data"), "127.0.0.1:0", 0
	if err := c.cfg.Finish(); err != nil {
		return nil, err
	}
	var ctx context.Context
	ctx, c.end = context.WithCancel(context.Background())
	var err error
	if c.server, err = server.New(ctx, c.cfg, server.Options{Out: io.Discard}); err != nil {
		c.end()
		return nil, err
	}
	c.ended.Go(func() { c.failed = c.server.Run(ctx) })
	return c, nil
}

func (c *company) stop() {
	c.end()
	c.ended.Wait()
}

func (c *company) token(email string) (string, error) {
	return server.IssueToken(context.Background(), c.cfg, email, "test", nil)
}

func companyOf(ts *testscript.TestScript) *company {
	c, ok := ts.Value(companyKey{}).(*company)
	if !ok {
		ts.Fatalf("no company")
	}
	return c
}

// run runs a command line as Main does and shows its output to the script.
func run(ts *testscript.TestScript, args []string) int {
	for i, arg := range args {
		// A script cannot hold what is not text.
		args[i] = strings.ReplaceAll(arg, "<ff>", "\xff")
	}
	env := map[string]string{}
	for _, name := range []string{"ADMIT_SERVER", "ADMIT_TOKEN"} {
		env[name] = ts.Getenv(name)
	}
	var out bytes.Buffer
	world := cli.CLI{
		Stdin: strings.NewReader(ts.Getenv("STDIN")), Stdout: io.MultiWriter(&out, ts.Stdout()), Stderr: ts.Stderr(),
		Env: env, Now: time.Now, Version: "test",
	}
	code := cli.Main(context.Background(), &world, args)
	companyOf(ts).printed = out.String()
	return code
}

func until(ts *testscript.TestScript, _ bool, args []string) {
	want := regexp.MustCompile(args[0])
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); <-tick.C {
		if run(ts, args[1:]); want.MatchString(companyOf(ts).printed) {
			return
		}
	}
	ts.Fatalf("%s did not come: %s", args[0], companyOf(ts).printed)
}
