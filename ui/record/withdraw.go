package record

import (
	"context"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// withdrawKeys give one's own authorisation back.
func withdrawKeys() widget.Keys {
	return widget.Keys{Name: fyne.KeyR, Modifier: fyne.KeyModifierControl | fyne.KeyModifierShift}
}

// MayWithdraw tells whether there is an authorisation of one's own to give
// back: a médecin traitant and a care team are there by other ways.
func MayWithdraw(a client.Access) bool {
	return a.Basis == fhir.BasisAuthorised && Has(a, fhir.RightWithdrawOwn)
}

// openWithdraw asks before one's own authorisation is given back.
func (p *Page) openWithdraw() {
	p.confirm(widget.IconConsent, cautionWords{
		lang.L("Retirer votre autorisation ?"),
		lang.L("Vous ne pourrez plus lire le dossier de {{.Name}}, sauf nouvel accord de sa part. Ses documents restent ; l’historique du patient dit que vous vous êtes retiré.", map[string]any{"Name": nameOf(p.cfg.Patient)}),
		lang.L("Retirer mon autorisation"),
	}, widget.Risky, p.withdraw)
}

// withdraw gives one's own authorisation back, then leaves the record.
func (p *Page) withdraw() {
	p.following.latest.Cancel() // what follows is one's own doing
	task.Run(p.cfg.Scope, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, p.cfg.Records.WithdrawOwn(ctx, p.cfg.Patient.ID)
	}, func(_ struct{}, err error) {
		if err != nil {
			p.follow()
			p.cfg.Shell.Present(err, p.withdraw)
			return
		}
		p.left()
		p.cfg.Shell.Back()
		p.cfg.Shell.Toast(widget.Toast{
			Icon: widget.IconConsent,
			Text: lang.L("Vous n’êtes plus autorisé dans le dossier de {{.Name}}.", map[string]any{"Name": nameOf(p.cfg.Patient)}),
		})
	})
}

// left leaves nothing of the record behind; who comes back to the page opens it
// anew, with the right there is then.
func (p *Page) left() {
	p.Close()
	p.phase, p.err, p.opened = Opening, nil, false
	p.view.refresh()
}
