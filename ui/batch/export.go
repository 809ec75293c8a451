package batch

import (
	"bytes"
	"context"
	"path/filepath"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/choose"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
)

// csvType is the media type of the result.
const csvType = "text/csv"

// exportSheet asks where the result is to be written; it stays until it is.
type exportSheet struct {
	*widget.Sheet
	page    *Page
	path    *widget.Entry
	browser *dialog.FileDialog // open, or nil
	message *widget.Paragraph
	writing bool
}

// export writes the full result of the lot outside Carnet, after a reminder of secrecy:
// it names patients.
func (p *Page) export() {
	if p.lot == nil || p.state.Count(All)+p.state.Count(Removed) == 0 {
		return
	}
	s := &exportSheet{page: p, path: widget.NewEntry(""), message: widget.NewParagraph("", widget.Style{Tone: widget.Danger})}
	s.path.SetText(resultPath(p.cfg.Saver.Suggest(csvType), p.now()))
	s.message.Hide()
	s.Sheet = &widget.Sheet{
		Title: lang.L("Exporter le résultat du lot"),
		Content: widget.Column(
			widget.Gap,
			widget.NewParagraph(lang.L("Une ligne par fichier : patient, type, date, résultat, motif. Ce fichier sera à vous et en clair : il nomme des patients, n’est plus chiffré ni tracé par Carnet et reste couvert par le secret professionnel. Enregistrez-le sur un support protégé et supprimez-le après usage."), widget.Style{}),
			widget.Labelled(lang.L("Fichier"), s.path),
			widget.Row(widget.Gap, widget.NewButton(widget.Ordinary, widget.IconFolder, lang.L("Parcourir les dossiers…"), s.browse)),
			s.message,
		),
		Actions: []*widget.Button{
			widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Annuler"), func() { s.Close() }),
			widget.NewButton(widget.Main, widget.IconDownload, lang.L("Enregistrer"), s.write),
		},
		First: s.path, Return: s.write, OnKey: s.key, Width: 640,
	}
	p.cfg.Shell.OpenSheet(s.Sheet)
}

// resultPath names the result by its day, and by nobody, in the folder of another path.
func resultPath(suggested string, now time.Time) string {
	return filepath.Join(filepath.Dir(suggested), "resultats-"+now.Format(time.DateOnly)+".csv")
}

// browse chooses another folder by the toolkit's dialog; the name stays.
func (s *exportSheet) browse() {
	d := dialog.NewFolderOpen(func(u fyne.ListableURI, err error) {
		if err == nil && u != nil {
			s.path.SetText(filepath.Join(u.Path(), filepath.Base(cleanPath(s.path.Text))))
			s.page.cfg.Shell.Focus(s.path)
		}
	}, s.page.cfg.Shell.Window())
	s.browser = d
	d.SetOnClosed(func() { s.browser = nil })
	d.Show()
	d.Resize(fyne.NewSize(browserWidth, browserHeight))
}

// key gives Escape to the toolkit's dialog while that is open: it has no keys.
func (s *exportSheet) key(ev *fyne.KeyEvent) bool {
	if s.browser == nil {
		return false
	}
	if ev.Name == fyne.KeyEscape {
		s.browser.Hide()
	}
	return true
}

// write writes the result; what goes wrong is said beside the path, to be corrected
// there.
func (s *exportSheet) write() {
	if s.writing {
		return
	}
	s.writing = true
	to, lot, spoken := cleanPath(s.path.Text), s.page.lot, choose.Language()
	task.Run(s.page.cfg.Scope, func(ctx context.Context) (struct{}, error) {
		var out bytes.Buffer
		if err := lot.WriteCSV(&out, spoken); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, s.page.cfg.Saver.Save(ctx, to, client.Content{Type: csvType, Bytes: out.Bytes()})
	}, func(_ struct{}, err error) {
		s.writing = false
		if err != nil {
			s.message.Set(notWritten(err))
			s.message.Show()
			s.page.cfg.Shell.Focus(s.path)
			return
		}
		s.Close()
		s.page.say(widget.IconDownload, widget.Good, lang.L("Résultat enregistré."))
	})
}

// notWritten words why the result was not written.
func notWritten(err error) string {
	switch fhir.CodeOf(err) {
	case fhir.StateConflict:
		return lang.L("Un fichier porte déjà ce nom : il n’a pas été touché. Choisissez-en un autre.")
	case fhir.Invalid:
		return lang.L("Rien ne peut être écrit à cet endroit. Choisissez un dossier qui existe et où vous pouvez écrire.")
	}
	return lang.L("Le résultat n’a pas pu être écrit. Vérifiez la place qui reste sur le disque, puis recommencez.")
}
