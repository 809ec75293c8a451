package clienttest

import (
	"bytes"
	"crypto/sha1" // the specification's field (IHE MHD 4.2.4)
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"carnet/client"
	"carnet/client/fhir"
)

// blob is the bytes of a document with what its description says of them.
type blob struct {
	kind  string
	bytes []byte
	hash  string
}

// newBlob hashes bytes.
func newBlob(kind string, b []byte) blob {
	sum := sha1.Sum(b)
	return blob{kind: kind, bytes: b, hash: base64.StdEncoding.EncodeToString(sum[:])}
}

// attachment describes the blob.
func (b blob) attachment(url, title string, at time.Time) fhir.Attachment {
	return fhir.Attachment{
		ContentType: b.kind, Language: "fr-FR", URL: url, Size: int64(len(b.bytes)), Hash: b.hash,
		Title: title, Creation: at.Format(time.RFC3339),
	}
}

// blob makes the bytes of a kind of document of a person, once.
func (f *Fake) blob(p *person, t docType) blob {
	key := p.ID + "/" + t.code
	if b, ok := f.blobs[key]; ok {
		return b
	}
	var b blob
	switch t.kind {
	case "image/png":
		b = newBlob(t.kind, PNG())
	case "text/plain":
		b = newBlob(t.kind, []byte(t.label+"\n"+p.BirthName+" "+p.FirstGiven+"\nAmoxicilline 1 g, 2 boîtes\n"))
	default:
		b = newBlob(t.kind, PDF(p.Patient, t.label, 2))
	}
	f.blobs[key] = b
	return b
}

// PDF makes a small report about a patient: a title, the identity as reports
// carry it, and pages of text. The same arguments give the same bytes.
func PDF(p client.Patient, title string, pages int) []byte {
	doc := fpdf.New("P", "mm", "A4", "")
	at := time.Date(2026, time.January, 2, 3, 4, 5, 0, time.UTC)
	doc.SetCatalogSort(true)
	doc.SetCompression(false) // quicker, and a test may look inside
	doc.SetCreationDate(at)
	doc.SetModificationDate(at)
	tr := doc.UnicodeTranslatorFromDescriptor("")
	for page := range pages {
		doc.AddPage()
		doc.SetFont("Helvetica", "B", 16)
		doc.CellFormat(0, 10, tr(title), "", 1, "L", false, 0, "")
		doc.SetFont("Helvetica", "", 11)
		doc.CellFormat(0, 6, tr(fmt.Sprintf("Patient : %s %s, né(e) le %s", p.BirthName, p.FirstGiven, frenchDate(p.BirthDate))), "", 1, "L", false, 0, "")
		if p.INS.Value != "" {
			doc.CellFormat(0, 6, "INS : "+p.INS.Value, "", 1, "L", false, 0, "")
		}
		doc.Ln(4)
		for line := range 24 {
			doc.CellFormat(0, 6, tr(fmt.Sprintf("Page %d, ligne %d : examen clinique sans particularité.", page+1, line+1)), "", 1, "L", false, 0, "")
		}
	}
	var out bytes.Buffer
	if err := doc.Output(&out); err != nil {
		panic("clienttest: " + err.Error()) // only when this file is wrong
	}
	return out.Bytes()
}

// frenchDate turns 1979-03-28 into 28/03/1979.
func frenchDate(d string) string {
	t, err := time.Parse(time.DateOnly, d)
	if err != nil {
		return d
	}
	return t.Format("02/01/2006")
}

// PNG makes a small picture.
func PNG() []byte {
	img := image.NewRGBA(image.Rect(0, 0, 120, 80))
	for y := range 80 {
		for x := range 120 {
			img.Set(x, y, color.RGBA{R: uint8(2 * x), G: uint8(3 * y), B: 130, A: 255})
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic("clienttest: " + err.Error())
	}
	return out.Bytes()
}
