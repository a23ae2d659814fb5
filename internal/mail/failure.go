package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strings"
)

// Failure is why a mail was not sent.
type Failure struct {
	Permanent bool   // sending it again is no use; otherwise it is, maybe after the operator mended something
	Msg       string // for people: the server's own words where it gave some; never a secret
	Err       error  // the cause, for logs
}

// Error implements error.
func (f *Failure) Error() string {
	if f.Err != nil {
		return f.Msg + ": " + f.Err.Error()
	}
	return f.Msg
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// IsPermanent reports whether sending a mail again is no use.
func IsPermanent(err error) bool {
	f, ok := errors.AsType[*Failure](err)
	return ok && f.Permanent
}

// refused is what went wrong where the server may say no to this one mail. At
// any other step it says no to every mail.
type refused struct{ error }

// Unwrap returns the cause.
func (r refused) Unwrap() error { return r.error }

func (s *Sender) failure(ctx context.Context, err error) *Failure {
	if reply, ok := errors.AsType[*textproto.Error](err); ok {
		_, aboutMail := errors.AsType[refused](err)
		said := short(fmt.Sprintf("%d %s", reply.Code, reply.Msg))
		return &Failure{Permanent: aboutMail && isFinal(reply), Msg: fmt.Sprintf("the mail server %s said %s", s.server, said)}
	}
	f := &Failure{Err: err}
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	op, isNet := errors.AsType[*net.OpError](err)
	timeout, isTimeout := errors.AsType[net.Error](err)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		f.Msg, f.Err = "sending a mail was given up", ctx.Err()
	case ctx.Err() != nil || isTimeout && timeout.Timeout():
		f.Msg, f.Err = fmt.Sprintf("the mail server %s did not answer in time", s.server), context.DeadlineExceeded
	case untrusted:
		f.Msg = fmt.Sprintf("the certificate of the mail server %s is not trusted", s.server)
	case isNet && op.Op == "dial":
		f.Msg = fmt.Sprintf("the mail server %s cannot be reached", s.server)
	default:
		f.Msg = fmt.Sprintf("speaking to the mail server %s", s.server)
	}
	return f
}

// isFinal reports whether a server will give the same answer again. 5.7.x is
// about rights: signing in, relaying. An operator can mend that.
func isFinal(reply *textproto.Error) bool {
	const permanent = 5 // of RFC 5321, 4.2.1
	return reply.Code/100 == permanent && !strings.HasPrefix(reply.Msg, "5.7.")
}
