package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	diff "github.com/google/go-cmp/cmp"

	"admit/internal/access"
)

var update = flag.Bool("update", false, "write the golden files") //nolint:gochecknoglobals // a flag

var (
	uuids  = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	times  = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
	days   = regexp.MustCompile(`(\d{4}-\d\d-\d\d|\d{1,2} [A-Z][a-z]+ \d{4}) \d\d:\d\d(:\d\d)?( UTC)?`)
	tokens = regexp.MustCompile(`admit_[a-z0-9]{26}|/invite\?token=[a-z0-9]{26}`)
	bare   = regexp.MustCompile(`("token_preview"|"token"|"next"|"cursor"): "[^<"]+"`)
	keys   = regexp.MustCompile(`\b[0-9a-f]{32}\b`)
)

// stable replaces what differs from run to run by what it stands for.
func (n names) stable(answer []byte) string {
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, answer, "", "  "); err != nil {
		return string(answer)
	}
	byID := map[string]string{"00000000-0000-0000-0000-000000000000": "zero", access.BuiltInProviderID: "built-in queue"}
	for name, id := range n.ids {
		byID[id] = name
	}
	s := uuids.ReplaceAllStringFunc(pretty.String(), func(id string) string {
		if byID[id] == "" {
			byID[id] = fmt.Sprint("new ", len(byID)-len(n.ids))
		}
		return "<" + byID[id] + ">"
	})
	s = times.ReplaceAllString(s, "<time>")
	s = days.ReplaceAllString(s, "<day>")
	s = tokens.ReplaceAllString(s, "<opaque>")
	s = bare.ReplaceAllString(s, `$1: "<opaque>"`)
	return keys.ReplaceAllString(s, "<key>")
}

// heads are the lists of which a golden file keeps the newest only.
var heads = map[string]string{
	"getEvents":  "/events?page_size=2",
	"getTickets": "/tickets?open=true",
	"getUsers":   "/users?page_size=2",
}

// TestGoldenAnswers compares the answer of every operation, byte by byte but for
// ids and times, with the one in testdata. Run with -update to write them, and
// read what changed.
func TestGoldenAnswers(t *testing.T) {
	t.Parallel()
	seed := newWorld(t)
	seed.trouble()
	all := operations(t, seed)
	content, known := seed.snapshot(), seed.names
	people := map[string]string{"approveRequest": "rita", "cancelRequest": "josh", "createRequest": "josh", "getTokens": "josh"}
	for _, o := range all {
		t.Run(o.id, func(t *testing.T) {
			t.Parallel()
			w := restore(t, content, known)
			c := walk[o.id]
			if c.path == "" {
				c.path = o.path
			}
			if head := heads[o.id]; head != "" {
				c.path = head
			}
			person := people[o.id]
			if person == "" {
				person = "ada"
			}
			status, _, answer := w.call(person, o.method, c.path, c.body)
			got := fmt.Sprintf("%s /v1%s\n%d\n%s", o.method, c.path, status, known.stable(answer))
			got = strings.TrimRight(got, "\n") + "\n"
			file := filepath.Join("testdata", "golden", o.id+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if d := diff.Diff(string(want), got); d != "" {
				t.Errorf("answer changed (-want +got):\n%s", d)
			}
		})
	}
}
