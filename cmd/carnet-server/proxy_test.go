package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Whose address the throttles count: the client's as a trusted proxy saw it,
// and no word of the client's own.
func TestTheAddressBehindAProxy(t *testing.T) {
	const us = "10.0.0.5, fd00::/64,192.0.2.0/24"
	for name, tt := range map[string]struct {
		trusted, from string
		forwarded     []string
		want          string
	}{
		"no proxy is trusted":            {"", "10.0.0.5:443", []string{"203.0.113.9"}, "10.0.0.5:443"},
		"a stranger's word":              {us, "203.0.113.7:5000", []string{"203.0.113.9"}, "203.0.113.7:5000"},
		"through a proxy":                {us, "10.0.0.5:443", []string{"203.0.113.9"}, "203.0.113.9:0"},
		"an invented hop before":         {us, "10.0.0.5:443", []string{"198.51.100.1, 203.0.113.9"}, "203.0.113.9:0"},
		"through two, in two headers":    {us, "10.0.0.5:443", []string{"198.51.100.1, 203.0.113.9", "192.0.2.8"}, "203.0.113.9:0"},
		"over IPv6":                      {us, "[fd00::1]:443", []string{"2001:db8::7"}, "[2001:db8::7]:0"},
		"an IPv4 address in IPv6":        {us, "[::ffff:10.0.0.5]:443", []string{"::ffff:203.0.113.9"}, "203.0.113.9:0"},
		"a proxy's own request":          {us, "10.0.0.5:443", nil, "10.0.0.5:443"},
		"what is no address":             {us, "10.0.0.5:443", []string{"203.0.113.9, unknown"}, "10.0.0.5:443"},
		"what is no address, farther on": {us, "10.0.0.5:443", []string{"x, 192.0.2.8"}, "192.0.2.8:0"},
		"proxies alone":                  {us, "10.0.0.5:443", []string{"192.0.2.8"}, "192.0.2.8:0"},
		"a zone":                         {us, "10.0.0.5:443", []string{"fe80::1%eth0"}, "10.0.0.5:443"},
	} {
		var p proxies
		if tt.trusted != "" {
			if err := p.Set(tt.trusted); err != nil {
				t.Fatal(err)
			}
		}
		var got string
		h := p.behind(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr }))
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = tt.from
		for _, line := range tt.forwarded {
			r.Header.Add("X-Forwarded-For", line)
		}
		if h.ServeHTTP(httptest.NewRecorder(), r); got != tt.want {
			t.Errorf("%s: %s, not %s", name, got, tt.want)
		}
		if r.RemoteAddr != tt.from {
			t.Errorf("%s: the request that others hold was changed", name)
		}
	}
}

func TestTrustedProxiesAreAddressesOrRanges(t *testing.T) {
	for _, text := range []string{"", "proxy.example", "10.0.0.0/33", "10.0.0.5:443", "10.0.0.5,", "fe80::1%eth0"} {
		if err := (&proxies{}).Set(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
	p := proxies{}
	if err := p.Set("10.0.0.5/8 , ::1"); err != nil || p.String() != "10.0.0.0/8,::1/128" {
		t.Errorf("%s %v", p.String(), err)
	}
	_, err := run(t, "", "-demo", "-addr", "127.0.0.1:0", "-trusted-proxy", "10.0.0.5")
	if err == nil || !strings.Contains(err.Error(), "-trusted-proxy") {
		t.Errorf("a demo behind a proxy: %v", err)
	}
}
