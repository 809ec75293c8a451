package main

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// proxies are the addresses of reverse proxies whose X-Forwarded-For is
// believed: of anybody else it is a text of the client's choice, by which a
// guesser would get fresh attempts at will.
type proxies []netip.Prefix

// String writes them as Set reads them.
func (p *proxies) String() string {
	var out []string
	for _, one := range *p {
		out = append(out, one.String())
	}
	return strings.Join(out, ",")
}

// Set reads addresses and ranges, separated by commas, in place of those of
// before.
func (p *proxies) Set(text string) error {
	var out proxies
	for one := range strings.SplitSeq(text, ",") {
		one = strings.TrimSpace(one)
		prefix, err := netip.ParsePrefix(one)
		if err != nil {
			addr, err := netip.ParseAddr(one)
			if err != nil || addr.Zone() != "" {
				return errors.New("must be addresses or ranges, as 10.0.0.5 or 10.0.0.0/24, separated by commas")
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		out = append(out, prefix.Masked())
	}
	*p = out
	return nil
}

func (p proxies) has(a netip.Addr) bool {
	for _, one := range p {
		if one.Contains(a) {
			return true
		}
	}
	return false
}

// behind gives each request the address of who made it, for the throttles: what
// the nearest proxy saw, and so on outwards while they are ours. Without
// proxies it changes nothing.
func (p proxies) behind(next http.Handler) http.Handler {
	if len(p) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if from, ok := p.client(r); ok {
			asked := *r
			asked.RemoteAddr = net.JoinHostPort(from.String(), "0")
			r = &asked
		}
		next.ServeHTTP(w, r)
	})
}

// client follows X-Forwarded-For from its end, where the nearest proxy wrote,
// to the first address that is no proxy of ours. What cannot be read ends the
// way there.
func (p proxies) client(r *http.Request) (netip.Addr, bool) {
	near, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !p.has(near.Addr().Unmap()) {
		return netip.Addr{}, false
	}
	at, moved := near.Addr().Unmap(), false
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && p.has(at); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil || hop.Zone() != "" {
			break
		}
		at, moved = hop.Unmap(), true
	}
	return at, moved
}
