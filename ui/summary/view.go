package summary

import (
	"carnet/client/advice"
	"carnet/ui/choose"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
)

// view is what the page looks like: two columns of sections, under them what they
// are worth and what can be done.
type view struct {
	page        *Page
	root        *fyne.Container
	phase       Phase // that is laid out
	left, right *column
	columns     fyne.CanvasObject
	foot        *fyne.Container
	limits      *widget.Paragraph
	trouble     *widget.Text
	age         *widget.Chip
	add, print  *widget.Button
	state       *widget.StatePanel
	skeleton    fyne.CanvasObject
	stated      string
}

func newView(p *Page) *view {
	v := &view{
		page:    p,
		limits:  widget.NewParagraph("", widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary}),
		trouble: widget.NewText("", widget.Style{Tone: widget.Danger, Truncate: true}),
		age:     widget.NewChip(widget.IconNone, "", widget.Attention),
		state:   widget.NewStatePanel(),
	}
	v.left = newColumn(p, func() *column { return v.right })
	v.right = newColumn(p, func() *column { return v.left })
	v.add = widget.NewButton(widget.Main, widget.IconAdd, lang.L("Ajouter…"), p.add).WithCaption(addKeys())
	v.print = widget.NewButton(widget.Ordinary, widget.IconPrint, lang.L("Imprimer…"), p.print).WithCaption(printKeys())
	v.skeleton = widget.Panel(widget.GapTight, widget.NewSkeleton(9, widget.RowHeight))
	v.skeleton.Hide()
	v.columns = container.New(&twoColumns{gap: widget.Gap}, widget.Panel(widget.GapTight, v.left.list), widget.Panel(widget.GapTight, v.right.list))
	v.foot = widget.Column(widget.GapTight, v.limits, widget.Sides(widget.Gap, nil, v.trouble, widget.Row(widget.Gap, v.age, v.print, v.add)))
	body := container.NewStack(v.columns, v.skeleton, v.state)
	v.root = widget.Stacked(widget.Gap, nil, body, v.foot)
	return v
}

// twoColumns gives the left column a little more.
type twoColumns struct{ gap float32 }

// Layout implements fyne.Layout.
func (l *twoColumns) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	left := max((size.Width-l.gap)*0.54, 0)
	objects[0].Move(fyne.Position{})
	objects[0].Resize(fyne.NewSize(left, size.Height))
	objects[1].Move(fyne.NewPos(left+l.gap, 0))
	objects[1].Resize(fyne.NewSize(max(size.Width-left-l.gap, 0), size.Height))
}

// MinSize implements fyne.Layout.
func (l *twoColumns) MinSize(objects []fyne.CanvasObject) fyne.Size {
	a, b := objects[0].MinSize(), objects[1].MinSize()
	return fyne.NewSize(a.Width+l.gap+b.Width, max(a.Height, b.Height))
}

// busy shows bars instead of nothing, once the answer takes its time.
func (v *view) busy(s task.Stage) {
	widget.Visible(v.skeleton, s != task.Finished && v.page.phase == Loading)
}

// show puts the picture on the screen.
func (v *view) show() {
	p := v.page
	shown := p.phase == Shown
	widget.Visible(v.columns, shown)
	widget.Visible(v.foot, shown)
	widget.Visible(v.state, p.phase == Failed || p.phase == Forbidden)
	if p.phase != Loading {
		v.skeleton.Hide()
	}
	v.showState()
	if v.phase != p.phase {
		v.phase = p.phase
		v.root.Refresh() // what is there now has its room
	}
	if !shown {
		v.left.set(nil)
		v.right.set(nil)
		return
	}
	v.stated = ""
	v.left.set(p.picture.Left)
	v.right.set(p.picture.Right)
	v.limits.Set(advice.Limits(p.picture.Edition, choose.Language()))
	v.trouble.Set("")
	if p.err != nil {
		problem := p.cfg.Shell.Explain(p.err)
		v.trouble.Set(problem.Words())
	}
	v.age.SetCopy(p.prov.Cached, p.prov.AsOf, p.now())
	widget.Visible(v.add, p.mayAdd())
	widget.Visible(v.print, p.cfg.Draw != nil)
	v.foot.Refresh()
}

// showState fills the panel that stands where the picture would be.
func (v *view) showState() {
	p := v.page
	if p.phase != Failed && p.phase != Forbidden || p.err == nil {
		return
	}
	if said := p.err.Error(); said != v.stated {
		v.stated = said
	} else {
		return
	}
	problem := p.cfg.Shell.Explain(p.err)
	if p.phase == Failed {
		v.state.SetProblem(problem, p.load)
		return
	}
	v.state.Set(widget.State{
		Icon: widget.IconShield, Tone: widget.Secondary, Title: lang.L("La synthèse de ce dossier ne vous est pas ouverte"),
		Text:      lang.L("Elle suit les droits de votre profession et les choix du patient. Les documents que vous pouvez lire sont à côté."),
		Reference: problem.Reference,
	})
}
