package patients

import (
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"
)

// sexChoice is one stop of the Tab key with two words: the arrows choose, and a
// click does. No other key changes it: digits of a date that are typed one field
// too early are lost here, and nobody's sex with them.
type sexChoice struct {
	fynewidget.BaseWidget
	woman, man *option
	body       fyne.CanvasObject
	set        func(sex string)
	sex        string // F, M, or "" for none
	focused    bool
}

func newSexChoice(set func(string)) *sexChoice {
	c := &sexChoice{set: set}
	c.woman = newOption(lang.L("Femme"), func() { c.clicked("F") })
	c.man = newOption(lang.L("Homme"), func() { c.clicked("M") })
	c.body = widget.Row(widget.Gap, widget.Width(108, c.woman), widget.Width(108, c.man))
	c.ExtendBaseWidget(c)
	c.look()
	return c
}

// choose sets the sex; "" for none.
func (c *sexChoice) choose(sex string) {
	c.sex = sex
	c.set(sex)
	c.look()
}

func (c *sexChoice) clicked(sex string) {
	widget.Touched(c)
	if cv := fyne.CurrentApp().Driver().CanvasForObject(c); cv != nil {
		cv.Focus(c)
	}
	c.choose(sex)
}

// look shows which is chosen, and on which the arrows stand.
func (c *sexChoice) look() {
	c.woman.look(c.sex == "F", c.focused && c.sex != "M")
	c.man.look(c.sex == "M", c.focused && c.sex == "M")
}

// CreateRenderer implements fyne.Widget.
func (c *sexChoice) CreateRenderer() fyne.WidgetRenderer {
	return fynewidget.NewSimpleRenderer(c.body)
}

// FocusGained implements fyne.Focusable.
func (c *sexChoice) FocusGained() {
	c.focused = true
	widget.Touched(c)
	c.look()
}

// FocusLost implements fyne.Focusable.
func (c *sexChoice) FocusLost() {
	c.focused = false
	c.look()
}

// TypedRune implements fyne.Focusable: characters change nothing.
func (c *sexChoice) TypedRune(rune) { widget.Touched(c) }

// TypedKey implements fyne.Focusable.
func (c *sexChoice) TypedKey(ev *fyne.KeyEvent) {
	widget.Touched(c)
	switch {
	case ev.Name == fyne.KeyLeft || ev.Name == fyne.KeyUp:
		c.choose("F")
	case ev.Name == fyne.KeyRight || ev.Name == fyne.KeyDown:
		if c.sex == "" {
			c.choose("F") // the first one first
			return
		}
		c.choose("M")
	default:
		widget.HandKey(c, ev)
	}
}

// option is one of the two words.
type option struct {
	fynewidget.BaseWidget
	box    *widget.Box
	mark   *widget.Icon
	body   fyne.CanvasObject
	choose func()
}

func newOption(label string, choose func()) *option {
	o := &option{
		box: widget.NewBox(widget.Surface, widget.Border, widget.CornerIn), mark: widget.NewIcon(widget.IconNone, widget.Primary, 16), choose: choose,
	}
	words := widget.Row(6, o.mark, widget.NewText(label, widget.Style{}))
	o.body = container.NewStack(o.box, widget.AtLeast(0, 36, container.NewCenter(words)))
	o.ExtendBaseWidget(o)
	return o
}

// CreateRenderer implements fyne.Widget.
func (o *option) CreateRenderer() fyne.WidgetRenderer { return fynewidget.NewSimpleRenderer(o.body) }

// Tapped implements fyne.Tappable.
func (o *option) Tapped(*fyne.PointEvent) { o.choose() }

// look marks the one chosen by an icon and a colour, and the one in hand by its
// line.
func (o *option) look(chosen, inHand bool) {
	fill, line, icon := widget.Surface, widget.Border, widget.IconNone
	if chosen {
		fill, line, icon = widget.PrimarySoft, widget.Border, widget.IconCheck
	}
	if inHand {
		line = widget.Primary
	}
	o.box.Set(fill, line)
	o.mark.Set(icon, widget.Primary)
}
