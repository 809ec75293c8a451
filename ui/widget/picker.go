package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// PickRow is one thing that can be picked.
type PickRow struct {
	Icon   IconName
	Tone   Tone // of the icon
	Label  string
	Detail string // at the right, smaller
}

// Picker is a searchable list: typing narrows it, Up, Down and the page keys move,
// Return or a click takes, Escape leaves. What is found is the owner's: OnTyped asks,
// SetRows shows.
type Picker struct {
	Box     fyne.CanvasObject // to be shown; hidden until Open
	Entry   *Entry
	OnTyped func(text string)
	OnTake  func(row int)
	OnLeave func()
	// OnReturn, when set, sees Return before a row is taken; true keeps it.
	OnReturn func() bool

	list *List
	note *Text
	rows []PickRow
}

// NewPicker makes one with room for a list of height points.
func NewPicker(placeholder string, height float32) *Picker {
	p := &Picker{Entry: NewSearchEntry(placeholder), note: NewText("", Style{Tone: Secondary, Truncate: true})}
	p.Entry.OnChanged = func(text string) {
		if p.OnTyped != nil {
			p.OnTyped(text)
		}
	}
	p.Entry.OnKey = p.key
	p.list = NewList(func() int { return len(p.rows) }, func() fyne.CanvasObject { return newPickLine() }, func(id int, o fyne.CanvasObject) {
		if line, ok := o.(*fyne.Container); ok && id < len(p.rows) {
			line.Layout.(*pickLine).set(p.rows[id])
		}
	})
	p.list.OnTap, p.list.OnActivate = p.take, p.take
	body := container.NewStack(NewBox(Surface, Line, CornerIn), Inset(GapTight, GapTight, AtLeast(0, height, p.list)))
	p.Box = Column(GapTight, p.Entry, p.note, body)
	p.Box.Hide()
	return p
}

// Open shows the picker, empty; the owner gives it the focus.
func (p *Picker) Open() {
	p.Box.Show()
	if p.Entry.Text != "" {
		p.Entry.SetText("")
		return
	}
	if p.OnTyped != nil {
		p.OnTyped("")
	}
}

// Shut hides the picker.
func (p *Picker) Shut() { p.Box.Hide() }

// IsOpen tells whether it is shown.
func (p *Picker) IsOpen() bool { return p.Box.Visible() }

// SetRows shows what was found; the first row is in hand.
func (p *Picker) SetRows(rows []PickRow) {
	p.rows = rows
	p.list.Forget()
	p.list.Refresh()
	p.list.MoveTo(0)
}

// SetNote says something between the field and the list: what to type, why nobody is
// found; empty for nothing.
func (p *Picker) SetNote(text string, tone Tone) {
	p.note.SetTone(tone)
	p.note.Set(text)
	if on := text != ""; on != p.note.Visible() {
		if on {
			p.note.Show()
		} else {
			p.note.Hide()
		}
		p.Box.Refresh()
	}
}

func (p *Picker) key(ev *fyne.KeyEvent) bool {
	switch ev.Name {
	case fyne.KeyUp:
		p.list.Step(-1)
	case fyne.KeyDown:
		p.list.Step(1)
	case fyne.KeyPageUp:
		p.list.Step(-5)
	case fyne.KeyPageDown:
		p.list.Step(5)
	case fyne.KeyReturn, fyne.KeyEnter:
		if p.OnReturn == nil || !p.OnReturn() {
			p.take(p.list.Cursor())
		}
	case fyne.KeyEscape:
		if p.OnLeave != nil {
			p.OnLeave()
		}
	default:
		return false
	}
	return true
}

func (p *Picker) take(id int) {
	if id >= 0 && id < len(p.rows) && p.OnTake != nil {
		p.OnTake(id)
	}
}

// pickLine is a row's layout and its parts.
type pickLine struct {
	icon          *Icon
	label, detail *Text
	line          *fyne.Container
}

func newPickLine() *fyne.Container {
	l := &pickLine{
		icon: NewIcon(IconNone, Secondary, 16), label: NewText("", Style{Truncate: true}),
		detail: NewText("", Style{Size: SizeCaption, Tone: Secondary}),
	}
	l.line = AtLeast(0, RowTable, Inset(0, Gap, Sides(Gap, l.icon, l.label, l.detail)))
	return container.New(l, l.line)
}

func (l *pickLine) set(r PickRow) {
	l.icon.Set(r.Icon, r.Tone)
	l.label.Set(r.Label)
	if l.detail.String() != r.Detail {
		l.detail.Set(r.Detail)
		l.line.Refresh()
	}
}

// Layout implements fyne.Layout.
func (l *pickLine) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Move(fyne.Position{})
	objects[0].Resize(size)
}

// MinSize implements fyne.Layout.
func (l *pickLine) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }
