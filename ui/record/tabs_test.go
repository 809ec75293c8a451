package record

import (
	"testing"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	fynewidget "fyne.io/fyne/v2/widget"
)

// note is a part that writes down what happens to it.
type note struct {
	inside Inside
	label  *fynewidget.Label
	button *widget.Button
	told   []string
	listed int
	whole  bool
}

func (n *note) Content() fyne.CanvasObject   { return n.label }
func (n *note) InitialFocus() fyne.Focusable { return n.button }
func (n *note) Shown()                       { n.told = append(n.told, "shown") }
func (n *note) Hidden()                      { n.told = append(n.told, "hidden") }
func (n *note) Reconnected()                 { n.told = append(n.told, "reconnected") }
func (n *note) Shortcuts() []widget.Shortcut {
	return []widget.Shortcut{{ID: "note", Keys: []widget.Keys{widget.Key(fyne.KeyF8)}, Do: func() { n.told = append(n.told, "key") }}}
}
func (n *note) Documents(all []client.Document, whole bool) { n.listed, n.whole = len(all), whole }

// sitWith opens a record that has two parts, the first of which is its home.
func sitWith(t *testing.T) (d *desk, made *[]*note) {
	t.Helper()
	made = &[]*note{}
	d = sit(t, clienttest.PatientEmpty, clienttest.Options{Documents: 12})
	c := d.cfg
	c.Scope, c.Outlive, c.Shell, c.Patient = d.Scope(), d.Scope(), d, patient(t, clienttest.PatientLea)
	part := func(i Inside) Part {
		n := &note{inside: i, label: fynewidget.NewLabel("la partie"), button: widget.NewButton(widget.Quiet, widget.IconNone, "x", nil)}
		*made = append(*made, n)
		return n
	}
	c.Tabs = []Tab{
		{ID: "one", Word: "Première", Keys: widget.Ctrl(fyne.KeyB), Home: true, Make: part},
		{ID: "two", Word: "Deuxième", Keys: widget.Ctrl(fyne.KeyL), Make: part},
	}
	d.Page = New(c)
	d.Window().SetContent(d.Content())
	d.Shown()
	d.Settle()
	return d, made
}

func TestAPartStandsInTheRecordWhileItMayBeRead(t *testing.T) {
	d, made := sitWith(t)
	if len(*made) != 1 {
		t.Fatalf("%d parts were made: those that nobody looked at, too", len(*made))
	}
	one := (*made)[0]
	d.Sees("Première", "Deuxième", "Documents", "la partie")
	if one.listed != 12 || !one.whole || one.inside.Access().Session == "" {
		t.Errorf("told of %d documents, whole %v", one.listed, one.whole)
	}
	one.inside.Alert("Allergies : pénicilline")
	d.Sees("Allergies : pénicilline")
	d.shortcut(widget.Key(fyne.KeyF8))
	d.shortcut(widget.Ctrl(fyne.KeyL))
	d.shortcut(widget.Ctrl(fyne.KeyD))
	d.Sees("Allergies : pénicilline") // wherever one looks
	d.SeesNot("la partie")
	if len(*made) != 2 || len(one.told) != 3 || one.told[2] != "hidden" {
		t.Errorf("%d parts, the first was told %v", len(*made), one.told)
	}
	d.shortcut(widget.Ctrl(fyne.KeyB))
	d.Hidden()
	d.Page.Shown()
	d.Reconnected()
	if got := one.told[len(one.told)-4:]; got[0] != "shown" || got[1] != "hidden" || got[2] != "shown" || got[3] != "reconnected" {
		t.Errorf("told %v", one.told)
	}
	d.forget()
	d.view.refresh()
	d.SeesNot("Allergies : pénicilline")
	if !one.inside.Scope.Closed() {
		t.Error("the part outlives what may be read")
	}
	one.inside.Alert("Allergies : trop tard")
	d.SeesNot("trop tard")
}

func TestAPartLeadsToADocument(t *testing.T) {
	d, made := sitWith(t)
	one := (*made)[0]
	first := d.listed()[0]
	one.inside.Read(first.ID)
	d.Settle()
	if d.tab != tabDocuments || !d.reader.shown() || d.reader.id != first.ID {
		t.Errorf("tab %d, %+v", d.tab, d.reader)
	}
	d.shortcut(widget.Ctrl(fyne.KeyB))
	d.docs.Remove(first.ID) // not on this page of the list
	one.inside.Read(first.ID)
	d.Settle()
	if !d.reader.shown() || d.reader.id != first.ID || d.fake.Count(clienttest.OpContent) < 1 {
		t.Errorf("%+v", d.reader)
	}
	d.shortcut(widget.Ctrl(fyne.KeyB))
	d.shortcut(widget.Key(fyne.KeyJ)) // the hand that reads on finds the list by itself
	if d.tab != tabDocuments || !d.reader.shown() {
		t.Errorf("tab %d, %+v", d.tab, d.reader)
	}
	one.inside.Go("two")
	one.inside.Go("nowhere")
	if d.tab != tabOther+1 {
		t.Errorf("tab %d", d.tab)
	}
	one.inside.Go(DocumentsTab)
	if d.tab != tabDocuments {
		t.Errorf("tab %d", d.tab)
	}
	one.inside.Read("unknown")
	d.Settle()
	if fhir.CodeOf(d.Failure()) != fhir.NotFound {
		t.Error(d.Failure())
	}
}
