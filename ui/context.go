package ui

import (
	"strings"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/storage"
)

// Context is the patient whom the practice's own software has in front of it, so
// that nobody types a name twice.
type Context struct {
	INS    fhir.Identifier // zero when the software has none: all strict traits are needed then
	Traits fhir.Traits     // as the software knows them; empty fields were not said
	File   string          // path of a document to file in the record; empty: none
}

// contextLife is how long a context waits for somebody to sign in, or to unlock
// the screen: later, the patient is another one.
const contextLife = 2 * time.Minute

// waitingContext is a context that came before there was a desk.
type waitingContext struct {
	context Context
	until   time.Time
}

// OpenContext opens the record of a context, once somebody is signed in. The last
// one counts. It is called from anywhere.
func (s *Shell) OpenContext(c Context) { s.handed.Report(c) }

// RefuseContext tells that what the software handed over is none. It is called from
// anywhere.
func (s *Shell) RefuseContext() { s.refused.Report(struct{}{}) }

func (s *Shell) refuseContext(struct{}) {
	s.Toast(widget.Toast{
		Icon: widget.IconWarning, Tone: widget.Attention,
		Text: lang.L("Le patient transmis par votre logiciel n’a pas pu être lu. Ouvrez son dossier ici, et prévenez qui s’occupe de vos logiciels."),
	})
}

// handOver takes a context on the UI goroutine.
func (s *Shell) handOver(c Context) {
	s.win.Show()
	s.win.RequestFocus()
	s.waiting = waitingContext{c, s.scope.Now().Add(contextLife)}
	if s.desk != nil && s.gate == nil {
		s.takeContext()
	}
}

// takeContext opens the record of the context that waits, unless it is too old.
func (s *Shell) takeContext() {
	w := s.waiting
	s.waiting = waitingContext{}
	if w.until.IsZero() {
		return
	}
	if s.scope.Now().After(w.until) {
		s.Toast(widget.Toast{
			Icon: widget.IconInfo, Tone: widget.Attention,
			Text: lang.L("Le patient transmis par votre logiciel a attendu trop longtemps : transmettez-le de nouveau."),
		})
		return
	}
	s.lookUp(w.context)
}

// lookUp finds the person of a context.
func (s *Shell) lookUp(c Context) {
	desk := s.desk
	task.Run(desk.contexts, func(ctx ctx) (client.Patient, error) {
		if c.INS.Value != "" {
			return s.records.FindByINS(ctx, c.INS)
		}
		return s.records.Match(ctx, c.Traits)
	}, func(p client.Patient, err error) {
		if s.desk != desk {
			return
		}
		if err != nil {
			s.Present(err, func() { s.lookUp(c) })
			return
		}
		if differ := differences(c.Traits, p); len(differ) > 0 {
			s.doubtContext(c, p, differ)
			return
		}
		s.openContext(c, p)
	})
}

// openContext goes to the record, with the document to file.
func (s *Shell) openContext(c Context, p client.Patient) {
	var files []fyne.URI
	if c.File != "" {
		files = []fyne.URI{storage.NewFileURI(c.File)}
	}
	s.desk.openRecordWith(p, files)
	s.Toast(widget.Toast{Icon: widget.IconLink, Tone: widget.Primary, Text: lang.L("Dossier ouvert depuis votre logiciel.")})
}

// difference is one trait of which the software and the record say different
// things.
type difference struct {
	trait          trait
	theirs, record string
}

// trait is one of the strict traits.
type trait string

const (
	traitBirthName trait = "birth-name"
	traitGiven     trait = "given"
	traitSex       trait = "sex"
	traitBirthDate trait = "birth-date"
)

// differences compares what the software said with the record. A given name
// counts as the same when it is any of the person's; nothing is corrected by
// itself.
func differences(t fhir.Traits, p client.Patient) (out []difference) {
	add := func(name trait, theirs, record string, same bool) {
		if theirs != "" && !same {
			out = append(out, difference{name, theirs, record})
		}
	}
	same := func(x, y string) bool { return terminology.Fold(x) == terminology.Fold(y) }
	add(traitBirthName, t.BirthName, p.BirthName, same(t.BirthName, p.BirthName))
	given := same(t.FirstGiven, p.FirstGiven) || same(t.FirstGiven, strings.Join(p.Given, " "))
	for _, g := range p.Given {
		given = given || same(t.FirstGiven, g)
	}
	add(traitGiven, t.FirstGiven, strings.Join(p.Given, " "), given)
	sex := map[string]string{"male": "M", "female": "F"}[p.Gender]
	add(traitSex, t.Sex, sex, t.Sex == sex)
	add(traitBirthDate, t.BirthDate, p.BirthDate, t.BirthDate == p.BirthDate)
	return out
}

// words names a trait for people.
func (t trait) words() string {
	switch t {
	case traitBirthName:
		return lang.L("Nom de naissance")
	case traitGiven:
		return lang.L("Prénom")
	case traitSex:
		return lang.L("Sexe")
	}
	return lang.L("Date de naissance")
}

// doubtContext shows what differs before the record of perhaps somebody else is
// opened.
func (s *Shell) doubtContext(c Context, p client.Patient, differ []difference) {
	rows := []fyne.CanvasObject{
		widget.NewParagraph(lang.L("Votre logiciel et le dossier ne disent pas la même chose de cette personne. Vérifiez son identité avant d’ouvrir."), widget.Style{Bold: true}),
	}
	for _, d := range differ {
		rows = append(rows, widget.Column(widget.GapTight,
			widget.NewText(d.trait.words(), widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary}),
			widget.NewText(lang.L("Votre logiciel : {{.Value}}", map[string]any{"Value": shownTrait(d.theirs)}), widget.Style{}),
			widget.NewText(lang.L("Le dossier : {{.Value}}", map[string]any{"Value": shownTrait(d.record)}), widget.Style{Bold: true})))
	}
	var sheet *widget.Sheet
	no := widget.NewButton(widget.Main, widget.IconBack, lang.L("Ne pas ouvrir"), func() { sheet.Close() })
	yes := widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("C’est bien cette personne : ouvrir"), func() {
		sheet.Close()
		s.openContext(c, p)
	})
	sheet = &widget.Sheet{
		Title:   lang.L("Est-ce la même personne ?"),
		Content: widget.Column(widget.Gap, rows...), Actions: []*widget.Button{yes, no}, First: no,
	}
	s.OpenSheet(sheet)
}

// shownTrait writes a date as people do, and says when nothing is known.
func shownTrait(value string) string {
	if value == "" {
		return lang.L("non renseigné")
	}
	if day, err := time.Parse(time.DateOnly, value); err == nil {
		return widget.FormatTypedDate(day)
	}
	return value
}
