package record

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"

	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// filing is a document on its way in.
type filing struct {
	p      Principal
	v      visit
	u      Upload
	node   *fhir.Node // received, then completed
	view   fhir.DocumentReference
	rec    *store.Record
	person store.Person
	doc    store.Doc
	old    store.Doc    // the replaced document
	id     string       // of the new document
	stored store.Stored // where its bytes were put; zero: nowhere yet

	responsible *audit.Agent // who answers for what a system files
}

// File files a document (ITI-105), with relatesTo replaces in place of another.
// created is false when the same idempotency key filed it before. Errors, with
// Issues that name the element: Malformed, Required, BadCode, Invalid,
// BusinessRule; NoRecord (final); Duplicate, with Location for the one who
// filed it; StateConflict; Forbidden; Unavailable.
func (s *Service) File(ctx context.Context, p Principal, session string, u Upload) (out Resource, created bool, err error) {
	v, err := s.visit(ctx, p, session)
	if err != nil {
		return out, false, err
	}
	f := &filing{p: p, v: v, u: u}
	if err := f.read(); err != nil {
		return out, false, err
	}
	if err := s.subject(ctx, f); err != nil {
		return out, false, err
	}
	if err := f.check(); err != nil {
		return out, false, err
	}
	if err := f.checkAct(s.now()); err != nil {
		return out, false, err
	}
	if err := s.answersFor(ctx, f); err != nil {
		return out, false, err
	}
	if err := s.Known(ctx, p); err != nil { // a laboratory only files
		return out, false, err
	}
	if out, done, err := s.filedBefore(ctx, f); done || err != nil {
		return out, false, err
	}
	if err := s.checkContent(ctx, f, &patience{s.intake.Patience}); err != nil {
		return out, false, err
	}
	err = s.decided(f.rec, func() error {
		out, err = s.file(ctx, f)
		return err
	})
	if err != nil {
		s.discard(f, err)
	}
	if errors.Is(err, store.ErrDuplicate) {
		return s.duplicate(ctx, f)
	}
	if err != nil {
		return Resource{}, false, err
	}
	return out, true, nil
}

// read reads the body strictly and takes the view of it.
func (f *filing) read() error {
	node, err := fhir.Parse(f.u.Body)
	if err != nil {
		return err
	}
	if err := fhir.Refuse(fhir.CheckFiled(node)); err != nil {
		return err
	}
	ref := node.At("subject", "reference").String()
	if ref != "" && !strings.HasPrefix(ref, "#") && !strings.HasPrefix(ref, "urn:") && !fhir.IsHere(ref, f.u.Base, "Patient") {
		return issue(fhir.Invalid, "subject", "Cette référence désigne une personne d'un autre serveur : désignez le patient par son matricule INS.")
	}
	f.node = node
	f.view, err = fhir.ParseDocumentReference(f.u.Body)
	return err
}

// issue is a refusal that names its element.
func issue(code fhir.Code, element, message string) error {
	at := "DocumentReference." + element
	return &fhir.Error{Code: code, Message: message, Issues: []fhir.Issue{{Code: code, Expression: at, Message: message}}}
}

// subject finds whose document it is: someone known, with a qualified INS.
func (s *Service) subject(ctx context.Context, f *filing) (err error) {
	v := &f.view
	if v.PatientINS.Value != "" {
		if _, err := terminology.CheckINS(v.PatientINS.System, v.PatientINS.Value); err != nil {
			return issue(fhir.Invalid, "subject", sentence(err.Error()))
		}
		f.person, err = s.st.PersonByIdentifier(ctx, v.PatientINS)
	} else {
		f.person, err = s.st.PersonByID(ctx, v.PatientID)
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		if err := s.probe(ctx, f.p, f.v, nil); err != nil {
			return err
		}
		e := s.entry(f.p, fhir.KindLookup)
		e.Detail, e.Outcome = "file", audit.OutcomeMinor
		if err := s.record(ctx, e, nil); err != nil {
			return err
		}
		return refusedIn(fhir.KindCreate, f.v.mode, consent.RefusalNoRecord)
	case err != nil:
		return fault(err)
	}
	if f.rec, err = s.st.Record(ctx, f.person.N); err != nil {
		return fault(err)
	}
	if err := s.probeFiled(ctx, f.p, f.v, f.rec); err != nil {
		return err
	}
	switch {
	case v.PatientID != "" && v.PatientID != f.person.ID:
		return issue(fhir.Invalid, "subject", "La référence et le matricule INS désignent deux personnes : vérifiez l'identité du patient.")
	case f.person.INS.Value == "" || f.person.Reliability != "QUAL":
		return issue(fhir.BusinessRule, "subject", "L'identité de ce patient n'est pas qualifiée : qualifiez son INS avant de déposer.")
	}
	return nil
}

// sentence makes a message of a fault.
func sentence(s string) string {
	for i, r := range s {
		return strings.ToUpper(string(r)) + s[i+len(string(r)):] + "."
	}
	return s
}

// check holds the body against the value sets, the principal and the content,
// and completes what a sender may leave out.
func (f *filing) check() error {
	v := &f.view
	kind, ok := terminology.TypeByCode(v.Type.Code)
	switch {
	case !ok || v.Type.System != kind.System || kind.Class == "":
		return issue(fhir.BadCode, "type", "Ce type de document n'existe pas : choisissez-en un dans la liste.")
	case v.Category.Code != "" && v.Category.Code != kind.Class:
		return issue(fhir.BusinessRule, "category[0]", "La classe ne correspond pas au type du document : elle se déduit du type.")
	case v.Archived:
		return issue(fhir.Invalid, "extension", "Un document n'est pas archivé au moment de son dépôt : archivez-le ensuite.")
	case len(v.Replaces) > 1:
		return issue(fhir.Invalid, "relatesTo[1]", "Un document n'en remplace qu'un seul.")
	case v.Author.ID == "":
		return issue(fhir.Required, "author[0]", "L'identifiant national de l'auteur est obligatoire.")
	case v.Author.ID != f.p.ID && (f.p.OrgID == "" || v.Author.OrgID != f.p.OrgID):
		return issue(fhir.BusinessRule, "author[0]", "L'auteur n'est ni vous ni un membre de votre structure : vérifiez l'auteur.")
	case v.Author.OrgID != "" && v.Author.OrgID != f.p.OrgID:
		return issue(fhir.BusinessRule, "author[0]", "La structure de l'auteur n'est pas celle de votre connexion.")
	case v.Custodian.OrgID != "" && v.Custodian.OrgID != f.p.OrgID:
		return issue(fhir.BusinessRule, "custodian", "La structure qui conserve le document n'est pas celle de votre connexion.")
	case v.Attachment.Hash != "" && v.Attachment.Hash != f.hash():
		return issue(fhir.Invalid, "content[0].attachment.hash", "L'empreinte ne correspond pas au contenu reçu : renvoyez le document.")
	case v.Attachment.Size != 0 && v.Attachment.Size != f.u.Size:
		return issue(fhir.Invalid, "content[0].attachment.size", "La taille ne correspond pas au contenu reçu : renvoyez le document.")
	case f.u.Size == 0:
		return issue(fhir.Invalid, "content[0].attachment.data", "Le document est vide : vérifiez le fichier.")
	}
	v.Category = fhir.Coding{System: terminology.SystemClass, Code: kind.Class, Display: terminology.ClassLabel(kind.Class)}
	return nil
}

// hash is the integrity field: base64 of the SHA-1 of the raw bytes.
func (f *filing) hash() string { return base64.StdEncoding.EncodeToString(f.u.SHA1[:]) }

// filedBefore answers a request whose idempotency key was used: it took effect
// once, and is told what became of it.
func (s *Service) filedBefore(ctx context.Context, f *filing) (out Resource, done bool, err error) {
	if f.u.Idempotency == "" {
		return out, false, nil
	}
	_, id, err := s.st.Once(ctx, f.p.ID, f.u.Idempotency)
	if errors.Is(err, store.ErrNotFound) {
		return out, false, nil
	}
	if err != nil {
		return out, false, fault(err)
	}
	old, _, err := s.st.Locate(ctx, id, "")
	if err != nil {
		return out, false, fault(err)
	}
	if old.UniqueID != f.view.UniqueID || old.SHA256 != f.u.SHA256 || old.Record != f.person.N {
		return out, false, fhir.E(fhir.StateConflict, "Cette clé d'envoi a déjà servi pour un autre document : utilisez-en une nouvelle.")
	}
	out, err = s.again(ctx, f, id)
	return out, err == nil, err
}

// resource completes the description and gives the resource as it is served.
func (f *filing) resource() (Resource, error) {
	f.doc.Size, f.doc.SHA256 = f.u.Size, f.u.SHA256
	f.complete()
	describe(f.view, &f.doc)
	body, err := servedNode(f.node, &f.doc, f.u.SHA1[:])
	f.doc.Served = body
	return resource(f.doc, unmarked(body)), err
}

// file decides and writes one filing.
func (s *Service) file(ctx context.Context, f *filing) (Resource, error) {
	rec, err := s.st.Record(ctx, f.person.N)
	if err != nil {
		return Resource{}, err
	}
	f.rec = rec
	kind := fhir.KindCreate
	if len(f.view.Replaces) == 1 {
		kind = fhir.KindReplace
	}
	d := s.decide(f.p, f.v, consent.FunctionFile, rec)
	e := about(s.entry(f.p, kind), f.v, d, rec)
	if d.Refusal == "" {
		d.Refusal = consent.MayFile(d.Grant, f.view.Type.Code, s.matrix)
	}
	if d.Refusal != "" {
		if err := s.probe(ctx, f.p, f.v, rec); err != nil {
			return Resource{}, err
		}
		return Resource{}, s.denied(ctx, e, d, rec)
	}
	if kind == fhir.KindReplace {
		if err := s.replaced(ctx, f); err != nil {
			return Resource{}, err
		}
	}
	now := s.now()
	if f.id == "" {
		f.id = newID()
	}
	f.doc = store.Doc{ID: f.id, Record: rec.N, Filer: f.p.ID, Filed: now, Updated: now, Version: 1, Replaces: f.old.N}
	out, err := f.resource()
	if err != nil {
		return out, err
	}
	if err := s.put(ctx, f); err != nil {
		return out, err
	}
	e.Document, e.Responsible = f.doc.ID, f.responsible
	log, err := s.prepare(e, rec)
	if err != nil {
		return out, err
	}
	return out, s.st.Do(ctx, store.Op{
		Still: still(rec), Log: []store.Entry{log}, Size: 2 * len(f.u.Body),
		Do: func(tx store.Tx) error { return s.write(tx, f) },
	})
}

// write is what a filing does in its transaction.
func (s *Service) write(tx store.Tx, f *filing) error {
	d := &f.doc
	if err := tx.AddDocument(d, f.stored); err != nil {
		return err
	}
	if err := linkReplaced(tx, d); err != nil {
		return err
	}
	if f.u.Idempotency != "" {
		if err := tx.AddOnce(f.p.ID, f.u.Idempotency, d.N, d.Filed); err != nil {
			return err
		}
	}
	set := newSet(f.view, *d, f.p)
	if err := tx.AddSet(set.ID, d, set.JSON()); err != nil {
		return err
	}
	if d.Facts.HiddenPatient { // told when it is shown
		return nil
	}
	return tx.AddNotice(s.documentNotice(f.p, f.rec, noticeDocument, noticeBody{Document: d.ID, Detail: "added"}))
}

// duplicate answers a filing that found its unique id, or its idempotency key,
// taken meanwhile or before.
func (s *Service) duplicate(ctx context.Context, f *filing) (Resource, bool, error) {
	if out, done, err := s.filedBefore(ctx, f); done || err != nil {
		return out, false, err
	}
	old, _, err := s.st.Locate(ctx, "", f.view.UniqueID)
	if err != nil {
		return Resource{}, false, fault(err)
	}
	answer := fhir.E(fhir.Duplicate, "Ce document a déjà été déposé.")
	if old.Filer == f.p.ID { // who compares, before taking it for the same
		answer.Location = "DocumentReference/" + old.ID
	}
	e := s.entry(f.p, fhir.KindDenial)
	e.Refusal = string(fhir.Duplicate)
	if err := s.record(ctx, e, nil); err != nil {
		return Resource{}, false, err
	}
	return Resource{}, false, answer
}
