package record

import (
	"context"
	"slices"
	"strings"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/choose"
	"carnet/ui/pdfview"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
)

// Records is the part of the contract that the page uses.
type Records interface {
	client.Reader
	client.Consents
	client.Watcher
	client.Traces
	Change(ctx context.Context, a client.Access, d client.Document, c client.Change) (client.Document, error)
	Undo(ctx context.Context, a client.Access, d client.Document) error
}

// Shell is what the page asks of the window around it.
type Shell interface {
	Toast(widget.Toast)
	OpenSheet(*widget.Sheet)
	Explain(err error) widget.Problem
	Present(err error, retry func())
	Focus(fyne.Focusable)
	Copy(text string)
	Back() // to the page before
	Mark(name string)
	Person() client.Person
}

// Viewer shows the bytes of one document at a time; ui/pdfview has one.
type Viewer interface {
	Content() fyne.CanvasObject
	// Show replaces what was shown.
	Show(mediaType string, data []byte)
	// Clear leaves nothing of a document on the screen or in memory.
	Clear()
	// Shortcuts are the viewer's own keys for paging, zooming, turning, copying.
	Shortcuts() []widget.Shortcut
	// Find goes to the field for searching in the document; false when this
	// kind of document cannot be searched.
	Find() bool
}

var _ Viewer = (*pdfview.View)(nil)

// Printer sends a document to paper. Errors: Unavailable when there is no way to
// print here.
type Printer interface {
	Print(ctx context.Context, c client.Content) error
}

// Filing is what the sheet that files a document is opened with.
type Filing struct {
	Access   client.Access
	Patient  client.Patient
	Replaces *client.Document      // the document to correct, or nil
	Files    []fyne.URI            // dropped on the record, or none
	InFront  func() bool           // whether the record is what the window shows
	Filed    func(client.Document) // told what the server keeps
	Undone   func(client.Document) // told what was withdrawn from the sheet's own way back
	// Lost says who is told when nothing may be read any longer, and why (fhir.Reason…).
	Lost func(tell func(reason string))
}

// Config is what a page is made of.
type Config struct {
	Scope   *task.Scope // the life of the page
	Outlive *task.Scope // a longer life, in which the access session is closed
	Records Records
	Shell   Shell
	Patient client.Patient
	Viewer  Viewer
	Printer Printer
	Saver   choose.Saver
	Upload  func(Filing)  // opens the sheet that files a document
	Outbox  client.Outbox // what waits on this computer to be sent; nil: nothing does
	Sends   func()        // leaves for the page of what waits; nil: there is none
	Deposit []fyne.URI    // to be filed as soon as the record is open
	Tabs    []Tab         // parts that other packages draw
}

// tab is one of the page's tabs.
type tab int

const (
	tabDocuments tab = iota
	tabAccesses
)

// Page is one person's record. Its methods are called on the UI goroutine.
type Page struct {
	cfg    Config
	access client.Access
	phase  Phase
	err    error              // of opening
	how    client.OpenRequest // what was asked for last
	docs   *Docs
	list   listing
	reader reading
	traces traces
	tab    tab
	view   *view

	opening *task.Latest // opening the record
	loading *task.Latest // pages of the list
	content *task.Latest // the document being read
	tick    func()       // stops the countdown
	opened  bool         // Shown was called
	front   bool         // the window shows this page
	retried bool         // a lost right has already led to opening anew
	unheard int          // how often that was done without a word of the server

	following following
	waiting   waiting
	parts     parts
	sheets    *sheets
	lost      func(reason string) // told what the filing sheet must know
	requested bool                // the patient was asked

	refusedModes map[string]bool // emergency modes that this record does not allow, learnt in this visit
}

// New makes the page of a person; nothing is asked before Shown.
func New(c Config) *Page {
	watched := &sheets{Shell: c.Shell}
	c.Shell = watched
	p := &Page{cfg: c, sheets: watched, tick: func() {}, refusedModes: map[string]bool{}}
	p.docs = NewDocs(c.Shell.Person().ID, time.Time{})
	p.opening, p.loading, p.content = c.Scope.Latest(), c.Scope.Latest(), c.Scope.Latest()
	p.traces.latest, p.following.latest, p.waiting.latest = c.Scope.Latest(), c.Scope.Latest(), c.Scope.Latest()
	p.tab = p.home()
	p.view = newView(p)
	return p
}

// Title names the page, without the person.
func (p *Page) Title() string { return lang.L("Dossier") }

// Content is what the window shows.
func (p *Page) Content() fyne.CanvasObject { return p.view.root }

// InitialFocus is the list, or what can be done instead of reading.
func (p *Page) InitialFocus() fyne.Focusable { return p.view.focus() }

// Shown opens the record, the first time; afterwards the session goes on.
func (p *Page) Shown() {
	p.front = true
	if p.opened {
		p.showPart()
		return
	}
	p.opened = true
	p.watchWaiting()
	p.open(client.OpenRequest{Mode: fhir.ModeNormal})
}

// Hidden keeps everything: a record is left by Close.
func (p *Page) Hidden() {
	p.front = false
	p.showPart()
}

// Close gives the access session back and leaves nothing of the record behind.
func (p *Page) Close() {
	p.tick()
	p.following.latest.Cancel()
	p.waiting.latest.Cancel()
	p.forget()
	access := p.access
	p.access = client.Access{}
	if access.Session == "" {
		return
	}
	task.Run(p.cfg.Outlive, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, p.cfg.Records.Close(ctx, access)
	}, func(struct{}, error) {}) // a session that is not given back ends by itself
}

// Reconnected goes on where a lost server had stopped the page.
func (p *Page) Reconnected() {
	switch {
	case p.phase == Failed:
		p.open(client.OpenRequest{Mode: fhir.ModeNormal})
	case p.phase == Reading && (p.list.err != nil || p.list.prov.Cached):
		p.load()
	}
	if p.phase == Reading && p.reader.err != nil {
		p.readAgain(p.reader.id)
	}
	for _, part := range p.parts.made {
		part.Reconnected()
	}
}

// Dropped files what was dropped on the record.
func (p *Page) Dropped(files []fyne.URI) bool {
	if len(files) == 0 || !Has(p.access, fhir.RightUpload) {
		return false
	}
	p.upload(nil, files)
	return true
}

// Shortcuts are the page's keys, as far as they can do something now.
func (p *Page) Shortcuts() []widget.Shortcut {
	var out []widget.Shortcut
	add := func(on bool, id string, key widget.Keys, label string, do func()) {
		if on {
			out = append(out, widget.Shortcut{ID: id, Keys: []widget.Keys{key}, Label: label, Do: do})
		}
	}
	reading := p.phase == Reading && p.tab == tabDocuments
	shown := reading && p.showing()
	near := reading || p.phase == Reading && p.tab == p.home() // from where the record opens, the documents are one key away
	add(near, "next-document", widget.Key(fyne.KeyJ), lang.L("Lire le document suivant"), func() { p.toDocuments(func() { p.step(1) }) })
	add(near, "previous-document", widget.Key(fyne.KeyK), lang.L("Lire le document précédent"), func() { p.toDocuments(func() { p.step(-1) }) })
	add(near, "filter", filterKeys(), lang.L("Filtrer la liste"), func() { p.toDocuments(func() { p.cfg.Shell.Focus(p.view.documents.filter) }) })
	add(reading, "find", widget.Ctrl(fyne.KeyF), lang.L("Chercher dans le document"), p.find)
	add(reading && p.docs.Get(p.docs.Selected) != nil, "actions", widget.Ctrl(fyne.KeyE), lang.L("Actions sur le document"), p.openActions)
	add(shown, "print", widget.Ctrl(fyne.KeyP), lang.L("Imprimer"), p.print)
	add(shown, "save", widget.Ctrl(fyne.KeyS), lang.L("Enregistrer une copie"), p.save)
	add(Has(p.access, fhir.RightUpload), "upload", widget.Ctrl(fyne.KeyU), lang.L("Déposer un document"), func() { p.upload(nil, nil) })
	add(p.phase == Reading, "documents", widget.Ctrl(fyne.KeyD), lang.L("Documents du dossier"), func() { p.showTab(tabDocuments) })
	add(p.phase == Reading && p.following.news > 0, "news", widget.Key(fyne.KeyF5), lang.L("Afficher les nouveaux documents"), p.showNews)
	add(p.phase == Reading && MayOpenTraces(p.access), "accesses", widget.Ctrl(fyne.KeyH), lang.L("Accès à ce dossier"), func() { p.showTab(tabAccesses) })
	add(p.phase == Reading && MayWithdraw(p.access), "withdraw", withdrawKeys(), lang.L("Retirer mon autorisation"), p.openWithdraw)
	for i, t := range p.cfg.Tabs {
		add(p.phase == Reading, t.ID, t.Keys, t.Word, func() { p.showTab(tabOther + tab(i)) })
	}
	if part := p.part(p.tab); part != nil {
		out = append(out, part.Shortcuts()...)
	}
	if shown {
		out = append(out, withSpace(p.cfg.Viewer.Shortcuts())...)
	}
	return out
}

// withSpace lets the space bar page, too: the hand is on it while one reads.
// With Shift it pages back; the toolkit tells keys and Shift apart only when
// asked.
func withSpace(shortcuts []widget.Shortcut) []widget.Shortcut {
	on, back := func() {}, func() {}
	for _, s := range shortcuts {
		switch {
		case s.Matches(widget.Key(fyne.KeyPageDown)):
			on = s.Do
		case s.Matches(widget.Key(fyne.KeyPageUp)):
			back = s.Do
		}
	}
	return append(shortcuts, widget.Shortcut{
		ID: "space", Keys: []widget.Keys{widget.Key(fyne.KeySpace)}, Label: lang.L("Avancer d’un écran ; avec Maj, reculer"),
		Do: func() {
			if shiftHeld() {
				back()
			} else {
				on()
			}
		},
	})
}

func shiftHeld() bool {
	d, ok := fyne.CurrentApp().Driver().(desktop.Driver)
	return ok && d.CurrentKeyModifiers()&fyne.KeyModifierShift != 0
}

// filterKeys go to the list's filter: Ctrl F finds in the document, with Shift
// in the list.
func filterKeys() widget.Keys {
	return widget.Keys{Name: fyne.KeyF, Modifier: fyne.KeyModifierControl | fyne.KeyModifierShift}
}

// find goes to the document's search, or to the list's filter when this
// document has none or is not read yet: what is typed next is not lost, and
// nothing is read by it.
func (p *Page) find() {
	if p.showing() && p.cfg.Viewer.Find() {
		return
	}
	if !p.showing() && p.docs.Selected != "" {
		p.cfg.Shell.Toast(widget.Toast{
			Icon: widget.IconInfo, Tone: widget.Attention,
			Text: lang.L("Ce document n’est pas encore lu : vous cherchez dans la liste."),
		})
	}
	p.cfg.Shell.Focus(p.view.documents.filter)
}

func (p *Page) showTab(t tab) {
	if p.tab == t && t == tabAccesses {
		p.loadTraces("")
		return
	}
	p.tab = t
	if t == tabAccesses && !p.traces.asked {
		p.loadTraces("")
	}
	p.view.refresh()
	p.cfg.Shell.Focus(p.view.focus())
}

// toDocuments does something in the list, which comes on the screen for it.
func (p *Page) toDocuments(do func()) {
	if p.tab != tabDocuments {
		p.showTab(tabDocuments)
	}
	do()
}

func (p *Page) now() time.Time { return p.cfg.Scope.Now() }

// upload opens the sheet that files a document; what it files appears and is
// selected at once.
func (p *Page) upload(replaces *client.Document, files []fyne.URI) {
	p.cfg.Upload(Filing{
		Access: p.access, Patient: p.cfg.Patient, Replaces: replaces, Files: files,
		InFront: func() bool { return p.front },
		Lost:    func(tell func(string)) { p.lost = tell },
		Filed:   func(d client.Document) { p.filed(d, replaces) },
		Undone:  p.undone,
	})
}

// undone takes a withdrawn document out of the list.
func (p *Page) undone(d client.Document) {
	if p.phase != Reading {
		return
	}
	d.Status = "entered-in-error"
	p.settle(d)
	p.view.refresh()
}

// filed puts a document in the list at once.
func (p *Page) filed(d client.Document, replaces *client.Document) {
	if p.phase != Reading {
		return
	}
	if replaces != nil && corrects(d, *replaces) {
		old := *replaces
		old.Status, old.ReplacedBy = "superseded", "DocumentReference/"+d.ID
		p.settle(old)
	}
	p.docs.Filter = ""
	p.docs.Add(d)
	p.list.total++
	p.docs.Selected = d.ID
	p.view.documents.filter.SetText("")
	p.view.refresh()
	p.cfg.Shell.Focus(p.view.focus())
}

// corrects tells whether the server kept a document as the one that replaces
// another: the list shows what is there, not what was meant.
func corrects(d, old client.Document) bool {
	return slices.ContainsFunc(d.Replaces, func(ref string) bool { return strings.HasSuffix("/"+ref, "/"+old.ID) })
}
