package vault

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zalando/go-keyring"

	"carnet/client/fhir"
)

// A day with a passphrase: created, locked, unlocked after a restart, changed,
// erased; what was sealed follows.
func TestADayWithAPassphrase(t *testing.T) {
	ctx, dir, c := context.Background(), t.TempDir(), newClock()
	v := open(t, dir, anne, c)
	if v.State() != Absent {
		t.Fatalf("a new vault is %s", v.State())
	}
	want(t, "unlock nothing", v.Unlock(ctx, pass("la mer est calme")), ErrState)
	want(t, "seal while absent", sealing(v), ErrLocked)
	if code := fhir.CodeOf(v.Create(ctx, pass("court"))); code != fhir.BadValue {
		t.Fatalf("a short passphrase: %s", code)
	}
	ok(t, "create", v.Create(ctx, pass("la mer est calme é")))
	want(t, "create twice", v.Create(ctx, pass("la mer est calme")), ErrState)
	sealed, err := v.For("cache").Seal([]byte("un secret"), Label{"k", "p1"})
	ok(t, "seal", err)
	v.Lock()
	want(t, "seal while locked", sealing(v), ErrLocked)

	v = open(t, dir, anne, c)
	if v.State() != Locked || v.Method() != ByPassphrase {
		t.Fatalf("after a restart: %s by %s", v.State(), v.Method())
	}
	want(t, "wrong", v.Unlock(ctx, pass("la mer est agitée")), ErrWrong)
	ok(t, "unlock, accent composed otherwise", v.Unlock(ctx, pass("la mer est calme e\u0301")))
	opens(t, v, sealed)

	ok(t, "change", v.Change(ctx, pass("la mer est calme é"), pass("le vent se lève")))
	opens(t, v, sealed)
	want(t, "old passphrase", v.Unlock(ctx, pass("la mer est calme é")), ErrWrong)
	want(t, "change by a wrong one", v.Change(ctx, pass("le vent tombe !"), pass("autre phrase")), ErrWrong)
	ok(t, "new passphrase", v.Unlock(ctx, pass("le vent se lève")))
	opens(t, v, sealed)

	ok(t, "erase", v.Erase(ctx))
	if v.State() != Absent {
		t.Fatalf("erased: %s", v.State())
	}
	ok(t, "erase twice", v.Erase(ctx))
	ok(t, "create anew", v.Create(ctx, pass("le vent se lève")))
	_, err = v.For("cache").Open(sealed, Label{"k", "p1"})
	want(t, "what was sealed before the erasure", err, ErrDamaged)
}

func sealing(v *Vault) error {
	_, err := v.For("cache").Seal(nil, Label{})
	return err
}

func opens(t *testing.T, v *Vault, sealed []byte) {
	t.Helper()
	plain, err := v.For("cache").Open(sealed, Label{"k", "p1"})
	ok(t, "open", err)
	if string(plain) != "un secret" {
		t.Fatalf("opened to %q", plain)
	}
}

func TestTheKeyringUnlocksAlone(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	keyring.MockInit()
	first, err := Open(Config{Dir: dir, Keyring: system{}, KDF: cheap}, anne)
	ok(t, "open", err)
	ok(t, "create", first.Create(ctx, FromKeyring()))
	again, err := Open(Config{Dir: dir, Keyring: system{}, KDF: cheap}, anne)
	ok(t, "open again", err)
	ok(t, "unlock", again.Unlock(ctx, FromKeyring()))
	want(t, "by a passphrase", again.Unlock(ctx, pass("une phrase")), ErrWrong)
	ok(t, "unlock", again.Unlock(ctx, FromKeyring()))

	ok(t, "move to a passphrase", again.Change(ctx, FromKeyring(), pass("une phrase secrète")))
	if _, err := keyring.Get(service, again.name); err == nil {
		t.Error("the keyring still holds a key after the change")
	}
	ok(t, "and back", again.Change(ctx, pass("une phrase secrète"), FromKeyring()))
	ok(t, "erase", again.Erase(ctx))
	if _, err := keyring.Get(service, again.name); err == nil {
		t.Error("the keyring still holds a key after the erasure")
	}
}

// A keyring that forgot (another account of the machine, a reset) opens
// nothing, and says so.
func TestAKeyringThatForgot(t *testing.T) {
	ctx, dir, r := context.Background(), t.TempDir(), mock()
	v, err := Open(Config{Dir: dir, Keyring: r}, anne)
	ok(t, "open", err)
	ok(t, "create", v.Create(ctx, FromKeyring()))
	clear(r.secrets)
	v.Lock()
	want(t, "unlock", v.Unlock(ctx, FromKeyring()), ErrWrong)
}

// A prompt that nobody answers costs five seconds once, then nothing, until it
// is answered after all.
func TestAHangingKeyring(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		ctx, r := context.Background(), mock()
		r.hold = make(chan struct{})
		v, err := Open(Config{Dir: dir, Keyring: r, KDF: cheap}, anne)
		ok(t, "open", err)
		start := time.Now()
		want(t, "create", v.Create(ctx, FromKeyring()), ErrNoKeyring)
		if took := time.Since(start); took != patience {
			t.Errorf("waited %v, want %v", took, patience)
		}
		start = time.Now()
		want(t, "create again", v.Create(ctx, FromKeyring()), ErrNoKeyring)
		if took := time.Since(start); took != 0 {
			t.Errorf("waited %v for a keyring known to hang", took)
		}
		ok(t, "a passphrase instead", v.Create(ctx, pass("une phrase secrète")))
		close(r.hold)
		synctest.Wait()
		ok(t, "the keyring answers again", v.Change(ctx, pass("une phrase secrète"), FromKeyring()))
	})
}

func TestWhereAKeyringIs(t *testing.T) {
	for _, r := range []struct {
		goos, bus string
		want      bool
	}{
		{"linux", "", false},
		{"linux", "unix:path=/run/user/1000/bus", true},
		{"freebsd", "", false},
		{"windows", "", true},
		{"darwin", "", true},
	} {
		if got := hasKeyring(r.goos, func(string) string { return r.bus }); got != r.want {
			t.Errorf("%s with bus %q: %v", r.goos, r.bus, got)
		}
	}
	g := &guarded{ring: mock(), has: func() bool { return false }, after: time.After}
	_, err := g.ask(context.Background(), func(Keyring) (string, error) { t.Error("asked"); return "", nil })
	want(t, "ask without a keyring", err, ErrNoKeyring)
}

func TestKeyFiles(t *testing.T) {
	ctx, dir, c := context.Background(), t.TempDir(), newClock()
	path := filepath.Join(dir, "key")
	ok(t, "make", NewKeyFile(path))
	if fhir.CodeOf(NewKeyFile(path)) == "" {
		t.Fatal("a key file was replaced")
	}
	v := open(t, filepath.Join(dir, "v"), anne, c)
	ok(t, "create", v.Create(ctx, FromKeyFile(path)))
	v.Lock()
	ok(t, "unlock", v.Unlock(ctx, FromKeyFile(path)))

	cred, err := FromCredential("key", func(string) string { return dir })
	ok(t, "credential", err)
	ok(t, "chmod as systemd's ACL shows it", os.Chmod(path, 0o440))
	ok(t, "unlock by a credential", v.Unlock(ctx, cred))
	if code := fhir.CodeOf(v.Unlock(ctx, FromKeyFile(path))); code != fhir.Forbidden {
		t.Errorf("a key file open to the group: %q", code)
	}
	for _, name := range []string{"", "../key", "a/b"} {
		if _, err := FromCredential(name, func(string) string { return dir }); err == nil {
			t.Errorf("credential %q was taken", name)
		}
	}
	if _, err := FromCredential("key", func(string) string { return "" }); err == nil {
		t.Error("a credential without systemd")
	}
	other := filepath.Join(dir, "other")
	for text, code := range map[string]fhir.Code{
		strings.Repeat("x", 32): fhir.Forbidden, "court": fhir.Invalid, strings.Repeat("A", 200): fhir.Invalid,
		base64.StdEncoding.EncodeToString(make([]byte, 32)): fhir.Forbidden,
	} {
		ok(t, "write", os.WriteFile(other, []byte(text), 0o600))
		if got := fhir.CodeOf(v.Unlock(ctx, FromKeyFile(other))); got != code {
			t.Errorf("a key file of %d bytes: %q, want %q", len(text), got, code)
		}
	}
	if code := fhir.CodeOf(v.Unlock(ctx, FromKeyFile(dir))); code != fhir.Forbidden {
		t.Errorf("a folder as key file: %q", code)
	}
}

// Signing in as another person never opens the first one's vault, and nothing
// on the disk names either.
func TestOwnersAreApart(t *testing.T) {
	ctx, dir, c := context.Background(), t.TempDir(), newClock()
	a, p := open(t, dir, anne, c), open(t, dir, paul, c)
	ok(t, "create", a.Create(ctx, pass("la même phrase")))
	ok(t, "create", p.Create(ctx, pass("la même phrase")))
	if a.Dir() == p.Dir() || a.Dir() == open(t, dir, Owner{"https://other.example", anne.ID}, c).Dir() {
		t.Fatal("two owners share a folder")
	}
	sealed, err := a.For("cache").Seal([]byte("à Anne"), Label{})
	ok(t, "seal", err)
	_, err = p.For("cache").Open(sealed, Label{})
	want(t, "another's value", err, ErrDamaged)
	for _, name := range []string{fileName, fileName + twinSuffix} {
		stolen, err := os.ReadFile(filepath.Join(a.Dir(), name))
		ok(t, "read", err)
		ok(t, "put in another's place", os.WriteFile(filepath.Join(p.Dir(), name), stolen, 0o600))
	}
	want(t, "another's vault file", open(t, dir, paul, c).Unlock(ctx, pass("la même phrase")), ErrWrong)
	if all := tree(t, dir); strings.Contains(all, anne.ID) || strings.Contains(all, paul.ID) || strings.Contains(all, "la même") {
		t.Error("the folder tells who or what")
	}
}

// The wait after wrong passphrases outlives the program, and a clock turned
// back or forth does not shorten it unduly.
func TestWrongPassphrasesAreThrottled(t *testing.T) {
	ctx, dir, c := context.Background(), t.TempDir(), newClock()
	ok(t, "create", open(t, dir, anne, c).Create(ctx, pass("la bonne phrase")))
	for range freeTries {
		want(t, "wrong", open(t, dir, anne, c).Unlock(ctx, pass("une mauvaise")), ErrWrong)
	}
	v := open(t, dir, anne, c)
	want(t, "too soon, even with the right one", v.Unlock(ctx, pass("la bonne phrase")), ErrTooSoon)
	if at := v.RetryAt(); !at.Equal(c.at.Add(2 * time.Second)) {
		t.Errorf("try again at %v", at)
	}
	c.at = c.at.Add(-time.Hour)
	want(t, "clock turned back", v.Unlock(ctx, pass("la bonne phrase")), ErrTooSoon)
	c.at = c.at.Add(2 * time.Second)
	want(t, "wrong once more", v.Unlock(ctx, pass("une mauvaise")), ErrWrong)
	c.at = c.at.Add(2 * time.Second)
	want(t, "the wait has doubled", v.Unlock(ctx, pass("la bonne phrase")), ErrTooSoon)
	c.at = c.at.Add(2 * time.Second)
	ok(t, "unlock", v.Unlock(ctx, pass("la bonne phrase")))
	if v.file.Failures != 0 {
		t.Error("the count of wrong tries stays after a right one")
	}
}

func TestWaits(t *testing.T) {
	for failures, want := range map[int]time.Duration{
		0: 0, 2: 0, 3: 2 * time.Second, 4: 4 * time.Second, 11: 512 * time.Second, 12: maxWait, 400: maxWait,
	} {
		if got := waitAfter(failures); got != want {
			t.Errorf("after %d: %v, want %v", failures, got, want)
		}
	}
}

func TestTheMachineIsClosed(t *testing.T) {
	events := []event{created, right, wrong, locking, changed, erased}
	table := map[State][]State{ // "" is a refusal
		Absent:   {Unlocked, "", "", Absent, "", Absent},
		Locked:   {"", Unlocked, Locked, Locked, Locked, Absent},
		Unlocked: {"", Unlocked, Locked, Locked, Unlocked, Absent},
	}
	for s, row := range table {
		for i, to := range row {
			got, allowed := next(s, events[i])
			if allowed != (to != "") || (allowed && got != to) || (!allowed && got != s) {
				t.Errorf("%s on %s: %s, %v; want %q", s, events[i], got, allowed, to)
			}
		}
	}
	if _, allowed := next("foreign", created); allowed {
		t.Error("an unknown state has a way out")
	}
}

// Every single byte of a vault's file changed, its twin gone: never a panic, never a key.
func TestADamagedVaultFile(t *testing.T) {
	ctx, dir, c := context.Background(), t.TempDir(), newClock()
	v := open(t, dir, anne, c)
	ok(t, "create", v.Create(ctx, pass("la bonne phrase")))
	sealed, err := v.For("cache").Seal([]byte("un secret"), Label{"k", "p1"})
	ok(t, "seal", err)
	path := filepath.Join(v.Dir(), fileName)
	good, err := os.ReadFile(path)
	ok(t, "read", err)
	for i := range good {
		bad := append([]byte(nil), good...)
		bad[i] ^= 1
		ok(t, "no twin", Overwrite(path+twinSuffix))
		ok(t, "write", os.WriteFile(path, bad, 0o600))
		v, err := Open(Config{Dir: dir, Keyring: mock(), KDF: cheap, Now: c.now}, anne)
		if err != nil {
			continue
		}
		if v.Unlock(ctx, pass("la bonne phrase")) == nil {
			opens(t, v, sealed) // the byte meant nothing
		}
	}
	ok(t, "no twin", Overwrite(path+twinSuffix))
	ok(t, "write", os.WriteFile(path, nil, 0o600))
	v, err = Open(Config{Dir: dir, Keyring: mock(), KDF: cheap, Now: c.now}, anne)
	want(t, "an emptied file", err, ErrDamaged)
	ok(t, "erase", v.Erase(ctx))
	ok(t, "create anew", v.Create(ctx, pass("la bonne phrase")))
}

func FuzzVaultFile(f *testing.F) {
	data, _ := json.Marshal(vaultFile{Version: 1, Method: ByPassphrase, KDF: &KDF{1, 64, 1, make([]byte, 16)}, Wrapped: append([]byte{1}, make([]byte, overhead+31)...)})
	f.Add(data)
	f.Add([]byte(`{"version":1,"method":"passphrase","kdf":{"time":4294967295,"memory":4294967295,"threads":255}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := parseFile(data)
		if err == nil && v.Method == ByPassphrase && (v.KDF.Memory > 1<<20 || v.KDF.Time > 16) {
			t.Fatal("unsound parameters were taken")
		}
	})
}

func TestNames(t *testing.T) {
	s := sealerFor(t)
	a, err := s.Name("patient", "p1")
	ok(t, "name", err)
	b, _ := s.Name("patientp", "1")
	again, _ := s.Name("patient", "p1")
	if raw, err := hex.DecodeString(a); err != nil || len(raw) != 16 || a == b || a != again {
		t.Errorf("names %s %s %s", a, b, again)
	}
}
