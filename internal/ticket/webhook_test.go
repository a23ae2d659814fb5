package ticket_test

import (
	"strings"
	"testing"

	"admit/internal/ticket"
)

// The HMAC is that of test case 2 of RFC 4231.
func TestSigned(t *testing.T) {
	t.Parallel()
	const mac = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
	d := ticket.Delivery{Secret: "Jefe", Body: []byte("what do ya want for nothing?")}
	if !d.Signed(mac) || !d.Signed(strings.ToUpper(mac)) {
		t.Error("the right signature is refused")
	}
	for _, other := range []string{"", mac[2:], mac + "00", "sha256=" + mac, "00" + mac[2:]} {
		if d.Signed(other) {
			t.Errorf("%q is taken", other)
		}
	}
	if d.Body = append(d.Body, '!'); d.Signed(mac) {
		t.Error("a changed body is taken")
	}
}
