package upload

import (
	"context"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// Recaller is a Writer that keeps what it could not send yet. Recall takes back a draft
// that did not leave; StateConflict when it did.
type Recaller interface {
	Recall(ctx context.Context, draft string) error
}

// settle takes the outcome of an attempt.
func (u *Uploader) settle(d client.Document, err error) {
	u.job = nil
	switch fhir.CodeOf(err) {
	case fhir.Queued:
		u.queued()
		return
	case fhir.Canceled:
		if r, ok := u.cfg.Writer.(Recaller); ok {
			u.recall(r, err)
			return
		}
	}
	u.settled(d, err)
}

// recall takes back what was interrupted, if it has not left: then the draft stays in
// the sheet, and nowhere else.
func (u *Uploader) recall(r Recaller, why error) {
	id := u.state.ID
	task.Run(u.cfg.Scope, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, r.Recall(ctx, id)
	}, func(_ struct{}, err error) {
		if err != nil {
			u.queued()
			return
		}
		u.settled(client.Document{}, why)
	})
}

// queued takes that the document is kept on this computer and leaves by itself: the
// sheet is done, and the list shows it as waiting.
func (u *Uploader) queued() {
	waiting := client.Document{ID: client.QueuedID(u.state.ID), PatientID: u.cfg.Patient.ID}
	toast := widget.Toast{
		Icon: widget.IconClock, Tone: widget.Ink,
		Text: lang.L("Document gardé sur ce poste : il part au retour du serveur. « Envois » le montre."),
	}
	if u.inFront() {
		toast.Action, toast.Do, toast.For = lang.L("Annuler le dépôt"), func() { u.undo(waiting) }, undoStays
	}
	u.leave()
	u.cfg.Shell.Toast(toast)
}

func (u *Uploader) settled(d client.Document, err error) {
	if err == nil {
		toast := widget.Toast{Icon: widget.IconOK, Tone: widget.Good, Text: filedWords(&u.state)}
		if u.inFront() {
			toast.Action, toast.Do, toast.For = lang.L("Annuler le dépôt"), func() { u.undo(d) }, undoStays
		}
		u.leave()
		u.cfg.Filed(d)
		u.cfg.Shell.Toast(toast)
		return
	}
	u.state.Settle(err)
	if u.sheet == nil {
		toast := widget.Toast{
			Icon: widget.IconWarning, Tone: widget.Attention,
			Text: lang.L("Le dépôt dans le dossier de {{.Name}} n’a pas abouti. Rien n’est perdu : retournez-y pour le renvoyer.", map[string]any{"Name": nameOf(&u.state)}),
		}
		if u.inFront() {
			toast.Action, toast.Do, toast.For = lang.L("Revoir"), func() { u.Open("") }, undoStays
		}
		u.cfg.Shell.Toast(toast)
		return
	}
	u.refresh()
}

// undoStays is how long the way back from a filing stays on the screen; after
// it, the document's own actions have it.
const undoStays = time.Minute

func (u *Uploader) inFront() bool { return u.cfg.InFront == nil || u.cfg.InFront() }

// undo withdraws a document that was filed to the wrong person.
func (u *Uploader) undo(d client.Document) {
	task.Run(u.cfg.Scope, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, u.cfg.Writer.Undo(ctx, u.cfg.Access, d)
	}, func(_ struct{}, err error) {
		if err != nil {
			u.cfg.Shell.Present(err, func() { u.undo(d) })
			return
		}
		if _, waited := client.QueuedItem(d.ID); waited {
			u.cfg.Shell.Toast(widget.Toast{Icon: widget.IconUndo, Tone: widget.Ink, Text: lang.L("Dépôt annulé.")})
			return
		}
		u.cfg.Undone(d)
		u.cfg.Shell.Toast(widget.Toast{
			Icon: widget.IconUndo, Tone: widget.Ink,
			Text: lang.L("Dépôt annulé dans le dossier de {{.Name}}. L’historique du patient en garde la trace.", map[string]any{"Name": nameOf(&u.state)}),
		})
	})
}
