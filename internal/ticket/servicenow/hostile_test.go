package servicenow

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"admit/internal/ticket"
)

// transport answers without a network.
type transport func(*http.Request) string

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) {
	header := http.Header{"Content-Type": {"application/json"}, "Date": {"Mon, 23 Nov 2026 12:00:00 GMT"}}
	return &http.Response{StatusCode: http.StatusOK, Header: header, Body: io.NopCloser(strings.NewReader(f(r)))}, nil
}

func faked(t testing.TB, answer transport) *Provider {
	t.Helper()
	settings, err := Spec().Validate(map[string]string{
		"base_url": "https://example.service-now.com", "user": "admit", "password": "secret", "key_variable": "admit_key",
	})
	if err != nil {
		t.Fatal(err)
	}
	opened, err := Spec().Open(settings, &http.Client{Transport: answer})
	p, ok := opened.(*Provider)
	if err != nil || !ok {
		t.Fatal(err)
	}
	return p
}

const (
	someID  = "9c573169c611228700193229fff72400"
	someKey = "0123456789abcdef0123456789abcdef"
)

// wireTicket is an incident as ServiceNow sends it.
func wireTicket(state, active string) string {
	return `{"sys_id":{"display_value":"` + someID + `","value":"` + someID + `"},"sys_class_name":{"display_value":"Incident","value":"incident"},
		"number":{"display_value":"INC0010001","value":"INC0010001"},"state":{"display_value":"New","value":"` + state + `"},
		"active":{"display_value":"true","value":"` + active + `"},"approval":{"display_value":"Not Yet Requested","value":"not requested"},
		"short_description":{"display_value":"Give access","value":"Give access"},"correlation_id":{"display_value":"` + someKey + `","value":"` + someKey + `"},
		"correlation_display":{"display_value":"Admit","value":"Admit"},"assigned_to":{"display_value":"","value":""},
		"sys_created_on":{"display_value":"23.11.2026 19:00:00","value":"2026-11-23 10:00:00"},
		"sys_updated_on":{"display_value":"23.11.2026 19:00:00","value":"2026-11-23 10:00:00"},"sys_mod_count":"0"}`
}

// TestRow reads both forms of a record.
func TestRow(t *testing.T) {
	t.Parallel()
	p := faked(t, func(*http.Request) string {
		return `{"result":[{"sys_id":"a","state":"1","active":true,"sys_mod_count":7,"assigned_to":{"link":"https://x","value":"b"},"n":null}]}`
	})
	page, err := p.http.search(t.Context(), search{table: task, most: 1})
	if err != nil || len(page.rows) != 1 {
		t.Fatal(page, err)
	}
	for field, want := range map[string]string{"sys_id": "a", "state": "1", "active": "true", "sys_mod_count": "7", "assigned_to": "b", "n": "", "x": ""} {
		if got := page.rows[0].get(field); got != want {
			t.Errorf("%s is %q, want %q", field, got, want)
		}
	}
}

// TestFullBatch reads as many tickets as one call can name, behind a gateway that
// takes the count away.
func TestFullBatch(t *testing.T) {
	t.Parallel()
	var ids, rows []string
	for n := range batch {
		id := fmt.Sprintf("%032x", n)
		ids, rows = append(ids, id), append(rows, strings.ReplaceAll(wireTicket("1", "true"), someID, id))
	}
	p := faked(t, func(*http.Request) string { return `{"result":[` + strings.Join(rows, ",") + `]}` })
	if got, err := p.Read(t.Context(), ids); err != nil || len(got) != batch {
		t.Errorf("read %d, %v; want %d", len(got), err, batch)
	}
}

// TestGivenUpWhileMarking: an order that was found is never taken for none, also
// when nobody waits for the answer any more.
func TestGivenUpWhileMarking(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p := faked(t, func(r *http.Request) string {
		if r.Method == http.MethodPatch {
			cancel()
			return `{"result":{"sys_id":"` + someID + `"}}`
		}
		return `{"result":[{"request_item":"` + someID + `","request_item.request":"` + someID + `","sc_item_option.value":"` + someKey + `"}]}`
	})
	if ids, err := p.begun(ctx, someKey); err == nil && len(ids) != 1 {
		t.Errorf("found %q without an error, want the order", ids)
	}
	if ctx.Err() == nil {
		t.Error("the order was not marked")
	}
}

// TestOrderWithoutRequest finds an order whose request may not be read: by itself
// its item says nothing of its tasks.
func TestOrderWithoutRequest(t *testing.T) {
	t.Parallel()
	item := strings.Replace(wireTicket("3", "false"), `"value":"incident"`, `"value":"sc_req_item"`, 1)
	p := faked(t, func(r *http.Request) string {
		if strings.HasSuffix(r.URL.Path, "/task") {
			return `{"result":[` + item + `]}`
		}
		return `{"result":[]}`
	})
	if found, err := p.Find(t.Context(), someKey); err == nil {
		t.Errorf("found %+v; want an error", found)
	}
}

// TestStillActive reads a state that is delivered as an end, in a company that
// gave its number to something else.
func TestStillActive(t *testing.T) {
	t.Parallel()
	p := faked(t, nil)
	for _, c := range []struct {
		table, state, active string
		want                 ticket.Outcome
	}{
		{catalogTask, "3", "false", ticket.Yes},
		{catalogTask, "3", "true", ticket.Unclear},
		{order, "3", "true", ticket.Unclear},
		{incident, "6", "true", ticket.Yes}, // resolved, and not closed yet
		{incident, "7", "true", ticket.Unclear},
		{incident, "7", "false", ticket.Yes},
		{catalogTask, "4", "true", ticket.No},
	} {
		r := row{"sys_class_name": {c.table, c.table}, "state": {c.state, "x"}, "active": {c.active, c.active}}
		if got := ticket.Outcomes(nil).Judge(p.grounds(r, nil)); got != c.want {
			t.Errorf("%+v reads as %s", c, got)
		}
	}
}

// TestMadeAndUnreadable files a ticket whose record comes back without its times:
// it is known all the same.
func TestMadeAndUnreadable(t *testing.T) {
	t.Parallel()
	record := strings.Replace(wireTicket("1", "true"), "sys_created_on", "x", 1)
	p := faked(t, func(*http.Request) string { return `{"result":` + record + `}` })
	d := ticket.Draft{Key: someKey, Project: catalogTask, Title: "t", Body: "b"}
	made, err := p.Create(t.Context(), d)
	if f := ticket.FailureOf(err); err == nil || f.Certainty != ticket.Ambiguous || made.ID != someID || made.Identifier != "INC0010001" || made.URL == "" || made.Project != catalogTask {
		t.Errorf("made %+v, %v; want its reference", made, err)
	}
}

// TestPagesInCircles meets a server that shows the same page for ever.
func TestPagesInCircles(t *testing.T) {
	t.Parallel()
	rows := strings.Repeat(","+wireTicket("1", "true"), batch)[1:]
	p := faked(t, func(*http.Request) string { return `{"result":[` + rows + `]}` })
	at := ticket.Cursor{Floor: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}.String()
	for range 3 {
		page, err := p.Changed(t.Context(), at)
		if err != nil {
			if ticket.FailureOf(err).Trouble != ticket.Malformed {
				t.Errorf("got %v, want a malformed answer", err)
			}
			return
		}
		at = page.Cursor
	}
	t.Error("paging goes on for ever")
}

// TestQueries sees to it that a poll asks for what it should.
func TestQueries(t *testing.T) {
	t.Parallel()
	var asked []string
	p := faked(t, func(r *http.Request) string {
		asked = append(asked, r.URL.Query().Get("sysparm_query"))
		return `{"result":[]}`
	})
	c := ticket.Cursor{Floor: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}
	inside := c
	inside.From, inside.Page = c.Floor, "2026-11-23 12:00:05/"+someID+"/100"
	for _, at := range []ticket.Cursor{c, inside} {
		if _, err := p.Changed(t.Context(), at.String()); err != nil {
			t.Fatal(err)
		}
	}
	const ours = "correlation_display=Admit^ORref_sc_task.request_item.correlation_display=Admit"
	for i, want := range []string{
		ours + "^sys_updated_on>=2026-11-23 11:58:00^ORDERBYsys_updated_on^ORDERBYsys_id",
		ours + "^sys_updated_on>=2026-11-23 12:00:05^sys_updated_on>2026-11-23 12:00:05^ORsys_id>" + someID + "^ORDERBYsys_updated_on^ORDERBYsys_id",
	} {
		if asked[i] != want {
			t.Errorf("asked %s\nwant  %s", asked[i], want)
		}
	}
}

func FuzzPlace(f *testing.F) {
	for _, page := range []string{"", "2026-11-23 12:00:05/" + someID + "/100", "2026-11-23 12:00:05//0", "a/b/c", "2026-11-23 12:00:05/a^ORb/0", "//"} {
		f.Add(page)
	}
	f.Fuzz(func(t *testing.T, page string) {
		at := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
		w, err := parsePlace(ticket.Cursor{Floor: at, From: at, Page: page})
		if err == nil && strings.Count(w.condition(), "^") > 3 {
			t.Errorf("%q asks %s", page, w.condition())
		}
	})
}

// FuzzAnswer gives every call the same arbitrary answer: what comes out is a sane
// ticket or a failure.
func FuzzAnswer(f *testing.F) {
	one := wireTicket("1", "true")
	f.Add([]byte(`{"result":[` + one + `]}`))
	f.Add([]byte(`{"result":` + one + `}`))
	f.Add([]byte(`{"result":[` + strings.Replace(one, "Give access", `\u0000\n\u202e`+strings.Repeat("x", 1000), 2) + `]}`))
	for _, answer := range []string{
		`null`, `[]`, `{}`, `""`, `0`, `{"result":null}`, `{"result":[null]}`, `{"result":[[]]}`, `{"result":{}}`, `{"result":[{}]}`,
		`{"result":[{"sys_id":{}}]}`, `{"result":[{"sys_id":[]}]}`, `{"result":[{"sys_id":{"value":1}}]}`, `{"result":[{"sys_id":1e400}]}`,
		`{"error":{"message":"No Record found","detail":"x"},"status":"failure"}`,
		`{"result":[],"error":{"message":"Transaction cancelled","detail":null},"status":"failure"}`,
		`{"result":{"sys_id":"` + someID + `","request_id":"` + someID + `","request_number":"REQ1","variables":[{"name":"admit_key","children":[{"children":[{}]}]}]}}`,
		`{"result":[{"sys_id":"` + someID + `","sys_class_name":"sc_req_item","ref_sc_req_item.request":"` + someID + `"}]}`,
		`{"result":[{"request_item":"x","sc_item_option.value":"` + someKey + `"}]}`,
	} {
		f.Add([]byte(answer))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		p := faked(t, func(*http.Request) string { return string(answer) })
		var all []ticket.Snapshot
		var failures []error
		take := func(s []ticket.Snapshot, err error) { all, failures = append(all, s...), append(failures, err) }
		take(p.Read(t.Context(), []string{someID, "order:" + someID}))
		take(p.Find(t.Context(), someKey))
		for _, project := range []string{incident, catalogPrefix + someID} {
			made, err := p.Create(t.Context(), ticket.Draft{Key: someKey, Project: project, Title: "t", Body: "b"})
			if failures = append(failures, err); made.ID != "" {
				all = append(all, made)
			}
			_, form := p.Form(t.Context(), project, "")
			_, check := p.Check(t.Context(), project)
			failures = append(failures, form, check)
		}
		page, changed := p.Changed(t.Context(), ticket.Cursor{Floor: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}.String())
		take(page.Tickets, changed)
		if _, again := ticket.ParseCursor("ServiceNow", page.Cursor); changed == nil && again != nil {
			t.Errorf("the cursor %q cannot be used: %v", page.Cursor, again)
		}
		_, _, account := p.Account(t.Context(), incident, "alice@example.com")
		_, projects := p.Projects(t.Context())
		_, statuses := p.Statuses(t.Context(), "")
		failures = append(failures, account, projects, statuses, p.Comment(t.Context(), someID, "c"), p.Close(t.Context(), "order:"+someID, "c"))
		for _, err := range failures {
			if _, ok := errors.AsType[*ticket.Failure](err); err != nil && !ok {
				t.Errorf("%T is no failure: %v", err, err)
			}
		}
		for _, s := range all {
			if !isTicket(s.ID) || len([]rune(s.Title)) > 200 || strings.ContainsAny(s.Title+s.Status+s.Key+s.Reason, "\n\x00") {
				t.Errorf("%+v", s)
			}
		}
	})
}

func signed(secret, body string, at time.Time) ticket.Delivery {
	stamp := strconv.FormatInt(at.Unix(), 10)
	return ticket.Delivery{
		Header: http.Header{
			timeHeader: {stamp}, signHeader: {base64.StdEncoding.EncodeToString(signature(secret, stamp, []byte(body)))},
		},
		Body: []byte(body), Secret: secret, At: at,
	}
}

func FuzzHear(f *testing.F) {
	for _, body := range []string{
		`{"delivery":"2f3a","tickets":["` + someID + `"]}`, `{"delivery":"2f3a","tickets":["order:` + someID + `","../x",""]}`,
		`{}`, `null`, `[]`, ``, `{"tickets":[1]}`, `{"tickets":null,"delivery":{}}`,
	} {
		f.Add([]byte(body), "1795608000", "x")
	}
	p := faked(f, func(*http.Request) string { return "" })
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, body []byte, stamp, sign string) {
		if news, err := p.Hear(ticket.Delivery{Header: http.Header{timeHeader: {stamp}, signHeader: {sign}}, Body: body, Secret: "s", At: now}); err == nil {
			t.Errorf("heard %+v without a signature", news)
		}
		news, err := p.Hear(signed("s", string(body), now))
		if err != nil || !news.Signed || len(news.Tickets) > mostHeard {
			t.Errorf("heard %+v, %v", news, err)
		}
		for _, id := range news.Tickets {
			if !isTicket(id) {
				t.Errorf("heard of ticket %q", id)
			}
		}
	})
}

// TestHear has a signature made with openssl: the base64 of an HMAC, as
// GlideCertificateEncryption makes it.
func TestHear(t *testing.T) {
	t.Parallel()
	p := faked(t, func(*http.Request) string { return "" })
	at := time.Unix(1795608000, 0)
	d := signed("sample_key", `{"delivery":"d","tickets":["`+someID+`","order:`+someID+`"]}`, at)
	if got := d.Header.Get(signHeader); got != "hQWyZFGkcmmONfDV4mhgFAdbLlQ9T1AIws5je/oOa1M=" {
		t.Errorf("the signature is %s", got)
	}
	news, err := p.Hear(d)
	if err != nil || news.ID != "d" || len(news.Tickets) != 2 {
		t.Errorf("heard %+v, %v", news, err)
	}
	for name, change := range map[string]func(*ticket.Delivery){
		"too old":      func(d *ticket.Delivery) { d.At = at.Add(maxAge + time.Second) },
		"too early":    func(d *ticket.Delivery) { d.At = at.Add(-maxAge - time.Second) },
		"other time":   func(d *ticket.Delivery) { d.Header.Set(timeHeader, "1795608001") },
		"no secret":    func(d *ticket.Delivery) { d.Secret = "" },
		"other body":   func(d *ticket.Delivery) { d.Body = []byte("{}") },
		"no time":      func(d *ticket.Delivery) { d.Header.Del(timeHeader) },
		"not base64":   func(d *ticket.Delivery) { d.Header.Set(signHeader, "%") },
		"no signature": func(d *ticket.Delivery) { d.Header.Del(signHeader) },
	} {
		odd := signed("sample_key", `{"delivery":"d","tickets":[]}`, at)
		change(&odd)
		if news, err := p.Hear(odd); !errors.Is(err, ticket.ErrForged) {
			t.Errorf("%s: heard %+v, %v; want it refused", name, news, err)
		}
	}
}

// TestNoCodeOfDone has resolution codes of which nobody has said what they mean.
func TestNoCodeOfDone(t *testing.T) {
	t.Parallel()
	const choice = `{"name":"incident","element":"close_code","value":"Handed over","label":"Handed over","language":"en"}`
	p := faked(t, func(r *http.Request) string {
		switch {
		case r.Method != http.MethodGet:
			t.Errorf("%s %s", r.Method, r.URL)
		case strings.HasSuffix(r.URL.Path, "/sys_choice"):
			return `{"result":[` + choice + `]}`
		}
		return `{"result":[` + wireTicket("1", "true") + `]}`
	})
	if err := p.Complete(t.Context(), someID, "Done by Carol."); !ticket.IsRefusal(err) || !strings.Contains(err.Error(), "resolution code") {
		t.Errorf("%v; want a refusal that says what is missing", err)
	}
}
