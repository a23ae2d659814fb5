// Package mailtest is a mail server in this process: it speaks real SMTP, keeps
// what it is sent, and goes wrong on demand.
package mailtest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

const patience = 10 * time.Second

// Options of a Server. The zero value takes mail from everybody, without TLS.
type Options struct {
	TLS            TLS
	Name           string // whom the certificate is for; "" for 127.0.0.1, where the server is
	User, Password string // who must sign in; "" for nobody
}

// TLS is how a Server does TLS.
type TLS string

// The ways.
const (
	NoTLS       TLS = ""
	StartTLS    TLS = "STARTTLS"
	ImplicitTLS TLS = "implicit"
)

// Server is a mail server on loopback.
type Server struct {
	URL   string         // with user and password
	Roots *x509.CertPool // trusts its certificate; nil without TLS

	options  Options
	smtp     *smtp.Server
	listener *listener
	stop     sync.Once
	stopped  chan struct{}
	held     chan struct{}

	mu    sync.Mutex
	fault Fault
	mails []Mail
	news  chan struct{} // closed when a mail comes
}

// New starts a server that stops when the test ends.
func New(t testing.TB, options Options) *Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listen for mail: %v", err)
	}
	s := &Server{
		options: options, listener: &listener{Listener: l}, stopped: make(chan struct{}), held: make(chan struct{}, 100), news: make(chan struct{}),
	}
	u := url.URL{Scheme: "smtp", Host: l.Addr().String()}
	if options.User != "" {
		u.User = url.UserPassword(options.User, options.Password)
	}
	s.smtp = smtp.NewServer(smtp.BackendFunc(s.session))
	s.smtp.ErrorLog, s.smtp.Domain, s.smtp.EnableSMTPUTF8 = quiet{}, "mail.test", true
	s.smtp.AllowInsecureAuth = options.TLS == NoTLS
	if options.TLS != NoTLS {
		s.smtp.TLSConfig, s.Roots = certificate(t, options.Name)
		u.RawQuery = "tls=starttls"
	}
	var serve net.Listener = s.listener
	if options.TLS == ImplicitTLS {
		serve = tls.NewListener(s.listener, s.smtp.TLSConfig)
		u.Scheme, u.RawQuery = "smtps", ""
	}
	s.URL = u.String()
	go func() { _ = s.smtp.Serve(serve) }() // Stop ends it
	t.Cleanup(s.Stop)
	return s
}

// Stop ends the server: from now on nobody listens at its address.
func (s *Server) Stop() {
	s.stop.Do(func() {
		close(s.stopped)
		s.listener.hangUp()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		_ = s.smtp.Shutdown(ctx) // waits for every conversation
	})
}

// Inject makes every mail go wrong from now on, until Inject(None).
func (s *Server) Inject(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// Held receives a value when a conversation begins to hang.
func (s *Server) Held() <-chan struct{} { return s.held }

// Mails returns what came so far, oldest first.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...)
}

// Wait returns the nth mail, counted from 1. It waits for it, and ends the test
// if it does not come.
func (s *Server) Wait(t testing.TB, n int) Mail {
	t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		s.mu.Lock()
		mails, news := s.mails, s.news
		s.mu.Unlock()
		if len(mails) >= n {
			return mails[n-1]
		}
		select {
		case <-news:
		case <-late.C:
			t.Fatalf("%d mails came, want %d", len(mails), n)
		}
	}
}

func (s *Server) keep(m Mail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mails = append(s.mails, m)
	close(s.news)
	s.news = make(chan struct{})
}

// listener remembers its connections, to end them all.
type listener struct {
	net.Listener

	mu     sync.Mutex
	conns  []net.Conn
	closed bool
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns = append(l.conns, c)
	if l.closed {
		c.Close()
	}
	return c, nil
}

func (l *listener) hangUp() {
	l.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, c := range l.conns {
		c.Close()
	}
}

type quiet struct{}

// Printf implements smtp.Logger.
func (quiet) Printf(string, ...any) {}

// Println implements smtp.Logger.
func (quiet) Println(...any) {}
