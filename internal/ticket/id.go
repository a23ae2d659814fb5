package ticket

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// ParseID reads an id that is a number, as systems write it: 0 if it is none.
func ParseID(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 || strconv.FormatInt(n, 10) != text {
		return 0
	}
	return n
}

// IsUUID reports whether text is a UUID as systems write it, in lower case.
func IsUUID(text string) bool {
	const length = 36
	if len(text) != length {
		return false
	}
	for i, c := range []byte(text) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		hex := c >= '0' && c <= '9' || c >= 'a' && c <= 'f'
		if dash != (c == '-') || !dash && !hex {
			return false
		}
	}
	return true
}

// IsTicketKey tells a Draft.Key from other words and from the ids of other tools.
func IsTicketKey(text string) bool {
	const digits = 32
	return len(text) == digits && strings.Trim(text, "0123456789abcdef") == ""
}

// IsEmail reports whether a system can be asked for text as an e-mail address:
// also in a query, between double quotes.
func IsEmail(text string) bool {
	odd := func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`"\*:;,()<>`, r) || r == unicode.ReplacementChar
	}
	const most = 254
	name, domain, _ := strings.Cut(text, "@")
	return name != "" && domain != "" && len(text) <= most && !strings.Contains(domain, "@") && !strings.ContainsFunc(text, odd)
}

// Link returns an address that came from a system if people may be led there,
// "" if not.
func Link(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return u.String()
}
