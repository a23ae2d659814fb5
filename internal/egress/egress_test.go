package egress_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"admit/internal/egress"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// fetch makes one POST and reads the whole answer.
func fetch(ctx context.Context, client *http.Client, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader("hello"))
	if err != nil {
		return "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return string(b), err
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// raw accepts connections and hands each to talk.
func raw(t *testing.T, talk func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			talk(c)
			c.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return "http://" + l.Addr().String()
}

func readRequest(c net.Conn) {
	req, err := http.ReadRequest(bufio.NewReader(c))
	if err == nil {
		_, _ = io.Copy(io.Discard, req.Body)
	}
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		_, _ = w.Write(append([]byte("got "), b...))
	})
	got, err := fetch(t.Context(), egress.New(egress.Options{AllowPrivate: loopback, MaxBytes: 9}), url)
	if err != nil || got != "got hello" {
		t.Fatalf("got %q, %v", got, err)
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	hang := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}
	closed := func(t *testing.T) string {
		s := httptest.NewServer(http.NotFoundHandler())
		s.Close()
		return s.URL
	}
	cases := []struct {
		name    string
		server  func(t *testing.T) string
		options egress.Options
		sent    bool
		says    string
	}{
		{
			name:   "refused address",
			server: func(t *testing.T) string { return serve(t, hang) },
			says:   "ADMIT_ALLOW_PRIVATE",
		},
		{
			name:    "nobody listens",
			server:  closed,
			options: egress.Options{AllowPrivate: loopback},
			says:    "cannot be reached",
		},
		{
			name:    "unknown name",
			server:  func(*testing.T) string { return "http://nobody.invalid" },
			options: egress.Options{AllowPrivate: loopback},
			says:    "nobody.invalid",
		},
		{
			name: "not trusted",
			server: func(t *testing.T) string {
				s := httptest.NewUnstartedServer(http.NotFoundHandler())
				s.Config.ErrorLog = nil
				s.StartTLS()
				t.Cleanup(s.Close)
				return s.URL
			},
			options: egress.Options{AllowPrivate: loopback},
			says:    "certificate",
		},
		{
			name:    "not TLS",
			server:  func(t *testing.T) string { return strings.Replace(serve(t, hang), "http:", "https:", 1) },
			options: egress.Options{AllowPrivate: loopback},
			says:    "TLS",
		},
		{
			name:    "no answer in time",
			server:  func(t *testing.T) string { return serve(t, hang) },
			options: egress.Options{AllowPrivate: loopback, Timeout: 200 * time.Millisecond},
			sent:    true,
			says:    "in time",
		},
		{
			name: "half an answer in time",
			server: func(t *testing.T) string {
				return serve(t, func(w http.ResponseWriter, r *http.Request) {
					_, _ = w.Write([]byte("half"))
					_ = http.NewResponseController(w).Flush()
					hang(w, r)
				})
			},
			options: egress.Options{AllowPrivate: loopback, Timeout: 200 * time.Millisecond},
			sent:    true,
			says:    "in time",
		},
		{
			name:    "broken before the answer",
			server:  func(t *testing.T) string { return raw(t, readRequest) },
			options: egress.Options{AllowPrivate: loopback},
			sent:    true,
			says:    "broke",
		},
		{
			name: "broken in the answer",
			server: func(t *testing.T) string {
				return raw(t, func(c net.Conn) {
					readRequest(c)
					_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
				})
			},
			options: egress.Options{AllowPrivate: loopback},
			sent:    true,
			says:    "broke",
		},
		{
			name: "too long",
			server: func(t *testing.T) string {
				return serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 1001)) })
			},
			options: egress.Options{AllowPrivate: loopback, MaxBytes: 1000},
			sent:    true,
			says:    "too long",
		},
		{
			name: "redirect elsewhere",
			server: func(t *testing.T) string {
				other := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("followed") })
				return serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other, http.StatusTemporaryRedirect) })
			},
			options: egress.Options{AllowPrivate: loopback},
			sent:    true,
			says:    "another host",
		},
		{
			name: "redirect in circles",
			server: func(t *testing.T) string {
				return serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) })
			},
			options: egress.Options{AllowPrivate: loopback},
			sent:    true,
			says:    "circles",
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := fetch(t.Context(), egress.New(c.options), c.server(t))
			failure, ok := errors.AsType[*egress.Error](err)
			if !ok {
				t.Fatalf("got %T %v, want an *egress.Error", err, err)
			}
			if failure.MaybeSent() != c.sent {
				t.Errorf("sent = %v, want %v: %v", failure.Sent, c.sent, err)
			}
			if !strings.Contains(failure.Message(), c.says) {
				t.Errorf("message %q does not say %q", failure.Msg, c.says)
			}
		})
	}
}

func TestRedirectHere(t *testing.T) {
	t.Parallel()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/there" {
			http.Redirect(w, r, "/there", http.StatusFound)
			return
		}
		_, _ = w.Write([]byte("arrived"))
	})
	got, err := fetch(t.Context(), egress.New(egress.Options{AllowPrivate: loopback}), url)
	if err != nil || got != "arrived" {
		t.Fatalf("got %q, %v", got, err)
	}
}

func TestCanceled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		cancel()
		<-r.Context().Done()
	})
	_, err := fetch(ctx, egress.New(egress.Options{AllowPrivate: loopback}), url)
	failure, ok := errors.AsType[*egress.Error](err)
	if !ok || !failure.Sent || !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want a canceled call that may have been sent", err)
	}
}
