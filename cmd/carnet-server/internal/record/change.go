package record

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// PatchTarget says which document a PATCH is for: by logical id or unique id,
// and which version the caller knows ("" for any).
type PatchTarget struct{ ID, UniqueID, IfMatch string }

// PatchDocument changes status, security labels or isArchived, each with its
// right on this document. Errors: NotFound, also for a hidden document;
// PatchRefused for another change of status; Forbidden; VersionConflict;
// Withdrawn; BadCode for an unknown label.
func (s *Service) PatchDocument(ctx context.Context, p Principal, session string, target PatchTarget, patch Patch) (Resource, error) {
	return durable(s.change(ctx, p, session, target, func(d store.Doc) (edit, error) { return patchEdit(d, patch) }))
}

// Undo withdraws a document that the caller filed by mistake: it becomes
// entered-in-error, and the patient is told. Undoing twice is no error.
// Errors: as PatchDocument.
func (s *Service) Undo(ctx context.Context, p Principal, session, id string) error {
	_, err := s.change(ctx, p, session, PatchTarget{ID: id}, func(d store.Doc) (edit, error) {
		e, err := patchEdit(d, Patch{Status: consent.StatusWithdrawn, Ops: []byte(`{"operation":"$undo"}`)})
		e.kind = fhir.KindUndo
		return e, err
	})
	if fhir.CodeOf(err) == fhir.Withdrawn {
		return nil
	}
	return err
}

// edit is a change of one document, worked out but not yet decided.
type edit struct {
	kind    string
	changes []consent.Change
	next    consent.DocFacts
	conf    string
	patch   Patch
}

// change finds a document, works out a change, decides and writes it.
func (s *Service) change(ctx context.Context, p Principal, session string, target PatchTarget, plan func(store.Doc) (edit, error)) (out Resource, err error) {
	v, err := s.visit(ctx, p, session)
	if err != nil {
		return out, err
	}
	asked := target.ID + target.UniqueID
	for range attempts {
		d, rec, err := s.st.Locate(ctx, target.ID, target.UniqueID)
		if errors.Is(err, store.ErrNotFound) {
			return out, s.missed(ctx, p, asked)
		}
		if err != nil {
			return out, fault(err)
		}
		decision := s.decide(p, v, consent.FunctionChange, rec)
		out, err = s.changeLocated(ctx, changing{p, v, d, rec, decision, asked, target.IfMatch}, plan)
		if !errors.Is(err, store.ErrStale) {
			return out, fault(err)
		}
		s.st.Forget(rec.N)
	}
	return out, fault(errors.New("record: it changes too often"))
}

// changing is a document that was found and is to be changed.
type changing struct {
	p       Principal
	v       visit
	doc     store.Doc
	rec     *store.Record
	d       consent.Decision
	asked   string // as the caller named it
	ifMatch string
}

// changeLocated decides about a document that exists. What the caller may
// neither read nor call their own takes the path of what does not exist,
// before anything else is looked at.
func (s *Service) changeLocated(ctx context.Context, c changing, plan func(store.Doc) (edit, error)) (out Resource, err error) {
	known := consent.MayChange(c.d.Grant, consent.ChangeNone, c.doc.Facts)
	if known == consent.RefusalHidden {
		return out, s.missed(ctx, c.p, c.asked)
	}
	log := about(s.entry(c.p, fhir.KindPatch), c.v, c.d, c.rec)
	log.Document = c.doc.ID
	if known == consent.RefusalWithdrawn {
		c.d.Refusal = known
		return out, s.denied(ctx, log, c.d, c.rec)
	}
	e, err := plan(c.doc)
	if err != nil {
		return out, err
	}
	log.Kind, log.Detail = e.kind, describeChanges(e.changes)
	for _, one := range e.changes {
		if r := consent.MayChange(c.d.Grant, one, c.doc.Facts); r != "" {
			c.d.Refusal = r
			return out, s.denied(ctx, log, c.d, c.rec)
		}
	}
	if c.ifMatch != "" && c.ifMatch != strconv.FormatInt(c.doc.Version, 10) {
		return out, store.ErrVersion
	}
	sealed, err := s.prepare(log, c.rec)
	if err != nil {
		return out, err
	}
	doc := c.doc
	err = s.st.Do(ctx, store.Op{
		Still: still(c.rec), Log: []store.Entry{sealed}, Size: 8 << 10,
		Do: func(tx store.Tx) error { return s.applyEdit(tx, &doc, e, c) },
	})
	if err != nil {
		return out, err
	}
	return s.changed(ctx, c, doc), nil
}

// changed gives the changed document to who changed it: whole when they may
// read it now, and no more than its state when they may not, as an author
// without a right to read, or who masked it from themselves. It was changed in
// any case, so nothing here is an error.
func (s *Service) changed(ctx context.Context, c changing, doc store.Doc) Resource {
	if rec, err := s.st.Record(ctx, c.rec.N); err == nil {
		d := s.decide(c.p, c.v, consent.FunctionRead, rec)
		if d.Grant != nil && d.Grant.Filter().Allows(doc.Facts) {
			if out, err := s.linked(ctx, d.Grant, rec, doc, doc.Served); err == nil {
				return out
			}
		}
	}
	n := fhir.Object1("resourceType", fhir.Text("DocumentReference"))
	stamp(&n, &doc)
	return resource(doc, n.AppendJSON(nil))
}

// applyEdit writes the next version of a document; what is so already makes
// none.
func (s *Service) applyEdit(tx store.Tx, doc *store.Doc, e edit, c changing) (err error) {
	if len(e.changes) == 0 {
		doc.Served, err = tx.Unseal(*doc)
		return err
	}
	hidden := doc.Facts.HiddenPatient
	err = restamp(tx, doc, e.patch.Ops, func(n *fhir.Node) {
		doc.Facts, doc.Conf, doc.Updated = e.next, e.conf, s.now()
		if e.patch.Labels != nil {
			relabel(n, e.patch.Labels)
		}
		if e.patch.Archived != nil {
			removeExtension(n, fhir.ExtIsArchived)
			if *e.patch.Archived {
				addExtension(n, fhir.ExtIsArchived, "valueBoolean", fhir.Node{Kind: fhir.Bool, Text: "true"})
			}
		}
	})
	if err != nil || hidden && doc.Facts.HiddenPatient { // told when it is shown
		return err
	}
	detail := "changed"
	switch {
	case doc.Facts.Status == consent.StatusWithdrawn:
		detail = "withdrawn"
	case hidden:
		detail = "added"
	case doc.Facts.HiddenPatient:
		return nil
	}
	return tx.AddNotice(s.documentNotice(c.p, c.rec, noticeDocument, noticeBody{Document: doc.ID, Detail: detail}))
}

// patchEdit works out what a patch changes in a document as it is.
func patchEdit(d store.Doc, patch Patch) (edit, error) {
	e := edit{kind: fhir.KindPatch, next: d.Facts, conf: d.Conf, patch: patch}
	switch patch.Status {
	case "", d.Facts.Status:
	case consent.StatusWithdrawn:
		e.next.Status = patch.Status
		e.changes = append(e.changes, consent.ChangeDelete)
	default:
		return e, fhir.E(fhir.PatchRefused, "Ce changement de statut n'est pas permis : seule la suppression l'est.")
	}
	if patch.Labels != nil {
		if err := e.labels(d.Facts); err != nil {
			return e, err
		}
	}
	if patch.Archived != nil && *patch.Archived != d.Facts.Archived {
		e.next.Archived = *patch.Archived
		e.changes = append(e.changes, either(*patch.Archived, consent.ChangeArchive, consent.ChangeUnarchive))
	}
	return e, nil
}

// labels works out what a new securityLabel changes.
func (e *edit) labels(now consent.DocFacts) error {
	for _, l := range e.patch.Labels {
		switch l.Code {
		case "N", "R", "V", fhir.LabelMasked, fhir.LabelHiddenPatient, fhir.LabelHiddenReps, fhir.LabelNoPat:
		default:
			return fhir.E(fhir.BadCode, "Cette étiquette de confidentialité n'existe pas.")
		}
	}
	var v fhir.DocumentReference
	v.SetLabels(e.patch.Labels)
	if v.Confidential != "" && e.conf != "" && v.Confidential != e.conf {
		return fhir.E(fhir.PatchRefused, "Le niveau de confidentialité ne se modifie pas après le dépôt.")
	}
	e.next.Masked, e.next.HiddenPatient, e.next.HiddenReps = v.Masked, v.HiddenPatient, v.HiddenReps
	if v.Masked != now.Masked {
		e.changes = append(e.changes, either(v.Masked, consent.ChangeMask, consent.ChangeUnmask))
	}
	if v.HiddenPatient != now.HiddenPatient {
		e.changes = append(e.changes, either(v.HiddenPatient, consent.ChangeHide, consent.ChangeShow))
	}
	if v.HiddenReps != now.HiddenReps {
		e.changes = append(e.changes, either(v.HiddenReps, consent.ChangeHide, consent.ChangeShow))
	}
	return nil
}

func either(yes bool, a, b consent.Change) consent.Change {
	if yes {
		return a
	}
	return b
}

// changeNames are how the log calls the changes.
var changeNames = map[consent.Change]string{
	consent.ChangeMask: "mask", consent.ChangeUnmask: "unmask", consent.ChangeHide: "hide", consent.ChangeShow: "show",
	consent.ChangeArchive: "archive", consent.ChangeUnarchive: "unarchive", consent.ChangeDelete: "delete",
}

func describeChanges(changes []consent.Change) string {
	var names []string
	for _, c := range changes {
		names = append(names, changeNames[c])
	}
	return strings.Join(names, ",")
}

// relabel makes the security labels of a resource those that are asked for.
// Those that stay are kept as they were written.
func relabel(n *fhir.Node, labels []fhir.Coding) {
	old := n.Get("securityLabel")
	var items []fhir.Node
	level := false
	wanted := func(code string) bool {
		return slices.ContainsFunc(labels, func(l fhir.Coding) bool { return l.Code == code })
	}
	have := map[string]bool{}
	if old != nil {
		for _, concept := range old.Items {
			code := concept.At("coding", "code").String()
			isLevel := code == "N" || code == "R" || code == "V"
			if wanted(code) || isLevel {
				items = append(items, concept)
				have[code], level = true, level || isLevel
			}
		}
	}
	for _, l := range labels {
		isLevel := l.Code == "N" || l.Code == "R" || l.Code == "V"
		if have[l.Code] || isLevel && level {
			continue
		}
		if l.System == "" {
			l = fhir.LabelCoding(l.Code)
		}
		items = append(items, fhir.Object1("coding", fhir.Node{Kind: fhir.Array, Items: []fhir.Node{coding(l)}}))
		have[l.Code] = true
	}
	n.Set("securityLabel", fhir.Node{Kind: fhir.Array, Items: items})
}
