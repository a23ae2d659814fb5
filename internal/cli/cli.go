// Package cli is the command line of Admit. Commands speak the REST API like any
// other program; only serve, demo and token create run in this process. One
// constructor for a command, one file for a noun.
package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"admit/internal/access"
)

// CLI is what the commands know of the world. They touch nothing else.
type CLI struct {
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
	Env     map[string]string
	Now     func() time.Time
	Version string
}

// Main runs one command line, without the program's name, and returns the exit
// code. It ends soon after ctx does.
func Main(ctx context.Context, c *CLI, args []string) int {
	s := &session{CLI: c}
	err := validArgs(args)
	if err == nil {
		root := s.root() //nolint:contextcheck // commands have the context that cobra hands them
		root.SetArgs(args)
		err = root.ExecuteContext(ctx)
	}
	if err != nil && access.CodeOf(err) == "" && !s.began {
		err = &access.Error{Code: access.Invalid, Msg: err.Error()} // cobra's own words about the command line
	}
	if err != nil {
		report(c.Stderr, err)
	}
	return exitCode(err)
}

// validArgs refuses what no name or text can be, before anybody works with it.
func validArgs(args []string) error {
	var wrong access.Problems
	for i, arg := range args {
		if !utf8.ValidString(arg) {
			wrong.Add(fmt.Sprintf("argument %d", i+1), "must be valid UTF-8 text")
		}
	}
	return wrong.Err()
}

// session is one run of the command line: its world and the flags that all
// commands share.
type session struct {
	*CLI
	server string
	token  string
	output string
	began  bool // the command line was understood: what fails now is the work
}

const about = `Admit gives people access, and has it really happen.

The commands speak to a running server. Say which one, and who you are, with
ADMIT_SERVER and ADMIT_TOKEN, or with --server and --token. Things are named by
their id or by what people call them: a user by e-mail, an app, owner, group or
ticket provider by name, a resource as "App/Resource".`

const exits = `Exit codes: 0 done, 1 another failure, 2 wrong usage or input, 3 not signed in
or not allowed, 4 not found, 5 conflict with the state of things, 6 server not
reachable or not available.`

func (s *session) root() *cobra.Command {
	root := group("admit", "Access requests that end in access", about+"\n\n"+exits,
		s.serve(), s.demo(), s.tokens(),
		s.requests(), s.approve(), s.deny(), s.tickets(), s.changes(),
		s.users(), s.groups(), s.owners(), s.apps(), s.resources(), s.providers(), s.strays(), s.storms(), s.settings(), s.events(),
		s.version())
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetIn(s.Stdin)
	root.SetOut(s.Stdout)
	root.SetErr(s.Stderr)
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		if s.output != "table" && s.output != "json" {
			return access.Problems{"--output": "must be table or json"}.Err()
		}
		s.began = true
		return nil
	}
	f := root.PersistentFlags()
	f.StringVar(&s.server, "server", "", "address of the server (default $ADMIT_SERVER, else "+defaultServer+")")
	f.StringVar(&s.token, "token", "", "API token (default $ADMIT_TOKEN)")
	f.StringVarP(&s.output, "output", "o", "table", "table, or json: what the API answers, for scripts")
	s.complete(root, "output", fixed("table", "json"))
	return root
}

// group returns a command that only holds others.
func group(use, short, long string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Long: long, Args: cobra.ArbitraryArgs}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		msg := fmt.Sprintf("%s has no command %q", cmd.CommandPath(), args[0])
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			msg += "; is it " + strings.Join(near, " or ") + "?"
		}
		return access.Errorf(access.Invalid, "%s", msg)
	}
	cmd.SuggestionsMinimumDistance = 1
	cmd.AddCommand(commands...)
	return cmd
}

// action is what a command does with its arguments.
type action func(cmd *cobra.Command, args []string) error

// command returns a command whose arguments are named in its usage line, such
// as "get USER": all of them are needed, and no more are taken.
func command(use, short string, run action) *cobra.Command {
	names := strings.Fields(use)[1:]
	return &cobra.Command{Use: use, Short: short, Args: exactly(names), RunE: run}
}

func exactly(names []string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		var wrong access.Problems
		for i, name := range names {
			if i >= len(args) || strings.TrimSpace(args[i]) == "" {
				wrong.Add(name, "is required")
			}
		}
		for _, extra := range args[min(len(args), len(names)):] {
			wrong.Add(fmt.Sprintf("argument %q", extra), "is one too many")
		}
		return wrong.Err()
	}
}

func (s *session) version() *cobra.Command {
	return command("version", "Print the version of this program", func(*cobra.Command, []string) error {
		_, err := fmt.Fprintln(s.Stdout, "admit", s.Version)
		return err
	})
}
