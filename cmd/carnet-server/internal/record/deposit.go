package record

import (
	"bytes"
	"context"
	"crypto/sha1" // the integrity field of IHE MHD 4.2.4
	"crypto/sha256"
	"errors"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// maxDeposit bounds a document, in bytes (contract section 11).
const maxDeposit = 25 << 20

// byPatient is where and how a patient's own word was made (JDV_J02, JDV_J04).
const byPatient = "EXP_PATIENT"

// Deposit is DepositOnce for who need not know whether it was there before.
func (s *Service) Deposit(ctx context.Context, c Citizen, rec string, d Deposit) (string, error) {
	id, _, err := s.DepositOnce(ctx, c, rec, d)
	return id, err
}

// DepositOnce files a document that a holder, or who represents them, brings: a PDF
// that passes the gate, a JPEG, PNG or TIFF picture, or a text in UTF-8, known
// by its bytes. The same Once files once: created is false for the repetition.
// Errors: NotFound, Required, Invalid,
// TooLarge, BadCode (the type), StateConflict (Once served for another
// document), Forbidden, NoRecord, Unavailable.
func (s *Service) DepositOnce(ctx context.Context, c Citizen, rec string, d Deposit) (id string, created bool, err error) {
	f := &filing{p: c.principal(), v: visit{mode: fhir.ModeNormal}}
	err = s.manages(ctx, c, rec, func(h *held) (err error) { // a stranger's bytes are not looked at
		f.person, err = s.st.PersonByN(ctx, h.rec.N)
		return err
	})
	if err != nil {
		return "", false, err
	}
	if err := f.deposited(c, d, s.now()); err != nil {
		return "", false, err
	}
	if err := s.checkContent(ctx, f, &patience{s.intake.Patience}); err != nil {
		return "", false, err
	}
	err = s.manages(ctx, c, rec, func(h *held) error {
		created = false
		if id, err = s.depositedBefore(ctx, h, f); id != "" || err != nil {
			return err
		}
		created = true
		id, err = s.deposit(ctx, h, f)
		return err
	})
	if err != nil {
		s.discard(f, err)
	}
	if errors.Is(err, store.ErrDuplicate) { // the same deposit, twice at once
		f.stored, created = store.Stored{}, false
		err = s.manages(ctx, c, rec, func(h *held) error {
			id, err = s.depositedBefore(ctx, h, f)
			return err
		})
	}
	id, err = durable(id, err)
	return id, created && err == nil, err
}

// deposited checks what is deposited and makes its description.
func (f *filing) deposited(c Citizen, d Deposit, now time.Time) error {
	kind, ok := terminology.TypeByCode(d.Type)
	title := strings.TrimSpace(d.Title)
	switch {
	case !ok || !strings.HasPrefix(d.Type, "DOCPAT") || kind.Class == "":
		return issue(fhir.BadCode, "type", "Choisissez un type parmi ceux des documents déposés par le patient.")
	case title == "":
		return issue(fhir.Required, "content[0].attachment.title", "Donnez un titre au document.")
	case utf8.RuneCountInString(title) > maxTitle:
		return issue(fhir.Invalid, "content[0].attachment.title", "Le titre dépasse 255 caractères : raccourcissez-le.")
	case d.Date.IsZero():
		return issue(fhir.Required, "date", "Indiquez la date du document.")
	case d.Date.After(now.Add(early)):
		return issue(fhir.Invalid, "date", "Cette date est dans le futur : vérifiez la date du document.")
	case d.Size <= 0 || d.Data == nil:
		return issue(fhir.Invalid, "content[0].attachment.data", "Le document est vide : vérifiez le fichier.")
	case d.Size > maxDeposit:
		return fhir.E(fhir.TooLarge, "Le document dépasse 25 Mo : réduisez-le ou partagez-le en plusieurs.")
	case c.ID != f.person.ID && d.HiddenReps:
		return fhir.E(fhir.Forbidden, "Seule la personne concernée peut cacher un document à ses représentants.")
	}
	found, err := sniff(d.Data, d.Size)
	if err != nil {
		return unread(err)
	}
	if found == "" || d.ContentType != "" && d.ContentType != found {
		return issue(fhir.Invalid, "content[0].attachment.contentType", "Ce fichier n’est ni un PDF, ni une image JPEG, PNG ou TIFF, ni un texte en UTF-8.")
	}
	f.describeDeposit(c, d, title, kind)
	f.view.Attachment.ContentType = found
	f.u = Upload{Data: d.Data, Size: d.Size, Idempotency: d.Once}
	return f.sum()
}

// sum takes the sums of the content.
func (f *filing) sum() error {
	one, two := sha1.New(), sha256.New()
	if n, err := io.Copy(io.MultiWriter(one, two), io.NewSectionReader(f.u.Data, 0, f.u.Size)); n < f.u.Size {
		return unread(orEOF(err))
	}
	one.Sum(f.u.SHA1[:0])
	two.Sum(f.u.SHA256[:0])
	return nil
}

// sniff tells what a file is by its bytes; "" for what is not taken.
func sniff(from io.ReaderAt, size int64) (string, error) {
	head, err := readHead(from, size)
	if err != nil {
		return "", err
	}
	if bytes.HasPrefix(head, []byte("%PDF-")) {
		return "application/pdf", nil
	}
	for kind := range magic {
		if beginsAs(kind, head) {
			return kind, nil
		}
	}
	found, err := readText(io.NewSectionReader(from, 0, size))
	if err != nil || !found.is {
		return "", err
	}
	return "text/plain", nil
}

// describeDeposit makes the view of a deposit.
func (f *filing) describeDeposit(c Citizen, d Deposit, title string, kind terminology.Type) {
	date := fhir.Instant(d.Date)
	f.view = fhir.DocumentReference{
		UniqueID: "urn:uuid:" + newID(), Status: consent.StatusCurrent, Type: fhir.Coding{System: kind.System, Code: kind.Code, Display: kind.Label},
		Category:  fhir.Coding{System: terminology.SystemClass, Code: kind.Class, Display: terminology.ClassLabel(kind.Class)},
		PatientID: f.person.ID, PatientINS: f.person.INS, Date: date, Author: fhir.Party{ID: consent.CitizenID(c.ID), Name: c.Name},
		Confidential: "N", HiddenReps: d.HiddenReps, PeriodStart: date,
		Attachment: fhir.Attachment{Language: "fr-FR", Title: title, Creation: date},
		Facility:   coded(fhir.Coding{}, byPatient, terminology.FacilityByCode), Practice: coded(fhir.Coding{}, byPatient, terminology.PracticeByCode),
	}
}

// asReceived makes the body of a deposit, as if it had been received: the
// author is a person, known by reference.
func (f *filing) asReceived() (err error) {
	v := f.view
	v.Author, v.Format = fhir.Party{}, formatOf(v.Attachment.ContentType)
	if f.node, err = fhir.Parse(v.JSON()); err != nil {
		return err
	}
	f.view.Format = v.Format
	author := fhir.Object1("reference", fhir.Text(f.view.Author.ID))
	author.Set("display", fhir.Text(f.view.Author.Name))
	f.node.Set("author", fhir.Node{Kind: fhir.Array, Items: []fhir.Node{author}})
	f.u.Body = f.node.AppendJSON(nil)
	return nil
}

// depositedBefore answers a deposit that took effect before; "" for a new one.
func (s *Service) depositedBefore(ctx context.Context, h *held, f *filing) (string, error) {
	if f.u.Idempotency == "" {
		return "", nil
	}
	_, id, err := s.st.Once(ctx, f.p.ID, f.u.Idempotency)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	old, _, err := s.st.Locate(ctx, id, "")
	if err != nil {
		return "", err
	}
	if old.SHA256 != f.u.SHA256 || old.Record != h.rec.N {
		return "", fhir.E(fhir.StateConflict, "Cette clé d’envoi a déjà servi pour un autre document : recommencez le dépôt.")
	}
	e := s.heldEntry(h, fhir.KindCreate, detailAgain)
	e.Document = id
	return durable(id, s.wrote(ctx, h, e, nil))
}

// deposit decides and writes one deposit.
func (s *Service) deposit(ctx context.Context, h *held, f *filing) (string, error) {
	if err := s.readyDeposit(ctx, h, f); err != nil {
		return "", err
	}
	e := s.heldEntry(h, fhir.KindCreate, "")
	e.Document = f.doc.ID
	return f.id, s.wrote(ctx, h, e, func(tx store.Tx) error { return s.writeDeposit(tx, h, f) })
}

// writeDeposit is what a deposit does in its transaction. Only what a
// representative brings is told to the holder.
func (s *Service) writeDeposit(tx store.Tx, h *held, f *filing) error {
	d := &f.doc
	if err := tx.AddDocument(d, f.stored); err != nil {
		return err
	}
	if f.u.Idempotency != "" {
		if err := tx.AddOnce(f.p.ID, f.u.Idempotency, d.N, d.Filed); err != nil {
			return err
		}
	}
	set := newSet(f.view, *d, f.p)
	if err := tx.AddSet(set.ID, d, set.JSON()); err != nil || h.self() {
		return err
	}
	return tx.AddNotice(s.documentNotice(f.p, f.rec, noticeDocument, noticeBody{Document: d.ID, Detail: "added"}))
}
