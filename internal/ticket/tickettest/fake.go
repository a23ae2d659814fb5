package tickettest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// What fake servers of JSON interfaces have in common. What is a system's own is
// written out in its fake.

// Serve starts a fake server on loopback until the test ends, and then waits for
// its deliveries. The address is in url before anybody calls.
func Serve(t testing.TB, url *string, handler http.Handler, out *Deliveries) {
	t.Helper()
	out.client = &http.Client{Transport: &http.Transport{}}
	server := httptest.NewUnstartedServer(handler)
	*url = "http://" + server.Listener.Addr().String()
	server.Start()
	t.Cleanup(func() {
		server.Close() // so that no delivery begins any more
		out.sent.Wait()
		out.client.CloseIdleConnections()
	})
}

// Deliveries are the calls of webhooks that a fake server makes once it serves.
type Deliveries struct {
	sent   sync.WaitGroup
	client *http.Client
}

// Post calls a webhook, once, and does not wait for the answer. The test's own
// context is over when the last are waited for.
func (d *Deliveries) Post(to string, header http.Header, body []byte) {
	d.sent.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
		if err != nil {
			return
		}
		req.Header = header
		if resp, err := d.client.Do(req); err == nil {
			resp.Body.Close()
		}
	})
}

// Call is a call of a fake server.
type Call struct {
	*http.Request

	W    http.ResponseWriter
	Path []string // behind what all paths begin with
	Sent []byte   // the body
}

// NewCall reads a call. path is what the fake looks at of its path.
func NewCall(w http.ResponseWriter, r *http.Request, path string) Call {
	body, _ := io.ReadAll(r.Body) // what is cut off is no JSON
	return Call{Request: r, W: w, Path: strings.Split(path, "/"), Sent: body}
}

// Is reports whether the call is of this method and path; "*" is any part.
func (c Call) Is(method string, parts ...string) bool {
	if c.Method != method || len(parts) != len(c.Path) {
		return false
	}
	for i, p := range parts {
		if p != "*" && p != c.Path[i] {
			return false
		}
	}
	return true
}

// ID returns a part of the path as a number, 0 if it is none.
func (c Call) ID(part int) int64 {
	n, _ := strconv.ParseInt(c.Path[part], 10, 64)
	return n
}

// Read reads the body as a v. What v does not know is an error.
func (c Call) Read(v any) error {
	d := json.NewDecoder(bytes.NewReader(c.Sent))
	d.DisallowUnknownFields()
	return d.Decode(v)
}

// Say answers with JSON.
func (c Call) Say(status int, body any) {
	c.W.Header().Set("Content-Type", "application/json; charset=utf-8")
	c.W.WriteHeader(status)
	_ = json.NewEncoder(c.W).Encode(body) // the caller may be gone
}

// SayHTML answers as what is no interface does.
func (c Call) SayHTML(status int, page string) {
	c.W.Header().Set("Content-Type", "text/html")
	c.W.WriteHeader(status)
	_, _ = io.WriteString(c.W, page) // the caller may be gone
}

// OrNull is v as JSON, null where it is nothing.
func OrNull[T comparable](v T) any {
	if v == *new(T) {
		return nil
	}
	return v
}
