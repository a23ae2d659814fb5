package live

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"testing"
)

// Password is a password that is good enough.
const Password = "correct horse battery"

// FormType is what a browser sends a form as.
const FormType = "application/x-www-form-urlencoded"

// Visitor comes with a browser's cookies, and follows no redirect.
type Visitor struct {
	*testing.T
	Base string
	HTTP *http.Client
}

// NewVisitor returns a visitor of the server at base.
func NewVisitor(t *testing.T, base string) *Visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &Visitor{T: t, Base: base, HTTP: &http.Client{
		Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	t.Cleanup(v.HTTP.CloseIdleConnections)
	return v
}

// Send sends a request and returns the answer with its body read.
func (v *Visitor) Send(method, path, contentType string, body []byte, header map[string]string) (*http.Response, string) {
	v.Helper()
	ctx, cancel := context.WithTimeout(v.Context(), Patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, v.Base+path, bytes.NewReader(body))
	if err != nil {
		v.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := v.HTTP.Do(req)
	if err != nil {
		v.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		v.Fatalf("%s %s: %v", method, path, err)
	}
	return resp, string(text)
}

// Get opens a page.
func (v *Visitor) Get(path string) (int, string) {
	v.Helper()
	resp, text := v.Send(http.MethodGet, path, "", nil, nil)
	return resp.StatusCode, text
}

// Post sends a form.
func (v *Visitor) Post(path string, form url.Values) (int, string) {
	v.Helper()
	resp, text := v.Send(http.MethodPost, path, FormType, []byte(form.Encode()), nil)
	return resp.StatusCode, text
}

var setupLink = regexp.MustCompile(`/setup\?token=(\S+)`)

// SetupToken is the token of the one-time link that was printed.
func SetupToken(t *testing.T, printed string) string {
	t.Helper()
	found := setupLink.FindStringSubmatch(printed)
	if found == nil {
		t.Fatalf("no set-up link in %q", printed)
	}
	return found[1]
}
