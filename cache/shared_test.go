package cache

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

func contains(all []string, one string) bool { return slices.Contains(all, one) }

func vaultFolder(dir string) error { return os.MkdirAll(dir, 0o700) }

const lea, helene = clienttest.PatientLea, clienttest.PatientHelene

// A colleague served this patient yesterday. Today the other one signs in, the network
// drops, and the counter works: the record is found and read, under a lease and in a
// journal of their own, and the bytes that were here already are not fetched again.
func TestAColleagueServedThisPatientYesterday(t *testing.T) {
	d := newDesk(t)
	claire, mathieu := d.worker("claire", house{org: "pharmacie"}), d.worker("mathieu", house{org: "pharmacie"})
	claire.sits(func() { claire.copied(lea) })
	d.clock.move(24 * time.Hour)
	mathieu.sits(func() {
		if r := mathieu.sync(); r.Taken != 1 || r.Fetched != 0 || mathieu.copies.bytes != 0 {
			t.Errorf("the colleague's copy: %+v", r)
		}
		if ids := mathieu.finds(); !slices.Equal(ids, []string{lea}) {
			t.Errorf("found: %v", ids)
		}
		docs := mathieu.reads(lea)
		if len(docs) == 0 {
			t.Error("nothing to read")
		}
		mathieu.sync()
		for _, r := range mathieu.copies.reads {
			if r.Lease != mathieu.copies.held["lease-"+lea].ID || r.PatientID != lea {
				t.Errorf("%+v", r)
			}
		}
		if len(mathieu.copies.reads) != len(docs)+1 || len(claire.copies.reads) != 0 {
			t.Errorf("%d reads of mathieu's, %d of claire's", len(mathieu.copies.reads), len(claire.copies.reads))
		}
		if r := mathieu.sync(); r.Requests != 2 {
			t.Errorf("a sync with no change: %+v", r)
		}
	})
}

// Each reads by what the server lets them read: a nurse of the same establishment has
// another column, who is blocked has nothing and learns nothing, who works elsewhere
// has another pool, who works nowhere has none.
func TestEachMemberReadsWhatTheyMay(t *testing.T) {
	d := newDesk(t)
	claire := d.worker("claire", house{org: "pharmacie"})
	claire.sits(func() { claire.copied(lea, helene) })
	var all []client.Document
	claire.sits(func() { all = claire.reads(lea) })
	reports := func(x client.Document) bool { return x.Type.Code == all[0].Type.Code }
	if n := len(slices.DeleteFunc(slices.Clone(all), func(x client.Document) bool { return !reports(x) })); n == 0 || n == len(all) {
		t.Fatalf("%d of %d documents are of the nurse's column", n, len(all))
	}
	nurse := d.worker("nurse", house{org: "pharmacie", sees: reports})
	nurse.sits(func() {
		nurse.sync()
		docs := nurse.reads(lea)
		if len(docs) == 0 || len(docs) == len(all) || slices.ContainsFunc(docs, func(x client.Document) bool { return !reports(x) }) {
			t.Errorf("the nurse reads %d of %d documents", len(docs), len(all))
		}
		nurse.guesses(all)
	})
	blocked := d.worker("blocked", house{org: "pharmacie", blocked: map[string]bool{lea: true}})
	blocked.sits(func() {
		if r := blocked.sync(); r.Taken != 1 {
			t.Errorf("who is blocked of one record: %+v", r)
		}
		blocked.shutOff(lea)
		if ids := blocked.finds(); !slices.Equal(ids, []string{helene}) {
			t.Errorf("found: %v", ids)
		}
		asked := blocked.copies.requests
		if blocked.sync(); blocked.copies.requests != asked+1 {
			t.Error("a record that is not given is asked for again and again")
		}
	})
	for name, h := range map[string]house{"doctor": {org: "cabinet"}, "nobody": {}, "former": {org: "pharmacie", away: true}} {
		other := d.worker(name, h)
		other.sits(func() {
			if r := other.sync(); r.Taken != 0 {
				t.Errorf("%s: %+v", name, r)
			}
			if ids := other.finds(); len(ids) > 0 {
				t.Errorf("%s finds %v", name, ids)
			}
		})
	}
	claire.sits(func() { // nobody took anything from her
		if docs := claire.reads(lea); len(docs) != len(all) {
			t.Errorf("she reads %d of %d", len(docs), len(all))
		}
	})
}

// guesses has a member whose program was altered ask the pool for documents that the
// server never told them of.
func (w *worker) guesses(all []client.Document) {
	w.t.Helper()
	e := w.entry(lea)
	for _, d := range all {
		if slices.Contains(e.Documents, d.ID) {
			continue
		}
		d.Attachment.Hash = "" // what only the description says
		if plain, err := w.pool.get(e.Card, d); err == nil || plain != nil {
			w.t.Errorf("%d bytes of what the member may not read", len(plain))
		}
	}
}

// What the server refuses one member is closed for all of them at once, and opens
// again for whom it says that they may.
func TestARefusalClosesTheRecordForAll(t *testing.T) {
	d := newDesk(t)
	claire, mathieu := d.worker("claire", house{org: "pharmacie"}), d.worker("mathieu", house{org: "pharmacie"})
	claire.sits(func() { claire.copied(lea, helene) })
	mathieu.sits(func() { mathieu.sync() })
	claire.copies.end(lea) // the patient withdrew the right
	claire.sits(func() {
		if r := claire.sync(); r.Purged != 1 {
			t.Fatalf("%+v", r)
		}
	})
	mathieu.sits(func() {
		mathieu.shutOff(lea)
		if got := mathieu.Holds(); got.Records != 1 {
			t.Errorf("he holds %+v", got)
		}
		mathieu.reads(helene)
		mathieu.offline(false)
		if r := mathieu.sync(); r.Purged != 0 || r.Fetched == 0 { // of him the server says that he may
			t.Errorf("%+v", r)
		}
		mathieu.reads(lea)
	})
	mathieu.copies.end(lea)
	mathieu.sits(func() {
		mathieu.sync()
		mathieu.shutOff(lea)
	})
}

// Who leaves the establishment loses its key at the next contact, and with it all that
// was shared; the others keep theirs.
func TestWhoLeavesTheEstablishmentLosesItsKey(t *testing.T) {
	d := newDesk(t)
	claire, mathieu := d.worker("claire", house{org: "pharmacie"}), d.worker("mathieu", house{org: "pharmacie"})
	claire.sits(func() { claire.copied(lea) })
	mathieu.sits(func() { mathieu.sync() })
	key := filepath.Join(mathieu.cfg.Dir, poolKeyName)
	if _, err := os.Stat(key); err != nil {
		t.Fatal(err)
	}
	mathieu.copies.away = true
	d.clock.move(2 * time.Hour)
	mathieu.sits(func() {
		mathieu.reads(lea) // nobody can know yet
		mathieu.offline(false)
		if r := mathieu.sync(); r.Purged != 1 {
			t.Errorf("%+v", r)
		}
		mathieu.shutOff(lea)
		if _, err := mathieu.pool.read(mathieu.anyCard()); err == nil {
			t.Error("a card opens without a key")
		}
	})
	if _, err := os.Stat(key); err == nil {
		t.Error("the key is still there")
	}
	elsewhere := d.worker("claire", house{org: "cabinet"}) // she works there, too
	elsewhere.sits(func() { elsewhere.shutOff(lea) })
	claire.sits(func() {
		claire.offline(false)
		claire.sync()
		claire.reads(lea)
	})
}

// anyCard is the file of a card.
func (w *worker) anyCard() string {
	w.t.Helper()
	files, err := os.ReadDir(filepath.Join(w.cfg.Shared.Dir, cardsName))
	if err != nil || len(files) == 0 {
		w.t.Fatalf("%d cards: %v", len(files), err)
	}
	return files[0].Name()
}

// A member who has no contact keeps the establishment's key for three days, and no
// longer than their lease.
func TestTheKeyOfAnEstablishmentEnds(t *testing.T) {
	d := newDesk(t)
	claire := d.worker("claire", house{org: "pharmacie"})
	claire.sits(func() { claire.copied(lea) })
	d.clock.move(71 * time.Hour)
	claire.sits(func() { claire.reads(lea) })
	d.clock.move(2 * time.Hour)
	claire.sits(func() {
		claire.shutOff(lea)
		if claire.pool.open(d.clock.now()) {
			t.Error("the key did not end")
		}
	})
}

// Clearing erases what is shared for all: nothing of before opens, and each member's
// copies wait for the server.
func TestClearingIsForAll(t *testing.T) {
	d := newDesk(t)
	claire, mathieu := d.worker("claire", house{org: "pharmacie"}), d.worker("mathieu", house{org: "pharmacie"})
	claire.sits(func() { claire.copied(lea) })
	mathieu.sits(func() {
		mathieu.sync()
		id := mathieu.pool.id
		ok(t, "clear", mathieu.Clear(context.Background()))
		if mathieu.pool.id == id || mathieu.pool.contents.size() != 0 {
			t.Error("the pool is the one of before")
		}
	})
	claire.sits(func() {
		claire.shutOff(lea)
		claire.offline(false)
		claire.sync()
		claire.reads(lea)
	})
}

// Behind the lock nothing that is shared opens; on the disk nothing of it is clear.
func TestWhatIsSharedIsSealed(t *testing.T) {
	d := newDesk(t)
	claire := d.worker("claire", house{org: "pharmacie"})
	claire.sits(func() {
		claire.copied(lea)
		e := claire.entry(lea)
		card := e.Card
		claire.vault.Lock()
		if _, err := claire.pool.read(card); err == nil {
			t.Error("a card opens behind the lock")
		}
		if _, err := claire.pool.named("record", lea); err == nil {
			t.Error("a name is made behind the lock")
		}
		refused(t, "a content", func() error { _, err := claire.content(e, client.Document{}); return err }(), fhir.Unauthenticated)
		_, _, _, err := sealersIn(filepath.Join(d.dir, "claire"))
		ok(t, "vault", err)
		ok(t, "unlock", claire.vault.Unlock(context.Background(), vault.FromKeyFile(filepath.Join(d.dir, "claire", "key"))))
	})
	p := claire.fake.Patient(lea)
	for _, word := range []string{p.BirthName, p.FirstGiven, p.INS.Value, p.ID, "pharmacie", "%PDF"} {
		if bytes.Contains([]byte(tree(t, filepath.Join(d.dir, "kept"))), []byte(word)) {
			t.Error("a word is in clear in what is shared")
		}
	}
}

// Damage of what is shared: a card that does not open closes the record until the
// server is asked, bytes that do not open are fetched again, a name that is none
// begins anew.
func TestDamageOfWhatIsShared(t *testing.T) {
	for name, harm := range map[string]func(w *worker) []string{
		"a card":       func(w *worker) []string { return []string{filepath.Join(cardsName, w.anyCard())} },
		"bytes":        func(w *worker) []string { return w.files(contentsName) },
		"the name":     func(*worker) []string { return []string{poolIDName} },
		"the key":      func(w *worker) []string { return []string{"../../claire/cache/" + poolKeyName} },
		"half written": func(w *worker) []string { return []string{filepath.Join(cardsName, ".new-1")} },
	} {
		for how, change := range map[string]func([]byte) []byte{
			"flipped": func(b []byte) []byte {
				for i := range b {
					b[i] ^= 0x40
				}
				return b
			},
			"cut":   func(b []byte) []byte { return b[:len(b)/2] },
			"empty": func([]byte) []byte { return nil },
		} {
			d := newDesk(t)
			claire := d.worker("claire", house{org: "pharmacie"})
			claire.sits(func() { claire.copied(lea) })
			for _, f := range harm(claire) {
				path := filepath.Join(claire.cfg.Shared.Dir, f)
				data, err := os.ReadFile(path)
				if err != nil && name != "half written" {
					t.Fatalf("%s: %v", name, err)
				}
				ok(t, name, os.WriteFile(path, change(data), 0o600))
			}
			claire.sits(func() {
				claire.offline(true)
				ctx := context.Background()
				if a, err := claire.Cache.Open(ctx, lea, client.OpenRequest{}); err == nil {
					page, err := claire.Documents(ctx, a, client.DocumentQuery{Limit: 100})
					ok(t, name+" "+how, err)
					for _, x := range page.Documents {
						if got, err := claire.Content(ctx, a, x); err == nil && int64(len(got.Bytes)) != x.Attachment.Size {
							t.Errorf("%s %s: wrong bytes", name, how)
						}
					}
				}
				claire.offline(false)
				claire.sync()
				claire.reads(lea)
			})
		}
	}
}

// files lists the files below a folder of what is shared.
func (w *worker) files(below string) (out []string) {
	w.t.Helper()
	err := filepath.WalkDir(filepath.Join(w.cfg.Shared.Dir, below), func(path string, f os.DirEntry, err error) error {
		if err == nil && !f.IsDir() {
			var rel string
			rel, err = filepath.Rel(w.cfg.Shared.Dir, path)
			out = append(out, rel)
		}
		return err
	})
	if err != nil || len(out) == 0 {
		w.t.Fatalf("%d files: %v", len(out), err)
	}
	return out
}
