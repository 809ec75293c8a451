package vault

import (
	"context"
	"errors"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/zalando/go-keyring"
)

// Keyring is where the operating system keeps secrets of a signed-in user.
type Keyring interface {
	// Get gives a secret; keyring.ErrNotFound when there is none.
	Get(service, user string) (string, error)
	// Set keeps a secret.
	Set(service, user, secret string) error
	// Delete forgets a secret; keyring.ErrNotFound when there is none.
	Delete(service, user string) error
}

// service is the name under which the keyring shows our entries.
const service = "carnet"

// patience is how long a keyring may take: a Secret Service whose prompt
// nobody sees would wait for ever, and takes no context.
const patience = 5 * time.Second

// system is the keyring of the operating system.
type system struct{}

func (system) Get(service, user string) (string, error) { return keyring.Get(service, user) }
func (system) Set(service, user, secret string) error   { return keyring.Set(service, user, secret) }
func (system) Delete(service, user string) error        { return keyring.Delete(service, user) }

// HasKeyring tells whether a keyring can be asked at all: on Linux and the
// BSDs it lives on the session's D-Bus.
func HasKeyring() bool { return hasKeyring(runtime.GOOS, os.Getenv) }

func hasKeyring(goos string, getenv func(string) string) bool {
	return goos == "windows" || goos == "darwin" || getenv("DBUS_SESSION_BUS_ADDRESS") != ""
}

// guarded asks a keyring with patience. A call that hangs is left behind, at
// most one: from then on the keyring counts as silent, until that call answers.
type guarded struct {
	ring  Keyring
	has   func() bool
	after func(time.Duration) <-chan time.Time

	mu   sync.Mutex
	hung bool
}

func (g *guarded) ask(ctx context.Context, f func(Keyring) (string, error)) (string, error) {
	g.mu.Lock()
	silent := g.hung || !g.has()
	g.mu.Unlock()
	if silent {
		return "", fail(ErrNoKeyring)
	}
	type answer struct {
		secret string
		err    error
	}
	done := make(chan answer, 1)
	go func() {
		secret, err := f(g.ring)
		done <- answer{secret, err}
		g.mu.Lock()
		g.hung = false
		g.mu.Unlock()
	}()
	select {
	case a := <-done:
		if a.err != nil && !errors.Is(a.err, keyring.ErrNotFound) {
			return "", fail(errors.Join(ErrNoKeyring, a.err))
		}
		return a.secret, a.err
	case <-g.after(patience):
	case <-ctx.Done():
	}
	g.mu.Lock()
	g.hung = len(done) == 0
	g.mu.Unlock()
	return "", fail(ErrNoKeyring)
}
