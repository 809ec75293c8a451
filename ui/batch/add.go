package batch

import (
	"net/url"
	"strings"

	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/storage"
)

// The size of the toolkit's dialogs, in points.
const (
	browserWidth  = 860
	browserHeight = 560
)

// addSheet asks for a path: a folder, a file or a manifest. The toolkit's own dialogs
// have no field for one, so it stands beside them.
type addSheet struct {
	*widget.Sheet
	page    *Page
	path    *widget.Entry
	browser *dialog.FileDialog // open, or nil
}

// openAdd opens the sheet.
func (p *Page) openAdd() {
	if p.lot == nil {
		return
	}
	s := &addSheet{page: p, path: widget.NewEntry(lang.L("Chemin d’un dossier, d’un fichier ou d’un manifeste CSV"))}
	folder := widget.NewButton(widget.Ordinary, widget.IconFolder, lang.L("Parcourir les dossiers…"), s.browseFolder)
	file := widget.NewButton(widget.Ordinary, widget.IconDocument, lang.L("Choisir un manifeste…"), s.browseFile)
	s.Sheet = &widget.Sheet{
		Title: lang.L("Ajouter au lot"),
		Content: widget.Column(
			widget.Gap,
			widget.NewParagraph(lang.L("Un dossier (avec ceux qu’il contient), un fichier, ou un manifeste CSV qui nomme les fichiers, les INS, les types et les dates."), widget.Style{Tone: widget.Secondary}),
			widget.Labelled(lang.L("Chemin"), s.path),
			widget.Row(widget.Gap, folder, file),
		),
		Actions: []*widget.Button{
			widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Annuler"), func() { s.Close() }),
			widget.NewButton(widget.Main, widget.IconAdd, lang.L("Ajouter"), s.take),
		},
		First: s.path, Return: s.take, OnKey: s.key, Width: 640,
	}
	p.cfg.Shell.OpenSheet(s.Sheet)
}

// take adds what the field names.
func (s *addSheet) take() {
	path := cleanPath(s.path.Text)
	if path == "" {
		s.page.cfg.Shell.Focus(s.path)
		return
	}
	s.chosen(path)
}

func (s *addSheet) chosen(path string) {
	s.Close()
	s.page.add(path)
}

// key gives Escape to the toolkit's dialog while that is open: it has no keys.
func (s *addSheet) key(ev *fyne.KeyEvent) bool {
	if s.browser == nil {
		return false
	}
	if ev.Name == fyne.KeyEscape {
		s.browser.Hide()
	}
	return true
}

func (s *addSheet) browseFolder() {
	s.browse(dialog.NewFolderOpen(func(u fyne.ListableURI, err error) {
		if err == nil && u != nil {
			s.chosen(u.Path())
		}
	}, s.page.cfg.Shell.Window()))
}

func (s *addSheet) browseFile() {
	d := dialog.NewFileOpen(func(r fyne.URIReadCloser, err error) {
		if err != nil || r == nil {
			return
		}
		path := r.URI().Path()
		_ = r.Close() // nothing was read
		s.chosen(path)
	}, s.page.cfg.Shell.Window())
	d.SetFilter(storage.NewExtensionFileFilter([]string{".csv", ".pdf", ".jpg", ".jpeg", ".png", ".tif", ".tiff"}))
	s.browse(d)
}

func (s *addSheet) browse(d *dialog.FileDialog) {
	s.browser = d
	d.SetOnClosed(func() { s.browser = nil })
	d.Show()
	d.Resize(fyne.NewSize(browserWidth, browserHeight)) // not before: it has no size of its own until then
}

// cleanPath takes a path as people paste it: with quotes, spaces around it, or as a
// file:// address.
func cleanPath(text string) string {
	text = strings.Trim(strings.TrimSpace(text), `"'`)
	if !strings.HasPrefix(text, "file:") {
		return text
	}
	if u, err := url.Parse(text); err == nil && u.Path != "" {
		return u.Path
	}
	return text
}
