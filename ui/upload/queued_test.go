package upload

import (
	"context"
	"strings"
	"testing"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"

	"fyne.io/fyne/v2"
)

// queue is a Writer that keeps what it could not send.
type queue struct {
	client.Writer
	left     bool     // what is interrupted has left already
	recalled []string // drafts
	undone   []string // documents
}

func (q *queue) File(ctx context.Context, a client.Access, d client.Draft, p client.Progress) (client.Document, error) {
	got, err := q.Writer.File(ctx, a, d, p)
	if fhir.CodeOf(err) == fhir.Offline {
		err = fhir.E(fhir.Queued, "")
	}
	return got, err
}

func (q *queue) Undo(_ context.Context, _ client.Access, d client.Document) error {
	q.undone = append(q.undone, d.ID)
	return nil
}

func (q *queue) Recall(_ context.Context, draft string) error {
	q.recalled = append(q.recalled, draft)
	if q.left {
		return fhir.E(fhir.StateConflict, "")
	}
	return nil
}

// Without a server the sheet is done, what was filed is kept, and it can be taken back.
func TestWithoutAServerTheDocumentIsKept(t *testing.T) {
	d := sit(t)
	q := &queue{Writer: d.fake}
	d.cfg.Writer = q
	d.fake.SetOffline(true)
	d.drop("/home/anne/bilan.pdf")
	d.Press(fyne.KeyReturn)
	if len(d.filed) != 0 || d.sheet != nil {
		t.Fatalf("%d filed, the sheet is open: %v", len(d.filed), d.sheet != nil)
	}
	got := d.toast()
	if got.Action != "Annuler le dépôt" || !strings.Contains(got.Text, "gardé sur ce poste") {
		t.Fatalf("the toast says %+v", got)
	}
	d.settled(got.Do)
	if len(q.undone) != 1 || !strings.HasPrefix(q.undone[0], client.QueuedID("")) || len(d.undone) != 0 || d.toast().Text != "Dépôt annulé." {
		t.Errorf("undone %q, told %d, the toast says %q", q.undone, len(d.undone), d.toast().Text)
	}
}

// What is interrupted leaves the queue and stays in the sheet, unless it has left.
func TestInterruptingTakesTheDraftBack(t *testing.T) {
	for name, left := range map[string]bool{"in time": false, "too late": true} {
		t.Run(name, func(t *testing.T) {
			d := sit(t)
			q := &queue{Writer: d.fake, left: left}
			d.cfg.Writer = q
			gate := d.fake.Hold(clienttest.OpSending)
			defer gate.Release()
			d.drop("/home/anne/bilan.pdf")
			d.Strike(fyne.KeyReturn)
			<-gate.Entered()
			id := d.state.ID
			d.interrupt()
			d.Settle()
			if len(q.recalled) != 1 || q.recalled[0] != id {
				t.Fatalf("recalled %q, want %q", q.recalled, id)
			}
			if stays := d.sheet != nil && d.state.Phase == Failed; stays == left {
				t.Errorf("the draft is in the sheet: %v", stays)
			}
		})
	}
}
