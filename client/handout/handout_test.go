package handout

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"carnet/assets"
)

var faces = Faces{Regular: assets.Regular.Bytes(), Bold: assets.Bold.Bytes()}

func sheet(blocks, lines int) Sheet {
	s := Sheet{
		Title: "Synthèse de santé", Name: "MARTIN-DUBOIS Hélène", Identity: []string{"née MARTIN Hélène · F · 28/03/1979 (47 ans) · Reims", "INS 2 79 03 51 215 189 89"},
		Made: "Imprimée le 22 nov. 2026 à 9 h 04 par Dr Anne MOREL", More: "… la suite est dans le dossier", Language: "fr", Day: time.Date(2026, 11, 22, 9, 4, 0, 0, time.UTC),
		Foot: []string{"Seulement ce que ce professionnel peut lire.", strings.Repeat("Aide à la décision : ce qui n’y est pas n’est pas vérifié. ", 4)},
	}
	for b := range blocks {
		block := Block{Title: "Section " + string(rune('A'+b))}
		for range lines {
			block.Lines = append(block.Lines, Line{
				Text: "Pénicilline — urticaire géante après une injection d’amoxicilline", Under: "depuis 1998 · Noté par Dr Yann TESSIER, CHU de Reims le 21 mai 2026",
				Word: "Grave", Strong: true,
			})
		}
		s.Left, s.Right = append(s.Left, block), append(s.Right, block)
	}
	return s
}

func pages(pdf []byte) int { return bytes.Count(pdf, []byte("/Type /Page\n")) }

func TestOneSheetIsOnePage(t *testing.T) {
	for _, c := range [][2]int{{0, 0}, {1, 1}, {5, 3}, {6, 12}, {5, 400}} {
		pdf, err := Draw(sheet(c[0], c[1]), faces)
		if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) || pages(pdf) != 1 {
			t.Fatalf("%v: %v, %d pages", c, err, pages(pdf))
		}
		if dir := os.Getenv("HANDOUTS"); dir != "" {
			_ = os.WriteFile(dir+"/"+string(rune('a'+c[0]))+".pdf", pdf, 0o600)
		}
	}
}

func TestWhatDoesNotFitIsShortenedAndSaid(t *testing.T) {
	d := newDrawing(sheet(0, 0), faces)
	s := sheet(5, 40)
	out := d.shorten(s.Left, 240, smallest, s.More)
	if h := d.height(out, smallest); h > 240 {
		t.Errorf("%f millimetres", h)
	}
	for _, b := range out {
		if n := len(b.Lines); n < 2 || n > 12 || b.Lines[n-1].Text != s.More {
			t.Errorf("%s has %d lines and ends in %q", b.Title, n, b.Lines[n-1].Text)
		}
	}
	if len(s.Left[0].Lines) != 40 {
		t.Error("what was given was changed")
	}
	if out := d.shorten(sheet(2, 2).Left, 240, 1, s.More); len(out[0].Lines) != 2 {
		t.Errorf("shortened without need: %+v", out)
	}
}

func TestTheSameSheetIsTheSameBytes(t *testing.T) {
	a, err := Draw(sheet(3, 3), faces)
	b, _ := Draw(sheet(3, 3), faces)
	if err != nil || !bytes.Equal(a, b) {
		t.Error("two drawings differ", err)
	}
	if bytes.Contains(a, []byte("MARTIN")) {
		t.Error("the name stands in the clear of the file: it would be its title")
	}
}

func TestStrangeWords(t *testing.T) {
	s := sheet(1, 1)
	s.Name, s.Made = "", "\x00\x01\n"
	s.Left[0].Lines[0] = Line{Text: strings.Repeat("x", 5000), Under: "a\nb\u202fc\t😀", Word: strings.Repeat("mot ", 40)}
	if pdf, err := Draw(s, faces); err != nil || pages(pdf) != 1 {
		t.Error(err, pages(pdf))
	}
	if _, err := Draw(s, Faces{}); err == nil {
		t.Error("without a typeface there is nothing to draw with")
	}
}

func BenchmarkDraw(b *testing.B) {
	s := sheet(5, 6)
	for b.Loop() {
		if _, err := Draw(s, faces); err != nil {
			b.Fatal(err)
		}
	}
}
