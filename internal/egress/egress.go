// Package egress makes the one kind of HTTP client that Admit speaks to other
// systems with. Their addresses are typed in by people, so the client refuses
// to reach into the network Admit runs in unless the operator allowed it.
package egress

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

const (
	defaultTimeout  = 30 * time.Second
	defaultMaxBytes = 16 << 20
	connectTimeout  = 10 * time.Second
	maxRedirects    = 5
)

// Options of a client. The zero value is a good client for the public internet.
type Options struct {
	AllowPrivate []netip.Prefix // addresses to allow although they are private, loopback or otherwise special
	Timeout      time.Duration  // for a whole call, its answer's body included; 0 means 30 seconds
	MaxBytes     int64          // most bytes of an answer's body; 0 means 16 MiB
	TLS          *tls.Config    // nil: the system's trusted certificates
}

// New returns a client whose every failure is an *Error inside the *url.Error
// of net/http. It
//
//   - connects to no address that is not public, unless AllowPrivate has it.
//     This is decided for each connection, after the name was looked up, so a
//     name that changes its address gains nothing;
//   - follows no redirect to another host, port or from https to http;
//   - gives up when connecting, waiting or reading takes too long;
//   - uses no proxy and keeps no cookies.
func New(o Options) *http.Client {
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.MaxBytes <= 0 {
		o.MaxBytes = defaultMaxBytes
	}
	phase := min(o.Timeout, connectTimeout)
	dialer := &net.Dialer{
		Timeout:   phase,
		KeepAlive: 30 * time.Second,
		ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
			return check(address, o.AllowPrivate)
		},
	}
	return &http.Client{
		CheckRedirect: checkRedirect,
		Transport: &transport{
			timeout:  o.Timeout,
			maxBytes: o.MaxBytes,
			next: &http.Transport{
				DialContext:            dialer.DialContext,
				TLSClientConfig:        o.TLS,
				TLSHandshakeTimeout:    phase,
				ResponseHeaderTimeout:  o.Timeout,
				ExpectContinueTimeout:  time.Second,
				MaxResponseHeaderBytes: 64 << 10,
				MaxIdleConnsPerHost:    8,
				IdleConnTimeout:        90 * time.Second,
				ForceAttemptHTTP2:      true,
			},
		},
	}
}

func checkRedirect(req *http.Request, via []*http.Request) error {
	from := via[len(via)-1].URL
	switch {
	case len(via) > maxRedirects:
		return &Error{Sent: true, Msg: "the server redirects in circles"}
	case req.URL.Host != from.Host:
		return &Error{Sent: true, Msg: "the server redirects to another host, " + clip(req.URL.Host) + "; use the address it redirects to, if you trust it"}
	case from.Scheme == "https" && req.URL.Scheme != "https":
		return &Error{Sent: true, Msg: "the server redirects from https to http"}
	}
	return nil
}

func clip(host string) string {
	const most = 100
	if len(host) > most {
		return host[:most] + "..."
	}
	return host
}
