package record

import (
	"context"
	"io"
	"strings"
	"unicode"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// put writes the bytes of a filing from where they were spooled, once: when it is decided again because the
// record changed, they are there.
func (s *Service) put(ctx context.Context, f *filing) (err error) {
	if f.stored != (store.Stored{}) {
		return nil
	}
	f.stored, err = s.st.Put(ctx, store.Incoming{
		Record: f.rec, ID: f.doc.ID, Received: f.u.Body, Content: io.NewSectionReader(f.u.Data, 0, f.u.Size), Size: f.u.Size,
	})
	return err
}

// discard gives the room of a filing's bytes back once it is certain that they
// are no document's: a machine's fault leaves that open.
func (s *Service) discard(f *filing, err error) {
	if f.stored != (store.Stored{}) && fhir.CodeOf(err) != fhir.Unavailable {
		s.st.Discard(f.stored)
	}
}

// newSet makes the submission set of a filing.
func newSet(v fhir.DocumentReference, d store.Doc, p Principal) fhir.SubmissionSet {
	return fhir.SubmissionSet{
		ID: seedID("set", d.ID), UniqueID: "urn:uuid:" + seedID("set-unique", d.ID), PatientID: v.PatientID, Date: fhir.Instant(d.Filed),
		Source:  fhir.Party{ID: p.ID, Name: p.Name, OrgID: p.OrgID, OrgName: p.OrgName},
		Entries: []string{"DocumentReference/" + d.ID},
	}
}

// supersede finds the document that a new one replaces, by unique id.
func supersede(tx store.Tx, d *store.Doc, uniqueID string) error {
	old, err := tx.Locate("", uniqueID)
	if err != nil {
		return err
	}
	d.Replaces = old.N
	return nil
}

// linkReplaced makes the replaced document superseded by the new one, which
// is written by now.
func linkReplaced(tx store.Tx, d *store.Doc) error {
	if d.Replaces == 0 {
		return nil
	}
	old, err := tx.LocateN(d.Replaces)
	if err != nil {
		return err
	}
	return restamp(tx, &old, nil, func(n *fhir.Node) {
		old.ReplacedBy = d.N
		old.Facts.Status = consent.StatusSuperseded
		old.Updated = d.Filed
	})
}

// restamp writes a new version of a document: edit changes the row, and the
// resource where it must; patch is what was received, nil for none.
func restamp(tx store.Tx, d *store.Doc, patch []byte, edit func(n *fhir.Node)) error {
	body, err := tx.Unseal(*d)
	if err != nil {
		return err
	}
	n, err := fhir.Parse(body)
	if err != nil {
		return err
	}
	d.Version++
	edit(n)
	stamp(n, d)
	d.Served = markLinks(n)
	return tx.UpdateDocument(d, patch)
}

// authorNames takes a displayed name apart: the words in capitals at the end,
// or the last word, are the family name; titles are dropped.
func authorNames(text string) (given, family string) {
	words := strings.Fields(text)
	for len(words) > 1 && isTitle(words[0]) {
		words = words[1:]
	}
	if len(words) == 0 {
		return "", ""
	}
	i := len(words) - 1
	for i > 0 && isCapitals(words[i]) && isCapitals(words[i-1]) {
		i--
	}
	return fold(strings.Join(words[:i], " ")), fold(strings.Join(words[i:], " "))
}

func isTitle(w string) bool {
	switch strings.ToLower(strings.TrimSuffix(w, ".")) {
	case "dr", "pr", "m", "mme", "mlle", "docteur", "professeur":
		return true
	}
	return false
}

func isCapitals(w string) bool {
	return strings.IndexFunc(w, unicode.IsLetter) >= 0 && strings.ToUpper(w) == w
}
