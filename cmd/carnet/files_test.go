package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/pdfium"
)

func TestSuggestedNamesSayNothingAndAreFree(t *testing.T) {
	home := t.TempDir()
	c := copies{home: func() (string, error) { return home, nil }, now: func() time.Time { return time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC) }}
	want := func(path string) {
		t.Helper()
		if got := c.Suggest("application/pdf"); got != filepath.Join(home, path) {
			t.Errorf("suggested %s, want %s", got, path)
		}
	}
	want("document-2026-11-21.pdf")
	if err := os.Mkdir(filepath.Join(home, "Documents"), 0o700); err != nil {
		t.Fatal(err)
	}
	want("Documents/document-2026-11-21.pdf")
	write(t, filepath.Join(home, "Documents/document-2026-11-21.pdf"), nil)
	want("Documents/document-2026-11-21-2.pdf")
	if got := filepath.Ext(c.Suggest("text/plain; charset=utf-8")); got != ".txt" {
		t.Errorf("a text is called %s", got)
	}
	if got := c.Suggest("text/csv"); got != filepath.Join(home, "Documents/document-2026-11-21.csv") {
		t.Errorf("a table is called %s", got)
	}
}

func TestSavedCopiesAreTheOwnersAndReplaceNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "copy.pdf")
	content := client.Content{Type: "application/pdf", Bytes: []byte("%PDF-1.4")}
	if err := (copies{}).Save(context.Background(), path, content); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, error %v", info.Mode(), err)
	}
	if err := (copies{}).Save(context.Background(), path, content); fhir.CodeOf(err) != fhir.StateConflict {
		t.Errorf("a file was replaced: %v", err)
	}
	if err := (copies{}).Save(context.Background(), filepath.Join(path, "below"), content); fhir.CodeOf(err) != fhir.Invalid {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := (copies{}).Save(ctx, path+"2", content); fhir.CodeOf(err) != fhir.Canceled {
		t.Errorf("error %v", err)
	}
}

func TestPrinting(t *testing.T) {
	found := func(string) (string, error) { return "/usr/bin/lp", nil }
	var sent []byte
	works := func(_ context.Context, _ string, in []byte, args ...string) error {
		sent = in
		if len(args) != 3 || args[1] != "Carnet" {
			t.Errorf("arguments %q", args)
		}
		return nil
	}
	fails := func(context.Context, string, []byte, ...string) error { return errors.New("no printer: secret") }
	pdf := client.Content{Type: "application/pdf", Bytes: []byte("%PDF")}
	if err := (paper{found, works}).Print(context.Background(), pdf); err != nil || !bytes.Equal(sent, pdf.Bytes) {
		t.Errorf("sent %q, error %v", sent, err)
	}
	for name, row := range map[string]struct {
		p    paper
		c    client.Content
		want fhir.Code
	}{
		"no lp":        {paper{func(string) (string, error) { return "", errors.New("none") }, works}, pdf, fhir.Unavailable},
		"no printer":   {paper{found, fails}, pdf, fhir.Unavailable},
		"another kind": {paper{found, works}, client.Content{Type: "application/dicom"}, fhir.UnsupportedMedia},
	} {
		if err := row.p.Print(context.Background(), row.c); fhir.CodeOf(err) != row.want || bytes.Contains([]byte(err.Error()), []byte("secret")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPreviewOfPictures(t *testing.T) {
	var file bytes.Buffer
	if err := png.Encode(&file, image.NewGray(image.Rect(0, 0, 800, 400))); err != nil {
		t.Fatal(err)
	}
	p := preview{pdfium.New(pdfium.Options{})}
	got, err := p.FirstPage(context.Background(), "image/png", file.Bytes(), 200)
	if err != nil || got.Bounds().Dx() != 200 || got.Bounds().Dy() != 100 {
		t.Errorf("got %v, error %v", got, err)
	}
	if got, err := p.FirstPage(context.Background(), "image/png", file.Bytes(), 1000); err != nil || got.Bounds().Dx() != 800 {
		t.Errorf("a small picture was changed: %v", err)
	}
	if _, err := p.FirstPage(context.Background(), "image/png", file.Bytes()[:20], 200); fhir.CodeOf(err) != fhir.Invalid {
		t.Errorf("error %v", err)
	}
	huge := append([]byte(nil), file.Bytes()...)
	copy(huge[16:24], []byte{0, 1, 0, 0, 0, 1, 0, 0}) // 65536 × 65536, with the checksum of another header
	if _, err := p.FirstPage(context.Background(), "image/png", huge, 200); err == nil {
		t.Error("a picture without end was decoded")
	}
}

func TestMarksAreLinesOfJSON(t *testing.T) {
	path := filepath.Join(t.TempDir(), "marks.jsonl")
	m, err := newMarks(path, time.Now().Add(-time.Second))
	if err != nil {
		t.Fatal(err)
	}
	m.Mark("first-window", 0)
	m.Mark("search-first-result", 252*time.Millisecond)
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var got []mark
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var one mark
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatal(err)
		}
		got = append(got, one)
	}
	if len(got) != 2 || got[0].Mark != "first-window" || got[0].MS < 1000 || got[1].SinceInput != 252 {
		t.Errorf("got %+v", got)
	}
	none, err := newMarks("", time.Now())
	if err != nil || none != nil {
		t.Error("marks that nobody asked for")
	}
	none.Mark("nobody", 0)
	if none.Close() != nil {
		t.Error("nothing cannot be closed")
	}
}

func TestProcessStartIsJustBeforeNow(t *testing.T) {
	if age := time.Since(processStart()); age < 0 || age > 10*time.Minute {
		t.Errorf("this process is %s old", age)
	}
}
