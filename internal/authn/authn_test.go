package authn_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"admit/internal/access"
	"admit/internal/authn"
	"admit/internal/sqldb"
	"admit/internal/store"
	"admit/internal/testkit"
)

// cheap is a cost of hashing for tests.
var cheap = authn.Cost{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

const password = "correct horse battery"

// door is a fresh installation.
type door struct {
	*testing.T
	s     *authn.Service
	db    *store.DB
	mu    sync.Mutex
	clock time.Time
}

func onBoth(t *testing.T, demo bool, fn func(d *door)) {
	t.Helper()
	t.Parallel()
	testkit.ForEachDB(t, func(t *testing.T, db *sqldb.DB) {
		queue, err := sqldb.NewQueue(db, &river.Config{})
		if err != nil {
			t.Fatal(err)
		}
		d := &door{T: t, clock: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}
		d.db = &store.DB{DB: db, Queue: queue, Now: d.now}
		d.s = authn.NewWithCost(d.db, slog.New(slog.DiscardHandler), true, demo, cheap)
		fn(d)
	})
}

func (d *door) now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.clock
}

func (d *door) wait(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.clock = d.clock.Add(by)
}

// visit runs fn as one request with a cookie, and returns the cookie after it.
func (d *door) visit(cookie string, fn func(ctx context.Context)) string {
	d.Helper()
	r := httptest.NewRequestWithContext(d.Context(), http.MethodGet, "https://admit.example.com/", nil)
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	w := httptest.NewRecorder()
	d.s.Sessions.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { fn(r.Context()) })).ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || !strings.HasPrefix(c.Name, "__Host-") {
			d.Errorf("a cookie that is not safe: %+v", c)
		}
		cookie = c.Name + "=" + c.Value
	}
	return cookie
}

// setUp makes Ada the first admin and returns her and her cookie.
func (d *door) setUp() (access.User, string) {
	d.Helper()
	token, err := d.s.SetupToken(d.Context())
	if err != nil || token == "" {
		d.Fatalf("token %q, %v", token, err)
	}
	var ada access.User
	cookie := d.visit("", func(ctx context.Context) {
		if ada, err = d.s.SetUp(ctx, token, authn.SetupParams{Email: "ada@example.com", Password: password}); err != nil {
			d.Fatal(err)
		}
	})
	return ada, cookie
}

// who returns the e-mail a cookie is signed in as.
func (d *door) who(cookie string) (email string) {
	d.Helper()
	d.visit(cookie, func(ctx context.Context) {
		actor, _, err := d.s.Actor(ctx)
		if err != nil {
			d.Fatal(err)
		}
		email = actor.Email
	})
	return email
}

func (d *door) signIn(email, word, from string) (cookie string, err error) {
	cookie = d.visit("", func(ctx context.Context) { _, err = d.s.SignIn(ctx, email, word, from) })
	return cookie, err
}

func TestSetUpWorksOnce(t *testing.T) {
	onBoth(t, false, func(d *door) {
		old, err := d.s.SetupToken(d.Context())
		if err != nil {
			d.Fatal(err)
		}
		d.visit("", func(ctx context.Context) {
			_, err := d.s.SetUp(ctx, old, authn.SetupParams{Email: "eve", Password: "short"})
			e, ok := errors.AsType[*access.Error](err)
			if !ok || e.Fields["email"] == "" || e.Fields["password"] == "" {
				d.Errorf("got %v, want every problem named", err)
			}
		})
		_, cookie := d.setUp()
		if d.who(cookie) != "ada@example.com" {
			d.Error("the first admin is not signed in")
		}
		if token, err := d.s.SetupToken(d.Context()); err != nil || token != "" {
			d.Errorf("a second set-up link: %q, %v", token, err)
		}
		d.visit("", func(ctx context.Context) {
			_, err := d.s.SetUp(ctx, old, authn.SetupParams{Email: "eve@example.com", Password: password})
			if !errors.Is(err, access.NotFound) {
				d.Errorf("an old link made an admin: %v", err)
			}
		})
	})
}

func TestSignIn(t *testing.T) {
	onBoth(t, false, func(d *door) {
		ada, _ := d.setUp()
		cookie, err := d.signIn(" ADA@example.com", password, "1.2.3.4")
		if err != nil || d.who(cookie) != "ada@example.com" {
			d.Fatalf("signed in as %q, %v", d.who(cookie), err)
		}
		for _, try := range [][2]string{{"ada@example.com", "wrong"}, {"nobody@example.com", password}, {"\xff", ""}, {"ada@example.com", ""}} {
			if _, err := d.signIn(try[0], try[1], "1.2.3.4"); !errors.Is(err, access.Unauthenticated) {
				d.Errorf("%q: %v", try, err)
			}
		}
		if d.who("__Host-admit_session=forged") != "" {
			d.Error("a forged cookie is somebody")
		}
		stored, err := sqldb.Select[string](d.Context(), d.db.Read(), `SELECT token FROM sessions`)
		if err != nil {
			d.Fatal(err)
		}
		for _, token := range stored {
			if strings.Contains(cookie, token) {
				d.Error("the token is stored as it is")
			}
		}
		d.visit(cookie, func(ctx context.Context) {
			if err := d.s.SignOut(ctx); err != nil {
				d.Error(err)
			}
		})
		if d.who(cookie) != "" {
			d.Error("signed out, and still somebody")
		}
		events, err := store.Events(d.Context(), d.db.Read(), store.EventFilter{UserID: ada.ID, Type: access.SignedIn})
		if err != nil || len(events.Items) != 2 {
			d.Errorf("%d sign-ins on record, %v", len(events.Items), err)
		}
	})
}

func TestTriesAreLimited(t *testing.T) {
	onBoth(t, false, func(d *door) {
		d.setUp()
		limited := false
		for range 12 {
			_, err := d.signIn("ada@example.com", "wrong", "1.2.3.4")
			limited = limited || errors.Is(err, access.RateLimited)
		}
		if !limited {
			d.Fatal("twelve wrong passwords in a row were all checked")
		}
		if _, err := d.signIn("ada@example.com", password, "9.9.9.9"); !errors.Is(err, access.RateLimited) {
			d.Errorf("the right password from elsewhere: %v; the e-mail is limited too", err)
		}
		d.wait(time.Minute)
		if _, err := d.signIn("ada@example.com", password, "1.2.3.4"); err != nil {
			d.Errorf("after a minute: %v", err)
		}
	})
}

// TestAnOfficeBehindOneAddress: many people may sign in from one address at once,
// but not without end.
func TestAnOfficeBehindOneAddress(t *testing.T) {
	onBoth(t, false, func(d *door) {
		for i := range 120 {
			_, err := d.signIn(fmt.Sprintf("p%d@example.com", i), "wrong", "1.2.3.4")
			want := access.Unauthenticated
			if i >= 100 {
				want = access.RateLimited
			}
			if !errors.Is(err, want) {
				d.Fatalf("try %d: %v, want %s", i, err, want)
			}
		}
	})
}

func TestSessionsEnd(t *testing.T) {
	onBoth(t, false, func(d *door) {
		ada, cookie := d.setUp()
		if err := d.db.InTx(d.Context(), func(tx *sqldb.Tx) error {
			now := d.db.Time()
			ada.DeletedAt = &now
			return store.UpdateUser(d.Context(), tx, ada)
		}); err != nil {
			d.Fatal(err)
		}
		if d.who(cookie) != "" {
			d.Error("a deleted user is still signed in")
		}
	})
}

func TestTokens(t *testing.T) {
	onBoth(t, false, func(d *door) {
		ctx := d.Context()
		user, _ := d.setUp()
		ada := access.ActorFor(user, "web")
		end := d.now().Add(time.Hour)
		token, row, err := d.s.CreateToken(ctx, ada, authn.TokenParams{Name: "script", Expires: &end})
		if err != nil || !strings.HasPrefix(token, "admit_") || strings.Contains(row.Hash, token) || !strings.HasSuffix(token, row.Preview) {
			d.Fatalf("%q, %+v, %v", token, row, err)
		}
		actor, err := d.s.Bearer(ctx, "bearer "+token)
		if err != nil || actor.UserID != user.ID || actor.TokenName != "script" || actor.Via != "api" {
			d.Errorf("%+v, %v", actor, err)
		}
		for _, header := range []string{"", token, "Bearer ", "Bearer x", "Basic " + token, "Bearer " + token + "x", "Bearer " + strings.Repeat("a", 1000)} {
			if _, err := d.s.Bearer(ctx, header); !errors.Is(err, access.Unauthenticated) {
				d.Errorf("%.20q: %v", header, err)
			}
		}
		stranger := access.Actor{UserID: store.NewID(), Role: access.Member}
		if err := d.s.RevokeToken(ctx, stranger, row.ID); !errors.Is(err, access.Forbidden) {
			d.Errorf("a stranger revoked it: %v", err)
		}
		if _, _, err := d.s.CreateToken(ctx, stranger, authn.TokenParams{UserID: user.ID, Name: "x"}); !errors.Is(err, access.Forbidden) {
			d.Errorf("a stranger made one: %v", err)
		}
		d.wait(2 * time.Hour)
		if _, err := d.s.Bearer(ctx, "Bearer "+token); !errors.Is(err, access.Unauthenticated) {
			d.Errorf("past its end: %v", err)
		}
		token, row, err = d.s.CreateToken(ctx, ada, authn.TokenParams{Name: "other"})
		if err != nil {
			d.Fatal(err)
		}
		if err := d.s.RevokeToken(ctx, ada, row.ID); err != nil {
			d.Fatal(err)
		}
		if _, err := d.s.Bearer(ctx, "Bearer "+token); !errors.Is(err, access.Unauthenticated) {
			d.Errorf("revoked: %v", err)
		}
	})
}

func TestInvite(t *testing.T) {
	onBoth(t, false, func(d *door) {
		ctx := d.Context()
		user, _ := d.setUp()
		ada := access.ActorFor(user, "web")
		josh := access.User{ID: store.NewID(), Email: "josh@example.com", Role: access.Member, CreatedAt: d.now(), UpdatedAt: d.now()}
		if err := d.db.InTx(ctx, func(tx *sqldb.Tx) error { return store.AddUsers(ctx, tx, josh) }); err != nil {
			d.Fatal(err)
		}
		if _, err := d.s.Invite(ctx, access.ActorFor(josh, "web"), user.ID); !errors.Is(err, access.Forbidden) {
			d.Errorf("a member made a link for an admin: %v", err)
		}
		token, err := d.s.Invite(ctx, ada, josh.ID)
		if err != nil {
			d.Fatal(err)
		}
		accept := func(token, word string) (err error) {
			d.visit("", func(ctx context.Context) { _, err = d.s.Accept(ctx, token, word) })
			return err
		}
		if err := accept(token, "short"); !errors.Is(err, access.Invalid) {
			d.Errorf("a short password: %v", err)
		}
		if err := accept(token, password); err != nil {
			d.Fatal(err)
		}
		if err := accept(token, "another long one"); !errors.Is(err, access.NotFound) {
			d.Errorf("the link worked twice: %v", err)
		}
		if _, err := d.signIn("josh@example.com", password, "1.1.1.1"); err != nil {
			d.Errorf("the password does not work: %v", err)
		}
		late, err := d.s.Invite(ctx, ada, josh.ID)
		if err != nil {
			d.Fatal(err)
		}
		d.wait(80 * time.Hour)
		if err := accept(late, password); !errors.Is(err, access.NotFound) {
			d.Errorf("an old link worked: %v", err)
		}
	})
}

func TestPersonasAreForTheDemo(t *testing.T) {
	onBoth(t, false, func(d *door) {
		d.setUp()
		if _, err := d.s.Personas(d.Context()); !errors.Is(err, access.NotFound) {
			d.Errorf("personas: %v", err)
		}
		d.visit("", func(ctx context.Context) {
			if _, err := d.s.Persona(ctx, "ada@example.com"); !errors.Is(err, access.NotFound) {
				d.Errorf("signed in without a password: %v", err)
			}
		})
	})
}

func TestPassword(t *testing.T) {
	onBoth(t, false, func(d *door) {
		user, _ := d.setUp()
		ada := access.ActorFor(user, "web")
		if err := d.s.SetPassword(d.Context(), ada, "wrong", "a new long one"); !errors.Is(err, access.Invalid) {
			d.Errorf("changed with a wrong old password: %v", err)
		}
		if err := d.s.SetPassword(d.Context(), ada, password, "a new long one"); err != nil {
			d.Fatal(err)
		}
		if _, err := d.signIn("ada@example.com", "a new long one", "1.1.1.1"); err != nil {
			d.Errorf("the new password: %v", err)
		}
	})
}
