package record

import (
	"context"
	"fmt"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
)

// noRightView is the page of somebody who may not read: why, in the server's
// own terms, and what is possible all the same.
type noRightView struct {
	page   *Page
	root   fyne.CanvasObject
	body   *fyne.Container
	first  fyne.Focusable
	filled string // session and refusals for which it was filled
}

func newNoRightView(p *Page) *noRightView {
	v := &noRightView{page: p, body: container.NewStack()}
	v.root = container.NewVScroll(widget.Inset(widget.GapPage, widget.GapPage, widget.Middle(760, v.body)))
	v.root.Hide()
	return v
}

// refresh fills the page for the access that was opened.
func (v *noRightView) refresh() {
	p := v.page
	of := fmt.Sprint(p.access.Session, len(p.refusedModes), p.following.lost, p.following.letIn, p.requested)
	if v.filled == of && v.first != nil {
		return
	}
	v.filled, v.first = of, nil
	name := nameOf(p.cfg.Patient)
	items := []fyne.CanvasObject{
		widget.NewParagraph(lang.L("Vous n’avez pas accès au dossier de {{.Name}}.", map[string]any{"Name": name}), widget.Style{Size: widget.SizeTitle, Bold: true}),
		widget.NewParagraph(refusalWords(p.access.Refusal), widget.Style{Tone: widget.Secondary}),
	}
	if title := lostTitle(p); title != "" {
		items[0] = widget.NewParagraph(title, widget.Style{Size: widget.SizeTitle, Bold: true})
		items[1] = widget.NewParagraph(lostWords(p.following.lost), widget.Style{Tone: widget.Secondary})
	}
	if p.following.letIn {
		panel, open := v.letInPanel()
		items, v.first = append(items, panel), open
	}
	for _, o := range Offers(p.access) {
		items = append(items, v.offer(o))
	}
	v.body.Objects = []fyne.CanvasObject{widget.Column(widget.GapWide, items...)}
	v.body.Refresh()
	v.root.Refresh()
	v.root.Refresh() // wrapped text knows its height only once it has its width
}

// offer draws one way to go on.
func (v *noRightView) offer(o Offer) fyne.CanvasObject {
	p := v.page
	face := o.face()
	asleep := p.refusedModes[o.mode()] || o == OfferRequest && p.requested
	kind := widget.Ordinary
	if v.first == nil && !asleep {
		kind = widget.Main
	}
	if o == OfferRequest && p.requested {
		face.icon, face.button = widget.IconCheck, lang.L("Demande envoyée")
	}
	button := widget.NewButton(kind, face.icon, face.button, func() { p.take(o) })
	switch {
	case asleep:
		button.Disable()
	case v.first == nil:
		v.first = button
	}
	if o == OfferUpload {
		button.WithCaption(widget.Ctrl(fyne.KeyU))
	}
	words := widget.Column(0,
		widget.NewParagraph(face.title, widget.Style{Bold: true}),
		widget.NewParagraph(face.text, widget.Style{Tone: widget.Secondary}))
	right := container.NewVBox(widget.Flexible(), button, widget.Flexible())
	return widget.Panel(12, widget.Sides(widget.GapWide, nil, words, right))
}

// emergencyRefused says that an emergency access is not possible here, and what
// to do instead: not why, which would betray what the patient decided.
func (p *Page) emergencyRefused(mode string) {
	var sheet *widget.Sheet
	ok := widget.NewButton(widget.Main, widget.IconNone, lang.L("Compris"), func() { sheet.Close() })
	sheet = &widget.Sheet{
		Title: alarmTitle(mode),
		Content: widget.Sides(widget.GapWide, widget.NewIcon(widget.IconEmergency, widget.Attention, 24), widget.Column(
			widget.Gap,
			widget.NewParagraph(lang.L("L’accès d’urgence n’est pas possible pour ce dossier."), widget.Style{Bold: true}),
			widget.NewParagraph(lang.L("Appelez le 15 ou le médecin traitant."), widget.Style{}),
		), nil),
		Actions: []*widget.Button{ok}, First: ok,
	}
	p.cfg.Shell.OpenSheet(sheet)
}

// take follows an offer.
func (p *Page) take(o Offer) {
	switch o {
	case OfferConsent:
		p.openConsent()
	case OfferBreakGlass:
		p.openAlarm(fhir.ModeBreakGlass)
	case OfferCentre15:
		p.openAlarm(fhir.ModeCentre15)
	case OfferRequest:
		p.openRequest()
	case OfferUpload:
		p.upload(nil, nil)
	}
}

// openConsent records the consent that the patient gives.
func (p *Page) openConsent() {
	written, duration := false, ThisVisit
	form := newSegment([]string{lang.L("À l’oral"), lang.L("Par écrit")}, func(i int) { written = i == 1 })
	length := newSegment([]string{lang.L("Cette consultation"), lang.L("3 mois"), lang.L("Sans limite")}, func(i int) { duration = Duration(i) })
	var sheet *widget.Sheet
	declare := func() {
		sheet.Close()
		p.declare(Declare(p.cfg.Patient.ID, written, duration, p.now()))
	}
	yes := widget.NewButton(widget.Main, widget.IconConsent, lang.L("Enregistrer le consentement"), declare).WithCaption(widget.Ctrl(fyne.KeyReturn))
	sheet = &widget.Sheet{
		Title: lang.L("Recueillir le consentement"),
		Content: widget.Column(
			widget.GapWide,
			widget.NewParagraph(lang.L("{{.Name}} est devant vous et vous autorise à lire son dossier.", map[string]any{"Name": nameOf(p.cfg.Patient)}), widget.Style{}),
			widget.Labelled(lang.L("Consentement donné"), form.root),
			widget.Labelled(lang.L("Pour"), length.root),
			widget.NewParagraph(lang.L("Le patient en est informé aussitôt. Il peut le contester ou le retirer à tout moment ; votre nom figure dans son historique."), widget.Style{Tone: widget.Secondary}),
		),
		Actions: []*widget.Button{cancel(&sheet), yes},
		First:   form.buttons[0],
		// a consent is declared on purpose: no run of Returns may record one that nobody gave
		Shortcuts: []widget.Shortcut{{ID: "declare", Keys: []widget.Keys{widget.Ctrl(fyne.KeyReturn)}, Label: lang.L("Enregistrer le consentement"), Do: declare}},
	}
	p.cfg.Shell.OpenSheet(sheet)
}

// declare sends a declaration and opens the record with the right it gives.
func (p *Page) declare(c client.ConsentDeclaration) {
	task.Run(p.cfg.Scope, func(ctx context.Context) (client.Consent, error) {
		return p.cfg.Records.DeclareConsent(ctx, c)
	}, func(_ client.Consent, err error) {
		if err != nil {
			p.cfg.Shell.Present(err, nil)
			return
		}
		p.cfg.Shell.Toast(widget.Toast{Icon: widget.IconConsent, Text: lang.L("Consentement enregistré. Le patient en est informé.")})
		p.open(client.OpenRequest{Mode: fhir.ModeNormal})
	})
}

// mostReason is how many characters of a reason the server takes: the patient
// and the médecin traitant read them.
const mostReason = 400

// alarmSheet is the form of an emergency access.
type alarmSheet struct {
	*widget.Sheet
	page    *Page
	form    Alarm
	reason  *widget.Entry
	missing *widget.Text
	count   *widget.Text
	access  *widget.Button
	stop    func()
}

func (p *Page) openAlarm(mode string) {
	s := &alarmSheet{
		page: p, form: Alarm{Mode: mode}, stop: func() {},
		reason:  widget.NewTextArea(alarmExample(mode), 3),
		missing: widget.NewText("", widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary}),
		count:   widget.NewText("", widget.Style{Bold: true, Tone: widget.Danger}),
	}
	s.reason.OnChanged = func(text string) {
		s.form.Reason = text
		s.disarm()
	}
	s.access = widget.NewButton(widget.Risky, widget.IconEmergency, lang.L("Accéder en urgence"), s.arm).WithCaption(widget.Ctrl(fyne.KeyReturn))
	warning := widget.NewParagraph(alarmWarning(mode), widget.Style{Tone: widget.Danger})
	s.Sheet = &widget.Sheet{
		Title: alarmTitle(mode),
		Content: widget.Column(
			widget.Gap,
			warning,
			widget.Limited(lang.L("Motif, que le patient lira"), s.reason, mostReason),
			widget.Sides(widget.Gap, s.missing, nil, s.count),
		),
		Actions: []*widget.Button{widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Renoncer"), func() { s.Close() }), s.access},
		First:   s.reason,
		Return:  s.arm,
		OnClose: func() { s.stop() },
	}
	s.refresh()
	p.cfg.Shell.OpenSheet(s.Sheet)
}

// arm starts the countdown; what is typed meanwhile, or Escape, stops it.
func (s *alarmSheet) arm() {
	if s.form.Left > 0 || !s.form.Arm() {
		return
	}
	s.stop = s.page.cfg.Scope.Every(tickEvery, func() {
		fire := s.form.Tick()
		s.refresh()
		if fire {
			request := s.form.Request()
			s.Close()
			s.page.open(request)
		}
	})
	s.refresh()
}

func (s *alarmSheet) disarm() {
	s.stop()
	s.form.Cancel()
	s.refresh()
}

func (s *alarmSheet) refresh() {
	missing := s.form.Missing()
	switch {
	case missing > 0:
		s.missing.Set(widget.Plural(missing, lang.L("Encore %d lettre"), lang.L("Encore %d lettres")))
		s.access.Disable()
	default:
		s.missing.Set("")
		s.access.Enable()
	}
	s.count.Set("")
	if s.form.Left > 0 {
		s.access.Disable()
		s.count.Set(lang.L("Ouverture dans {{.N}} s. Échap pour renoncer.", map[string]any{"N": s.form.Left}))
	}
}

// segment is one choice among a few, all in view.
type segment struct {
	root    fyne.CanvasObject
	labels  []string
	buttons []*widget.Button
	lines   []*widget.Box
	set     func(int)
}

func newSegment(labels []string, set func(int)) *segment {
	s := &segment{labels: labels, set: set}
	var row []fyne.CanvasObject
	for i, label := range labels {
		b := widget.NewButton(widget.Ordinary, widget.IconNone, label, func() { s.choose(i) })
		line := widget.NewBox(widget.Clear, widget.Clear, 1)
		s.buttons, s.lines = append(s.buttons, b), append(s.lines, line)
		row = append(row, widget.Stacked(2, nil, b, widget.AtLeast(0, 3, line)))
	}
	s.root = widget.Row(widget.Gap, row...)
	s.choose(0)
	return s
}

// choose marks one, by an icon and a coloured line: the filled button is kept
// for what concludes the sheet.
func (s *segment) choose(at int) {
	for i, b := range s.buttons {
		icon, tone := widget.IconNone, widget.Clear
		if i == at {
			icon, tone = widget.IconCheck, widget.Primary
		}
		b.Set(icon, s.labels[i])
		s.lines[i].Set(tone, widget.Clear)
	}
	s.set(at)
	s.root.Refresh()
}
