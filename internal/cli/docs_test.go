package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const docs = "../../docs/cli.md"

// TestDocsAreTrue compares docs/cli.md with the commands there are. With UPDATE
// set it writes the file instead.
func TestDocsAreTrue(t *testing.T) {
	t.Parallel()
	want := writeDocs(newRoot())
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(docs, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/cli.md is not true; UPDATE=1 go test ./internal/cli writes it (-want +got):\n%s", diff)
	}
}

// TestEveryCommandIsWellFormed holds the commands to what the help promises.
func TestEveryCommandIsWellFormed(t *testing.T) {
	t.Parallel()
	walk(newRoot(), func(cmd *cobra.Command) {
		name := cmd.CommandPath()
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%s: what it does in one line, without a full stop: %q", name, cmd.Short)
		}
		if cmd.HasSubCommands() {
			return
		}
		if cmd.RunE == nil {
			t.Errorf("%s does nothing", name)
		}
		if strings.Contains(cmd.Use, " ") && cmd.ValidArgsFunction == nil {
			t.Errorf("%s does not complete its arguments", name)
		}
		cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				t.Errorf("%s --%s has no help", name, f.Name)
			}
		})
	})
}

func newRoot() *cobra.Command {
	s := &session{CLI: &CLI{Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard, Now: time.Now}}
	return s.root()
}

func walk(cmd *cobra.Command, visit func(*cobra.Command)) {
	visit(cmd)
	for _, c := range cmd.Commands() {
		walk(c, visit)
	}
}

func writeDocs(root *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# The command line\n\n%s\n\nLists and single things are tables for people; `--output json` prints what the API\nanswers, as it is, for scripts. Lists show 200 rows; `--limit` says how many, and a list\nlonger than a page of the API has the rows of all its pages in the one answer.\n", about)
	fmt.Fprintf(&b, "\n%s\n\n```console\n%s```\n", exits, example)
	b.WriteString("\n`admit completion bash|zsh|fish|powershell` prints a script that completes commands, flags,\nand, from the server, e-mails, apps, resources, owners, groups, requests and tickets.\n")
	b.WriteString("\nEvery command takes `--help`. Flags of all commands: `--server`, `--token`, `--output`.\n")
	b.WriteString("\n| command | what it does | flags |\n|---|---|---|\n")
	walk(root, func(cmd *cobra.Command) {
		if cmd.HasSubCommands() {
			return
		}
		var flags []string
		cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) { flags = append(flags, "`--"+f.Name+"`") })
		use := strings.TrimSuffix(cmd.UseLine(), " [flags]")
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", use, cmd.Short, strings.Join(flags, " "))
	})
	return b.String()
}

const example = `$ export ADMIT_SERVER=https://admit.example.com ADMIT_TOKEN=admit_...
$ admit request create "Payroll/My Role" --for 30d --reason "I start on Monday"
Created request 01a20a86-f3b9-716b-809b-a1ceaa5d8044.
$ admit approve 01a20a86-f3b9-716b-809b-a1ceaa5d8044 --comment Welcome
$ admit resource users "Payroll/My Role"
$ admit ticket close AR-1 --outcome done
`
