package mail_test

import (
	"strings"
	"testing"

	"admit/internal/mail"
)

func TestParseServer(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"smtp://mail.example.com":                                 "mail.example.com:587",
		"smtp://mail.example.com/":                                "mail.example.com:587",
		"smtp://mail.example.com:25?tls=none":                     "mail.example.com:25",
		"smtp://u:p@127.0.0.1:25?tls=none":                        "127.0.0.1:25",
		"smtp://u%40example.com:p%2Fw@mail.example.com":           "mail.example.com:587",
		"smtp://u:p@mail.example.com?tls=starttls":                "mail.example.com:587",
		"smtps://u:p@mail.example.com":                            "mail.example.com:465",
		"smtps://[2001:db8::1]:2465":                              "[2001:db8::1]:2465",
		"http://mail.example.com":                                 "! smtp://",
		"mail.example.com:587":                                    "! such as",
		"smtp://":                                                 "! such as",
		"smtp:mail.example.com":                                   "! such as",
		"smtp://mail.example.com/inbox":                           "! such as",
		"smtp://mail.example.com#x":                               "! such as",
		"smtp://mail.example.com:0":                               "! port",
		"smtp://mail.example.com:65536":                           "! port",
		"smtp://hidden@mail.example.com":                          "! user and a password",
		"smtp://:hidden@mail.example.com":                         "! user and a password",
		"smtp://hidden:hid/den@mail.example.com":                  "! %2F",
		"smtp://hidden:hid%zden@mail.example.com":                 "! %25",
		"smtp://hidden:hidden@mail.example.com?tls=none":          "! password without TLS",
		"smtp://mail.example.com?tls=off":                         "! ?tls=none",
		"smtp://mail.example.com?tls=":                            "! ?tls=none",
		"smtp://mail.example.com?insecure=1":                      "! ?tls=none",
		"smtp://mail.example.com?tls=none&hidden=1":               "! ?tls=none",
		"smtp://mail.example.com?tls=%zz":                         "! ?tls=none",
		"smtps://mail.example.com?tls=none":                       "! smtp:// only",
		"smtp://hidden:hidden@mail.example.com\r\nRCPT TO:<x@y.z": "! must be a URL",
	} {
		server, err := mail.ParseServer(url)
		if word, bad := strings.CutPrefix(want, "! "); bad {
			if err == nil || !strings.Contains(err.Error(), word) || strings.Contains(err.Error(), "hid") {
				t.Errorf("%q: %v, want %q and no secret", url, err, word)
			}
		} else if err != nil || server.String() != want {
			t.Errorf("%q is %s, %v", url, server, err)
		}
	}
}

func TestParseFrom(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"admit@example.com":                   "<admit@example.com>",
		"Admit <admit@example.com>":           `"Admit" <admit@example.com>`,
		`"Admit, at work" <a@bücher.example>`: `"Admit, at work" <a@xn--bcher-kva.example>`,
		"":                                    "",
		"Admit":                               "",
		"a@example.com, b@example.com":        "",
		"Admit <admit@example.com>\r\nBcc: <x@y>": "",
		`"a b"@example.com`:                       "",
	} {
		from, err := mail.ParseFrom(s)
		if want == "" {
			if err == nil {
				t.Errorf("%q became %s", s, from)
			}
		} else if err != nil || from.String() != want {
			t.Errorf("%q became %s, %v", s, from, err)
		}
	}
	if _, err := mail.New("smtp://127.0.0.1", "", mail.Options{}); err == nil {
		t.Error("a sender without an address")
	}
	if _, err := mail.New("smtp://", from, mail.Options{}); err == nil {
		t.Error("a sender without a server")
	}
}

func FuzzParseServer(f *testing.F) {
	f.Add("smtp://u:p@[::1]:25?tls=none")
	f.Fuzz(func(t *testing.T, s string) {
		if server, err := mail.ParseServer(s); err == nil && strings.HasPrefix(server.String(), ":") {
			t.Errorf("%q has no host", s)
		}
	})
}
