package widget

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Toast says that something happened, at the bottom of the window, for a few
// seconds; Action offers the way back.
type Toast struct {
	Icon   IconName
	Tone   Tone
	Text   string
	Action string        // "Annuler le dépôt"; empty: none
	Do     func()        // what Action does
	For    time.Duration // 0: 6 s, 10 s with an action
}

// Lasts gives how long the toast stays.
func (t Toast) Lasts() time.Duration {
	switch {
	case t.For > 0:
		return t.For
	case t.Action != "":
		return 10 * time.Second
	default:
		return 6 * time.Second
	}
}

// ToastBar is where the shell shows toasts, one at a time.
type ToastBar struct {
	widget.BaseWidget
	body *fyne.Container
}

// NewToastBar makes a hidden one.
func NewToastBar() *ToastBar {
	b := &ToastBar{body: container.NewStack()}
	b.ExtendBaseWidget(b)
	b.Hide()
	return b
}

// Set shows a toast; act is its action.
func (b *ToastBar) Set(t Toast, act func()) {
	tone := t.Tone
	if tone == "" {
		tone = Good
	}
	line := []fyne.CanvasObject{NewIcon(t.Icon, tone, 20), NewText(t.Text, Style{})}
	if t.Action != "" {
		line = append(line, NewButton(Ordinary, IconUndo, t.Action, act).WithCaption(Ctrl(fyne.KeyZ)).Dense())
	}
	b.body.Objects = []fyne.CanvasObject{NewBox(Surface, tone, Corner), Inset(Gap, GapWide, Row(Gap, line...))}
	b.body.Refresh()
	b.Show()
}

// CreateRenderer implements fyne.Widget.
func (b *ToastBar) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(b.body) }
