package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
	"carnet/cmd/carnet-server/internal/record/internal/store/segment"
)

// memoryDisk keeps what is written in memory until it is made durable, as a
// system does with its cache: what is not durable is gone when it is dropped.
type memoryDisk struct {
	segment.System

	mu    sync.Mutex
	files map[string]*memoryFile
	write error // what writing fails with
	sync  error // what making durable fails with
}

func (d *memoryDisk) Open(path string, create bool) (segment.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f, err := d.System.Open(path, create)
	if err != nil {
		return nil, err
	}
	if d.files == nil {
		d.files = map[string]*memoryFile{}
	}
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	cached := make([]byte, size)
	if size > 0 {
		_, err = f.ReadAt(cached, 0)
	}
	d.files[path] = &memoryFile{File: f, disk: d, cached: cached}
	return d.files[path], err
}

type memoryFile struct {
	segment.File
	disk   *memoryDisk
	cached []byte
}

func (f *memoryFile) WriteAt(p []byte, at int64) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if f.disk.write != nil {
		return 0, f.disk.write
	}
	if more := int(at) + len(p) - len(f.cached); more > 0 {
		f.cached = append(f.cached, make([]byte, more)...)
	}
	return copy(f.cached[at:], p), nil
}

func (f *memoryFile) ReadAt(p []byte, at int64) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	return bytes.NewReader(f.cached).ReadAt(p, at)
}

func (f *memoryFile) Size() (int64, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	return int64(len(f.cached)), nil
}

func (f *memoryFile) Datasync() error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if f.disk.sync != nil {
		return f.disk.sync
	}
	_, err := f.File.WriteAt(f.cached, 0)
	return err
}

func (d *memoryDisk) fail(write, sync error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.write, d.sync = write, sync
}

// shelf is an open store with one record to file into.
type shelf struct {
	*DB
	t   *testing.T
	rec *store.Record
}

func openShelf(t *testing.T, o Options) *shelf {
	t.Helper()
	ctx := context.Background()
	db, err := Open(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	s := &shelf{DB: db, t: t}
	if s.rec, err = db.RecordOf(ctx, "p1"); errors.Is(err, store.ErrNotFound) {
		p := store.Person{Patient: fhir.Patient{ID: "p1"}}
		err = db.Do(ctx, store.Op{Do: func(tx store.Tx) error {
			return tx.AddPerson(&p, store.RecordState{State: consent.StateOpen, MT: "gp"})
		}})
		if err == nil {
			s.rec, err = db.RecordOf(ctx, "p1")
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// file files a document whose content tells its id, of about a size.
func (s *shelf) file(id string, size int) error {
	ctx := context.Background()
	content := contentOf(id, size)
	stored, err := s.Put(ctx, store.Incoming{Record: s.rec, ID: id, Received: []byte(`{"id":"` + id + `"}`), Content: strings.NewReader(content), Size: int64(len(content))})
	if err != nil {
		return err
	}
	d := &store.Doc{
		Record: s.rec.N, ID: id, UniqueID: "urn:oid:1." + id, Version: 1, Size: int64(len(content)),
		Facts: consent.DocFacts{Status: consent.StatusCurrent, Type: "11488-4"},
	}
	return s.Do(ctx, store.Op{Do: func(tx store.Tx) error { return tx.AddDocument(d, stored) }})
}

func contentOf(id string, size int) string { return strings.Repeat(id+" ", size/(len(id)+1)+1) }

// whole tells what is not whole of a document.
func (s *shelf) whole(id string, size int) error {
	ctx := context.Background()
	d, r, err := s.Locate(ctx, id, "")
	if err != nil {
		return err
	}
	box, err := s.keys.Box(r.N, r.Key)
	if err != nil {
		return err
	}
	c := s.content(ctx, box, d)
	got, err := io.ReadAll(c)
	if err = errors.Join(err, c.Close()); err != nil || string(got) != contentOf(id, size) {
		return fmt.Errorf("%d bytes came back: %w", len(got), err)
	}
	received, err := s.receivedRun(box, d)
	if err != nil || string(received) != `{"id":"`+id+`"}` {
		return fmt.Errorf("%q came back of what was received: %w", received, err)
	}
	return nil
}

// The power goes off: whatever was acknowledged is there, whatever a system
// kept in memory of the files is not.
func TestAcknowledgedContentsSurviveALossOfPower(t *testing.T) {
	o := options(t, time.Now)
	sizes := []int{10, 5000, store.PieceSize, store.PieceSize + 1, 3 * store.PieceSize}
	filed := map[string]int{}
	for round := range 3 {
		o.Disk = &memoryDisk{} // forgets what the last one held
		s := openShelf(t, o)
		for id, size := range filed {
			if err := s.whole(id, size); err != nil {
				t.Errorf("%s: %v", id, err)
			}
		}
		var mu sync.Mutex
		var all sync.WaitGroup
		for caller := range 4 {
			all.Go(func() {
				for i, size := range sizes {
					id := fmt.Sprintf("d-%d-%d-%d", round, caller, i)
					if err := s.file(id, size); err != nil {
						t.Error(err)
					}
					mu.Lock()
					filed[id] = size
					mu.Unlock()
				}
			})
		}
		all.Wait()
		// Bytes of a document that is not filed any more when the power goes off.
		if _, err := s.Put(context.Background(), store.Incoming{Record: s.rec, ID: "late", Content: strings.NewReader("late"), Size: 4}); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// When the files cannot be made durable nothing is acknowledged, nothing that
// was is lost, and it works again when the disk does.
func TestContentsThatCannotBeMadeDurable(t *testing.T) {
	o := options(t, time.Now)
	disk := &memoryDisk{}
	o.Disk = disk
	s := openShelf(t, o)
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	check(s.file("first", 1000))
	fault := errors.New("input/output error")
	disk.fail(nil, fault)
	if err := s.file("second", 1000); !errors.Is(err, fault) || s.Ready(context.Background()) == nil {
		t.Errorf("acknowledged: %v", err)
	}
	if _, _, err := s.Locate(context.Background(), "second", ""); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("there after all: %v", err)
	}
	disk.fail(nil, nil)
	check(s.file("second", 2000))
	check(s.Ready(context.Background()))
	check(s.Close())
	o.Disk = nil
	s = openShelf(t, o)
	check(s.whole("first", 1000))
	check(s.whole("second", 2000))
	check(s.Close())
}

// A full disk refuses a content with an error that says so, takes no room for
// what it refused, and works again when there is room.
func TestContentsOnAFullDisk(t *testing.T) {
	o := options(t, time.Now)
	disk := &memoryDisk{}
	o.Disk = disk
	s := openShelf(t, o)
	defer func() { _ = s.Close() }()
	if err := s.file("first", 1000); err != nil {
		t.Fatal(err)
	}
	disk.fail(syscall.ENOSPC, nil)
	for range 3 {
		if err := s.file("second", 1<<20); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("there was room: %v", err)
		}
	}
	disk.fail(nil, nil)
	if err := errors.Join(s.file("second", 1000), s.whole("first", 1000), s.whole("second", 1000)); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(filepath.Join(o.Dir, segment.Name(1))); err != nil || info.Size() > 8<<10 {
		t.Errorf("%v, %v", info, err)
	}
}

// What is packed comes back byte for byte, also what compresses badly.
func TestWhatWasReceivedComesBack(t *testing.T) {
	noise := make([]byte, 3000)
	for i := range noise {
		noise[i] = byte(i * i >> 3 * 7)
	}
	for _, in := range [][]byte{nil, []byte("x"), receivedWords, bytes.Repeat(receivedWords, 200), noise} {
		packed := pack(in)
		if out, err := unpack(packed); err != nil || !bytes.Equal(out, in) {
			t.Errorf("%d bytes: %d came back, %v", len(in), len(out), err)
		}
		if len(packed) > len(in)+1 {
			t.Errorf("%d bytes became %d", len(in), len(packed))
		}
	}
	if n := len(pack(receivedWords)); n > 100 {
		t.Errorf("the usual words take %d bytes", n)
	}
	bomb := pack(make([]byte, largestReceived+1))
	for name, packed := range map[string][]byte{
		"nothing": {}, "an unknown way": {9, 1}, "noise": {deflated, 255, 255}, "half": pack(receivedWords)[:9], "too much": bomb,
	} {
		if out, err := unpack(packed); !errors.Is(err, store.ErrSealed) {
			t.Errorf("%s: %d bytes, %v", name, len(out), err)
		}
	}
}

// FuzzUnpack: no bytes make unpacking panic or give more than it may.
func FuzzUnpack(f *testing.F) {
	f.Add(pack([]byte(`{"resourceType":"DocumentReference"}`)))
	f.Add([]byte{plain, 1})
	f.Add([]byte{deflated, 0xff})
	f.Fuzz(func(t *testing.T, packed []byte) {
		out, err := unpack(packed)
		if err == nil && len(out) > max(largestReceived, len(packed)) || err != nil && out != nil {
			t.Errorf("%d bytes, %v", len(out), err)
		}
	})
}
