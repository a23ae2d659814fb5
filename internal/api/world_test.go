package api_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"admit/internal/access"
	"admit/internal/api"
	"admit/internal/authn"
	"admit/internal/inventory"
	"admit/internal/propagation"
	"admit/internal/request"
	"admit/internal/secret"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/testkit"
	"admit/internal/ticket"
	"admit/internal/ticket/builtin"
)

const publicURL = "https://admit.example.com"

// world is a server with everything real behind it, and people to call it.
type world struct {
	t      testing.TB
	path   string // of the database file
	db     *store.DB
	inv    *inventory.Service
	engine *propagation.Service
	auth   *authn.Service
	server *httptest.Server
	logged *bytes.Buffer
	names
}

// names is what the seed made.
type names struct {
	ids    map[string]string // by a short name
	tokens map[string]string // by the name of a person
}

// open starts a server on a database file.
func open(t testing.TB, databaseURL string) *world {
	t.Helper()
	plain, err := sqldb.Open(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	queue, err := sqldb.NewQueue(plain, &river.Config{})
	if err != nil {
		t.Fatal(err)
	}
	db := &store.DB{DB: plain, Queue: queue, Now: time.Now}
	box, err := secret.NewBox("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		t: t, path: strings.TrimPrefix(databaseURL, "file:"), db: db, inv: &inventory.Service{DB: db}, logged: &bytes.Buffer{},
		names: names{map[string]string{}, map[string]string{}},
	}
	log := slog.New(slog.NewTextHandler(w.logged, nil))
	w.auth = authn.New(db, log, false, false)
	queueSpec := builtin.Spec(plain, publicURL, time.Now)
	w.engine = propagation.New(propagation.Deps{
		DB: db, Registry: ticket.NewRegistry(queueSpec, jira(queueSpec, "jira"), jira(queueSpec, "quiet")), Box: box, Client: &http.Client{},
		Key: key, Shuffle: func(int, func(i, j int)) {}, URL: publicURL, Log: log,
	}, propagation.Config{Window: -1})
	w.server = httptest.NewServer(api.New(api.Services{
		Inventory: w.inv, Requests: &request.Service{DB: db}, Propagation: w.engine, Authn: w.auth, Log: log, Version: "1.2.3",
	}))
	t.Cleanup(w.close)
	return w
}

// in is the same world in a test below.
func (w *world) in(t testing.TB) *world {
	below := *w
	below.t = t
	return &below
}

// close stops the server and closes its database, once.
func (w *world) close() {
	if w.server == nil {
		return
	}
	w.server.Close()
	w.server = nil
	if err := w.db.Close(); err != nil {
		w.t.Error(err)
	}
}

func key() string {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw)
	return hex.EncodeToString(raw)
}

// jira is a kind with secrets that the published API has a word for. Behind it
// is the built-in queue.
func jira(queue ticket.Spec, kind string) ticket.Spec {
	return ticket.Spec{
		Kind: kind, Name: "Jira", About: "For tests.", Project: "project", Batch: 10, Webhook: "Let it call {{url}} with {{secret}}.",
		Open: func(settings map[string]string, client *http.Client) (ticket.Provider, error) {
			p, err := queue.Open(settings, client)
			return system{p}, err
		},
		Fields: []ticket.Field{
			{Name: "base_url", Label: "Address", Type: ticket.URL, Required: true},
			{Name: "token", Label: "Token", Type: ticket.Secret, Required: true},
		},
	}
}

// system is the queue with what ticket systems of the world have.
type system struct{ ticket.Provider }

func (system) Types(context.Context, string) ([]ticket.Type, error) {
	return []ticket.Type{{ID: "10001", Name: "Task"}}, nil
}

func (system) Form(context.Context, string, string) ([]ticket.FormField, error) {
	return []ticket.FormField{
		{ID: "priority", Name: "Priority", Entry: ticket.Choice, Required: true, Options: []ticket.Option{{ID: "3", Name: "Medium"}}},
		{ID: "duedate", Name: "Due date", Entry: ticket.Date, Help: "When it must be done."},
	}, nil
}

func (system) Statuses(context.Context, string) ([]ticket.Ground, error) {
	return []ticket.Ground{{Key: "status:7", Name: "Parked"}, {Key: "category:done", Name: "Done", Outcome: ticket.Yes}}, nil
}

func (system) Hear(ticket.Delivery) (ticket.News, error) { return ticket.News{}, ticket.ErrForged }

// must fails the test for an error.
func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// newWorld seeds a small company on a database of its own.
func newWorld(t testing.TB) *world {
	t.Helper()
	w := open(t, testkit.SQLite(t))
	w.ids["next month"] = time.Now().AddDate(0, 1, 0).UTC().Format(time.RFC3339)
	w.people()
	w.things()
	return w
}

// people are one for each relation an actor can have.
func (w *world) people() {
	t := w.t
	t.Helper()
	if err := w.engine.EnsureBuiltIn(t.Context(), builtin.Kind); err != nil {
		t.Fatal(err)
	}
	for name, role := range map[string]access.Role{
		"ada": access.Admin, "otto": access.Auditor, "mia": access.Member, "ana": access.Member, "rita": access.Member,
		"josh": access.Member, "ben": access.Member, "kim": access.Member,
	} {
		u := access.User{ID: store.NewID(), Email: name + "@example.com", FirstName: strings.ToUpper(name[:1]) + name[1:], LastName: "Example", Role: role}
		if err := w.db.Write(t.Context(), func(tx *store.Write) error {
			u.CreatedAt, u.UpdatedAt = tx.Now, tx.Now
			return store.AddUsers(t.Context(), tx.Tx, u)
		}); err != nil {
			t.Fatal(err)
		}
		w.ids[name] = u.ID
		token, row, err := w.auth.IssueToken(t.Context(), authn.TokenParams{UserID: u.ID, Name: "test"})
		if err != nil {
			t.Fatal(err)
		}
		w.tokens[name], w.ids[name+"'s token"] = token, row.ID
	}
}

// things are made through the API itself: each call must succeed.
func (w *world) things() {
	w.t.Helper()
	id := func(name, field string, got map[string]any) {
		w.ids[name] = text(got, field)
	}
	id("fulfillers", "owner_id", w.do("ada", "POST", "/owners", `{"name":"Fulfillers","user_ids":["{ben}"]}`))
	id("reviewers", "owner_id", w.do("ada", "POST", "/owners", `{"name":"Reviewers","description":"They decide","user_ids":["{rita}"]}`))
	id("spare owner", "owner_id", w.do("ada", "POST", "/owners", `{"name":"Spare","user_ids":["{kim}"]}`))
	id("staff", "group_id", w.do("ada", "POST", "/groups", `{"name":"Staff","user_ids":["{josh}","{kim}"]}`))
	id("payroll", "app_id", w.do("ada", "POST", "/apps", `{"name":"Payroll","admin_owner_id":"{fulfillers}",
		"tickets":{"enabled":true,"provider_id":"`+access.BuiltInProviderID+`","project_id":"access"}}`))
	const reviewed = `"request_configurations":[{"reviewer_stages":[{"operator":"OR","owner_ids":["{reviewers}"]}]}]`
	id("my role", "resource_id", w.do("ada", "POST", "/resources", `{"name":"My Role","app_id":"{payroll}",`+reviewed+`}`))
	id("ledger", "resource_id", w.do("ada", "POST", "/resources", `{"name":"Ledger","app_id":"{payroll}",`+reviewed+`,
		"access_levels":[{"access_level_remote_id":"ro","access_level_name":"Read"},{"access_level_remote_id":"rw","access_level_name":"Write"}]}`))
	id("spare provider", "provider_id", w.do("ada", "POST", "/ticket-providers",
		`{"kind":"jira","name":"Our Jira","settings":{"base_url":"https://jira.example.com","token":"hush-hush"}}`))
	id("quiet provider", "provider_id", w.do("ada", "POST", "/ticket-providers",
		`{"kind":"quiet","name":"Quiet Jira","settings":{"base_url":"https://quiet.example.com","token":"hush-hush"}}`))
	w.do("ada", "PUT", "/ticket-providers/{spare provider}/webhook", "")
	id("request", "id", w.do("josh", "POST", "/requests", `{"reason":"month-end","duration_minutes":60,"resources":[{"id":"{my role}"}],"groups":[]}`))
	w.do("ada", "POST", "/resources/{ledger}/users/{josh}", `{"duration_minutes":0,"access_level_remote_id":"rw"}`)
	w.do("ada", "POST", "/resources/{my role}/users/{kim}", `{"duration_minutes":600}`)
	w.work()
	for _, row := range list(w.do("ada", "GET", "/tickets", ""), "results") {
		w.ids[text(row, "user_email")+"'s ticket"], w.ids[text(row, "user_email")+"'s change"] = text(row, "ticket_id"), text(row, "change_id")
	}
	w.do("ada", "POST", "/tickets/{kim@example.com's ticket}/close", `{"outcome":"declined","reason":"no seat"}`)
	w.assign("josh@example.com's ticket", "ben")
	w.do("ada", "PUT", "/owners/{fulfillers}/users", `{"user_ids":["{ana}"]}`) // ben keeps his ticket only
	id("sync", "sync_id", w.do("ada", "POST", "/resources/{ledger}/sync", ""))
	w.stray()
	id("event", "event_id", list(w.do("ada", "GET", "/events", ""), "results")[0])
}

// stray is a ticket that this database does not know, and that is gone by now.
func (w *world) stray() {
	w.t.Helper()
	stray := access.Stray{
		ID: store.NewID(), ProviderID: access.BuiltInProviderID, RemoteID: store.NewID(), Identifier: "W-99", URL: publicURL + "/work/queue/99",
		Title: "Make sure kim@example.com HAS Ledger in Payroll", Status: "Done", Outcome: "yes", FoundAt: w.db.Time(),
	}
	w.ids["stray"] = stray.ID
	if err := w.db.InTx(w.t.Context(), func(tx *sqldb.Tx) error { return store.AddStrays(w.t.Context(), tx, stray) }); err != nil {
		w.t.Fatal(err)
	}
}

// trouble adds to the seed what does not go by itself: a removal from the vault that
// Kim asks to give up, access of Josh that is in place, and a storm.
func (w *world) trouble() {
	w.t.Helper()
	id := func(name, field string, got map[string]any) {
		w.ids[name] = text(got, field)
	}
	id("keepers", "owner_id", w.do("ada", "POST", "/owners", `{"name":"Keepers","user_ids":["{kim}"]}`))
	id("vault", "resource_id", w.do("ada", "POST", "/resources", `{"name":"Vault","app_id":"{payroll}","admin_owner_id":"{keepers}","risk":"high"}`))
	id("archive", "resource_id", w.do("ada", "POST", "/resources", `{"name":"Archive","app_id":"{payroll}","tickets":{"group":"resource"}}`))
	w.carry("ada", "rita", "vault", "grant", `{"outcome":"done"}`)
	w.carry("ada", "josh", "archive", "grant", `{"outcome":"done"}`)
	w.do("ada", "DELETE", "/resources/{vault}/users/{rita}", "")
	w.carry("", "rita", "vault", "removal", `{"outcome":"declined","reason":"the vault is stuck"}`)
	w.do("kim", "POST", "/changes/{rita's vault removal}/give-up", `{"reason":"it is walled up","until":"{next month}"}`)

	w.do("ada", "PUT", "/settings/engine", `{"storm_above":1}`)
	w.do("ada", "POST", "/resources/{vault}/users/{mia}", `{"duration_minutes":0}`)
	w.do("ada", "POST", "/resources/{vault}/users/{kim}", `{"duration_minutes":0}`)
	w.work()
	id("storm", "storm_id", list(w.do("ada", "GET", "/storms", ""), "storms")[0])
}

// carry has a change of somebody's access to a resource filed, and its ticket closed:
// one that an admin, if any is named, begins by adding them. It is then called
// "PERSON's RESOURCE DIRECTION".
func (w *world) carry(admin, person, resource, direction, end string) {
	w.t.Helper()
	if admin != "" {
		w.do(admin, "POST", "/resources/{"+resource+"}/users/{"+person+"}", `{"duration_minutes":0}`)
	}
	w.work()
	row := list(w.do("ada", "GET", "/tickets?open=true&resource_id={"+resource+"}&user_id={"+person+"}", ""), "results")[0]
	w.ids[person+"'s "+resource+" "+direction] = text(row, "change_id")
	w.do("ada", "POST", "/tickets/"+text(row, "ticket_id")+"/close", end)
	w.work()
}

// assign gives a ticket of the queue to somebody.
func (w *world) assign(ticketName, person string) {
	w.t.Helper()
	w.do(person, "POST", "/tickets/{"+ticketName+"}/take", "")
}

// work does what the job queue would: it reconciles every slot and files what is
// to be filed.
func (w *world) work() {
	t := w.t
	t.Helper()
	slots := must[access.List[access.Holding]](t)(store.Holdings(t.Context(), w.db.Read(), store.SlotFilter{}))
	var ids []string
	for _, s := range slots.Items {
		ids = append(ids, s.ID)
	}
	if err := w.engine.Reconcile(t.Context(), ids); err != nil {
		t.Fatal(err)
	}
	changes := must[access.List[access.AccessChange]](t)(store.Changes(t.Context(), w.db.Read(),
		store.ChangeFilter{States: []access.ChangeState{access.Queued, access.Filing}}))
	for _, c := range changes.Items {
		if _, err := w.engine.File(t.Context(), c.ID); err != nil {
			t.Fatal(err)
		}
	}
}

// snapshot closes a world and returns the content of its database.
func (w *world) snapshot() []byte {
	w.t.Helper()
	w.close()
	return must[[]byte](w.t)(os.ReadFile(w.path))
}

// restore starts a server on a copy of a database, with the same names.
func restore(t testing.TB, content []byte, n names) *world {
	t.Helper()
	path := filepath.Join(t.TempDir(), "admit.db")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	w := open(t, "file:"+path)
	w.names = n
	return w
}

// fill replaces {name} by the id of that name.
func (w *world) fill(s string) string {
	for name, id := range w.ids {
		s = strings.ReplaceAll(s, "{"+name+"}", id)
	}
	return s
}

// call sends a request as somebody, "" for nobody, and returns the whole answer.
func (w *world) call(person, method, path, body string) (status int, header http.Header, answer []byte) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.server.URL+"/v1"+w.fill(path), strings.NewReader(w.fill(body)))
	if err != nil {
		w.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if person != "" {
		r.Header.Set("Authorization", "Bearer "+w.tokens[person])
	}
	return w.send(r)
}

func (w *world) send(r *http.Request) (status int, header http.Header, answer []byte) {
	w.t.Helper()
	resp, err := w.server.Client().Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, answer
}

// do is call for what must succeed with an object or with nothing.
func (w *world) do(person, method, path, body string) map[string]any {
	w.t.Helper()
	status, _, answer := w.call(person, method, path, body)
	if status < 200 || status > 299 {
		w.t.Fatalf("%s %s as %s: %d %s", method, w.fill(path), person, status, answer)
	}
	if len(answer) == 0 {
		return nil
	}
	var got map[string]any
	if err := json.Unmarshal(answer, &got); err != nil {
		w.t.Fatalf("%s %s: %v in %s", method, path, err, answer)
	}
	return got
}

// failure is call for what must fail, in the shape every failure has.
func (w *world) failure(person, method, path, body string, wantStatus int) failed {
	w.t.Helper()
	status, header, answer := w.call(person, method, path, body)
	return checkFailure(w.t, method+" "+path, wantStatus, status, header, answer)
}

type failed struct {
	Code    string            `json:"code"`
	Message string            `json:"message"`
	Fields  map[string]string `json:"fields"`
}

func checkFailure(t testing.TB, what string, wantStatus, status int, header http.Header, answer []byte) failed {
	t.Helper()
	var f failed
	dec := json.NewDecoder(bytes.NewReader(answer))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil || status != wantStatus || f.Code == "" || f.Message == "" || header.Get("Content-Type") != "application/json" {
		t.Errorf("%s: got %d %s %s (%v), want %d in our shape", what, status, header.Get("Content-Type"), answer, err, wantStatus)
	}
	return f
}

func text(v map[string]any, name string) string {
	s, _ := v[name].(string)
	return s
}

func list(v map[string]any, name string) []map[string]any {
	var out []map[string]any
	items, _ := v[name].([]any)
	for _, item := range items {
		if m, ok := item.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

func object(v map[string]any, name string) map[string]any {
	m, _ := v[name].(map[string]any)
	return m
}

// ids of a list, by one of their fields.
func fieldsIn(rows []map[string]any, name string) []string {
	var out []string
	for _, r := range rows {
		out = append(out, text(r, name))
	}
	return out
}
