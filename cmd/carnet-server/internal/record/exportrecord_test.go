package record

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"carnet/client/fhir"
)

// exportOf takes the record of pat-1 away.
func (w *world) exportOf(c Citizen) map[string]string {
	w.t.Helper()
	var buf bytes.Buffer
	w.must(w.ExportRecord(bg, c, "pat-1", &buf))
	z, err := zip.NewReader(bytes.NewReader(buf.Bytes()), int64(buf.Len()))
	w.must(err)
	out := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		w.must(err)
		b, err := io.ReadAll(r)
		w.must(err)
		out[f.Name] = string(b)
	}
	return out
}

func TestEverythingIsTakenAway(t *testing.T) {
	w := heldWorld(t, filled)
	w.represent()
	w.allow(gp())
	_, err := w.KeepItem(bg, zoe(), "pat-1", items()["an allergy"])
	w.must(err)
	_, err = w.Deposit(bg, zoe(), "pat-1", Deposit{
		Type: "DOCPAT01", Title: "<script>alert(1)</script>", Date: w.clock.now(), Data: strings.NewReader("mon texte"), Size: 9,
	})
	w.must(err)
	got := w.exportOf(zoe())
	var files, descriptions int
	for name, data := range got {
		for _, secret := range []string{"pat-1", "LEFÈVRE", ins(1).Value, docID("0")} {
			if strings.Contains(name, secret) {
				t.Errorf("the name %s tells who it is about", name)
			}
		}
		switch {
		case strings.HasPrefix(name, "documents/"):
			files++
		case strings.HasPrefix(name, "fhir/DocumentReference/"):
			descriptions++
		}
		if strings.Contains(data, "Consultation 3") || strings.Contains(data, "contenu de 3") {
			t.Errorf("%s holds what waits for its announcement", name)
		}
		if strings.HasSuffix(name, ".json") {
			n, err := fhir.Parse([]byte(data))
			w.must(err)
			if issues := fhir.Check(n); len(issues) > 0 {
				t.Errorf("%s: %v", name, issues)
			}
		}
	}
	if files != 6 || descriptions != 6 || got["fhir/AllergyIntolerance/0001.json"] == "" || got["fhir/Consent/0001.json"] == "" || got["fhir/Patient.json"] == "" {
		t.Errorf("%d files, %d descriptions of %d", files, descriptions, len(got))
	}
	for _, name := range []string{"index.html", "index.en.html"} {
		page := got[name]
		if !strings.Contains(page, "Consultation 0") || !strings.Contains(page, "Pénicilline") || !strings.Contains(page, gp().Name) || strings.Contains(page, "<script") {
			t.Errorf("%s: %s", name, page)
		}
	}
	if !strings.Contains(got["historique-history.csv"], zoe().Name) {
		t.Error("the history is not summed up")
	}
	theirs := w.exportOf(mother())
	for name, data := range theirs {
		if strings.Contains(data, "Consultation 4") || strings.Contains(data, "contenu de 4") {
			t.Errorf("%s of a representative holds what is hidden from them", name)
		}
	}
	w.wants("a stranger", w.ExportRecord(bg, stranger(), "pat-1", io.Discard), fhir.NotFound)
}

// A mandate that ends while the record goes out ends the export.
func TestAnExportEndsWithTheRight(t *testing.T) {
	w := heldWorld(t, filled)
	w.represent()
	mandates, err := w.Mandates(bg, zoe(), "pat-1")
	w.must(err)
	ended := false
	err = w.ExportRecord(bg, mother(), "pat-1", writerFunc(func(p []byte) (int, error) {
		if !ended {
			ended = true
			w.must(w.EndMandate(bg, LifeBy{Citizen: zoe()}, "pat-1", mandates[0].ID))
		}
		return len(p), nil
	}))
	if err == nil {
		t.Error("goes on although the mandate ended")
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
