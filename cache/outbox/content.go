package outbox

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sync"

	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/fhir"
)

const contentDir = "content"

// contentName is what the files of contents, finished or not, are called.
var contentName = regexp.MustCompile(`^([0-9a-f]{32}\.bin|\.new-.*)$`)

// contentLabel binds a content to its file and its patient.
func contentLabel(name, patientID string) vault.Label {
	return vault.Label{Name: "content " + name, Patient: patientID}
}

// staged is a content that is written, and not yet durable.
type staged struct {
	f    *os.File
	c    *content
	sum  [sha256.Size]byte
	fail error
}

// writeContent seals a content into a file of its own, durable when it
// returns.
func (o *Outbox) writeContent(src io.Reader, patientID string) (*content, [sha256.Size]byte, error) {
	s, err := o.stage(src, patientID)
	if err != nil {
		return nil, s.sum, err
	}
	o.settle([]*staged{&s})
	return s.c, s.sum, s.fail
}

// stage seals a content into a file.
func (o *Outbox) stage(src io.Reader, patientID string) (s staged, err error) {
	var raw [16]byte
	rand.Read(raw[:])
	s.c = &content{Name: hex.EncodeToString(raw[:])}
	if s.f, err = os.CreateTemp(filepath.Join(o.c.Dir, contentDir), ".new-*"); err != nil {
		return s, diskError(err)
	}
	defer func() {
		if err != nil {
			s.discard()
		}
	}()
	hash := sha256.New()
	limited := &counted{r: io.TeeReader(src, hash)}
	if s.c.Size, err = o.c.Seal.SealStream(s.f, limited, contentLabel(s.c.Name, patientID)); err != nil {
		return s, contentError(err, limited.err)
	}
	if s.c.Size > client.MaxDocument {
		return s, fhir.E(fhir.TooLarge, "Le document dépasse 25 Mo. Réduisez-le ou envoyez-le en plusieurs parties.")
	}
	s.sum = [sha256.Size]byte(hash.Sum(nil))
	return s, nil
}

func (s *staged) discard() {
	s.f.Close()
	os.Remove(s.f.Name())
}

// settle makes contents durable, side by side so that they share the disk's
// writes, and gives them their names; staged.fail says which it could not.
func (o *Outbox) settle(all []*staged) {
	dir := filepath.Join(o.c.Dir, contentDir)
	var syncing sync.WaitGroup
	for _, s := range all {
		syncing.Go(func() { s.fail = errors.Join(s.f.Sync(), s.f.Close()) })
	}
	syncing.Wait()
	for _, s := range all {
		if s.fail == nil {
			s.fail = os.Rename(s.f.Name(), filepath.Join(dir, s.c.Name+".bin"))
		}
	}
	synced := vault.SyncDir(dir)
	for _, s := range all {
		if s.fail == nil {
			s.fail = synced
		}
		if s.fail != nil {
			s.fail = diskError(s.fail)
			os.Remove(s.f.Name())
			o.dropContent(s.c)
		}
	}
}

// counted reads at most one byte more than a document may have, and remembers
// an error of the source, to tell it from one of the disk.
type counted struct {
	r   io.Reader
	n   int64
	err error
}

// Read reads from the source.
func (c *counted) Read(p []byte) (int, error) {
	left := client.MaxDocument + 1 - c.n
	if left <= 0 {
		return 0, io.EOF
	}
	n, err := c.r.Read(p[:min(int64(len(p)), left)])
	c.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return n, err
}

func contentError(err, source error) error {
	if source != nil {
		return &client.Error{Code: fhir.Invalid, Message: "Le fichier ne se lit pas. Choisissez-le de nouveau.", Err: source}
	}
	return diskError(err)
}

// openContent opens an item's content. The caller closes it.
func (o *Outbox) openContent(it *stored) (*vault.Stream, io.Closer, error) {
	f, err := os.Open(filepath.Join(o.c.Dir, contentDir, it.Content.Name+".bin"))
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil, lostContent(err)
		}
		return nil, nil, diskError(err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, nil, errors.Join(diskError(err), f.Close())
	}
	s, err := o.c.Seal.OpenStream(f, info.Size(), contentLabel(it.Content.Name, it.PatientID))
	if err == nil && s.Size() != it.Content.Size {
		err = vault.ErrDamaged
	}
	if err != nil {
		f.Close()
		if errors.Is(err, vault.ErrDamaged) {
			return nil, nil, lostContent(err)
		}
		return nil, nil, err
	}
	return s, f, nil
}

// lostContent is the error of a content that the disk no longer holds: final.
func lostContent(err error) error {
	return &client.Error{Code: fhir.Invalid, Message: "Le fichier gardé sur ce poste est abîmé. Choisissez-le de nouveau.", Err: err}
}

// dropContent removes a content that no item needs; what cannot be removed now
// is swept at the next Open.
func (o *Outbox) dropContent(c *content) {
	if c != nil {
		os.Remove(filepath.Join(o.c.Dir, contentDir, c.Name+".bin"))
	}
}

// sweep removes contents that no item names: of writes that a crash cut short
// before they were acknowledged.
func (o *Outbox) sweep() {
	used := map[string]bool{}
	for _, it := range o.items {
		if it.Content != nil {
			used[it.Content.Name+".bin"] = true
		}
	}
	dir := filepath.Join(o.c.Dir, contentDir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if contentName.MatchString(e.Name()) && !used[e.Name()] {
			os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}
