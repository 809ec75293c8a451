// Package habilitations is the page "what may I read": the types of documents
// that one's profession may read in a record that one is allowed into, by
// class, from the versioned matrix of package terminology. It asks no server.
//
// The matrix says of each cell whether it was published or is a proposal, and
// so does the page. What one may read of a given record is the server's answer
// alone: the patient's consent and masks come on top.
package habilitations

import (
	"slices"

	"carnet/client"
	"carnet/client/terminology"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
)

// Shell is what the page asks of the window around it.
type Shell interface {
	Focus(fyne.Focusable)
}

// Config is what a page is made of.
type Config struct {
	Shell  Shell
	Person client.Person
	Matrix *terminology.Matrix // nil: the one in force
}

// Page is the explorer. Its methods are called on the UI goroutine.
type Page struct {
	cfg    Config
	column string
	known  bool
	show   Show
	rows   []Row

	root   fyne.CanvasObject
	filter *widget.Entry
	choice *widget.Choice
	count  *widget.Text
	list   *widget.List
	none   *widget.StatePanel
}

// New makes the page.
func New(c Config) *Page {
	if c.Matrix == nil {
		c.Matrix = terminology.CurrentMatrix()
	}
	p := &Page{
		cfg: c, filter: widget.NewSearchEntry(lang.L("Filtrer : type, classe, code")), none: widget.NewStatePanel(),
		count: widget.NewText("", widget.Style{Tone: widget.Secondary}),
	}
	p.column, p.known = Column(c.Matrix, c.Person.Profession, c.Person.Specialty)
	p.filter.OnChanged = func(string) { p.refresh() }
	p.choice = widget.NewChoice(showWords(), func(word string) {
		p.show = Show(max(slices.Index(showWords(), word), 0))
		p.refresh()
	})
	p.choice.Selected = showWords()[Everything]
	p.list = widget.NewList(
		func() int { return len(p.rows) },
		func() fyne.CanvasObject { return newRowView() },
		func(id int, o fyne.CanvasObject) {
			if r, ok := o.(*rowView); ok && id < len(p.rows) {
				r.set(p.rows[id])
			}
		},
	)
	p.filter.OnKey = widget.FilterKeys(p.filter, p.list, p.cfg.Shell.Focus)
	p.list.Skip = func(id int) bool { return id < len(p.rows) && p.rows[id].Heading() }
	p.layout()
	p.refresh()
	return p
}

func showWords() []string {
	return []string{lang.L("Tous les types"), lang.L("Ceux que je peux lire"), lang.L("Ceux que je ne peux pas lire")}
}

func (p *Page) layout() {
	who := widget.NewText(professionWords(p.column), widget.Style{Bold: true})
	version := widget.NewText(lang.L("Matrice {{.Version}}", map[string]any{"Version": p.cfg.Matrix.Version}), widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary})
	note := widget.NewParagraph(
		lang.L("Ce que votre profession peut lire dans un dossier où le patient vous admet. Il peut en outre masquer chaque document. « Publié » : la case suit une liste publiée ; « proposition » : elle est la nôtre, en attendant."),
		widget.Style{Tone: widget.Secondary},
	)
	top := widget.Column(
		widget.GapTight,
		widget.NewText(lang.L("Que puis-je lire ?"), widget.Style{Size: widget.SizeTitle, Bold: true}),
		widget.Sides(widget.Gap, who, nil, version), note,
		widget.Sides(widget.Gap, nil, p.filter, widget.Width(260, p.choice)),
		p.count,
	)
	body := container.NewStack(widget.Panel(widget.GapTight, p.list), p.none)
	p.root = widget.Inset(widget.GapWide, widget.GapPage, widget.Stacked(widget.GapTight, top, body, nil))
}

// refresh lists what the filter lets through.
func (p *Page) refresh() {
	p.rows = Rows(p.cfg.Matrix, p.column, p.filter.Text, p.show)
	types, may := Sum(p.rows)
	p.count.Set(lang.L("Lisibles : {{.May}} types sur {{.All}}", map[string]any{"May": widget.FormatNumber(may), "All": widget.FormatNumber(types)}))
	switch {
	case !p.known:
		p.none.Set(widget.State{
			Icon: widget.IconRefused, Tone: widget.Attention, Title: lang.L("Votre profession n’est pas dans la matrice"),
			Text: lang.L("Tant qu’elle n’y est pas, rien ne peut être lu. Déposer reste possible."),
		})
	case len(p.rows) == 0:
		p.none.Set(widget.State{Icon: widget.IconFilter, Tone: widget.Secondary, Title: lang.L("Aucun type ne correspond"), Text: lang.L("Effacez le filtre, ou choisissez tous les types.")})
	}
	if !p.known || len(p.rows) == 0 {
		p.none.Show()
		p.list.Hide()
	} else {
		p.none.Hide()
		p.list.Show()
	}
	p.list.Refresh()
}

// Title names the page.
func (p *Page) Title() string { return lang.L("Que puis-je lire ?") }

// Content is what the window shows.
func (p *Page) Content() fyne.CanvasObject { return p.root }

// InitialFocus is the filter.
func (p *Page) InitialFocus() fyne.Focusable { return p.filter }

// Shown has nothing to ask.
func (p *Page) Shown() {}

// Hidden has nothing to give back.
func (p *Page) Hidden() {}

// Shortcuts are the page's keys.
func (p *Page) Shortcuts() []widget.Shortcut {
	next := func() {
		p.choice.SetSelected(showWords()[(int(p.show)+1)%len(showWords())])
	}
	return []widget.Shortcut{
		{ID: "habilitations-filter", Keys: []widget.Keys{widget.Ctrl(fyne.KeyF)}, Label: lang.L("Filtrer les types"), Do: func() { p.cfg.Shell.Focus(p.filter) }},
		{ID: "habilitations-show", Keys: []widget.Keys{widget.Ctrl(fyne.KeyT)}, Label: lang.L("Tous, lisibles, non lisibles"), Do: next},
	}
}
