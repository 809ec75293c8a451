package record

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"carnet/client/fhir"
	"carnet/client/terminology"
)

// complete puts in what a sender of ITI-105 may leave out and a stored
// document has (PDSm comprehensive): from the sign-in, the content and the
// value sets. What was sent stays as it is.
func (f *filing) complete() {
	v, n := &f.view, f.node
	v.PatientID = f.person.ID
	concept(n, "category", true, v.Category)
	subject := n.Get("subject")
	if ref := subject.Get("reference").String(); !strings.HasPrefix(ref, "#") && fhir.RefID(ref, "Patient") == "" {
		subject.Set("reference", fhir.Text("Patient/"+f.person.ID))
	}
	if n.Get("custodian") == nil && f.p.OrgID != "" {
		ref := fhir.Object1("identifier", identifier(fhir.SystemNationalOrg, f.p.OrgID))
		ref.Set("display", fhir.Text(f.p.OrgName))
		n.Set("custodian", ref)
		v.Custodian = fhir.Party{OrgID: f.p.OrgID, OrgName: f.p.OrgName}
	}
	if n.Get("securityLabel") == nil {
		concept(n, "securityLabel", true, fhir.LabelCoding("N"))
		v.Confidential = "N"
	}
	content := &n.Get("content").Items[0]
	a := content.Get("attachment")
	setText(a, "language", "fr-FR")
	if v.Attachment.Creation == "" {
		v.Attachment.Creation = v.Date
	}
	setText(a, "creation", v.Attachment.Creation)
	if content.Get("format") == nil {
		v.Format = formatOf(v.Attachment.ContentType)
		content.Set("format", coding(v.Format))
	}
	f.completeContext()
}

// completeContext puts in what the context of the act may leave out.
func (f *filing) completeContext() {
	v, n := &f.view, f.node
	if n.Get("context") == nil {
		n.Set("context", fhir.Node{Kind: fhir.Object})
	}
	c := n.Get("context")
	if c.At("period", "start") == nil {
		if c.Get("period") == nil {
			c.Set("period", fhir.Node{Kind: fhir.Object})
		}
		c.Get("period").Set("start", fhir.Text(v.Date))
		v.PeriodStart = v.Date
	}
	if c.Get("facilityType") == nil {
		v.Facility = coded(fhir.Coding{}, facilityOf(f.p.Sector), terminology.FacilityByCode)
		concept(c, "facilityType", false, v.Facility)
	}
	if c.Get("practiceSetting") == nil {
		v.Practice = coded(fhir.Coding{}, "AMBULATOIRE", terminology.PracticeByCode)
		concept(c, "practiceSetting", false, v.Practice)
	}
	if c.Get("sourcePatientInfo") == nil {
		c.Set("sourcePatientInfo", fhir.Object1("identifier", identifier(f.person.INS.System, f.person.INS.Value)))
	}
}

func facilityOf(sector string) string {
	if _, ok := terminology.FacilityByCode(sector); ok {
		return sector
	}
	return "SA07"
}

// setText sets a string element that is not there.
func setText(n *fhir.Node, name, value string) {
	if n.Get(name) == nil && value != "" {
		n.Set(name, fhir.Text(value))
	}
}

// concept sets a CodeableConcept that is not there, in a list or alone.
func concept(n *fhir.Node, name string, list bool, c fhir.Coding) {
	if n.Get(name) != nil || c.Code == "" {
		return
	}
	v := fhir.Object1("coding", fhir.Node{Kind: fhir.Array, Items: []fhir.Node{coding(c)}})
	if list {
		v = fhir.Node{Kind: fhir.Array, Items: []fhir.Node{v}}
	}
	n.Set(name, v)
}

func coding(c fhir.Coding) fhir.Node {
	n := fhir.Object1("system", fhir.Text(c.System))
	n.Set("code", fhir.Text(c.Code))
	if c.Display != "" {
		n.Set("display", fhir.Text(c.Display))
	}
	return n
}

func identifier(system, value string) fhir.Node {
	n := fhir.Object1("system", fhir.Text(system))
	n.Set("value", fhir.Text(value))
	return n
}

// magic is how contents that need no reader of their own begin.
var magic = map[string][][]byte{
	"image/jpeg": {{0xFF, 0xD8, 0xFF}},
	"image/png":  {[]byte("\x89PNG\r\n\x1a\n")},
	"image/tiff": {[]byte("II*\x00"), []byte("MM\x00*")},
}

// checkContent reads the content and checks that it is what it says: a PDF by
// the gate, an image by its first bytes, a text by every byte.
func (s *Service) checkContent(ctx context.Context, f *filing) error {
	f.data = make([]byte, f.u.Size)
	if n, err := f.u.Data.ReadAt(f.data, 0); int64(n) < f.u.Size {
		return fault(fmt.Errorf("record: read the spooled content: %w", orEOF(err)))
	}
	const at = "content[0].attachment.contentType"
	wrong := issue(fhir.Invalid, at, "Le contenu n'est pas du type annoncé : vérifiez le fichier.")
	kind, _, _ := strings.Cut(strings.ToLower(f.view.Attachment.ContentType), ";")
	switch kind = strings.TrimSpace(kind); kind {
	case "application/pdf":
		if s.gate == nil {
			return fhir.E(fhir.Unavailable, "Les PDF ne peuvent pas être contrôlés pour l'instant : réessayez plus tard.")
		}
		return s.gate.CheckPDF(ctx, f.data)
	case "text/plain":
		if !isText(f.data) {
			return wrong
		}
	case "text/xml", "application/xml":
		if !isText(f.data) || !bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(f.data, []byte("\ufeff")), " \t\r\n"), []byte("<")) {
			return wrong
		}
	default:
		starts, known := magic[kind]
		if !known {
			return issue(fhir.BadCode, at, "Ce format n'est pas accepté : déposez un PDF, une image ou un texte.")
		}
		for _, start := range starts {
			if bytes.HasPrefix(f.data, start) {
				return nil
			}
		}
		return wrong
	}
	return nil
}

func orEOF(err error) error {
	if err == nil {
		return io.ErrUnexpectedEOF
	}
	return err
}

// isText: UTF-8 without control characters but tab, line and page ends.
func isText(data []byte) bool {
	return utf8.Valid(data) && bytes.IndexFunc(data, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f' || r == 0x7F
	}) < 0
}
