package record

import (
	"context"
	"slices"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// following is what the page knows from the server without having asked: what
// has become of its access since the record was opened.
type following struct {
	latest *task.Latest
	told   client.AccessEvent // last
	lost   string             // why nothing may be read any longer (fhir.Reason…); "" while it was never lost
	letIn  bool               // something may be read again: opening it is the person's decision
	news   int                // documents of others that the list does not hold yet
	listed int                // told.New when the list was asked for
	gone   bool               // documents left the list: what is read may be among them
}

// follow listens to what becomes of the access that was just opened.
func (p *Page) follow() {
	p.following = following{latest: p.following.latest}
	access := p.access
	if access.Session == "" {
		return
	}
	task.Follow(p.following.latest, func(ctx context.Context, report func(client.AccessEvent)) error {
		return client.KeepWatching(ctx, p.cfg.Records, access, report)
	}, p.told, p.unknown)
}

// unknown takes the end of listening. The server may no longer know the access:
// because the person has signed in anew, then it is opened again unseen, or
// because its time was over while the line was cut.
func (p *Page) unknown(err error) {
	if fhir.CodeOf(err) != fhir.Forbidden || p.phase != Reading {
		return
	}
	if p.now().Before(p.access.End) && (p.renewed(err, func() {}) || p.askedOnce(err)) {
		return
	}
	p.told(client.AccessEvent{Kind: fhir.EventClosed, Reason: fhir.ReasonSession, Access: client.Access{Session: p.access.Session}})
}

// An access of which the server never said a word is opened anew so often, so far apart.
const (
	mostUnheard = 3
	unheardWait = time.Second
)

// askedOnce opens the record anew once more, a little later, when the server has not said
// a word of the access that the last opening gave: a copy gave it, because the line that
// had come back was gone again at that moment.
func (p *Page) askedOnce(err error) bool {
	if p.following.told.Kind != "" || p.unheard >= mostUnheard {
		return false
	}
	p.unheard++
	session := p.access.Session
	p.cfg.Scope.After(unheardWait, func() {
		if p.access.Session == session {
			p.retried = false
			p.unknown(err)
		}
	})
	return true
}

// Told is what an event means for a page that reads, or does not.
type Told int

// The meanings.
const (
	Nothing Told = iota
	Leave        // nothing may be read any longer: everything leaves the screen
	LetIn        // something may be read again
	Regrade      // other rights: actions follow, and what may no longer be read goes
	Renew        // documents left: what is on the screen may be among them
	News         // others filed something
)

// Meaning decides what an event means after another, for a page that reads.
func Meaning(reads bool, was, is client.AccessEvent) Told {
	may := is.Kind != fhir.EventClosed && Has(is.Access, fhir.RightRead)
	switch {
	case reads && !may:
		return Leave
	case !reads && may:
		return LetIn
	case !reads:
		return Nothing
	case was.Kind == "":
		return Regrade
	case !slices.Equal(was.Access.Rights, is.Access.Rights) || was.Access.Basis != is.Access.Basis || !was.Access.Until.Equal(is.Access.Until):
		return Regrade
	case is.Total-is.New < was.Total-was.New:
		return Renew
	case is.New > was.New:
		return News
	}
	return Nothing
}

// told takes an event.
func (p *Page) told(e client.AccessEvent) {
	if e.Access.Session != p.access.Session || p.phase != Reading && p.phase != NoRight {
		return
	}
	was := p.following.told
	p.following.told, p.unheard = e, 0
	switch Meaning(p.phase == Reading, was, e) {
	case Leave:
		p.leave(e)
	case LetIn:
		p.following.letIn = true
		p.view.refresh()
		if !p.covered() {
			p.cfg.Shell.Focus(p.view.focus())
		}
	case Regrade:
		p.regrade(e.Access)
	case Renew:
		p.renewList()
	case News:
		p.following.news = max(0, e.New-p.following.listed)
		p.view.refresh()
	case Nothing:
		p.stillOut(e)
	}
}

// stillOut keeps a page without a right up to date: somebody let in who was put
// out again, a record closed meanwhile.
func (p *Page) stillOut(e client.AccessEvent) {
	if p.phase != NoRight {
		return
	}
	if e.Reason == fhir.ReasonRecord || e.Reason == fhir.ReasonSession {
		p.leave(e)
		return
	}
	if p.following.letIn {
		p.following.letIn = false
		p.view.refresh()
	}
}

// leave takes everything of the record off the screen and out of memory, and
// says why and what is possible. A sheet in which something is being filed
// stays: what was prepared in it is the person's own.
func (p *Page) leave(e client.AccessEvent) {
	if s := p.sheets.top; s != nil && s.IsOpen() {
		s.Close()
	}
	p.tick()
	kept := p.following
	p.forget()
	p.following = kept
	p.following.lost, p.following.letIn, p.following.news = e.Reason, false, 0
	p.grade(e.Access)
	switch {
	case e.Reason == fhir.ReasonRecord:
		p.phase = NoRecord
	case e.Reason == fhir.ReasonSession, Emergency(p.access.Mode): // what is possible in normal mode takes opening in it
		p.phase = Ended
	default:
		p.phase = NoRight
	}
	p.view.stated, p.requested = false, false
	p.view.refresh()
	p.cfg.Shell.Mark("record-cleared")
	// in the place of what was told meanwhile: a right recorded, a filing to undo
	p.cfg.Shell.Toast(widget.Toast{Icon: widget.IconHidden, Tone: widget.Attention, Text: lang.L("Le dossier a quitté l’écran.")})
	if p.lost != nil {
		p.lost(e.Reason)
	}
	if !p.covered() {
		p.cfg.Shell.Focus(p.view.focus())
	}
}

// regrade takes other rights over the same record.
func (p *Page) regrade(a client.Access) {
	before := p.access
	p.grade(a)
	if !MayOpenTraces(p.access) && p.tab == tabAccesses {
		p.tab = tabDocuments
	}
	if Has(before, fhir.RightReadMaskedAll) != Has(a, fhir.RightReadMaskedAll) {
		p.renewList()
		return
	}
	p.view.refresh()
}

// grade takes what an event says of the access.
func (p *Page) grade(a client.Access) {
	p.access.Rights, p.access.Basis, p.access.Until, p.access.Refusal = a.Rights, a.Basis, a.Until, a.Refusal
}

// renewList asks for the list again, because something left it: the selection
// stays where it can, and a document that is gone leaves the screen with it.
func (p *Page) renewList() {
	p.following.gone = true
	p.load()
}

// cleanReader takes the last page of a list: what is read must be in it.
func (p *Page) cleanReader() {
	if !p.following.gone {
		return
	}
	p.following.gone = false
	if p.reader.id == "" || p.docs.Get(p.reader.id) != nil {
		return
	}
	p.content.Cancel()
	p.reader = reading{}
	p.cfg.Viewer.Clear()
	p.cfg.Shell.Toast(widget.Toast{
		Icon: widget.IconHidden, Tone: widget.Attention,
		Text: lang.L("Ce document ne peut plus être lu : il vient d’être masqué, remplacé ou retiré."),
	})
}

// showNews lists what others filed meanwhile.
func (p *Page) showNews() {
	if p.following.news > 0 {
		p.load()
	}
}

// newsWords counts what others filed meanwhile.
func newsWords(n int) string {
	return widget.Plural(n, lang.L("%d nouveau document : afficher"), lang.L("%d nouveaux documents : afficher"))
}

// covered tells whether a sheet is in front: it keeps the hands.
func (p *Page) covered() bool {
	app := fyne.CurrentApp()
	if app == nil {
		return false
	}
	c := app.Driver().CanvasForObject(p.view.root)
	return c != nil && c.Overlays().Top() != nil
}

// sheets is the Shell with an eye on the sheets that this page opens, so that
// one which speaks of the record can leave with it.
type sheets struct {
	Shell
	top *widget.Sheet
}

// OpenSheet opens a sheet and remembers it.
func (s *sheets) OpenSheet(sheet *widget.Sheet) {
	s.top = sheet
	s.Shell.OpenSheet(sheet)
}

// lostTitle says that a right was lost a moment ago, "" when it was not.
func lostTitle(p *Page) string {
	if p.following.lost == "" {
		return ""
	}
	return lang.L("Votre accès au dossier de {{.Name}} vient de prendre fin.", map[string]any{"Name": nameOf(p.cfg.Patient)})
}

// lostWords says why, in the server's own terms and never more.
func lostWords(reason string) string {
	if reason == fhir.ReasonProfession {
		return lang.L("Votre profession ou votre spécialité ne permet plus de lire ce dossier. Plus rien n’en est affiché ni conservé sur ce poste.")
	}
	return lang.L("Le patient ne vous autorise plus à le lire, ou son autorisation est arrivée à son terme. Plus rien du dossier n’est affiché ni conservé sur ce poste.")
}

// letInPanel offers what was given: opening the record is an access that the
// patient sees, so it takes a hand.
func (v *noRightView) letInPanel() (fyne.CanvasObject, *widget.Button) {
	p := v.page
	open := widget.NewButton(widget.Main, widget.IconFolder, lang.L("Ouvrir le dossier"), func() {
		p.open(client.OpenRequest{Mode: fhir.ModeNormal})
	})
	words := widget.Column(0,
		widget.NewParagraph(lang.L("Le patient vient de vous autoriser."), widget.Style{Bold: true}),
		widget.NewParagraph(lang.L("L’ouverture du dossier figurera dans son historique."), widget.Style{Tone: widget.Secondary}))
	return widget.Panel(12, widget.Sides(widget.GapWide, widget.NewIcon(widget.IconOK, widget.Good, 24), words, widget.Row(0, open))), open
}
