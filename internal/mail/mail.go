// Package mail hands mail in at the operator's mail server, and knows the words
// of the mails Admit sends.
package mail

import (
	"context"
	"crypto/tls"
	"net"
	netmail "net/mail"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

const (
	defaultTimeout = time.Minute // a server may look through a mail before it answers
	connectTimeout = 10 * time.Second
	farewell       = 2 * time.Second
)

// Message is one mail to one person.
type Message struct {
	ID      string // of this mail: at most 128 letters, digits and dashes. Sent twice, it has the same Message-ID twice
	To      string // an address such as josh@example.com
	Subject string
	Text    string
	HTML    string // the same in HTML; "" for none
}

// Options of a Sender.
type Options struct {
	Now     func() time.Time // dates the mails
	TLS     *tls.Config      // nil: the system's trusted certificates
	Timeout time.Duration    // for one mail, from connecting until the server has it; 0 means one minute
}

// Sender hands mail in. It keeps no connection, and may be used by many at once.
type Sender struct {
	server  Server
	from    *netmail.Address
	now     func() time.Time
	tls     *tls.Config
	timeout time.Duration
}

// New returns a Sender for the server that smtpURL names, see Server, and mail
// from an address such as "Admit <admit@example.com>". With smtpURL "" it is not
// Enabled.
func New(smtpURL, from string, o Options) (*Sender, error) {
	if smtpURL == "" {
		return &Sender{}, nil
	}
	server, err := ParseServer(smtpURL)
	if err != nil {
		return nil, err
	}
	s := &Sender{server: server, now: o.Now, tls: &tls.Config{}, timeout: o.Timeout}
	if s.from, err = ParseFrom(from); err != nil {
		return nil, err
	}
	if o.TLS != nil {
		s.tls = o.TLS.Clone()
	}
	s.tls.ServerName, s.tls.MinVersion = server.host, tls.VersionTLS12
	if s.timeout <= 0 {
		s.timeout = defaultTimeout
	}
	return s, nil
}

// Enabled reports whether there is a server to hand mail in at. Callers do
// without mail if there is none.
func (s *Sender) Enabled() bool { return s != nil && s.server.host != "" }

// Send hands a mail in. Its error is a *Failure. After one that is not Permanent
// the mail may have been sent all the same: send it again with the same ID.
func (s *Sender) Send(ctx context.Context, m Message) error {
	if !s.Enabled() {
		return &Failure{Permanent: true, Msg: "no mail server is set up"}
	}
	to, text, err := s.compose(m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	if err := s.handIn(ctx, to, text); err != nil {
		return s.failure(ctx, err)
	}
	return nil
}

// handIn is one conversation with the server. It ends when ctx does.
func (s *Sender) handIn(ctx context.Context, to string, text []byte) error {
	conn, err := s.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	client, err := s.signIn(ctx, conn)
	if err != nil {
		return err
	}
	if err := client.Mail(envelope(s.from.Address)); err != nil {
		return err
	}
	if err := client.Rcpt(envelope(to)); err != nil {
		return refused{err}
	}
	body, err := client.Data()
	if err != nil {
		return refused{err}
	}
	if _, err := body.Write(text); err != nil {
		return err
	}
	if err := body.Close(); err != nil {
		return refused{err}
	}
	// The server has the mail, whatever comes of saying good-bye.
	_ = client.UpdateDeadline(farewell)
	_ = client.Quit()
	return nil
}

func (s *Sender) connect(ctx context.Context) (net.Conn, error) {
	dialer := net.Dialer{Timeout: connectTimeout}
	conn, err := dialer.DialContext(ctx, "tcp", s.server.String())
	if err != nil || s.server.security != implicitTLS {
		return conn, err
	}
	secured := tls.Client(conn, s.tls)
	if err := secured.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return secured, nil
}

// signIn greets the server on conn, starts TLS and signs in, as the URL says.
func (s *Sender) signIn(ctx context.Context, conn net.Conn) (*smtp.Client, error) {
	options := []gomail.Option{
		gomail.WithDialContextFunc(func(context.Context, string, string) (net.Conn, error) { return conn, nil }),
		gomail.WithHELO(domain(s.from.Address)), // the name of this machine means nothing to others
		gomail.WithTimeout(s.timeout), gomail.WithTLSConfig(s.tls), gomail.WithTLSPolicy(gomail.NoTLS),
	}
	mechanisms := []gomail.SMTPAuthType{gomail.SMTPAuthPlain, gomail.SMTPAuthLogin}
	switch s.server.security {
	case startTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case noTLS: // ParseServer takes a password for this machine only
		mechanisms = []gomail.SMTPAuthType{gomail.SMTPAuthPlainNoEnc, gomail.SMTPAuthLoginNoEnc}
	case implicitTLS: // conn has it
	}
	if s.server.user != "" {
		options = append(options, gomail.WithOpportunisticSMTPAuth(mechanisms...),
			gomail.WithUsername(s.server.user), gomail.WithPassword(s.server.password))
	}
	client, err := gomail.NewClient(s.server.host, options...)
	if err != nil {
		return nil, err
	}
	return client.DialToSMTPClientWithContext(ctx)
}

// envelope writes an address as SMTP wants it.
func envelope(address string) string { return (&netmail.Address{Address: address}).String() }
