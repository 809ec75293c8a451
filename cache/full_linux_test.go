package cache

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carnet/cache/killtest"
	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// fullBench is a bench over a small disk.
type fullBench struct {
	*bench
	disk *killtest.Disk
	full bool
}

// newFullBench copies two records onto a disk that a test can fill; nil in the process
// that only waits for the one with the disk.
func newFullBench(t *testing.T) *fullBench {
	t.Helper()
	d := killtest.SmallDisk(t, 160)
	if d == nil {
		return nil
	}
	b, err := world(d.Dir)
	ok(t, "world", err)
	b.t = t
	f := &fullBench{bench: b, disk: d}
	f.told()
	f.copied(clienttest.PatientLea, clienttest.PatientHelene)
	return f
}

// told says how full the disk is where there is none to fill.
func (b *fullBench) told() {
	if b.disk.Bounded {
		return
	}
	b.contents.disk.free = func(string) (int64, bool, error) {
		if b.full {
			return 0, true, nil
		}
		return 1 << 40, true, nil
	}
}

func (b *fullBench) fillDisk() {
	b.full = true
	b.disk.Fill(b.t.(*testing.T))
}

func (b *fullBench) freeDisk() {
	b.full = false
	b.disk.Free(b.t.(*testing.T))
}

// tells wants an error that says to a person that the disk is full.
func tells(t *testing.T, what string, err error) {
	t.Helper()
	refused(t, what, err, fhir.Unavailable)
	if !strings.Contains(err.Error(), "plein") {
		t.Errorf("%s: the words are %q", what, err)
	}
}

// On a full disk the program goes on: what was copied can be read, nothing more is
// copied, and what may no longer be kept goes, on the disk too. With room everything
// goes on.
func TestAFullDiskEndsNothing(t *testing.T) {
	b := newFullBench(t)
	if b == nil {
		return
	}
	ctx := context.Background()
	if b.Short() {
		t.Fatal("short of room from the start")
	}
	lea := b.entry(clienttest.PatientLea)
	b.fillDisk()
	_, err := b.Cache.Open(ctx, clienttest.PatientLeaYounger, client.OpenRequest{})
	ok(t, "a record opened online", err)
	for range 20 {
		did, err := b.Sync(ctx)
		ok(t, "a round with nothing to write", err)
		if did.Taken != 0 || did.Purged != 0 || !b.Short() {
			t.Fatalf("on a full disk: %+v", did)
		}
	}

	b.disk.Leave(t, 1<<20)
	b.offline(true)
	for _, id := range []string{clienttest.PatientLea, clienttest.PatientHelene} {
		page, err := b.Documents(ctx, client.Access{PatientID: id}, client.DocumentQuery{})
		if err != nil || len(page.Documents) == 0 {
			t.Fatalf("read with next to no room: %v", err)
		}
	}
	b.offline(false)
	b.fillDisk()

	b.copies.end(clienttest.PatientLea)
	did, err := b.Sync(ctx)
	ok(t, "a round that purges", err)
	if did.Purged != 1 || b.entry(clienttest.PatientLea) != nil {
		t.Fatalf("a revoked copy on a full disk: %+v", did)
	}
	onDisk, err := loadKeys(b.cfg.Dir, b.seal)
	ok(t, "the table of keys", err)
	if onDisk.has(lea.record) || len(onDisk.names()) != 1 {
		t.Error("the key of a revoked copy is still on the disk")
	}
	if _, err := os.Stat(filepath.Join(b.cfg.Dir, contentsName, lea.record)); !os.IsNotExist(err) {
		t.Error("contents of a revoked copy are still on the disk")
	}

	b.fillDisk()
	ok(t, "shut", b.Shut())
	if b.disk.Bounded {
		b.fillDisk()
		_, err = Open(b.cfg)
		tells(t, "open on a full disk", err)
	}
	b.freeDisk()
	b.open()
	b.told()
	if r := b.Report(); r.Records != 1 || r.Lost != 0 || r.Rebuilt {
		t.Errorf("opened with room again: %+v", r)
	}
	strays, err := b.strays()
	if err != nil || len(strays) != 0 {
		t.Errorf("what the purge left behind is still there: %v", err)
	}
	if r := b.copied(clienttest.PatientLeaYounger); r.Taken != 1 || b.Short() {
		t.Errorf("with room again: %+v", r)
	}
	ok(t, "shut", b.Shut())
}

// A document that may no longer be kept takes its whole copy with it when what is left
// of it can not be written anew.
func TestADocumentThatGoesOnAFullDisk(t *testing.T) {
	b := newFullBench(t)
	if b == nil {
		return
	}
	ctx := context.Background()
	b.fillDisk()
	a := client.Access{PatientID: clienttest.PatientLea}
	page, err := b.Documents(ctx, a, client.DocumentQuery{Limit: 1000})
	ok(t, "documents", err)
	yes, changed := true, false
	for _, doc := range page.Documents {
		if _, err := b.fake.Change(ctx, a, doc, client.Change{Archived: &yes}); err == nil {
			changed = true
			break
		}
	}
	if !changed {
		t.Fatal("no document goes")
	}
	did, err := b.Sync(ctx)
	tells(t, "a round on a full disk", err)
	if b.entry(clienttest.PatientLea) != nil || b.entry(clienttest.PatientHelene) == nil {
		t.Errorf("the copy with the document stays, or another one goes: %v, %v, %+v", b.entry(clienttest.PatientLea) == nil, b.entry(clienttest.PatientHelene) == nil, did)
	}
	b.freeDisk()
	ok(t, "shut", b.Shut())
}

// Another program takes all the room after Carnet looked: what is written then has its
// room beforehand, and so has closing.
func TestTheDiskFillsBetweenLookingAndWriting(t *testing.T) {
	b := newFullBench(t)
	if b == nil {
		return
	}
	b.contents.disk.free = func(string) (int64, bool, error) { return 1 << 40, true, nil }
	b.fillDisk()
	for range 200 {
		ok(t, "heads", b.putHeads([]*entry{b.entry(clienttest.PatientLea), b.entry(clienttest.PatientHelene)}))
	}
	ok(t, "shut", b.Shut())
	b.freeDisk()
	b.open()
	if r := b.Report(); r.Records != 2 || r.Rebuilt || r.Lost != 0 {
		t.Errorf("%+v", r)
	}
	ok(t, "shut", b.Shut())
}
