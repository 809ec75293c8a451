package cache

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func keyName(n int) string { return fmt.Sprintf("%032x", n+1) }

// keysIn gives a table in a folder of its own, with so many keys.
func keysIn(t testing.TB, n int) *keyTable {
	t.Helper()
	dir := t.TempDir()
	seal, _, _, err := sealersIn(dir)
	ok(t, "vault", err)
	table := newKeys(dir, seal)
	names := make([]string, n)
	for i := range names {
		names[i] = keyName(i)
	}
	ok(t, "add", table.add(names...))
	return table
}

// A key that is dropped is gone from the file, which neither moves nor grows; its row
// is the next one to be used.
func TestAKeyIsDroppedInPlace(t *testing.T) {
	table := keysIn(t, 5)
	before, err := os.Stat(table.path())
	ok(t, "stat", err)
	was, err := os.ReadFile(table.path())
	ok(t, "read", err)
	row := table.rows[keyName(2)]
	ok(t, "drop", table.drop(keyName(2), keyName(77)))
	now, err := os.ReadFile(table.path())
	ok(t, "read", err)
	after, err := os.Stat(table.path())
	ok(t, "stat", err)
	if !os.SameFile(before, after) || len(now) != len(was) {
		t.Error("the file is another one")
	}
	clear(was[row*rowSize : (row+1)*rowSize])
	if !bytes.Equal(was, now) {
		t.Error("more or less than the row is gone")
	}
	ok(t, "add", table.add(keyName(9)))
	if table.rows[keyName(9)] != row {
		t.Errorf("the new key is in row %d, not in %d", table.rows[keyName(9)], row)
	}
	again, err := loadKeys(table.dir, table.seal)
	ok(t, "load", err)
	if len(again.keys) != 5 || again.has(keyName(2)) || !bytes.Equal(again.get(keyName(9)), table.get(keyName(9))) {
		t.Errorf("%v", again.names())
	}
}

// A damaged row is one key less, and is free again.
func TestADamagedRowIsOneKeyLess(t *testing.T) {
	table := keysIn(t, 40)
	file, err := os.ReadFile(table.path())
	ok(t, "read", err)
	file[table.rows[keyName(7)]*rowSize+50] ^= 1
	ok(t, "write", os.WriteFile(table.path(), file, 0o600))
	for _, damaged := range []int{1, 0} {
		again, err := loadKeys(table.dir, table.seal)
		ok(t, "load", err)
		if again.damaged != damaged || len(again.keys) != 39 || again.has(keyName(7)) {
			t.Fatalf("%d damaged, %d keys", again.damaged, len(again.keys))
		}
	}
}

// Where the table can not be written in place, it goes as a whole: nothing opens that
// may not, and what comes next is kept anew.
func TestATableThatCannotBeWrittenGoes(t *testing.T) {
	table := keysIn(t, 3)
	ok(t, "remove", os.Remove(table.path()))
	ok(t, "a folder in its place", os.Mkdir(table.path(), 0o700))
	ok(t, "drop", table.drop(keyName(1)))
	if len(table.names()) != 0 {
		t.Errorf("%d keys stay", len(table.names()))
	}
	ok(t, "add", table.add(keyName(4)))
	again, err := loadKeys(table.dir, table.seal)
	ok(t, "load", err)
	if !slices.Equal(again.names(), []string{keyName(4)}) {
		t.Errorf("%v", again.names())
	}
	other := keysIn(t, 1)
	ok(t, "remove", os.Remove(other.path()))
	ok(t, "make a folder", os.MkdirAll(filepath.Join(other.path(), "full"), 0o700))
	if other.drop(keyName(0)) == nil || other.has(keyName(0)) {
		t.Error("a key that stays on the disk is told gone, or stays in memory")
	}
}

// Whatever is added and dropped, the file holds what the memory does.
func TestTheTableIsTheFile(t *testing.T) {
	start := keysIn(t, 0)
	rapid.Check(t, func(rt *rapid.T) {
		ok(t, "remove", os.RemoveAll(start.path()))
		table := newKeys(start.dir, start.seal)
		for range rapid.IntRange(1, 12).Draw(rt, "changes") {
			var names []string
			for _, n := range rapid.SliceOfN(rapid.IntRange(0, 60), 1, 40).Draw(rt, "names") {
				names = append(names, keyName(n))
			}
			if rapid.Bool().Draw(rt, "add") {
				ok(t, "add", table.add(names...))
			} else {
				ok(t, "drop", table.drop(names...))
			}
		}
		again, err := loadKeys(table.dir, table.seal)
		ok(t, "load", err)
		if len(again.keys) != len(table.keys) || again.damaged != 0 || len(again.free)+len(again.keys) != again.size {
			rt.Fatalf("%d keys on disk, %d in memory, %d damaged, %d free of %d", len(again.keys), len(table.keys), again.damaged, len(again.free), again.size)
		}
		for name, key := range table.keys {
			if !bytes.Equal(key, again.keys[name]) {
				rt.Fatal("another key")
			}
		}
	})
}
