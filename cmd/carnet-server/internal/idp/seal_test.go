package idp

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// former makes a data directory as it was before secrets were sealed, with its
// log not yet moved into the file, and gives every secret that lies in it.
func former(t *testing.T) (dir string, secrets [][]byte) {
	t.Helper()
	live, dir := t.TempDir(), t.TempDir()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(live, FileName)+"?_pragma=journal_mode(WAL)&_pragma=wal_autocheckpoint(0)")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	before, _, _ := strings.Cut(schema, "-- One row, once secrets are sealed")
	exec := func(statement string, args ...any) {
		t.Helper()
		if _, err := db.Exec(statement, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(before)
	for i, id := range []string{"signs", "gone"} {
		private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(private)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := private.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, der, raw)
		exec(`INSERT INTO key (id, private, created) VALUES (?,?,?)`, id, der, time.Now().Unix()+int64(-i))
	}
	for _, subject := range []string{"alice", "bob"} {
		secret := newSecret()
		secrets = append(secrets, []byte(secret))
		exec(`INSERT INTO factor (subject, secret) VALUES (?,?)`, subject, secret)
	}
	exec(`PRAGMA wal_checkpoint(PASSIVE)`)
	exec(`DELETE FROM key WHERE id = 'gone'`) // its bytes stay on a page
	exec(`UPDATE factor SET step = 1`)        // and some in the log
	for _, name := range []string{FileName, FileName + "-wal"} {
		data, err := os.ReadFile(filepath.Join(live, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir, secrets
}

// holding gives the files of a directory that hold one of the secrets.
func holding(t *testing.T, dir string, secrets [][]byte) (names []string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range secrets {
			if bytes.Contains(data, s) {
				names = append(names, f.Name())
				break
			}
		}
	}
	return names
}

func TestSecretsOfBeforeAreSealedAndOverwritten(t *testing.T) {
	ctx := context.Background()
	dir, secrets := former(t)
	if len(holding(t, dir, secrets)) != 2 {
		t.Fatal("the directory of before holds nothing in clear: the test looks for the wrong bytes")
	}
	s, err := openStore(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.db.Close() }()
	if names := holding(t, dir, secrets); names != nil {
		t.Errorf("still in clear in %v, while it is open", names)
	}
	ring := &keyRing{store: s, now: time.Now}
	if err := ring.load(ctx); err != nil || ring.newest().id != "signs" {
		t.Errorf("the signing key: %v", err)
	}
	now := time.Now()
	code, err := totp.GenerateCode(string(secrets[4]), now)
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := s.useFactor(ctx, "alice", code, now); err != nil || !ok {
		t.Errorf("the second factor of before: %v %v", ok, err)
	}
	if info, err := os.Stat(filepath.Join(dir, KeyFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key: %v %v", info, err)
	}
}

func TestSealingGoesOnWhereItStopped(t *testing.T) {
	ctx := context.Background()
	dir, secrets := former(t)
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, FileName)+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(schema); err != nil {
		t.Fatal(err)
	}
	half := &store{db: db}
	err = half.tx(ctx, func(tx *sql.Tx) error {
		if half.aead, err = readKey(dir, true); err != nil {
			return err
		}
		_, err := half.sealAll(ctx, tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = db.Close() // stopped before anything was overwritten
	if holding(t, dir, secrets) == nil {
		t.Fatal("nothing is left to overwrite: the test shows nothing")
	}
	s, err := openStore(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.db.Close() }()
	if names := holding(t, dir, secrets); names != nil {
		t.Errorf("still in clear in %v", names)
	}
}

// TestABackupNeedsTheKey: a copy of the accounts alone signs nobody in; with
// the key that is kept apart it does.
func TestABackupNeedsTheKey(t *testing.T) {
	w := newWorld(t)
	who := w.addPatient("alice", "alice")
	tok := w.signIn(who)
	w.next()
	ctx, copied := context.Background(), t.TempDir()
	if err := Backup(ctx, w.dir, filepath.Join(copied, FileName)); err != nil {
		t.Fatal(err)
	}
	if names := holding(t, copied, [][]byte{[]byte(who.secret)}); names != nil {
		t.Errorf("the second factor is in clear in the copy: %v", names)
	}
	cfg := Config{Issuer: w.srv.URL + "/oidc", Dir: copied, Portal: w.srv.URL + portalCallback, Now: w.clock.now, hashing: cheap}
	wrong := make([]byte, sealKeySize)
	key, err := os.ReadFile(filepath.Join(w.dir, KeyFile))
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{"none": nil, "another": wrong, "half of it": key[:16]} {
		if bad != nil {
			if err := os.WriteFile(filepath.Join(copied, KeyFile), bad, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := Open(ctx, cfg); err == nil || !strings.Contains(err.Error(), KeyFile) || !strings.Contains(err.Error(), "keys restore") {
			t.Errorf("%s: %v", name, err)
		}
		if err := SetPassword(ctx, copied, User{Login: "alice", Password: goodPassword}, w.clock.now()); err == nil || !strings.Contains(err.Error(), "keys restore") {
			t.Errorf("%s: the accounts are changed: %v", name, err)
		}
		_ = os.Remove(filepath.Join(copied, KeyFile))
	}
	if err := os.WriteFile(filepath.Join(copied, KeyFile), key, 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := Open(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	if _, err := p.Verifier().Citizen(ctx, tok.AccessToken); err != nil {
		t.Errorf("the copy does not know its signing key: %v", err)
	}
	in, problem, _ := p.password(ctx, "alice", goodPassword, "here")
	if problem == "" {
		problem, _ = p.checkCode(ctx, in.subject, w.codeNow(who.secret), "here")
	}
	if problem != "" {
		t.Errorf("nobody signs in to the copy: %s", problem)
	}
}

func TestASecretIsBoundToItsPlace(t *testing.T) {
	s, err := openStore(context.Background(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.db.Close() }()
	box := s.sealed(sealFactor, "alice", "secret")
	if got, err := s.opened(sealFactor, "alice", box); err != nil || got != "secret" {
		t.Errorf("%q %v", got, err)
	}
	for name, open := range map[string][3]string{
		"another row":     {sealFactor, "bob", box},
		"another purpose": {sealSigning, "alice", box},
		"cut":             {sealFactor, "alice", box[:8]},
		"in clear":        {sealFactor, "alice", newSecret()},
		"nothing":         {sealFactor, "alice", ""},
	} {
		if got, err := s.opened(open[0], open[1], open[2]); err == nil {
			t.Errorf("%s opens: %q", name, got)
		}
	}
}

// TestTwoOpenNewAccountsAtOnce: there is one key, and both have it.
func TestTwoOpenNewAccountsAtOnce(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	stores := make([]*store, 4)
	var all sync.WaitGroup
	for i := range stores {
		all.Go(func() {
			var err error
			if stores[i], err = openStore(ctx, dir); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if t.Failed() {
		return
	}
	box := stores[0].sealed(sealFactor, "alice", "secret")
	for _, s := range stores {
		if _, err := s.opened(sealFactor, "alice", box); err != nil {
			t.Error(err)
		}
		_ = s.db.Close()
	}
}
