package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// Error is why a call failed.
type Error struct {
	Sent bool   // the request may have reached the server; false is certain that it did not
	Msg  string // for people
	Err  error  // the cause, for logs
}

// Error implements error.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Msg + ": " + e.Err.Error()
	}
	return e.Msg
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// MaybeSent reports whether the request may have reached the server.
func (e *Error) MaybeSent() bool { return e.Sent }

// Message says in a sentence for people what went wrong.
func (e *Error) Message() string { return e.Msg }

// transport bounds a call in time and size, and tells what is known when it fails.
type transport struct {
	next     http.RoundTripper
	timeout  time.Duration
	maxBytes int64
}

// RoundTrip implements http.RoundTripper. The time-out is kept here and not in
// http.Client, whose own hides the cause of a failure.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeoutCause(req.Context(), t.timeout,
		fmt.Errorf("no complete answer within %v: %w", t.timeout, context.DeadlineExceeded))
	var sent atomic.Bool
	trace := &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }}
	resp, err := t.next.RoundTrip(req.WithContext(httptrace.WithClientTrace(ctx, trace)))
	if err != nil {
		err = failure(ctx, err, sent.Load())
		cancel()
		return nil, err
	}
	resp.Body = &body{ReadCloser: resp.Body, ctx: ctx, cancel: cancel, left: t.maxBytes}
	return resp, nil
}

// CloseIdleConnections lets http.Client close what nobody uses any more.
func (t *transport) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// body is an answer's body that ends in an *Error when it is too long, too slow or cut off.
type body struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelFunc
	left   int64
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	// One byte more than allowed is asked for, to tell "exactly full" from "too long".
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if int64(n) > b.left {
		n = int(b.left)
		b.left = 0
		return n, &Error{Sent: true, Msg: "the answer is too long"}
	}
	b.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		return n, failure(b.ctx, err, true)
	}
	return n, err
}

// Close implements io.Closer.
func (b *body) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

// failure tells people what err means.
func failure(ctx context.Context, err error, sent bool) *Error {
	if known, ok := errors.AsType[*Error](err); ok {
		return &Error{Sent: sent, Msg: known.Msg, Err: known.Err}
	}
	// A dial that outlives its phase and a call that outlives ctx look alike to people.
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return &Error{Sent: sent, Msg: meaning(err), Err: err}
}

func meaning(err error) string {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "the server's certificate is not trusted"
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "the server does not speak TLS; is the address meant to begin with http://"
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return "the name " + clip(dns.Name) + " cannot be looked up"
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return "the server did not answer in time"
	}
	if errors.Is(err, context.Canceled) {
		return "the call was given up"
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return "the server cannot be reached"
	}
	return "the connection to the server broke"
}
