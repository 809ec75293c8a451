package pdfcheck

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
	"testing"

	"codeberg.org/go-pdf/fpdf"
	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
)

// report is a laboratory report as a laboratory's software prints it.
func report(tb testing.TB, pages int) []byte {
	tb.Helper()
	pdf := fpdf.New("P", "mm", "A4", "")
	for p := range pages {
		pdf.AddPage()
		pdf.SetFont("Helvetica", "B", 16)
		pdf.Cell(0, 10, "Laboratoire de biologie - compte rendu d'examens")
		pdf.Ln(12)
		pdf.SetFont("Helvetica", "", 10)
		for i := range 40 {
			pdf.Cell(60, 6, fmt.Sprintf("Analyse %d-%d", p, i))
			pdf.Cell(40, 6, fmt.Sprintf("%d,%02d g/L", i%17, i*7%100))
			pdf.Ln(6)
		}
	}
	var b bytes.Buffer
	if err := pdf.Output(&b); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// assemble writes a PDF of the given objects, numbered from 1, with a correct
// cross-reference table; object 1 is the catalog. trailer is added to the
// trailer's dictionary.
func assemble(trailer string, objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	offsets := make([]int, len(objects))
	for i, o := range objects {
		offsets[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, trailer, at)
	return b.Bytes()
}

const (
	plainPages = "<</Type/Pages/Kids[3 0 R]/Count 1>>"
	plainPage  = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>"
	plainFont  = "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
)

// onePage is a readable page; catalog is added to its catalog, and more
// objects follow from number 6.
func onePage(catalog string, more ...string) []byte {
	text := "BT /F1 24 Tf 72 700 Td (Bonjour) Tj ET"
	objects := append([]string{
		"<</Type/Catalog/Pages 2 0 R" + catalog + ">>", plainPages, plainPage,
		fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(text), text), plainFont,
	}, more...)
	return assemble("", objects...)
}

func deflate(b []byte) []byte {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	_, _ = w.Write(b)
	_ = w.Close()
	return out.Bytes()
}

// zeros is a zlib stream that inflates to n bytes of nothing (and then fails its
// checksum, as a bomb may), made without compressing them all.
func zeros(n int) []byte {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	block := make([]byte, 1<<20)
	_, _ = w.Write(block)
	_ = w.Flush()
	first := out.Len()
	_, _ = w.Write(block)
	_ = w.Flush()
	again := bytes.Clone(out.Bytes()[first:])
	for got := 2 << 20; got < n; got += len(block) {
		out.Write(again)
	}
	return out.Bytes()
}

// flateStream writes a stream object with a Flate filter.
func flateStream(entries string, body []byte) string {
	return packed(entries, deflate(body))
}

// packed writes a stream object of bytes that are compressed already.
func packed(entries string, z []byte) string {
	return fmt.Sprintf("<<%s/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream", entries, len(z), z)
}

// objectStream puts objects into an object stream, numbered from first.
func objectStream(first int, objects ...string) string {
	var head, body strings.Builder
	for i, o := range objects {
		fmt.Fprintf(&head, "%d %d ", first+i, body.Len())
		body.WriteString(o + " ")
	}
	return flateStream(fmt.Sprintf("/Type/ObjStm/N %d/First %d", len(objects), head.Len()), []byte(head.String()+body.String()))
}

func encrypted(tb testing.TB, aes bool, bits int) []byte {
	tb.Helper()
	conf := model.NewDefaultConfiguration()
	conf.EncryptUsingAES, conf.EncryptKeyLength = aes, bits
	conf.UserPW, conf.OwnerPW = "", "owner"
	var out bytes.Buffer
	if err := api.Encrypt(bytes.NewReader(report(tb, 1)), &out, conf); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// bomb inflates to n bytes of nothing.
func bomb(n int) []byte {
	return onePage("", packed("", zeros(n)))
}

// twiceBomb hides n bytes behind two layers.
func twiceBomb(n int) []byte {
	z := deflate(zeros(n))
	return onePage("", fmt.Sprintf("<</Filter[/FlateDecode/FlateDecode]/Length %d>>\nstream\n%s\nendstream", len(z), z))
}

func manyPages(n int) []byte {
	objects := []string{"<</Type/Catalog/Pages 2 0 R>>", ""}
	var kids strings.Builder
	for i := range n {
		fmt.Fprintf(&kids, "%d 0 R ", i+3)
		objects = append(objects, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>")
	}
	objects[1] = fmt.Sprintf("<</Type/Pages/Count %d/Kids[%s]>>", n, kids.String())
	return assemble("", objects...)
}

// sized is a report with a picture that brings it to about n bytes, as a
// letterhead or a scan does.
func sized(tb testing.TB, n int) []byte {
	noise := make([]byte, n*95/100)
	seed := uint32(1)
	for i := range noise {
		seed = seed*1664525 + 1013904223
		noise[i] = byte(seed >> 24)
	}
	side := 1
	for side*side < len(noise) {
		side++
	}
	noise = append(noise, make([]byte, side*side-len(noise))...)
	return onePage("", flateStream(fmt.Sprintf("/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/DeviceGray", side, side), noise))
}
