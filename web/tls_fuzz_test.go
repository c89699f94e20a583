package web

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

// FuzzForwarded: whatever stands in X-Forwarded-For, who asks is the connection's
// own address unless that is a trusted proxy's, and an address in any case.
func FuzzForwarded(f *testing.F) {
	trusted, err := parseProxies([]string{"10.0.0.0/8", "::1"})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("10.0.0.1:9", "203.0.113.7, 10.0.0.2")
	f.Add("[::1]:9", "::ffff:10.0.0.2,\x00,fe80::1%eth0")
	f.Add("192.0.2.1:9", "10.0.0.1")
	f.Add("x", " , ,")
	f.Fuzz(func(t *testing.T, remote, forwarded string) {
		r := &http.Request{RemoteAddr: remote, Header: http.Header{"X-Forwarded-For": strings.Split(forwarded, "\n")}}
		got := trusted.clientOf(r)
		own, err := netip.ParseAddrPort(remote)
		if err != nil {
			return // no connection has such an address
		}
		if a, err := netip.ParseAddr(got); err != nil {
			t.Errorf("%q by %q is %q, no address", remote, forwarded, got)
		} else if !trusted.trust(own.Addr().WithZone("").String()) && a != own.Addr().WithZone("") {
			t.Errorf("%q says that it asks for %q, and is believed", remote, got)
		}
	})
}
