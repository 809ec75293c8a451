package patients

import (
	"strings"
	"time"

	"carnet/client"
	"carnet/client/terminology"
	"carnet/ui/choose"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// everyoneKeys open the emergency centre's search.
var everyoneKeys = widget.Keys{Name: fyne.KeyN, Modifier: fyne.KeyModifierControl | fyne.KeyModifierShift}

// everyoneSheet is the form by which who regulates calls to centre 15 searches
// everyone: a name, and a birth date when the caller knows it.
type everyoneSheet struct {
	*widget.Sheet
	page        *Page
	name, birth *widget.Entry
	message     *widget.Paragraph
	search      *widget.Button
	asked       uint64 // the question whose answer is awaited; 0 when none
}

// openEveryone opens the form.
func (p *Page) openEveryone() {
	if p.everyone != nil {
		return
	}
	s := &everyoneSheet{
		page:    p,
		name:    widget.NewEntry(lang.L("nom, prénom, ou leur début")),
		birth:   widget.NewEntry(lang.L("jj/mm/aaaa, ou l’année")),
		message: widget.NewParagraph("", widget.Style{Tone: widget.Danger}),
	}
	s.message.Hide()
	s.search = widget.NewButton(widget.Main, widget.IconSearch, lang.L("Chercher parmi tous"), s.submit)
	s.Sheet = &widget.Sheet{
		Title: lang.L("Régulation médicale (centre 15)"),
		Content: widget.Column(
			12,
			widget.NewParagraph(lang.L("Réservé à la régulation. Chaque personne affichée verra votre recherche dans son historique."), widget.Style{Tone: widget.Secondary}),
			widget.Labelled(lang.L("Nom"), s.name),
			widget.Labelled(lang.L("Date de naissance, si elle est connue"), s.birth),
			s.message,
		),
		Actions: []*widget.Button{widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Annuler"), func() { s.Close() }), s.search},
		First:   s.name,
		Return:  s.submit,
		OnClose: func() { p.everyone = nil },
	}
	p.everyone = s
	p.cfg.Shell.OpenSheet(s.Sheet)
}

// fewestLetters is how much of a name the server wants without a birth date.
const fewestLetters = 4

// everyoneQuery reads the form; wrong is the field to correct.
func everyoneQuery(name, birth string, now time.Time) (q client.EmergencyQuery, wrong choose.StrictField) {
	q = client.EmergencyQuery{Name: strings.TrimSpace(name)}
	if birth = strings.TrimSpace(birth); birth != "" {
		if day, ok := choose.ParseDay(birth, now.Location()); ok && choose.Past(day, now) {
			q.BirthDate = day.Format(time.DateOnly)
		} else if year, err := time.Parse("2006", birth); err == nil && year.Year() <= now.Year() {
			q.BirthDate = birth
		} else {
			return q, choose.StrictBirth
		}
	}
	letters := len([]rune(strings.ReplaceAll(terminology.Fold(q.Name), " ", "")))
	if letters == 0 || q.BirthDate == "" && letters < fewestLetters {
		return q, choose.StrictName
	}
	return q, choose.StrictNone
}

// submit asks, or says which field to correct and goes there.
func (s *everyoneSheet) submit() {
	if s.asked != 0 {
		return
	}
	q, wrong := everyoneQuery(s.name.Text, s.birth.Text, s.page.now())
	switch wrong {
	case choose.StrictBirth:
		s.say(lang.L("Donnez la date entière, par exemple 28/03/1979, ou l’année seule."))
		s.page.cfg.Shell.Focus(s.birth)
		return
	case choose.StrictName:
		s.say(lang.L("Donnez au moins quatre lettres d’un nom, ou un nom et une date de naissance."))
		s.page.cfg.Shell.Focus(s.name)
		return
	}
	s.say("")
	s.search.Disable()
	step := s.page.state.Emergency(q)
	s.asked = step.Gen
	s.page.view.box.SetText("")
	s.page.do(step)
}

func (s *everyoneSheet) say(text string) {
	s.message.Set(text)
	widget.Visible(s.message, text != "")
	s.message.Refresh()
}

// settleEveryone takes the answer to the open form: people close it, nobody keeps
// it open to be corrected.
func (p *Page) settleEveryone(step Step) {
	s := p.everyone
	if s == nil || s.asked == 0 || s.asked != step.Gen {
		return
	}
	s.asked = 0
	s.search.Enable()
	switch p.state.Phase {
	case Shown:
		s.Close()
	case Failed:
		problem := p.cfg.Shell.Explain(p.state.Err)
		s.say(problem.Words())
	default:
		s.say(lang.L("Personne de ce nom. Vérifiez l’orthographe et la date de naissance auprès de l’appelant."))
	}
}
