package counter

import (
	"time"

	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
)

// refusalNoConsent is why a professional may not read whom the patient has not let in
// (fhir.Access.Refusal).
const refusalNoConsent = "no-consent"

// view is what the page looks like: readable from a metre away.
type view struct {
	page *Page
	root fyne.CanvasObject

	waiting  fyne.CanvasObject // nobody is served
	banner   *widget.Banner
	age      *widget.Chip
	state    *widget.StatePanel
	skeleton fyne.CanvasObject
	served   fyne.CanvasObject
	columns  *columns
	form     *form
	document *widget.Sheet // of the patient, over the page
	stated   string
}

func newView(p *Page) *view {
	v := &view{
		page: p, age: widget.NewChip(widget.IconNone, "", widget.Attention), state: widget.NewStatePanel(),
		skeleton: widget.Panel(widget.GapWide, widget.NewSkeleton(6, 48)),
	}
	next := widget.NewButton(widget.Ordinary, widget.IconScan, lang.L("Patient suivant"), p.Next).WithCaption(nextKeys())
	whole := widget.NewButton(widget.Quiet, widget.IconPerson, lang.L("Tout le dossier"), func() { p.cfg.OpenRecord(p.state.Patient) })
	v.banner = widget.NewBanner(v.age, whole, next)
	v.columns, v.form = newColumns(p), newForm(p)
	v.served = widget.Stacked(widget.Gap, nil, v.columns.root, v.form.root)
	v.waiting = v.welcome()
	v.skeleton.Hide()
	body := container.NewStack(v.served, v.skeleton, v.state, v.waiting)
	v.root = widget.Inset(widget.Gap, widget.GapPage, widget.Stacked(widget.Gap, v.banner, body, nil))
	return v
}

// nextKeys let the patient go.
func nextKeys() widget.Keys { return widget.Ctrl(fyne.KeyD) }

// vaccineKeys and examKeys open the two other forms of the counter.
func vaccineKeys() widget.Keys { return widget.Ctrl(fyne.KeyJ) }
func examKeys() widget.Keys    { return widget.Ctrl(fyne.KeyE) }

// welcome is the page while nobody is served.
func (v *view) welcome() fyne.CanvasObject {
	return container.NewVScroll(widget.Inset(widget.GapPage, widget.GapPage, widget.Middle(720, widget.Column(
		widget.GapWide,
		widget.NewText(lang.L("Comptoir"), widget.Style{Size: widget.SizeDisplay, Bold: true}),
		widget.NewParagraph(lang.L("Scannez le code de l’attestation INS du patient, ou cherchez-le."), widget.Style{Size: widget.SizeLead, Tone: widget.Secondary}),
		v.page.person.Box,
	))))
}

// focus is where the keyboard should be.
func (v *view) focus(s *State) fyne.Focusable {
	switch s.Phase {
	case Served:
		return v.columns.treatments
	case Nobody:
		return v.page.person.First()
	}
	return nil
}

// busy shows bars while the record is on its way.
func (v *view) busy(on bool) { widget.Visible(v.skeleton, on) }

// show puts the state on the screen.
func (v *view) show(s *State, now time.Time) {
	widget.Visible(v.waiting, s.Phase == Nobody)
	widget.Visible(v.banner, s.Phase != Nobody)
	widget.Visible(v.served, s.Phase == Served)
	widget.Visible(v.state, s.Phase == NoRight || s.Phase == NoRecord || s.Phase == Gone || s.Phase == Failed)
	if s.Phase != Opening {
		v.skeleton.Hide()
	}
	if s.Phase == Gone && v.document != nil {
		v.document.Close() // what may no longer be read leaves the screen, too
	}
	if s.Phase != Nobody {
		v.banner.Set(identityOf(s, now))
	}
	v.age.SetCopy(s.Prov.Cached, s.Prov.AsOf, now)
	v.columns.show(s, v.page.report, now)
	v.form.show(s)
	v.showState(s)
	v.root.Refresh()
}

// showState fills the panel that stands where the columns would be.
func (v *view) showState(s *State) {
	said := string(rune('0'+s.Phase)) + s.Patient.ID
	if s.Phase == Failed {
		said += s.Err.Error()
	}
	if said == v.stated {
		return
	}
	v.stated = said
	open := widget.NewButton(widget.Main, widget.IconConsent, lang.L("Recueillir le consentement…"), func() { v.page.cfg.OpenRecord(s.Patient) })
	switch s.Phase {
	case NoRight:
		text := lang.L("Le patient ne vous a pas encore autorisé. S’il est devant vous et d’accord, recueillez son consentement.")
		if s.Access.Refusal != refusalNoConsent {
			text = lang.L("Votre profession ne lit pas ce dossier.")
		}
		v.state.Set(widget.State{Icon: widget.IconShield, Tone: widget.Attention, Title: lang.L("Vous n’avez pas accès à ce dossier."), Text: text, Actions: []*widget.Button{open}})
	case NoRecord:
		v.state.Set(widget.State{Icon: widget.IconInfo, Tone: widget.Secondary, Title: lang.L("Cette personne n’a pas de dossier ouvert."), Text: lang.L("Rien ne peut y être lu ni déposé. Servez-la comme d’habitude, avec ses papiers.")})
	case Gone:
		v.state.Set(widget.State{
			Icon: widget.IconShield, Tone: widget.Attention, Title: lang.L("Votre accès à ce dossier vient de prendre fin."),
			Text:    lang.L("Plus rien n’en est affiché. Ce que vous aviez saisi est gardé le temps que le patient vous autorise de nouveau."),
			Actions: []*widget.Button{open},
		})
	case Failed:
		v.state.SetProblem(v.page.cfg.Shell.Explain(s.Err), func() { v.page.Serve(s.Patient) })
	}
}
