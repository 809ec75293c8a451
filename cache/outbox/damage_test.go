package outbox

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"carnet/cache/seallog"
	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// threeItems fills a place and gives its log and ids; the last record is the
// third item's.
func threeItems(t *testing.T) (p *place, log []byte, ids []string) {
	t.Helper()
	p = newPlace(t)
	o, err := Open(p.config())
	ok(t, "open", err)
	for _, it := range []client.OutboxItem{filing("Compte rendu"), consent(clienttest.PatientStranger), consent(clienttest.PatientHelene)} {
		ids = append(ids, put(t, o, it).ID)
	}
	ok(t, "close", o.Close())
	log, err = os.ReadFile(filepath.Join(p.dir, format.File))
	ok(t, "read", err)
	return p, log, ids
}

// with opens the place with another log and looks at it.
func (p *place) with(log []byte, look func(o *Outbox)) {
	p.t.Helper()
	ok(p.t, "write", os.WriteFile(filepath.Join(p.dir, format.File), log, 0o600))
	o, err := Open(p.config())
	ok(p.t, "open", err)
	look(o)
	ok(p.t, "close", o.Close())
}

// A write cut short at every byte: what was acknowledged before is there, what
// was not is gone without a fuss, and the outbox takes the next item.
func TestATornTailAtEveryByte(t *testing.T) {
	p, log, ids := threeItems(t)
	frames, _, _ := format.Scan(log[format.StartLen():])
	last := format.StartLen() + frames[len(frames)-1].From
	for cut := last; cut < len(log); cut++ {
		var next string
		p.with(log[:cut], func(o *Outbox) {
			if items := list(t, o); len(items) != 2 || items[0].ID != ids[0] || items[1].ID != ids[1] {
				t.Fatalf("cut at %d of %d: %d items", cut, len(log), len(items))
			}
			if r := o.Report(); r.Damaged != 0 || r.Torn != cut-last || r.Words() != "" {
				t.Fatalf("cut at %d: %+v", cut, r)
			}
			if cut%16 == 0 {
				next = put(t, o, consent(clienttest.PatientLea)).ID
			}
		})
		if next != "" {
			again, err := Open(p.config())
			ok(t, "open again", err)
			state(t, again, next, client.OutboxQueued, "")
			ok(t, "close", again.Close())
		}
	}
	zeros := append(bytes.Clone(log[:last]), make([]byte, 700)...)
	p.with(zeros, func(o *Outbox) {
		if r := o.Report(); r.Damaged != 0 || len(list(t, o)) != 2 {
			t.Errorf("a tail of zeros: %+v", r)
		}
	})
}

// One bit flipped anywhere: it is noticed and told, what it was about is held or
// named, the rest is read, and nothing is sent that somebody did not want.
func TestFlippedBits(t *testing.T) {
	p, log, ids := threeItems(t)
	for at := 0; at < len(log); at += 5 {
		bad := bytes.Clone(log)
		bad[at] ^= 1 << (at % 8)
		p.with(bad, func(o *Outbox) {
			r := o.Report()
			if r.Damaged == 0 || r.Words() == "" && r.Held > 0 || r.Aside == "" {
				t.Fatalf("flip at %d of %d went unnoticed: %+v", at, len(log), r)
			}
			if _, err := os.Stat(filepath.Join(p.dir, r.Aside)); err != nil {
				t.Fatalf("flip at %d: the damaged bytes were not kept: %v", at, err)
			}
			ok(t, "clean", os.Remove(filepath.Join(p.dir, r.Aside)))
			whole := 0
			for _, it := range list(t, o) {
				if it.Kind == client.OutboxDamaged {
					continue
				}
				whole++
				if it.PatientID == "" || uuid.Validate(it.ID) != nil {
					t.Fatalf("flip at %d gave a wrong item: %+v", at, it)
				}
			}
			if whole < len(ids)-1 {
				t.Fatalf("flip at %d cost %d items", at, len(ids)-whole)
			}
		})
		again, err := Open(p.config())
		ok(t, "open again", err)
		if again.Report().Damaged != 0 {
			t.Fatalf("flip at %d: still damaged after the log was written anew", at)
		}
		ok(t, "close", again.Close())
	}
}

// A damaged record that was the item's last word holds the item: it may have
// said "deleted".
func TestADamagedLastWordHoldsTheItem(t *testing.T) {
	ctx := context.Background()
	p, _, ids := threeItems(t)
	o, err := Open(p.config())
	ok(t, "open", err)
	ok(t, "delete", o.Delete(ctx, ids[1]))
	ok(t, "close", o.Close())
	log, err := os.ReadFile(filepath.Join(p.dir, format.File))
	ok(t, "read", err)
	log[len(log)-1] ^= 1
	p.with(log, func(o *Outbox) {
		state(t, o, ids[0], client.OutboxQueued, "")
		it := state(t, o, ids[1], client.OutboxPaused, fhir.Invalid)
		if !it.Uncertain || o.Report().Held != 1 || !strings.Contains(o.Report().Words(), "1 envois") {
			t.Errorf("%+v, %+v", it, o.Report())
		}
		ok(t, "a person looks", o.Retry(ctx, ids[1]))
	})
}

// Of an item whose only record is damaged the id is left: it is shown, and can
// be deleted.
func TestAnItemOfWhichOnlyTheIDIsLeft(t *testing.T) {
	p, log, ids := threeItems(t)
	frames, _, _ := format.Scan(log[format.StartLen():])
	log[format.StartLen()+frames[1].To-1] ^= 1
	p.with(log, func(o *Outbox) {
		it := state(t, o, ids[1], client.OutboxRefused, fhir.Invalid)
		if it.Kind != client.OutboxDamaged {
			t.Errorf("kind %s", it.Kind)
		}
		want(t, "retry", o.Retry(context.Background(), ids[1]), fhir.StateConflict)
		ok(t, "delete", o.Delete(context.Background(), ids[1]))
		state(t, o, ids[2], client.OutboxQueued, "")
	})
}

// Records of another log, exchanged or repeated, are no records.
func TestRecordsCannotBeMoved(t *testing.T) {
	p, log, _ := threeItems(t)
	frames, _, _ := format.Scan(log[format.StartLen():])
	raw := func(i int) []byte { return log[format.StartLen()+frames[i].From : format.StartLen()+frames[i].To] }
	for name, bad := range map[string][]byte{
		"exchanged": bytes.Join([][]byte{log[:format.StartLen()], raw(1), raw(0), raw(2)}, nil),
		"left out":  bytes.Join([][]byte{log[:format.StartLen()], raw(0), raw(2)}, nil),
		"repeated":  bytes.Join([][]byte{log, raw(0)}, nil),
	} {
		p.with(bad, func(o *Outbox) {
			for _, it := range list(t, o) {
				if it.State != client.OutboxPaused {
					t.Errorf("%s: an item is %s, not held", name, it.State)
				}
			}
			if o.Report().Held == 0 {
				t.Errorf("%s: %+v", name, o.Report())
			}
		})
	}
}

func TestAnotherKeyTouchesNothing(t *testing.T) {
	p, log, _ := threeItems(t)
	other := newPlace(t)
	c := p.config()
	c.Seal = other.seal
	_, err := Open(c)
	want(t, "open with another key", err, fhir.Forbidden)
	if now, err := os.ReadFile(filepath.Join(p.dir, format.File)); err != nil || !bytes.Equal(now, log) {
		t.Errorf("the log was touched: %v", err)
	}
	for _, ruin := range [][]byte{{}, log[:10], []byte("xyz")} {
		p.with(ruin, func(o *Outbox) {
			if o.Report().Damaged == 0 {
				t.Error("an empty log is no damage")
			}
			put(t, o, consent(clienttest.PatientLea))
		})
	}
}

// The disk shows nothing of what waits.
func TestNothingIsClear(t *testing.T) {
	p := newPlace(t)
	o := p.open()
	it := filing("Sérologie de Mme MARTIN")
	put(t, o, it)
	seen := 0
	ok(t, "walk", filepath.WalkDir(p.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		seen += len(data)
		for _, word := range []string{"MARTIN", "rologie", "p-lea", "11488-4", "%PDF", "file"} {
			if bytes.Contains(data, []byte(word)) || strings.Contains(filepath.Base(path), word) {
				t.Errorf("%s is clear in %s", word, d.Name())
			}
		}
		return err
	}))
	if seen < 500 {
		t.Errorf("only %d bytes were looked at", seen)
	}
}

func FuzzLog(f *testing.F) {
	a := format.Append(nil, seallog.Frame{Number: 1, Generation: 1, IDs: []uuid.UUID{uuid.New()}, Body: []byte("corps")})
	b := format.Append(bytes.Clone(a), seallog.Frame{Number: 2, Generation: 1, Body: []byte("autre")})
	f.Add(a)
	f.Add(b)
	f.Add(b[:len(b)-1])
	f.Add(append([]byte("bruit"), b...))
	f.Add([]byte(strings.Repeat(format.Marker, 20)))
	f.Fuzz(func(t *testing.T, data []byte) {
		frames, bad, end := format.Scan(data)
		covered, at := 0, 0
		for _, fr := range frames {
			if fr.From < at || fr.To > len(data) {
				t.Fatalf("frames overlap or leave the log: %+v", fr)
			}
			at = fr.To
			covered += fr.To - fr.From
			if fr.IDs != nil {
				again := format.Append(nil, fr)
				if !bytes.Equal(again, data[fr.From:fr.To]) {
					t.Fatal("a frame is not what was read")
				}
			}
		}
		for _, s := range bad {
			covered += s.To - s.From
		}
		if covered != end || end > len(data) {
			t.Fatalf("%d bytes accounted for, end at %d of %d", covered, end, len(data))
		}
	})
}

// A log that was there and is gone with all that waited in it is told, once: to have
// nothing left to send is another thing.
func TestALogThatIsGone(t *testing.T) {
	p, _, _ := threeItems(t)
	ok(t, "remove", os.Remove(filepath.Join(p.dir, format.File)))
	for i, damaged := range []int{1, 0} {
		o, err := Open(p.config())
		ok(t, "open", err)
		if r := o.Report(); r.Damaged != damaged || strings.Contains(r.Words(), "manque") != (damaged > 0) {
			t.Errorf("opening %d: %+v %q", i+1, r, r.Words())
		}
		ok(t, "close", o.Close())
	}
}
