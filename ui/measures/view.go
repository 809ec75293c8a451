package measures

import (
	"math"
	"slices"
	"strconv"
	"time"

	"carnet/client/trend"
	"carnet/ui/choose"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
)

// view is what the page looks like: at the left what can be chosen, at the right
// the curve over its table.
type view struct {
	page *Page
	root fyne.CanvasObject

	kinds    *widget.List
	title    *widget.Text
	count    *widget.Text
	age      *widget.Chip
	period   *widget.Choice
	enter    *widget.Button
	save     *widget.Button
	chart    *widget.Chart
	band     *widget.Paragraph
	table    *widget.List
	trouble  *widget.Text // a failure while measures are shown
	head     *fyne.Container
	foot     *fyne.Container
	shown    fyne.CanvasObject
	state    *widget.StatePanel
	skeleton fyne.CanvasObject

	points []int // rows by the points of the chart
	moving bool  // the chart and the table follow each other
	drawn  string
	stated string
}

func newView(p *Page) *view {
	v := &view{
		page:     p,
		title:    widget.NewText("", widget.Style{Size: widget.SizeTitle, Bold: true, Truncate: true}),
		count:    widget.NewText("", widget.Style{Tone: widget.Secondary}),
		age:      widget.NewChip(widget.IconNone, "", widget.Attention),
		chart:    widget.NewChart(),
		band:     widget.NewParagraph("", widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary}),
		trouble:  widget.NewText("", widget.Style{Tone: widget.Danger, Truncate: true}),
		state:    widget.NewStatePanel(),
		skeleton: widget.NewSkeleton(9, widget.RowTable),
	}
	v.period = widget.NewChoice(periodWords(), func(word string) {
		if i := slices.Index(periodWords(), word); i >= 0 {
			p.setPeriod(Period(i))
		}
	})
	v.period.Selected = periodWords()[p.state.Period]
	v.enter = widget.NewButton(widget.Main, widget.IconAdd, lang.L("Saisir une mesure"), p.enter).WithCaption(enterKeys())
	v.save = widget.NewButton(widget.Ordinary, widget.IconDownload, lang.L("Exporter…"), p.export).
		WithHint(lang.L("Exporter les mesures en clair (CSV)"))
	v.lists()
	v.chart.OnSelect = v.chose
	v.chart.OnActivate = func(point int) { p.open(v.rowOf(point)) }
	v.root = v.layout()
	v.skeleton.Hide()
	return v
}

// lists makes the list of kinds and the table.
func (v *view) lists() {
	p := v.page
	v.kinds = widget.NewList(
		func() int { return len(p.state.Kinds) },
		func() fyne.CanvasObject { return newKindRow() },
		func(id int, o fyne.CanvasObject) {
			if r, ok := o.(*kindRow); ok && id < len(p.state.Kinds) {
				r.set(p.state.Kinds[id], p.now())
			}
		},
	)
	v.kinds.OnMove = p.choose
	v.kinds.OnActivate = func(int) {
		if p.state.Phase == Shown {
			p.cfg.Shell.Focus(v.chart)
		} else {
			p.enter()
		}
	}
	v.table = widget.NewList(
		func() int { return len(p.state.Rows) },
		func() fyne.CanvasObject { return newMeasureRow() },
		func(id int, o fyne.CanvasObject) {
			if r, ok := o.(*measureRow); ok && id < len(p.state.Rows) {
				r.set(p.state.Rows[id])
			}
		},
	)
	v.table.OnMove = v.moved
	v.table.OnActivate = p.open
}

func (v *view) layout() fyne.CanvasObject {
	v.head = widget.Sides(widget.Gap, nil, v.title, widget.Row(widget.Gap, v.age, v.count, widget.Width(170, v.period)))
	curve := widget.Panel(widget.GapTight, widget.Stacked(widget.GapTight, nil, v.chart, v.band))
	heading := widget.Inset(0, widget.Gap+widget.GapTight, tableHead())
	table := widget.Panel(widget.GapTight, widget.Stacked(0, heading, v.table, nil))
	v.shown = container.New(&halves{gap: widget.Gap}, curve, table)
	v.foot = widget.Sides(widget.Gap, v.save, v.trouble, v.enter)
	body := container.NewStack(v.shown, v.skeleton, v.state)
	right := widget.Stacked(widget.Gap, v.head, body, v.foot)
	left := widget.Panel(widget.GapTight, v.kinds)
	return widget.Sides(widget.Gap, widget.Width(kindsWidth, left), right, nil)
}

// kindsWidth is that of the list of kinds.
const kindsWidth = 280

// halves gives the curve a little more than half of the height, the table the
// rest; where texts are large and the window is low, the curve keeps what it needs to
// be read as long as the table shows a row.
type halves struct{ gap float32 }

// Layout implements fyne.Layout.
func (l *halves) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	top := max((size.Height-l.gap)*0.58, 0)
	if need := objects[0].MinSize().Height; top < need {
		top = max(top, min(need, size.Height-l.gap-objects[1].MinSize().Height-widget.RowTable))
	}
	objects[0].Move(fyne.Position{})
	objects[0].Resize(fyne.NewSize(size.Width, top))
	objects[1].Move(fyne.NewPos(0, top+l.gap))
	objects[1].Resize(fyne.NewSize(size.Width, max(size.Height-top-l.gap, 0)))
}

// MinSize implements fyne.Layout.
func (l *halves) MinSize(objects []fyne.CanvasObject) fyne.Size {
	a, b := objects[0].MinSize(), objects[1].MinSize()
	return fyne.NewSize(max(a.Width, b.Width), a.Height+l.gap+b.Height)
}

// busy shows bars instead of nothing, once the answer takes its time.
func (v *view) busy(on bool) { widget.Visible(v.skeleton, on) }

// show puts the state on the screen.
func (v *view) show() {
	p, s := v.page, &v.page.state
	k := s.Kind()
	v.title.Set(k.Name(choose.Language()))
	v.count.Set(countWords(s))
	v.age.SetCopy(s.Prov.Cached, s.Prov.AsOf, p.now())
	known := s.Phase != Loading && s.Phase != Failed && s.Phase != Forbidden
	widget.Visible(v.head, known)
	widget.Visible(v.shown, s.Phase == Shown)
	widget.Visible(v.state, s.Phase != Shown && s.Phase != Loading)
	if s.Phase != Loading {
		v.skeleton.Hide() // shown by busy, after 300 ms
	}
	widget.Visible(v.enter, p.mayEnter())
	widget.Visible(v.save, s.Phase == Shown && p.cfg.Saver != nil)
	v.trouble.Set("")
	if s.Err != nil && known {
		problem := p.cfg.Shell.Explain(s.Err)
		v.trouble.Set(problem.Words())
	}
	v.showKinds()
	v.showCurve(k)
	v.showState()
	v.head.Refresh()
	v.foot.Refresh()
}

// showKinds keeps the cursor on the chosen kind.
func (v *view) showKinds() {
	s := &v.page.state
	v.kinds.Refresh()
	at := slices.IndexFunc(s.Kinds, func(k Kind) bool { return k.Code == s.Chosen })
	if at >= 0 && v.kinds.Cursor() != at {
		v.kinds.MoveTo(at)
	}
}

// showCurve draws the rows, when they are others than those drawn.
func (v *view) showCurve(k Kind) {
	s := &v.page.state
	drawn := k.Code + " " + strconv.Itoa(int(s.Period))
	for _, r := range s.Rows {
		drawn += r.Item.ID + r.Item.Version + " "
	}
	if drawn == v.drawn {
		return
	}
	v.drawn = drawn
	v.points = s.Points()
	v.chart.Set(chartOf(s, k, v.points, v.page.now()))
	if since := s.Period.Since(v.page.now()); !since.IsZero() && len(v.points) > 0 {
		v.chart.SetPeriod(since, v.page.now())
	}
	v.band.Set("")
	if s.reader.Adult(v.page.now()) {
		v.band.Set(bandWords(k.Measure))
	}
	widget.Visible(v.band, v.band.String() != "")
	v.table.Forget()
	v.table.Refresh()
	v.table.ScrollToTop()
	v.follow(v.chart.Chosen())
}

// chartOf makes of rows what the chart shows. Round is the patient's, square a
// professional's, hollow is not as it was entered.
func chartOf(s *State, k Kind, points []int, now time.Time) widget.ChartData {
	d := widget.ChartData{Zone: s.reader.Zone, Say: func(i int) string { return pointWords(s.Rows[points[i]]) }}
	if len(k.Units) > 0 {
		d.Unit = k.Units[0].Name(choose.Language())
	}
	for _, p := range k.Parts {
		line := widget.ChartLine{Name: p.Name(choose.Language()), Low: math.NaN(), High: math.NaN()}
		if p.Band != nil && s.reader.Adult(now) {
			line.Low, line.High = trend.Bound(k.Measure, p.Band.Low), trend.Bound(k.Measure, p.Band.High)
		}
		d.Lines = append(d.Lines, line)
	}
	computed, converted := false, false
	for _, i := range points {
		r := s.Rows[i]
		computed, converted = computed || r.Computed, converted || r.Reading.Converted
		d.Points = append(d.Points, widget.ChartPoint{
			At: r.At, Values: r.Reading.Numbers,
			Mark: widget.ChartMark{Square: !r.Item.ByHolder, Hollow: r.Computed || r.Reading.Converted},
		})
	}
	if !computed {
		d.Legend = []widget.ChartLegend{
			{Word: lang.L("saisi par le patient")},
			{Mark: widget.ChartMark{Square: true}, Word: lang.L("saisi par un professionnel")},
		}
	}
	if converted {
		d.Legend = append(d.Legend, widget.ChartLegend{Mark: widget.ChartMark{Hollow: true}, Word: lang.L("évidé : converti d’une autre unité")})
	}
	if computed {
		d.Legend = append(d.Legend, widget.ChartLegend{Mark: widget.ChartMark{Square: true, Hollow: true}, Word: lang.L("évidé : calculé")})
	}
	return d
}

// rowOf gives the row of a point of the chart, -1 for none.
func (v *view) rowOf(point int) int {
	if point < 0 || point >= len(v.points) {
		return -1
	}
	return v.points[point]
}

// chose follows the chart: the table stands on the same measure.
func (v *view) chose(point int) { v.follow(point) }

func (v *view) follow(point int) {
	if row := v.rowOf(point); row >= 0 && !v.moving {
		v.moving = true
		v.table.MoveTo(row)
		v.moving = false
	}
}

// moved follows the table: the curve stands on the same measure.
func (v *view) moved(row int) {
	if v.moving {
		return
	}
	v.moving = true
	v.chart.Choose(slices.Index(v.points, row))
	v.moving = false
}

// showState fills the panel that stands where the curve would be.
func (v *view) showState() {
	p, s := v.page, &v.page.state
	said := strconv.Itoa(int(s.Phase)) + s.Chosen + strconv.FormatBool(p.mayEnter())
	if s.Err != nil {
		said += s.Err.Error()
	}
	if s.Phase == Shown || s.Phase == Loading || said == v.stated {
		if s.Phase == Shown {
			v.stated = ""
		}
		return
	}
	v.stated = said
	switch s.Phase {
	case Forbidden:
		problem := p.cfg.Shell.Explain(s.Err)
		v.state.Set(widget.State{
			Icon: widget.IconShield, Tone: widget.Secondary, Title: lang.L("Les mesures de ce dossier ne vous sont pas ouvertes"),
			Text: lang.L("Elles suivent les droits de votre profession et les choix du patient. S’il est devant vous, il peut vous autoriser."), Reference: problem.Reference,
		})
	case Failed:
		v.state.SetProblem(p.cfg.Shell.Explain(s.Err), p.load)
	default:
		v.state.Set(v.emptyState())
	}
}

// emptyState says what would be here and how it comes.
func (v *view) emptyState() widget.State {
	s := &v.page.state
	st := widget.State{
		Icon: widget.IconLab, Tone: widget.Secondary, Title: lang.L("Aucune mesure dans ce dossier"),
		Text: lang.L("Celles que vous saisissez, celles du patient et celles d’un laboratoire forment ici une courbe."),
	}
	switch {
	case s.Phase == NoneThen:
		st.Title, st.Text = lang.L("Aucune mesure sur cette période"), lang.L("Il y en a de plus anciennes.")
		st.Actions = []*widget.Button{widget.NewButton(widget.Main, widget.IconHistory, lang.L("Tout afficher"), func() { v.period.SetSelected(periodWords()[Always]) })}
		return st
	case s.Phase == NoneYet && s.Kind().Computed:
		st.Title, st.Text = lang.L("Aucun indice à calculer"), lang.L("Il faut un poids et une taille de la même période.")
	case s.Phase == NoneYet:
		st.Title = lang.L("Aucune mesure de ce type")
	}
	return st
}
