package cache

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// Whatever a disk gives back for a value: the value as it was, or an error.
func FuzzValue(f *testing.F) {
	seal, _, _, err := sealersIn(f.TempDir())
	ok(f, "vault", err)
	c, key, l := &Cache{seal: seal}, bytes.Repeat([]byte{7}, keySize), vault.Label{Name: "n", Patient: "p"}
	plain, err := pack(client.Content{Type: "application/pdf", Bytes: []byte("%PDF-")})
	ok(f, "pack", err)
	good, err := c.sealed(key, plain, l)
	ok(f, "seal", err)
	outer, err := seal.Seal([]byte("no inner seal"), l)
	ok(f, "seal", err)
	f.Add(good)
	f.Add([]byte{})
	f.Add(outer)
	f.Add(good[:len(good)-1])
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := c.opened(key, data, l)
		if (err == nil) != bytes.Equal(data, good) {
			t.Fatalf("opened to %q, %v", got, err)
		}
		if kind, body, err := unpack(data); err == nil {
			if again, err := pack(client.Content{Type: kind, Bytes: body}); err != nil || !json.Valid(again[:len(again)-len(body)]) {
				t.Fatalf("packed again: %v", err)
			}
		}
	})
}

// Whatever a disk gives back for the table of keys: the table, or damage.
func FuzzKeys(f *testing.F) {
	dir := f.TempDir()
	seal, _, _, err := sealersIn(dir)
	ok(f, "vault", err)
	table := &keyTable{dir: dir, seal: seal, keys: map[string][]byte{}}
	ok(f, "add", table.add("00112233445566778899aabbccddeeff"))
	good, err := os.ReadFile(filepath.Join(dir, keysName))
	ok(f, "read", err)
	short, err := seal.Seal([]byte("short"), keysLabel)
	ok(f, "seal", err)
	f.Add(good)
	f.Add(short)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		ok(t, "write", os.WriteFile(filepath.Join(dir, keysName), data, 0o600))
		got, err := loadKeys(dir, seal)
		if (err == nil) != bytes.Equal(data, good) || err == nil && len(got.keys) != 1 || err != nil && len(got.keys) != 0 {
			t.Fatalf("%d keys, %v", len(got.keys), err)
		}
	})
}

// A crash between the two renames of a save leaves a table, and no old one.
func TestTheTableOfKeysSurvives(t *testing.T) {
	dir := t.TempDir()
	seal, _, _, err := sealersIn(dir)
	ok(t, "vault", err)
	table := &keyTable{dir: dir, seal: seal, keys: map[string][]byte{}}
	ok(t, "add", table.add("00112233445566778899aabbccddeeff"))
	path, old := filepath.Join(dir, keysName), filepath.Join(dir, keysOld)
	ok(t, "rename", os.Rename(path, old))
	again, err := loadKeys(dir, seal)
	if err != nil || !again.has("00112233445566778899aabbccddeeff") {
		t.Fatalf("after a crash: %v", err)
	}
	ok(t, "drop", again.drop("00112233445566778899aabbccddeeff"))
	if _, err := os.Stat(old); !os.IsNotExist(err) {
		t.Error("the table before is still there")
	}
	if last, err := loadKeys(dir, seal); err != nil || len(last.keys) != 0 {
		t.Fatalf("after a drop: %v", err)
	}
}

// An error that Open met is not taken for a crash at the next start.
func TestAnErrorIsNoCrash(t *testing.T) {
	b := newBench(t, clienttest.Options{Documents: 10})
	b.copied(clienttest.PatientLea)
	ok(t, "shut", b.Shut())
	path := filepath.Join(b.cfg.Dir, keysName)
	table, err := os.ReadFile(path)
	ok(t, "read", err)
	ok(t, "remove", os.Remove(path))
	ok(t, "put a folder in its place", os.Mkdir(path, 0o700))
	_, err = Open(b.cfg)
	refused(t, "open", err, fhir.Unavailable)
	ok(t, "remove", os.Remove(path))
	ok(t, "write", os.WriteFile(path, table, 0o600))
	b.open()
	if r := b.Report(); r.Rebuilt || r.Records != 1 {
		t.Errorf("%+v", r)
	}
}
