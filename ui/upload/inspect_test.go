package upload

import (
	"context"
	"strings"
	"testing"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/client/pdfcheck"
)

// opinion is a Checker that has made up its mind.
type opinion struct {
	report pdfcheck.Report
	err    error
}

func (o opinion) Check(context.Context, []byte) (pdfcheck.Report, error) { return o.report, o.err }

const bloods = `Laboratoire de biologie médicale Cernay
Compte rendu d'analyses
Patient : MARTIN Léa, née le 28/03/1979
HEMATOLOGIE  Hématies 4,5 T/L  Hémoglobine 13,2 g/dL  Plaquettes 250 G/L
Valeurs de référence`

// TestInspect: from bytes to what the form shows.
func TestInspect(t *testing.T) {
	someone := strings.ReplaceAll(strings.ReplaceAll(bloods, "MARTIN Léa", "BENALI Karim"), "28/03/1979", "05/12/1984")
	for _, c := range []struct {
		name     string
		data     []byte
		text     string
		kind     string
		code     string
		identity Identity
	}{
		{"a laboratory report", clienttest.PDF(lea, "Bilan", 1), bloods, kindPDF, "11502-2", Match},
		{"somebody else's", clienttest.PDF(lea, "Bilan", 1), someone, kindPDF, "11502-2", Mismatch},
		{"a scan without text", clienttest.PDF(lea, "Bilan", 1), "", kindPDF, "", Unread},
		{"a picture", clienttest.PNG(), "", kindPDF, "", Unread},
		{"two people's", clienttest.PDF(lea, "Bilan", 1), bloods + "\n" + someone, kindPDF, "11502-2", Unsure},
		{"words", []byte(bloods), "", kindText, "11502-2", Match},
	} {
		got, err := NewInspector(opinion{report: pdfcheck.Report{Verdict: pdfcheck.Good, TextSample: c.text}}).Inspect(t.Context(), c.data, lea)
		if err != nil || got.ContentType != c.kind || got.Identity != c.identity || strings.Join(got.Types, ",") != c.code {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
	_, err := NewInspector(opinion{err: fhir.E(fhir.Unavailable, "")}).Inspect(t.Context(), []byte("%PDF-1.7"), client.Patient{})
	if fhir.CodeOf(err) != fhir.Unavailable {
		t.Errorf("a check that cannot run gives %v", err)
	}
}

// TestAPictureIsFiledAsPDF: what the sheet shows and sends is the PDF, and it
// says so; a broken picture is refused in words of its own.
func TestAPictureIsFiledAsPDF(t *testing.T) {
	look := NewInspector(opinion{report: pdfcheck.Report{Verdict: pdfcheck.Good, PDFA: "1b", Pages: 1}})
	seen, err := look.Inspect(t.Context(), clienttest.PNG(), lea)
	s := State{Patient: lea}
	s.Begin("a", now)
	s.Read(clienttest.PNG(), seen, err)
	if s.Phase != Ready || s.Draft(client.Person{}).ContentType != kindPDF || kindOf(s.Data) != kindPDF {
		t.Fatalf("phase %v, %v, %.10q", s.Phase, err, s.Data)
	}
	if said := verdictOf(&s).text; !strings.Contains(said, "déposée en PDF") {
		t.Errorf("the sheet says %q of the picture", said)
	}
	if said := identityOf(&s); said.word != "Identité non lue" || !strings.Contains(said.text, "image") {
		t.Errorf("the sheet says %+v of whom it is for", said)
	}
	broken := clienttest.PNG()[:20]
	seen, err = look.Inspect(t.Context(), broken, lea)
	s.Begin("b", now)
	s.Read(broken, seen, err)
	if refused := refusalOf(&s, nil); s.Phase != Refused || !strings.Contains(refused.Text, "abîmée") {
		t.Errorf("a broken picture: %v, %+v", s.Phase, refused)
	}
}

// TestKinds: by their beginning; nothing that a reader might run.
func TestKinds(t *testing.T) {
	for _, c := range []struct{ data, want string }{
		{"%PDF-1.4", kindPDF},
		{"junk\n%PDF-1.4", kindPDF},
		{"", kindPDF},
		{"\xff\xd8\xff\xe0", kindJPEG},
		{"\x89PNG\r\n\x1a\nrest", kindPNG},
		{"II*\x00rest", kindTIFF},
		{"MM\x00*rest", kindTIFF},
		{"Cher confrère,\r\n", kindText},
		{"\ufeffCher", kindText},
		{"<html>", ""},
		{"  <?xml", ""},
		{"#!/bin/sh", ""},
		{"{\\rtf1", ""},
		{"MZ\x90\x00", ""},
		{"PK\x03\x04", ""},
		{"abc\x00def", ""},
		{"\xe9\xe8", ""},
		{"   ", ""},
	} {
		if got := kindOf([]byte(c.data)); got != c.want {
			t.Errorf("%q is %q, want %q", c.data, got, c.want)
		}
	}
}

// FuzzKind: no bytes break it, and what it calls text is safe to show.
func FuzzKind(f *testing.F) {
	for _, s := range []string{"", "%PDF-1.7", "\xff\xd8\xff", "Bonjour", "<svg", "II*\x00", "\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if kindOf(data) == kindText && (strings.ContainsRune(string(data), 0) || strings.HasPrefix(strings.TrimSpace(string(data)), "<")) {
			t.Errorf("%q passes for text", data)
		}
	})
}
