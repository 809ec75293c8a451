//go:build unix

package batch

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"carnet/client/clienttest"
)

// What is no file is told and not waited for: a pipe that nobody writes to, and a
// folder in a file's place. A folder that cannot be read is looked at again.
func TestWhatIsNoFile(t *testing.T) {
	p := newPlace(t)
	p.result("a.pdf", clienttest.PatientLea)
	ok(t, "pipe", syscall.Mkfifo(filepath.Join(p.dir, "pipe.pdf"), 0o600))
	m := p.write("list.csv", []byte("fichier\nsub\na.pdf\n"))
	ok(t, "folder", os.Mkdir(filepath.Join(p.dir, "sub"), 0o700))
	e := p.engine()
	running(t, e)
	ok(t, "add", e.Add(t.Context(), p.dir, filepath.Join(p.dir, "pipe.pdf")))
	settled(t, e)
	stands(t, e, "pipe.pdf", Fix, Unreadable)
	stands(t, e, "a.pdf", Ready)
	ok(t, "add", e.Add(t.Context(), m))
	settled(t, e)
	stands(t, e, "sub", Fix, Unreadable)
	ok(t, "again", e.Again(t.Context(), row(t, e, "sub").ID))
	settled(t, e)
	stands(t, e, "sub", Fix, Unreadable)
	p.result("locked/c.pdf", clienttest.PatientGisele)
	e.cannot(p.dir, "locked", Unreadable) // as the walk does without permission
	ok(t, "again", e.Again(t.Context(), row(t, e, "locked").ID))
	settled(t, e)
	stands(t, e, "locked", Removed)
	stands(t, e, "c.pdf", Ready)
}
