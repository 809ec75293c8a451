package demo

import (
	"bytes"
	"context"
	"errors"
	"image"
	"slices"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/client/pdfcheck"
)

func gate(t *testing.T) pdfcheck.ServerGate {
	t.Helper()
	c := pdfcheck.New(pdfcheck.Options{Workers: 1, Time: time.Minute})
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return pdfcheck.ServerGate{Checker: c}
}

// One document of each type passes the server's gate, and is what it says.
func TestDocumentsPassTheGate(t *testing.T) {
	g := gate(t)
	seen := map[string]bool{}
	for _, d := range plannedWorld(t).docs {
		key := d.seed.Type.Code + d.seed.ContentType
		if seen[key] {
			continue
		}
		seen[key] = true
		data, err := d.draw()
		if err != nil {
			t.Fatal(err)
		}
		switch d.seed.ContentType {
		case "application/pdf":
			if err := g.CheckPDF(t.Context(), bytes.NewReader(data), int64(len(data))); err != nil {
				t.Errorf("%s: %v", d.seed.Title, err)
			}
		case "text/plain":
			if len(data) < 50 {
				t.Errorf("%s: %q", d.seed.Title, data)
			}
		default:
			if _, format, err := image.DecodeConfig(bytes.NewReader(data)); err != nil || "image/"+format != d.seed.ContentType {
				t.Errorf("%s: %s %v", d.seed.Title, format, err)
			}
		}
	}
}

// someone is Joaquim D'ALMEIDA.
func someone(t *testing.T) fhir.Patient {
	t.Helper()
	all, err := Patients()
	if err != nil {
		t.Fatal(err)
	}
	return all[7]
}

// A good sample passes the gate; each bad one is refused, in words.
func TestSamples(t *testing.T) {
	g := gate(t)
	for _, kind := range Samples() {
		data, err := Draw(kind, someone(t), today())
		if err != nil {
			t.Fatal(err)
		}
		err = g.CheckPDF(t.Context(), bytes.NewReader(data), int64(len(data)))
		if kind == SampleReport {
			if err != nil {
				t.Errorf("the good sample is refused: %v", err)
			}
			continue
		}
		var e *fhir.Error
		if !errors.As(err, &e) || e.Code != fhir.Invalid || e.Message == "" {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if _, err := Draw("another", someone(t), today()); err == nil {
		t.Error("a sample that does not exist is drawn")
	}
}

func TestLabReportIsAboutThePatient(t *testing.T) {
	a, err := LabReport(someone(t), today())
	if err != nil {
		t.Fatal(err)
	}
	b, err := LabReport(someone(t), today())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Error("the same report has two forms")
	}
	if other, err := LabReport(someone(t), today().AddDate(0, 0, 1)); err != nil || bytes.Equal(a, other) {
		t.Error("tomorrow's report is today's")
	}
	if !bytes.Contains(a, []byte("pdfaid:part")) {
		t.Error("the laboratory claims no PDF/A")
	}
}

// Names beyond the fonts that every reader has are drawn with an embedded one.
func TestLettersBeyondWindows(t *testing.T) {
	if !needsEmbedding("Thị Lan") || !needsEmbedding("Stanisław") || needsEmbedding("ŒUVRARD Zoé – 5 µg") {
		t.Error("which names need a typeface")
	}
	if got := toWindows("é"); got != "\xe9" {
		t.Errorf("%q", got)
	}
	if got := toWindows("a≥b"); got != "a?b" {
		t.Errorf("%q", got)
	}
}

func TestDrawingStops(t *testing.T) {
	docs := plannedWorld(t).docs[:30]
	stop := errors.New("enough")
	n := 0
	err := drawAll(t.Context(), docs, func(d document, data []byte) error {
		if d.seed.UniqueID != docs[n].seed.UniqueID || len(data) == 0 {
			t.Fatal("out of order")
		}
		n++
		if n == 5 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || n != 5 {
		t.Errorf("%d used, %v", n, err)
	}
	broken := slices.Clone(docs)
	broken[3].draw = func() ([]byte, error) { return nil, stop }
	if err := drawAll(t.Context(), broken, func(document, []byte) error { return nil }); !errors.Is(err, stop) {
		t.Error(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := drawAll(gone, docs, func(document, []byte) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
