package pdfium

import (
	"bytes"
	"fmt"
	"testing"
)

// form is a page whose only ink is the red appearance of a form field.
func form() []byte {
	objects := []string{
		"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Annots[4 0 R]>>",
		"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/F 4/Rect[50 50 150 150]/P 3 0 R/AP<</N 5 0 R>>>>",
		"<</Type/XObject/Subtype/Form/BBox[0 0 100 100]/Length 26>>\nstream\n1 0 0 rg 0 0 100 100 re f \nendstream",
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	var at []int
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	x := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, o := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, x)
	return b.Bytes()
}

func TestWhatWasFilledIntoAFormIsDrawn(t *testing.T) {
	d := open(t, newEngine(t, Options{}), form())
	for range 2 { // also when the page comes again
		img, err := d.Render(t.Context(), 0, 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		if !isRed(img, 100, 100) || isRed(img, 10, 10) {
			t.Fatalf("the field is %v", img.RGBAAt(100, 100))
		}
	}
}

func TestABombStopsInsideTheSandbox(t *testing.T) {
	// A page of 60,000 points a side, drawn as large as allowed, and a picture
	// that says it has ten billion pixels.
	page := bytes.Replace(form(), []byte("[0 0 200 200]"), []byte("[0 0 6e4 6e4]"), 1)
	d := open(t, newEngine(t, Options{}), page)
	img, err := d.Render(t.Context(), 0, 8, 0)
	if err == nil && img.Rect.Dx()*img.Rect.Dy() > 16_000_000 {
		t.Fatalf("%v", img.Rect)
	}
}
