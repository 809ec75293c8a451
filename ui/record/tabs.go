package record

import (
	"cmp"
	"slices"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
)

// Tab is a part of the record that another package draws beside the documents:
// the health summary, the measures. It exists only while the record may be read.
type Tab struct {
	ID   string // of its shortcut
	Icon widget.IconName
	Word string // on the tab, in the language of the screen
	Keys widget.Keys
	Home bool // the record opens on it
	Make func(Inside) Part
}

// Part is what stands in a tab. Its methods are called on the UI goroutine.
type Part interface {
	Content() fyne.CanvasObject
	InitialFocus() fyne.Focusable
	Shown()  // each time that it comes on the screen
	Hidden() // each time that it leaves it
	Reconnected()
	Shortcuts() []widget.Shortcut
}

// DocumentsPart is a Part that is told what the list of documents holds.
type DocumentsPart interface {
	// Documents is called when the list has changed; whole is false while more
	// of it is on its way.
	Documents(listed []client.Document, whole bool)
}

// Inside is what a part gets of the record that it stands in.
type Inside struct {
	Scope   *task.Scope // the part's life: it ends when the right to read does
	Access  func() client.Access
	Patient client.Patient
	// Renew handles an error which says that the access session is over: the record
	// is opened anew, and again called once it may be read. It reports whether it
	// did so.
	Renew func(err error, again func()) bool
	// Read goes to a document of this record and reads it.
	Read func(id string)
	// Go shows another tab by its id, the list of documents by DocumentsTab; nothing
	// happens where there is none.
	Go func(id string)
	// Alert says in the band of identity what must be seen wherever one looks.
	Alert func(text string)
}

// tabOther is the first of the parts' tabs; the others follow in their order.
const tabOther = tabAccesses + 1

// parts are the tabs that others draw, as long as the record may be read.
type parts struct {
	made  map[tab]Part
	scope *task.Scope
	shown Part
	alert string
}

// home is the tab on which the record opens.
func (p *Page) home() tab {
	for i, t := range p.cfg.Tabs {
		if t.Home {
			return tabOther + tab(i)
		}
	}
	return tabDocuments
}

// part gives what stands in a tab, nil for the page's own; it is made when it is
// first looked at.
func (p *Page) part(t tab) Part {
	if t < tabOther || int(t-tabOther) >= len(p.cfg.Tabs) || p.phase != Reading {
		return nil
	}
	if made := p.parts.made[t]; made != nil {
		return made
	}
	if p.parts.scope == nil {
		p.parts.scope, p.parts.made = p.cfg.Scope.Scope(), map[tab]Part{}
	}
	scope := p.parts.scope
	made := p.cfg.Tabs[t-tabOther].Make(Inside{
		Scope: scope, Access: func() client.Access { return p.access }, Patient: p.cfg.Patient, Renew: p.renewed, Read: p.readFromPart, Go: p.goToTab,
		Alert: func(text string) {
			if !scope.Closed() {
				p.parts.alert = text
				p.view.banner.Set(identityOf(p))
			}
		},
	})
	p.parts.made[t] = made
	p.tellDocuments(made)
	return made
}

// showPart tells the parts which of them is on the screen.
func (p *Page) showPart() {
	var now Part
	if p.front {
		now = p.part(p.tab)
	}
	if now == p.parts.shown {
		return
	}
	if p.parts.shown != nil {
		p.parts.shown.Hidden()
	}
	p.parts.shown = now
	if now != nil {
		now.Shown()
	}
}

// forgetParts ends the parts: nothing of the record stays with them.
func (p *Page) forgetParts() {
	if p.parts.scope != nil {
		p.parts.scope.Close()
	}
	p.parts = parts{}
	if p.view != nil {
		p.view.other.RemoveAll()
	}
}

// tellDocuments tells a part what is listed; nil means all of them.
func (p *Page) tellDocuments(one Part) {
	tell := func(part Part) {
		if d, ok := part.(DocumentsPart); ok {
			d.Documents(p.listed(), p.list.next == "" && !p.list.loading && p.list.err == nil)
		}
	}
	if one != nil {
		tell(one)
		return
	}
	for _, part := range p.parts.made {
		tell(part)
	}
}

// DocumentsTab is the id of the list of documents.
const DocumentsTab = "documents"

// goToTab shows the tab of an id.
func (p *Page) goToTab(id string) {
	if id == DocumentsTab && p.phase == Reading {
		p.showTab(tabDocuments)
	}
	if i := slices.IndexFunc(p.cfg.Tabs, func(t Tab) bool { return t.ID == id }); i >= 0 && p.phase == Reading {
		p.showTab(tabOther + tab(i))
	}
}

// readFromPart goes to the documents and reads one there.
func (p *Page) readFromPart(id string) {
	if p.phase != Reading {
		return
	}
	p.showTab(tabDocuments)
	p.reach(id)
}

// otherTabs are the buttons of the parts' tabs, those on which the record opens
// apart.
func (v *view) otherTabs() (first, rest []fyne.CanvasObject) {
	for i, t := range v.page.cfg.Tabs {
		b := newTabButton(t.Icon, t.Keys, func() { v.page.showTab(tabOther + tab(i)) })
		v.otherButtons = append(v.otherButtons, b)
		if t.Home {
			first = append(first, b.root)
		} else {
			rest = append(rest, b.root)
		}
	}
	return first, rest
}

// showOther puts the part of the tab on the screen.
func (v *view) showOther() {
	p := v.page
	for i, b := range v.otherButtons {
		b.set(p.cfg.Tabs[i].Word, p.tab == tabOther+tab(i))
	}
	part := p.part(p.tab)
	widget.Visible(v.other, part != nil)
	if part != nil && (len(v.other.Objects) != 1 || v.other.Objects[0] != part.Content()) {
		v.other.Objects = []fyne.CanvasObject{part.Content()}
		v.other.Refresh()
	}
	p.showPart()
}

// listed are the documents of the list that the server keeps, newest act first.
func (p *Page) listed() []client.Document {
	var all []client.Document
	for _, e := range p.docs.entries {
		if !waitsWhole(e) {
			all = append(all, e.Doc)
		}
	}
	slices.SortStableFunc(all, func(a, b client.Document) int { return actOf(b).Compare(actOf(a)) })
	return all
}

func actOf(d client.Document) time.Time { return fhir.ParseTime(cmp.Or(d.PeriodStart, d.Date)) }
