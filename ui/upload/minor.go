package upload

import (
	"time"

	"carnet/client"
	"carnet/client/advice"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// Minor tells whether a patient is under age on a day; one whose birth date is
// not known to the day is taken for the youngest that the date allows.
func Minor(p client.Patient, today time.Time) bool {
	return advice.UnderAge(p.BirthDate, today)
}

// minorKeys keep a document out of the record.
func minorKeys() widget.Keys {
	return widget.Keys{Name: fyne.KeyC, Modifier: fyne.KeyModifierControl | fyne.KeyModifierShift}
}

// mayKeepOut tells whether the choice is offered: for a minor, before anything
// of this document was ever sent.
func (u *Uploader) mayKeepOut() bool {
	switch u.state.Phase {
	case Choosing, Reading, Ready, Refused:
		return Minor(u.cfg.Patient, u.cfg.Scope.Now())
	}
	return false
}

// keepOut explains what a minor may keep confidential, and keeps the document
// out of the record when that is what it is.
func (u *Uploader) keepOut() {
	if !u.mayKeepOut() {
		return
	}
	var sheet *widget.Sheet
	back := widget.NewButton(widget.Ordinary, widget.IconBack, lang.L("Revenir au dépôt"), func() { sheet.Close() })
	yes := widget.NewButton(widget.Main, widget.IconShield, lang.L("Garder hors du dossier"), func() {
		sheet.Close()
		u.drop()
	})
	text := func(s string, style widget.Style) fyne.CanvasObject { return widget.NewParagraph(s, style) }
	sheet = &widget.Sheet{
		Title: lang.L("Soin confidentiel d’un mineur"),
		Content: widget.Column(
			widget.Gap,
			text(lang.L("Un mineur peut garder confidentiels ses soins de santé sexuelle : contraception, interruption de grossesse, dépistage. Ils ne sont alors pas enregistrés du tout dans son dossier."), widget.Style{Bold: true}),
			text(lang.L("Rien n’est envoyé : ni document, ni notification, ni remboursement, ni trace. Ni ses représentants, ni un autre professionnel, ni le serveur n’en sauront quoi que ce soit."), widget.Style{}),
			text(lang.L("Carnet oublie aussitôt le fichier ; celui de votre poste n’est pas touché. Gardez-le dans votre propre dossier médical, ou remettez-le au patient en main propre."), widget.Style{}),
			text(lang.L("Masquer un document ne suffit pas : un document masqué existe, et le médecin traitant le lit."), widget.Style{Tone: widget.Secondary}),
		),
		Actions: []*widget.Button{back, yes}, First: yes,
	}
	u.cfg.Shell.OpenSheet(sheet)
}

// drop forgets the document: nothing was sent, and nothing of it is kept.
func (u *Uploader) drop() {
	u.reading.Cancel()
	u.drawing.Cancel()
	u.several = 0
	if u.view != nil {
		u.view.picture(nil)
	}
	u.leave()
	u.cfg.Shell.Toast(widget.Toast{
		Icon: widget.IconShield, Tone: widget.Ink,
		Text: lang.L("Gardé hors du dossier : rien n’a été envoyé, rien n’est conservé."),
	})
}
