package notebook

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"carnet/cache/seallog"
	"carnet/client"
	"carnet/client/fhir"
)

// three makes a log of three records and gives their ends.
func three(t *testing.T) (p place, log []byte, ends []int) {
	t.Helper()
	p = newPlace(t)
	n, err := Open(p.c)
	ok(t, "open", err)
	put(t, n, "a", "1")
	put(t, n, "b", "2", "c", "3")
	put(t, n, "a", "4")
	ok(t, "close", n.Close())
	log = p.log()
	frames, bad, end := format.Scan(log[format.StartLen():])
	if len(frames) != 3 || len(bad) != 0 || end != len(log)-format.StartLen() {
		t.Fatalf("%d frames, %d bad", len(frames), len(bad))
	}
	for _, f := range frames {
		ends = append(ends, format.StartLen()+f.To)
	}
	return p, log, ends
}

// A log that ends anywhere: what ends before is there, whole records only, and
// nothing is called damage. What is put then is there after the next opening.
func TestATailCutAnywhere(t *testing.T) {
	p, log, ends := three(t)
	states := [][]string{{}, {"a", "1"}, {"a", "1", "b", "2", "c", "3"}, {"a", "4", "b", "2", "c", "3"}}
	for cut := format.StartLen(); cut <= len(log); cut++ {
		records := 0
		for _, e := range ends {
			if cut >= e {
				records++
			}
		}
		p.with(log[:cut], func(n *Notebook) {
			if r := n.Report(); r.Damaged != 0 || r.Words() != "" {
				t.Fatalf("cut at %d: %+v", cut, r)
			}
			holds(t, n, states[records]...)
			put(t, n, "neuf", "5")
		})
		p.with(p.log(), func(n *Notebook) { holds(t, n, append([]string{"neuf", "5"}, states[records]...)...) })
	}
	p.with(append(bytes.Clone(log), make([]byte, 700)...), func(n *Notebook) {
		if r := n.Report(); r.Damaged != 0 || r.Torn != 700 {
			t.Errorf("a tail of zeros: %+v", r)
		}
		holds(t, n, states[3]...)
	})
}

// One bit flipped anywhere is noticed and told; at most one record is lost, and
// no value is one that nobody put.
func TestABitFlippedAnywhere(t *testing.T) {
	p, log, ends := three(t)
	for at := range log {
		bad := bytes.Clone(log)
		bad[at] ^= 1 << (at % 8)
		p.with(bad, func(n *Notebook) {
			r := n.Report()
			if r.Damaged == 0 || r.Words() == "" || r.Aside == "" {
				t.Fatalf("flip at %d of %d went unnoticed: %+v", at, len(log), r)
			}
			path := filepath.Join(p.c.Dir, r.Aside)
			if info, err := os.Stat(path); err != nil || info.Size() == 0 {
				t.Fatalf("flip at %d: the damaged bytes were not kept: %v", at, err)
			}
			ok(t, "clean", os.Remove(path))
			switch {
			case at < format.StartLen():
				holds(t, n, "a", "4", "b", "2", "c", "3")
			case at < ends[0]:
				holds(t, n, "a", "4", "b", "2", "c", "3") // said again later
			case at < ends[1]:
				holds(t, n, "a", "4")
			default:
				holds(t, n, "a", "1", "b", "2", "c", "3")
			}
		})
		p.with(p.log(), func(n *Notebook) {
			if n.Report().Damaged != 0 {
				t.Fatalf("flip at %d: still damaged after the log was written anew", at)
			}
		})
	}
}

// Records that are exchanged, left out or repeated are told.
func TestRecordsCannotBeMoved(t *testing.T) {
	p, log, _ := three(t)
	frames, _, _ := format.Scan(log[format.StartLen():])
	raw := func(i int) []byte { return log[format.StartLen()+frames[i].From : format.StartLen()+frames[i].To] }
	for name, bad := range map[string][]byte{
		"exchanged": bytes.Join([][]byte{log[:format.StartLen()], raw(1), raw(0), raw(2)}, nil),
		"left out":  bytes.Join([][]byte{log[:format.StartLen()], raw(0), raw(2)}, nil),
		"repeated":  bytes.Join([][]byte{log, raw(0)}, nil),
	} {
		p.with(bad, func(n *Notebook) {
			if n.Report().Damaged == 0 || all(t, n)["a"] != "4" {
				t.Errorf("%s: %+v %v", name, n.Report(), all(t, n))
			}
		})
	}
}

func TestAnotherKeyTouchesNothing(t *testing.T) {
	p, log, _ := three(t)
	c := p.c
	c.Seal = newPlace(t).c.Seal
	_, err := Open(c)
	refused(t, "open with another key", err, fhir.Forbidden)
	if !bytes.Equal(p.log(), log) {
		t.Error("the log was touched")
	}
	for _, ruin := range [][]byte{{}, log[:10], []byte("xyz")} {
		p.with(ruin, func(n *Notebook) {
			if n.Report().Damaged == 0 {
				t.Error("a ruin is no damage")
			}
			put(t, n, "neuf", "1")
		})
	}
}

func FuzzLog(f *testing.F) {
	a := format.Append(nil, seallog.Frame{Number: 1, Generation: 1, Body: []byte("corps")})
	b := format.Append(bytes.Clone(a), seallog.Frame{Number: 2, Generation: 1, Body: []byte("autre")})
	for _, seed := range [][]byte{a, b, b[:len(b)-1], append([]byte("bruit"), b...), bytes.Repeat([]byte(format.Marker), 20)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		frames, bad, end := format.Scan(data)
		covered, at := 0, 0
		for _, fr := range frames {
			if fr.From < at || fr.To > len(data) || !bytes.Equal(format.Append(nil, fr), data[fr.From:fr.To]) {
				t.Fatalf("a frame is not what was read: %+v", fr)
			}
			at, covered = fr.To, covered+fr.To-fr.From
		}
		for _, s := range bad {
			covered += s.To - s.From
		}
		if covered != end || end > len(data) {
			t.Fatalf("%d bytes accounted for, end at %d of %d", covered, end, len(data))
		}
	})
}

func FuzzBody(f *testing.F) {
	f.Add(encode([]client.Note{{Name: "a", Value: []byte("1")}, {Name: "b"}}))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		pages, err := decode(data)
		if err != nil {
			return
		}
		again, err := decode(encode(pages))
		if err != nil || len(again) != len(pages) {
			t.Fatalf("%v: %d pages, then %d", err, len(pages), len(again))
		}
		for i := range pages {
			if pages[i].Name != again[i].Name || !bytes.Equal(pages[i].Value, again[i].Value) {
				t.Fatal("a page changed")
			}
		}
	})
}

// A log that was there and is gone is damage, told once; one that never was is none.
func TestALogThatIsGone(t *testing.T) {
	p, _, _ := three(t)
	ok(t, "remove", os.Remove(filepath.Join(p.c.Dir, format.File)))
	for i, damaged := range []int{1, 0} {
		n, err := Open(p.c)
		ok(t, "open", err)
		if r := n.Report(); r.Damaged != damaged || (r.Words() != "") != (damaged > 0) {
			t.Errorf("opening %d: %+v", i+1, r)
		}
		ok(t, "close", n.Close())
	}
	n, err := Open(newPlace(t).c)
	ok(t, "open", err)
	if r := n.Report(); r.Damaged != 0 {
		t.Errorf("a first opening: %+v", r)
	}
	ok(t, "close", n.Close())
}
