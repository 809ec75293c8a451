package record

import (
	"context"
	"time"

	"carnet/client"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// Wait says what of a document waits on this computer to be sent.
type Wait int

// What waits.
const (
	NoWait      Wait = iota
	WaitsFiling      // the document itself: the server has none yet
	WaitsChange      // a change of it
	WaitsChoice      // somebody must decide, in the page of what waits
)

// waiting is what of this record waits to be sent.
type waiting struct {
	latest *task.Latest
	shown  map[string]bool // ids under which filings are in the list
	late   map[string]bool // items that were not sent at the first attempt
	items  []client.OutboxItem
}

// Waiting sorts out of a queue what concerns the documents of a record: the filings as
// they will stand in the list, and what waits by a document's id.
func Waiting(items []client.OutboxItem, patientID string) (filings []client.Document, waits map[string]Wait) {
	waits = map[string]Wait{}
	for _, it := range items {
		if it.PatientID != patientID || it.State == client.OutboxDone {
			continue
		}
		asks := it.State == client.OutboxConflict || it.State == client.OutboxRefused
		id, wait := "", NoWait
		switch {
		case it.Kind == client.OutboxFile && it.Draft != nil:
			d := filingOf(it)
			filings = append(filings, d)
			id, wait = d.ID, WaitsFiling
		case (it.Kind == client.OutboxChange || it.Kind == client.OutboxUndo) && it.Document != nil:
			id, wait = it.Document.ID, WaitsChange
		default:
			continue
		}
		if asks {
			wait = WaitsChoice
		}
		waits[id] = max(waits[id], wait)
	}
	return filings, waits
}

// filingOf is a filing as it will stand in the list.
func filingOf(it client.OutboxItem) client.Document {
	d := it.Draft
	out := client.Document{
		ID: client.QueuedID(it.ID), PatientID: it.PatientID, Status: "current", Type: d.Type, Category: d.Class, Author: d.Author,
		PeriodStart: d.ActDate.Format(time.RFC3339), Date: it.Created.Format(time.RFC3339), Masked: d.Masked, HiddenPatient: d.HiddenPatient,
		Facility: d.Facility, Practice: d.Practice,
	}
	out.Attachment.Title, out.Attachment.ContentType = d.Title, d.ContentType
	return out
}

// watchWaiting keeps the list true to what waits on this computer, as long as the record
// is open.
func (p *Page) watchWaiting() {
	if p.cfg.Outbox == nil {
		return
	}
	p.waiting.shown, p.waiting.late = map[string]bool{}, map[string]bool{}
	mine := p.cfg.Patient.ID
	task.Follow(p.waiting.latest, func(ctx context.Context, report func(queue)) error {
		moved := make(chan client.OutboxItem, 64)
		stop := p.cfg.Outbox.Follow(func(e client.OutboxEvent) {
			if e.Item.PatientID != mine || e.Total > 0 {
				return
			}
			select {
			case moved <- e.Item:
			default: // what is listed next holds it
			}
		})
		defer stop()
		for {
			items, err := p.cfg.Outbox.List(ctx)
			if err == nil {
				report(queue{items})
			}
			select {
			case <-ctx.Done():
				return nil
			case <-moved:
			}
		}
	}, p.queued, func(error) {})
}

// queue is what a queue holds.
type queue struct{ items []client.OutboxItem }

// queued takes what waits. What arrived meanwhile, other than at once, is asked for.
func (p *Page) queued(q queue) {
	arrived := false
	for _, it := range q.items {
		if it.PatientID != p.cfg.Patient.ID {
			continue
		}
		switch it.State {
		case client.OutboxWaiting, client.OutboxPaused, client.OutboxConflict:
			p.waiting.late[it.ID] = true
		case client.OutboxDone:
			arrived = arrived || p.waiting.late[it.ID]
			delete(p.waiting.late, it.ID)
		}
	}
	p.waiting.items = q.items
	if p.phase != Reading {
		return
	}
	p.showWaiting()
	p.view.refresh()
	if arrived {
		p.load()
	}
}

// showWaiting puts what waits in the list, and takes out what no longer does.
func (p *Page) showWaiting() {
	filings, waits := Waiting(p.waiting.items, p.cfg.Patient.ID)
	now := map[string]bool{}
	for _, d := range filings {
		now[d.ID] = true
	}
	for id := range p.waiting.shown {
		if !now[id] {
			p.docs.Remove(id)
		}
	}
	p.waiting.shown = now
	p.docs.Waits = waits
	p.docs.Add(filings...)
}

// actions gives what may be done to a document; nothing while something of it waits.
func (p *Page) actions(e *Entry) []Action {
	if e.Wait != NoWait {
		return nil
	}
	return Actions(p.access, e.Doc, p.cfg.Shell.Person().ID)
}

// waitsWhole tells whether the server has not got a document yet.
func waitsWhole(e *Entry) bool {
	_, queued := client.QueuedItem(e.Doc.ID)
	return queued
}

// waitWords says in a row what waits.
func waitWords(w Wait) (widget.IconName, string) {
	switch w {
	case WaitsFiling:
		return widget.IconClock, lang.L("en attente d’envoi")
	case WaitsChange:
		return widget.IconClock, lang.L("modification en attente")
	case WaitsChoice:
		return widget.IconWarning, lang.L("à voir dans « Envois »")
	}
	return widget.IconNone, ""
}

// waitingState stands in the place of a document that the server has not got yet.
func (v *readerView) waitingState() widget.State {
	s := widget.State{
		Icon: widget.IconClock, Tone: widget.Attention,
		Title: lang.L("En attente d’envoi"),
		Text:  lang.L("Ce document est gardé sur ce poste et part dès que le serveur répond. Il se lira ici ensuite."),
	}
	if v.page.cfg.Sends != nil {
		s.Actions = []*widget.Button{widget.NewButton(widget.Main, widget.IconUpload, lang.L("Voir les envois"), v.page.cfg.Sends)}
	}
	return s
}
