package servicenow_test

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"admit/internal/ticket"
	"admit/internal/ticket/servicenow"
)

// TestRule runs the script that Spec.Webhook ships: Hear must take what it sends.
func TestRule(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("node"); err != nil && os.Getenv("CI") == "" {
		t.Skip("no node")
	}
	const secret, address = "a secret of thirty-two characters", "https://admit.example.com/webhooks/tickets/1"
	guide := strings.NewReplacer("{{url}}", address, "{{secret}}", secret).Replace(servicenow.Spec().Webhook)
	script := regexp.MustCompile("(?s)```javascript\n(\\s*\\(function.*?)```").FindStringSubmatch(guide)
	if script == nil {
		t.Fatal("there is no script")
	}
	_, p := fake(t, nil)
	listener, ok := p.(ticket.Listener)
	if !ok {
		t.Fatal("nobody listens")
	}
	id := func(c string) string { return strings.Repeat(c, 32) }
	records := map[string]map[string]string{
		id("a"): {"sys_class_name": "incident", "correlation_display": "Admit"},
		id("b"): {"sys_class_name": "incident"},
		id("c"): {"sys_class_name": "sc_req_item", "correlation_display": "Admit", "request": id("1")},
		id("d"): {"sys_class_name": "sc_task", "request_item": id("c")},
		id("e"): {"sys_class_name": "sc_task", "correlation_display": "Admit"},
		id("f"): {"sys_class_name": "sc_task"},
	}
	for name, r := range records {
		r["sys_id"] = name
	}
	for current, want := range map[string][]string{
		"a": {id("a")}, "b": nil, "c": {"order:" + id("1")}, "d": {"order:" + id("1")}, "e": {id("e")}, "f": nil,
	} {
		given, err := json.Marshal(map[string]any{"records": records, "current": id(current)})
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), "node", "testdata/rule.mjs", string(given), secret)
		cmd.Stdin = strings.NewReader(script[1])
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v\n%s", current, err, out)
		}
		var calls []struct {
			URL, Method, Body string
			Headers           map[string]string
		}
		if err := json.Unmarshal(out, &calls); err != nil {
			t.Fatal(err)
		}
		var heard []string
		for _, c := range calls {
			d := ticket.Delivery{Header: http.Header{}, Body: []byte(c.Body), Secret: secret, At: time.Now()}
			for header, value := range c.Headers {
				d.Header.Set(header, value)
			}
			news, err := listener.Hear(d)
			if err != nil || !news.Signed || news.ID == "" || c.URL != address || c.Method != http.MethodPost {
				t.Errorf("%s: %+v was heard as %+v, %v", current, c, news, err)
			}
			heard = append(heard, news.Tickets...)
		}
		if !slices.Equal(heard, want) {
			t.Errorf("%s: heard of %q, want %q", current, heard, want)
		}
	}
}
