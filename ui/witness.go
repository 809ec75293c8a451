package ui

import (
	"context"
	"time"

	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
)

// Witness checks that the server's log of accesses goes on from what this
// computer last saw of it. Nil where nothing is kept.
type Witness interface {
	// Kept gives the doubt that an earlier run raised; the zero Doubt when there
	// is none. It does not block.
	Kept() Doubt
	// Check looks now. The Doubt counts whatever the error; an error alone says
	// that it could not be checked. It blocks.
	Check(ctx context.Context) (Doubt, error)
	// Explained lifts the doubt because somebody answers for what happened: the
	// log is witnessed from its present head on, and who decided that is written
	// down. On an error the doubt stays. It blocks.
	Explained(ctx context.Context, e Explanation) error
	// LastExplained gives the newest explanation, the zero one when there was none.
	// It does not block.
	LastExplained() Explanation
}

// Doubt says that the log of accesses does not hold: its past was changed, or
// somebody else signs it. The zero Doubt says nothing.
type Doubt struct {
	Code      string    // of the alarm, for support
	Raised    time.Time // when this computer noticed
	Size      int64     // entries of the last head that held
	Signed    time.Time // when that head was signed
	Reference string    // to be quoted: holds no data of patients
}

// raised tells a doubt from none.
func (d Doubt) raised() bool { return d.Code != "" }

// witnessEvery is how often the log is looked at: a rewritten past is noticed
// within one visit.
const witnessEvery = 10 * time.Minute

// alarm is the banner of a doubt. It stays as long as the doubt does, over every
// page, the sign-in and the lock included: it takes an explanation, not a click,
// to make it go (see explanation.go).
type alarm struct {
	root  *fyne.Container
	more  *widget.Button
	doubt Doubt
}

// newAlarm makes the banner, out of sight.
func newAlarm(explain func()) *alarm {
	a := &alarm{more: widget.NewButton(widget.Risky, widget.IconWarning, lang.L("Ce que cela veut dire, qui prévenir…"), explain).WithCaption(alarmKeys()).Dense()}
	words := widget.NewText(lang.L("Le journal des accès de ce serveur a été modifié après coup. N’ayez plus confiance dans l’historique des dossiers."), widget.Style{Bold: true, Tone: widget.Danger, Truncate: true})
	row := widget.Sides(widget.GapWide, widget.NewIcon(widget.IconWarning, widget.Danger, 24), words, a.more)
	a.root = container.NewStack(widget.NewBox(widget.DangerSoft, widget.Danger, 0), widget.Inset(widget.Gap, widget.GapWide, row))
	a.root.Hide()
	return a
}

// alarmKeys open the words of the banner.
func alarmKeys() widget.Keys {
	return widget.Keys{Name: fyne.KeyJ, Modifier: fyne.KeyModifierControl | fyne.KeyModifierShift}
}

// witness begins to look at the log: what an earlier run noticed is shown at
// once.
func (s *Shell) witness() {
	if s.cfg.Witness == nil {
		return
	}
	s.doubtful(s.cfg.Witness.Kept())
	s.lookAtLog()
	s.scope.Every(witnessEvery, s.lookAtLog)
}

// lookAtLog looks once; what cannot be checked now is checked the next time.
func (s *Shell) lookAtLog() {
	if s.cfg.Witness == nil {
		return
	}
	task.Run(s.witnessing, func(ctx context.Context) (Doubt, error) {
		return s.cfg.Witness.Check(ctx)
	}, func(d Doubt, _ error) { s.doubtful(d) })
}

// doubtful shows a doubt. One that was raised stays: what comes later may be
// made to hold again, what was seen does not become untrue by that.
func (s *Shell) doubtful(d Doubt) {
	a := s.root.alarm
	if !d.raised() || a.doubt.raised() {
		return
	}
	a.doubt = d
	a.root.Show()
	s.root.stack.Refresh()
	s.Mark("log-doubted")
	s.explainDoubt()
}

// explainDoubt says what it means and whom to tell.
func (s *Shell) explainDoubt() {
	d := s.root.alarm.doubt
	if !d.raised() {
		return
	}
	var sheet *widget.Sheet
	text := func(words string, style widget.Style) fyne.CanvasObject { return widget.NewParagraph(words, style) }
	copied := widget.NewButton(widget.Main, widget.IconCopy, lang.L("Copier la référence"), func() { s.Copy(d.Reference) })
	done := widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Fermer"), func() { sheet.Close() })
	actions := []*widget.Button{done, copied}
	if s.desk != nil && s.gate == nil { // it is written down who lifts a doubt
		lift := widget.NewButton(widget.Quiet, widget.IconNone, lang.L("Le responsable du serveur a expliqué…"), func() {
			sheet.Close()
			s.openExplanation()
		})
		actions = []*widget.Button{lift, done, copied}
	}
	sheet = &widget.Sheet{
		Title: lang.L("Le journal des accès ne tient plus"), Width: 680,
		Content: widget.Column(
			widget.Gap,
			text(doubtWords(d.Code), widget.Style{Bold: true}),
			text(lang.L("Chaque lecture et chaque dépôt s’inscrivent dans un journal que personne ne doit pouvoir changer. Ce poste en garde la dernière empreinte signée et vérifie que chaque nouvelle la prolonge. Ce n’est plus le cas : des accès ont pu être effacés, ajoutés ou réécrits, ou une ancienne copie a été remise en service."), widget.Style{}),
			text(lang.L("Prévenez sans attendre le délégué à la protection des données de votre structure et l’exploitant du serveur, et donnez-leur la référence ci-dessous. Notez l’heure. Vous pouvez continuer à soigner ; vérifiez que vos derniers dépôts sont bien dans les dossiers : une ancienne copie ne les a pas."), widget.Style{}),
			text(lang.L("Ce bandeau reste affiché, aussi après un redémarrage, jusqu’à ce que le responsable du serveur ait expliqué ce qui s’est passé."), widget.Style{Tone: widget.Secondary}),
			widget.NewText(lang.L("Référence à citer : {{.Reference}}", map[string]any{"Reference": d.Reference}), widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary}),
		),
		Actions: actions, First: done,
	}
	s.OpenSheet(sheet)
}

// doubtWords says what was noticed.
func doubtWords(code string) string {
	switch code {
	case "log-key":
		return lang.L("Le journal est signé par une autre clé que celle que ce poste connaît.")
	case "log-signature":
		return lang.L("La signature du journal n’est pas la bonne.")
	case "log-shorter":
		return lang.L("Le journal compte moins d’inscriptions qu’avant : il en manque.")
	}
	return lang.L("Les inscriptions du journal ne sont plus celles que ce poste a vues.")
}
