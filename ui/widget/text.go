package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
)

// Style is how a Text looks. The zero value is body ink.
type Style struct {
	Size     fyne.ThemeSizeName // empty: SizeBody
	Tone     Tone               // empty: Ink
	Bold     bool
	Italic   bool
	Mono     bool // figures in columns
	Truncate bool // may become narrower than its text, which then ends in …
	Align    fyne.TextAlign
}

func (s Style) textStyle() fyne.TextStyle {
	return fyne.TextStyle{Bold: s.Bold, Italic: s.Italic, Monospace: s.Mono}
}

// Text is one line of text that follows the theme. It may be used in recycled
// rows: Set, SetStyle and SetTone change it in place.
type Text struct {
	widget.BaseWidget
	text  string
	style Style
	drawn inForce
}

// NewText makes a Text.
func NewText(text string, style Style) *Text {
	t := &Text{text: text, style: style}
	t.ExtendBaseWidget(t)
	return t
}

// Set changes the words.
func (t *Text) Set(text string) {
	if text == t.text && t.drawn == lookNow() {
		return
	}
	t.text = text
	t.Refresh()
}

// String gives the words, whole.
func (t *Text) String() string { return t.text }

// SetTone changes the colour.
func (t *Text) SetTone(tone Tone) {
	if tone == t.style.Tone && t.drawn == lookNow() {
		return
	}
	t.style.Tone = tone
	t.Refresh()
}

// SetStyle changes the look.
func (t *Text) SetStyle(s Style) {
	if s == t.style && t.drawn == lookNow() {
		return
	}
	t.style = s
	t.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (t *Text) CreateRenderer() fyne.WidgetRenderer {
	r := &textRenderer{text: t, line: canvas.NewText("", color.Black)}
	r.apply()
	return r
}

type textRenderer struct {
	text *Text
	line *canvas.Text
	full fyne.Size // of the whole text
}

func (r *textRenderer) apply() {
	r.text.drawn = lookNow()
	s := r.text.style
	size, tone := s.Size, s.Tone
	if size == "" {
		size = SizeBody
	}
	if tone == "" {
		tone = Ink
	}
	r.line.TextSize = sizeOf(size)
	r.line.TextStyle = s.textStyle()
	r.line.Alignment = s.Align
	r.line.Color = Colour(tone)
	r.full = fyne.MeasureText(r.text.text, r.line.TextSize, r.line.TextStyle)
	r.fit(r.text.Size().Width)
}

// fit shortens the line to width.
func (r *textRenderer) fit(width float32) {
	r.line.Text = r.text.text
	if !r.text.style.Truncate || width <= 0 || r.full.Width <= width {
		return
	}
	runes := []rune(r.text.text)
	low, high := 0, len(runes)
	for low < high {
		mid := (low + high + 1) / 2
		if fyne.MeasureText(string(runes[:mid])+"…", r.line.TextSize, r.line.TextStyle).Width <= width {
			low = mid
		} else {
			high = mid - 1
		}
	}
	r.line.Text = string(runes[:low]) + "…"
}

func (r *textRenderer) Layout(size fyne.Size) {
	r.fit(size.Width)
	height := r.line.MinSize().Height
	r.line.Move(fyne.NewPos(0, (size.Height-height)/2))
	r.line.Resize(fyne.NewSize(size.Width, height))
}

func (r *textRenderer) MinSize() fyne.Size {
	if r.text.style.Truncate {
		return fyne.NewSize(min(r.full.Width, 24), r.full.Height)
	}
	return r.full
}

func (r *textRenderer) Refresh() {
	r.apply()
	r.Layout(r.text.Size())
	canvas.Refresh(r.text)
}

// Objects leaves out the line of a Text without words: a painter would make a
// picture of it all the same, in each row of a list.
func (r *textRenderer) Objects() []fyne.CanvasObject {
	if r.line.Text == "" {
		return nil
	}
	return []fyne.CanvasObject{r.line}
}
func (r *textRenderer) Destroy() {}

// importances are the toolkit's names for our tones in a Paragraph.
var importances = map[Tone]widget.Importance{
	Secondary: widget.LowImportance, Primary: widget.HighImportance, Good: widget.SuccessImportance,
	Attention: widget.WarningImportance, Danger: widget.DangerImportance,
}

// Paragraph is text that wraps at words. It has no space around it.
type Paragraph struct {
	widget.BaseWidget
	label *widget.Label
	body  fyne.CanvasObject
}

// NewParagraph makes a Paragraph; of style, Truncate and Mono are not looked at.
func NewParagraph(text string, style Style) *Paragraph {
	p := &Paragraph{label: widget.NewLabel(text)}
	p.label.Wrapping = fyne.TextWrapWord
	p.label.Alignment = style.Align
	p.label.TextStyle = style.textStyle()
	p.label.SizeName = style.Size
	p.label.Importance = importances[style.Tone]
	p.body = container.New(layout.NewCustomPaddedLayout(-Gap+2, -Gap+2, -Gap, -Gap), p.label) // takes the toolkit's space away
	p.ExtendBaseWidget(p)
	return p
}

// CreateRenderer implements fyne.Widget.
func (p *Paragraph) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(p.body) }

// Set changes the words.
func (p *Paragraph) Set(text string) { p.label.SetText(text) }

// SetTone changes the colour.
func (p *Paragraph) SetTone(tone Tone) {
	p.label.Importance = importances[tone]
	p.label.Refresh()
}

// String gives the words.
func (p *Paragraph) String() string { return p.label.Text }
