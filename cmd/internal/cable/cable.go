// Package cable is a wire between a desktop and its server that stories can pull out
// and put back: what is under way breaks, and nothing new comes through meanwhile. It is
// a proxy of Shopify's toxiproxy, as are the faulty lines of cmd/carnet-server/internal/e2e,
// with the one fault that a person would call a cable that is out.
//
// Lay one to the server's address, give the desktop Address, then Pull and Plug; Cut in
// the end.
package cable

import (
	"context"
	"strings"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// Cable forwards connections while it is plugged in. It is safe for concurrent use.
type Cable struct{ proxy *toxiproxy.Proxy }

// out ends each connection, old or new, after a millisecond, one way each; no byte comes
// through. The listener stays: a port that was given back could be somebody else's by the
// time that the cable is plugged in again.
var out = []string{
	`{"type":"timeout","stream":"upstream","attributes":{"timeout":1}}`,
	`{"type":"timeout","stream":"downstream","attributes":{"timeout":1}}`,
}

// Lay lays a cable to a server, such as http://127.0.0.1:8443.
func Lay(to string) (*Cable, error) {
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	c := &Cable{proxy: toxiproxy.NewProxy(server, "cable", "127.0.0.1:0", strings.TrimPrefix(to, "http://"))}
	if err := c.proxy.Start(); err != nil {
		return nil, err
	}
	return c, nil
}

// Address is where the server is found over the cable.
func (c *Cable) Address() string { return "http://" + c.proxy.Listen }

// Pull takes the cable out; one that is out stays so.
func (c *Cable) Pull() {
	for _, toxic := range out {
		_, _ = c.proxy.Toxics.AddToxicJson(strings.NewReader(toxic)) // refused only for being there
	}
}

// Plug puts it back.
func (c *Cable) Plug() { c.proxy.Toxics.ResetToxics(context.Background()) }

// Cut ends the cable.
func (c *Cable) Cut() { c.proxy.Stop() }
