package cli_test

import (
	"bytes"
	"maps"
	"strings"
	"testing"
	"time"

	"admit/internal/cli"
)

// runMain runs a command line on the first of March 2027 at noon.
func runMain(t *testing.T, env map[string]string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, problems bytes.Buffer
	world := cli.CLI{
		Stdin: strings.NewReader(""), Stdout: &out, Stderr: &problems, Env: maps.Clone(env),
		Now: func() time.Time { return time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC) }, Version: "1.2.3",
	}
	code = cli.Main(t.Context(), &world, args)
	return code, out.String(), problems.String()
}

func TestWrongUsageIsExitCode2(t *testing.T) {
	t.Parallel()
	env := map[string]string{"ADMIT_TOKEN": "x", "ADMIT_SERVER": "http://127.0.0.1:1"}
	for line, says := range map[string]string{
		"nonsense":                     `admit has no command "nonsense".`,
		"usr":                          `is it user?`,
		"user lst":                     `admit user has no command "lst"; is it list?`,
		"user get":                     "USER is required.",
		"resource add-user":            "RESOURCE is required.\nUSER is required.",
		"user get a b":                 `argument "b" is one too many.`,
		"user list --nonsense":         "unknown flag: --nonsense.",
		"user list --limit many":       `invalid argument "many"`,
		"user list --limit -1":         "--limit must not be negative.",
		"user list -o xml":             "--output must be table or json.",
		"user list --server nowhere":   "--server must be an address such as https://admit.example.com.",
		"user list --token a\tb":       "--token must be an API token",
		"user create":                  "--email is required.",
		"user create --role king":      "--email is required.\n--role must be one of admin, auditor, member.",
		"user update a@b.c":            "there is nothing to change: use --email, --first-name,",
		"app create --tickets maybe":   "--admin-owner is required.\n--name is required.\n--tickets must be one of on, off.",
		"request create":               "RESOURCE is required.",
		"request create X --for soon":  "--for must be a duration such as 30m, 8h, 90d or 2w, or indefinite.\n--reason is required.",
		"deny 1":                       "--comment is required: say why.",
		"ticket close 1 --outcome odd": "--outcome must be one of done, declined.",
		"provider create --set x":      "--kind is required.\n--name is required.",
		"ticket close":                 "TICKET is required.",
		"change give-up 1":             "--reason is required.",
		"change give-up 1 --until x":   "--reason is required.\n--until must be a duration such as",
		"storm release 1":              "--changes is required.",
		"storm release 1 --changes x":  `invalid argument "x"`,
		"settings set":                 "there is nothing to change: use --storm-above, --tickets-per-hour, --file.",
		"settings set --file nowhere":  "--file names a file that cannot be read.",
		"app create --assign me":       "--assign must be one of random, least_open, round_robin, person, queue, on_call.",
		"token create --expires never": "--expires must be a duration such as",
		"user get \xff":                "argument 3 must be valid UTF-8 text.",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			code, out, problems := runMain(t, env, strings.Split(line, " ")...)
			if code != 2 || out != "" || !strings.Contains(problems, says) {
				t.Errorf("code %d, stdout %q, stderr %q; want %q", code, out, problems, says)
			}
		})
	}
}

func TestNoTokenIsExitCode3(t *testing.T) {
	t.Parallel()
	code, _, problems := runMain(t, nil, "user", "list")
	if code != 3 || !strings.Contains(problems, "no API token: set ADMIT_TOKEN or --token") {
		t.Errorf("code %d, %q", code, problems)
	}
}

func TestHelpAndVersion(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"--help"}, {"help"}} {
		code, out, problems := runMain(t, nil, args...)
		if code != 0 || problems != "" || !strings.Contains(out, "Exit codes: 0 done") || !strings.Contains(out, "approve") {
			t.Errorf("%v: code %d, %q, %q", args, code, out, problems)
		}
	}
	if code, out, _ := runMain(t, nil, "version"); code != 0 || out != "admit 1.2.3\n" {
		t.Errorf("code %d, %q", code, out)
	}
	secret := map[string]string{"ADMIT_TOKEN": "admit_secret"}
	if _, out, _ := runMain(t, secret, "user", "list", "--help"); strings.Contains(out, "admit_secret") {
		t.Error("the help shows the token")
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if code, out, _ := runMain(t, nil, "completion", shell); code != 0 || !strings.Contains(out, "admit") {
			t.Errorf("completion %s: code %d", shell, code)
		}
	}
}
