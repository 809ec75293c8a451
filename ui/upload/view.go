package upload

import (
	"image"

	"carnet/client/terminology"
	"carnet/ui/choose"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/storage"
)

// The sheet's measures, in points.
const (
	sheetWidth   = 980
	sheetHeight  = 640
	previewWidth = 380
)

// view is what the sheet looks like.
type view struct {
	u *Uploader

	// no file yet
	chooser fyne.CanvasObject
	path    *widget.Entry

	browseButton *widget.Button
	// being looked at
	reading  fyne.CanvasObject
	skeleton *widget.Skeleton
	// cannot be filed
	refused *widget.StatePanel
	// the form
	form     fyne.CanvasObject
	column   *fyne.Container // what the form scrolls
	rest     *fyne.Container // what makes room for the list of types
	page     *fyne.Container // the picture
	patient  *widget.Text    // whose record this is
	facts    *widget.Text
	several  *line // other files came with this one
	lost     *line // the record may no longer be read
	minor    *widget.Button
	verdict  *line
	identity *line
	confirm  *widget.Check
	kind     *widget.Button
	class    *widget.Text
	types    *choose.Type
	title    *widget.Entry
	date     *widget.Entry
	dateHint *widget.Text
	masked   *widget.Check
	hidden   *widget.Check
	author   *widget.Text
	problem  *line
	progress *widget.Progress
	sent     *widget.Text

	cancel, main *widget.Button
	browser      choose.Browser
	filling      bool // the view sets its own controls: not the person's doing
}

// line is a chip with a sentence under it.
type line struct {
	box  *fyne.Container
	head *fyne.Container // the chip, at the left
	text *widget.Paragraph
	said saying
}

func newLine() *line {
	l := &line{head: widget.Row(0), text: widget.NewParagraph("", widget.Style{Tone: widget.Secondary})}
	l.box = widget.Column(0, l.head, l.text)
	l.box.Hide()
	return l
}

// set shows a chip and a sentence; an empty word hides both.
func (l *line) set(s saying) {
	if s == l.said {
		return
	}
	l.said = s
	l.head.Objects = []fyne.CanvasObject{widget.NewChip(s.icon, s.word, s.tone), widget.Flexible()}
	l.text.Set(s.text)
	widget.Visible(l.text, s.text != "")
	widget.Visible(l.box, s.word != "")
}

// mostTitle is how many characters of a title the server takes: it is one line of
// a list.
const mostTitle = 255

func newView(u *Uploader) *view {
	v := &view{
		u: u, path: widget.NewEntry(lang.L("Chemin du fichier, par exemple /home/…/compte-rendu.pdf")),
		skeleton: widget.NewSkeleton(6, widget.RowHeight), refused: widget.NewStatePanel(),
		page: container.NewStack(), facts: widget.NewText("", widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary, Align: fyne.TextAlignCenter, Truncate: true}),
		patient: widget.NewText("", widget.Style{Size: widget.SizeLead, Bold: true, Truncate: true}),
		several: newLine(), lost: newLine(), verdict: newLine(), identity: newLine(), problem: newLine(),
		class:    widget.NewText("", widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary, Truncate: true}),
		title:    widget.NewEntry(lang.L("Titre du document")),
		date:     widget.NewEntry(lang.L("jj/mm/aaaa")),
		dateHint: widget.NewText("", widget.Style{Size: widget.SizeCaption, Tone: widget.Danger, Truncate: true}),
		author:   widget.NewText("", widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary, Truncate: true}),
		progress: widget.NewProgress(), sent: widget.NewText("", widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary}),
	}
	v.confirm = widget.NewCheck("", func(on bool) { v.changed(func(s *State) { s.Confirm = on }) })
	v.confirm.Deliberate = true
	v.masked = widget.NewCheck(lang.L("Masquer aux professionnels"), func(on bool) { v.changed(func(s *State) { s.Masked = on }) })
	v.hidden = widget.NewCheck(lang.L("Ne pas montrer au patient avant la consultation d’annonce"), func(on bool) { v.changed(func(s *State) { s.Hidden = on }) })
	v.kind = widget.NewButton(widget.Ordinary, widget.IconDocument, "", v.pick).AlignLeft().WithCaption(widget.Ctrl(fyne.KeyT))
	v.types = choose.NewType(v.u.cfg.Shell, v.picked, v.leavePicker)
	v.title.OnChanged = func(text string) { v.changed(func(s *State) { s.SetTitle(text) }) }
	v.date.OnChanged = func(text string) { v.changed(func(s *State) { s.Date = text }) }
	v.cancel = widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Annuler"), v.back)
	v.minor = widget.NewButton(widget.Quiet, widget.IconShield, lang.L("Soin confidentiel d’un mineur…"), u.keepOut).WithCaption(minorKeys())
	v.main = widget.NewButton(widget.Main, widget.IconUpload, lang.L("Déposer"), u.act)
	v.layout()
	return v
}

// layout arranges the four faces of the sheet.
func (v *view) layout() {
	v.browseButton = widget.NewButton(widget.Ordinary, widget.IconFolder, lang.L("Parcourir…"), v.browse)
	v.chooser = widget.Middle(620, widget.Column(
		widget.GapWide,
		widget.NewParagraph(patientOf(&v.u.state), widget.Style{Size: widget.SizeLead, Bold: true, Align: fyne.TextAlignCenter}),
		widget.Sides(0, nil, widget.NewIcon(widget.IconUpload, widget.Primary, 40), nil),
		widget.NewParagraph(lang.L("Faites glisser un fichier sur la fenêtre, ou indiquez-le ici."), widget.Style{Size: widget.SizeLead, Align: fyne.TextAlignCenter}),
		widget.Sides(widget.Gap, nil, v.path, v.browseButton),
		widget.NewParagraph(lang.L("PDF de préférence ; les images JPEG, PNG et TIFF deviennent des PDF ; texte accepté. 25 Mo au plus."), widget.Style{Tone: widget.Secondary, Align: fyne.TextAlignCenter}),
	))
	v.reading = widget.Column(widget.Gap, widget.NewText(lang.L("Lecture et vérification du fichier…"), widget.Style{Tone: widget.Secondary}), v.skeleton)
	v.rest = widget.Column(
		widget.GapTight,
		widget.Sides(
			widget.GapWide, nil,
			widget.Limited(lang.L("Titre"), v.title, mostTitle),
			widget.Width(170, widget.Column(2, widget.Labelled(lang.L("Date de l’acte"), v.date), v.dateHint)),
		),
		v.masked, v.hidden, v.author,
	)
	v.column = widget.Column(
		widget.Gap,
		v.lost.box,
		v.problem.box,
		v.several.box,
		v.verdict.box,
		v.identity.box,
		v.confirm,
		widget.Column(2, widget.Labelled(lang.L("Type de document"), v.kind), v.class, v.types.Box),
		v.rest,
	)
	scroll := container.NewVScroll(widget.Inset(2, widget.Gap, v.column))
	right := widget.Stacked(widget.Gap, widget.Inset(0, widget.Gap, v.patient), scroll, widget.Column(widget.GapTight, v.progress, v.sent))
	left := widget.Width(previewWidth, widget.Stacked(widget.GapTight, nil, widget.Panel(widget.Gap, v.page), v.facts))
	v.form = widget.Sides(widget.GapPage, left, right, nil)
}

// sheet makes the widget that the shell opens.
func (v *view) sheet() *widget.Sheet {
	title := lang.L("Déposer un document")
	if v.u.cfg.Replaces != nil {
		title = lang.L("Remplacer un document")
	}
	return &widget.Sheet{
		Title: title, Width: sheetWidth, Height: sheetHeight,
		Content: container.NewStack(v.chooser, v.reading, v.refused, v.form),
		Actions: []*widget.Button{v.minor, v.cancel, v.main},
		First:   v.main, Return: v.u.enter, Chord: v.u.act, OnKey: v.key,
		Shortcuts: []widget.Shortcut{
			{ID: "upload-type", Keys: []widget.Keys{widget.Ctrl(fyne.KeyT)}, Label: lang.L("Choisir le type"), Do: v.pick},
			{ID: "upload-mask", Keys: []widget.Keys{widget.Ctrl(fyne.KeyM)}, Label: lang.L("Masquer aux professionnels"), Do: func() { v.masked.SetChecked(!v.masked.Checked) }},
			{ID: "upload-minor", Keys: []widget.Keys{minorKeys()}, Label: lang.L("Soin confidentiel d’un mineur…"), Do: v.u.keepOut},
		},
	}
}

// key keeps Escape while bytes leave: it interrupts, and a second one closes.
// While the file dialog is open, Escape closes that.
func (v *view) key(ev *fyne.KeyEvent) bool {
	switch {
	case v.browser.Key(ev):
	case ev.Name == fyne.KeyEscape && v.u.state.Phase == Sending:
		v.u.interrupt()
	default:
		return false
	}
	return true
}

// back is the button at the left of the main one.
func (v *view) back() {
	if v.u.state.Phase == Sending {
		v.u.interrupt()
		return
	}
	v.u.leave()
}

// browse opens the toolkit's file dialog.
func (v *view) browse() {
	d := dialog.NewFileOpen(func(r fyne.URIReadCloser, err error) {
		if err != nil || r == nil {
			return
		}
		path := r.URI().Path()
		_ = r.Close() // nothing was read
		v.u.read(path)
	}, v.u.cfg.Shell.Window())
	d.SetFilter(storage.NewExtensionFileFilter([]string{".pdf", ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".txt"}))
	v.browser.Show(d)
}

// changed applies what a person did to a control.
func (v *view) changed(apply func(*State)) {
	if v.filling {
		return
	}
	apply(&v.u.state)
	v.update(&v.u.state)
}

// collect takes what is in the fields, before sending.
func (v *view) collect(s *State) {
	s.SetTitle(v.title.Text)
	s.Date = v.date.Text
}

// pick opens the list of types.
func (v *view) pick() {
	if v.u.state.Phase == Ready || v.u.state.Phase == Failed {
		v.openPicker()
		v.u.cfg.Shell.Focus(v.types.Entry())
	}
}

func (v *view) picked(t terminology.Type) {
	v.u.state.SetType(t.Code)
	v.closePicker()
}

// openPicker puts the list of types in the place of the fields below it.
func (v *view) openPicker() {
	if !v.types.IsOpen() {
		v.types.Show(v.u.state.Seen.Types...)
	}
	v.rest.Hide()
	v.settle()
}

// settle lays the form out again after something came or went: twice, because
// wrapped text knows its height only once it has its width.
func (v *view) settle() {
	v.column.Refresh()
	v.column.Refresh()
}

func (v *view) closePicker() {
	v.hidePicker()
	v.u.refresh()
}

// leavePicker is Escape: no type is taken. While there is none the hands stay on
// the button of the type: going to what is missing would open the list again.
func (v *view) leavePicker() {
	if v.u.state.Type != "" {
		v.closePicker()
		return
	}
	v.hidePicker()
	v.update(&v.u.state)
	v.u.cfg.Shell.Focus(v.kind)
}

func (v *view) hidePicker() {
	v.types.Shut()
	v.rest.Show()
}

// busy shows bars once reading takes its time.
func (v *view) busy(on bool) { widget.Visible(v.skeleton, on) }

// picture shows the first page, or an icon in its place.
func (v *view) picture(img image.Image) {
	if img == nil {
		v.page.Objects = []fyne.CanvasObject{container.NewCenter(widget.NewIcon(widget.IconDocument, widget.Secondary, 64))}
	} else {
		c := canvas.NewImageFromImage(img)
		c.FillMode = canvas.ImageFillContain
		v.page.Objects = []fyne.CanvasObject{c}
	}
	v.page.Refresh()
}

// target is the control that the hands need next.
func (v *view) target(s *State) fyne.Focusable {
	switch s.Phase {
	case Choosing:
		return v.path
	case Refused:
		return v.main
	case Sending:
		return v.cancel
	case Reading:
		return nil
	}
	if v.types.IsOpen() {
		return v.types.Entry()
	}
	for _, n := range s.Needs() {
		switch n {
		case NeedIdentity:
			return v.cancel // to Return out of habit the answer is no
		case NeedType:
			if s.Type == "" {
				v.openPicker()
				return v.types.Entry()
			}
		case NeedTitle:
			return v.title
		case NeedDate:
			return v.date
		}
	}
	return v.main
}
