package signin

import (
	"carnet/client/fhir"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
)

// widest is the width of the column in the middle of the window.
const widest float32 = 720

// aboutHeight is room for five lines on what an account is good to see, so that
// nothing jumps when the focus moves.
const aboutHeight float32 = 96

// view draws a State.
type view struct {
	page  *Page
	root  *fyne.Container
	body  *fyne.Container
	focus fyne.Focusable
	cards []*widget.Card
}

func newView(p *Page) *view {
	v := &view{page: p, body: container.NewStack()}
	head := widget.Column(widget.Gap,
		centred(widget.Row(widget.Gap+4, widget.NewIcon(widget.IconCarnet, widget.Primary, 40),
			widget.NewText("Carnet", widget.Style{Size: widget.SizeDisplay, Bold: true}))),
		centred(widget.NewText(v.subtitle(), widget.Style{Tone: widget.Secondary})))
	server := centred(widget.NewText(p.cfg.Server, widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary}))
	v.root = container.NewStack(widget.NewBox(widget.Window, widget.Clear, 0),
		container.NewVScroll(widget.Middle(widest, widget.Inset(widget.GapPage, widget.GapWide,
			widget.Column(widget.GapPage, head, v.body, server)))))
	v.show(p.state)
	return v
}

func (v *view) subtitle() string {
	if v.page.cfg.Reason != "" {
		return v.page.cfg.Reason
	}
	return lang.L("Le dossier de santé du patient, côté professionnel")
}

// first gives the control where the hands should be.
func (v *view) first() fyne.Focusable { return v.focus }

func (v *view) show(s State) {
	v.focus, v.cards = nil, nil
	var content fyne.CanvasObject
	switch s.Phase {
	case Loading:
		content = v.loading(s)
	case Waiting:
		content = v.waiting(s)
	case Broken:
		content = v.broken(s)
	default:
		content = v.choosing(s)
	}
	v.body.Objects = []fyne.CanvasObject{content}
	v.body.Refresh()
	v.root.Refresh()
}

func (v *view) loading(s State) fyne.CanvasObject {
	if !s.Busy {
		return widget.Space(1, 200)
	}
	return widget.NewSkeleton(4, 64)
}

func (v *view) choosing(s State) fyne.CanvasObject {
	if v.page.locked() {
		return v.locked()
	}
	if len(s.Accounts) == 0 {
		return centred(v.browserButton(widget.Main))
	}
	title := lang.L("Serveur de démonstration : personnes fictives, aucun mot de passe")
	items := make([]fyne.CanvasObject, len(s.Accounts))
	about := widget.NewParagraph(s.Accounts[0].GoodTo, widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary})
	for i, a := range s.Accounts {
		card := widget.NewCard(widget.IconPerson, a.Name, a.Role, "", func() { v.page.signIn(a.ID) })
		card.OnFocus = func() { about.Set(a.GoodTo) }
		card.OnKey = func(ev *fyne.KeyEvent) bool { return v.step(i, ev.Name) }
		v.cards = append(v.cards, card)
		items[i] = card
	}
	v.focus = v.cards[0]
	return widget.Column(widget.GapWide,
		widget.Row(widget.Gap, widget.NewIcon(widget.IconInfo, widget.Primary, 18), widget.NewText(title, widget.Style{Bold: true})),
		container.NewGridWithColumns(2, items...),
		widget.AtLeast(0, aboutHeight, container.NewBorder(about, nil, nil, nil)),
		centred(v.browserButton(widget.Ordinary)))
}

// step moves the focus between the cards, two a row.
func (v *view) step(from int, key fyne.KeyName) bool {
	by := map[fyne.KeyName]int{fyne.KeyLeft: -1, fyne.KeyRight: 1, fyne.KeyUp: -2, fyne.KeyDown: 2}[key]
	to := from + by
	if by == 0 || to < 0 || to >= len(v.cards) {
		return by != 0
	}
	v.page.cfg.Shell.Focus(v.cards[to])
	return true
}

func (v *view) browserButton(kind widget.ButtonKind) *widget.Button {
	b := widget.NewButton(kind, widget.IconSignIn, lang.L("Se connecter avec le navigateur"), func() { v.page.signIn("") })
	if v.focus == nil {
		v.focus = b
	}
	return b
}

func (v *view) locked() fyne.CanvasObject {
	who := v.page.cfg.Expected
	b := widget.NewButton(widget.Main, widget.IconUnmasked, lang.L("Déverrouiller"), v.page.unlock)
	v.focus = b
	buttons := []fyne.CanvasObject{b}
	if without := v.page.without(); without != nil {
		buttons = append(buttons, v.withoutButton(without))
	}
	return widget.Column(widget.GapWide,
		centred(widget.NewIcon(widget.IconMasked, widget.Secondary, 40)),
		centred(widget.NewText(who.Name, widget.Style{Size: widget.SizeTitle, Bold: true})),
		centred(widget.NewText(who.OrgName, widget.Style{Tone: widget.Secondary})),
		centred(widget.Row(widget.Gap, buttons...)))
}

func (v *view) withoutButton(without func()) *widget.Button {
	return widget.NewButton(widget.Ordinary, widget.IconOffline, lang.L("Déverrouiller sans le serveur"), without)
}

func (v *view) waiting(s State) fyne.CanvasObject {
	title := lang.L("Connexion en cours…")
	items := []fyne.CanvasObject{}
	if s.Address != "" {
		title = lang.L("Terminez la connexion dans votre navigateur.")
		address := widget.NewEntry("")
		address.SetText(s.Address)
		copyIt := widget.NewButton(widget.Ordinary, widget.IconCopy, lang.L("Copier l’adresse"), func() { v.page.cfg.Shell.Copy(s.Address) })
		items = append(items,
			widget.NewParagraph(lang.L("Si aucune page ne s’est ouverte, visitez cette adresse sur cet ordinateur :"), widget.Style{Tone: widget.Secondary}),
			widget.Sides(widget.Gap, nil, address, copyIt))
	}
	cancel := widget.NewButton(widget.Ordinary, widget.IconClose, lang.L("Interrompre"), v.page.cancel).WithCaption(widget.Key(fyne.KeyEscape))
	v.focus = cancel
	items = append([]fyne.CanvasObject{centred(widget.NewText(title, widget.Style{Size: widget.SizeLead, Bold: true}))}, items...)
	buttons := []fyne.CanvasObject{cancel}
	if without := v.page.without(); without != nil {
		items = append(items, widget.NewParagraph(lang.L("Le serveur ne répond pas : la page du navigateur peut ne jamais s’ouvrir."), widget.Style{Tone: widget.Secondary}))
		buttons = append(buttons, v.withoutButton(without))
	}
	return widget.Panel(widget.GapPage, widget.Column(widget.GapWide, append(items, centred(widget.Row(widget.Gap, buttons...)))...))
}

func (v *view) broken(s State) fyne.CanvasObject {
	problem := v.page.cfg.Shell.Explain(s.Err)
	again := widget.NewButton(widget.Main, widget.IconRefresh, lang.L("Réessayer"), v.page.again)
	v.focus = again
	actions := []*widget.Button{again}
	text := problem.Next
	if s.SigningIn && fhir.CodeOf(s.Err) == fhir.Offline { // a sign-in is begun by its person alone
		text = lang.L("Vérifiez la connexion au réseau, puis réessayez.")
	}
	if v.page.locked() && fhir.CodeOf(s.Err) == fhir.Offline {
		var without func()
		if v.page.cfg.Without != nil {
			without = v.page.cfg.Without()
		}
		if without != nil {
			actions = append(actions, v.withoutButton(without))
		} else {
			text += " " + lang.L("Sans le serveur, seule une phrase secrète déverrouille un poste, et celui-ci n’en demande pas.")
		}
	}
	panel := widget.NewStatePanel()
	panel.Set(widget.State{
		Icon: problem.Icon, Tone: problem.Tone, Title: problem.Title, Text: text,
		Reference: problem.Reference, Actions: actions,
	})
	return panel
}

func centred(o fyne.CanvasObject) fyne.CanvasObject { return container.NewCenter(o) }
