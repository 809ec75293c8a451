package seats

import (
	"context"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// Window is what the form asks of the window.
type Window interface {
	OpenSheet(*widget.Sheet)
	Present(err error, retry func())
	Focus(fyne.Focusable)
}

// ChooseCode opens the form in which who is signed in takes a seat; taken is called
// once they have it.
func ChooseCode(scope *task.Scope, seats client.Seats, w Window, taken func()) {
	code, again := newCode(), newCode()
	said := widget.NewParagraph("", widget.Style{Tone: widget.Danger})
	said.Hide()
	say := func(words string) {
		said.Set(words)
		said.Show()
	}
	var sheet *widget.Sheet
	take := func() {
		switch {
		case !Complete(code.Text):
			say(lang.L("Un code compte six chiffres."))
			w.Focus(code)
			return
		case code.Text != again.Text:
			say(lang.L("Les deux codes diffèrent : saisissez-les de nouveau."))
			again.SetText("")
			w.Focus(again)
			return
		}
		chosen := code.Text
		task.Run(scope, func(ctx context.Context) (struct{}, error) {
			return struct{}{}, seats.Take(ctx, chosen)
		}, func(_ struct{}, err error) {
			switch fhir.CodeOf(err) {
			case "":
				sheet.Close()
				taken()
			case fhir.Invalid:
				code.SetText("")
				again.SetText("")
				say(lang.L("Ce code se devine : ni six chiffres pareils, ni à la suite."))
				w.Focus(code)
			default:
				w.Present(err, nil)
			}
		})
	}
	yes := widget.NewButton(widget.Main, widget.IconCheck, lang.L("Prendre place"), take)
	sheet = &widget.Sheet{
		Title: lang.L("Choisir mon code sur ce poste"), First: code, Return: take, Actions: []*widget.Button{yes}, Width: 480,
		Content: widget.Column(
			widget.Gap,
			widget.NewParagraph(lang.L("Avec ce code, vous revenez à votre nom en un instant, jusqu’à ce soir. Il n’est écrit nulle part et s’oublie à la fermeture de Carnet."), widget.Style{}),
			widget.Row(widget.Gap, widget.Width(180, widget.Limited(lang.L("Code à six chiffres"), code, client.SeatCode)), widget.Width(180, widget.Limited(lang.L("Encore une fois"), again, client.SeatCode))),
			said,
		),
	}
	w.OpenSheet(sheet)
}
