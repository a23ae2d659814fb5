package scenario

import (
	"bufio"
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"admit/internal/access"
	"admit/internal/config"
	"admit/internal/testkit"
	"admit/test/live"
)

func (w *world) visitor() *live.Visitor {
	w.Helper()
	return live.NewVisitor(w.T, w.server.URL())
}

func noDemo(cfg *config.Config) { cfg.Demo = false }

// TestSetUp: the first serve on an empty database prints a link that works once.
func TestSetUp(t *testing.T) {
	t.Parallel()
	testkit.ForEachURL(t, func(t *testing.T, databaseURL string) {
		w := start(t, databaseURL, noDemo)
		token := live.SetupToken(t, w.out.String())
		v := w.visitor()
		if status, _ := v.Get("/setup?token=wrong"); status != http.StatusNotFound {
			t.Errorf("a wrong link: %d", status)
		}
		if status, page := v.Get("/setup?token=" + token); status != http.StatusOK || !strings.Contains(page, "password") {
			t.Errorf("the link: %d", status)
		}
		form := func(changes ...string) url.Values {
			all := url.Values{"token": {token}, "email": {"ada@example.com"}, "first_name": {"Ada"}, "last_name": {"Lind"}, "password": {live.Password}}
			for i := 0; i < len(changes); i += 2 {
				all.Set(changes[i], changes[i+1])
			}
			return all
		}
		for _, bad := range [][]string{
			{"email", "nobody"},
			{"email", "a\x00@example.com"},
			{"email", "\xff\xfe@example.com"},
			{"email", strings.Repeat("a", 5000) + "@example.com"},
			{"first_name", "Ada\x00"},
			{"first_name", strings.Repeat("x", 10_000)},
			{"last_name", "\xff"},
			{"password", "short"},
			{"password", strings.Repeat("p", 100_000)},
			{"password", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"},
		} {
			if status, page := v.Post("/setup", form(bad...)); status != http.StatusUnprocessableEntity || strings.Contains(page, "internal") {
				t.Errorf("set up with %.40q: %d", bad, status)
			}
		}
		if _, page := v.Post("/setup", form("password", strings.Repeat("p", 300))); !strings.Contains(page, "at most") {
			t.Error("a password that is too long is not called so")
		}
		if status, _ := v.Post("/setup", form("token", "wrong")); status != http.StatusNotFound {
			t.Errorf("set up with a wrong token: %d", status)
		}
		if status, page := v.Post("/setup", form()); status != http.StatusSeeOther {
			t.Fatalf("set up: %d %s", status, page)
		}
		if status, _ := v.Get("/apps"); status != http.StatusOK {
			t.Errorf("the first admin sees /apps: %d", status)
		}
		late := w.visitor()
		if status, _ := late.Post("/setup", form("email", "eve@example.com")); status != http.StatusNotFound {
			t.Errorf("the link works twice: %d", status)
		}
		if status, _ := late.Get("/setup?token=" + token); status != http.StatusNotFound {
			t.Errorf("the link opens twice: %d", status)
		}
		signInAndInvite(t, w)
	})
}

// signInAndInvite meets the other forms open to everybody.
func signInAndInvite(t *testing.T, w *world) {
	t.Helper()
	v := w.visitor()
	for _, bad := range []url.Values{
		{},
		{"email": {"ada@example.com"}},
		{"email": {"\x00"}, "password": {"\x00"}},
		{"email": {"\xff\xfe"}, "password": {"\xff"}},
		{"email": {"' OR 1=1 --"}, "password": {"' OR 1=1 --"}},
		{"email": {"ada@example.com", "eve@example.com"}, "password": {"wrong password"}},
		{"email": {"ada@example.com"}, "password": {strings.Repeat("p", 200_000)}},
		{"email": {strings.Repeat("é", 50_000)}, "password": {live.Password}},
		{"email": {"<script>alert(1)</script>"}, "password": {"x"}},
	} {
		status, page := v.Post("/sign-in", bad)
		if status < 400 || status > 499 || strings.Contains(page, "<script>alert") {
			t.Errorf("sign in with %.60q: %d", bad, status)
		}
	}
	huge := url.Values{"email": {"ada@example.com"}, "password": {strings.Repeat("p", 1<<20)}}
	if status, _ := v.Post("/sign-in", huge); status < 400 || status > 499 {
		t.Errorf("a form of a megabyte: %d", status)
	}
	if resp, _ := v.Send(http.MethodPost, "/sign-in", live.FormType, []byte("email=%zz&password=%"), nil); resp.StatusCode < 400 || resp.StatusCode > 499 {
		t.Errorf("a form that is none: %d", resp.StatusCode)
	}
	var parts bytes.Buffer
	m := multipart.NewWriter(&parts)
	if err := m.WriteField("email", "ada@example.com"); err != nil || m.Close() != nil {
		t.Fatal(err)
	}
	if resp, _ := v.Send(http.MethodPost, "/sign-in", m.FormDataContentType(), parts.Bytes(), nil); resp.StatusCode < 400 || resp.StatusCode > 499 {
		t.Errorf("a form in parts: %d", resp.StatusCode)
	}
	away := url.Values{"email": {"ada@example.com"}, "password": {live.Password}, "next": {"//evil.example"}}
	resp, _ := w.visitor().Send(http.MethodPost, "/sign-in", live.FormType, []byte(away.Encode()), nil)
	if to := resp.Header.Get("Location"); resp.StatusCode != http.StatusSeeOther && resp.StatusCode != http.StatusTooManyRequests || strings.Contains(to, "evil") {
		t.Errorf("signing in leads to %q: %d", to, resp.StatusCode)
	}

	josh := w.Do("ada", "POST", "/users", live.Object{"email": "josh@example.com", "first_name": "Josh"}).Text("user_id")
	link, err := w.server.Authn.Invite(t.Context(), access.Actor{UserID: w.User("ada"), Role: access.Admin}, josh)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "short", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", strings.Repeat("p", 1000)} {
		if status, _ := v.Post("/invite", url.Values{"token": {link}, "password": {bad}}); status != http.StatusUnprocessableEntity {
			t.Errorf("accept with %.20q: %d", bad, status)
		}
	}
	for _, wrong := range []string{"", "wrong", "\x00", "\xff"} {
		if status, _ := v.Post("/invite", url.Values{"token": {wrong}, "password": {live.Password}}); status != http.StatusNotFound {
			t.Errorf("accept with token %q: %d", wrong, status)
		}
	}
	if status, _ := v.Post("/invite", url.Values{"token": {link}, "password": {live.Password}}); status != http.StatusSeeOther {
		t.Errorf("accept: %d", status)
	}
	if status, _ := w.visitor().Post("/invite", url.Values{"token": {link}, "password": {live.Password}}); status != http.StatusNotFound {
		t.Errorf("accept twice: %d", status)
	}
}

// TestStrangers: posts from elsewhere are refused, every answer is safe, and the
// personas are a demo's only.
func TestStrangers(t *testing.T) {
	t.Parallel()
	w := start(t, testkit.SQLite(t), noDemo)
	v := w.visitor()
	for _, path := range []string{"/sign-in", "/setup", "/invite", "/sign-out", "/v1/apps"} {
		for _, header := range []map[string]string{
			{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"},
		} {
			resp, _ := v.Send(http.MethodPost, path, live.FormType, nil, header)
			if resp.StatusCode != http.StatusForbidden {
				t.Errorf("POST %s with %v: %d", path, header, resp.StatusCode)
			}
			safe(t, path, resp)
		}
	}
	for path, want := range map[string]int{
		"/healthz": 200, "/readyz": 200, "/sign-in": 200, "/": 303, "/apps": 303, "/live?topic=events": 303, "/nothing": 404, "/personas": 404,
		"/v1/apps": 401, "/v1/nothing": 404, "/v1/openapi.json": 200, "/v1/docs": 200, "/assets/nothing.css": 404, "/%00": 404, "/..%2f..%2fetc/passwd": 404,
	} {
		resp, _ := v.Send(http.MethodGet, path, "", nil, nil)
		if resp.StatusCode != want {
			t.Errorf("GET %s: %d, want %d", path, resp.StatusCode, want)
		}
		safe(t, path, resp)
	}
	for path, method := range map[string]string{"/sign-in": "DELETE", "/healthz": "POST", "/v1/apps": "PATCH"} {
		resp, _ := v.Send(method, path, "", nil, nil)
		if resp.StatusCode < 400 || resp.StatusCode > 499 {
			t.Errorf("%s %s: %d", method, path, resp.StatusCode)
		}
		safe(t, path, resp)
	}
	if status, _ := v.Post("/personas", url.Values{"email": {"ada@example.com"}}); status != http.StatusNotFound {
		t.Errorf("a persona without a demo: %d", status)
	}
}

func safe(t *testing.T, path string, resp *http.Response) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
		"Cross-Origin-Opener-Policy": "same-origin", "Permissions-Policy": "camera=()",
	} {
		if got := resp.Header.Get(name); !strings.HasPrefix(got, want) {
			t.Errorf("%s answers with %s %q", path, name, got)
		}
	}
}

// TestLive: an open page hears at once of what changes, and does not keep the
// server from stopping.
func TestLive(t *testing.T) {
	t.Parallel()
	testkit.ForEachURL(t, func(t *testing.T, databaseURL string) {
		w := start(t, databaseURL, nil)
		v := w.visitor()
		if status, _ := v.Post("/personas", url.Values{"email": {"ada@example.com"}}); status != http.StatusSeeOther {
			t.Fatalf("be Ada: %d", status)
		}
		topic := "resource:" + w.Resource("My Role")
		lines := listen(v, "/live?topic="+topic)
		if first := <-lines; !strings.HasPrefix(first, ":") {
			t.Errorf("the stream begins with %q", first)
		}
		w.Add("ana", "My Role", "josh")
		told := time.Now()
		for line := range lines {
			if line == "data: "+topic {
				break
			}
		}
		if took := time.Since(told); took > 5*time.Second {
			t.Errorf("the page heard of it after %v", took)
		}
		if status, _ := v.Get("/live?topic=" + strings.Repeat("x&topic=", 30)); status != http.StatusBadRequest {
			t.Errorf("too many topics: %d", status)
		}
		stopped := time.Now()
		if err := w.stop(); err != nil {
			t.Error(err)
		}
		if took := time.Since(stopped); took > 5*time.Second {
			t.Errorf("with a page open the server took %v to stop", took)
		}
		for range lines { // the stream ends
			continue
		}
	})
}

// listen opens a stream and returns its lines; the channel closes at its end.
func listen(v *live.Visitor, path string) <-chan string {
	v.Helper()
	req, err := http.NewRequestWithContext(v.Context(), http.MethodGet, v.Base+path, http.NoBody)
	if err != nil {
		v.Fatal(err)
	}
	resp, err := v.HTTP.Do(req)
	if err != nil {
		v.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		v.Fatalf("%s: %d %s", path, resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	lines := make(chan string, 100)
	go func() {
		defer close(lines)
		defer resp.Body.Close()
		for scan := bufio.NewScanner(resp.Body); scan.Scan(); {
			if scan.Text() != "" {
				lines <- scan.Text()
			}
		}
	}()
	return lines
}
