package record

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"carnet/client/fhir"
	"carnet/client/terminology"
)

// largestPatch bounds the JSON Patch of a transaction, bytes.
const largestPatch = 16 << 10

// checkLot takes a transaction apart and holds its documents against all that
// does not need their bytes. What is wrong with them is collected; an error is
// of the whole.
func (s *Service) checkLot(ctx context.Context, l *lot) error {
	if err := l.read(); err != nil {
		return err
	}
	if err := s.lotPatient(ctx, l); err != nil {
		return err
	}
	unique := map[string]bool{}
	for i, f := range l.docs {
		if f.node == nil {
			continue
		}
		for _, err := range []error{f.check(), f.checkAct(s.now()), f.checkSums(), s.answersFor(ctx, f)} {
			if err := l.fault(i, err); err != nil {
				return err
			}
		}
		if f.view.UniqueID != "" && unique[f.view.UniqueID] {
			l.add(i, fhir.Issue{
				Code: fhir.Invalid, Expression: "DocumentReference.masterIdentifier",
				Message: "Deux documents du lot ont le même identifiant unique.",
			})
		}
		unique[f.view.UniqueID] = true
	}
	l.checkPatches()
	return nil
}

// read finds the documents and reads each as one that is filed alone.
func (l *lot) read() error {
	node, err := fhir.Parse(l.in.Body)
	if err != nil {
		return err
	}
	var issues []fhir.Issue
	if l.asked, issues = fhir.ReadTransaction(node); l.asked.Set == nil || len(l.asked.Documents) == 0 {
		return fhir.Refuse(issues)
	}
	if l.asked.Parts != len(l.in.Parts) {
		return fhir.E(fhir.Malformed, "Le contenu d'un Binary n'est pas là où il est attendu : vérifiez la structure du lot.")
	}
	l.faults = issues
	if len(l.asked.Documents) > fhir.MaxLot {
		return fhir.Refuse(issues)
	}
	if l.set, err = fhir.ParseSubmissionSet(l.asked.Set.AppendJSON(nil)); err != nil {
		return err
	}
	ids := map[string]string{}
	for _, d := range l.asked.Documents {
		f := &filing{p: l.p, v: l.v, id: newID()}
		ids[d.FullURL] = "DocumentReference/" + f.id
		l.docs = append(l.docs, f)
	}
	for i, d := range l.asked.Documents {
		if d.Binary < 0 {
			continue
		}
		l.upload(d, l.docs[i], ids)
		if err := l.fault(i, l.docs[i].read()); err != nil {
			return err
		}
	}
	return nil
}

// upload makes of an entry what ITI-105 would have brought: the content where
// its address was, and references to other entries as they will be.
func (l *lot) upload(d fhir.LotDocument, f *filing, ids map[string]string) {
	part := l.in.Parts[l.asked.Binaries[d.Binary].Part]
	attachment := d.Node.At("content", "attachment")
	attachment.Remove("url")
	attachment.Set("data", fhir.Text(base64.StdEncoding.EncodeToString(part.SHA256[:])))
	rewrite(d.Node, ids)
	f.u = Upload{
		Body: d.Node.AppendJSON(nil), Data: part.Data, Size: part.Size, SHA1: part.SHA1, SHA256: part.SHA256, Base: l.in.Base,
	}
}

// rewrite turns references to entries into those to what they become (FHIR R4,
// 3.1.0.11.2).
func rewrite(n *fhir.Node, ids map[string]string) {
	for i := range n.Items {
		if n.Kind == fhir.Object && n.Names[i] == "reference" && ids[n.Items[i].String()] != "" {
			n.Items[i].Text = ids[n.Items[i].Text]
		}
		rewrite(&n.Items[i], ids)
	}
}

// add keeps a finding about a document.
func (l *lot) add(i int, issues ...fhir.Issue) {
	d := l.asked.Documents[i]
	for _, one := range fhir.InEntry(issues, d.Entry) {
		if strings.HasSuffix(one.Expression, ".content[0].attachment.data") && d.Binary >= 0 {
			one.Expression = fhir.EntryPath(l.asked.Binaries[d.Binary].Entry) + ".data"
		}
		if slices.ContainsFunc(l.faults, func(f fhir.Issue) bool { return f.Expression == one.Expression }) {
			continue
		}
		l.faults = append(l.faults, one)
	}
	l.faulty[i] = true
}

// fault keeps an error that is of one document, and gives back one of the
// whole.
func (l *lot) fault(i int, err error) error {
	var e *fhir.Error
	if err == nil || !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case fhir.Malformed, fhir.Required, fhir.BadCode, fhir.Invalid, fhir.BusinessRule, fhir.TooLarge:
	default:
		return err
	}
	issues := e.Issues
	if len(issues) == 0 { // of the content
		issues = []fhir.Issue{{Code: e.Code, Expression: "DocumentReference.content[0].attachment.data", Message: e.Message}}
	}
	l.add(i, issues...)
	return nil
}

// lotPatient finds whose submission set it is: one patient's, in the List and
// in every document.
func (s *Service) lotPatient(ctx context.Context, l *lot) error {
	at := slices.IndexFunc(l.docs, func(f *filing) bool { return f.node != nil })
	if at < 0 {
		return fhir.Refuse(l.faults)
	}
	first := l.docs[at]
	if err := l.fault(at, s.subject(ctx, first)); err != nil {
		var e *fhir.Error
		if errors.As(err, &e) && e.Code == fhir.NoRecord {
			named := *e
			named.Issues = []fhir.Issue{{Code: e.Code, Expression: fhir.EntryPath(l.asked.Documents[at].Entry) + ".subject", Message: e.Message}}
			return &named
		}
		return err
	}
	for i, f := range l.docs {
		if f.node == nil || i == at {
			continue
		}
		v := f.view
		if v.PatientINS.Value != "" {
			if _, err := terminology.CheckINS(v.PatientINS.System, v.PatientINS.Value); err != nil {
				l.add(i, fhir.Issue{Code: fhir.Invalid, Expression: "DocumentReference.subject", Message: sentence(err.Error())})
				continue
			}
		}
		if !first.sameSubject(v.PatientID, v.PatientINS) {
			l.add(i, fhir.Issue{Code: fhir.Invalid, Expression: "DocumentReference.subject", Message: oneOnly})
		}
	}
	if id, ins := setSubject(l.asked.Set); !first.sameSubject(id, ins) {
		l.faults = append(l.faults, fhir.Issue{Code: fhir.Invalid, Expression: fhir.EntryPath(l.asked.SetEntry) + ".subject", Message: oneOnly})
	}
	return nil
}

const oneOnly = "Un lot ne concerne qu'un seul patient : déposez un lot par patient."

// sameSubject tells whether a subject is the person of this filing, or, where
// that one is not known, is named the same way.
func (f *filing) sameSubject(id string, ins fhir.Identifier) bool {
	known := f.person.ID
	if known == "" {
		known = f.view.PatientID
	}
	return (id != "" || ins.Value != "") && (id == "" || id == known) &&
		(ins.Value == "" || ins == f.view.PatientINS || ins == f.person.INS)
}

// setSubject gives how a List names its patient.
func setSubject(list *fhir.Node) (id string, ins fhir.Identifier) {
	subject := list.Get("subject")
	ref := subject.Get("reference").String()
	named := subject.Get("identifier")
	if local, ok := strings.CutPrefix(ref, "#"); ok && list.Get("contained") != nil {
		for i := range list.Get("contained").Items {
			if c := &list.Get("contained").Items[i]; c.Get("id").String() == local {
				named = c.At("identifier")
			}
		}
	}
	if named != nil {
		ins = fhir.Identifier{System: named.At("system").String(), Value: named.At("value").String()}
	}
	if conditional := fhir.RefIdentifier(ref, "Patient"); conditional.Value != "" {
		return "", conditional
	}
	return fhir.RefID(ref, "Patient"), ins
}

// checkSums compares hash and size with the content; check stops at its first
// finding, and these two often come together.
func (f *filing) checkSums() error {
	a := f.view.Attachment
	var issues []fhir.Issue
	if a.Hash != "" && a.Hash != f.hash() {
		issues = append(issues, fhir.Issue{
			Code: fhir.Invalid, Expression: "DocumentReference.content[0].attachment.hash",
			Message: "L'empreinte ne correspond pas au contenu reçu : renvoyez le document.",
		})
	}
	if a.Size != 0 && a.Size != f.u.Size {
		issues = append(issues, fhir.Issue{
			Code: fhir.Invalid, Expression: "DocumentReference.content[0].attachment.size",
			Message: "La taille ne correspond pas au contenu reçu : renvoyez le document.",
		})
	}
	return fhir.Refuse(issues)
}

// lotPatience is how much longer a submission set waits for the checks of its
// contents than a document: whoever sends one waits for minutes.
const lotPatience = 8

// checkContents checks the contents of the documents without other faults, one
// at a time.
func (s *Service) checkContents(ctx context.Context, l *lot) error {
	p := &patience{lotPatience * s.intake.Patience}
	for i, f := range l.docs {
		if l.faulty[i] || f.node == nil {
			continue
		}
		if err := l.fault(i, s.checkContent(ctx, f, p)); err != nil {
			return err
		}
	}
	return nil
}

// checkPatches makes sure that each PATCH says no more than relatesTo does:
// that a document which this set replaces is superseded.
func (l *lot) checkPatches() {
	for _, p := range l.asked.Patches {
		id, uniqueID := fhir.RefID(p.Target, "DocumentReference"), fhir.RefIdentifier(p.Target, "DocumentReference").Value
		replaced := slices.ContainsFunc(l.docs, func(f *filing) bool {
			return slices.ContainsFunc(f.view.Replaces, func(ref string) bool {
				return id != "" && fhir.RefID(ref, "DocumentReference") == id ||
					uniqueID != "" && (ref == uniqueID || fhir.RefIdentifier(ref, "DocumentReference").Value == uniqueID)
			})
		})
		if !replaced || !l.supersedes(p) {
			l.faults = append(l.faults, fhir.Issue{
				Code: fhir.Invalid, Expression: fhir.EntryPath(p.Entry),
				Message: "Dans un lot, PATCH marque « superseded » un document que le lot remplace (relatesTo), et rien d'autre.",
			})
		}
	}
}

// supersedes tells whether a patch sets the status superseded and nothing else.
func (l *lot) supersedes(p fhir.LotPatch) bool {
	if p.Part < 0 || l.in.Parts[p.Part].Size > largestPatch {
		return false
	}
	data := make([]byte, l.in.Parts[p.Part].Size)
	if _, err := l.in.Parts[p.Part].Data.ReadAt(data, 0); err != nil {
		return false
	}
	var ops []struct{ Op, Path, Value string }
	return json.Unmarshal(data, &ops) == nil && len(ops) == 1 && ops[0].Op == "replace" && ops[0].Path == "/status" && ops[0].Value == "superseded"
}
