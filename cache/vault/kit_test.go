package vault

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/zalando/go-keyring"
)

// cheap are argon2id parameters for tests: the least that is sound.
var cheap = KDF{Time: 1, Memory: 64, Threads: 1}

var (
	anne = Owner{"https://issuer.example", "899700218896"}
	paul = Owner{"https://issuer.example", "899700218897"}
)

// clock is a clock that tests move.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func newClock() *clock { return &clock{time.Date(2026, 11, 21, 10, 40, 0, 0, time.UTC)} }

func open(t *testing.T, dir string, o Owner, c *clock) *Vault {
	t.Helper()
	keyring.MockInit()
	v, err := Open(Config{Dir: dir, Keyring: mock(), KDF: cheap, Now: c.now}, o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// ring is a keyring in memory.
type ring struct {
	mu      sync.Mutex
	secrets map[string]string
	hold    chan struct{} // when set, every call waits for it
}

func mock() *ring { return &ring{secrets: map[string]string{}} }

func (r *ring) wait() {
	if r.hold != nil {
		<-r.hold
	}
	r.mu.Lock()
}

func (r *ring) Get(service, user string) (string, error) {
	r.wait()
	defer r.mu.Unlock()
	s, ok := r.secrets[service+"/"+user]
	if !ok {
		return "", keyring.ErrNotFound
	}
	return s, nil
}

func (r *ring) Set(service, user, secret string) error {
	r.wait()
	defer r.mu.Unlock()
	r.secrets[service+"/"+user] = secret
	return nil
}

func (r *ring) Delete(service, user string) error {
	r.wait()
	defer r.mu.Unlock()
	if _, ok := r.secrets[service+"/"+user]; !ok {
		return keyring.ErrNotFound
	}
	delete(r.secrets, service+"/"+user)
	return nil
}

func ok(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v (%v)", what, err, errors.Unwrap(err))
	}
}

func want(t *testing.T, what string, err, cause error) {
	t.Helper()
	if !errors.Is(err, cause) {
		t.Fatalf("%s: %v, want %v", what, err, cause)
	}
}

func pass(s string) Secret { return FromPassphrase([]byte(s)) }

// sealerFor gives an unlocked sealer of a vault with a passphrase.
func sealerFor(t testing.TB) *Sealer {
	t.Helper()
	v, err := Open(Config{Dir: t.TempDir(), Keyring: mock(), KDF: cheap}, anne)
	if err == nil {
		err = v.Create(context.Background(), pass("une phrase de test"))
	}
	if err != nil {
		t.Fatal(err)
	}
	return v.For("test")
}

// tree gives all that a folder holds, names and bytes.
func tree(t *testing.T, dir string) string {
	t.Helper()
	all := ""
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		all += path + "\n"
		if d.Type().IsRegular() {
			data, err := os.ReadFile(path)
			all += string(data) + "\n"
			return err
		}
		return nil
	})
	ok(t, "walk", err)
	return all
}
