package egress

import (
	"fmt"
	"net/netip"
	"slices"
)

// special are the ranges that are not public addresses of one machine, with
// the word people know them by. IANA's special-purpose registries name them.
var special = []struct {
	kind   string
	prefix netip.Prefix
}{
	{"unspecified", netip.MustParsePrefix("0.0.0.0/8")},
	{"private", netip.MustParsePrefix("10.0.0.0/8")},
	{"carrier-grade NAT", netip.MustParsePrefix("100.64.0.0/10")},
	{"loopback", netip.MustParsePrefix("127.0.0.0/8")},
	{"link-local", netip.MustParsePrefix("169.254.0.0/16")}, // with the metadata services of clouds
	{"private", netip.MustParsePrefix("172.16.0.0/12")},
	{"reserved", netip.MustParsePrefix("192.0.0.0/24")},
	{"documentation", netip.MustParsePrefix("192.0.2.0/24")},
	{"reserved", netip.MustParsePrefix("192.88.99.0/24")},
	{"private", netip.MustParsePrefix("192.168.0.0/16")},
	{"benchmark", netip.MustParsePrefix("198.18.0.0/15")},
	{"documentation", netip.MustParsePrefix("198.51.100.0/24")},
	{"documentation", netip.MustParsePrefix("203.0.113.0/24")},
	{"multicast", netip.MustParsePrefix("224.0.0.0/4")},
	{"reserved", netip.MustParsePrefix("240.0.0.0/4")},
	{"unspecified", netip.MustParsePrefix("::/128")},
	{"loopback", netip.MustParsePrefix("::1/128")},
	{"IPv4-compatible", netip.MustParsePrefix("::/96")},
	{"translated", netip.MustParsePrefix("64:ff9b::/96")}, // carries an IPv4 address, maybe a private one
	{"translated", netip.MustParsePrefix("64:ff9b:1::/48")},
	{"discard", netip.MustParsePrefix("100::/64")},
	{"tunnel", netip.MustParsePrefix("2001::/23")},
	{"documentation", netip.MustParsePrefix("2001:db8::/32")},
	{"tunnel", netip.MustParsePrefix("2002::/16")}, // carries an IPv4 address
	{"documentation", netip.MustParsePrefix("3fff::/20")},
	{"private", netip.MustParsePrefix("fc00::/7")},
	{"link-local", netip.MustParsePrefix("fe80::/10")},
	{"site-local", netip.MustParsePrefix("fec0::/10")},
	{"multicast", netip.MustParsePrefix("ff00::/8")},
}

// check decides whether a connection to address, "IP:port", may be made. An
// IPv4 address inside an IPv6 one is judged as what it is.
func check(address string, allowed []netip.Prefix) error {
	target, err := netip.ParseAddrPort(address)
	if err != nil {
		return &Error{Msg: "the address " + clip(address) + " cannot be understood", Err: err}
	}
	ip := target.Addr().Unmap().WithZone("")
	if slices.ContainsFunc(allowed, func(p netip.Prefix) bool { return p.Contains(ip) }) {
		return nil
	}
	for _, s := range special {
		if s.prefix.Contains(ip) {
			return &Error{Msg: fmt.Sprintf("%s is a %s address, and Admit connects to public ones only; "+
				"an operator can allow it by adding %s or its network to allow_private (ADMIT_ALLOW_PRIVATE)", ip, s.kind, ip)}
		}
	}
	return nil
}
