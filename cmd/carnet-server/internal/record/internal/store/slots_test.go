package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func slotKeys(t testing.TB) (*Keys, string) {
	t.Helper()
	dir := t.TempDir()
	k, err := OpenKeys(dir, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.MakeSlots(dir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Close() })
	return k, dir
}

func must(t testing.TB, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// A key is there until it is destroyed, and then in nothing that is read.
func TestASlot(t *testing.T) {
	k, dir := slotKeys(t)
	must(t, k.MakeRecordKey(1), k.MakeRecordKey(2), k.MakeRecordKey(9000), k.Flush())
	path := filepath.Join(dir, RecordKeyFile)
	before, err := os.ReadFile(path)
	must(t, err)
	box, err := k.Box(2, nil)
	must(t, err)
	sealed := box.Seal("content", 1, 0, []byte("clear"))
	for record, want := range map[int64]error{1: nil, 2: nil, 3: ErrSealed, 9000: nil, 9001: ErrSealed, 0: ErrSealed, -1: ErrSealed} {
		if _, err := k.Box(record, nil); !errors.Is(err, want) {
			t.Errorf("%d: %v", record, err)
		}
	}
	must(t, k.Destroy(2), k.Destroy(2))
	again, err := OpenKeys(dir, false)
	must(t, err)
	defer func() { _ = again.Close() }()
	for _, keys := range []*Keys{k, again} {
		if _, err := keys.Box(2, nil); !errors.Is(err, ErrErased) {
			t.Errorf("destroyed: %v", err)
		}
		if _, err := keys.Box(2, before[slotAt(2):slotAt(2)+wrapped]); !errors.Is(err, ErrErased) {
			t.Errorf("destroyed, with the key of an older row: %v", err)
		}
		if all, err := keys.AllDestroyed(); err != nil || !slices.Equal(all, []int64{2}) {
			t.Errorf("%v, %v", all, err)
		}
		if err := keys.MakeRecordKey(2); !errors.Is(err, ErrErased) {
			t.Errorf("a new key in the place of a destroyed one: %v", err)
		}
	}
	after, err := os.ReadFile(path)
	must(t, err)
	if bytes.Contains(after, before[slotAt(2):slotAt(2)+wrapped]) || !bytes.Equal(after[:slotAt(2)], before[:slotAt(2)]) {
		t.Error("the slot is there, or another one changed")
	}
	if _, err := box.Open(nil, "content", 1, 0, sealed); err != nil {
		t.Errorf("who had opened the record before reads to the end: %v", err)
	}
}

// A key opens for its own record alone, and under its own master key.
func TestASlotIsBound(t *testing.T) {
	k, dir := slotKeys(t)
	must(t, k.MakeRecordKey(1), k.MakeRecordKey(2), k.Flush(), k.Close())
	path := filepath.Join(dir, RecordKeyFile)
	file, err := os.ReadFile(path)
	must(t, err)
	swapped := bytes.Clone(file)
	copy(swapped[slotAt(2):], file[slotAt(1):slotAt(1)+slotSize])
	must(t, os.WriteFile(path, swapped, 0o600))
	moved, err := OpenKeys(dir, false)
	must(t, err)
	defer func() { _ = moved.Close() }()
	if _, err := moved.Box(2, nil); !errors.Is(err, ErrSealed) {
		t.Errorf("another record's key: %v", err)
	}
	if _, err := moved.Box(1, nil); err != nil {
		t.Error(err)
	}
	for name, harm := range map[string]func(){
		"another master key": func() { must(t, os.WriteFile(filepath.Join(dir, KeyFile), make([]byte, keySize), 0o600)) },
		"no header":          func() { must(t, os.WriteFile(path, nil, 0o600)) },
	} {
		harm()
		if k, err := OpenKeys(dir, false); err == nil {
			_ = k.Close()
			t.Errorf("%s: it opens", name)
		}
	}
}

// There is one saved copy: the latest, with the bytes of the one before
// overwritten, also where somebody still holds the file open.
func TestOneSavedCopy(t *testing.T) {
	k, dir := slotKeys(t)
	must(t, k.MakeRecordKey(1), k.Flush())
	to := filepath.Join(t.TempDir(), "keys")
	names := []string{KeyFile, RecordKeyFile}
	must(t, Save(dir, to, names))
	held, err := os.Open(to)
	must(t, err)
	defer func() { _ = held.Close() }()
	slot, err := os.ReadFile(filepath.Join(dir, RecordKeyFile))
	must(t, err)
	must(t, k.Destroy(1), Save(dir, to, names))
	for _, f := range []func() ([]byte, error){
		func() ([]byte, error) { return os.ReadFile(to) },
		func() ([]byte, error) {
			b := make([]byte, 4096)
			n, _ := held.Read(b)
			return b[:n], nil
		},
	} {
		data, err := f()
		if err != nil || len(data) == 0 || bytes.Contains(data, slot[slotAt(1):slotAt(1)+wrapped]) {
			t.Errorf("%d bytes, %v: the destroyed key is there", len(data), err)
		}
	}
	restored := t.TempDir()
	must(t, Restore(to, restored))
	if err := Restore(to, restored); err == nil {
		t.Error("keys were restored over keys")
	}
	for _, name := range names {
		a, _ := os.ReadFile(filepath.Join(dir, name))
		b, err := os.ReadFile(filepath.Join(restored, name))
		if info, statErr := os.Stat(filepath.Join(restored, name)); err != nil || statErr != nil || !bytes.Equal(a, b) || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, err, statErr)
		}
	}
}

// Whatever is said to be saved keys, nothing is written outside the directory.
func FuzzRestore(f *testing.F) {
	f.Add([]byte(savedMagic))
	f.Add([]byte(savedMagic + "\x00\x00\x00\x00\x00\x00\x00\x04../x\x00\x00\x00\x00\x00\x00\x00\x01y"))
	f.Add([]byte(savedMagic + "\x00\x00\x00\x00\x00\x00\x00\x01k\x00\x00\x00\x00\x00\x00\x00\x01y"))
	f.Add([]byte(savedMagic + "\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		outer := t.TempDir()
		dir, from := filepath.Join(outer, "dir"), filepath.Join(outer, "from")
		must(t, os.Mkdir(dir, 0o700), os.WriteFile(from, data, 0o600))
		_ = Restore(from, dir)
		around, err := os.ReadDir(outer)
		if err != nil || len(around) != 2 {
			t.Errorf("%v, %v", around, err)
		}
	})
}

// BenchmarkMakeRecordKey is of a record's key without the fsync, which a
// transaction of many records shares.
func BenchmarkMakeRecordKey(b *testing.B) {
	k, _ := slotKeys(b)
	n := int64(0)
	for b.Loop() {
		n++
		must(b, k.MakeRecordKey(n))
	}
}
