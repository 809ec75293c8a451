package ui

import (
	"context"

	"carnet/client"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

type ctx = context.Context

// sectionID names a page of the navigation.
type sectionID string

// The sections.
const (
	sectionPatients sectionID = "patients"
	sectionAccesses sectionID = "accesses"
	sectionSettings sectionID = "settings"
	sectionMayRead  sectionID = "may-read"
)

// section is a page that the navigation leads to, built when first visited.
type section struct {
	id    sectionID
	icon  widget.IconName
	label string
	keys  widget.Keys
	build func() Page
	aside bool // reached by its key and from the menu of the person alone
}

// desk is what one signed-in person has in front of them: the sections of their
// role, the pages they opened, where they are.
type desk struct {
	shell    *Shell
	person   client.Person
	account  string
	kept     Kept // zero fields where nothing is kept
	scope    *task.Scope
	parting  *task.Scope // a longer life, for what is still told the server under this person's name
	sections []section
	built    map[sectionID]Page
	history  history
	contexts *task.Latest // looking up whom other software handed over
}

func newDesk(s *Shell, person client.Person, account string) *desk {
	d := &desk{shell: s, person: person, account: account, kept: s.kept(), scope: s.scope.Scope(), parting: s.scope.Scope(), built: map[sectionID]Page{}}
	d.contexts = d.scope.Latest()
	if s.records = s.line; d.kept.Records != nil {
		s.records = d.kept.Records
	}
	d.sections = withCounter(d, withMessages(d, withSends(d, sectionsFor(d))))
	d.watchSends()
	d.watchMessages()
	return d
}

// sectionsFor gives the sections of a role. What a role does not use is not
// there; the settings come last and stand apart.
func sectionsFor(d *desk) []section {
	return []section{
		{sectionPatients, widget.IconPeople, lang.L("Patients"), widget.Alt(fyne.KeyP), d.patientsPage, false},
		{sectionAccesses, widget.IconHistory, lang.L("Accès"), widget.Alt(fyne.KeyA), d.accessesPage, false},
		{sectionSettings, widget.IconSettings, lang.L("Réglages"), widget.Alt(fyne.KeyR), d.settingsPage, false},
		{sectionMayRead, widget.IconInfo, lang.L("Que puis-je lire ?"), mayReadKeys(), d.mayReadPage, true},
	}
}

// goTo shows a section.
func (d *desk) goTo(id sectionID) {
	page, ok := d.built[id]
	if !ok {
		for _, s := range d.sections {
			if s.id == id {
				page = s.build()
			}
		}
		if page == nil {
			return
		}
		d.built[id] = page
	}
	if d.history.current() == page {
		d.shell.focusPage(page)
		return
	}
	d.push(place{page: page, kept: true, section: id, close: func() { closePage(page) }})
}

// push shows a place.
func (d *desk) push(p place) {
	if before := d.history.current(); before != nil {
		before.Hidden()
	}
	d.history.push(p)
	d.show()
}

// show puts the current page on the screen.
func (d *desk) show() {
	page := d.history.current()
	if d.shell.undo != nil { // what Ctrl+Z would undo is not in front any more
		d.shell.hideToast()
	}
	d.shell.root.showPage(page.Content(), d.contents())
	page.Shown()
	d.shell.focusPage(page)
}

// contents gives what all pages show that may come on the screen again.
func (d *desk) contents() []fyne.CanvasObject {
	var all []fyne.CanvasObject
	for _, page := range d.built {
		all = append(all, page.Content())
	}
	for _, page := range d.history.pages() {
		all = append(all, page.Content())
	}
	return all
}

// atSection tells whether the page on the screen is a section, not a page
// reached from one.
func (d *desk) atSection() bool {
	page := d.history.current()
	for _, built := range d.built {
		if built == page {
			return true
		}
	}
	return false
}

// close gives everything back. What it still tells the server has until afterFarewell
// ends.
func (d *desk) close() {
	d.shell.parting = d.parting
	if page := d.history.current(); page != nil {
		page.Hidden()
	}
	d.history.clear()
	d.scope.Close()
}

func closePage(p Page) {
	if c, ok := p.(Closer); ok {
		c.Close()
	}
}

// travel goes back or forward in the history.
func (s *Shell) travel(n int) {
	if s.desk == nil || s.gate != nil {
		return
	}
	before := s.desk.history.current()
	if s.desk.history.move(n) {
		before.Hidden()
		s.desk.show()
	}
}

// focusPage puts the keyboard where a page wants it.
func (s *Shell) focusPage(p Page) {
	f, ok := p.(Focuser)
	if !ok {
		s.win.Canvas().Unfocus()
		return
	}
	if first := f.InitialFocus(); first != nil {
		s.Focus(first)
	} else {
		s.win.Canvas().Unfocus()
	}
}
