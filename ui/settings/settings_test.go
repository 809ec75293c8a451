package settings

import (
	"testing"
	"time"

	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestChoicesAreKept(t *testing.T) {
	prefs := test.NewTempApp(t).Preferences()
	if got := Load(prefs); got != Default() {
		t.Errorf("at first %+v", got)
	}
	v := Values{Mode: widget.Dark, Scale: 1.3, LockAfter: 2 * time.Minute, Language: "en"}
	v.Save(prefs)
	if got := Load(prefs); got != v {
		t.Errorf("kept %+v, want %+v", got, v)
	}
}

func TestWhatNobodyOfferedIsTheDefault(t *testing.T) {
	prefs := test.NewTempApp(t).Preferences()
	prefs.SetString(keyMode, "pink")
	prefs.SetFloat(keyScale, 40)
	prefs.SetInt(keyLock, 100000)
	prefs.SetString(keyLanguage, "xx")
	if got := Load(prefs); got != Default() {
		t.Errorf("taken %+v", got)
	}
}

func TestEachChoiceIsAppliedAtOnce(t *testing.T) {
	test.NewTempApp(t)
	var applied []Values
	p := New(Config{Values: Default(), Apply: func(v Values) { applied = append(applied, v) }, Version: "1", Server: "https://carnet.example"})
	w := test.NewTempWindow(t, p.Content())
	w.Resize(fyne.NewSize(900, 700))
	w.Canvas().Focus(p.InitialFocus())
	keys := []fyne.KeyName{fyne.KeyDown, fyne.KeyTab, fyne.KeyDown, fyne.KeyTab, fyne.KeyDown, fyne.KeyTab, fyne.KeyUp}
	for _, name := range keys {
		if name == fyne.KeyTab {
			w.Canvas().FocusNext()
			continue
		}
		w.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: name})
	}
	want := Values{Mode: widget.Light, Scale: 1.15, LockAfter: 5 * time.Minute, Language: "en"}
	if len(applied) != 4 || applied[3] != want {
		t.Errorf("applied %+v, want %+v last", applied, want)
	}
	if p.restart.Word() == "" || !p.restart.Visible() {
		t.Error("nothing says that the language waits for the next start")
	}
}
