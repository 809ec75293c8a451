package vault

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/zalando/go-keyring"
)

// Create makes the vault with a new data key and unlocks it. Errors: ErrState
// when there is one, ErrNoKeyring (offer a passphrase), BadValue for a
// passphrase that is too short.
func (v *Vault) Create(ctx context.Context, s Secret) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	to, ok := next(v.state, created)
	if !ok {
		return fail(ErrState)
	}
	key := make([]byte, keySize)
	rand.Read(key)
	f, err := v.wrap(ctx, key, s)
	if err == nil {
		err = v.write(f)
	}
	if err != nil {
		wipe(key)
		return err
	}
	v.box.put(key)
	v.state = to
	return nil
}

// Unlock unlocks the vault. Errors: ErrWrong, after which it is locked;
// ErrTooSoon (see RetryAt); ErrNoKeyring; ErrState when absent.
func (v *Vault) Unlock(ctx context.Context, s Secret) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	to, ok := next(v.state, right)
	if !ok {
		return fail(ErrState)
	}
	key, err := v.unwrap(ctx, s)
	if errors.Is(err, ErrWrong) {
		v.state, _ = next(v.state, wrong)
		v.box.put(nil)
	}
	if err != nil {
		return err
	}
	v.box.put(key)
	v.state = to
	return nil
}

// Change wraps the same data key by another secret: nothing needs to be sealed
// again. The old secret opens nothing any more, but a copy of the old file with
// the old secret still does. Errors as Unlock and Create.
func (v *Vault) Change(ctx context.Context, old, to Secret) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, ok := next(v.state, changed); !ok {
		return fail(ErrState)
	}
	key, err := v.unwrap(ctx, old)
	if err != nil {
		return err
	}
	defer wipe(key)
	was := v.file.Method
	if was == ByKeyring && to.method == ByKeyring {
		return nil // already so: a new wrapping key would endanger the only copy of the old one
	}
	f, err := v.wrap(ctx, key, to)
	if err == nil {
		err = v.write(f)
	}
	if err != nil {
		return err
	}
	if was == ByKeyring {
		return v.forget(ctx)
	}
	return nil
}

// forget takes the wrapping key out of the keyring.
func (v *Vault) forget(ctx context.Context) error {
	_, err := v.ring.ask(ctx, func(r Keyring) (string, error) { return "", r.Delete(service, v.name) })
	if errors.Is(err, keyring.ErrNotFound) {
		return nil
	}
	return err
}

// Erase forgets the data key, here and in the keyring: whatever was sealed
// under it can no longer be read, by anybody. The wrapped key is gone first, so
// that an error of the keyring leaves nothing readable here. Overwriting a file
// does not reach every copy that a disk keeps; with a passphrase or a key file,
// such a copy and the secret would still open it.
func (v *Vault) Erase(ctx context.Context) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	to, ok := next(v.state, erased)
	if !ok {
		return fail(ErrState)
	}
	v.box.put(nil)
	method := v.file.Method
	path := filepath.Join(v.dir, fileName)
	if err := errors.Join(Overwrite(path), Overwrite(path+twinSuffix)); err != nil {
		return fail(err)
	}
	v.state, v.file = to, vaultFile{}
	if method == ByKeyring || method == "" { // "": the file was damaged
		return v.forget(ctx)
	}
	return nil
}

// Overwrite fills a small file with zeros before it removes it, durably. One that
// is not there is no error.
func Overwrite(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		_, err = f.Write(make([]byte, info.Size()))
	}
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Remove(path); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(path))
}
