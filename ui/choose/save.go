package choose

import (
	"context"
	"path/filepath"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
)

// Saver writes a copy outside Carnet, in the clear.
type Saver interface {
	// Suggest gives a path that is free, for a media type; no identifier in it.
	Suggest(mediaType string) string
	// Save writes the copy, readable by its owner alone. Errors: StateConflict when
	// the path is taken, Invalid where nothing can be written.
	Save(ctx context.Context, path string, c client.Content) error
}

// SaveShell is what a Save asks of the window around.
type SaveShell interface {
	OpenSheet(*widget.Sheet)
	Focus(fyne.Focusable)
}

// SaveConfig is what a Save is told.
type SaveConfig struct {
	Scope  *task.Scope
	Shell  SaveShell
	Saver  Saver
	Window fyne.Window // where folders are browsed; nil: a path alone

	Title, Caution string                 // empty: those of a document
	Type           string                 // media type of what is saved
	Path           string                 // proposed; empty: what Saver suggests
	Bytes          func() ([]byte, error) // what is saved; not called on the UI goroutine
	Saved          func()                 // told once it is written
}

// saveSheet asks where a copy is to be written; it stays until the copy is.
type saveSheet struct {
	*widget.Sheet
	cfg     SaveConfig
	path    *widget.Entry
	browser Browser
	message *widget.Paragraph
	writing bool
}

// Save opens the sheet that asks where a copy is to be written, after a reminder of
// secrecy.
func Save(cfg SaveConfig) {
	if cfg.Title == "" {
		cfg.Title = lang.L("Enregistrer une copie")
	}
	if cfg.Caution == "" {
		cfg.Caution = lang.L("La copie n’est plus chiffrée ni tracée par Carnet, et reste couverte par le secret professionnel. Enregistrez-la sur un support protégé et supprimez-la après usage.")
	}
	if cfg.Path == "" {
		cfg.Path = cfg.Saver.Suggest(cfg.Type)
	}
	s := &saveSheet{cfg: cfg, path: widget.NewEntry(""), message: widget.NewParagraph("", widget.Style{Tone: widget.Danger})}
	s.path.SetText(cfg.Path)
	s.message.Hide()
	asks := []fyne.CanvasObject{widget.NewParagraph(cfg.Caution, widget.Style{}), widget.Labelled(lang.L("Fichier"), s.path)}
	if cfg.Window != nil {
		asks = append(asks, widget.Row(widget.Gap, widget.NewButton(widget.Ordinary, widget.IconFolder, lang.L("Parcourir les dossiers…"), s.browse)))
	}
	s.Sheet = &widget.Sheet{
		Title: cfg.Title, Content: widget.Column(widget.Gap, append(asks, s.message)...),
		Actions: []*widget.Button{
			widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Annuler"), func() { s.Close() }),
			widget.NewButton(widget.Main, widget.IconDownload, lang.L("Enregistrer"), s.write),
		},
		First: s.path, Return: s.write, OnKey: s.browser.Key, Width: 640,
	}
	cfg.Shell.OpenSheet(s.Sheet)
}

// SaveDocument opens the sheet for a copy of a document.
func SaveDocument(cfg SaveConfig, c client.Content) {
	cfg.Type, cfg.Bytes = c.Type, func() ([]byte, error) { return c.Bytes, nil }
	Save(cfg)
}

// browse chooses another folder by the toolkit's dialog; the name stays.
func (s *saveSheet) browse() {
	s.browser.Show(dialog.NewFolderOpen(func(u fyne.ListableURI, err error) {
		if err == nil && u != nil {
			s.path.SetText(filepath.Join(u.Path(), filepath.Base(CleanPath(s.path.Text))))
			s.cfg.Shell.Focus(s.path)
		}
	}, s.cfg.Window))
}

// write writes the copy; what goes wrong is said beside the path, to be corrected
// there.
func (s *saveSheet) write() {
	if s.writing {
		return
	}
	s.writing = true
	to, cfg := CleanPath(s.path.Text), s.cfg
	task.Run(cfg.Scope, func(ctx context.Context) (struct{}, error) {
		data, err := cfg.Bytes()
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, cfg.Saver.Save(ctx, to, client.Content{Type: cfg.Type, Bytes: data})
	}, func(_ struct{}, err error) {
		s.writing = false
		if err != nil {
			s.message.Set(notSaved(err))
			s.message.Show()
			cfg.Shell.Focus(s.path)
			return
		}
		s.Close()
		cfg.Saved()
	})
}

// notSaved words why nothing was written.
func notSaved(err error) string {
	switch fhir.CodeOf(err) {
	case fhir.StateConflict:
		return lang.L("Un fichier porte déjà ce nom : il n’a pas été touché. Choisissez-en un autre.")
	case fhir.Invalid:
		return lang.L("Rien ne peut être écrit à cet endroit. Choisissez un dossier qui existe et où vous pouvez écrire.")
	}
	return lang.L("Le fichier n’a pas pu être écrit. Vérifiez la place qui reste sur le disque, puis recommencez.")
}
