// Package cable is a wire between a desktop and its server that stories can pull out
// and put back: what is under way breaks, and nothing new comes through meanwhile. It
// looks at nothing of what goes over it.
//
// Lay one to the server's address, give the desktop Address, then Pull and Plug; Cut in
// the end.
package cable

import (
	"io"
	"net"
	"strings"
	"sync"
)

// Cable forwards connections while it is plugged in. It is safe for concurrent use.
type Cable struct {
	listener net.Listener
	to       string

	mu   sync.Mutex // guards what follows
	out  bool
	open map[net.Conn]bool
}

// Lay lays a cable to a server, such as http://127.0.0.1:8443.
func Lay(to string) (*Cable, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &Cable{listener: l, to: strings.TrimPrefix(to, "http://"), open: map[net.Conn]bool{}}
	go c.serve()
	return c, nil
}

// Address is where the server is found over the cable.
func (c *Cable) Address() string { return "http://" + c.listener.Addr().String() }

// serve forwards until the cable is cut.
func (c *Cable) serve() {
	for {
		near, err := c.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", c.to)
		if err != nil {
			_ = near.Close()
			continue
		}
		if !c.keep(near, far) {
			_, _ = near.Close(), far.Close()
			continue
		}
		go c.carry(near, far)
		go c.carry(far, near)
	}
}

// keep takes note of a connection; false when the cable is out.
func (c *Cable) keep(near, far net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.out {
		return false
	}
	c.open[near], c.open[far] = true, true
	return true
}

// carry carries bytes one way, to the end of the connection.
func (c *Cable) carry(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	_, _ = to.Close(), from.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, to)
	delete(c.open, from)
}

// Pull takes the cable out.
func (c *Cable) Pull() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out = true
	for conn := range c.open {
		_ = conn.Close()
	}
}

// Plug puts it back.
func (c *Cable) Plug() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out = false
}

// Cut ends the cable.
func (c *Cable) Cut() {
	_ = c.listener.Close()
	c.Pull()
}
