package mail

import (
	netmail "net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"admit/internal/mail/mailtest"
)

// FuzzCompose: whatever a mail is made of, it has the headers it should have and
// no other, one reader, and says what it was given to say.
func FuzzCompose(f *testing.F) {
	f.Add("change-1", "josh@example.com", "Make sure josh HAS it", "text\n", "<p>html</p>")
	f.Add("x\r\ny", "a@b.example\r\nBcc: x", "=?utf-8?q?=0D=0A?= \r\nBcc: x", ".\r\n.", "")
	f.Add("2", "a@b.example", "x", "a\r\xf2\n", "") // mime/quotedprintable would lose the last line end
	f.Add("1", "jösé@bücher.example", strings.Repeat("ü ", 200), "\x00\xff =\r--", "\xff")
	s, err := New("smtp://127.0.0.1", "Admit <admit@example.com>", Options{Now: func() time.Time { return time.Unix(1, 0).UTC() }})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, id, to, subject, text, html string) {
		plain, raw, err := s.compose(Message{ID: id, To: to, Subject: subject, Text: text, HTML: html})
		if err != nil {
			if !IsPermanent(err) {
				t.Errorf("%v is not final", err)
			}
			return
		}
		got, err := mailtest.Parse(raw)
		if err != nil {
			t.Fatalf("%v in %q", err, raw)
		}
		checkHeaders(t, got.Header, html != "")
		readers, err := got.Header.AddressList("To")
		if err != nil || len(readers) != 1 || readers[0].Address != plain || readers[0].Name != "" {
			t.Errorf("to %v, %v", readers, err)
		}
		if got.Subject != short(subject) {
			t.Errorf("subject %q, want %q", got.Subject, short(subject))
		}
		if got.MessageID != "<"+id+"@example.com>" {
			t.Errorf("id %q", got.MessageID)
		}
		if got.Text != lines(text) || got.HTML != lines(html) {
			t.Errorf("%q and %q, want %q and %q", got.Text, got.HTML, text, html)
		}
		for l := range strings.SplitSeq(string(raw), "\r\n") {
			if len(l) > 998 || strings.ContainsAny(l, "\r\n\x00") {
				t.Errorf("a bad line of %d bytes: %q", len(l), l)
			}
		}
	})
}

func checkHeaders(t *testing.T, header netmail.Header, alternatives bool) {
	t.Helper()
	want := []string{"Auto-Submitted", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To", "X-Auto-Response-Suppress"}
	if !alternatives {
		want = append(want, "Content-Transfer-Encoding")
	}
	for name, values := range header {
		if !slices.Contains(want, name) || len(values) != 1 {
			t.Errorf("header %s: %q", name, values)
		}
	}
	if len(header) != len(want) {
		t.Errorf("%d headers", len(header))
	}
}
