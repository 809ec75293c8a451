package batch

import (
	"carnet/ui/choose"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/storage"
)

// addSheet asks for a path: a folder, a file or a manifest. The toolkit's own dialogs
// have no field for one, so it stands beside them.
type addSheet struct {
	*widget.Sheet
	page    *Page
	path    *widget.Entry
	browser choose.Browser
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
		First: s.path, Return: s.take, OnKey: s.browser.Key, Width: 640,
	}
	p.cfg.Shell.OpenSheet(s.Sheet)
}

// take adds what the field names.
func (s *addSheet) take() {
	path := choose.CleanPath(s.path.Text)
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

func (s *addSheet) browseFolder() {
	s.browser.Show(dialog.NewFolderOpen(func(u fyne.ListableURI, err error) {
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
	s.browser.Show(d)
}
