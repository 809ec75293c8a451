package batch

import (
	"image"
	"time"

	"carnet/client/fhir"
	"carnet/client/pdfcheck"
	"carnet/client/terminology"
	"carnet/ui/choose"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
)

// The sheet's measures, in points.
const (
	sheetWidth   = 960
	sheetHeight  = 640
	pictureWidth = 340
	mostTitle    = 255 // characters of a title that the server takes
)

// sheetView is what the sheet of a row looks like.
type sheetView struct {
	s       *rowSheet
	content fyne.CanvasObject
	page    *fyne.Container // the picture of the first page
	column  *fyne.Container // what scrolls
	facts   *widget.Text
	status  *fyne.Container // where the file stands, and what there is to say
	person  *widget.Button
	compare *fyne.Container
	confirm *widget.Check
	finder  *choose.Person
	kind    *widget.Button
	guess   *widget.Text
	types   *choose.Type
	title   *widget.Entry
	date    *widget.Entry
	dateSay *widget.Text
	rest    *fyne.Container
	trouble *widget.Paragraph

	read, out, box, cancel, done *widget.Button
	filling                      bool // the view sets its own controls: not the person's doing
}

func newSheetView(s *rowSheet) *sheetView {
	v := &sheetView{
		s: s, page: container.NewStack(container.NewCenter(widget.NewIcon(widget.IconDocument, widget.Secondary, 64))),
		facts:  widget.NewText("", widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary, Truncate: true}),
		status: widget.Column(widget.GapTight), compare: widget.Column(2),
		guess:   widget.NewText("", widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary, Truncate: true}),
		title:   widget.NewEntry(""),
		date:    widget.NewEntry(lang.L("jj/mm/aaaa")),
		dateSay: widget.NewText("", widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary, Truncate: true}),
		trouble: widget.NewParagraph("", widget.Style{Tone: widget.Danger}),
	}
	v.person = widget.NewButton(widget.Ordinary, widget.IconPerson, "", s.findPerson).AlignLeft().WithCaption(personKeys())
	v.kind = widget.NewButton(widget.Ordinary, widget.IconDocument, "", s.pickType).AlignLeft().WithCaption(widget.Ctrl(fyne.KeyT))
	v.confirm = widget.NewCheck("", func(on bool) {
		if !v.filling {
			s.form.Confirm = on
			v.show()
		}
	})
	v.confirm.Deliberate = true
	v.title.OnChanged = func(text string) { s.form.Title = text }
	v.date.OnChanged = func(text string) { s.form.Date = text }
	c := s.page.cfg
	v.finder = choose.NewPerson(choose.PersonConfig{
		Scope: c.Scope, Finder: c.Finder, Shell: c.Shell, TestIdentities: c.TestIdentities, Take: s.found, Leave: s.leavePickers,
	})
	v.types = choose.NewType(c.Shell, s.took, s.leavePickers)
	v.read = widget.NewButton(widget.Ordinary, widget.IconRefresh, lang.L("Relire"), s.again).WithCaption(widget.Ctrl(fyne.KeyR))
	v.out = widget.NewButton(widget.Ordinary, widget.IconDelete, lang.L("Retirer…"), s.remove)
	v.box = widget.NewButton(widget.Ordinary, widget.IconUpload, lang.L("Voir dans Envois"), s.waiting)
	v.cancel = widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Annuler"), func() { s.Close() })
	v.done = widget.NewButton(widget.Main, widget.IconCheck, lang.L("Enregistrer"), s.save)
	v.layout()
	return v
}

func (v *sheetView) actions() []*widget.Button {
	return []*widget.Button{v.read, v.out, v.box, v.cancel, v.done}
}

func (v *sheetView) layout() {
	v.rest = widget.Column(
		widget.Gap,
		widget.Sides(widget.GapWide, nil,
			widget.Limited(lang.L("Titre, si ce n’est pas le nom du type"), v.title, mostTitle),
			widget.Width(170, widget.Column(2, widget.Labelled(lang.L("Date de l’acte"), v.date), v.dateSay))),
	)
	v.column = widget.Column(
		widget.Gap,
		v.status,
		v.trouble,
		widget.Labelled(lang.L("Patient"), v.person),
		v.finder.Box,
		v.compare, v.confirm,
		widget.Column(2, widget.Labelled(lang.L("Type de document"), v.kind), v.guess),
		v.types.Box,
		v.rest,
	)
	form := container.NewVScroll(widget.Inset(2, widget.Gap, v.column))
	v.content = form
	if v.s.page.cfg.Picture != nil {
		left := widget.Width(pictureWidth, widget.Stacked(widget.GapTight, nil, widget.Panel(widget.Gap, v.page), v.facts))
		v.content = widget.Sides(widget.GapPage, left, form, nil)
	}
}

// collect takes what is in the fields.
func (v *sheetView) collect() {
	v.s.form.Title, v.s.form.Date = v.title.Text, v.date.Text
}

// show puts the form on the screen.
func (v *sheetView) show() {
	v.filling = true
	defer func() { v.filling = false }()
	f, now := v.s.form, v.s.page.now()
	open := f.Open()
	v.facts.Set(factsOf(f))
	v.showStatus(f, now)
	v.showPerson(f, open)
	v.showType(f, open)
	if v.title.Text != f.Title {
		v.title.SetText(f.Title)
	}
	if v.date.Text != f.Date {
		v.date.SetText(f.Date)
	}
	words, tone := dateWords(f, now)
	v.dateSay.Set(words)
	v.dateSay.SetTone(tone)
	widget.Visible(v.rest, open && !v.types.IsOpen() && !v.finder.IsOpen())
	v.trouble.Set(troubleWords(f, now, v.s.page.cfg.Shell.Explain))
	widget.Visible(v.trouble, v.trouble.String() != "")
	v.buttons(f, open)
	v.settle()
}

func (v *sheetView) showPerson(f *Form, open bool) {
	p := f.Whose()
	switch {
	case p == nil && open:
		v.person.Set(widget.IconSearch, lang.L("Chercher le patient…"))
	case p == nil:
		v.person.Set(widget.IconPerson, lang.L("Patient non reconnu"))
	default:
		v.person.Set(widget.IconPerson, choose.Name(*p)+"  "+widget.FormatINS(p.INS.Value))
	}
	widget.Enable(v.person, open)
	v.compare.Objects = nil
	choosing := v.finder.IsOpen() || v.types.IsOpen()
	if traits := f.Traits(); len(traits) > 0 && !choosing {
		v.compare.Objects = comparison(traits)
	}
	widget.Visible(v.compare, len(v.compare.Objects) > 0)
	doubt := open && f.Doubtful() && !choosing
	if doubt {
		v.confirm.Text = lang.L("C’est bien {{.Name}} : je l’ai vérifié", map[string]any{"Name": choose.Name(*p)})
		v.confirm.SetChecked(f.Confirm)
		v.confirm.Refresh()
	}
	widget.Visible(v.confirm, doubt)
}

func (v *sheetView) showType(f *Form, open bool) {
	label, said := lang.L("Choisir le type…"), ""
	if t, ok := terminology.TypeByCode(f.Type); ok {
		label = choose.TypeLabel(t)
		said = lang.L("Classe : {{.Class}}", map[string]any{"Class": widget.FormatLabel(terminology.ClassLabel(t.Class))})
		if from := typeFrom(f); from != "" {
			said = from + " · " + said
		}
	}
	v.kind.Set(widget.IconDocument, label)
	v.guess.Set(said)
	widget.Enable(v.kind, open)
}

// settle lays the form out again after something came or went: twice, because wrapped
// text knows its height only once it has its width.
func (v *sheetView) settle() {
	widget.Visible(v.rest, v.s.form.Open() && !v.types.IsOpen() && !v.finder.IsOpen())
	v.column.Refresh()
	v.column.Refresh()
}

// buttons says what can be done now.
func (v *sheetView) buttons(f *Form, open bool) {
	widget.Visible(v.read, MayRead(f.Row))
	widget.Visible(v.out, MayRemove(f.Row))
	widget.Visible(v.box, decided(f.Row) && v.s.page.cfg.Waiting != nil)
	widget.Visible(v.cancel, open)
	v.done.SetChord(open && f.Chord())
	switch {
	case !open:
		v.done.Set(widget.IconNone, lang.L("Fermer"))
	case f.Saving:
		v.done.Set(widget.IconCheck, lang.L("Enregistrement…"))
	default:
		v.done.Set(widget.IconCheck, lang.L("Enregistrer"))
	}
	v.s.FitActions()
}

// showStatus says where the file stands and everything there is to say of it.
func (v *sheetView) showStatus(f *Form, now time.Time) {
	state := stateOf(f.Row, now)
	chips := []fyne.CanvasObject{widget.NewChip(state.icon, state.word, state.tone)}
	if verdict := verdictOf(f.Row); verdict.word != "" {
		chips = append(chips, widget.NewChip(verdict.icon, verdict.word, verdict.tone))
	}
	objects := []fyne.CanvasObject{widget.Row(widget.Gap, append(chips, widget.Flexible())...)}
	for _, text := range statements(f.Row) {
		objects = append(objects, widget.NewParagraph(text, widget.Style{Tone: widget.Secondary}))
	}
	v.status.Objects = objects
}

// picture shows the first page.
func (v *sheetView) picture(img image.Image) {
	c := canvas.NewImageFromImage(img)
	c.FillMode = canvas.ImageFillContain
	v.page.Objects = []fyne.CanvasObject{c}
	v.page.Refresh()
}

// compared are the columns of the comparison.
var compared = &widget.TableLine{Gap: widget.Gap, Columns: []widget.TableColumn{{Width: 90}, {Width: 210}, {Width: 160, Grow: 1}}}

// comparison sets the chosen record and the document side by side, line by line.
func comparison(traits []Trait) []fyne.CanvasObject {
	line := func(a, b fyne.CanvasObject, what string, style widget.Style) fyne.CanvasObject {
		return container.New(compared, widget.NewText(what, style), a, b)
	}
	head := widget.Style{Size: widget.SizeCaption, Bold: true, Tone: widget.Secondary}
	out := []fyne.CanvasObject{line(
		widget.NewText(lang.L("Dossier choisi"), head), widget.NewText(lang.L("Lu dans le document"), head), "", head,
	)}
	for _, t := range traits {
		value := t.Value
		switch t.Kind {
		case TraitBirth:
			value = widget.FormatBirth(value)
		case TraitINS:
			value = widget.FormatINS(value)
		}
		if value == "" {
			value = "–"
		}
		s := presenceOf(t.Found)
		found := widget.Row(6, widget.NewIcon(s.icon, s.tone, 16), widget.NewText(s.word, widget.Style{Tone: s.tone, Bold: t.Found == pdfcheck.Different}))
		out = append(out, line(widget.NewText(value, widget.Style{Mono: t.Kind >= TraitBirth, Truncate: true}), found, traitWord(t.Kind), widget.Style{Tone: widget.Secondary}))
	}
	return out
}

// troubleWords says what is still missing once saving was tried, or why it failed.
func troubleWords(f *Form, now time.Time, explain func(error) widget.Problem) string {
	switch code := fhir.CodeOf(f.Err); {
	case f.Err == nil:
	case code == fhir.StateConflict:
		return lang.L("Ce fichier est déjà confié à l’envoi : il ne se corrige plus ici.")
	case code == fhir.NotFound:
		return lang.L("Ce fichier n’est plus dans le lot.")
	default:
		p := explain(f.Err)
		return p.Words()
	}
	if !f.Asked {
		return ""
	}
	for _, n := range f.Needs(now) {
		switch n {
		case FieldPatient:
			return lang.L("Choisissez le patient.")
		case FieldConfirm:
			return lang.L("Cochez la case par Espace pour confirmer le patient, ou choisissez-en un autre.")
		case FieldType:
			return lang.L("Choisissez le type de document.")
		case FieldDate:
			return lang.L("Donnez la date de l’acte, aujourd’hui ou avant.")
		}
	}
	return ""
}
