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

// Whatever a disk gives back for the table of keys: keys as they were, or none.
func FuzzKeys(f *testing.F) {
	dir := f.TempDir()
	seal, _, _, err := sealersIn(dir)
	ok(f, "vault", err)
	const name = "00112233445566778899aabbccddeeff"
	table := newKeys(dir, seal)
	ok(f, "add", table.add(name))
	good, err := os.ReadFile(filepath.Join(dir, keysName))
	ok(f, "read", err)
	short, err := seal.Seal([]byte("short"), keysLabel)
	ok(f, "seal", err)
	f.Add(good)
	f.Add(append([]byte{byte(len(short))}, short...))
	f.Add(good[:rowSize])
	f.Add(append(good[:rowSize:rowSize], good[:100]...))
	f.Add(bytes.Repeat(good[:rowSize], 2))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		ok(t, "write", os.WriteFile(filepath.Join(dir, keysName), data, 0o600))
		got, err := loadKeys(dir, seal)
		if len(got.keys) > 1 || len(got.keys) == 1 && !bytes.Equal(got.get(name), table.get(name)) || err != nil && len(got.keys) != 0 {
			t.Fatalf("%d keys, %v", len(got.keys), err)
		}
		if bytes.Equal(data, good) != (err == nil && len(got.keys) == 1 && len(data) == len(good) && got.damaged == 0) {
			t.Fatalf("%d keys, %d damaged, %v", len(got.keys), got.damaged, err)
		}
		other := "ff112233445566778899aabbccddee00"
		ok(t, "add", got.add(other))
		again, err := loadKeys(dir, seal)
		if err != nil || !again.has(other) || again.has(name) != got.has(name) || again.damaged != 0 {
			t.Fatalf("after an addition: %d keys, %d damaged, %v", len(again.keys), again.damaged, err)
		}
	})
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
