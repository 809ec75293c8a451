package patients

import (
	"carnet/ui/choose"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// strictSheet is the form of strict traits, in front of the page.
type strictSheet struct {
	*widget.Sheet
	page             *Page
	birthName, given *widget.Entry
	birth, place     *widget.Entry
	sexes            *sexChoice
	sex              string
	message          *widget.Paragraph
	search           *widget.Button
	asked            uint64 // the question whose answer is awaited; 0 when none
	askedWith        choose.Strict
}

// openStrict opens the form, with what was typed when nobody fitted.
func (p *Page) openStrict() {
	if p.sheet != nil {
		return
	}
	s := newStrictSheet(p, p.lastTry)
	p.sheet = s
	p.cfg.Shell.OpenSheet(s.Sheet)
}

func newStrictSheet(p *Page, with choose.Strict) *strictSheet {
	s := &strictSheet{
		page:      p,
		birthName: widget.NewEntry(lang.L("comme sur la pièce d’identité")),
		given:     widget.NewEntry(lang.L("le premier seulement")),
		birth:     widget.NewEntry(lang.L("jj/mm/aaaa")),
		place:     widget.NewEntry(lang.L("51454 pour Reims, 99109 pour l’Allemagne…")),
		message:   widget.NewParagraph("", widget.Style{Tone: widget.Danger}),
	}
	s.sexes = newSexChoice(func(sex string) { s.sex = sex })
	s.search = widget.NewButton(widget.Main, widget.IconSearch, lang.L("Chercher cette personne"), s.submit)
	s.birthName.SetText(with.BirthName)
	s.given.SetText(with.FirstGiven)
	s.birth.SetText(with.Birth)
	s.place.SetText(with.BirthPlace)
	s.sexes.choose(with.Sex)
	s.message.Hide()
	s.Sheet = &widget.Sheet{
		Title:   lang.L("Autre patient, traits stricts"),
		Content: s.form(),
		Actions: []*widget.Button{widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Annuler"), func() { s.Close() }), s.search},
		First:   s.birthName,
		Return:  s.submit,
		OnClose: func() { p.sheet = nil },
	}
	return s
}

func (s *strictSheet) form() fyne.CanvasObject {
	traced := widget.NewParagraph(
		lang.L("Tous les traits doivent correspondre : vous obtiendrez une seule personne, ou aucune. Si elle n’est pas de vos patients, votre recherche figurera dans son historique."),
		widget.Style{Tone: widget.Secondary},
	)
	return widget.Column(
		12,
		traced,
		widget.Labelled(lang.L("Nom de naissance"), s.birthName),
		widget.Labelled(lang.L("Premier prénom de naissance"), s.given),
		widget.Row(
			widget.GapWide,
			widget.Labelled(lang.L("Sexe"), s.sexes),
			widget.Width(180, widget.Labelled(lang.L("Date de naissance"), s.birth)),
		),
		widget.Labelled(lang.L("Code INSEE du lieu de naissance, s’il est connu"), s.place),
		s.message,
	)
}

func (s *strictSheet) filled() choose.Strict {
	return choose.Strict{BirthName: s.birthName.Text, FirstGiven: s.given.Text, Sex: s.sex, Birth: s.birth.Text, BirthPlace: s.place.Text}
}

// submit asks, or says which field to correct and goes there.
func (s *strictSheet) submit() {
	if s.asked != 0 {
		return
	}
	s.askedWith = s.filled()
	traits, field := s.askedWith.Check(s.page.now())
	if field != choose.StrictNone {
		s.say(field.Words())
		s.focus(field)
		return
	}
	s.say("")
	s.search.Disable()
	step := s.page.state.Strict(traits)
	s.asked = step.Gen
	s.page.view.box.SetText("")
	s.page.do(step)
}

func (s *strictSheet) say(text string) {
	s.message.Set(text)
	widget.Visible(s.message, text != "")
	s.message.Refresh()
}

func (s *strictSheet) focus(f choose.StrictField) {
	target := map[choose.StrictField]fyne.Focusable{
		choose.StrictName: s.birthName, choose.StrictGiven: s.given, choose.StrictSex: s.sexes, choose.StrictBirth: s.birth, choose.StrictPlace: s.place,
	}[f]
	s.page.cfg.Shell.Focus(target)
}

// settleSheet takes the answer to the open form: somebody closes it, nobody
// keeps it open to be corrected.
func (p *Page) settleSheet(step Step) {
	s := p.sheet
	if s == nil || s.asked == 0 || s.asked != step.Gen {
		return
	}
	s.asked = 0
	s.search.Enable()
	switch p.state.Phase {
	case Shown:
		p.lastTry = choose.Strict{}
		s.Close()
	case Failed:
		problem := p.cfg.Shell.Explain(p.state.Err)
		s.say(problem.Words())
	default:
		p.lastTry = s.askedWith
		s.say(lang.L("Personne ne correspond exactement. Vérifiez chaque trait sur une pièce d’identité."))
	}
}
