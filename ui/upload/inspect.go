package upload

import (
	"bytes"
	"context"
	"time"
	"unicode/utf8"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/pdfcheck"
)

// Checker judges a PDF behind limits; *pdfcheck.Checker with Options.Text is
// one.
type Checker interface {
	Check(ctx context.Context, data []byte) (pdfcheck.Report, error)
}

// certain is the confidence from which a guessed type needs no second look
// (pdfcheck.GuessType).
const certain = 0.8

// NewInspector makes the Inspector of the desktop.
func NewInspector(c Checker) Inspector { return inspector{c} }

type inspector struct{ check Checker }

// Inspect implements Inspector.
func (i inspector) Inspect(ctx context.Context, data []byte, p client.Patient) (Inspection, error) {
	kind := kindOf(data)
	seen := Inspection{ContentType: kind, Identity: Unread}
	if kind == kindJPEG || kind == kindPNG || kind == kindTIFF {
		seen.Image = true
		pdf, err := pdfcheck.ImagePDF(ctx, data)
		switch fhir.CodeOf(err) {
		case "":
			kind, data = kindPDF, pdf
			seen.ContentType, seen.PDF = kind, pdf
		case fhir.UnsupportedMedia:
			return seen, nil // a rare kind of picture is filed as it is
		default:
			return seen, err
		}
	}
	text := ""
	switch kind {
	case kindPDF:
		r, err := i.check.Check(ctx, data)
		if err != nil {
			return Inspection{}, err
		}
		seen.Report, text = r, r.TextSample
	case kindText:
		text = string(data)
	}
	if text == "" {
		return seen, nil
	}
	if code, confidence := pdfcheck.GuessType(text); code != "" {
		seen.Types, seen.Sure = []string{code}, confidence >= certain
	}
	seen.Acts = pdfcheck.ActDates(text, time.Local)
	given := p.Given
	if len(given) == 0 {
		given = []string{p.FirstGiven}
	}
	c := pdfcheck.CompareIdentity(text, pdfcheck.Identity{
		INS: p.INS.Value, BirthName: p.BirthName, UsedName: p.UsedName, Given: given, BirthDate: p.BirthDate,
		Sex: map[string]string{"male": "male", "female": "female"}[p.Gender],
	})
	seen.Several = c.Several
	switch {
	case c.NoText:
		seen.Identity = Unread
	case c.Outcome == pdfcheck.Match:
		seen.Identity = Match
	case c.Outcome == pdfcheck.Mismatch:
		seen.Identity = Mismatch
	default:
		seen.Identity = Unsure
	}
	return seen, nil
}

// The media types that a record takes.
const (
	kindPDF  = "application/pdf"
	kindJPEG = "image/jpeg"
	kindPNG  = "image/png"
	kindTIFF = "image/tiff"
	kindText = "text/plain"
)

// kindOf tells what bytes are by their beginning, never by a name; "" for what a
// record does not take.
func kindOf(data []byte) string {
	head := data[:min(len(data), 1024)]
	switch {
	case len(data) == 0, client.IsPDF(data):
		return kindPDF // an empty file too: the check says so in words
	case bytes.HasPrefix(head, []byte{0xff, 0xd8, 0xff}):
		return kindJPEG
	case bytes.HasPrefix(head, []byte("\x89PNG\r\n\x1a\n")):
		return kindPNG
	case bytes.HasPrefix(head, []byte("II*\x00")), bytes.HasPrefix(head, []byte("MM\x00*")):
		return kindTIFF
	case isText(data):
		return kindText
	}
	return ""
}

// isText tells whether bytes are words: UTF-8 without control characters, and
// no page or program that a reader might run.
func isText(data []byte) bool {
	if !utf8.Valid(data) {
		return false
	}
	for _, r := range string(data) {
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' || r == 0x7f {
			return false
		}
	}
	head := bytes.ToLower(bytes.TrimLeft(data[:min(len(data), 512)], "\ufeff \r\n\t"))
	for _, start := range []string{"<", "#!", "{\\rtf"} {
		if bytes.HasPrefix(head, []byte(start)) {
			return false
		}
	}
	return len(head) > 0
}
