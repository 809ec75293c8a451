package record

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
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

// checkContent checks that the content is what it says: a PDF by the gate, an
// image by its first bytes, a text by every byte. It is read where it was
// spooled, a piece at a time. A PDF waits for its turn as long as p says.
// Errors: Throttled besides those of the gate.
func (s *Service) checkContent(ctx context.Context, f *filing, p *patience) error {
	const at = "content[0].attachment.contentType"
	wrong := issue(fhir.Invalid, at, "Le contenu n'est pas du type annoncé : vérifiez le fichier.")
	kind, _, _ := strings.Cut(strings.ToLower(f.view.Attachment.ContentType), ";")
	switch kind = strings.TrimSpace(kind); kind {
	case "application/pdf":
		if s.gate == nil {
			return fhir.E(fhir.Unavailable, "Les PDF ne peuvent pas être contrôlés pour l'instant : réessayez plus tard.")
		}
		done, err := s.intake.turn(ctx, p)
		if err != nil {
			return err
		}
		defer done()
		return s.gate.CheckPDF(ctx, f.u.Data, f.u.Size)
	case fhir.TypeFHIRDocument:
		return s.checkStructured(ctx, f)
	case "text/plain", "text/xml", "application/xml":
		found, err := readText(io.NewSectionReader(f.u.Data, 0, f.u.Size))
		if err != nil {
			return unread(err)
		}
		if !found.is || kind != "text/plain" && found.first != '<' {
			return wrong
		}
		return nil
	}
	if _, known := magic[kind]; !known {
		return issue(fhir.BadCode, at, "Ce format n'est pas accepté : déposez un PDF, une image ou un texte.")
	}
	head, err := readHead(f.u.Data, f.u.Size)
	if err != nil {
		return unread(err)
	}
	if !beginsAs(kind, head) {
		return wrong
	}
	return nil
}

// headLength is how many bytes tell a kind of content.
const headLength = 8

// readHead gives the first bytes of a content.
func readHead(from io.ReaderAt, size int64) ([]byte, error) {
	head := make([]byte, min(headLength, max(0, size)))
	if n, err := from.ReadAt(head, 0); n < len(head) {
		return nil, orEOF(err)
	}
	return head, nil
}

// beginsAs tells whether a content begins as those of a kind do.
func beginsAs(kind string, head []byte) bool {
	return slices.ContainsFunc(magic[kind], func(start []byte) bool { return bytes.HasPrefix(head, start) })
}

// unread is of spooled bytes that cannot be read back.
func unread(err error) error { return fault(fmt.Errorf("record: read the spooled content: %w", err)) }

func orEOF(err error) error {
	if err == nil {
		return io.ErrUnexpectedEOF
	}
	return err
}

// text tells of bytes whether they are a text, and how it begins.
type text struct {
	is    bool // as of isText
	first rune // that is no white space and no byte order mark; 0: none
}

// isText: UTF-8 without control characters but tab, line and page ends.
func isText(data []byte) bool { return utf8.Valid(data) && bytes.IndexFunc(data, isControl) < 0 }

func isControl(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f' || r == 0x7F
}

// readText reads up to the first byte that is no text's. Errors: of reading.
func readText(from io.Reader) (found text, err error) {
	in := bufio.NewReaderSize(from, 32<<10)
	for at := 0; ; {
		r, n, err := in.ReadRune()
		switch {
		case errors.Is(err, io.EOF):
			return text{true, found.first}, nil
		case err != nil:
			return text{}, err
		case r == utf8.RuneError && n == 1, isControl(r):
			return text{}, nil
		case found.first == 0 && !(at == 0 && r == '\ufeff') && r != ' ' && r != '\t' && r != '\r' && r != '\n':
			found.first = r
		}
		at += n
	}
}
