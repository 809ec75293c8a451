package upload

import (
	"context"
	"errors"
	"fmt"
	"image"
	"testing"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/ui/widget"
	"carnet/ui/widget/widgettest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
)

// desk is the sheet in a window without a screen, before a server in memory.
type desk struct {
	*Uploader
	*widgettest.Desk
	fake   *clienttest.Fake
	disk   map[string][]byte
	seen   Inspection
	cannot error // of the inspection
	pages  int   // pictures drawn
	filed  []client.Document
	undone []client.Document
	drafts int
}

func sit(t *testing.T) *desk { return sitFor(t, clienttest.PatientLea) }

func sitFor(t *testing.T, patient string) *desk {
	t.Helper()
	d := &desk{Desk: widgettest.New(t), fake: clienttest.New(clienttest.Options{Documents: 12}), seen: biology}
	d.seen.ContentType, d.seen.Report.Pages = "application/pdf", 1
	p := d.fake.Patient(patient)
	d.disk = map[string][]byte{"/home/anne/bilan.pdf": clienttest.PDF(p, "Bilan", 1)}
	d.Window().SetContent(widget.NewBox(widget.Window, widget.Clear, 0))
	d.Window().Resize(fyne.NewSize(1180, 760))
	access, err := d.fake.Open(t.Context(), patient, client.OpenRequest{})
	if err != nil {
		t.Fatal(err)
	}
	d.Uploader = New(Config{
		Scope: d.Scope(), Writer: d.fake, Files: d, Inspector: d, Preview: d, Shell: d, Me: d.fake.Me(), Patient: p, Access: access,
		NewID: func() string {
			d.drafts++
			return fmt.Sprintf("0d1f0d0e-6d1c-4c8f-9a39-%012d", d.drafts)
		},
		Filed:  func(x client.Document) { d.filed = append(d.filed, x) },
		Undone: func(x client.Document) { d.undone = append(d.undone, x) },
	})
	return d
}

// The world around the sheet.

func (d *desk) Read(_ context.Context, path string, limit int64) ([]byte, error) {
	data, ok := d.disk[path]
	switch {
	case !ok:
		return nil, fhir.E(fhir.NotFound, "")
	case int64(len(data)) > limit:
		return nil, fhir.E(fhir.TooLarge, "")
	}
	return data, nil
}

func (d *desk) Inspect(context.Context, []byte, client.Patient) (Inspection, error) {
	return d.seen, d.cannot
}

func (d *desk) FirstPage(context.Context, string, []byte, int) (image.Image, error) {
	d.pages++
	return image.NewRGBA(image.Rect(0, 0, 10, 14)), nil
}

func (d *desk) Explain(err error) widget.Problem {
	p := widget.Problem{Icon: widget.IconServer, Tone: widget.Attention, Title: "panne " + string(fhir.CodeOf(err)), Next: "Réessayez."}
	var e *client.Error
	if errors.As(err, &e) {
		p.Reference = e.RequestID
	}
	return p
}

func (d *desk) drop(path string)    { d.Dropped([]fyne.URI{storage.NewFileURI(path)}); d.Settle() }
func (d *desk) toast() widget.Toast { return d.Toasts[len(d.Toasts)-1] }
func (d *desk) settled(f func())    { f(); d.Settle() }

func (d *desk) shortcut(k widget.Keys) {
	d.Helper()
	if !d.sheet.TypedShortcut(k) {
		d.Fatalf("no shortcut on %s", k)
	}
	d.Settle()
}

// sentDrafts are the drafts that reached the server.
func (d *desk) sentDrafts() []client.Draft {
	var out []client.Draft
	for _, c := range d.fake.Calls() {
		if c.Op == clienttest.OpFile {
			out = append(out, c.Argument.(client.Draft))
		}
	}
	return out
}

// documents counts what the record holds.
func (d *desk) documents() int {
	d.Helper()
	p, err := d.fake.Documents(d.Context(), d.cfg.Access, client.DocumentQuery{Limit: 500})
	if err != nil {
		d.Fatal(err)
	}
	return p.Total
}
