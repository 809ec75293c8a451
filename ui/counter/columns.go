package counter

import (
	"strings"
	"time"

	"carnet/client/advice"
	"carnet/ui/choose"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	fynewidget "fyne.io/fyne/v2/widget"
)

// columns are prescriptions, treatments, allergies and alerts, side by side.
type columns struct {
	page          *Page
	root          fyne.CanvasObject
	prescriptions *widget.List
	treatments    *widget.List
	alerts        *fyne.Container
	none          [2]*widget.Text
	limits        *widget.Paragraph
}

func newColumns(p *Page) *columns {
	c := &columns{page: p, alerts: widget.Column(widget.Gap), limits: widget.NewParagraph("", widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary})}
	rows := func(n func() int, set func(int, *line)) *widget.List {
		return widget.NewList(n, func() fyne.CanvasObject { return newLine() }, func(id int, o fyne.CanvasObject) {
			if l, ok := o.(*line); ok && id < n() {
				set(id, l)
			}
		})
	}
	c.prescriptions = rows(func() int { return len(p.state.Documents) }, func(id int, l *line) {
		d := p.state.Documents[id]
		icon := widget.IconPrescription
		if !Prescribed(d) {
			icon = widget.IconCheck
		}
		l.set(icon, widget.Secondary, titleOf(d), underOf(d, p.now()))
	})
	read := func(id int) { p.read(p.state.Documents[id]) }
	c.prescriptions.OnActivate, c.prescriptions.OnTap = read, read
	c.treatments = rows(func() int { return len(p.state.Treatments) }, func(id int, l *line) {
		i := p.state.Treatments[id]
		icon, tone := widget.IconAdd, widget.Secondary
		if p.state.Ticked(i.ID) {
			icon, tone = widget.IconCheck, widget.Good
		}
		l.set(icon, tone, itemWords(i), p.state.treatmentUnder(i))
	})
	tick := func(id int) {
		p.state.Tick(p.state.Treatments[id].ID)
		p.show()
	}
	c.treatments.OnActivate, c.treatments.OnTap = tick, tick
	c.none = [2]*widget.Text{widget.NewText("", widget.Style{Tone: widget.Secondary}), widget.NewText("", widget.Style{Tone: widget.Secondary})}
	column := func(title, hint string, body fyne.CanvasObject) fyne.CanvasObject {
		head := widget.Column(0, widget.NewText(title, widget.Style{Size: widget.SizeLead, Bold: true}), widget.NewText(hint, widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary, Truncate: true}))
		return widget.Panel(widget.Gap, widget.Stacked(widget.GapTight, head, body, nil))
	}
	c.root = container.NewGridWithColumns(3,
		column(lang.L("Ordonnances et dispensations"), lang.L("Entrée ouvre · ses substances sont proposées"), container.NewStack(c.none[0], c.prescriptions)),
		column(lang.L("Traitements en cours"), lang.L("Entrée ajoute à la dispensation"), container.NewStack(c.none[1], c.treatments)),
		column(lang.L("Allergies et alertes"), lang.L("Une aide, qui cite ses règles"), container.NewVScroll(widget.Sides(0, nil, widget.Column(widget.Gap, c.alerts, c.limits), widget.Space(widget.Gap, 1)))),
	)
	return c
}

// show fills the columns.
func (c *columns) show(s *State, r advice.Report, now time.Time) {
	if s.Phase != Served {
		return
	}
	c.none[0].Set(emptyWords(len(s.Documents) == 0, lang.L("Aucune depuis un an, que vous puissiez lire.")))
	c.none[1].Set(emptyWords(len(s.Treatments) == 0, lang.L("Aucun n’est noté dans le dossier.")))
	c.prescriptions.Refresh()
	c.treatments.Refresh()
	c.alerts.Objects = nil
	if len(s.Allergies) == 0 {
		c.alerts.Objects = append(c.alerts.Objects, widget.NewText(lang.L("Aucune allergie n’est notée : demandez."), widget.Style{Tone: widget.Attention}))
	}
	for _, i := range s.Allergies {
		c.alerts.Objects = append(c.alerts.Objects, widget.Sides(widget.Gap, widget.NewIcon(widget.IconAllergy, widget.Danger, 20),
			widget.NewText(s.allergyWords(i), widget.Style{Size: widget.SizeLead, Bold: true, Truncate: true}), nil))
	}
	if len(r.Warnings)+len(r.Unverified) > 0 {
		c.alerts.Objects = append(c.alerts.Objects, widget.Rule())
	}
	for _, w := range r.Warnings {
		c.alerts.Objects = append(c.alerts.Objects, warningView(w))
	}
	language := choose.Language()
	for _, u := range r.Unverified {
		c.alerts.Objects = append(c.alerts.Objects, widget.Sides(widget.Gap, container.NewVBox(widget.NewIcon(widget.IconInfo, widget.Attention, 20)), widget.NewParagraph(strings.TrimPrefix(u.Written+" · "+u.Message(language), " · "), widget.Style{Tone: widget.Secondary}), nil))
	}
	c.limits.Set(advice.Limits(c.page.cfg.Thesaurus.Edition, language))
	c.alerts.Refresh()
}

func emptyWords(is bool, words string) string {
	if is {
		return words
	}
	return ""
}

// warningView draws a warning: its level by icon, word and colour, the two things, and
// the rule that it cites.
func warningView(w advice.Warning) fyne.CanvasObject {
	language := choose.Language()
	icon, tone := choose.Alert(w)
	return widget.Sides(widget.Gap, container.NewVBox(widget.NewIcon(icon, tone, 20)), widget.Column(
		0,
		widget.NewText(w.Label(language), widget.Style{Bold: true, Tone: tone, Truncate: true}),
		widget.NewParagraph(w.Title(language), widget.Style{}),
		widget.NewParagraph(strings.TrimPrefix(w.Detail(language)+" · "+w.Cite.Text(language), " · "), widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary}),
	), nil)
}

// line draws one row of a column in two lines; it is recycled.
type line struct {
	fynewidget.BaseWidget
	body        fyne.CanvasObject
	icon        *widget.Icon
	text, under *widget.Text
}

func newLine() *line {
	l := &line{
		icon: widget.NewIcon(widget.IconNone, widget.Secondary, 20), text: widget.NewText("", widget.Style{Size: widget.SizeLead, Truncate: true}),
		under: widget.NewText("", widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary, Truncate: true}),
	}
	l.body = widget.AtLeast(0, 50, widget.Inset(2, widget.GapTight, widget.Sides(widget.Gap, container.NewCenter(l.icon), widget.Column(0, l.text, l.under), nil)))
	l.ExtendBaseWidget(l)
	return l
}

// CreateRenderer implements fyne.Widget.
func (l *line) CreateRenderer() fyne.WidgetRenderer { return fynewidget.NewSimpleRenderer(l.body) }

func (l *line) set(icon widget.IconName, tone widget.Tone, text, under string) {
	l.icon.Set(icon, tone)
	l.text.Set(text)
	l.under.Set(under)
}
