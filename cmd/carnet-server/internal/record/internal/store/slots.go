package store

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// RecordKeyFile is the name of the file of record keys within the data
// directory: beside the database, never in it.
//
// It is a header and one slot of 64 bytes for each record, at the place that the
// record's number gives: the record's key, wrapped by the master key and bound
// to the number, and how the slot stands. A slot is written when the record is
// made, before the row that needs it is committed (a slot that no row names
// means nothing), and overwritten when the record is erased. Since there is this
// file, no database, write-ahead log or backup of them holds a key.
//
// What an overwritten slot promises: whoever gets this file afterwards, with the
// master key and any copy of the database, does not get the key from it. What it
// cannot promise: a flash drive may keep the cells that the file system
// believes overwritten, a copy-on-write file system or a snapshot keeps the old
// block, and an older copy of this file together with a copy of the database
// from before the erasure opens the record. So does a copy of a database from
// before there was this file, with the master key: its rows held the wrapped
// keys; delete such copies once the server has moved the keys here. So put this file on a disk without
// snapshots, encrypt that disk, and keep exactly one copy of the file, replaced
// at each saving (Keys.Save), apart from the backups of the database.
const RecordKeyFile = "records.key"

// The file: a header, then slots. All sizes in bytes.
const (
	slotMagic  = "carnet record keys 1\n"
	headerSize = 64
	slotSize   = 64
	wrapped    = keySize + SealOverhead
)

// How a slot stands: its byte after the wrapped key.
const (
	slotFree   = 0
	slotLive   = 1
	slotErased = 2
)

// ErrErased says that the key of a record is destroyed: nothing of it opens ever
// again.
var ErrErased = errors.New("store: the record is erased")

// slots is the open file of record keys. Safe for concurrent use.
type slots struct {
	mu    sync.Mutex // orders writes
	f     *os.File
	dirty bool // something was written since the last flush
}

// openSlots opens the file of a data directory; nil when there is none. It
// checks that the master key is the one of the file.
func (k *Keys) openSlots(dir string) error {
	f, err := os.OpenFile(filepath.Join(dir, RecordKeyFile), os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("record keys: %w", err)
	}
	head := make([]byte, headerSize)
	_, err = f.ReadAt(head, 0)
	if err != nil || !bytes.HasPrefix(head, []byte(slotMagic)) {
		return errors.Join(Missing(RecordKeyFile, "is damaged"), f.Close())
	}
	if info, err := f.Stat(); err != nil || info.Mode().Perm()&0o077 != 0 {
		return errors.Join(errors.New("record keys: others may read the file; set its mode to 0600"), f.Close())
	}
	check := head[len(slotMagic) : len(slotMagic)+SealOverhead]
	if _, err := k.wrap.Open(nil, nil, check, aad("keys", 0, 0, 0)); err != nil {
		return errors.Join(Missing(KeyFile, "is not the one of this database"), f.Close())
	}
	k.slots = &slots{f: f}
	return nil
}

// MakeSlots makes the file of record keys of a data directory that has none.
func (k *Keys) MakeSlots(dir string) error {
	if k.slots != nil {
		return nil
	}
	head := append([]byte(slotMagic), k.wrap.Seal(nil, nil, nil, aad("keys", 0, 0, 0))...)
	head = append(head, make([]byte, headerSize-len(head))...)
	if err := WriteSecret(filepath.Join(dir, RecordKeyFile), head); err != nil {
		return err
	}
	return k.openSlots(dir)
}

// HasSlots tells whether the record keys are in their file.
func (k *Keys) HasSlots() bool { return k.slots != nil }

func slotAt(record int64) int64 { return headerSize + (record-1)*slotSize }

// read gives a slot; one beyond the end of the file is free.
func (s *slots) read(record int64) (key []byte, state byte, err error) {
	slot := make([]byte, slotSize)
	_, err = s.f.ReadAt(slot, slotAt(record))
	if errors.Is(err, io.EOF) {
		return nil, slotFree, nil
	}
	return slot[:wrapped], slot[wrapped], err
}

func (s *slots) write(record int64, key []byte, state byte) error {
	slot := make([]byte, slotSize)
	copy(slot, key)
	slot[wrapped] = state
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dirty = true
	_, err := s.f.WriteAt(slot, slotAt(record))
	return err
}

// MakeRecordKey makes the key of a new record. It is durable once Flush
// returned, which must be before the row that needs it is. A slot may be there
// of a record that was never committed; an erased one is of a number that must
// not be given again.
func (k *Keys) MakeRecordKey(record int64) error {
	k.Forget(record)
	if _, state, err := k.slots.read(record); err != nil || state == slotErased {
		return errors.Join(err, errIf(state == slotErased, ErrErased))
	}
	key := make([]byte, keySize)
	rand.Read(key)
	return k.slots.write(record, k.wrap.Seal(nil, nil, key, aad("key", record, 0, 0)), slotLive)
}

func errIf(cond bool, err error) error {
	if cond {
		return err
	}
	return nil
}

// Adopt takes over a key that lay in the database, wrapped, before there was
// this file. An erased slot stays.
func (k *Keys) Adopt(record int64, key []byte) error {
	if _, err := k.wrap.Open(nil, nil, key, aad("key", record, 0, 0)); err != nil {
		return Missing(KeyFile, "is not the one of this database")
	}
	if _, state, err := k.slots.read(record); err != nil || state == slotErased {
		return err
	}
	return k.slots.write(record, key, slotLive)
}

// Flush makes all keys durable that were made. It costs nothing when none was.
func (k *Keys) Flush() error {
	if k.slots == nil {
		return nil
	}
	s := k.slots
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.dirty {
		return nil
	}
	err := s.f.Sync()
	s.dirty = err != nil
	return err
}

// Destroy overwrites the key of a record, durably. From then on nothing that was
// sealed under it opens: not here, not in any copy of the database. Twice is
// once.
func (k *Keys) Destroy(record int64) error {
	noise := make([]byte, wrapped)
	rand.Read(noise)
	k.mu.Lock()
	k.gone[record] = true
	k.Forget(record)
	k.mu.Unlock()
	if err := k.slots.write(record, noise, slotErased); err != nil {
		return err
	}
	return k.Flush()
}

// Destroyed tells whether the key of a record is destroyed.
func (k *Keys) Destroyed(record int64) (bool, error) {
	if k.slots == nil {
		return false, nil
	}
	_, state, err := k.slots.read(record)
	return state == slotErased, err
}

// AllDestroyed gives the records whose keys are destroyed, in order.
func (k *Keys) AllDestroyed() (all []int64, err error) {
	if k.slots == nil {
		return nil, nil
	}
	const many = 4096
	chunk := make([]byte, many*slotSize)
	for first := int64(1); ; first += many {
		n, err := k.slots.f.ReadAt(chunk, slotAt(first))
		for i := int64(0); i < int64(n)/slotSize; i++ {
			if chunk[i*slotSize+wrapped] == slotErased {
				all = append(all, first+i)
			}
		}
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// inSlot gives the wrapped key of a record. Errors: ErrErased, ErrSealed when
// there is none.
func (k *Keys) inSlot(record int64) ([]byte, error) {
	if k.slots == nil || record < 1 {
		return nil, ErrSealed
	}
	key, state, err := k.slots.read(record)
	switch {
	case err != nil:
		return nil, err
	case state == slotErased:
		return nil, ErrErased
	case state != slotLive:
		return nil, ErrSealed
	}
	return key, nil
}

// Close closes the file of record keys.
func (k *Keys) Close() error {
	if k.slots == nil {
		return nil
	}
	return k.slots.f.Close()
}

// savedMagic begins a saved copy of all keys.
const savedMagic = "carnet saved keys 1\n"

// Save copies secrets of a data directory, by name, into one file (mode 0600)
// that replaces the one before it: there is one latest copy, whose former bytes
// are overwritten. An erased record's key is in no copy made since.
func Save(dir, to string, names []string) error {
	var b bytes.Buffer
	b.WriteString(savedMagic)
	for _, name := range names {
		secret, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return fmt.Errorf("%s: it cannot be read", name)
		}
		for _, part := range [][]byte{[]byte(name), secret} {
			b.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
			b.Write(part)
		}
	}
	former, err := os.OpenFile(to, os.O_RDWR, 0)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return errors.New("the copy of before cannot be opened, to be overwritten")
	}
	fresh := to + ".new"
	_ = os.Remove(fresh) // of a saving that was interrupted
	if err := WriteSecret(fresh, b.Bytes()); err != nil {
		return err
	}
	if err := errors.Join(os.Rename(fresh, to), SyncDir(filepath.Dir(to))); err != nil {
		return err
	}
	if former == nil {
		return nil
	}
	info, err := former.Stat()
	if err == nil {
		_, err = former.WriteAt(make([]byte, info.Size()), 0)
	}
	return errors.Join(err, former.Sync(), former.Close())
}

// Restore puts saved secrets into a data directory that has none of them.
func Restore(from, dir string) error {
	saved, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	damaged := errors.New("this is not a copy of keys, or it is damaged")
	rest, ok := bytes.CutPrefix(saved, []byte(savedMagic))
	if !ok {
		return damaged
	}
	next := func() []byte {
		if len(rest) < 8 || binary.BigEndian.Uint64(rest) > uint64(len(rest)-8) {
			ok = false
			return nil
		}
		n := binary.BigEndian.Uint64(rest)
		part := rest[8 : 8+n]
		rest = rest[8+n:]
		return part
	}
	for len(rest) > 0 {
		name, secret := string(next()), next()
		if !ok || name != filepath.Base(name) {
			return damaged
		}
		if err := WriteSecret(filepath.Join(dir, name), secret); err != nil {
			return err
		}
	}
	return nil
}
