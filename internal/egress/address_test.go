package egress

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	office := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00:1::/32")}
	cases := []struct {
		address string
		refused string // a word of the refusal; "" when the connection may be made
	}{
		{"93.184.215.14:443", ""},
		{"[2606:2800:21f:cb07:6820:80da:af6b:8b2c]:443", ""},
		{"10.1.2.3:80", ""},
		{"[fd00:1::5]:80", ""},
		{"[::ffff:10.1.2.3]:80", ""},
		{"10.2.2.3:80", "private"},
		{"172.31.255.255:80", "private"},
		{"172.32.0.1:80", ""},
		{"192.168.0.1:80", "private"},
		{"127.0.0.1:80", "loopback"},
		{"127.9.9.9:80", "loopback"},
		{"[::1]:80", "loopback"},
		{"[::ffff:127.0.0.1]:80", "loopback"},
		{"[::127.0.0.1]:80", "IPv4-compatible"},
		{"0.0.0.0:80", "unspecified"},
		{"[::]:80", "unspecified"},
		{"169.254.169.254:80", "link-local"},
		{"[fe80::1%eth0]:80", "link-local"},
		{"100.64.0.1:80", "carrier-grade"},
		{"100.128.0.1:80", ""},
		{"224.0.0.1:80", "multicast"},
		{"[ff02::1]:80", "multicast"},
		{"255.255.255.255:80", "reserved"},
		{"[fc00::1]:80", "private"},
		{"[fd00:ec2::254]:80", "private"},
		{"[64:ff9b::7f00:1]:80", "translated"},
		{"[2002:7f00:1::]:80", "tunnel"},
		{"nonsense", "cannot be understood"},
	}
	for _, c := range cases {
		t.Run(c.address, func(t *testing.T) {
			t.Parallel()
			err := check(c.address, office)
			if c.refused == "" {
				if err != nil {
					t.Fatalf("refused: %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.refused) {
				t.Fatalf("got %v, want a refusal with %q", err, c.refused)
			}
		})
	}
}

func TestCheckRedirect(t *testing.T) {
	t.Parallel()
	request := func(url string) *http.Request {
		return httptest.NewRequest(http.MethodGet, url, nil)
	}
	cases := []struct {
		from, to string
		followed bool
	}{
		{"https://a.example/x", "https://a.example/y", true},
		{"http://a.example/x", "https://a.example/x", true},
		{"https://a.example/x", "http://a.example/x", false},
		{"https://a.example/x", "https://b.example/x", false},
		{"https://a.example/x", "https://a.example:8443/x", false},
	}
	for _, c := range cases {
		err := checkRedirect(request(c.to), []*http.Request{request(c.from)})
		if (err == nil) != c.followed {
			t.Errorf("%s to %s: %v", c.from, c.to, err)
		}
	}
}
