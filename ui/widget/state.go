package widget

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/widget"
)

// Problem is a failure in words for people: what happened, what to do next, the
// reference to quote. The shell's Explain makes it of any error.
type Problem struct {
	Icon      IconName
	Tone      Tone
	Title     string // what happened, one sentence
	Next      string // what to do, one sentence
	Reference string // request id; empty when no request was answered
	Retry     bool   // trying again may help
}

// Words says it in one line: what happened, and what to do next.
func (p Problem) Words() string { return strings.TrimSpace(p.Title + " " + p.Next) }

// State is what a page shows instead of its content.
type State struct {
	Icon      IconName
	Tone      Tone
	Title     string
	Text      string // why, and what comes next
	Reference string
	Actions   []*Button // the first is the one to take
}

// StatePanel shows a State in the middle of its space.
type StatePanel struct {
	widget.BaseWidget
	body *fyne.Container
}

// NewStatePanel makes one that shows nothing yet.
func NewStatePanel() *StatePanel {
	p := &StatePanel{body: Middle(520, Space(1, 1))}
	p.ExtendBaseWidget(p)
	return p
}

// Set shows a state.
func (p *StatePanel) Set(s State) {
	items := []fyne.CanvasObject{Sides(0, nil, NewIcon(s.Icon, s.Tone, 40), nil)}
	items = append(items, NewParagraph(s.Title, Style{Size: SizeTitle, Bold: true, Align: fyne.TextAlignCenter}))
	if s.Text != "" {
		items = append(items, NewParagraph(s.Text, Style{Tone: Secondary, Align: fyne.TextAlignCenter}))
	}
	if len(s.Actions) > 0 {
		buttons := []fyne.CanvasObject{Flexible()}
		for _, b := range s.Actions {
			buttons = append(buttons, b)
		}
		items = append(items, Space(1, Gap), Row(Gap, append(buttons, Flexible())...))
	}
	if s.Reference != "" {
		ref := lang.L("Référence à citer : {{.Reference}}", map[string]any{"Reference": s.Reference})
		items = append(items, Space(1, Gap), NewText(ref, Style{Size: SizeCaption, Tone: Secondary, Align: fyne.TextAlignCenter}))
	}
	p.body.Objects = []fyne.CanvasObject{Column(GapTight, items...)}
	p.body.Refresh()
}

// SetProblem shows a failure with, when it may help, a button to try again.
func (p *StatePanel) SetProblem(problem Problem, retry func()) {
	s := State{Icon: problem.Icon, Tone: problem.Tone, Title: problem.Title, Text: problem.Next, Reference: problem.Reference}
	if problem.Retry && retry != nil {
		s.Actions = []*Button{NewButton(Main, IconRefresh, lang.L("Réessayer"), retry)}
	}
	p.Set(s)
}

// CreateRenderer implements fyne.Widget.
func (p *StatePanel) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(p.body) }

// Skeleton stands where rows will be: bars of the same height, so that nothing
// jumps when they come. Show it from task.Busy on, not before.
type Skeleton struct {
	widget.BaseWidget
	rows   int
	height float32
}

// NewSkeleton makes rows bars for rows of height points.
func NewSkeleton(rows int, height float32) *Skeleton {
	s := &Skeleton{rows: rows, height: height}
	s.ExtendBaseWidget(s)
	return s
}

// CreateRenderer implements fyne.Widget.
func (s *Skeleton) CreateRenderer() fyne.WidgetRenderer {
	r := &skeletonRenderer{skeleton: s}
	for range s.rows * 3 {
		bar := canvas.NewRectangle(Colour(Bone))
		bar.CornerRadius = 4
		r.bars = append(r.bars, bar)
	}
	return r
}

type skeletonRenderer struct {
	skeleton *Skeleton
	bars     []*canvas.Rectangle
}

func (r *skeletonRenderer) Layout(size fyne.Size) {
	for i, bar := range r.bars {
		row, column := i/3, i%3
		// widths vary as names do
		share := []float32{0.22, 0.30, 0.14}[column] * (1 - 0.13*float32((row*7+column*3)%4))
		x := []float32{0.02, 0.32, 0.74}[column]
		bar.Resize(fyne.NewSize(size.Width*share, 12))
		bar.Move(fyne.NewPos(size.Width*x, float32(row)*(r.skeleton.height+GapTight)+(r.skeleton.height-12)/2))
	}
}

func (r *skeletonRenderer) MinSize() fyne.Size {
	return fyne.NewSize(120, float32(r.skeleton.rows)*(r.skeleton.height+GapTight))
}

func (r *skeletonRenderer) Refresh() {
	for _, bar := range r.bars {
		bar.FillColor = Colour(Bone)
		bar.Refresh()
	}
}

func (r *skeletonRenderer) Objects() []fyne.CanvasObject {
	objects := make([]fyne.CanvasObject, len(r.bars))
	for i, b := range r.bars {
		objects[i] = b
	}
	return objects
}
func (r *skeletonRenderer) Destroy() {}

// Progress is a thin bar for what has a known length.
type Progress struct {
	widget.BaseWidget
	share float32
}

// NewProgress makes an empty bar.
func NewProgress() *Progress {
	p := &Progress{}
	p.ExtendBaseWidget(p)
	return p
}

// Set fills the bar to done of total.
func (p *Progress) Set(done, total int64) {
	p.share = 0
	if total > 0 {
		p.share = min(max(float32(done)/float32(total), 0), 1)
	}
	p.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (p *Progress) CreateRenderer() fyne.WidgetRenderer {
	r := &progressRenderer{progress: p, back: canvas.NewRectangle(Colour(Line)), bar: canvas.NewRectangle(Colour(Primary))}
	r.back.CornerRadius, r.bar.CornerRadius = 3, 3
	return r
}

type progressRenderer struct {
	progress  *Progress
	back, bar *canvas.Rectangle
}

func (r *progressRenderer) Layout(size fyne.Size) {
	r.back.Resize(size)
	r.bar.Resize(fyne.NewSize(size.Width*r.progress.share, size.Height))
}

func (r *progressRenderer) MinSize() fyne.Size { return fyne.NewSize(80, 6) }

func (r *progressRenderer) Refresh() {
	r.back.FillColor, r.bar.FillColor = Colour(Line), Colour(Primary)
	r.Layout(r.progress.Size())
	canvas.Refresh(r.progress)
}

func (r *progressRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.back, r.bar} }
func (r *progressRenderer) Destroy()                     {}
