package choose

import (
	"context"
	"testing"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/widget"
	"carnet/ui/widget/widgettest"

	"fyne.io/fyne/v2"
)

// disk keeps what is saved, or refuses.
type disk struct {
	full  error
	saved map[string]string
}

func (*disk) Suggest(string) string { return "/copies/document.pdf" }

func (d *disk) Save(_ context.Context, path string, c client.Content) error {
	if d.full == nil {
		d.saved[path] = string(c.Bytes)
	}
	return d.full
}

// What goes wrong is said beside the path and corrected there; a path counts as it is
// pasted; the sheet goes once the copy is written.
func TestACopyIsAskedForUntilItIsWritten(t *testing.T) {
	desk, d, told := widgettest.New(t), &disk{saved: map[string]string{}}, 0
	desk.Window().Resize(fyne.NewSize(1180, 760))
	SaveDocument(SaveConfig{Scope: desk.Scope(), Shell: desk, Saver: d, Saved: func() { told++ }}, client.Content{Type: "application/pdf", Bytes: []byte("%PDF")})
	desk.Sees("Enregistrer une copie", "secret professionnel", "/copies/document.pdf")
	desk.SeesNot("Parcourir les dossiers…")
	for code, words := range map[fhir.Code]string{
		fhir.StateConflict: "Un fichier porte déjà ce nom", fhir.Invalid: "Rien ne peut être écrit à cet endroit", fhir.Unavailable: "place qui reste sur le disque",
	} {
		d.full = fhir.E(code, "")
		desk.Press(fyne.KeyReturn)
		desk.Settle()
		desk.Sees(words)
	}
	d.full = nil
	desk.Window().Canvas().Focused().(*widget.Entry).SetText(` "/ailleurs/lettre.pdf" `)
	desk.Press(fyne.KeyReturn)
	desk.Settle()
	if told != 1 || len(d.saved) != 1 || d.saved["/ailleurs/lettre.pdf"] != "%PDF" {
		t.Errorf("told %d times, saved %v", told, d.saved)
	}
	desk.SeesNot("secret professionnel")
}

// Escape closes the toolkit's dialog first, then the sheet.
func TestEscapeClosesTheDialogOfFoldersFirst(t *testing.T) {
	desk := widgettest.New(t)
	desk.Window().Resize(fyne.NewSize(1180, 760))
	Save(SaveConfig{Scope: desk.Scope(), Shell: desk, Saver: &disk{}, Window: desk.Window(), Title: "Exporter", Caution: "en clair", Type: "text/csv"})
	overlays := desk.Window().Canvas().Overlays()
	sheet := widget.SheetOf(overlays.Top())
	desk.Tap("Parcourir les dossiers…")
	if widget.SheetOf(overlays.Top()) == sheet {
		t.Fatal("no dialog in front")
	}
	for _, open := range []bool{true, false} {
		desk.Window().Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
		desk.Settle()
		if sheet.IsOpen() != open {
			t.Fatalf("the sheet is open: %v, want %v", sheet.IsOpen(), open)
		}
	}
}
