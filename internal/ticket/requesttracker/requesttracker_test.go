package requesttracker_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"admit/internal/ticket"
	"admit/internal/ticket/markdown"
	"admit/internal/ticket/requesttracker"
	"admit/internal/ticket/tickettest"
)

// server is the Request Tracker that scripts/rt.sh starts.
type server struct {
	url, token string
	hooks      string // the folder of addresses that it calls
}

func rt(t *testing.T) server {
	t.Helper()
	s := server{os.Getenv("ADMIT_TEST_RT_URL"), os.Getenv("ADMIT_TEST_RT_TOKEN"), os.Getenv("ADMIT_TEST_RT_HOOKS")}
	if s.url != "" && s.token != "" && s.hooks != "" {
		return s
	}
	const missing = "no Request Tracker: start one with scripts/rt.sh and export the variables it prints"
	if os.Getenv("CI") != "" {
		t.Fatal(missing)
	}
	t.Skip(missing)
	return s
}

// open returns the provider with these settings beside the address and the token.
func open(t *testing.T, base, token string, more map[string]string) ticket.Provider {
	t.Helper()
	settings := map[string]string{"base_url": base, "token": token}
	maps.Copy(settings, more)
	return tickettest.Open(t, requesttracker.Spec(), settings)
}

// system is the server as the suite uses it.
func (s server) system(t *testing.T) tickettest.System {
	p := open(t, s.url, s.token, nil)
	access, other := s.queue(t, p, "Access"), s.queue(t, p, "Other")
	return tickettest.System{
		URL:          s.url,
		Settings:     map[string]string{"base_url": s.url, "token": s.token},
		Project:      access,
		Assignable:   "alice@example.com",
		Unassignable: "dave@example.com",
		Text:         s.text,
		Rendered:     markdown.Text,
		Creates: func(r *http.Request, _ []byte) bool {
			return r.Method == http.MethodPost && r.URL.Path == "/REST/2.0/ticket"
		},
		Field: s.field(t, p, access, "Risk"), Value: "high", Bad: "nobody knows",
		FieldOf: func(t *testing.T, id string) string { return s.values(t, id)["Risk"] },
		Fulfiller: tickettest.Fulfiller{
			Start:   func(t *testing.T, id string) { s.set(t, id, "open") },
			Done:    func(t *testing.T, id string) { s.set(t, id, "resolved") },
			Decline: func(t *testing.T, id string) { s.set(t, id, "rejected") },
			Odd:     func(t *testing.T, id string) { s.set(t, id, "duplicate") },
			Reopen:  func(t *testing.T, id string) { s.set(t, id, "open") },
			Delete:  func(t *testing.T, id string) { s.alice(t, http.MethodDelete, "/ticket/"+id, nil) },
		},
		Move:     func(t *testing.T, id string) { s.move(t, id, other) },
		Hide:     func(t *testing.T, id string) { s.move(t, id, "Secret") },
		Show:     func(t *testing.T, id string) { s.move(t, id, access) },
		Delivery: delivery,
		Listen:   s.listen,
	}
}

// delivery is what the scrip sends: see webhook.md.
func delivery(_ *testing.T, id, secret string, at time.Time) ticket.Delivery {
	body := fmt.Sprintf(`{"delivery":"%s-%d","ticket":%s}`, id, at.UnixNano(), id)
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "." + body))
	return ticket.Delivery{Body: []byte(body), Header: http.Header{
		"Content-Type": {"application/json"}, "X-Rt-Timestamp": {stamp}, "X-Rt-Signature": {hex.EncodeToString(mac.Sum(nil))},
	}}
}

// listen makes the real scrip call an address, until the test ends.
func (s server) listen(t *testing.T, url, secret string) {
	t.Helper()
	file, err := os.CreateTemp(s.hooks, "hook")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(file.Name()) })
	_, err = fmt.Fprintf(file, "%s\n%s\n", url, secret)
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
}

// field returns the id of a field of a queue's form.
func (server) field(t *testing.T, p ticket.Provider, queue, name string) string {
	t.Helper()
	return formField(t, p, queue, name).ID
}

func formField(t *testing.T, p ticket.Provider, queue, name string) ticket.FormField {
	t.Helper()
	former, ok := p.(ticket.Former)
	if !ok {
		t.Fatal("no forms")
	}
	form, err := former.Form(t.Context(), queue, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range form {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("no field %s in %+v", name, form)
	return ticket.FormField{}
}

// values returns what people see in the custom fields of a ticket, several
// values of one with commas between them, and its due date and priority.
func (s server) values(t *testing.T, id string) map[string]string {
	t.Helper()
	var page struct {
		Due, Priority string
		CustomFields  []struct {
			Name   string
			Values []string
		}
	}
	if err := json.Unmarshal(s.call(t, "root", http.MethodGet, "/ticket/"+id, nil), &page); err != nil {
		t.Fatal(err)
	}
	values := map[string]string{"Due": page.Due, "Priority": page.Priority}
	for _, f := range page.CustomFields {
		values[f.Name] = strings.Join(f.Values, ",")
	}
	return values
}

func (server) queue(t *testing.T, p ticket.Provider, name string) string {
	t.Helper()
	projects, err := p.Projects(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, project := range projects {
		if project.Name == name {
			return project.ID
		}
	}
	t.Fatalf("no queue %s in %v", name, projects)
	return ""
}

// alice calls REST 2.0 as a person does who changes tickets.
func (s server) alice(t *testing.T, method, path string, body map[string]string) []byte {
	t.Helper()
	return s.call(t, "alice", method, path, body)
}

// call calls REST 2.0 as a person.
func (s server) call(t *testing.T, user, method, path string, body map[string]string) []byte {
	t.Helper()
	var sent []byte
	if body != nil {
		sent, _ = json.Marshal(body)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, s.url+"/REST/2.0"+path, bytes.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(user, "password")
	req.Header.Set("Content-Type", "application/json")
	resp, err := tickettest.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s %v", method, path, resp.StatusCode, answer, err)
	}
	return answer
}

func (s server) set(t *testing.T, id, status string) {
	t.Helper()
	said := string(s.alice(t, http.MethodPut, "/ticket/"+id, map[string]string{"Status": status}))
	if !strings.Contains(said, "to '"+status+"'") {
		t.Fatalf("status %s: %s", status, said)
	}
}

func (s server) move(t *testing.T, id, queue string) {
	t.Helper()
	said := string(s.call(t, "root", http.MethodPut, "/ticket/"+id, map[string]string{"Queue": queue}))
	if !strings.Contains(said, "Queue changed") {
		t.Fatalf("move to %s: %s", queue, said)
	}
}

func (s server) text(t *testing.T, id string) string {
	t.Helper()
	var page struct {
		Items []struct{ Content any }
	}
	answer := s.alice(t, http.MethodGet, "/ticket/"+id+"/attachments?fields=Content&per_page=100", nil)
	if err := json.Unmarshal(answer, &page); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, item := range page.Items {
		if text, ok := item.Content.(string); ok {
			all.WriteString(text + "\n")
		}
	}
	return all.String()
}

func TestConformance(t *testing.T) {
	t.Parallel()
	sys := rt(t).system(t)
	tickettest.Run(t, func(t *testing.T) tickettest.Subject { return tickettest.Behind(t, requesttracker.Spec(), sys).Subject })
}

func TestFaults(t *testing.T) {
	t.Parallel()
	sys := rt(t).system(t)
	tickettest.RunFaults(t, func(t *testing.T) tickettest.FaultSubject { return tickettest.Behind(t, requesttracker.Spec(), sys) })
}

// TestCheckFinds breaks one thing after the other.
func TestCheckFinds(t *testing.T) {
	t.Parallel()
	s := rt(t)
	good := open(t, s.url, s.token, nil)
	access := s.queue(t, good, "Access")
	cases := []struct {
		name, base, token string
		settings          map[string]string
		field, says       string
	}{
		{"token", s.url, "1-1-00000000000000000000000000000000", nil, "token", "token"},
		{"address", s.url + "/rt", s.token, nil, "base_url", "REST 2.0"},
		{"key field", s.url, s.token, map[string]string{"key_field": "Nothing"}, "key_field", "no custom field Nothing"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := open(t, c.base, c.token, c.settings)
			findings, err := p.Check(t.Context(), access)
			if err != nil || len(findings) == 0 || findings[0].Field != c.field || !strings.Contains(findings[0].Problem, c.says) {
				t.Errorf("found %+v, %v; want %q about %q", findings, err, c.says, c.field)
			}
		})
	}
	t.Run("create without key field", func(t *testing.T) {
		p := open(t, s.url, s.token, map[string]string{"key_field": "Nothing"})
		_, err := p.Create(t.Context(), ticket.Draft{Key: "abc", Project: access, Title: "t", Body: "b"})
		if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Refused {
			t.Errorf("got %v, want a refusal", err)
		}
		if found, err := p.Find(t.Context(), "abc"); err == nil {
			t.Errorf("found %v, want an error: nothing can be found", found)
		}
	})
}

func TestPerson(t *testing.T) {
	t.Parallel()
	s := rt(t)
	p := open(t, s.url, s.token, nil)
	for _, name := range []string{"alice", "bob", "carol", "dave"} {
		acct, ok, err := p.Account(t.Context(), "", name+"@example.com")
		if err != nil || !ok || !strings.EqualFold(acct.Name, name) {
			t.Errorf("%s: %+v, %v, %v", name, acct, ok, err)
		}
	}
}

func TestPage(t *testing.T) { tickettest.Page(t, "request-tracker", requesttracker.Spec()) }
