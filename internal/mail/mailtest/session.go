package mailtest

import (
	"crypto/subtle"
	"io"
	"net"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Fault is a way mail can go wrong.
type Fault string

// The faults. A mail is kept if the server had all of it before the fault.
const (
	None           Fault = ""
	Closing        Fault = "421 to EHLO"
	SenderRefused  Fault = "550 to MAIL"
	NoSuchUser     Fault = "550 to RCPT"
	NoRelay        Fault = "554 with 5.7.1 to RCPT"
	Greylisted     Fault = "451 to RCPT"
	Busy           Fault = "421 to RCPT"
	Hang           Fault = "no answer to RCPT"
	ContentRefused Fault = "554 after DATA"
	Full           Fault = "452 after DATA"
	HangAfter      Fault = "no answer after DATA"
	CutAfter       Fault = "connection lost after DATA"
)

// answers are the faults that are an answer.
var answers = map[Fault]*smtp.SMTPError{
	Closing:        {Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "Shutting down"},
	SenderRefused:  {Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 8}, Message: "Sender address refused"},
	NoSuchUser:     {Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such user here"},
	NoRelay:        {Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "Relay access denied"},
	Greylisted:     {Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "Greylisted, come back later"},
	Busy:           {Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "Too busy"},
	ContentRefused: {Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "Content refused"},
	Full:           {Code: 452, EnhancedCode: smtp.EnhancedCode{4, 2, 2}, Message: "Mailbox full"},
}

// session is one conversation, as go-smtp calls it.
type session struct {
	server   *Server
	conn     net.Conn
	signedIn bool
	from, to string
}

func (s *Server) session(c *smtp.Conn) (smtp.Session, error) {
	conversation := &session{server: s, conn: c.Conn(), signedIn: s.options.User == ""}
	return conversation, conversation.suffer(Closing)
}

// suffer makes the fault of now, if it is one of these.
func (c *session) suffer(faults ...Fault) error {
	c.server.mu.Lock()
	now := c.server.fault
	c.server.mu.Unlock()
	for _, f := range faults {
		if f != now {
			continue
		}
		switch f {
		case Hang, HangAfter:
			c.server.held <- struct{}{}
			<-c.server.stopped
			return io.ErrUnexpectedEOF
		case CutAfter:
			return c.conn.Close()
		default:
			return answers[f]
		}
	}
	return nil
}

// AuthMechanisms implements smtp.AuthSession.
func (c *session) AuthMechanisms() []string {
	if c.server.options.User == "" {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth implements smtp.AuthSession.
func (c *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		want := c.server.options
		if user != want.User || subtle.ConstantTimeCompare([]byte(password), []byte(want.Password)) == 0 {
			return smtp.ErrAuthFailed
		}
		c.signedIn = true
		return nil
	}), nil
}

// Mail implements smtp.Session.
func (c *session) Mail(from string, _ *smtp.MailOptions) error {
	if !c.signedIn {
		return smtp.ErrAuthRequired
	}
	c.from = from
	return c.suffer(SenderRefused)
}

// Rcpt implements smtp.Session.
func (c *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.to = to
	return c.suffer(NoSuchUser, NoRelay, Greylisted, Busy, Hang)
}

// Data implements smtp.Session.
func (c *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := c.suffer(ContentRefused, Full); err != nil {
		return err
	}
	mail, err := Parse(raw)
	if err != nil {
		return err
	}
	mail.From, mail.To = c.from, c.to
	c.server.keep(mail)
	return c.suffer(HangAfter, CutAfter)
}

// Reset implements smtp.Session.
func (c *session) Reset() { c.from, c.to = "", "" }

// Logout implements smtp.Session.
func (c *session) Logout() error { return nil }
