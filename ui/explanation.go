package ui

import (
	"context"
	"strings"
	"time"

	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// Explanation says who answers for what became of the log, as this computer
// keeps it. It holds no data of patients.
type Explanation struct {
	At    time.Time
	By    string // who lifts the doubt: signed in here
	ByID  string // their national identifier
	Who   string // who explained: name and function
	Words string // what they explained
}

// Given tells whether there is an explanation.
func (e Explanation) Given() bool { return !e.At.IsZero() }

// The most characters of the two fields.
const (
	mostWho         = 120
	mostExplanation = 600
)

// explanation is the sheet that lifts a doubt.
type explanation struct {
	*widget.Sheet
	shell      *Shell
	who, words *widget.Entry
	typed      *widget.Entry
	problem    *widget.Paragraph
	yes        *widget.Button
	sending    bool
}

// resumeWord is what one types to show that it is no habit.
func resumeWord() string { return lang.L("REPARTIR") }

// openExplanation asks who explained what, and for the word.
func (s *Shell) openExplanation() {
	x := &explanation{
		shell: s, who: widget.NewEntry(lang.L("par exemple : M. Durand, exploitant du serveur, au téléphone")),
		words: widget.NewTextArea(lang.L("par exemple : une sauvegarde de la veille a été remise en service après une panne"), 3),
		typed: widget.NewEntry(""), problem: widget.NewParagraph("", widget.Style{Tone: widget.Danger}),
	}
	x.problem.Hide()
	x.yes = widget.NewButton(widget.Risky, widget.IconNone, lang.L("Repartir de l’état actuel"), x.lift).WithCaption(widget.Ctrl(fyne.KeyReturn))
	for _, e := range []*widget.Entry{x.who, x.words, x.typed} {
		e.OnChanged = func(string) { x.refresh() }
	}
	x.Sheet = &widget.Sheet{
		Title: lang.L("Le responsable du serveur a expliqué"), Width: 680,
		Content: widget.Column(
			widget.Gap,
			widget.NewParagraph(lang.L("Ce poste repart de l’état actuel du journal et le surveille de nouveau. Il ne pourra plus montrer ce qui a changé avant : ne le faites que si le responsable du serveur vous a dit lui-même ce qui s’est passé, par un moyen dont vous êtes sûr."), widget.Style{}),
			widget.Limited(lang.L("Qui vous l’a expliqué"), x.who, mostWho),
			widget.Limited(lang.L("Ce qui s’est passé"), x.words, mostExplanation),
			widget.Labelled(lang.L("Pour confirmer, écrivez {{.Word}}", map[string]any{"Word": resumeWord()}), x.typed),
			widget.NewParagraph(lang.L("Votre nom, l’heure, cette explication et la référence du doute sont gardés sur ce poste. N’y nommez aucun patient."), widget.Style{Tone: widget.Secondary}),
			x.problem,
		),
		Actions: []*widget.Button{widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Annuler"), func() { x.Close() }), x.yes},
		First:   x.who,
		Shortcuts: []widget.Shortcut{{
			ID: "resume-log", Keys: []widget.Keys{widget.Ctrl(fyne.KeyReturn)}, Label: lang.L("Repartir de l’état actuel"), Do: x.lift,
		}},
	}
	x.refresh()
	s.OpenSheet(x.Sheet)
}

// ready tells whether all three fields say something.
func (x *explanation) ready() bool {
	return !x.sending && strings.TrimSpace(x.who.Text) != "" && strings.TrimSpace(x.words.Text) != "" &&
		strings.EqualFold(strings.TrimSpace(x.typed.Text), resumeWord())
}

func (x *explanation) refresh() {
	if x.ready() {
		x.yes.Enable()
	} else {
		x.yes.Disable()
	}
}

// lift starts over from the present head, and takes the banner away once that is
// written down.
func (x *explanation) lift() {
	if !x.ready() {
		return
	}
	s := x.shell
	p := s.Person()
	told := Explanation{
		At: s.scope.Now().UTC().Truncate(time.Second), By: p.Name, ByID: p.ID,
		Who: strings.TrimSpace(x.who.Text), Words: strings.TrimSpace(x.words.Text),
	}
	x.sending = true
	x.refresh()
	s.witnessing.Cancel()
	task.Run(s.scope, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.cfg.Witness.Explained(ctx, told)
	}, func(_ struct{}, err error) {
		x.sending = false
		if err != nil {
			x.problem.Set(lang.L("Le journal n’a pas pu être lu, ou l’explication n’a pas pu être gardée : rien n’a changé. Recommencez quand le serveur répond."))
			x.problem.Show()
			x.refresh()
			return
		}
		x.Close()
		s.root.alarm.doubt = Doubt{}
		s.root.alarm.root.Hide()
		s.root.stack.Refresh()
		s.Mark("log-explained")
		s.Toast(widget.Toast{Icon: widget.IconShield, Tone: widget.Ink, Text: lang.L("Ce poste repart de l’état actuel du journal. L’explication est gardée.")})
	})
}

// explainedNote says when the log was last started over, and on whose word; ""
// when it never was.
func (s *Shell) explainedNote() string {
	if s.cfg.Witness == nil {
		return ""
	}
	e := s.cfg.Witness.LastExplained()
	if !e.Given() {
		return ""
	}
	return lang.L("Journal des accès : reparti le {{.When}} par {{.By}}, sur l’explication de {{.Who}} : {{.Words}}", map[string]any{
		"When": widget.FormatDateTime(e.At.Local()), "By": e.By, "Who": e.Who, "Words": e.Words,
	})
}
