package record

import (
	"archive/zip"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// exporting is a record that is being taken away.
type exporting struct {
	s   *Service
	h   *held
	zip *zip.Writer

	docs  []exported
	rules Rules
	items []ProfileItem
}

// exported is one document on its way out.
type exported struct {
	View fhir.DocumentReference
	File string // within the ZIP
	JSON []byte
}

// errGone says that who takes a record away may no longer: what has left stays
// left, nothing more follows.
var errGone = errors.New("record: the right to the record ended while it was exported")

// ExportRecord writes everything that the citizen may see of a record as a ZIP:
// a readable index in French and English, the original files, the FHIR
// resources, what is decided, the health profile and a summary of the history.
// File names hold no identifier. It is logged before the first byte; should the
// right to it end meanwhile, or the server fail, the ZIP ends short and does not
// open. Errors: NotFound before the first byte, Unavailable.
func (s *Service) ExportRecord(ctx context.Context, c Citizen, rec string, w io.Writer) error {
	x := &exporting{s: s}
	err := s.enters(ctx, c, rec, func(h *held) error {
		x.h = h
		return s.shown(ctx, h, s.heldEntry(h, fhir.KindExport, ""), func() error { return x.gather(ctx) })
	})
	if err != nil {
		return err
	}
	x.zip = zip.NewWriter(w)
	for _, part := range []func(context.Context) error{x.writeIndex, x.writePerson, x.writeDocuments, x.writeRules, x.writeProfile, x.writeMessages, x.writeHistory} {
		if err := part(ctx); err != nil {
			return fault(err)
		}
	}
	return x.zip.Close()
}

// gather reads what the index tells.
func (x *exporting) gather(ctx context.Context) (err error) {
	x.docs, x.items, x.rules = nil, nil, Rules{}
	grant := consent.ForExport(x.h.grant)
	q := store.DocQuery{Statuses: []string{consent.StatusCurrent, consent.StatusSuperseded}, Limit: largestPage}
	for {
		found, err := x.s.st.Documents(ctx, grant, x.h.rec, q)
		if err != nil {
			return err
		}
		for _, d := range found.Docs {
			r, err := x.s.linked(ctx, grant, x.h.rec, d, d.Served)
			if err != nil {
				return err
			}
			one := exported{JSON: unmarked(r.JSON)}
			if one.View, err = fhir.ParseDocumentReference(one.JSON); err != nil {
				return err
			}
			one.File = fmt.Sprintf("documents/%04d%s", len(x.docs)+1, extensionOf(one.View.Attachment.ContentType))
			x.docs = append(x.docs, one)
		}
		if !found.More {
			break
		}
		q.After = positionOf(found.Docs[len(found.Docs)-1])
	}
	if x.items, err = x.s.profile(ctx, x.h); err != nil || x.h.reviews() != nil {
		return err
	}
	x.rules, err = x.s.rules(ctx, x.h)
	return err
}

// extensionOf gives the ending of a file's name.
func extensionOf(contentType string) string {
	kind, _, _ := strings.Cut(contentType, ";")
	switch strings.TrimSpace(kind) {
	case "application/pdf":
		return ".pdf"
	case "image/jpeg":
		return ".jpg"
	case "image/png":
		return ".png"
	case "image/tiff":
		return ".tiff"
	case "text/plain":
		return ".txt"
	case "text/xml", "application/xml":
		return ".xml"
	case fhir.TypeFHIRDocument:
		return ".json"
	}
	return ".bin"
}

// still makes sure that the record may still be taken away: before each file, as
// what was revoked is revoked now.
func (x *exporting) still(ctx context.Context) error {
	rec, err := x.s.st.Record(ctx, x.h.rec.N)
	if err != nil || rec.Facts.Epoch == x.h.rec.Facts.Epoch && x.h.grant.Opens(rec.Facts.PatientID, x.s.now()) {
		return err
	}
	h, err := x.s.stand(ctx, x.h.c, rec)
	if err != nil {
		return err
	}
	if h == nil {
		return errGone
	}
	x.h = h
	return nil
}

// put adds one file to the ZIP.
func (x *exporting) put(name string, data []byte) error {
	w, err := x.zip.Create(name)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// writePerson adds who it is.
func (x *exporting) writePerson(ctx context.Context) error {
	person, err := x.s.st.PersonByN(ctx, x.h.rec.N)
	if err != nil {
		return err
	}
	return x.put("fhir/Patient.json", view(person).JSON())
}

// writeDocuments adds each document: the file and its description.
func (x *exporting) writeDocuments(ctx context.Context) error {
	for i := range x.docs {
		if err := x.writeDocument(ctx, i); err != nil {
			return err
		}
	}
	return nil
}

// writeDocument adds one document, unless it went meanwhile.
func (x *exporting) writeDocument(ctx context.Context, i int) error {
	if err := x.still(ctx); err != nil {
		return err
	}
	d, rec, err := x.s.st.Locate(ctx, x.docs[i].View.ID, "")
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	grant := consent.ForExport(x.h.grant)
	if rec.N != x.h.rec.N || !grant.Filter().Allows(d.Facts) {
		return nil
	}
	content, err := x.s.st.Content(ctx, grant, d, rec)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }() // it only forgets
	how := zip.Deflate
	if kind := x.docs[i].View.Attachment.ContentType; strings.HasPrefix(kind, "image/") || kind == "application/pdf" {
		how = zip.Store // compressed already
	}
	w, err := x.zip.CreateHeader(&zip.FileHeader{Name: x.docs[i].File, Method: how})
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, content); err != nil {
		return err
	}
	return x.put(fmt.Sprintf("fhir/DocumentReference/%04d.json", i+1), x.docs[i].JSON)
}

// writeRules adds what is decided, as Consents.
func (x *exporting) writeRules(ctx context.Context) error {
	if x.h.reviews() != nil {
		return nil
	}
	all, err := x.s.heldConsents(ctx, x.h)
	for i, r := range all {
		if err := x.put(fmt.Sprintf("fhir/Consent/%04d.json", i+1), r.JSON); err != nil {
			return err
		}
	}
	return err
}

// writeProfile adds the items of the health profile.
func (x *exporting) writeProfile(context.Context) error {
	for i, item := range x.items {
		if err := x.put(fmt.Sprintf("fhir/%s/%04d.json", item.Resource, i+1), item.JSON); err != nil {
			return err
		}
	}
	return nil
}

// historyLines bounds the summary of the history; the history has its own
// export, with proofs and without bound.
const historyLines = 10_000

// writeHistory adds a summary of the history, one line a visit.
func (x *exporting) writeHistory(ctx context.Context) error {
	if x.h.reviews() != nil {
		return nil
	}
	w, err := x.zip.Create("historique-history.csv")
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	err = out.Write([]string{"debut-start", "fin-end", "qui-who", "structure", "role", "mode", "actes-acts", "refuse-refused"})
	at := historyCursor{Record: x.h.rec.Facts.PatientID, Query: HistoryQuery{Limit: largestLines}}
	for n := 0; n < historyLines && err == nil; {
		var page History
		if page, err = x.s.readHistory(ctx, x.h, at); err != nil {
			return err
		}
		for _, v := range page.Visits {
			n++
			if err := out.Write(historyRow(v)); err != nil {
				return err
			}
		}
		if page.Next == "" {
			break
		}
		err = x.s.openCursor(x.h.c.principal(), cursorHistory, page.Next, &at)
	}
	out.Flush()
	return errors.Join(err, out.Error())
}

// historyRow is one visit in words that a table calculator does not take for a
// formula.
func historyRow(v Visit) []string {
	row := []string{
		fhir.Instant(v.Start), fhir.Instant(v.End), v.Who.Name, v.Who.OrgName, v.Role, v.Mode, fmt.Sprint(len(v.Acts)), fmt.Sprint(v.Refused),
	}
	for i, f := range row {
		if f != "" && strings.ContainsRune("=+-@\t\r", rune(f[0])) {
			row[i] = "'" + f
		}
	}
	return row
}
