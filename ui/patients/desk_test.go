package patients

import (
	"testing"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/ui/widget"
	"carnet/ui/widget/widgettest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// desk is the page in a window without a screen, before a server in memory.
type desk struct {
	*Page
	*widgettest.Desk
	fake   *clienttest.Fake
	opened []string // logical ids of the records gone to
}

func sit(t *testing.T) *desk {
	t.Helper()
	d := &desk{Desk: widgettest.New(t), fake: clienttest.New(clienttest.Options{})}
	d.Page = New(Config{
		Scope: d.Scope(), Finder: d.fake, Shell: d, TestIdentities: true,
		Open: func(p client.Patient) { d.opened = append(d.opened, p.ID) },
	})
	d.Window().SetContent(d.Content())
	d.Window().Resize(fyne.NewSize(1180, 720))
	d.Shown()
	d.Settle()
	return d
}

func (d *desk) Explain(err error) widget.Problem {
	return widget.Problem{Icon: widget.IconOffline, Title: "panne " + string(fhir.CodeOf(err)), Next: "Réessayez.", Reference: "réf-1", Retry: true}
}

func (d *desk) typeIn(text string) {
	test.Type(d.view.box, text)
}

func (d *desk) pause() {
	d.Helper()
	d.Advance(pauseScanning)
	d.Settle()
}

func (d *desk) shortcut(k widget.Keys) {
	d.Helper()
	for _, s := range d.Shortcuts() {
		if s.Matches(k) {
			s.Do()
			return
		}
	}
	d.Fatalf("no shortcut on %s", k)
}
