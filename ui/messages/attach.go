package messages

import (
	"context"
	"slices"
	"strings"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/ui/choose"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// bearer is a message being written that things are attached to: an answer, or a
// first message.
type bearer struct {
	patient string
	draft   *Draft
	still   func() bool // it is in hand still
	changed func()      // keeps and shows it
	back    func()      // gives it the keyboard
}

// answer is the answer in hand as a bearer.
func (p *Page) answer() bearer {
	id := p.thread.ID
	return bearer{
		patient: p.thread.Dialogue.PatientID, draft: &p.draft, still: func() bool { return p.thread.ID == id },
		changed: func() {
			p.changed()
			p.view.compose.set(p.draft)
		},
		back: func() { p.cfg.Shell.Focus(p.view.compose.text) },
	}
}

// attached draws what goes with a message; a press takes each out.
func (p *Page) attached(b bearer) []fyne.CanvasObject {
	var all []fyne.CanvasObject
	d := b.draft
	taken := func(title string, out func()) fyne.CanvasObject {
		return widget.NewButton(widget.Ordinary, widget.IconClose, shortened(title, 40), func() {
			out()
			b.changed()
		}).Dense().WithHint(lang.L("Ne pas joindre"))
	}
	for _, r := range d.Documents {
		all = append(all, taken(r.Title, func() {
			d.Documents = slices.DeleteFunc(slices.Clone(d.Documents), func(o Reference) bool { return o.ID == r.ID })
		}))
	}
	if d.Path == "" {
		return all
	}
	all = append(all, taken(d.Name, func() { d.Path, d.Name, d.Type = "", "", "" }))
	if t, ok := terminology.TypeByCode(d.Type); ok {
		return append(all, taken(lang.L("aussi dans le dossier : {{.Type}}", map[string]any{"Type": choose.TypeLabel(t)}), func() { d.Type = "" }))
	}
	return append(all, widget.NewButton(widget.Ordinary, widget.IconAdd, lang.L("Déposer aussi dans le dossier…"), func() { p.askType(b) }).Dense())
}

// documentsAtMost bounds the documents of a record that one chooses from.
const documentsAtMost = 5000

// chooseDocument lets one attach a document of the record, which is opened for it:
// an access like any other.
func (p *Page) chooseDocument(b bearer) {
	task.Run(p.cfg.Scope, func(ctx context.Context) ([]client.Document, error) {
		a, err := p.cfg.Reader.Open(ctx, b.patient, client.OpenRequest{Mode: fhir.ModeNormal})
		if err != nil {
			return nil, err
		}
		all, err := p.documents(ctx, a)
		if closing := p.cfg.Reader.Close(ctx, a); err == nil {
			err = closing
		}
		return all, err
	}, func(docs []client.Document, err error) {
		switch {
		case err != nil:
			p.cfg.Shell.Present(err, nil)
		case b.still():
			p.pickDocument(b, attachable(docs))
		}
	})
}

// documents gives all documents of a record, page by page.
func (p *Page) documents(ctx context.Context, a client.Access) (all []client.Document, err error) {
	q := client.DocumentQuery{Limit: 200}
	for {
		page, err := p.cfg.Reader.Documents(ctx, a, q)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Documents...)
		if q.Page = page.Next; q.Page == "" || len(all) >= documentsAtMost {
			return all, nil
		}
	}
}

// attachable leaves out what the patient is not to see yet.
func attachable(docs []client.Document) []client.Document {
	var out []client.Document
	for _, d := range docs {
		if !d.HiddenPatient {
			out = append(out, d)
		}
	}
	return out
}

func (p *Page) pickDocument(b bearer, docs []client.Document) {
	rows := make([]widget.PickRow, len(docs))
	for i, d := range docs {
		rows[i] = widget.PickRow{Icon: widget.IconDocument, Tone: widget.Secondary, Label: documentTitle(d), Detail: documentDate(d)}
	}
	p.pick(lang.L("Joindre un document du dossier"), lang.L("Titre ou date"), rows, func(i int) {
		d := docs[i]
		if !b.still() || slices.ContainsFunc(b.draft.Documents, func(r Reference) bool { return r.ID == d.ID }) {
			return
		}
		b.draft.Documents = append(b.draft.Documents, Reference{ID: d.ID, Title: documentTitle(d)})
		b.changed()
		b.back()
	})
}

// askFile asks for a file of this computer.
func (p *Page) askFile(b bearer) {
	path := widget.NewEntry(lang.L("Chemin du fichier"))
	var sheet *widget.Sheet
	take := func() {
		if strings.TrimSpace(path.Text) == "" {
			return
		}
		sheet.Close()
		b.takes(strings.TrimSpace(path.Text))
	}
	yes := widget.NewButton(widget.Main, widget.IconAdd, lang.L("Joindre"), take)
	sheet = &widget.Sheet{
		Title: lang.L("Joindre un fichier"),
		Content: widget.Column(widget.Gap, widget.Labelled(lang.L("Chemin du fichier"), path),
			widget.NewParagraph(lang.L("PDF, ou image JPEG, PNG ou TIFF. On peut aussi déposer le fichier sur la page."), widget.Style{Tone: widget.Secondary})),
		Actions: []*widget.Button{yes}, First: path, Return: take,
	}
	p.cfg.Shell.OpenSheet(sheet)
}

// takes attaches a file of this computer, in the place of another one.
func (b bearer) takes(path string) {
	if b.still() {
		b.draft.Path, b.draft.Name = path, baseName(path)
		b.changed()
	}
}

// askType asks as what the file is filed in the record, too.
func (p *Page) askType(b bearer) {
	var sheet *widget.Sheet
	kinds := choose.NewType(p.cfg.Shell, func(t terminology.Type) {
		sheet.Close()
		if b.still() {
			b.draft.Type = t.Code
			b.changed()
		}
	}, func() { sheet.Close() })
	sheet = &widget.Sheet{Title: lang.L("Déposer aussi dans le dossier comme…"), Content: kinds.Box, First: kinds.Entry(), Width: 640}
	kinds.Show()
	p.cfg.Shell.OpenSheet(sheet)
}

// Dropped takes the first file dropped on the page as an attachment of what is being
// written.
func (p *Page) Dropped(files []fyne.URI) bool {
	var b bearer
	switch {
	case len(files) == 0:
		return false
	case p.beginning != nil:
		b = p.beginning.bearer()
	case p.thread.Writable():
		b = p.answer()
	default:
		return false
	}
	b.takes(files[0].Path())
	if len(files) > 1 {
		p.cfg.Shell.Toast(widget.Toast{Icon: widget.IconInfo, Tone: widget.Attention, Text: lang.L("Un fichier par message : le premier a été pris.")})
	}
	return true
}
