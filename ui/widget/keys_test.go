package widget

import (
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

// stage puts objects in a window and tells which keys and shortcuts came
// through to the shell.
func stage(t *testing.T, objects ...fyne.CanvasObject) (c fyne.Canvas, keys *[]fyne.KeyName) {
	t.Helper()
	test.NewTempApp(t)
	w := test.NewTempWindow(t, container.NewVBox(objects...))
	w.Resize(fyne.NewSize(800, 600))
	keys = &[]fyne.KeyName{}
	w.Canvas().SetOnTypedKey(func(ev *fyne.KeyEvent) { *keys = append(*keys, ev.Name) })
	return w.Canvas(), keys
}

func press(c fyne.Canvas, names ...fyne.KeyName) {
	for _, name := range names {
		if f := c.Focused(); f != nil {
			f.TypedKey(&fyne.KeyEvent{Name: name})
		} else if listen := c.OnTypedKey(); listen != nil {
			listen(&fyne.KeyEvent{Name: name})
		}
	}
}

func TestUnusedKeysComeThrough(t *testing.T) {
	entry, area := NewEntry(""), NewTextArea("", 3)
	button := NewButton(Main, IconUpload, "Envoyer", nil)
	check, choice := NewCheck("masquer", nil), NewChoice([]string{"a", "b"}, nil)
	list := NewList(func() int { return 3 }, func() fyne.CanvasObject { return NewText("", Style{}) }, func(int, fyne.CanvasObject) {})
	c, keys := stage(t, entry, area, button, check, choice, list)
	for _, f := range []fyne.Focusable{entry, area, button, check, choice, list} {
		c.Focus(f)
		*keys = nil
		press(c, fyne.KeyF1, fyne.KeyEscape)
		if len(*keys) != 2 {
			t.Errorf("%T let through %v", f, *keys)
		}
	}
	c.Focus(entry)
	*keys = nil
	press(c, fyne.KeyDown, fyne.KeyPageDown, fyne.KeyReturn, fyne.KeyLeft, fyne.KeyJ)
	if got := *keys; len(got) != 3 || got[2] != fyne.KeyReturn {
		t.Errorf("a field of one line let through %v", got)
	}
	c.Focus(list)
	*keys = nil
	press(c, fyne.KeyJ)
	if len(*keys) != 1 {
		t.Error("a list swallowed J")
	}
}

// desk is a window's content that listens to shortcuts, as the shell's does.
type desk struct {
	widget.BaseWidget
	body fyne.CanvasObject
	came []Keys
}

func (d *desk) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(d.body) }

func (d *desk) TypedShortcut(s fyne.Shortcut) {
	k, _ := KeysOf(s)
	d.came = append(d.came, k)
}

func TestShortcutsComeThrough(t *testing.T) {
	test.NewTempApp(t)
	entry := NewEntry("")
	d := &desk{body: entry}
	d.ExtendBaseWidget(d)
	test.NewTempWindow(t, d).Canvas().Focus(entry)
	entry.SetText("un deux")
	for _, k := range []fyne.KeyName{fyne.KeyK, fyne.KeyLeft} {
		entry.TypedShortcut(&desktop.CustomShortcut{KeyName: k, Modifier: fyne.KeyModifierControl})
	}
	entry.TypedShortcut(&fyne.ShortcutSelectAll{})
	if len(d.came) != 1 || d.came[0] != Ctrl(fyne.KeyK) {
		t.Errorf("the window got %v, want Ctrl K alone", d.came)
	}
	if entry.SelectedText() != "un deux" {
		t.Error("select all does not select")
	}
}

// unpainted is the driver of a window whose objects were not painted yet: it
// does not know where they are.
type unpainted struct{ fyne.Driver }

func (unpainted) CanvasForObject(fyne.CanvasObject) fyne.Canvas { return nil }

// early is an application before its first paint.
type early struct{ fyne.App }

func (e early) Driver() fyne.Driver { return unpainted{e.App.Driver()} }

func TestKeysComeThroughBeforeTheFirstPaint(t *testing.T) {
	app := test.NewTempApp(t)
	entry := NewEntry("")
	d := &desk{body: entry}
	d.ExtendBaseWidget(d)
	c := test.NewTempWindow(t, d).Canvas()
	fyne.SetCurrentApp(early{app})
	t.Cleanup(func() { fyne.SetCurrentApp(app) })
	var keys []fyne.KeyName
	c.SetOnTypedKey(func(ev *fyne.KeyEvent) { keys = append(keys, ev.Name) })
	c.Focus(entry)
	entry.TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyK, Modifier: fyne.KeyModifierControl})
	press(c, fyne.KeyEscape)
	if len(d.came) != 1 || d.came[0] != Ctrl(fyne.KeyK) || len(keys) != 1 {
		t.Errorf("somebody who types faster than the screen paints: the window got %v and %v", d.came, keys)
	}
	if canvasOf(NewEntry("")) != nil {
		t.Error("what is in no window has a canvas")
	}
}

func TestTabLeavesEveryField(t *testing.T) {
	area, after := NewTextArea("", 3), NewEntry("")
	c, _ := stage(t, area, after)
	c.Focus(area)
	if f, ok := c.Focused().(fyne.Tabbable); ok && f.AcceptsTab() { // what the window asks first
		t.Error("Tab is written into a field of several lines")
	}
	c.FocusNext()
	if c.Focused() != after {
		t.Errorf("the keyboard is at %T", c.Focused())
	}
}

func TestReturnAndSpacePress(t *testing.T) {
	pressed := 0
	button := NewButton(Ordinary, IconNone, "Ouvrir", func() { pressed++ })
	check := NewCheck("masquer", nil)
	c, _ := stage(t, button, check)
	c.Focus(button)
	press(c, fyne.KeyReturn, fyne.KeySpace)
	button.Disable()
	press(c, fyne.KeyReturn)
	test.Tap(button)
	if pressed != 2 {
		t.Errorf("pressed %d times, want 2", pressed)
	}
	c.Focus(check)
	press(c, fyne.KeyReturn)
	if !check.Checked {
		t.Error("Return does not tick")
	}
}

func TestADeliberateAnswerIsNoHabit(t *testing.T) {
	check := NewCheck("oui", nil)
	check.Deliberate = true
	pressed := 0
	button := NewButton(Main, IconUpload, "Déposer", func() { pressed++ })
	button.SetChord(true)
	c, keys := stage(t, check, button)
	c.Focus(check)
	press(c, fyne.KeyReturn, fyne.KeyEnter)
	if check.Checked || len(*keys) != 2 {
		t.Errorf("Return ticked it: %v, the shell heard %v", check.Checked, *keys)
	}
	press(c, fyne.KeySpace)
	if !check.Checked {
		t.Error("Space does not tick")
	}
	c.Focus(button)
	press(c, fyne.KeyReturn, fyne.KeySpace)
	if pressed != 0 {
		t.Error("a button that asks for a chord was pressed by a key")
	}
	if caption := replaceNbsp(button.caption); caption != "Ctrl Entrée" {
		t.Errorf("the button says %q", caption)
	}
	test.Tap(button)
	button.SetChord(false)
	press(c, fyne.KeyReturn)
	if pressed != 2 || button.caption != "" {
		t.Errorf("pressed %d times, want 2; it says %q", pressed, button.caption)
	}
}

func TestTheFocusOnABoxIsSeen(t *testing.T) {
	check := NewCheck("masquer", nil)
	c, _ := stage(t, check)
	ring := func() color.Color {
		objects := test.WidgetRenderer(check).Objects()
		return objects[len(objects)-1].(*canvas.Rectangle).StrokeColor
	}
	if ring() != Colour(Clear) {
		t.Error("a ring without the focus")
	}
	c.Focus(check)
	if got := color.NRGBAModel.Convert(ring()).(color.NRGBA); contrast(got, color.NRGBAModel.Convert(Colour(Surface)).(color.NRGBA)) < 3 {
		t.Errorf("the ring is %v", got)
	}
	c.Unfocus()
	if ring() != Colour(Clear) {
		t.Error("the ring stays")
	}
}

func TestKeysSpeakFrench(t *testing.T) {
	for want, k := range map[string]Keys{
		"Ctrl K": Ctrl(fyne.KeyK), "Alt Gauche": Alt(fyne.KeyLeft), "F1": Key(fyne.KeyF1), "Échap": Key(fyne.KeyEscape),
		"Ctrl Maj N": {fyne.KeyN, fyne.KeyModifierControl | fyne.KeyModifierShift},
	} {
		if got := replaceNbsp(k.String()); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
