package settings

import (
	"fmt"
	"time"

	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
)

// Config is what a page is made of.
type Config struct {
	Values  Values
	Apply   func(Values) // puts new choices in force and keeps them
	Version string
	Server  string
	LogNote func() string // what was decided about the server's log on this computer; "" nothing; nil: nothing ever

	Copies      func() string // what this computer keeps of records, in words; nil: nothing
	ClearCopies func()        // asks, then erases them
}

// Page is the settings page.
type Page struct {
	cfg     Config
	values  Values
	root    fyne.CanvasObject
	first   fyne.Focusable
	restart *widget.Chip
	note    *widget.Paragraph
	copies  *widget.Paragraph
}

// New makes the page.
func New(c Config) *Page {
	p := &Page{cfg: c, values: c.Values, restart: widget.NewChip(widget.IconInfo, "", widget.Attention), note: widget.NewParagraph("", widget.Style{Tone: widget.Secondary}), copies: widget.NewParagraph("", widget.Style{Tone: widget.Secondary})}
	p.restart.Hide()
	p.note.Hide()
	p.build()
	return p
}

// Title implements ui.Page.
func (p *Page) Title() string { return "settings" }

// Content implements ui.Page.
func (p *Page) Content() fyne.CanvasObject { return p.root }

// Shown implements ui.Page.
func (p *Page) Shown() {
	if p.cfg.Copies != nil {
		p.copies.Set(p.cfg.Copies())
		p.root.Refresh()
	}
	if p.cfg.LogNote == nil {
		return
	}
	if note := p.cfg.LogNote(); note != "" {
		p.note.Set(note)
		p.note.Show()
		p.root.Refresh()
	}
}

// Hidden implements ui.Page.
func (p *Page) Hidden() {}

// Shortcuts implements ui.Page.
func (p *Page) Shortcuts() []widget.Shortcut { return nil }

// InitialFocus implements ui.Focuser.
func (p *Page) InitialFocus() fyne.Focusable { return p.first }

func (p *Page) build() {
	theme := choice(p, modes, p.values.Mode, wordMode, func(m widget.Mode) { p.values.Mode = m })
	p.first = theme
	scale := choice(p, scales, p.values.Scale, wordScale, func(s float32) { p.values.Scale = s })
	lock := choice(p, delays, p.values.LockAfter, wordDelay, func(d time.Duration) { p.values.LockAfter = d })
	language := choice(p, []string{"fr", "en"}, p.values.Language, wordLanguage, func(l string) {
		if l != p.values.Language {
			p.restart.Set(widget.IconInfo, lang.L("Au prochain démarrage"), widget.Attention)
		}
		p.values.Language = l
	})
	appearance := widget.Panel(widget.GapWide, widget.Column(widget.GapWide,
		heading(lang.L("Apparence")),
		line(lang.L("Thème"), lang.L("Clair, sombre, ou comme le système."), theme, nil),
		line(lang.L("Taille des textes"), lang.L("S’applique à toute la fenêtre."), scale, nil),
		line(lang.L("Langue"), lang.L("Des écrans de Carnet."), language, p.restart)))
	safety := widget.Panel(widget.GapWide, widget.Column(widget.GapWide,
		heading(lang.L("Sécurité")),
		line(lang.L("Verrouiller après"), lang.L("Sans clavier ni souris. Ctrl Maj L verrouille aussitôt."), lock, nil)))
	about := widget.Panel(widget.GapWide, widget.Column(widget.Gap,
		heading(lang.L("À propos")),
		widget.NewText(lang.L("Carnet, version {{.Version}}", map[string]any{"Version": p.cfg.Version}), widget.Style{}),
		widget.NewText(lang.L("Serveur : {{.Server}}", map[string]any{"Server": p.cfg.Server}), widget.Style{Tone: widget.Secondary, Truncate: true}),
		p.note,
		widget.NewText(lang.L("Caractères Atkinson Hyperlegible, Braille Institute, licence OFL 1.1"), widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary, Truncate: true})))
	title := widget.NewText(lang.L("Réglages"), widget.Style{Size: widget.SizeTitle, Bold: true})
	p.root = container.NewVScroll(widget.Inset(widget.GapPage, widget.GapPage,
		widget.Column(widget.GapWide, append(append([]fyne.CanvasObject{title, appearance, safety}, p.offline()...), about)...)))
}

// offline says what is kept for working without the server, and offers to erase it.
func (p *Page) offline() []fyne.CanvasObject {
	if p.cfg.ClearCopies == nil {
		return nil
	}
	clear := widget.NewButton(widget.Ordinary, widget.IconDelete, lang.L("Effacer les copies…"), p.cfg.ClearCopies)
	return []fyne.CanvasObject{widget.Panel(widget.GapWide, widget.Column(widget.GapWide,
		heading(lang.L("Sans le serveur")), p.copies, widget.Row(0, clear)))}
}

func heading(s string) fyne.CanvasObject {
	return widget.NewText(s, widget.Style{Size: widget.SizeLead, Bold: true})
}

// line sets a choice at the right of its name and what it means.
func line(name, meaning string, control, note fyne.CanvasObject) fyne.CanvasObject {
	words := widget.Column(2, widget.NewText(name, widget.Style{}),
		widget.NewText(meaning, widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary, Truncate: true}))
	right := widget.Width(220, control)
	if note != nil {
		return widget.Sides(widget.GapWide, nil, words, widget.Row(widget.GapWide, container.NewCenter(note), right))
	}
	return widget.Sides(widget.GapWide, nil, words, right)
}

// choice makes a control of the values, in words.
func choice[T comparable](p *Page, all []T, now T, word func(T) string, set func(T)) *widget.Choice {
	words := make([]string, len(all))
	selected := 0
	for i, v := range all {
		words[i] = word(v)
		if v == now {
			selected = i
		}
	}
	c := widget.NewChoice(words, nil)
	c.SetSelectedIndex(selected)
	c.OnChanged = func(string) {
		set(all[c.SelectedIndex()])
		p.cfg.Apply(p.values)
	}
	return c
}

func wordMode(m widget.Mode) string {
	switch m {
	case widget.Light:
		return lang.L("Clair")
	case widget.Dark:
		return lang.L("Sombre")
	default:
		return lang.L("Comme le système")
	}
}

func wordScale(s float32) string { return fmt.Sprintf("%.0f%s%%", s*100, widget.Nbsp) }

func wordDelay(d time.Duration) string {
	return widget.Plural(int(d/time.Minute), lang.L("%d minute"), lang.L("%d minutes"))
}

func wordLanguage(l string) string {
	if l == "en" {
		return "English"
	}
	return "Français"
}
