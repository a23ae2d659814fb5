package mail

import (
	"errors"
	"net"
	netmail "net/mail"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// Server is a mail server, as a URL names it:
//
//	smtp://user:password@mail.example.com:587   TLS by STARTTLS, or no mail
//	smtps://user:password@mail.example.com:465  TLS from the first byte
//
// With a server on this machine smtp: speaks without TLS, unless the URL ends in
// ?tls=starttls. With ?tls=none it does so with any server, and then without a
// password. User and port may be left out.
type Server struct {
	host, port     string
	user, password string
	security       security
}

type security string

const (
	noTLS       security = "none"
	startTLS    security = "starttls"
	implicitTLS security = "implicit"
)

// String is where the server is, as host:port.
func (s Server) String() string { return net.JoinHostPort(s.host, s.port) }

// ParseServer reads the URL of a mail server. Its error says what the URL must
// be, and nothing of what it is: there is a password in it.
func ParseServer(smtpURL string) (Server, error) {
	u, err := url.Parse(smtpURL)
	if err != nil {
		return Server{}, errors.New("must be a URL; / ? # : @ and % in a user or password are written %2F %3F %23 %3A %40 %25")
	}
	s := Server{host: u.Hostname(), port: u.Port(), user: u.User.Username()}
	s.password, _ = u.User.Password()
	if s.host == "" || strings.Trim(u.Path, "/") != "" || u.Fragment != "" {
		return Server{}, errors.New("must be a URL such as smtp://user:password@mail.example.com:587")
	}
	if (s.user == "") != (s.password == "") {
		return Server{}, errors.New("must have a user and a password, or neither")
	}
	if s.security, err = securityOf(u); err != nil {
		return Server{}, err
	}
	if s.security == noTLS && s.user != "" && !loopback(s.host) {
		return Server{}, errors.New("must not send a password without TLS: leave out ?tls=none, or the user")
	}
	if s.port == "" {
		s.port = map[string]string{"smtp": "587", "smtps": "465"}[u.Scheme]
	}
	if port, err := strconv.ParseUint(s.port, 10, 16); err != nil || port == 0 {
		return Server{}, errors.New("must have a port between 1 and 65535")
	}
	return s, nil
}

func securityOf(u *url.URL) (security, error) {
	query, err := url.ParseQuery(u.RawQuery)
	wish := security(query.Get("tls"))
	known := len(query) == 0 || len(query) == 1 && (wish == noTLS || wish == startTLS)
	switch {
	case u.Scheme != "smtp" && u.Scheme != "smtps":
		return "", errors.New("must start with smtp:// or smtps://")
	case err != nil || !known || u.Scheme == "smtps" && wish != "":
		return "", errors.New("must have nothing after its port but ?tls=none or ?tls=starttls, and that with smtp:// only")
	case u.Scheme == "smtps":
		return implicitTLS, nil
	case wish != "":
		return wish, nil
	case loopback(u.Hostname()):
		return noTLS, nil
	}
	return startTLS, nil
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// ParseFrom reads the address mail comes from, such as
// "Admit <admit@example.com>".
func ParseFrom(s string) (*netmail.Address, error) {
	wrong := errors.New("must be an e-mail address such as Admit <admit@example.com>")
	from, err := netmail.ParseAddress(s)
	if err != nil {
		return nil, wrong
	}
	plain, ok := plainAddress(from.Address)
	if !ok {
		return nil, wrong
	}
	return &netmail.Address{Name: line(from.Name), Address: plain}, nil
}

// plainAddress returns an address with its domain in ASCII. It knows only those
// that are what they look like: without quotes, comments and names.
func plainAddress(s string) (string, bool) {
	const limit = 254
	odd := func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '"'
	}
	a, err := netmail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > limit || strings.ContainsFunc(s, odd) {
		return "", false
	}
	d := domain(s)
	if isASCII(d) {
		return s, true
	}
	ascii, err := idna.Lookup.ToASCII(d)
	return strings.TrimSuffix(s, d) + ascii, err == nil
}

func domain(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}
