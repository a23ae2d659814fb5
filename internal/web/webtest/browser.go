package webtest

import (
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
)

// Browser visits pages as somebody, without script. It does not follow
// redirects: a test wants to see them.
type Browser struct {
	t      *testing.T
	url    string
	client *http.Client
}

// Answer is what a page answered.
type Answer struct {
	*goquery.Document
	t      *testing.T
	Status int
	Header http.Header
	Body   string
}

// Nobody is a browser in which nobody is signed in.
func (c *Company) Nobody() *Browser {
	c.T.Helper()
	jar, err := cookiejar.New(nil)
	check(c.T, err)
	return &Browser{t: c.T, url: c.server.URL, client: &http.Client{
		Jar: jar, Transport: c.server.Client().Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// As is a browser in which one of the people is signed in.
func (c *Company) As(email string) *Browser {
	c.T.Helper()
	b := c.Nobody()
	if a := b.Post("/test/be", url.Values{"email": {email}}); a.Status != http.StatusOK {
		c.T.Fatalf("sign in as %s: %d %s", email, a.Status, a.Body)
	}
	return b
}

// Get visits a page.
func (b *Browser) Get(path string) Answer {
	b.t.Helper()
	return b.send(http.MethodGet, path, "", nil)
}

// Post sends a form.
func (b *Browser) Post(path string, form url.Values) Answer {
	b.t.Helper()
	return b.send(http.MethodPost, path, form.Encode(), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
}

// PostInPlace sends a form as a dialog does.
func (b *Browser) PostInPlace(path string, form url.Values) Answer {
	b.t.Helper()
	return b.send(http.MethodPost, path, form.Encode(), http.Header{
		"Content-Type": {"application/x-www-form-urlencoded"}, "Hx-Request": {"true"},
	})
}

func (b *Browser) send(method, path, body string, header http.Header) Answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, strings.NewReader(body))
	check(b.t, err)
	maps.Copy(r.Header, header)
	w, err := b.client.Do(r)
	check(b.t, err)
	text, err := io.ReadAll(w.Body)
	check(b.t, err)
	check(b.t, w.Body.Close())
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(string(text)))
	check(b.t, err)
	return Answer{Document: doc, t: b.t, Status: w.StatusCode, Header: w.Header, Body: string(text)}
}

// Is fails the test unless the page answered with a status, and returns it.
func (a Answer) Is(status int) Answer {
	a.t.Helper()
	if a.Status != status {
		a.t.Fatalf("status %d, want %d: %s", a.Status, status, a.Say("main"))
	}
	return a
}

// LeadsTo fails the test unless the page redirected to a path.
func (a Answer) LeadsTo(path string) Answer {
	a.t.Helper()
	a.Is(http.StatusSeeOther)
	if to := a.Header.Get("Location"); to != path {
		a.t.Fatalf("leads to %q, want %q", to, path)
	}
	return a
}

// Say is the text of a part of the page, with single blanks.
func (a Answer) Say(selector string) string {
	return strings.Join(strings.Fields(a.Find(selector).Text()), " ")
}

// Says fails the test unless a part of the page says all of these.
func (a Answer) Says(selector string, wanted ...string) Answer {
	a.t.Helper()
	text := a.Say(selector)
	for _, each := range wanted {
		if !strings.Contains(text, each) {
			a.t.Errorf("%s does not say %q: %s", selector, each, text)
		}
	}
	return a
}

// SaysNot fails the test if a part of the page says any of these.
func (a Answer) SaysNot(selector string, unwanted ...string) Answer {
	a.t.Helper()
	text := a.Say(selector)
	for _, each := range unwanted {
		if strings.Contains(text, each) {
			a.t.Errorf("%s says %q: %s", selector, each, text)
		}
	}
	return a
}

// Has fails the test unless the page has exactly n of these elements.
func (a Answer) Has(n int, selector string) Answer {
	a.t.Helper()
	if found := a.Find(selector).Length(); found != n {
		a.t.Errorf("%d of %s, want %d", found, selector, n)
	}
	return a
}
