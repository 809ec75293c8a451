package folder

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// A file is complete once it stays as it is; what is being written, hidden or
// ours is not looked at.
func TestCompleteFiles(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	w := &Watcher{Dir: dir, Skip: []string{"envoyes"}, Settle: 10 * time.Second}
	scan := func(at time.Time) string {
		t.Helper()
		files, passed, err := w.Scan(at)
		if err != nil || len(passed) > 1 || len(passed) == 1 && (passed[0].Path != "vide.pdf" || passed[0].Why != Empty) {
			t.Fatalf("%v, %v passed over", err, passed)
		}
		var names []string
		for _, f := range files {
			names = append(names, filepath.ToSlash(f.Path))
		}
		return strings.Join(names, " ")
	}
	touch := func(name, text string, at time.Time) {
		t.Helper()
		write(t, filepath.Join(dir, name), text)
		if err := os.Chtimes(filepath.Join(dir, name), at, at); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{".caché.pdf", "b.pdf.part", "c.TMP", "~$d.pdf", "Thumbs.db", "envoyes/x.pdf", ".dossier/y.pdf"} {
		touch(name, "x", now.Add(-time.Hour))
	}
	touch("vide.pdf", "", now.Add(-time.Hour))
	touch("ancien.pdf", "x", now.Add(-time.Hour))
	touch("sous/neuf.pdf", "x", now)
	if got := scan(now); got != "" {
		t.Errorf("at first sight: %q", got)
	}
	if got := scan(now.Add(time.Second)); got != "ancien.pdf" {
		t.Errorf("at the second: %q", got)
	}
	touch("sous/neuf.pdf", "xx", now.Add(5*time.Second))
	if got := scan(now.Add(12 * time.Second)); got != "ancien.pdf" {
		t.Errorf("while it grows: %q", got)
	}
	if got := scan(now.Add(23 * time.Second)); got != "ancien.pdf sous/neuf.pdf" {
		t.Errorf("once it rests: %q", got)
	}
	// A clock of the share that is ahead of ours only makes us wait.
	touch("demain.pdf", "x", now.Add(24*time.Hour))
	scan(now.Add(30 * time.Second))
	if got := scan(now.Add(35 * time.Second)); strings.Contains(got, "demain") {
		t.Errorf("too early: %q", got)
	}
	if got := scan(now.Add(41 * time.Second)); !strings.Contains(got, "demain") {
		t.Errorf("never: %q", got)
	}
}

func TestAFolderThatIsGone(t *testing.T) {
	w := &Watcher{Dir: filepath.Join(t.TempDir(), "absent"), Settle: time.Second}
	if _, _, err := w.Scan(time.Now()); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// A link is neither complete nor followed, and what is no file, or cannot be
// looked into, is told: each by its reason.
func TestLinksAreNotFollowed(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "vrai.pdf"), "x")
	for name, to := range map[string]string{"lien.pdf": "vrai.pdf", "boucle": "."} {
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	w := &Watcher{Dir: dir}
	for i := range 2 {
		files, passed, err := w.Scan(time.Now().Add(time.Duration(i+1) * time.Hour))
		if err != nil || len(files) != i || len(passed) != 2 || passed[0].Why != Link || passed[0].Path != "boucle" || passed[1].Why != Link {
			t.Errorf("look %d: %v %v %v", i, files, passed, err)
		}
	}
	if _, err := StampOf(filepath.Join(dir, "lien.pdf")); !errors.Is(err, fs.ErrInvalid) {
		t.Error(err)
	}
}

// Files of the same name are kept apart, long names are cut, and paths do not
// leave the folder.
func TestPlans(t *testing.T) {
	dir := t.TempDir()
	to := filepath.Join(dir, "envoyes")
	for i, want := range []string{"r.pdf", "r (2).pdf", "r (3).pdf"} {
		from := filepath.Join(dir, "r.pdf")
		write(t, from, strings.Repeat("x", i+1))
		p, err := NewPlan(from, to, "r.pdf", "")
		if err != nil || filepath.Base(p.To) != want {
			t.Fatalf("%v %v, want %s", p, err, want)
		}
		if err := Move(p); err != nil {
			t.Fatal(err)
		}
		if got := read(t, p.To); len(got) != i+1 {
			t.Errorf("%s holds %q", want, got)
		}
	}
	long := strings.Repeat("é", 124) + ".pdf" // 252 bytes
	write(t, filepath.Join(dir, long), "x")
	p, err := NewPlan(filepath.Join(dir, long), to, long, "motif")
	if err != nil || Move(p) != nil || len(filepath.Base(p.To)) > 255-len(reasonExt) {
		t.Errorf("a long name: %v %v", p, err)
	}
	for _, inside := range []string{"../r.pdf", "/etc/r.pdf", ""} {
		if _, err := NewPlan("x", to, inside, ""); !errors.Is(err, fs.ErrInvalid) {
			t.Errorf("%q: %v", inside, err)
		}
	}
}

// Whatever a crash left of a move, the same move again ends it: the file is at
// its place once, with its words, and nothing else is touched.
func TestAMoveThatWasCutShort(t *testing.T) {
	for name, crash := range map[string]func(t *testing.T, p Plan){
		"before anything":  func(*testing.T, Plan) {},
		"the place taken":  func(t *testing.T, p Plan) { write(t, p.To, "") },
		"the words beside": func(t *testing.T, p Plan) { write(t, p.To, ""); write(t, p.To+reasonExt, p.Reason) },
		"moved": func(t *testing.T, p Plan) {
			write(t, p.To, "")
			if err := os.Rename(p.From, p.To); err != nil {
				t.Fatal(err)
			}
		},
		"copied and not removed": func(t *testing.T, p Plan) { write(t, p.To, "contenu") },
		"ended":                  func(t *testing.T, p Plan) { _ = Move(p) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			from := filepath.Join(dir, "a.pdf")
			write(t, from, "contenu")
			p, err := NewPlan(from, filepath.Join(dir, "refuses"), "sous/a.pdf", "Refusé.\n")
			if err != nil {
				t.Fatal(err)
			}
			crash(t, p)
			if err := Move(p); err != nil {
				t.Fatal(err)
			}
			if read(t, p.To) != "contenu" || read(t, p.To+reasonExt) != "Refusé.\n" {
				t.Error("not as it should be")
			}
			if _, err := os.Lstat(from); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the first one: %v", err)
			}
			entries, err := os.ReadDir(filepath.Dir(p.To))
			if err != nil || len(entries) != 2 {
				t.Errorf("%v %v", entries, err)
			}
		})
	}
}

// What somebody else put at the place stays, and so does the file.
func TestNothingIsOverwritten(t *testing.T) {
	dir := t.TempDir()
	from := filepath.Join(dir, "a.pdf")
	write(t, from, "contenu")
	p, err := NewPlan(from, filepath.Join(dir, "envoyes"), "a.pdf", "")
	if err != nil {
		t.Fatal(err)
	}
	write(t, p.To, "d’un autre")
	if err := Move(p); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	if read(t, p.To) != "d’un autre" || read(t, from) != "contenu" {
		t.Error("something was touched")
	}
}

// To another device the bytes are copied, and the first file goes last.
func TestAMoveToAnotherDevice(t *testing.T) {
	other, err := os.MkdirTemp("/dev/shm", "carnet-lab-*")
	if err != nil {
		other = t.TempDir() // one device only: the same bytes by the same door
	}
	t.Cleanup(func() { os.RemoveAll(other) })
	from := filepath.Join(t.TempDir(), "a.pdf")
	write(t, from, strings.Repeat("contenu", 10_000))
	p, err := NewPlan(from, other, "a.pdf", "mot\n")
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(from)
	if err != nil {
		t.Fatal(err)
	}
	write(t, p.To, "")
	if err := p.copy(info); err != nil { // whatever the device
		t.Fatal(err)
	}
	write(t, from, strings.Repeat("contenu", 10_000)) // a crash before it was removed
	if err := Move(p); err != nil {
		t.Fatal(err)
	}
	if got := read(t, p.To); len(got) != 70_000 {
		t.Errorf("%d bytes", len(got))
	}
	if _, err := os.Lstat(from); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
