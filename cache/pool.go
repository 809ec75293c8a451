package cache

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/uuid"

	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/fhir"
)

// Shared says what the members of an establishment share on this computer.
type Shared struct {
	Dir    string              // of the establishment's own (vault.Folder)
	Seal   *vault.Sealer       // of the member's unlocked vault, purpose "pool"
	Server client.SharedCopies // confirms members
	Org    string              // the establishment, as the member's sign-in names it
	Member string              // the member's national id
}

const (
	poolIDName   = "id"
	poolKeyName  = "pool.key" // in the member's own folder
	cardsName    = "cards"
	confirmEvery = time.Hour // how often a member is confirmed while the server answers
)

// pool is what an establishment's members share: which records they copied (cards),
// and documents' bytes. Its key is in no memory and no file but wrapped by the vault
// of each member; the server gives it to who works there, and to nobody else.
type pool struct {
	Shared
	id       string
	mine     string // file of the wrapped key
	lock     *flock.Flock
	contents *contents
	budget   int64
	now      func() time.Time

	write sync.Mutex // one change of cards at a time

	mu      sync.RWMutex // guards what follows; never held during input or output
	wrapped []byte       // the member's, sealed by their vault; nil: they are not confirmed
	me      string       // the member's keyed name on cards
	until   time.Time    // of it
	asked   time.Time
	cards   map[string]*card // by record's keyed name in the pool
}

// member is what a member's vault seals of the pool's key.
type member struct {
	Pool, Org    string
	Key          []byte
	Until, Asked time.Time
}

// openPool opens a pool for a member, who may not be confirmed yet.
func openPool(s Shared, own string, budget int64, now func() time.Time) (*pool, error) {
	p := &pool{Shared: s, mine: filepath.Join(own, poolKeyName), budget: budget, now: now, cards: map[string]*card{}}
	if err := os.MkdirAll(filepath.Join(s.Dir, cardsName), 0o700); err != nil {
		return nil, err
	}
	p.lock = flock.New(filepath.Join(s.Dir, "pool.lock"))
	if got, err := p.lock.TryLock(); err != nil || !got {
		return nil, errors.Join(errors.New("cache: the pool is open elsewhere"), err)
	}
	err := p.begin()
	if err != nil {
		return nil, errors.Join(err, p.lock.Unlock())
	}
	return p, nil
}

// begin reads the pool's name, or gives it one, and what the member has of its key.
func (p *pool) begin() error {
	path := filepath.Join(p.Dir, poolIDName)
	id, err := os.ReadFile(path)
	if _, bad := uuid.ParseBytes(id); err == nil && bad != nil {
		err = p.wipe() // what a damaged name made is of no use
		id = nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err == nil && id == nil {
		id = []byte(uuid.NewString())
		err = vault.WriteFile(path, id)
	}
	if err != nil {
		return err
	}
	p.id = string(id)
	if p.contents, err = openContents(p.Dir, p.budget, p.now); err != nil {
		return err
	}
	return p.recall()
}

// recall reads what the member's vault sealed of the key. Of another pool, or of
// another establishment, it goes.
func (p *pool) recall() error {
	sealed, err := os.ReadFile(p.mine)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	m, err := p.unwrap(sealed)
	if errors.Is(err, vault.ErrLocked) {
		return err
	}
	defer clear(m.Key)
	if err != nil || m.Pool != p.id || m.Org != p.Org {
		return vault.Overwrite(p.mine)
	}
	return p.take(sealed, m)
}

// take has the member's key in use.
func (p *pool) take(sealed []byte, m member) error {
	p.mu.Lock()
	first := p.wrapped == nil
	p.wrapped, p.until, p.asked = sealed, m.Until, m.Asked
	p.mu.Unlock()
	if !first {
		return nil
	}
	me, err := p.named("member", p.Member)
	if err != nil {
		return err
	}
	p.mu.Lock()
	p.me = me
	p.mu.Unlock()
	return p.readCards()
}

var poolKeyLabel = vault.Label{Name: "pool key"}

func (p *pool) unwrap(sealed []byte) (m member, err error) {
	plain, err := p.Seal.Open(sealed, poolKeyLabel)
	if err != nil {
		return m, err
	}
	defer clear(plain)
	if json.Unmarshal(plain, &m) != nil || len(m.Key) != keySize {
		return member{}, vault.ErrDamaged
	}
	return m, nil
}

// confirm asks the server whether the member works here, unless it said so lately.
// told says whether it was asked; over that it said no: the member's key is gone.
func (p *pool) confirm(ctx context.Context, now time.Time) (told, over bool, err error) {
	p.mu.RLock()
	lately := !p.asked.IsZero() && !now.Before(p.asked) && now.Sub(p.asked) < confirmEvery
	settled := lately && (p.wrapped == nil || now.Before(p.until))
	p.mu.RUnlock()
	if settled {
		return false, false, nil
	}
	got, err := p.Server.CopyPool(ctx, p.id)
	defer clear(got.Key)
	switch code := fhir.CodeOf(err); {
	case err == nil && got.OrgID == p.Org:
		return true, false, p.admit(got, now)
	case err == nil, code == fhir.Forbidden, code == fhir.NotFound, code == fhir.NotAllowed:
		return true, true, p.dismiss(now)
	}
	return true, false, err
}

// admit has the member's vault keep the key.
func (p *pool) admit(got client.PoolKey, now time.Time) error {
	m := member{p.id, p.Org, got.Key, got.Until, now}
	plain, err := json.Marshal(m)
	if err != nil {
		return err
	}
	defer clear(plain)
	sealed, err := p.Seal.Seal(plain, poolKeyLabel)
	if err == nil {
		err = vault.WriteFile(p.mine, sealed)
	}
	if err != nil {
		return err
	}
	return p.take(sealed, m)
}

// dismiss takes the key from the member: they work here no more, as far as anybody
// can say.
func (p *pool) dismiss(now time.Time) error {
	p.mu.Lock()
	p.wrapped, p.until, p.asked, p.cards = nil, time.Time{}, now, map[string]*card{}
	p.mu.Unlock()
	return vault.Overwrite(p.mine)
}

// open tells whether the member is confirmed.
func (p *pool) open(now time.Time) bool {
	if p == nil {
		return false
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.wrapped != nil && now.Before(p.until)
}

// with lends the pool's key. Errors: vault.ErrLocked, also to who is not confirmed.
func (p *pool) with(f func(key []byte) error) error {
	p.mu.RLock()
	sealed := p.wrapped
	p.mu.RUnlock()
	if sealed == nil {
		return vault.ErrLocked
	}
	m, err := p.unwrap(sealed)
	if err != nil {
		return err
	}
	defer clear(m.Key)
	return f(m.Key)
}

// named gives the keyed name of something in the pool.
func (p *pool) named(parts ...string) (name string, err error) {
	err = p.with(func(key []byte) error {
		under, err := hkdf.Key(sha256.New, key, nil, "carnet pool name", keySize)
		if err != nil {
			return err
		}
		defer clear(under)
		mac := hmac.New(sha256.New, under)
		mac.Write([]byte(strings.Join(parts, "\x00")))
		name = hex.EncodeToString(mac.Sum(nil)[:nameSize])
		return nil
	})
	return name, err
}

// erase forgets everything for all members: the next key is another pool's.
func (p *pool) erase() error {
	p.write.Lock()
	defer p.write.Unlock()
	err := errors.Join(p.dismiss(time.Time{}), p.wipe())
	if err != nil {
		return err
	}
	return p.begin()
}

// wipe removes what is in the pool, its name first: whoever had a key of it is given
// another one.
func (p *pool) wipe() error {
	return errors.Join(
		vault.Overwrite(filepath.Join(p.Dir, poolIDName)), os.RemoveAll(filepath.Join(p.Dir, cardsName)),
		os.RemoveAll(filepath.Join(p.Dir, contentsName)), os.MkdirAll(filepath.Join(p.Dir, cardsName), 0o700),
	)
}

func (p *pool) shut() error {
	if p == nil {
		return nil
	}
	return p.lock.Unlock()
}
