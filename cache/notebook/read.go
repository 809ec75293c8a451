package notebook

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/uuid"

	"carnet/cache/vault"
	"carnet/client"
	"carnet/client/fhir"
)

// Report says what Open found.
type Report struct {
	Notes   int
	Torn    int    // bytes of a last write that a crash cut short: nothing acknowledged
	Damaged int    // places of the log that cannot be read, or are missing
	Aside   string // name of the file where the damaged bytes were put; empty: none
}

// Words tells a person what to do, in French; empty when nothing is wrong.
func (r Report) Words() string {
	if r.Damaged == 0 {
		return ""
	}
	return "Une partie du carnet de travail est abîmée sur ce disque. Vérifiez ce qui a été fait en dernier, et faites contrôler le disque."
}

// load reads the log and makes it ready for writing.
func (n *Notebook) load() error {
	data, err := os.ReadFile(filepath.Join(n.dir, logName))
	if errors.Is(err, fs.ErrNotExist) {
		return n.rewrite(nil)
	}
	if err != nil {
		return diskError(err)
	}
	bad, end, err := n.read(data)
	if err != nil {
		return err
	}
	n.report.Notes, n.report.Torn = len(n.notes), max(0, len(data)-logStart-end)
	if len(bad) > 0 || n.report.Damaged > 0 {
		if err := n.setAside(bad, data); err != nil {
			return err
		}
		n.size = -1 // whatever is there, it is to be replaced
		return n.rewrite(n.notes)
	}
	n.size = int64(logStart + end)
	n.f, err = os.OpenFile(filepath.Join(n.dir, logName), os.O_RDWR, 0o600)
	if err == nil && n.report.Torn > 0 {
		err = errors.Join(n.f.Truncate(n.size), n.sync(n.f))
	}
	return diskError(err)
}

// read takes in what a log says, and gives its damaged places. Nothing on the
// disk is changed.
func (n *Notebook) read(data []byte) (bad []span, end int, err error) {
	frames, holes, end := scan(data[min(logStart, len(data)):])
	generation, err := n.readStart(data)
	if errors.Is(err, vault.ErrLocked) {
		return nil, 0, err
	}
	if err != nil {
		if generation = n.opensAny(frames); generation == 0 && len(frames) > 0 {
			// Another key: nothing is touched.
			return nil, 0, &client.Error{Code: fhir.Forbidden, Message: "Le carnet de travail de ce poste ne s’ouvre pas avec cette clé. Ouvrez-le avec celle d’origine.", Err: err}
		}
		bad = append(bad, span{0, min(logStart, len(data))})
	}
	n.gen = generation
	for _, h := range holes {
		bad = append(bad, span{h.from + logStart, h.to + logStart})
	}
	for _, f := range frames {
		repeated, missing := f.number <= n.number, f.number != n.number+1
		pages, err := n.open(f)
		if errors.Is(err, vault.ErrLocked) {
			return nil, 0, err
		}
		if !repeated {
			n.number = f.number
		}
		if err != nil || repeated {
			bad = append(bad, span{f.from + logStart, f.to + logStart})
			continue
		}
		if missing && len(bad) == 0 {
			n.report.Damaged++ // records left out without a trace
		}
		n.apply(pages)
	}
	n.report.Damaged += len(bad)
	return bad, end, nil
}

// open opens a record at its place.
func (n *Notebook) open(f frame) ([]client.Note, error) {
	body, err := n.seal.Open(f.body, label(n.gen, f.number))
	if err != nil {
		return nil, err
	}
	return decode(body)
}

// readStart gives the generation of a log.
func (n *Notebook) readStart(data []byte) (uint64, error) {
	if len(data) < logStart || !bytes.HasPrefix(data, []byte(logMagic)) {
		return 0, errors.New("notebook: no start")
	}
	generation := binary.BigEndian.Uint64(data[len(logMagic):])
	_, err := n.seal.Open(data[len(logMagic)+8:logStart], startLabel(generation))
	return generation, err
}

// opensAny gives the generation of the first record that the key opens, 0 when
// it opens none.
func (n *Notebook) opensAny(frames []frame) uint64 {
	for _, f := range frames {
		if _, err := n.seal.Open(f.body, label(f.generation, f.number)); err == nil {
			return f.generation
		}
	}
	return 0
}

// setAside keeps the damaged bytes for who may read them one day.
func (n *Notebook) setAside(bad []span, data []byte) error {
	if len(bad) == 0 {
		return nil
	}
	var ruins []byte
	for _, b := range bad {
		ruins = append(ruins, data[b.from:min(b.to, len(data))]...)
	}
	n.report.Aside = "damaged-" + uuid.NewString() + ".bin"
	return diskError(vault.WriteFile(filepath.Join(n.dir, n.report.Aside), ruins))
}
