package record

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// logKey is the key of the log, as its owner has it.
type logKey struct {
	text   string // public key, as a note verifier key
	public note.Verifier
	signer note.Signer
}

// logKeys gives the key of a data directory's log; it is read once.
func logKeys(dir string) func() (logKey, error) {
	return sync.OnceValues(func() (logKey, error) {
		file, err := os.ReadFile(filepath.Join(dir, logKeyFile))
		if err != nil {
			return logKey{}, err
		}
		text, err := audit.PublicKey(file)
		if err != nil {
			return logKey{}, err
		}
		signer, public, err := audit.ParseKey(file)
		return logKey{text: text, public: public, signer: signer}, err
	})
}

// LogKey gives the public key of the log as a note verifier key.
func (s *Service) LogKey(context.Context) (string, error) {
	key, err := s.logKeys()
	return key.text, fault(err)
}

// head gives the latest signed head, as signed and as read.
func (s *Service) head(ctx context.Context) ([]byte, audit.Head, error) {
	key, err := s.logKeys()
	if err != nil {
		return nil, audit.Head{}, err
	}
	signed, err := s.st.Head(ctx)
	if err != nil {
		return nil, audit.Head{}, err
	}
	h, err := audit.Open(signed, key.public)
	return signed, h, err
}

// Consistency proves that the log of so many leaves begins with that of fewer:
// hashes in base64, one a line (RFC 6962, 2.1.2). It tells of nobody. Errors:
// BadValue unless 0 < from ≤ to ≤ the size of the latest head.
func (s *Service) Consistency(ctx context.Context, from, to int64) ([]byte, error) {
	_, head, err := s.head(ctx)
	if err != nil {
		return nil, fault(err)
	}
	if from < 1 || from > to || to > head.Size {
		return nil, fhir.E(fhir.BadValue, "Les tailles demandées ne sont pas celles du journal : demandez d'abord sa dernière tête.")
	}
	proof, err := audit.ProveHeads(audit.Head{Size: from}, audit.Head{Size: to}, s.st.Hashes(ctx))
	if err != nil {
		return nil, fault(err)
	}
	var out []byte
	for _, h := range proof {
		out = append(base64.StdEncoding.AppendEncode(out, h[:]), '\n')
	}
	return out, nil
}

// provedExports is how many former exports a new one is proved to continue.
const provedExports = 64

// ExportHistory writes the whole history of a record with proofs: whoever has
// the file can check, with verify-export or a program of their own, that
// nothing in it was changed, taken away or put in another order, and that the
// log goes on from that of former exports. What its reader may not know of yet
// is counted in it and does not read. Exporting is itself the last entry.
// Errors: NotFound, Forbidden (heirs and the partner); after the first byte,
// whatever breaks off.
func (s *Service) ExportHistory(ctx context.Context, c Citizen, rec string, w io.Writer) error {
	id := newID()
	var r *held
	err := s.enters(ctx, c, rec, func(now *held) error {
		if err := now.reviews(); err != nil {
			return err
		}
		r = now
		e := s.heldEntry(r, fhir.KindHistory, "")
		e.Detail, e.Session = audit.ExportDetail, id
		return s.wrote(ctx, r, e, nil)
	})
	if err != nil {
		return err
	}
	last, err := s.exportEntry(ctx, r.rec.N, id)
	if err != nil {
		return fault(err)
	}
	key, err := s.logKeys()
	if err != nil {
		return fault(err)
	}
	signed, head, err := s.headOf(ctx, key.signer, last)
	if err != nil {
		return fault(err)
	}
	box, err := s.st.Keys().Box(r.rec.N, r.rec.Key)
	if err != nil {
		return fault(err)
	}
	header := audit.ExportHeader{Record: r.rec.Facts.PatientID, Export: id, Key: key.text, Head: string(signed)}
	header.Open(box.TagSalt())
	if header.Since, err = s.since(ctx, r.rec.N, head); err != nil {
		return fault(err)
	}
	err = s.st.Do(ctx, store.Op{Do: func(tx store.Tx) error { return tx.AddExport(r.rec.N, head.Size, s.now()) }})
	if err != nil {
		return fault(err)
	}
	return audit.WriteExport(w, header, head, s.exportEntries(ctx, r, last.seq), s.st.Hashes(ctx))
}

// ownEntry is where and when an export was logged.
type ownEntry struct {
	seq int64
	at  time.Time
}

// headOf signs the head of an export: of the tree that ends with the export's
// own entry, so that nothing can be cut off before it and nothing that others
// log meanwhile stands after it.
func (s *Service) headOf(ctx context.Context, signer note.Signer, own ownEntry) ([]byte, audit.Head, error) {
	now := s.now()
	if now.Before(own.at) { // the clock was set back
		now = own.at
	}
	if now.Sub(own.at) > audit.MaxSigning {
		return nil, audit.Head{}, errors.New("record: the export took too long to be signed for its moment")
	}
	head, err := audit.HeadAt(signer.Name(), own.seq+1, s.st.Hashes(ctx), now)
	if err != nil {
		return nil, audit.Head{}, err
	}
	signed, err := audit.Sign(head, signer)
	return signed, head, err
}

// exportEntry finds the place of an export's own entry: one of the last.
func (s *Service) exportEntry(ctx context.Context, record int64, id string) (ownEntry, error) {
	for below := int64(0); ; {
		found, err := s.st.History(ctx, store.HistoryAsk{Record: record, Below: below, Limit: 100})
		if err != nil {
			return ownEntry{}, err
		}
		for _, e := range found {
			below = e.Seq
			if entry, err := audit.Read(e.Body); err == nil && entry.Session == id {
				return ownEntry{seq: e.Seq, at: entry.At}, nil
			}
		}
		if len(found) == 0 {
			return ownEntry{}, errors.New("record: the export's own entry is not in the log")
		}
	}
}

// since proves that a head continues those of former exports.
func (s *Service) since(ctx context.Context, record int64, head audit.Head) ([]audit.ExportSince, error) {
	sizes, err := s.st.Exports(ctx, record, provedExports)
	if err != nil {
		return nil, err
	}
	var out []audit.ExportSince
	for _, size := range sizes {
		if size >= head.Size {
			continue
		}
		one, err := audit.Since(size, head, s.st.Hashes(ctx))
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// exportEntries gives the entries of an export: told, or withheld from a reader
// who may not know of what they are about. So that the number of those that are
// withheld from a representative does not tell that something is hidden from
// them, what others listed and what the holder did are withheld as well.
func (s *Service) exportEntries(ctx context.Context, r *held, last int64) iter.Seq2[audit.ExportEntry, error] {
	see := newSight(s, r)
	return func(yield func(audit.ExportEntry, error) bool) {
		for e, err := range s.st.Chronicle(ctx, r.rec.N, last) {
			if err == nil && e.Body == nil {
				err = store.ErrNotFound // erased meanwhile
			}
			if err != nil {
				yield(audit.ExportEntry{}, err)
				return
			}
			out := audit.ExportEntry{Seq: e.Seq, Form: e.Form, Number: e.Number, Salt: e.Salt, Entry: e.Body}
			told, err := see.tells(ctx, e.Body)
			if err == nil && !told {
				out.Commitment, out.Entry = audit.Commit(e.Salt, e.Body), nil
			}
			if !yield(out, err) || err != nil {
				return
			}
		}
	}
}

// tells decides whether an entry is told in an export.
func (v *sight) tells(ctx context.Context, body []byte) (bool, error) {
	e, err := audit.Read(body)
	if err != nil {
		return false, err
	}
	if v.r.grant.Reader() != consent.ReaderHolder {
		switch {
		case e.Agent.ID == consent.CitizenID(v.r.rec.Facts.PatientID),
			e.Kind == fhir.KindSearch, e.Kind == fhir.KindSearchSets, e.Kind == fhir.KindOpen, e.Kind == fhir.KindClose:
			return false, nil
		}
	}
	if e.Document == "" {
		return true, nil
	}
	d := v.document(ctx, e.Document, false)
	return d.shown && !d.waiting, v.err
}

// ExportReport is what VerifyExport found of a history that holds.
type ExportReport struct {
	Record      string // logical id of the patient
	LogName     string
	Key         string // public key that signed it
	Entries     int64
	Withheld    int64 // of them, not told to who exported
	Unproved    int64 // of them, logged before entries were numbered
	Untagged    int64 // of those withheld, logged before leaves named their record
	First, Last time.Time
	Whole       bool // nothing of the record was logged until Last that is not there; false: a file of an older form
	LogSize     int64
	Signed      time.Time
	Since       int64 // size of the older log that this one continues; 0 not asked
}

// ErrExport says that a file is not the history that the log signed.
var ErrExport = audit.ErrExport

// ErrNoProof says that a history carries no proof from the head of an older
// one.
var ErrNoProof = audit.ErrNoProof

// ExportCheck is what VerifyExport checks.
type ExportCheck struct {
	File  io.Reader
	Since io.Reader // an older export of the same record; nil: none
	Proof io.Reader // from its head to the newer one, as Consistency gives it; nil: the file's own
	Key   string    // the log's public key as known from elsewhere; "": the file's own
}

// VerifyExport checks an exported history, without a server. It is ErrExport,
// with the reason, when anything does not hold; ErrNoProof when the newer
// export carries no proof from the older one's head.
func VerifyExport(c ExportCheck) (ExportReport, error) {
	e, err := audit.CheckExport(c.File, c.Since != nil)
	if err != nil {
		return ExportReport{}, err
	}
	if c.Key != "" && c.Key != e.Header.Key {
		return ExportReport{}, fmt.Errorf("%w: it is signed by another key than the log's", ErrExport)
	}
	out := ExportReport{
		Record: e.Header.Record, LogName: e.Head.Origin, Key: e.Header.Key, Entries: e.Entries, Withheld: e.Withheld,
		Unproved: e.Unproved, Untagged: e.Untagged, First: e.First, Last: e.Last, Whole: e.Whole, LogSize: e.Head.Size, Signed: e.Head.Time,
	}
	if c.Since == nil {
		return out, nil
	}
	older, err := audit.CheckExport(c.Since, true)
	if err != nil {
		return ExportReport{}, fmt.Errorf("the older history: %w", err)
	}
	var proof tlog.TreeProof
	if c.Proof != nil {
		if proof, err = readProof(c.Proof); err != nil {
			return ExportReport{}, err
		}
	}
	out.Since = older.Head.Size
	return out, e.Continues(older, proof)
}

// readProof reads what Consistency wrote.
func readProof(r io.Reader) (tlog.TreeProof, error) {
	proof := tlog.TreeProof{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		h, err := tlog.ParseHash(lines.Text())
		if err != nil || h.String() != lines.Text() || len(proof) == 128 {
			return nil, fmt.Errorf("%w: the proof does not read", ErrExport)
		}
		proof = append(proof, h)
	}
	if lines.Err() != nil {
		return nil, fmt.Errorf("%w: the proof does not read", ErrExport)
	}
	return proof, nil
}
