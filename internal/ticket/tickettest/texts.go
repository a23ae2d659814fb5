package tickettest

import (
	"strings"
	"testing"
	"unicode/utf8"

	"admit/internal/ticket"
)

// file creates a ticket with these texts and returns it with what people read
// in it. Title and last line are as they must be.
func (s Subject) file(t *testing.T, title, body string) (ticket.Snapshot, string) {
	t.Helper()
	d := s.draft()
	d.Title, d.Body = title, body+"\n\n"+d.Key
	made := s.create(t, d)
	if !tidy(made.Title) || strings.TrimSpace(made.Title) == "" {
		t.Errorf("title %q is not one plain line", made.Title)
	}
	text := s.text(t, made.ID)
	if !strings.Contains(text, d.Key) {
		t.Errorf("the last line is missing: %.100q", text)
	}
	if again := s.readOne(t, made.ID); again.Key != d.Key || again.Title != made.Title {
		t.Errorf("read again it has key %q and title %q, want %q and %q", again.Key, again.Title, d.Key, made.Title)
	}
	return made, text
}

// arrives files a ticket with these texts and fails the test unless all of them
// are there.
func (s Subject) arrives(t *testing.T, title, body string) {
	t.Helper()
	made, text := s.file(t, title, body)
	// A column may be too short for a title in a script of many bytes.
	if got := strings.TrimRight(made.Title, "\uFFFD…"); !strings.HasPrefix(title, got) || len(got) < min(len(title), 150) {
		t.Errorf("title %q, want %q", made.Title, title)
	}
	if want := s.rendered(body); !strings.Contains(text, want) {
		t.Errorf("the ticket reads %.500q, want %.500q in it", text, want)
	}
}

func testNonASCII(t *testing.T, s Subject) {
	s.arrives(t, "Zugriff für Jürgen – 日本語 🔑", "Größe: ñandú\n\n日本語 🔑 **HAS** <b>x</b> & 'quotes' \"double\"")
}

func testPlaceholders(t *testing.T, s Subject) {
	s.arrives(t, "%s {{.Name}} ${HOME} __CurrentUser__", "%d {$Ticket->id} {{7*7}}")
}

const longLine = "Zugriff für Jürgen, 日本語, 🔑\n"

func testLongBody(t *testing.T, s Subject) {
	title, body := strings.Repeat("日", 200), strings.Repeat(longLine, 100_000/len(longLine))
	size := max(utf8.RuneCountInString(body), utf8.RuneCountInString(s.rendered(body)))
	const key = 40
	if s.Spec.MaxBody == 0 || size+key <= s.Spec.MaxBody {
		s.arrives(t, title, body)
		return
	}
	s.keepsItsHead(t, title, body)
}

func testTooLongBody(t *testing.T, s Subject) {
	s.keepsItsHead(t, "too long", strings.Repeat(longLine, s.Spec.MaxBody/utf8.RuneCountInString(longLine)+10))
}

// keepsItsHead files a body that is too long.
func (s Subject) keepsItsHead(t *testing.T, title, body string) {
	t.Helper()
	_, text := s.file(t, title, body)
	if head := strings.TrimSpace(longLine); !strings.Contains(text, head) {
		t.Errorf("the head of the body is missing: %.200q", text)
	}
}

func testHostileText(t *testing.T, s Subject) {
	s.file(t, "one\ntwo\r\nBcc: x@example.com\x00\x1b[31m<script>alert(1)</script>' OR 1=1 --", "a\x00b\x1b[31mc\r\nd <script>")
}

func testNotUTF8(t *testing.T, s Subject) {
	s.file(t, "bad \xff\xfe title", "bad \xff\xfe body")
}
