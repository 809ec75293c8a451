package choose

import (
	"context"
	"strings"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// The pauses in typing after which a question is asked; a slow scanner leaves a tenth
// of a second between characters.
const (
	pauseTyping   = 120 * time.Millisecond
	pauseScanning = 300 * time.Millisecond
)

// found is how many of my patients are shown at most.
const found = 20

// Shell is what is asked of the window around.
type Shell interface {
	Explain(err error) widget.Problem
	Focus(fyne.Focusable)
}

// PersonConfig is what a Person is made of.
type PersonConfig struct {
	Scope  *task.Scope
	Finder client.Finder
	Shell  Shell
	// TestIdentities tells a demonstration server: a typed INS is of the test domain.
	TestIdentities bool
	Take           func(client.Patient)
	Leave          func() // Escape: nobody is taken
}

// Person finds a patient: among mine as one types, anyone by INS or by strict traits
// (which leaves a line in their history, and is said). Its methods are called on the UI
// goroutine.
type Person struct {
	Box fyne.CanvasObject // to be shown; empty until Open

	cfg    PersonConfig
	picker *widget.Picker
	advice *widget.Paragraph // what Return would do, in full: it wraps
	below  fyne.CanvasObject // of the list: the advice, and the way to strict traits
	asking *task.Latest
	pause  *task.Debounce
	ask    Ask
	people []client.Patient
	offer  bool // nobody of mine has this INS: Return asks everywhere

	strict      fyne.CanvasObject
	name, given *widget.Entry
	birth       *widget.Entry
	sex         *widget.Choice
	wrong       *widget.Paragraph
}

// NewPerson makes one that shows nothing.
func NewPerson(c PersonConfig) *Person {
	f := &Person{cfg: c, picker: widget.NewPicker(lang.L("Nom, date de naissance ou INS, à saisir ou à scanner"), 150)}
	f.asking, f.pause = c.Scope.Latest(), c.Scope.Debounce(pauseTyping)
	f.picker.OnTyped = f.typed
	f.picker.OnTake = func(i int) { c.Take(f.people[i]) }
	f.picker.OnLeave = c.Leave
	f.picker.OnReturn = f.enter
	f.buildStrict()
	f.advice = widget.NewParagraph("", widget.Style{Tone: widget.Attention})
	f.advice.Hide()
	strict := widget.NewButton(widget.Quiet, widget.IconPerson, lang.L("Chercher par les traits stricts"), f.OpenStrict).WithCaption(widget.Ctrl(fyne.KeyN)).Dense()
	f.below = widget.Column(widget.GapTight, f.advice, widget.Row(0, strict))
	f.Box = widget.Column(widget.GapTight, f.picker.Box, f.below, f.strict)
	f.Box.Hide()
	return f
}

// Open shows the search, empty, and puts the keyboard there.
func (f *Person) Open() {
	f.strict.Hide()
	f.below.Show()
	f.Box.Show()
	f.picker.Open()
	f.cfg.Shell.Focus(f.picker.Entry)
}

// Shut hides it and forgets what it asked.
func (f *Person) Shut() {
	f.pause.Cancel()
	f.asking.Cancel()
	f.picker.Shut()
	f.strict.Hide()
	f.Box.Hide()
}

// IsOpen tells whether it is shown.
func (f *Person) IsOpen() bool { return f.Box.Visible() }

// Strict tells whether the form of strict traits is shown.
func (f *Person) Strict() bool { return f.IsOpen() && f.strict.Visible() }

// Refuse says why somebody found cannot be taken.
func (f *Person) Refuse(text string) {
	f.picker.SetNote(text, widget.Danger)
	f.say(text)
}

// Separator writes the group separator that a scanner sends as Ctrl+], which the field
// would drop.
func (f *Person) Separator() {
	if box := f.picker.Entry; f.picker.IsOpen() {
		box.SetText(box.Text + "\x1d")
		box.CursorColumn = len([]rune(box.Text))
		box.Refresh()
	}
}

// typed asks once typing has paused.
func (f *Person) typed(text string) {
	f.pause.Cancel()
	f.asking.Cancel()
	f.offer = false
	f.ask = Interpret(text, f.cfg.TestIdentities)
	f.show(nil, askWords(f.ask), widget.Secondary)
	f.advise("")
	switch f.ask.Intent {
	case Search, ByINS:
		f.pause = f.cfg.Scope.Debounce(pauseTyping)
		f.pause.Do(f.askMine)
	case Scanned:
		f.pause = f.cfg.Scope.Debounce(pauseScanning)
		f.pause.Do(f.askEverywhere)
	}
}

// enter is Return: it does not wait for the pause, and looks everywhere for an INS that
// none of my patients has. A list that is there is left to the picker.
func (f *Person) enter() bool {
	switch {
	case f.offer:
		f.askEverywhere()
		return true
	case len(f.people) > 0:
		return false
	case f.ask.Intent == Search || f.ask.Intent == ByINS:
		f.pause.Now(f.askMine)
	case f.ask.Intent == Scanned:
		f.pause.Now(f.askEverywhere)
	}
	return true
}

func (f *Person) askMine() {
	q := client.PatientQuery{Text: f.ask.Text, Limit: found}
	task.Run(f.asking, func(ctx context.Context) (client.PatientPage, error) {
		return f.cfg.Finder.MyPatients(ctx, q)
	}, func(page client.PatientPage, err error) {
		switch {
		case err != nil:
			f.failed(err)
		case len(page.Patients) > 0:
			f.show(page.Patients, "", widget.Secondary)
		case f.ask.Intent == ByINS:
			f.offer = true
			f.show(nil, lang.L("Aucun de vos patients n’a cet INS"), widget.Attention)
			f.advise(lang.L("Entrée cherche dans tous les dossiers : la recherche figurera dans l’historique de la personne."))
		default:
			f.show(nil, lang.L("Aucun de vos patients ne correspond"), widget.Attention)
			f.advise(lang.L("Donnez l’INS entier, ou cherchez par les traits stricts (Ctrl N)."))
		}
	})
}

// advise says below the list what can be done, whole; nothing when there is nothing.
func (f *Person) advise(text string) {
	f.advice.Set(text)
	widget.Visible(f.advice, text != "")
	f.Box.Refresh()
}

func (f *Person) askEverywhere() {
	ins := f.ask.INS
	f.offer = false
	f.advise("")
	f.one(func(ctx context.Context) (client.Patient, error) { return f.cfg.Finder.FindByINS(ctx, ins) },
		lang.L("Aucun dossier pour cet INS."))
}

// one asks a question with one answer or none.
func (f *Person) one(find func(context.Context) (client.Patient, error), nobody string) {
	task.Run(f.asking, find, func(p client.Patient, err error) {
		switch {
		case fhir.CodeOf(err) == fhir.NotFound:
			f.show(nil, nobody, widget.Attention)
			f.say(nobody)
		case err != nil:
			f.failed(err)
		case f.strict.Visible():
			f.cfg.Take(p) // every trait was given, and all are the same
		default:
			f.show([]client.Patient{p}, "", widget.Secondary)
		}
	})
}

func (f *Person) failed(err error) {
	problem := f.cfg.Shell.Explain(err)
	f.show(nil, problem.Title+" "+problem.Next, widget.Danger)
	f.say(problem.Words())
}

// show puts people in the list.
func (f *Person) show(people []client.Patient, note string, tone widget.Tone) {
	f.people = people
	rows := make([]widget.PickRow, len(people))
	now := f.cfg.Scope.Now()
	for i, p := range people {
		rows[i] = widget.PickRow{Icon: widget.IconOK, Tone: widget.Good, Label: Name(p) + "  " + widget.FormatSex(p.Gender) + "  " + widget.Age(p.BirthDate, now), Detail: widget.FormatINS(p.INS.Value)}
		if !Qualified(p) {
			rows[i].Icon, rows[i].Tone, rows[i].Detail = widget.IconWarning, widget.Attention, lang.L("INS non qualifiée")
		}
	}
	f.picker.SetNote(note, tone)
	f.picker.SetRows(rows)
}

// askWords says what to type, or what is wrong with what was.
func askWords(a Ask) string {
	switch {
	case a.Intent == Nobody:
		return lang.L("Ctrl N : par les traits stricts.")
	case a.Intent == Unfinished:
		return lang.L("Lecture du code en cours…")
	case a.Fault == FaultKey:
		return lang.L("La clé de cet INS ne correspond pas : un chiffre est faux.")
	case a.Fault == FaultForm, a.Fault == FaultLength:
		return lang.L("Ce n’est pas un INS : vérifiez la saisie.")
	case a.Fault == FaultCode:
		return lang.L("Ce code n’est pas celui d’une attestation INS.")
	}
	return ""
}

// buildStrict makes the form of strict traits.
func (f *Person) buildStrict() {
	f.name = widget.NewEntry(lang.L("comme sur la pièce d’identité"))
	f.given = widget.NewEntry(lang.L("le premier seulement"))
	f.birth = widget.NewEntry(lang.L("jj/mm/aaaa"))
	f.sex = widget.NewChoice([]string{lang.L("Femme"), lang.L("Homme")}, nil)
	f.wrong = widget.NewParagraph("", widget.Style{Tone: widget.Danger})
	f.wrong.Hide()
	search := widget.NewButton(widget.Ordinary, widget.IconSearch, lang.L("Chercher cette personne"), f.Match)
	f.strict = widget.Column(
		widget.Gap,
		widget.NewParagraph(lang.L("Tous les traits doivent correspondre : une seule personne, ou aucune. Votre recherche figurera dans son historique."), widget.Style{Tone: widget.Secondary}),
		widget.Labelled(lang.L("Nom de naissance"), f.name),
		widget.Labelled(lang.L("Premier prénom de naissance"), f.given),
		widget.Row(widget.GapWide,
			widget.Width(150, widget.Labelled(lang.L("Sexe"), f.sex)),
			widget.Width(160, widget.Labelled(lang.L("Date de naissance"), f.birth))),
		f.wrong,
		widget.Row(widget.Gap, search),
	)
	f.strict.Hide()
}

// OpenStrict shows the form of strict traits in the place of the search.
func (f *Person) OpenStrict() {
	f.pause.Cancel()
	f.asking.Cancel()
	f.picker.Shut()
	f.below.Hide()
	f.say("")
	f.Box.Show()
	f.strict.Show()
	f.cfg.Shell.Focus(f.name)
}

// Match asks for the one person with these traits, or says which field to correct.
func (f *Person) Match() {
	sex := map[int]string{0: "F", 1: "M"}[f.sex.SelectedIndex()]
	traits, wrong := Strict{BirthName: f.name.Text, FirstGiven: f.given.Text, Sex: sex, Birth: f.birth.Text}.Check(f.cfg.Scope.Now())
	if wrong != StrictNone {
		f.say(wrong.Words())
		f.cfg.Shell.Focus(map[StrictField]fyne.Focusable{StrictName: f.name, StrictGiven: f.given, StrictSex: f.sex, StrictBirth: f.birth}[wrong])
		return
	}
	f.say("")
	f.one(func(ctx context.Context) (client.Patient, error) { return f.cfg.Finder.Match(ctx, traits) },
		lang.L("Personne ne correspond exactement. Vérifiez chaque trait sur une pièce d’identité."))
}

func (f *Person) say(text string) {
	f.wrong.Set(text)
	if text == "" {
		f.wrong.Hide()
	} else {
		f.wrong.Show()
	}
	f.wrong.Refresh()
}

// FullName writes a person as screens do: NOM Prénom.
func FullName(p client.Patient) string {
	return widget.FormatName(p.BirthName, p.UsedName, FirstGiven(p))
}

// Name writes a person with their day of birth, which tells namesakes apart.
func Name(p client.Patient) string {
	return strings.TrimSpace(FullName(p) + " " + widget.FormatBirth(p.BirthDate))
}

// FirstGiven gives the first given name.
func FirstGiven(p client.Patient) string {
	if p.FirstGiven == "" && len(p.Given) > 0 {
		return p.Given[0]
	}
	return p.FirstGiven
}

// Qualified tells whether documents can be filed for a person.
func Qualified(p client.Patient) bool { return p.Reliability == "QUAL" && p.INS.Value != "" }
