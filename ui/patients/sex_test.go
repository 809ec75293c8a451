package patients

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestTheSexIsOneStopAndOnlyArrowsChangeIt(t *testing.T) {
	d := sit(t)
	d.openStrict()
	c := d.Window().Canvas()
	c.Focus(d.sheet.given)
	c.FocusNext()
	if c.Focused() != d.sheet.sexes {
		t.Fatalf("Tab led to %T", c.Focused())
	}
	d.Press(fyne.KeyRight)
	if d.sheet.sex != "F" {
		t.Errorf("the first arrow chose %q", d.sheet.sex)
	}
	d.Press(fyne.KeyRight)
	test.Type(d.sheet.sexes, "28 03 1979")
	d.Press(fyne.KeySpace, fyne.Key2)
	if d.sheet.sex != "M" {
		t.Errorf("what was typed changed the sex to %q", d.sheet.sex)
	}
	d.Press(fyne.KeyLeft)
	if d.sheet.sex != "F" {
		t.Errorf("Left left it at %q", d.sheet.sex)
	}
	c.FocusNext()
	if c.Focused() != d.sheet.birth {
		t.Errorf("the next Tab led to %T", c.Focused())
	}
}
