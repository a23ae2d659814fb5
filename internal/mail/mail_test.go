package mail_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"admit/internal/mail"
	"admit/internal/mail/mailtest"
)

const from = "Admit <admit@example.com>"

func now() time.Time { return time.Date(2026, 11, 27, 9, 30, 0, 0, time.UTC) }

func hello() mail.Message {
	return mail.Message{ID: "change-1-done", To: "josh@example.com", Subject: "Hello", Text: "Hello, Josh.\n", HTML: "<p>Hello, Josh.</p>\n"}
}

// sender hands mail in at a server of mailtest, whose certificate it trusts.
func sender(t *testing.T, server *mailtest.Server) *mail.Sender {
	t.Helper()
	return dial(t, server.URL, mail.Options{Now: now, TLS: &tls.Config{RootCAs: server.Roots}})
}

func dial(t *testing.T, url string, o mail.Options) *mail.Sender {
	t.Helper()
	s, err := mail.New(url, from, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// failure is a Failure with its sign and a word of what it says.
func failure(t *testing.T, err error, permanent bool, word string) {
	t.Helper()
	f, ok := errors.AsType[*mail.Failure](err)
	if !ok {
		t.Fatalf("%v is no failure", err)
	}
	if f.Permanent != permanent || mail.IsPermanent(err) != permanent {
		t.Errorf("%q: permanent is %v, want %v", f.Msg, f.Permanent, permanent)
	}
	if !strings.Contains(f.Error(), word) {
		t.Errorf("%q does not say %q", f, word)
	}
}

func TestSend(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]mailtest.Options{
		"plain":                 {},
		"plain with a password": {User: "admit@example.com", Password: "p/ä:ss @%"},
		"STARTTLS":              {TLS: mailtest.StartTLS, User: "admit", Password: "secret"},
		"TLS":                   {TLS: mailtest.ImplicitTLS, User: "admit", Password: "secret"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := mailtest.New(t, options)
			s := sender(t, server)
			if !s.Enabled() {
				t.Fatal("not enabled")
			}
			if err := s.Send(t.Context(), hello()); err != nil {
				t.Fatal(err)
			}
			got := server.Wait(t, 1)
			if got.From != "admit@example.com" || got.To != "josh@example.com" || got.Subject != "Hello" ||
				got.Text != "Hello, Josh.\n" || got.HTML != "<p>Hello, Josh.</p>\n" || got.MessageID != "<change-1-done@example.com>" {
				t.Errorf("got %+v", got)
			}
			for name, want := range map[string]string{
				"From": `"Admit" <admit@example.com>`, "To": "<josh@example.com>", "Date": "Fri, 27 Nov 2026 09:30:00 +0000",
				"Auto-Submitted": "auto-generated",
			} {
				if got.Header.Get(name) != want {
					t.Errorf("%s is %q, want %q", name, got.Header.Get(name), want)
				}
			}
		})
	}
}

func TestSentTwiceHasOneID(t *testing.T) {
	t.Parallel()
	server := mailtest.New(t, mailtest.Options{})
	s := sender(t, server)
	server.Inject(mailtest.CutAfter)
	failure(t, s.Send(t.Context(), hello()), false, "speaking to the mail server")
	server.Inject(mailtest.None)
	if err := s.Send(t.Context(), hello()); err != nil {
		t.Fatal(err)
	}
	if first, second := server.Wait(t, 1), server.Wait(t, 2); first.MessageID != second.MessageID {
		t.Errorf("%s became %s", first.MessageID, second.MessageID)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for fault, want := range map[mailtest.Fault]struct {
		permanent bool
		word      string
	}{
		mailtest.Closing:        {false, "421"},
		mailtest.SenderRefused:  {false, "550 5.1.8 Sender"}, // of every mail, until the operator mends it
		mailtest.NoSuchUser:     {true, "550 5.1.1 No such user"},
		mailtest.NoRelay:        {false, "554 5.7.1 Relay"},
		mailtest.Greylisted:     {false, "451 4.7.1"},
		mailtest.Busy:           {false, "421 4.3.2 Too busy"},
		mailtest.ContentRefused: {true, "554 5.6.0"},
		mailtest.Full:           {false, "452 4.2.2"},
	} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			server := mailtest.New(t, mailtest.Options{})
			server.Inject(fault)
			failure(t, sender(t, server).Send(t.Context(), hello()), want.permanent, want.word)
			if n := len(server.Mails()); n != 0 {
				t.Errorf("%d mails came", n)
			}
		})
	}
}

func TestSilence(t *testing.T) {
	t.Parallel()
	for _, fault := range []mailtest.Fault{mailtest.Hang, mailtest.HangAfter} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			server := mailtest.New(t, mailtest.Options{})
			server.Inject(fault)
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error)
			go func() { done <- sender(t, server).Send(ctx, hello()) }()
			<-server.Held()
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) || mail.IsPermanent(err) {
				t.Errorf("given up with %v", err)
			}

			err := dial(t, server.URL, mail.Options{Now: now, Timeout: 300 * time.Millisecond}).Send(t.Context(), hello())
			failure(t, err, false, "did not answer in time")
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v is no deadline", err)
			}
		})
	}
	for _, scheme := range []string{"smtp", "smtps"} {
		t.Run("no greeting by "+scheme, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0") // and nobody accepts
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			s := dial(t, scheme+"://"+l.Addr().String(), mail.Options{Now: now, Timeout: 100 * time.Millisecond})
			failure(t, s.Send(t.Context(), hello()), false, "did not answer in time")
		})
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	server := mailtest.New(t, mailtest.Options{})
	server.Stop()
	failure(t, sender(t, server).Send(t.Context(), hello()), false, "cannot be reached")
	s := dial(t, "smtp://nobody.invalid", mail.Options{Now: now})
	failure(t, s.Send(t.Context(), hello()), false, "nobody.invalid:587 cannot be reached")
}

func TestNotTrusted(t *testing.T) {
	t.Parallel()
	for _, way := range []mailtest.TLS{mailtest.StartTLS, mailtest.ImplicitTLS} {
		t.Run(string(way), func(t *testing.T) {
			t.Parallel()
			server := mailtest.New(t, mailtest.Options{TLS: way, Name: "elsewhere.example"})
			failure(t, sender(t, server).Send(t.Context(), hello()), false, "certificate")
			server = mailtest.New(t, mailtest.Options{TLS: way})
			failure(t, dial(t, server.URL, mail.Options{Now: now}).Send(t.Context(), hello()), false, "is not trusted")
			if n := len(server.Mails()); n != 0 {
				t.Errorf("%d mails came", n)
			}
		})
	}
}

func TestNoSTARTTLS(t *testing.T) {
	t.Parallel()
	server := mailtest.New(t, mailtest.Options{User: "admit", Password: "secret"})
	s := dial(t, server.URL+"?tls=starttls", mail.Options{Now: now})
	failure(t, s.Send(t.Context(), hello()), false, "STARTTLS")
	plain := strings.Replace(server.URL, "smtp:", "smtps:", 1)
	failure(t, dial(t, plain, mail.Options{Now: now}).Send(t.Context(), hello()), false, "speaking to the mail server")
	if n := len(server.Mails()); n != 0 {
		t.Errorf("%d mails came", n)
	}
}

func TestWrongPassword(t *testing.T) {
	t.Parallel()
	server := mailtest.New(t, mailtest.Options{TLS: mailtest.StartTLS, User: "admit", Password: "secret"})
	roots := mail.Options{Now: now, TLS: &tls.Config{RootCAs: server.Roots}}
	err := dial(t, strings.Replace(server.URL, "secret", "wrong-word", 1), roots).Send(t.Context(), hello())
	failure(t, err, false, "535")
	if strings.Contains(err.Error(), "wrong-word") {
		t.Errorf("%v tells the password", err)
	}
	err = dial(t, strings.Replace(server.URL, "admit:secret@", "", 1), roots).Send(t.Context(), hello())
	failure(t, err, false, "authenticate")
}

func TestNotEnabled(t *testing.T) {
	t.Parallel()
	s, err := mail.New("", "", mail.Options{})
	if err != nil || s.Enabled() || (*mail.Sender)(nil).Enabled() {
		t.Fatalf("enabled, %v", err)
	}
	failure(t, s.Send(t.Context(), hello()), true, "no mail server")
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	server := mailtest.New(t, mailtest.Options{TLS: mailtest.StartTLS, User: "admit", Password: "secret"})
	s := sender(t, server)
	const many = 8
	var wg sync.WaitGroup
	for range many {
		wg.Go(func() {
			if err := s.Send(t.Context(), hello()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	server.Wait(t, many)
}

func TestHostileMessages(t *testing.T) {
	t.Parallel()
	server := mailtest.New(t, mailtest.Options{})
	s, err := mail.New(server.URL, `"Grüße =?utf-8?q?x?=" <admit@bücher.example>`, mail.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	m := hello()
	m.To, m.Subject = "jösé@bücher.example", "Größe\r\nBcc: all@example.com\n\n=?utf-8?q?=0D=0Ax?= \u202etxt "+strings.Repeat("x", 300)
	m.Text, m.HTML = ".\r\n..\n.\nRCPT TO:<x>\n\x00\xff", strings.Repeat("ü", 3000)
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := server.Wait(t, 1)
	if !strings.HasPrefix(got.Subject, "Größe Bcc: all@example.com = ?utf-8?q?=0D=0Ax?= txt xxx") || got.Header.Get("Bcc") != "" {
		t.Errorf("the subject became %q", got.Subject)
	}
	if got.To != "jösé@xn--bcher-kva.example" || got.From != "admit@xn--bcher-kva.example" || got.MessageID != "<change-1-done@xn--bcher-kva.example>" {
		t.Errorf("from %q to %q, %s", got.From, got.To, got.MessageID)
	}
	if got.Text != ".\n..\n.\nRCPT TO:<x>\n\x00\uFFFD" || got.HTML != m.HTML {
		t.Errorf("got %q and %q", got.Text, got.HTML)
	}
	for _, to := range []string{
		"", "josh", "a@b@c.example", "Josh <josh@example.com>", "josh@example.com, all@example.com", "josh@example.com\r\nRCPT TO:<x@example.com>",
		`"a b"@example.com`, `"a>"@example.com`, "josh@example.com\u2028", "josh(all)@example.com", strings.Repeat("a", 300) + "@example.com",
	} {
		m := hello()
		m.To = to
		failure(t, s.Send(t.Context(), m), true, "not an address")
	}
	for _, id := range []string{"", "a b", "a>\r\nBcc: <x", "ä", "a@b", strings.Repeat("a", 129)} {
		m := hello()
		m.ID = id
		failure(t, s.Send(t.Context(), m), true, "id of a mail")
	}
}
