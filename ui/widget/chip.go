package widget

import (
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Chip is a state: an icon, a word and a colour, so that each alone would do.
type Chip struct {
	widget.BaseWidget
	icon *Icon
	word *Text
	box  *Box
	body fyne.CanvasObject
	tone Tone
}

// NewChip makes one; without a word it is hidden.
func NewChip(icon IconName, word string, tone Tone) *Chip {
	c := &Chip{
		icon: NewIcon(icon, tone, 16),
		word: NewText(word, Style{Size: SizeCaption, Tone: tone}),
		box:  NewBox(tone.Soft(), Clear, 10),
		tone: tone,
	}
	c.body = container.NewStack(c.box, Inset(2, Gap, Row(GapTight, c.icon, c.word)))
	c.ExtendBaseWidget(c)
	c.Hidden = word == ""
	return c
}

// Set changes all three; an empty word hides the chip.
func (c *Chip) Set(icon IconName, word string, tone Tone) {
	c.icon.Set(icon, tone)
	c.word.Set(word)
	c.word.SetTone(tone)
	c.box.Set(tone.Soft(), Clear)
	c.tone = tone
	if word == "" {
		c.Hide()
		return
	}
	c.Show()
}

// SetCopy makes the chip say how old what is shown is, in now's zone, when that is a
// copy; else it hides.
func (c *Chip) SetCopy(copied bool, asOf, now time.Time) {
	if !copied {
		c.Set(IconNone, "", Attention)
		return
	}
	c.Set(IconOffline, FormatCopy(asOf, now), Attention)
}

// Word gives the word.
func (c *Chip) Word() string { return c.word.String() }

// CreateRenderer implements fyne.Widget.
func (c *Chip) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(c.body) }

// Identity is a person as screens write them. Plain values: FormatX functions
// make them.
type Identity struct {
	Name      string // used or birth name and first given name: "MARTIN Léa"
	BirthName string // "née MARTIN Léa Marie"; empty when Name says all
	Sex       string // "F", "M"
	Birth     string // "28/03/1979"
	Age       string // "47 ans"
	City      string
	INS       string // "2 79 03 51 215 189 89"; empty when not qualified
	Quality   string // "INS qualifiée", "Identité provisoire"
	Qualified bool
	Access    string // "Vous êtes son médecin traitant · accès normal"
	Alerts    string // "Allergies : pénicilline"; empty: nothing known to show
}

// lines join what is there with middle dots: in the usual order, and, for where that
// has no room, with the birth before the names, so that what tells people of one name
// apart is not what is cut.
func (i Identity) lines() (usual, narrow string) {
	birth := i.Birth
	if i.Age != "" {
		birth += Nbsp + "(" + i.Age + ")"
	}
	join := func(all ...string) string {
		return strings.Join(slices.DeleteFunc(all, func(s string) bool { return s == "" }), " · ")
	}
	return join(i.BirthName, i.Sex, birth, i.City), join(birth, i.Sex, i.BirthName, i.City)
}

// fitting shows the first of two texts where it has room, else the other.
type fitting struct {
	text          *Text
	usual, narrow string
}

// Layout implements fyne.Layout.
func (l *fitting) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	said := l.usual
	if fyne.MeasureText(said, sizeOf(SizeBody), fyne.TextStyle{}).Width > size.Width {
		said = l.narrow
	}
	l.text.Set(said)
	for _, o := range objects {
		o.Move(fyne.Position{})
		o.Resize(size)
	}
}

// MinSize implements fyne.Layout.
func (l *fitting) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

// Banner keeps the patient's identity in view over everything that is about
// them.
type Banner struct {
	widget.BaseWidget
	OnCopyINS func() // the copy action beside the INS

	name, ins, access *Text
	line              *fitting
	who               *fyne.Container // of line
	quality, alerts   *Chip
	copyINS           *Button
	body              fyne.CanvasObject
}

// NewBanner makes a banner; actions are buttons at its right, e.g. close.
func NewBanner(actions ...fyne.CanvasObject) *Banner {
	b := &Banner{
		name:    NewText("", Style{Size: SizeTitle, Bold: true, Truncate: true}),
		line:    &fitting{text: NewText("", Style{Truncate: true})}, // what ends it, the city, is what may be cut
		ins:     NewText("", Style{Mono: true}),
		access:  NewText("", Style{Size: SizeCaption, Tone: Secondary, Truncate: true}),
		quality: NewChip(IconOK, "", Good),
		alerts:  NewChip(IconAllergy, "", Danger),
	}
	b.copyINS = NewIconButton(IconCopy, "", func() {
		if b.OnCopyINS != nil {
			b.OnCopyINS()
		}
	})
	right := Row(Gap, append([]fyne.CanvasObject{b.alerts}, actions...)...)
	top := Sides(GapWide, nil, b.name, Row(Gap, b.ins, b.copyINS, b.quality))
	b.who = container.New(b.line, b.line.text)
	who := Column(2, b.who, b.access)
	b.body = container.NewStack(NewBox(Surface, Line, Corner),
		Inset(10, GapWide, Column(2, top, Sides(GapWide, nil, who, container.NewCenter(right)))))
	b.ExtendBaseWidget(b)
	return b
}

// Set fills the banner.
func (b *Banner) Set(i Identity) {
	b.name.Set(i.Name)
	b.line.usual, b.line.narrow = i.lines()
	b.line.text.Set(b.line.usual)
	b.who.Refresh()
	b.ins.Set(i.INS)
	b.access.Set(i.Access)
	if i.INS == "" {
		b.ins.Hide()
		b.copyINS.Hide()
	} else {
		b.ins.Show()
		b.copyINS.Show()
	}
	if i.Qualified {
		b.quality.Set(IconOK, i.Quality, Good)
	} else {
		b.quality.Set(IconWarning, i.Quality, Attention)
	}
	b.alerts.Set(IconAllergy, i.Alerts, Danger)
	b.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (b *Banner) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(b.body) }
