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

// writeContent seals a content into a file of its own, durable when it
// returns.
func (o *Outbox) writeContent(src io.Reader, patientID string) (_ *content, sum [sha256.Size]byte, err error) {
	var raw [16]byte
	rand.Read(raw[:])
	c := &content{Name: hex.EncodeToString(raw[:])}
	dir := filepath.Join(o.c.Dir, contentDir)
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return nil, sum, diskError(err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	hash := sha256.New()
	limited := &counted{r: io.TeeReader(src, hash)}
	if c.Size, err = o.c.Seal.SealStream(f, limited, contentLabel(c.Name, patientID)); err != nil {
		return nil, sum, contentError(err, limited.err)
	}
	if c.Size > client.MaxDocument {
		return nil, sum, fhir.E(fhir.TooLarge, "Le document dépasse 25 Mo. Réduisez-le ou envoyez-le en plusieurs parties.")
	}
	if err = errors.Join(f.Sync(), f.Close()); err != nil {
		return nil, sum, diskError(err)
	}
	if err = os.Rename(f.Name(), filepath.Join(dir, c.Name+".bin")); err == nil {
		err = vault.SyncDir(dir)
	}
	return c, [sha256.Size]byte(hash.Sum(nil)), diskErrorOrNil(err)
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
