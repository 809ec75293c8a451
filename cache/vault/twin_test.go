package vault

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

// One changed bit of one of the small files on which all else hangs, or its loss,
// loses nothing: the person's folder is found and opens, and both files are whole again.
func TestASmallFileIsDamaged(t *testing.T) {
	ctx, dir, c := context.Background(), t.TempDir(), newClock()
	v := open(t, dir, anne, c)
	ok(t, "create", v.Create(ctx, pass("la bonne phrase")))
	sealed, err := v.For("cache").Seal([]byte("un secret"), Label{"k", "p1"})
	ok(t, "seal", err)
	folder := v.Dir()
	names, vaultFile := filepath.Join(dir, "names.key"), filepath.Join(folder, fileName)
	for _, path := range []string{names, names + twinSuffix, vaultFile, vaultFile + twinSuffix} {
		good, err := os.ReadFile(path)
		ok(t, "read", err)
		flipped := append([]byte(nil), good...)
		flipped[len(good)/2] ^= 1
		for name, damage := range map[string]func() error{
			"flipped": func() error { return os.WriteFile(path, flipped, 0o600) },
			"cut":     func() error { return os.WriteFile(path, good[:7], 0o600) },
			"empty":   func() error { return os.WriteFile(path, nil, 0o600) },
			"gone":    func() error { return os.Remove(path) },
		} {
			ok(t, name, damage())
			v := open(t, dir, anne, c)
			if v.Dir() != folder {
				t.Fatalf("%s %s: another folder is looked in", filepath.Base(path), name)
			}
			ok(t, filepath.Base(path)+" "+name, v.Unlock(ctx, pass("la bonne phrase")))
			opens(t, v, sealed)
			if again, err := os.ReadFile(path); err != nil || string(again) != string(good) {
				t.Errorf("%s %s: it stays so, %v", filepath.Base(path), name, err)
			}
		}
	}
}

// Without any key to their names the folders of the people here are not passed over
// as if there were none.
func TestTheKeyToTheFoldersIsGone(t *testing.T) {
	dir, c := t.TempDir(), newClock()
	v := open(t, dir, anne, c)
	ok(t, "create", v.Create(context.Background(), pass("la bonne phrase")))
	for _, name := range []string{"names.key", "names.key" + twinSuffix} {
		ok(t, "remove", os.Remove(filepath.Join(dir, name)))
	}
	_, err := Open(Config{Dir: dir, Keyring: mock(), KDF: cheap, Now: c.now}, anne)
	want(t, "no key", err, ErrDamaged)
	// a vault that was made before there were twins has one from now on
	old := t.TempDir()
	v = open(t, old, anne, c)
	ok(t, "create", v.Create(context.Background(), pass("la bonne phrase")))
	for _, path := range []string{filepath.Join(old, "names.key"), filepath.Join(v.Dir(), fileName)} {
		ok(t, "remove", os.Remove(path+twinSuffix))
	}
	ok(t, "unlock", open(t, old, anne, c).Unlock(context.Background(), pass("la bonne phrase")))
	for _, path := range []string{filepath.Join(old, "names.key"), filepath.Join(v.Dir(), fileName)} {
		if _, err := os.Stat(path + twinSuffix); err != nil {
			t.Error(err)
		}
	}
	ok(t, "erase", v.Erase(context.Background()))
	if left, _ := filepath.Glob(filepath.Join(v.Dir(), fileName+"*")); len(left) > 0 {
		t.Errorf("erased, and there is %v", left)
	}
}
