package mail

import (
	"bytes"
	"fmt"
	netmail "net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"
)

// compose returns the address a mail goes to, and the mail as it is sent.
func (s *Sender) compose(m Message) (to string, text []byte, err error) {
	to, ok := plainAddress(m.To)
	if !ok {
		return "", nil, &Failure{Permanent: true, Msg: fmt.Sprintf("%q is not an address that mail can be sent to", m.To)}
	}
	if !isID(m.ID) {
		return "", nil, &Failure{Permanent: true, Msg: fmt.Sprintf("%q cannot be the id of a mail", m.ID)}
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(s.from)
	msg.ToMailAddress(&netmail.Address{Address: to})
	msg.Subject(short(m.Subject))
	msg.SetDateWithValue(s.now())
	msg.SetMessageIDWithValue(m.ID + "@" + domain(s.from.Address))
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // so that nobody's absence answers it: RFC 3834
	msg.SetGenHeader(gomail.HeaderXAutoResponseSuppress, "All")
	msg.SetBodyString(gomail.TypeTextPlain, lines(m.Text))
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, lines(m.HTML))
	}
	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		return "", nil, &Failure{Permanent: true, Msg: "the mail cannot be written", Err: err}
	}
	return to, b.Bytes(), nil
}

// isID reports whether id can stand in a Message-ID as it is.
func isID(id string) bool {
	const limit = 128
	odd := func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-'
	}
	return id != "" && len(id) <= limit && !strings.ContainsFunc(id, odd)
}

// lines makes a text valid, with \n at its line ends.
func lines(s string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(s, "\uFFFD"))
}

// line makes what people entered harmless in a line of a mail: no line end, no
// control character, and nothing that a mail program would decode.
func line(s string) string {
	blank := func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
	}
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, "\uFFFD"), blank), " ")
	return strings.ReplaceAll(s, "=?", "= ?")
}

// short is line for a text that need not be whole.
func short(s string) string {
	const limit = 200
	s = line(s)
	if utf8.RuneCountInString(s) > limit {
		return string([]rune(s)[:limit-1]) + "…"
	}
	return s
}
